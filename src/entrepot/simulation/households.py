"""Everyday buying: trips in season, favourites bought again, others tried, gifts in their time.

Trips of one household are Poisson at a rate that is Gamma over households (so that counts are negative
binomial, Ehrenberg 1959), within the time it is a customer. Favourites recur by how long one unit lasts and
wait for the household's next trip. Heavy households do more of everything: trips, units, favourites.
"""

from __future__ import annotations

import numpy as np

from entrepot.simulation import catalogue as goods
from entrepot.simulation import places as where
from entrepot.simulation.calendar import Calendar, Floats, Ints
from entrepot.simulation.catalogue import CATEGORIES, Catalogue
from entrepot.simulation.people import People
from entrepot.simulation.places import Places
from entrepot.simulation.purchases import (
    DAY_MINUTES,
    OWN,
    Lines,
    Purchases,
    Trips,
    join_lines,
    lines,
    repeat_each,
    running_days,
    trips,
    without_empty,
)

_TRIPS_A_YEAR = 5.5
_RATE_SHAPE = 1.6
_WAITS_DAYS = 75
_TRIED_A_TRIP = 0.75
_STOCKS_UP = 0.006
_HEAVIEST_BASKETS = 12.0  # beyond, a household comes more often, not with a larger bag


def buy(
    rng: np.random.Generator, people: People, calendar: Calendar, catalogue: Catalogue, places: Places
) -> Purchases:
    """What all people buy for themselves, their families and their friends."""
    made = _trips(rng, people, calendar, places)
    tastes = _tastes(rng, people.count)
    again = _favourites(rng, people, calendar, catalogue, made)
    tried = _tried(rng, people, calendar, catalogue, made, again, tastes)
    gifts = _gifts(rng, calendar, catalogue, made)
    return without_empty(
        (_sent_as_gifts(rng, people, places, made, gifts), join_lines([again, tried, gifts]))
    )


