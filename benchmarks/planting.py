"""Resellers planted into real household baskets, with known truth.

Nobody knows who resells among real customers, and made customers are only as real as their maker. So the
real histories stay untouched, and customers are added whose own use is drawn from real baskets. Some of them
also buy sought products to resell, on trips that look like trips: several lines, everyday goods beside, half
of them on shopping trips that they make anyway. Resale starts at one and a half times a person's own use, so
that many are no larger than a large family. Others are added who are innocent: plain households (that being
added tells nothing), gift buyers, families registered twice, opening-hour fans, offices; and some real
households are moved into blocks of flats or to parcel lockers, in the identity columns only.

    python -m benchmarks.planting FOLDER [SEED]
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from benchmarks import baskets, planted_tables
from benchmarks.baskets import DAYS, Baskets
from entrepot.simulation.calendar import Floats, Ints
from entrepot.simulation.market import write
from entrepot.simulation.people import truncated_pareto
from entrepot.simulation.purchases import (
    DAY_MINUTES,
    Lines,
    Purchases,
    Trips,
    join_lines,
    join_trips,
    lines,
    repeat_each,
    running_days,
    together,
    trips,
)

SELLER_MIX = {"stockist": 0.36, "personal shopper": 0.36, "ring": 0.28}
TRAP_MIX = {
    "gift season": 0.12,
    "registered twice": 0.24,
    "launch fan": 0.12,
    "office": 0.1,
    "flats": 0.26,
    "parcel locker": 0.16,
}
_LEAST_MULTIPLE, _LARGEST_MULTIPLE, _MULTIPLE_EXPONENT = 1.5, 20.0, 1.5
_LARGEST_RING = 14
_SLOW_STARTERS = 0.3
_ON_OWN_TRIP = 0.5
_BESIDE, _BESIDE_QUICKLY = 2.5, 1.0
_RING_MINUTES = 55
_OPENS_MINUTE = 13 * 60  # eight in the morning on the American east coast, in universal time
_STORES_WITH_FANS = 3


@dataclass
class Cast:
    """Everybody's purchases and truth, growing as people join; the real households are the first."""

    real: Baskets
    rng: np.random.Generator
    sought: Ints
    asked_for: Ints  # wider than what is sought: clients have wishes
    kind: list[str] = field(default_factory=list)
    trap: list[str | None] = field(default_factory=list)
    role: list[str] = field(default_factory=list)
    actor: list[int] = field(default_factory=list)
    started_day: list[int] = field(default_factory=list)
    parts: list[Purchases] = field(default_factory=list)
    share_phone: list[int] = field(default_factory=list)  # persons who gave their actor's phone
    rings: int = 0

    def join(self, kind: str, trap: str | None = None, role: str = "sole", *, started_day: int = -1) -> int:
        """One more person; the number."""
        person = len(self.kind)
        self.kind.append(kind)
        self.trap.append(trap)
        self.role.append(role)
        self.actor.append(person)
        self.started_day.append(started_day)
        return person

    def own_use(self, person: int, *, least: int = 8, most: int = 90) -> Purchases:
        """What the household of an added person buys, drawn from real baskets."""
        made, bought = baskets.drawn(self.rng, self.real, least, most)
        return trips(np.full(made.count, person), made.minute, made.place), bought


@dataclass(frozen=True)
class Planted:
    """Where a planted set lies, and how many rows each of its tables has."""

    folder: Path
    rows: Mapping[str, int]

    def path(self, table: str) -> Path:
        """The file of one table: orders, customers, products or truth."""
        return self.folder / f"{table}.parquet"


