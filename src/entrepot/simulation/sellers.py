"""Customer-entrepreneurs: what they buy to resell, each kind in its own way (A03–A08, F2-01–F2-03).

- stockists buy few heroes, deep, every few weeks, in advance of demand;
- personal shoppers buy what clients ordered: many different sought products, one or two each, on many trips;
- rings queue: on one day, in one store, in one hour, all who were sent buy the same hero up to a limit (R08);
- wholesalers buy wide and by the carton.

Everybody starts some day; who starts within the window grows over half a year.
"""

from __future__ import annotations

import numpy as np

from entrepot.simulation import catalogue as goods
from entrepot.simulation import households
from entrepot.simulation import places as where
from entrepot.simulation.calendar import Calendar, Floats, Ints
from entrepot.simulation.catalogue import Catalogue
from entrepot.simulation.people import (
    KINDS,
    ROLES,
    SHARES_ADDRESS,
    SHARES_PAYMENT,
    People,
)
from entrepot.simulation.places import Places
from entrepot.simulation.purchases import (
    DAY_MINUTES,
    OWN,
    Lines,
    Purchases,
    Trips,
    join_lines,
    lines,
    place_in_group,
    repeat_each,
    running_days,
    trips,
    without_empty,
)
from entrepot.simulation.restriction import Restriction

_MONTH_DAYS = 30.4
_GROWS_DAYS = 180
_LINE_LARGEST = 600
_ASSORTMENT = 5
_UNITS_A_LINE = 1.5
_SHORTEST_GAP_DAYS = 0.4


def buy(
    rng: np.random.Generator,
    people: People,
    calendar: Calendar,
    catalogue: Catalogue,
    places: Places,
    restriction: Restriction,
) -> list[Purchases]:
    """What is bought to resell, with a little for oneself beside; much of it moves under a `restriction`."""
    parts = [
        _stockists(rng, people, calendar, catalogue, places),
        _personal_shoppers(rng, people, calendar, catalogue, places),
        _wholesalers(rng, people, calendar, catalogue, places),
        _rings(rng, people, calendar, catalogue, places),
        _principals(rng, people, calendar, catalogue, places),
    ]
    return [restriction.moved(rng, people, places, part) for part in parts if part[0].count]


def _begin(people: People, who: Ints) -> Floats:
    return np.maximum(people.started[who], 0).astype(float)


def _grown(people: People, person: Ints, day: Ints) -> Floats:
    """How far a seller has grown by `day`: a fifth at the start, all of it after half a year."""
    age = day - people.started[people.actor[person]]
    return np.clip(0.2 + 0.8 * age / _GROWS_DAYS, 0.2, 1.0)


def _outings(
    rng: np.random.Generator,
    people: People,
    places: Places,
    who: Ints,
    gap_days: Floats,
    shape: float,
    loyalty: float,
) -> Trips:
    """Trips of `who` at a mean gap, to the usual place or another, at the usual hour."""
    entry, day = running_days(rng, _begin(people, who), people.left[who].astype(float), gap_days, shape)
    person, whole = who[entry], day.astype(np.int64)
    place = where.visit(rng, places, people.home[person], loyalty)
    return trips(person, where.minutes(rng, places, place, whole, people.hour[person]), place)


def _with_own(
    rng: np.random.Generator, people: People, catalogue: Catalogue, made: Trips, resale: Lines
) -> Purchases:
    own = households.beside(rng, people, catalogue, made, chance=0.3)
    return without_empty((made, join_lines([resale, own])))


def _deep(rng: np.random.Generator, units: Floats) -> Ints:
    """Whole units near `units`; from a dozen up mostly by tens or dozens, up to what a line can carry."""
    near = np.maximum(np.rint(units * rng.lognormal(0, 0.35, len(units))), 1).astype(np.int64)
    box = rng.choice([10, 12], len(units))
    boxed = np.maximum(np.rint(near / box).astype(np.int64), 1) * box
    return np.minimum(np.where((near >= 9) & (rng.random(len(units)) < 0.55), boxed, near), _LINE_LARGEST)


def _of_assortment(rng: np.random.Generator, catalogue: Catalogue, person: Ints, week: Ints) -> Ints:
    """One of the few heroes that a seller deals in, or what is sought that week where it is not sold then."""
    heroes = np.flatnonzero(catalogue.hero)
    slot = np.minimum(rng.geometric(0.45, len(person)) - 1, _ASSORTMENT - 1)
    own = heroes[(person * 31 + slot * (1 + person % 5)) % len(heroes)]
    return np.where(catalogue.sought[week, own] > 0, own, goods.pick(rng, catalogue.sought, week))