def beside(
    rng: np.random.Generator, people: People, catalogue: Catalogue, made: Trips, chance: float
) -> Lines:
    """A few lines for oneself on trips that were made for another reason."""
    some = np.flatnonzero(rng.random(made.count) < chance)
    trip = np.repeat(some, 1 + rng.poisson(0.5, len(some)))
    product = goods.pick(rng, catalogue.popularity, made.day[trip] // 7)
    return lines(trip, product, _units(rng, people, catalogue, made.person[trip], product), to_resell=False)


def _tastes(rng: np.random.Generator, count: int) -> Ints:
    """Three categories that a person cares for (persons × 3)."""
    shares = np.array([c.share for c in CATEGORIES])
    return rng.choice(len(CATEGORIES), (count, 3), p=shares / shares.sum())


def _trips(rng: np.random.Generator, people: People, calendar: Calendar, places: Places) -> Trips:
    buying = np.concatenate([[0.0], np.cumsum(calendar.weight) / calendar.weight.mean()])
    begin, end = buying[np.clip(people.joined, 0, calendar.days)], buying[people.left]
    varied = rng.gamma(_RATE_SHAPE, 1 / _RATE_SHAPE, people.count)
    rate = _TRIPS_A_YEAR * people.everyday * varied * people.heaviness**0.9
    counts = rng.poisson(rate / 365 * (end - begin))
    person = repeat_each(counts)
    at = begin[person] + rng.random(len(person)) * (end - begin)[person]
    day = np.searchsorted(buying, at, side="right") - 1
    place = where.visit(rng, places, people.home[person])
    minute = where.minutes(rng, places, place, day, people.hour[person])
    order = np.lexsort((minute, person))
    return trips(person[order], minute[order], place[order])


def _units(
    rng: np.random.Generator, people: People, catalogue: Catalogue, person: Ints, product: Ints
) -> Ints:
    """Packs as the category is bought, more of them the heavier the household; now and then for the shelf."""
    more = rng.poisson(0.06 * np.minimum(people.heaviness[person], _HEAVIEST_BASKETS) ** 1.5)
    stocks_up = rng.random(len(person)) < _STOCKS_UP
    packs = 1 + more + np.where(stocks_up, rng.geometric(0.3, len(person)), 0)
    return goods.pack(rng, catalogue.category[product]) * packs


def _favourites(
    rng: np.random.Generator, people: People, calendar: Calendar, catalogue: Catalogue, made: Trips
) -> Lines:
    owner = repeat_each(1 + rng.poisson(1.6, people.count))
    week = np.clip(people.joined[owner], 0, calendar.days - 1) // 7
    product = goods.pick(rng, catalogue.popularity, week)
    units = _units(rng, people, catalogue, owner, product)
    use = rng.lognormal(0, 0.4, len(owner)) * people.heaviness[owner] ** 0.7
    gap = np.clip(units * catalogue.lasts_days[product] / use, 7, None)
    begin, end = np.maximum(people.joined[owner], 0).astype(float), people.left[owner].astype(float)
    entry, day = running_days(rng, begin, end, gap, shape=4.0)
    trip = _next_trip(made, owner[entry], day, calendar)
    entry, trip = entry[trip >= 0], trip[trip >= 0]
    _, first = np.unique(trip * catalogue.size + product[entry], return_index=True)
    entry, trip = entry[first], trip[first]
    sold = catalogue.popularity[made.day[trip] // 7, product[entry]] > 0
    return lines(trip[sold], product[entry][sold], units[entry][sold], to_resell=False)


def _next_trip(made: Trips, person: Ints, day: Floats, calendar: Calendar) -> Ints:
    """The person's first trip after `day`, −1 if none comes soon."""
    span = (calendar.days + 1) * DAY_MINUTES
    keys = made.person * span + made.minute
    found = np.searchsorted(keys, person * span + (day * DAY_MINUTES).astype(np.int64))
    safe = np.minimum(found, made.count - 1)
    soon = (
        (found < made.count)
        & (made.person[safe] == person)
        & (made.minute[safe] / DAY_MINUTES - day < _WAITS_DAYS)
    )
    return np.where(soon, safe, -1)


def _tried(
    rng: np.random.Generator,
    people: People,
    calendar: Calendar,
    catalogue: Catalogue,
    made: Trips,
    again: Lines,
    tastes: Ints,
) -> Lines:
    """Other things on the trip; at least one line where no favourite was due."""
    counts = rng.poisson(_TRIED_A_TRIP * (1 + 0.25 * calendar.sale[made.day]))
    due = np.zeros(made.count, bool)
    due[again.trip] = True
    counts = np.where(due, counts, np.maximum(counts, 1))
    trip = repeat_each(counts)
    person, week = made.person[trip], made.day[trip] // 7
    own = tastes[person, rng.integers(0, 3, len(trip))]
    by_taste = goods.pick_within(rng, catalogue, week, own)
    by_fashion = goods.pick(rng, catalogue.popularity, week)
    product = np.where(rng.random(len(trip)) < 0.55, by_taste, by_fashion)
    return lines(trip, product, _units(rng, people, catalogue, person, product), to_resell=False)


def _gifts(rng: np.random.Generator, calendar: Calendar, catalogue: Catalogue, made: Trips) -> Lines:
    """In the gift season one trip in eight carries presents."""
    trip = np.flatnonzero(calendar.gift_season[made.day] & (rng.random(made.count) < 0.125))
    product = goods.pick(rng, presents(catalogue), made.day[trip] // 7)
    return lines(trip, product, rng.geometric(0.45, len(trip)), to_resell=False)


def presents(catalogue: Catalogue) -> Floats:
    """Weeks × products: gift sets, and what is known and small."""
    sets = catalogue.category == len(CATEGORIES) - 1
    return catalogue.popularity * np.where(sets, 12.0, np.where(catalogue.hero, 2.0, 0.3))


def _sent_as_gifts(
    rng: np.random.Generator, people: People, places: Places, made: Trips, gifts: Lines
) -> Trips:
    """Some presents bought on the web go straight to a friend."""
    presents = np.zeros(made.count, bool)
    presents[gifts.trip] = True
    sent = presents & (made.place == places.web) & (rng.random(made.count) < 0.6)
    friend = recipient(people, made.person, rng.integers(0, 4, made.count))
    return Trips(made.person, made.minute, made.place, made.payer, np.where(sent, friend, OWN))


def recipients(people: People) -> int:
    """How many addresses there are besides those of customers."""
    return max(people.count // 3, 12)


def recipient(people: People, person: Ints, which: Ints) -> Ints:
    """The `which`-th friend or client of a person, as a number of an address after those of all customers."""
    return people.count + (person * 7919 + which) % recipients(people)