def plant(
    folder: Path | str,
    *,
    seed: int,
    households: int | None = None,
    resellers: int = 60,
    traps: int = 150,
    plain: int = 150,
) -> Planted:
    """Write real baskets with `resellers` actors planted among them, and the truth, into `folder`.

    `households` is how many real ones to keep (all by default), `traps` how many persons are hard negatives,
    `plain` how many added households are neither. `resellers=0` gives the pure variant.
    """
    real = baskets.read(households, seed=seed)
    streams = [np.random.default_rng(s) for s in np.random.SeedSequence(seed).spawn(3)]
    cast = _cast(real, streams[0], resellers, traps, plain)
    bought = together(cast.parts)
    people = planted_tables.People(
        kind=cast.kind,
        trap=cast.trap,
        role=cast.role,
        actor=np.array(cast.actor),
        started_day=np.array(cast.started_day),
        shares_phone=np.isin(np.arange(len(cast.kind)), cast.share_phone),
    )
    out = planted_tables.tables(streams[1], real, people, bought)
    return Planted(Path(folder), write(Path(folder), out))


def _cast(real: Baskets, rng: np.random.Generator, resellers: int, traps: int, plain: int) -> Cast:
    """The real households first, then everybody who is added."""
    wide = baskets.sought(real, baskets.ASKED_FOR_BY_HOUSEHOLDS)
    cast = Cast(real, rng, sought=baskets.sought(real), asked_for=wide)
    for _ in range(real.households):
        cast.join("household")
    cast.parts.append((real.trips, real.lines))
    _identity_traps(cast, traps)
    for _ in range(plain):
        cast.parts.append(cast.own_use(cast.join("household")))
    added: Mapping[str, Callable[[Cast, int], None]] = {
        "gift season": _gift_buyers,
        "registered twice": _registered_twice,
        "launch fan": _fans,
        "office": _offices,
    }
    for trap, add in added.items():
        add(cast, round(traps * TRAP_MIX[trap]))
    sellers: Mapping[str, Callable[[Cast], None]] = {
        "stockist": _stockist,
        "personal shopper": _personal_shopper,
        "ring": _ring,
    }
    for kind, add_one in sellers.items():
        for _ in range(round(resellers * SELLER_MIX[kind])):
            add_one(cast)
    return cast


def _identity_traps(cast: Cast, traps: int) -> None:
    """Real households that live in a block of flats, or send to a parcel locker."""
    somebody = cast.rng.permutation(cast.real.households)
    flats, lockers = round(traps * TRAP_MIX["flats"]), round(traps * TRAP_MIX["parcel locker"])
    for person in somebody[:flats]:
        cast.trap[person] = "flats"
    for person in somebody[flats : flats + lockers]:
        cast.trap[person] = "parcel locker"


def _multiple(rng: np.random.Generator) -> float:
    """Units bought to resell for each unit of own use: at least one and a half, heavy-tailed."""
    return float(truncated_pareto(rng, 1, _LEAST_MULTIPLE, _LARGEST_MULTIPLE, _MULTIPLE_EXPONENT)[0])


def _first_day(rng: np.random.Generator) -> int:
    """The first day of resale: before the year for most, within it for slow starters."""
    return int(rng.integers(90, 240)) if rng.random() < _SLOW_STARTERS else 0


def _to_resell(cast: Cast, own: Purchases) -> float:
    """How many units a person shall resell, given the own use."""
    return float(own[1].quantity.sum() * _multiple(cast.rng))


def _outings(cast: Cast, own: Purchases, from_day: int, gap_days: float) -> Trips:
    """Trips to resell from `from_day` on: on a trip that is made anyway, or to one of the own stores."""
    begin, until = np.array([float(from_day)]), np.array([float(DAYS)])
    _, day = running_days(cast.rng, begin, until, np.array([gap_days]), shape=2.0)
    made = own[0]
    like = cast.rng.integers(0, made.count, len(day))
    fresh = day.astype(np.int64) * DAY_MINUTES + made.minute[like] % DAY_MINUTES
    near = np.argmin(np.abs(made.minute[None, :] - fresh[:, None]), axis=1)
    usual = (cast.rng.random(len(day)) < _ON_OWN_TRIP) & (made.minute[near] >= from_day * DAY_MINUTES)
    minute, place = (
        np.where(usual, made.minute[near], fresh),
        np.where(usual, made.place[near], made.place[like]),
    )
    return trips(np.full(len(day), made.person[0]), minute, place)


