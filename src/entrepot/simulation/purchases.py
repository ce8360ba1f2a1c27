"""Trips and their lines, as arrays: what every part of the made market hands over.

A trip is one person at one place at one minute; a line is some units of one product on a trip. Parts are made
apart (households, traps, sellers) and joined by `together`, which only shifts the numbers of the trips.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from entrepot.simulation.calendar import Bools, Floats, Ints

DAY_MINUTES = 1440
OWN = -1
"""In `payer` and `ship_to`: the buyer's own."""


@dataclass(frozen=True)
class Trips:
    """One entry a trip: who, when (minutes from the first midnight), where, who pays, where it goes."""

    person: Ints
    minute: Ints
    place: Ints
    payer: Ints
    ship_to: Ints

    @property
    def count(self) -> int:
        """How many trips there are."""
        return len(self.person)

    @property
    def day(self) -> Ints:
        """The day of each trip."""
        return self.minute // DAY_MINUTES


@dataclass(frozen=True)
class Lines:
    """One entry a line: its trip, product, units, and whether they are bought to resell."""

    trip: Ints
    product: Ints
    quantity: Ints
    to_resell: Bools


Purchases = tuple[Trips, Lines]


def trips(
    person: Ints, minute: Ints, place: Ints, payer: Ints | None = None, ship_to: Ints | None = None
) -> Trips:
    """Trips that the buyers pay for themselves and take or send home, unless told otherwise."""
    own = np.full(len(person), OWN, np.int64)
    return Trips(person, minute, place, own if payer is None else payer, own if ship_to is None else ship_to)


def lines(trip: Ints, product: Ints, quantity: Ints, *, to_resell: bool) -> Lines:
    """Lines of which all, or none, are bought to resell."""
    return Lines(trip, product, np.maximum(quantity, 1), np.full(len(trip), to_resell))


def join_lines(parts: Sequence[Lines]) -> Lines:
    """The lines of `parts`, which count the same trips."""
    return Lines(*(np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(Lines)))


def join_trips(parts: Sequence[Trips]) -> Trips:
    """The trips of `parts`, one after the other."""
    return Trips(*(np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(Trips)))


def together(parts: Sequence[Purchases]) -> Purchases:
    """All purchases of `parts`, trips renumbered in the order of the parts."""
    offsets = np.cumsum([0] + [t.count for t, _ in parts])
    shifted = [
        Lines(li.trip + o, li.product, li.quantity, li.to_resell)
        for (_, li), o in zip(parts, offsets, strict=False)
    ]
    return join_trips([t for t, _ in parts]), join_lines(shifted)


def without_empty(purchases: Purchases) -> Purchases:
    """The same purchases without trips on which nothing was bought."""
    made, bought = purchases
    has = np.zeros(made.count, bool)
    has[bought.trip] = True
    number = np.cumsum(has) - 1
    kept = Trips(*(getattr(made, f.name)[has] for f in fields(Trips)))
    return kept, Lines(number[bought.trip], bought.product, bought.quantity, bought.to_resell)


def repeat_each(counts: Ints) -> Ints:
    """0, 0, 1, 1, 1, … : the index of each entry, as often as its count."""
    return np.repeat(np.arange(len(counts)), counts)


def place_in_group(counts: Ints) -> Ints:
    """0, 1, 0, 1, 2, … : the place of each repetition within its entry."""
    ends = np.cumsum(counts)
    return np.arange(ends[-1] if len(ends) else 0) - np.repeat(ends - counts, counts)


def running_days(
    rng: np.random.Generator, start: Floats, until: Floats, gap_days: Floats, shape: float
) -> tuple[Ints, Floats]:
    """Renewals: for each entry the days on which something recurs, as `(entry, day)`.

    Gaps are Gamma with mean `gap_days` and the given `shape` (1 is Poisson, large is a clock).
    """
    needed = np.ceil(np.clip(until - start, 0, None) / gap_days * 1.5 + 4 / shape + 2).astype(np.int64)
    entry = repeat_each(needed)
    gaps = rng.gamma(shape, 1 / shape, len(entry)) * gap_days[entry]
    first = place_in_group(needed) == 0
    gaps[first] *= rng.random(int(first.sum()))
    total = np.cumsum(gaps)
    before = np.concatenate([[0.0], total])[np.cumsum(needed) - needed]
    days = start[entry] + total - before[entry]
    inside = days < until[entry]
    return entry[inside], days[inside]
