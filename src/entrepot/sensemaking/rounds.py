"""What a round can ask of its people so that nobody is read off its result, and what one round says of the one before.

Leaders answer by name: promoting a view is their role. Staff answer blind, in groups of at least five: their units
where that is possible, else all of them as one. Where there are fewer than five staff, all answer by name, or all
blind as one group without levels, and the round says so; a round whose result would have to stay hidden is not offered.

Two results of the same people can be subtracted like a part from its whole. So whoever is grouped alike in every blind
round of a question is nobody or at least five: a newcomer waits, and who left keeps the seat and does not answer.

Sources: Scheibe, Skutsch & Schofer 1975 (a round is stable where less than 15 % of the answers moved).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from entrepot.sensemaking.small_groups import FEWEST, hidden
from entrepot.sensemaking.tables import Assessment

Mode = Literal["blind_by_unit", "blind", "whole_group", "attributed"]
Why = Literal["few_staff", "few_people", "small_units", "no_staff", "no_leaders", "differs_from_earlier"]
MODES: tuple[Mode, ...] = ("blind_by_unit", "blind", "whole_group", "attributed")
OTHER_UNITS, ALL_UNITS, EVERYBODY = "other units", "all units", "everybody"
RESERVED = frozenset({OTHER_UNITS, ALL_UNITS, EVERYBODY, "all"})
"""Names of groups of units; no unit may be called so."""
STABLE_BELOW_0_1 = 0.15
Cells = Mapping[str, frozenset[str]]


@dataclass(frozen=True)
class Member:
    """Somebody whom a round would ask; `level` is leader or staff."""

    stakeholder: str
    unit: str
    level: str


@dataclass(frozen=True)
class Way:
    """One way to ask: who answers by name, and the groups (`cells`) of those who answer blind, as results show them."""

    mode: Mode
    by_name: frozenset[str]
    cells: Cells = field(default_factory=dict)

    def cell_of(self, stakeholder: str) -> str:
        """The group in which somebody answers blind; empty for who answers by name."""
        return next((name for name, cell in self.cells.items() if stakeholder in cell), "")


@dataclass(frozen=True)
class Offer:
    """The ways that are open to a round, the one to prefer first, and why the others are not."""

    ways: Sequence[Way]
    not_offered: Mapping[Mode, Why]

    def way(self, mode: str) -> Way | None:
        return next((way for way in self.ways if way.mode == mode), None)


def offer(people: Sequence[Member], earlier: Sequence[Cells] = ()) -> Offer:
    """What a round may offer to `people`, after blind rounds of the same question with the cells `earlier`.

    >>> of = lambda unit, level, n: [Member(f"{unit} {level} {i}", unit, level) for i in range(n)]
    >>> [way.mode for way in offer(of("sales", "leader", 2) + of("sales", "staff", 4)).ways]
    ['whole_group', 'attributed']
    """
    ways: list[Way] = []
    refused: dict[Mode, Why] = {}
    for mode in MODES:
        found = _way(mode, people)
        if isinstance(found, Way) and smallest_part([*earlier, found.cells]) < FEWEST:
            found = "differs_from_earlier"
        if isinstance(found, Way):
            ways.append(found)
        else:
            refused[mode] = found
    return Offer(ways, refused)


def _way(mode: Mode, people: Sequence[Member]) -> Way | Why:
    everybody = frozenset(p.stakeholder for p in people)
    staff = [p for p in people if p.level == "staff"]
    leaders = everybody - {p.stakeholder for p in staff}
    if mode == "attributed":
        return Way(mode, everybody) if everybody else "few_people"
    if mode == "whole_group":
        if not staff or not leaders:
            return "no_leaders" if staff else "no_staff"
        return Way(mode, frozenset(), {EVERYBODY: everybody}) if len(everybody) >= FEWEST else "few_people"
    if len(staff) < FEWEST:
        return "few_staff" if staff else "no_staff"
    if mode == "blind":
        return Way(mode, leaders, {ALL_UNITS: frozenset(p.stakeholder for p in staff)})
    cells = _by_unit(staff)
    return Way(mode, leaders, cells) if len(cells) > 1 else "small_units"


def _by_unit(staff: Sequence[Member]) -> Cells:
    """Staff by unit; units of fewer than five, and the next smallest where that would tell them, as one."""
    into = coarsened(Counter(p.unit for p in staff))
    cells: dict[str, frozenset[str]] = {}
    for name in sorted(set(into.values())):
        cells[name] = frozenset(p.stakeholder for p in staff if into[p.unit] == name)
    return cells


def coarsened(sizes: Mapping[str, int]) -> dict[str, str]:
    """Group → the group under which it may be kept and shown: its own, or `OTHER_UNITS`; none at all below five.

    >>> coarsened({"sales": 9, "legal": 3, "strategy": 6})
    {'sales': 'sales', 'legal': 'other units', 'strategy': 'other units'}
    >>> coarsened({"sales": 3, "legal": 1})
    {}
    """
    present = {name: size for name, size in sizes.items() if size > 0}
    if sum(present.values()) < FEWEST:
        return {}
    gone = hidden(present)
    joined = ALL_UNITS if len(gone) == len(present) else OTHER_UNITS
    return {name: joined if name in gone else name for name in present}


def smallest_part(rounds: Sequence[Cells]) -> int:
    """The fewest people who are grouped alike in every one of `rounds` that asked blind; `FEWEST` where none are.

    >>> smallest_part([{"all units": frozenset("abcdef")}, {"all units": frozenset("abcde")}])
    1
    """
    blind = [cells for cells in rounds if cells]
    people = frozenset[str]().union(*(cell for cells in blind for cell in cells.values()))
    place = {p: tuple(next((n for n, c in cells.items() if p in c), "") for cells in blind) for p in people}
    return min(Counter(place.values()).values(), default=FEWEST)


@dataclass(frozen=True)
class Stability:
    """How far a distribution moved from one round to the next: apart from how far people agree (`agreement_…`).

    `moved_0_1` is the least share of answers that must have moved, half the distance between the two distributions.
    """

    dimension: str
    horizon: str
    by: str
    value: str
    n_before: int
    n_now: int
    moved_0_1: float
    agreement_before: float
    agreement_now: float

    @property
    def is_stable(self) -> bool:
        return self.moved_0_1 < STABLE_BELOW_0_1


def stability(before: Sequence[Mapping[str, Any]], now: Sequence[Mapping[str, Any]]) -> list[Stability]:
    """Stability of each group of two or more that both rounds may show; `before`, `now` are rows of `views.views`."""
    was = {_which(row): row for row in before if (row["n"] or 0) > 1}
    return [
        Stability(
            *_which(row), was[_which(row)]["n"], row["n"],
            _moved(was[_which(row)]["frequencies"], row["frequencies"]),
            was[_which(row)]["agreement"], row["agreement"],
        )
        for row in now
        if (row["n"] or 0) > 1 and _which(row) in was
    ]  # fmt: skip


def _which(row: Mapping[str, Any]) -> tuple[str, str, str, str]:
    return row["dimension"], row["horizon"], row["by"], row["value"]


def _moved(before: Sequence[int], now: Sequence[int]) -> float:
    return sum(abs(b / sum(before) - n / sum(now)) for b, n in zip(before, now, strict=True)) / 2


@dataclass(frozen=True)
class Move:
    """Somebody who answered both rounds by name: their score before and now."""

    stakeholder: str
    dimension: str
    horizon: str
    before: float
    now: float


def movement(before: Sequence[Assessment], now: Sequence[Assessment]) -> list[Move]:
    """Who moved, of those who gave their name in both rounds; who answered blind in either is never followed."""
    was = {_whose(a): a for a in before if _is_named(a)}
    return [
        Move(a.stakeholder, a.dimension, a.horizon, float(was[_whose(a)].score or 0.0), float(a.score or 0.0))
        for a in now
        if _is_named(a) and _whose(a) in was
    ]


def _is_named(one: Assessment) -> bool:
    return one.attributed and one.status == "given" and one.facet == "overall" and one.origin == "answered"


def _whose(one: Assessment) -> tuple[str, str, str]:
    return one.stakeholder, one.dimension, one.horizon