def _with(cast: Cast, own: Purchases, made: Trips, bought: Lines, beside: float = _BESIDE) -> Purchases:
    """Own use and the rest as one: what falls on a trip that is made anyway becomes part of that basket."""
    at = np.minimum(np.searchsorted(own[0].minute, made.minute), own[0].count - 1)
    fresh = np.flatnonzero(own[0].minute[at] != made.minute)
    number = at.copy()
    number[fresh] = own[0].count + np.arange(len(fresh))
    rest = Lines(number[bought.trip], bought.product, bought.quantity, bought.to_resell)
    everyday = baskets.some_lines(cast.rng, cast.real, number[fresh], beside)
    added = trips(made.person[fresh], made.minute[fresh], made.place[fresh], ship_to=made.ship_to[fresh])
    return join_trips([own[0], added]), join_lines([own[1], rest, everyday])


def _stockist(cast: Cast) -> None:
    """Few products, deep, every one to five weeks."""
    rng, started = cast.rng, _first_day(cast.rng)
    own = cast.own_use(cast.join("stockist", started_day=started))
    units = _to_resell(cast, own)
    made = _outings(cast, own, started, float(rng.uniform(7, 35)))
    assortment = rng.choice(cast.sought, int(rng.integers(2, 6)), replace=False)
    trip = repeat_each(np.minimum(1 + rng.poisson(0.7, made.count), len(assortment)))
    product = assortment[np.minimum(rng.geometric(0.4, len(trip)) - 1, len(assortment) - 1)]
    each = units / max(len(trip), 1) * rng.lognormal(0, 0.35, len(trip))
    resale = lines(trip, product, np.rint(each).astype(np.int64), to_resell=True)
    cast.parts.append(_with(cast, own, made, resale))


def _personal_shopper(cast: Cast) -> None:
    """Many trips, on each several different sought products, one or two of each."""
    rng, started = cast.rng, _first_day(cast.rng)
    own = cast.own_use(cast.join("personal shopper", started_day=started), most=60)
    units = min(_to_resell(cast, own), 4_000.0)
    wide = float(rng.uniform(2, 6)) * (1 + units / 2_000)
    made = _outings(cast, own, started, max((DAYS - started) * wide * 1.3 / units, 0.4))
    trip = repeat_each(rng.poisson(wide, made.count))
    product = rng.choice(cast.asked_for, len(trip), p=_appetite(rng, len(cast.asked_for)))
    quantity = np.minimum(rng.geometric(0.77, len(trip)), 6)
    resale = lines(trip, product, quantity, to_resell=True)
    cast.parts.append(_with(cast, own, made, resale, _BESIDE_QUICKLY))


def _appetite(rng: np.random.Generator, products: int) -> Floats:
    """What one shopper's clients ask for: the well-known more, with tastes of their own."""
    wanted = (3.0 + np.arange(products)) ** -0.5 * rng.lognormal(0, 0.5, products)
    return np.asarray(wanted / wanted.sum(), float)


def _ring(cast: Cast) -> None:
    """One product, one store, within an hour: everybody who was sent buys up to a limit, week after week."""
    rng, started = cast.rng, _first_day(cast.rng)
    size = int(truncated_pareto(rng, 1, 3, _LARGEST_RING + 1, 0.9)[0])
    members = [
        cast.join("ring", role="principal" if n == 0 else "runner", started_day=started) for n in range(size)
    ]
    for member in members:
        cast.actor[member] = members[0]
    cast.rings += 1
    if cast.rings % 2:
        cast.share_phone += members
    own = [cast.own_use(member, least=4, most=30) for member in members]
    units = sum(int(one[1].quantity.sum()) for one in own) * min(_multiple(rng), 10.0)
    limit = int(rng.integers(3, 9))
    queues = int(np.clip(units / (size * 0.75 * limit), 8, 110))
    limit = max(limit, round(units / (queues * size * 0.75)))
    day = np.sort(rng.integers(started, DAYS, queues))
    store = rng.choice(_large_stores(cast.real), 2, replace=False)[rng.integers(0, 2, queues)]
    minute = day * DAY_MINUTES + _OPENS_MINUTE + rng.choice([0, 120, 300, 480], queues)
    assortment = rng.choice(cast.sought, int(rng.integers(2, 8)), replace=False)
    product = rng.choice(assortment, queues)
    for one in own:
        comes = rng.random(queues) < rng.uniform(0.6, 0.95)
        when = minute[comes] + rng.integers(0, _RING_MINUTES, int(comes.sum()))
        made = _in_person(one, when, store[comes])
        resale = lines(np.arange(len(when)), product[comes], np.full(len(when), limit), to_resell=True)
        cast.parts.append(_with(cast, one, made, resale, _BESIDE_QUICKLY))


