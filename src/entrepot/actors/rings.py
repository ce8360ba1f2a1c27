"""Rings: formed on one half of the days, tested on the other.

Forming. A pair is linked when it shares more days of one half than the null of `lockstep` explains, family-wise
(Bonferroni) over all pairs that could have met. Whoever is suspected together is left out of the popularity by
which they are judged; but a crowd of more than `MOST_RUNNERS` is no ring, so it is first cut down to those who
share the most days, and the rest of the crowd then speaks for its popularity. Opening-hour fans fall here.

Testing. On the other half let D be the number of days on which any linked pair of the ring met. Under the null
those days are independent and their expected number is at most Λ, the sum over the linked pairs. Then
θ^D · exp(−(θ − 1) Λ) is an e-value for each θ ≥ 1, and so is the mean over `THETAS`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import cached_property

import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from ibis import _
from scipy.special import pdtrc

from entrepot.actors import lockstep
from entrepot.actors.components import components_of
from entrepot.actors.lockstep import Visits
from entrepot.engines import Engine

FAMILY_WISE = 0.05
SUSPECTED = 1e-3
"""Pairs that share more days than their places' rhythm explains at this level are left out of the popularity."""

MOST_RUNNERS = 30
"""A crowd of more persons is not taken for a ring; the largest known queue for one principal is about twenty."""

LOG10_2 = float(np.log10(2.0))
THETAS = (2.0, 4.0, 8.0, 16.0, 32.0, 64.0)


@dataclass(frozen=True)
class Pairs:
    """Arrays over pairs of persons in one half: codes `a`, `b`, shared and expected days, and their p-value."""

    a: np.ndarray
    b: np.ndarray
    half: np.ndarray
    shared: np.ndarray
    expected: np.ndarray

    @cached_property
    def p_value(self) -> np.ndarray:
        return np.asarray(pdtrc(self.shared - 1, self.expected))

    def only(self, kept: np.ndarray) -> Pairs:
        return Pairs(self.a[kept], self.b[kept], self.half[kept], self.shared[kept], self.expected[kept])


@dataclass(frozen=True)
class Formed:
    """`pairs`: the linked pairs of both halves; `possible`: pairs that could have met, by half; `circles`: who was
    suspected together (`who, half, circle`), and is left out of the popularity by which that circle is judged."""

    pairs: Pairs
    possible: dict[int, int]
    circles: pa.Table


def form(engine: Engine, seen: Visits) -> Formed:
    """The pairs that are in lockstep on either half of the days."""
    met = lockstep.meeting_pairs(engine, seen)
    possible = _possible_pairs(engine, seen)
    first = _fetch(engine, lockstep.expected_days(engine, seen, met, by_place=True))
    suspected = first.only(first.p_value <= SUSPECTED)
    circles = _circles(suspected)
    if not len(suspected.a):
        return Formed(suspected, possible, circles)
    held = engine.hold(circles, "circles")
    judged = _fetch(engine, lockstep.expected_days(engine, seen, _held(engine, suspected), held))
    judged = replace(judged, expected=np.maximum(judged.expected, suspected.expected))
    level = FAMILY_WISE / np.array([max(possible[int(half)], 1) for half in judged.half])
    return Formed(judged.only(judged.p_value <= level), possible, circles)


def _possible_pairs(engine: Engine, seen: Visits) -> dict[int, int]:
    """By half: pairs of persons who bought often enough in one place to meet there on `LEAST_DAYS` days.

    Counted on both halves together, which is more than either holds: the bound errs on the safe side.
    """
    visits = seen.lines.group_by("who", "place").aggregate(lines=_.count())
    enough = visits.filter(_.lines >= lockstep.LEAST_DAYS).group_by("place").aggregate(persons=_.count())
    persons = enough.persons.cast("float64")
    pairs = engine.fetch((persons * (persons - 1) / 2).sum().fill_null(0.0)).as_py()
    return {0: int(pairs), 1: int(pairs)}


def _fetch(engine: Engine, pairs: ir.Table) -> Pairs:
    rows = engine.fetch(pairs).sort_by([("half", "ascending"), ("a", "ascending"), ("b", "ascending")])
    names = ("a", "b", "half", "shared_days", "expected_days")
    return Pairs(*[rows[name].to_numpy() for name in names])


def _held(engine: Engine, pairs: Pairs) -> ir.Table:
    rows = pa.table({"a": pairs.a, "b": pairs.b, "half": pairs.half, "shared_days": pairs.shared})
    return engine.hold(rows, "suspected")


def _circles(suspected: Pairs) -> pa.Table:
    """One row a suspected person and half: `who, half, circle`."""
    parts = [pa.table({name: pa.array([], pa.int64()) for name in ("who", "half", "circle")})]
    for part in np.unique(suspected.half):
        pairs = suspected.only(suspected.half == part)
        persons, codes = np.unique(np.concatenate([pairs.a, pairs.b]), return_inverse=True)
        groups = split_crowds(len(persons), codes[: len(pairs.a)], codes[len(pairs.a) :], pairs.shared)
        parts.append(
            pa.table(
                {"who": persons, "half": np.full(len(persons), part), "circle": persons[_first_of(groups)]}
            )
        )
    return pa.concat_tables(parts)


