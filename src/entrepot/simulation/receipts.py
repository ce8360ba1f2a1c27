"""From purchases to the firm's records: who the till thinks it was, what came back, what was called off.

The firm does not see persons. It sees a customer number, a guest with an e-mail, or nobody; two numbers where
one person registered twice; a cancelled web order; a return as a negative line that names the order it takes
back, or does not.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from entrepot.simulation.calendar import Bools, Calendar, Ints
from entrepot.simulation.identities import Identities
from entrepot.simulation.people import People
from entrepot.simulation.places import Places
from entrepot.simulation.purchases import DAY_MINUTES, Lines, Trips

NOBODY, GUEST = -2, -1
"""In `registration`: a line without identity; a guest."""

_FORGETS_CARD = 0.13
_ALWAYS_GUEST = 0.08
_SOMETIMES_GUEST = 0.04
_CANCELLED = 0.012
_RETURNED_WEB, _RETURNED_STORE = 0.035, 0.012
_NAMES_ORDER = 0.8


@dataclass(frozen=True)
class Returns:
    """One entry a returned line: the line, the units, when, and whether it names its order."""

    line: Ints
    quantity: Ints
    minute: Ints
    names_order: Bools


@dataclass(frozen=True)
class Receipts:
    """What the firm recorded about each trip (`registration`, `cancelled`) and what came back."""

    registration: Ints
    cancelled: Bools
    returns: Returns
    net: Ints  # by line: units kept


def recorded_as(
    rng: np.random.Generator, people: People, identities: Identities, places: Places, made: Trips
) -> Ints:
    """By trip: the number of the registration, or `GUEST`, or `NOBODY`."""
    web, person = made.place == places.web, made.person
    second = identities.second_of[person]
    known = (second >= 0) & (identities.registered_day[second] <= made.day)
    other = known & (rng.random(made.count) < 0.6)
    registration = np.where(other, second, person)
    habit = (rng.random(people.count) < _ALWAYS_GUEST)[person]
    guest = web & (habit | (rng.random(made.count) < _SOMETIMES_GUEST))
    nobody = ~web & (rng.random(made.count) < _FORGETS_CARD)
    return np.where(nobody, NOBODY, np.where(guest, GUEST, registration))


def _came_back(
    rng: np.random.Generator, calendar: Calendar, places: Places, made: Trips, bought: Lines, cancelled: Bools
) -> Returns:
    """Some lines come back within two months, whole or in part, if the window lasts that long."""
    web = made.place[bought.trip] == places.web
    chance = np.where(web, _RETURNED_WEB, _RETURNED_STORE)
    line = np.flatnonzero((rng.random(len(chance)) < chance) & ~cancelled[bought.trip])
    some = 1 + (rng.random(len(line)) * bought.quantity[line]).astype(np.int64)
    quantity = np.where(
        rng.random(len(line)) < 0.7, bought.quantity[line], np.minimum(some, bought.quantity[line])
    )
    after = rng.integers(DAY_MINUTES, 45 * DAY_MINUTES, len(line))
    minute = made.minute[bought.trip[line]] + after
    minute = minute // DAY_MINUTES * DAY_MINUTES + rng.integers(11 * 60, 19 * 60, len(line))
    seen = minute < calendar.days * DAY_MINUTES
    return Returns(line[seen], quantity[seen], minute[seen], rng.random(int(seen.sum())) < _NAMES_ORDER)


def record(
    rng: np.random.Generator,
    people: People,
    identities: Identities,
    calendar: Calendar,
    places: Places,
    made: Trips,
    bought: Lines,
) -> Receipts:
    """The firm's view of all purchases; returns without a customer always name their order."""
    registration = recorded_as(rng, people, identities, places, made)
    cancelled = (made.place == places.web) & (rng.random(made.count) < _CANCELLED)
    back = _came_back(rng, calendar, places, made, bought, cancelled)
    known = registration[bought.trip[back.line]] >= 0
    returns = Returns(back.line, back.quantity, back.minute, back.names_order | ~known)
    net = np.where(cancelled[bought.trip], 0, bought.quantity)
    net[returns.line] -= returns.quantity
    return Receipts(registration, cancelled, returns, net)