def _in_person(own: Purchases, minute: Ints, place: Ints) -> Trips:
    """Trips to queue in a store."""
    count = len(minute)
    carried = np.full(count, planted_tables.IN_PERSON)
    return trips(np.full(count, own[0].person[0]), minute, place, ship_to=carried)


def _large_stores(real: Baskets) -> Ints:
    return np.argsort(-np.bincount(real.trips.place, minlength=len(real.store_ids)))[:20]


def _gift_buyers(cast: Cast, count: int) -> None:
    """Ten to eighty presents before Christmas, on a few trips."""
    rng, presents = cast.rng, baskets.seasonal(cast.real)
    for _ in range(count):
        own = cast.own_use(cast.join("household", "gift season"))
        number = int(rng.integers(3, 9))
        minute = np.sort(rng.integers(322, 358, number)) * DAY_MINUTES + rng.integers(15, 24, number) * 60
        made = trips(np.full(number, own[0].person[0]), minute, rng.choice(own[0].place, number))
        trip = repeat_each(1 + rng.poisson(1.2, number))
        product, quantity = rng.choice(presents, len(trip)), rng.geometric(0.2, len(trip))
        cast.parts.append(_with(cast, own, made, lines(trip, product, quantity, to_resell=False)))


def _registered_twice(cast: Cast, count: int) -> None:
    """Plain households; that they have two customer numbers stands in the identity columns."""
    for _ in range(count):
        cast.parts.append(cast.own_use(cast.join("household", "registered twice"), least=20, most=140))


def _fans(cast: Cast, count: int) -> None:
    """Each week one sought product is on offer; fans come in the first hour to buy one or two."""
    rng, weeks = cast.rng, np.arange(1, DAYS // 7)
    offered = rng.choice(cast.sought, len(weeks))
    stores = rng.choice(_large_stores(cast.real), _STORES_WITH_FANS, replace=False)
    for n in range(count):
        own = cast.own_use(cast.join("household", "launch fan"))
        comes = rng.random(len(weeks)) < rng.uniform(0.3, 0.8)
        minute = weeks[comes] * 7 * DAY_MINUTES + _OPENS_MINUTE + rng.integers(0, 60, int(comes.sum()))
        made = _in_person(own, minute, np.full(len(minute), stores[n % len(stores)]))
        quantity = 1 + (rng.random(len(minute)) < 0.25)
        cast.parts.append(
            _with(cast, own, made, lines(np.arange(len(minute)), offered[comes], quantity, to_resell=False))
        )


def _offices(cast: Cast, count: int) -> None:
    """Every week or two the same few everyday goods for a kitchen of a dozen people."""
    rng, everyday = cast.rng, baskets.everyday(cast.real)
    for _ in range(count):
        own = cast.own_use(cast.join("organisation", "office"), least=4, most=20)
        made = _outings(cast, own, 0, float(rng.uniform(6, 16)))
        trip = repeat_each(1 + rng.poisson(1.5, made.count))
        product = rng.choice(rng.choice(everyday, 5, replace=False), len(trip))
        quantity = rng.poisson(float(np.exp(rng.normal(2.1, 0.5))), len(trip)) + 1
        cast.parts.append(_with(cast, own, made, lines(trip, product, quantity, to_resell=False)))


if __name__ == "__main__":
    print(plant(sys.argv[1], seed=int(sys.argv[2]) if len(sys.argv) > 2 else 0))
