"""Whether people fall into camps: two groups on the plane, and how often chance alone parts as clearly.

The split is the one of all two-group splits along any direction that leaves the least spread within. Under the null the
two scores of a person have nothing to do with each other, so one of them is shuffled between people.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
DRAWS, DIRECTIONS, FEWEST = 999, 24, 6
_ANGLES = np.arange(DIRECTIONS) * math.pi / DIRECTIONS
_DIRECTIONS = np.vstack([np.cos(_ANGLES), np.sin(_ANGLES)])


@dataclass(frozen=True)
class Camps:
    """`group` of each person (0 or 1), the share of all spread that lies between the two (0–1), and its p-value."""

    group: tuple[int, ...]
    between_0_1: float
    p_value: float

    def as_row(self) -> dict[str, float]:
        """What is told: who is in which group stands in the order of people, and would tell of few in a unit."""
        return {"between_0_1": self.between_0_1, "p_value": self.p_value}


def camps(points: Array, rng: np.random.Generator) -> Camps | None:
    """Two camps of `points`, one row a person (legitimacy, efficiency); None for fewer than six, or no spread."""
    if len(points) < FEWEST or not np.ptp(points, axis=0).any():
        return None
    group, between = _parted(points)
    draws = [_parted(np.column_stack([points[:, 0], rng.permutation(points[:, 1])]))[1] for _ in range(DRAWS)]
    as_clear = sum(drawn >= between - 1e-12 for drawn in draws)
    return Camps(tuple(int(g) for g in group), between, (as_clear + 1) / (DRAWS + 1))


def _parted(points: Array) -> tuple[NDArray[np.int64], float]:
    """The clearest split and the share of the spread between its sides; all directions are tried at once."""
    centred = points - points.mean(axis=0)
    n = len(points)
    order = np.argsort(centred @ _DIRECTIONS, axis=0, kind="stable").T
    left = np.cumsum(centred[order], axis=1)[:, :-1]
    sizes = np.arange(1, n)
    between = (left**2).sum(axis=2) * (1 / sizes + 1 / (n - sizes))
    clearest = between.max(axis=1)
    direction = int(np.argmax(clearest >= clearest.max() - 1e-12))
    place = int(np.argmax(between[direction]))
    group = np.zeros(n, dtype=np.int64)
    group[order[direction, place + 1 :]] = 1
    return group, float(between[direction, place]) / float((centred**2).sum())