def _first_of(groups: np.ndarray) -> np.ndarray:
    """The position of the first member of each element's group."""
    return np.unique(groups, return_index=True)[1][np.unique(groups, return_inverse=True)[1]]


def split_crowds(persons: int, left: np.ndarray, right: np.ndarray, shared: np.ndarray) -> np.ndarray:
    """The circle of each person: components, each cut down to its strongest pairs until it is no crowd.

    >>> split_crowds(3, np.array([0, 1]), np.array([1, 2]), np.array([5, 3])).tolist()
    [0, 0, 0]
    """
    kept = np.ones(len(left), dtype=bool)
    while True:
        groups = components_of(persons, left[kept], right[kept])
        crowds = np.bincount(groups)[groups] > MOST_RUNNERS
        inside = kept & crowds[left]
        if not inside.any():
            return groups
        weakest = np.full(groups.max() + 1, np.iinfo(np.int64).max)
        np.minimum.at(weakest, groups[left[inside]], shared[inside])
        kept &= ~(inside & (shared <= weakest[groups[left]]))


def log10_e(days_met: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """log10 of the mean over θ of θ^D exp(−(θ − 1) Λ): an e-value where D is a sum of independent chances.

    >>> [round(float(x), 2) for x in log10_e(np.array([0, 6]), np.array([0.1, 0.1]))]
    [-0.4, 7.47]
    """
    thetas = np.array(THETAS)[:, None]
    log = days_met[None, :] * np.log(thetas) - (thetas - 1) * expected[None, :]
    return (np.logaddexp.reduce(log, axis=0) - np.log(len(THETAS))) / np.log(10)


def test(engine: Engine, seen: Visits, formed: Formed, ring: np.ndarray) -> list[dict[str, object]]:
    """One row a ring and testing half: `ring, half, log10_e, shared_days, expected_days, detail`.

    A pair is tested on the half on which it was not linked; `ring` is the number of the ring of each pair.
    Two e-values are averaged: one of all linked pairs, one of pairs without a common member, strongest first,
    whose Λ is smaller in a large ring. Which pairs they are is settled on the forming half.
    """
    pairs = formed.pairs
    if not len(pairs.a):
        return []
    flipped = pc.subtract(1, formed.circles["half"])
    circles = engine.hold(formed.circles.set_column(1, "half", flipped), "circles")
    all_pairs = _tested(engine, seen, pairs, ring, circles)
    few = _without_common_member(pairs, ring)
    some_pairs = _tested(engine, seen, pairs.only(few), ring[few], circles)
    rows = []
    for key, (days, expected, count) in sorted(all_pairs.items()):
        log_e = log10_e(np.array([days, some_pairs[key][0]]), np.array([expected, some_pairs[key][1]]))
        detail = {
            "pairs_tested": count,
            "pairs_without_common_member": some_pairs[key][2],
            "days_that_these_met": some_pairs[key][0],
            "days_expected_of_these": round(some_pairs[key][1], 6),
        }
        rows.append(
            {
                "ring": key[0],
                "half": key[1],
                "log10_e": float(np.logaddexp2(*(log_e / LOG10_2)) * LOG10_2 - LOG10_2),
                "shared_days": days,
                "expected_days": expected,
                "detail": json.dumps(detail),
            }
        )
    return rows


def _tested(
    engine: Engine, seen: Visits, pairs: Pairs, ring: np.ndarray, circles: ir.Table
) -> dict[tuple[int, int], tuple[int, float, int]]:
    """By ring and testing half: days on which any of its pairs met, their expected number, and how many pairs."""
    other = 1 - pairs.half
    wanted = engine.hold(pa.table({"a": pairs.a, "b": pairs.b, "half": other, "ring": ring}), "tested")
    days = lockstep.meetings(engine, seen, wanted).group_by("ring", "half").aggregate(days=_.day.nunique())
    met = {(row["ring"], row["half"]): row["days"] for row in engine.fetch(days).to_pylist()}
    expected = lockstep.expected_days(engine, seen, wanted, circles)
    summed = expected.group_by("ring", "half").aggregate(expected=_.expected_days.sum(), pairs=_.count())
    return {
        (row["ring"], row["half"]): (met.get((row["ring"], row["half"]), 0), row["expected"], row["pairs"])
        for row in engine.fetch(summed).to_pylist()
    }


def _without_common_member(pairs: Pairs, ring: np.ndarray) -> np.ndarray:
    """Positions of a greedy matching within each ring and half, strongest pairs first."""
    taken: set[tuple[int, int, int]] = set()
    chosen = []
    for at in np.lexsort((pairs.b, pairs.a, pairs.p_value)):
        ends = {(int(who), int(pairs.half[at]), int(ring[at])) for who in (pairs.a[at], pairs.b[at])}
        if not ends & taken:
            taken |= ends
            chosen.append(int(at))
    return np.array(sorted(chosen), dtype=np.int64)