def _stock_up(
    rng: np.random.Generator,
    people: People,
    catalogue: Catalogue,
    made: Trips,
    units_a_trip: Floats,
    widest: int,
) -> Lines:
    """On each trip a few heroes, `units_a_trip` in all."""
    counts = np.minimum(
        1 + rng.poisson(0.6, made.count), np.minimum(widest, np.ceil(units_a_trip / 2))
    ).astype(np.int64)
    trip = repeat_each(np.maximum(counts, 1))
    product = _of_assortment(rng, catalogue, made.person[trip], made.day[trip] // 7)
    _, first = np.unique(trip * catalogue.size + product, return_index=True)
    trip, product = trip[first], product[first]
    on_trip = np.bincount(trip, minlength=made.count)[trip]
    return lines(trip, product, _deep(rng, units_a_trip[trip] / on_trip), to_resell=True)


def _stockists(
    rng: np.random.Generator, people: People, calendar: Calendar, catalogue: Catalogue, places: Places
) -> Purchases:
    who = people.of_kind("stockist")
    volume = people.units_a_month[who]
    gap = np.minimum(32 / (1 + 0.8 * np.log10(volume / 3)), _MONTH_DAYS * 900 / volume)
    made = _outings(rng, people, places, who, gap * rng.lognormal(0, 0.25, len(who)), shape=3.0, loyalty=0.7)
    gap_of = np.zeros(people.count)
    gap_of[who] = gap
    units = (
        people.units_a_month[made.person]
        / _MONTH_DAYS
        * gap_of[made.person]
        * _grown(people, made.person, made.day)
    )
    return _with_own(rng, people, catalogue, made, _stock_up(rng, people, catalogue, made, units, widest=4))


def _rhythm(people: People) -> tuple[Floats, Floats]:
    """Days between a personal shopper's trips and lines on each, so that units a month come out right."""
    lines_a_month = np.maximum(people.units_a_month, 1) / _UNITS_A_LINE
    wide = 1.6 + 0.5 * np.log2(1 + people.units_a_month / 12)
    gap = np.maximum(_MONTH_DAYS * wide / lines_a_month, _SHORTEST_GAP_DAYS)
    return gap, lines_a_month * gap / _MONTH_DAYS


def _personal_shoppers(
    rng: np.random.Generator, people: People, calendar: Calendar, catalogue: Catalogue, places: Places
) -> Purchases:
    gap, lines_a_trip = _rhythm(people)
    who = people.of_kind("personal shopper")
    made = _outings(rng, people, places, who, gap[who], shape=1.5, loyalty=0.6)
    counts = rng.poisson(lines_a_trip[made.person] * _grown(people, made.person, made.day))
    trip = repeat_each(counts)
    product = goods.pick(rng, catalogue.sought**0.7, made.day[trip] // 7)
    quantity = np.minimum(rng.geometric(0.74, len(trip)), 6) * np.where(rng.random(len(trip)) < 0.03, 5, 1)
    sends = (made.place == places.web) & (made.person % 5 < 3)
    client = households.recipient(people, made.person, rng.integers(0, 40, made.count))
    sent = Trips(made.person, made.minute, made.place, made.payer, np.where(sends, client, OWN))
    return _with_own(rng, people, catalogue, sent, lines(trip, product, quantity, to_resell=True))


def _wholesalers(
    rng: np.random.Generator, people: People, calendar: Calendar, catalogue: Catalogue, places: Places
) -> Purchases:
    who = people.of_kind("wholesaler")
    gap = rng.uniform(6, 30, len(who))
    made = _outings(rng, people, places, who, gap, shape=5.0, loyalty=0.9)
    gap_of = np.zeros(people.count)
    gap_of[who] = gap
    units = (
        people.units_a_month[made.person]
        / _MONTH_DAYS
        * gap_of[made.person]
        * _grown(people, made.person, made.day)
    )
    wide = np.maximum(rng.poisson(np.clip(units / 20, 3, 25)), 1)
    trip = repeat_each(wide)
    product = goods.pick(rng, np.sqrt(catalogue.sought * (catalogue.popularity + 1e-4)), made.day[trip] // 7)
    carton = rng.choice([6, 12, 24], len(trip))
    each = np.maximum(
        np.rint(units[trip] / wide[trip] * rng.lognormal(0, 0.4, len(trip)) / carton), 1
    ).astype(np.int64)
    return _with_own(rng, people, catalogue, made, lines(trip, product, each * carton, to_resell=True))


def _rings(
    rng: np.random.Generator, people: People, calendar: Calendar, catalogue: Catalogue, places: Places
) -> Purchases:
    """Queues: a day, a store, an hour and a hero; those who are sent buy up to the ring's limit."""
    heads = np.flatnonzero((people.kind == KINDS.index("ring")) & (people.role == ROLES.index("principal")))
    members = people.of_kind("ring")
    if not len(heads):
        return trips(heads, heads, heads), lines(heads, heads, heads, to_resell=True)
    size = np.bincount(people.actor[members], minlength=people.count)[heads]
    limit = rng.integers(2, 6, len(heads))
    gap = np.clip(_MONTH_DAYS * size * 0.7 * limit / people.units_a_month[heads], 2.5, 40)
    queue, day = running_days(rng, _begin(people, heads), people.left[heads].astype(float), gap, shape=2.5)
    queue_day = day.astype(np.int64)
    store = _queue_place(rng, places, heads)[queue, rng.integers(0, 2, len(queue))]
    opens = places.opens[store] + np.where(rng.random(len(queue)) < 0.5, 0, rng.integers(60, 420, len(queue)))
    product = _of_assortment(rng, catalogue, heads[queue], queue_day // 7)
    at, person = _sent(rng, people, heads, members, queue, queue_day)
    minute = queue_day[at] * DAY_MINUTES + opens[at] + rng.integers(0, 55, len(at))
    made = _with_shared_keys(people, places, trips(person, minute, store[at]))
    quantity = np.maximum(limit[queue[at]] - (rng.random(len(at)) < 0.2), 1)
    resale = lines(np.arange(len(at)), product[at], quantity, to_resell=True)
    return _with_own(rng, people, catalogue, made, resale)


def _queue_place(rng: np.random.Generator, places: Places, heads: Ints) -> Ints:
    """Two physical places for each ring."""
    return places.physical[rng.integers(0, len(places.physical), (len(heads), 2))]


def _sent(
    rng: np.random.Generator, people: People, heads: Ints, members: Ints, queue: Ints, day: Ints
) -> tuple[Ints, Ints]:
    """Who comes to each queue: `(queue's number, person)`. Part-timers come and go within the window."""
    members = members[np.argsort(people.actor[members], kind="stable")]
    size = np.bincount(people.actor[members], minlength=people.count)
    first = np.cumsum(size) - size
    at = repeat_each(size[heads[queue]])
    person = members[first[heads[queue[at]]] + place_in_group(size[heads[queue]])]
    hired, gone = _hired(rng, people)
    head = people.role[person] == ROLES.index("principal")
    works = (day[at] >= hired[person]) & (day[at] < gone[person])
    keen = rng.uniform(0.5, 0.95, people.count)[person]
    comes = np.where(head, rng.random(len(at)) < 0.9, works & (rng.random(len(at)) < keen))
    return at[comes], person[comes]


def _hired(rng: np.random.Generator, people: People) -> tuple[Floats, Floats]:
    begin = np.maximum(people.started, 0).astype(float)
    span = np.maximum(people.left - begin, 30)
    late = rng.random(people.count) < 0.35
    hired = begin + np.where(late, rng.random(people.count) * 0.5 * span, 0)
    quits = rng.random(people.count) < 0.35
    return hired, np.where(quits, hired + (0.3 + 0.7 * rng.random(people.count)) * span, people.left + 1)


def _with_shared_keys(people: People, places: Places, made: Trips) -> Trips:
    """In a ring that shares them, the principal's card pays and the principal's address receives."""
    head, shares = people.actor[made.person], people.shares[made.person]
    payer = np.where(shares & SHARES_PAYMENT > 0, head, OWN)
    ship_to = np.where((shares & SHARES_ADDRESS > 0) & (made.place == places.web), head, OWN)
    return Trips(made.person, made.minute, made.place, payer, ship_to)


def _principals(
    rng: np.random.Generator, people: People, calendar: Calendar, catalogue: Catalogue, places: Places
) -> Purchases:
    """Between queues a principal also stocks up alone, a little."""
    who = np.flatnonzero((people.kind == KINDS.index("ring")) & (people.role == ROLES.index("principal")))
    made = _outings(rng, people, places, who, np.full(len(who), 24.0), shape=3.0, loyalty=0.7)
    units = np.clip(people.units_a_month[made.person] / 8, 1, 60)
    return _with_own(rng, people, catalogue, made, _stock_up(rng, people, catalogue, made, units, widest=3))
