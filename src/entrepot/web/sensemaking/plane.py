"""The plane of legitimacy × efficiency as a drawing: every rater a dot, equals side by side, no mark at the mean.

Legitimacy goes to the right, efficiency up. A leader is a diamond with a name, who answered blind a nameless circle.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

CELL, EDGE, LEVELS = 60, 34, 7
SIZE = LEVELS * CELL + 2 * EDGE


@dataclass(frozen=True)
class Point:
    """One rater: scores −3 to 3, level, and a name where they gave one."""

    legitimacy: int
    efficiency: int
    level: str
    name: str = ""


@dataclass(frozen=True)
class Dot:
    """One mark in the drawing's pixels."""

    x: int
    y: int
    radius: int
    point: Point

    @property
    def diamond(self) -> str:
        r = self.radius + 2
        return f"M{self.x} {self.y - r}L{self.x + r} {self.y}L{self.x} {self.y + r}L{self.x - r} {self.y}Z"


@dataclass(frozen=True)
class Label:
    """Names at one place of the plane."""

    x: int
    y: int
    text: str
    anchor: str


@dataclass(frozen=True)
class Picture:
    """One plane. `lines` are the places of its grid, `withheld` how many blind answers must not be shown."""

    horizon: str
    dots: Sequence[Dot]
    labels: Sequence[Label]
    withheld: bool
    size: int = SIZE
    edge: int = EDGE
    far: int = SIZE - EDGE
    middle: int = SIZE // 2

    @property
    def lines(self) -> list[int]:
        return [EDGE + n * CELL for n in range(LEVELS + 1)]


def picture(horizon: str, points: Sequence[Point], withheld: int) -> Picture:
    """Draw `points`, those with equal answers in a square within their cell."""
    cells: dict[tuple[int, int], list[Point]] = {}
    for point in sorted(points, key=lambda p: (p.legitimacy, p.efficiency, not p.name, p.level, p.name)):
        cells.setdefault((point.legitimacy, point.efficiency), []).append(point)
    dots: list[Dot] = []
    labels: list[Label] = []
    for place, members in cells.items():
        dots += _dots(place, members)
        names = [p.name for p in members if p.name]
        if names:
            labels.append(_label(place, names))
    return Picture(horizon, dots, labels, withheld > 0)


def _dots(place: tuple[int, int], members: Sequence[Point]) -> list[Dot]:
    across = math.ceil(math.sqrt(len(members)))
    step = min(18, (CELL - 8) // across)
    rows = math.ceil(len(members) / across)
    x, y = _centre(place)
    left, top = x - step * (across - 1) / 2, y - step * (rows - 1) / 2
    radius = max(2, min(7, step // 2 - 1))
    return [
        Dot(round(left + step * (n % across)), round(top + step * (n // across)), radius, point)
        for n, point in enumerate(members)
    ]


def _centre(place: tuple[int, int]) -> tuple[int, int]:
    return EDGE + (place[0] + 3) * CELL + CELL // 2, EDGE + (3 - place[1]) * CELL + CELL // 2


def _label(place: tuple[int, int], names: Sequence[str]) -> Label:
    x, y = _centre(place)
    anchor = "end" if place[0] == 3 else "start" if place[0] == -3 else "middle"
    shift = CELL // 2 - 4
    x = x + shift if anchor == "end" else x - shift if anchor == "start" else x
    short = ", ".join(name if len(name) <= 24 else f"{name[:23]}…" for name in names[:2])
    more = f" +{len(names) - 2}" if len(names) > 2 else ""
    return Label(x, y + CELL // 2 - 4, short + more, anchor)
