"""Hard negatives: households and offices that look like business and are none.

Large families are made in `people` (heavier), flats, parcel lockers and double registration in `identities`,
students (same store, same hour) in `people`. Here is what the others buy: presents by the dozen in the gift
season, an office's everyday goods every month, a launch's new product in its first hour, and what friends buy
when one comes along with the other.
"""

from __future__ import annotations

import numpy as np

from entrepot.simulation import catalogue as goods
from entrepot.simulation import households
from entrepot.simulation import places as where
from entrepot.simulation.calendar import Calendar
from entrepot.simulation.catalogue import Catalogue
from entrepot.simulation.people import People
from entrepot.simulation.places import Places
from entrepot.simulation.purchases import (
    DAY_MINUTES,
    OWN,
    Purchases,
    Trips,
    lines,
    repeat_each,
    running_days,
    trips,
    without_empty,
)

_FIRST_HOUR_MINUTES = 60
_COMES_TO_A_LAUNCH = 0.8
_COMES_ALONG, _BUYS_THE_SAME = 0.5, 0.25


def buy(
    rng: np.random.Generator,
    people: People,
    calendar: Calendar,
    catalogue: Catalogue,
    places: Places,
    everyday: Purchases,
) -> list[Purchases]:
    """What gift buyers, offices, launch fans and friends buy besides their `everyday` purchases."""
    return [
        _presents(rng, people, calendar, catalogue, places),
        _office_supplies(rng, people, calendar, catalogue, places),
        _first_hours(rng, people, calendar, catalogue, places),
        _together(rng, people, catalogue, places, everyday),
    ]


def _presents(
    rng: np.random.Generator, people: People, calendar: Calendar, catalogue: Catalogue, places: Places
) -> Purchases:
    """Two to six trips in the gift seasons, ten to sixty presents in all, some sent to the friends."""
    days = np.flatnonzero(calendar.gift_season)
    who = people.of_trap("gift season")
    if not len(days) or not len(who):
        return trips(who[:0], who[:0], who[:0]), lines(who[:0], who[:0], who[:0], to_resell=False)
    person = np.repeat(who, rng.integers(2, 7, len(who)))
    day = rng.choice(days, len(person))
    place = where.visit(rng, places, people.home[person])
    sent = (place == places.web) & (rng.random(len(person)) < 0.5)
    friend = households.recipient(people, person, rng.integers(0, 12, len(person)))
    minute = where.minutes(rng, places, place, day, people.hour[person])
    made = trips(person, minute, place, ship_to=np.where(sent, friend, OWN))
    trip = repeat_each(1 + rng.poisson(1.0, made.count))
    product = goods.pick(rng, households.presents(catalogue), made.day[trip] // 7)
    return made, lines(trip, product, rng.geometric(0.25, len(trip)), to_resell=False)


def _office_supplies(
    rng: np.random.Generator, people: People, calendar: Calendar, catalogue: Catalogue, places: Places
) -> Purchases:
    """Every few weeks the same few everyday goods, by the dozen."""
    who = people.of_trap("office")
    begin = np.maximum(people.joined[who], 0).astype(float)
    gap = rng.uniform(14, 45, len(who))
    entry, day = running_days(rng, begin, people.left[who].astype(float), gap, shape=8.0)
    person, whole = who[entry], day.astype(np.int64)
    place = where.visit(rng, places, people.home[person], 0.95)
    made = trips(person, where.minutes(rng, places, place, whole, people.hour[person]), place)
    trip = repeat_each(1 + rng.poisson(0.8, made.count))
    everyday = np.flatnonzero(catalogue.everyday & (catalogue.launch_day < 0))
    product = everyday[(made.person[trip] * 13 + rng.integers(0, 3, len(trip))) % len(everyday)]
    staff = np.exp(rng.normal(2.5, 0.6, people.count))[made.person[trip]]
    return without_empty((made, lines(trip, product, rng.poisson(staff) + 1, to_resell=False)))


def _first_hours(
    rng: np.random.Generator, people: People, calendar: Calendar, catalogue: Catalogue, places: Places
) -> Purchases:
    """Fans stand before their store on the morning of a launch and buy one or two of the new product."""
    launched = np.flatnonzero(catalogue.launch_day >= 0)
    who = people.of_trap("launch fan")
    fan, launch = (grid.ravel() for grid in np.meshgrid(np.arange(len(who)), launched, indexing="ij"))
    day = catalogue.launch_day[launch]
    home = np.where(people.home[who] == places.web, who % places.stores, people.home[who])
    customer = (day >= people.joined[who[fan]]) & (day < people.left[who[fan]])
    comes = customer & (rng.random(len(fan)) < _COMES_TO_A_LAUNCH)
    fan, launch, day = fan[comes], launch[comes], day[comes]
    minute = day * DAY_MINUTES + places.opens[home[fan]] + rng.integers(0, _FIRST_HOUR_MINUTES, len(fan))
    made = Trips(who[fan], minute, home[fan], np.full(len(fan), OWN), np.full(len(fan), OWN))
    return made, lines(np.arange(len(fan)), launch, 1 + (rng.random(len(fan)) < 0.25), to_resell=False)


def _together(
    rng: np.random.Generator, people: People, catalogue: Catalogue, places: Places, everyday: Purchases
) -> Purchases:
    """Every second shopping trip of one friend the other comes along, and now and then buys the same."""
    made, bought = everyday
    who = people.of_trap("friends")
    friend_of = np.full(people.count, OWN, np.int64)
    friend_of[who[: len(who) // 2]] = who[len(who) // 2 : len(who) // 2 * 2]
    friend, day = friend_of[made.person], made.day
    customer = (day >= people.joined[friend]) & (day < people.left[friend])
    along = (friend != OWN) & customer & (made.place != places.web) & (rng.random(made.count) < _COMES_ALONG)
    trip = np.flatnonzero(along)
    first_line = np.searchsorted(np.sort(bought.trip), trip)
    seen = bought.product[np.argsort(bought.trip, kind="stable")][first_line]
    closing = day[trip] * DAY_MINUTES + places.closes[made.place[trip]] - 1
    minute = np.minimum(made.minute[trip] + rng.integers(0, 6, len(trip)), closing)
    product = np.where(
        rng.random(len(trip)) < _BUYS_THE_SAME, seen, goods.pick(rng, catalogue.popularity, day[trip] // 7)
    )
    number = np.arange(len(trip))
    return trips(friend[trip], minute, made.place[trip]), lines(
        number, product, np.ones_like(number), to_resell=False
    )
