"""A made market in which it is known who resells: for the demo, the tests and the benchmarks.

A cosmetics brand with stores, a web shop and duty-free sells to households. Some of the customers also buy to
resell (stockists, personal shoppers, rings, wholesalers), and some look as if they did (large families, gift
season, offices, one household registered twice, flats, launch fans, parcel lockers, students, friends). The
tables are those of the contracts; `truth.parquet` says who is who. The same arguments give the same bytes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from entrepot.errors import InputError, Mistake
from entrepot.simulation import calendar as days
from entrepot.simulation import catalogue as goods
from entrepot.simulation import households, identities, places, receipts, sellers, side_tables, traps
from entrepot.simulation.calendar import Bools
from entrepot.simulation.order_lines import Made, orders
from entrepot.simulation.people import KINDS, TRAPS, People, cast
from entrepot.simulation.purchases import together
from entrepot.simulation.restriction import Restriction
from entrepot.simulation.truth import truth

_DECLARED_WHOLESALERS, _DECLARED_OFFICES = 0.5, 0.5
_RESTRICTED_AFTER = 0.6
_FEWEST_CUSTOMERS = 100
_STREAMS = 10


@dataclass(frozen=True)
class Market:
    """Where a made market lies, and how many rows each of its tables has."""

    folder: Path
    rows: Mapping[str, int]

    def path(self, table: str) -> Path:
        """The file of one table: orders, customers, products, events, offers or truth."""
        return self.folder / f"{table}.parquet"


def make(
    folder: Path | str,
    *,
    customers: int = 20_000,
    months: int = 24,
    seed: int = 0,
    ends_on: date = date(2026, 9, 30),
    customer_entrepreneurs: float = 0.012,
    trap_share: float = 0.06,
    heavy: float = 1.0,
) -> Market:
    """Make a market and write its tables into `folder`.

    `customers` are people (a few have two customer numbers, and guests come on top). `customer_entrepreneurs`
    is the number of actors that resell as a share of them, 0 for households only; `trap_share` the share of
    hard negatives; `heavy` multiplies how common heavy households are. The window is the `months` up to
    `ends_on`. Baskets without identity are in the orders and, since they are nobody's, not in the truth.
    Raises `InputError` where a share is outside 0–0.3 or the market would be too small.
    """
    _check(customers, months, customer_entrepreneurs, trap_share, heavy)
    calendar = days.make(days.months_before(ends_on, months), ends_on)
    streams = [np.random.default_rng(s) for s in np.random.SeedSequence(seed).spawn(_STREAMS)]
    wanted = {
        "count": customers,
        "sellers": round(customers * customer_entrepreneurs),
        "traps": round(customers * trap_share),
        "heavy": heavy,
    }
    made = _made(streams, calendar, wanted)
    out = {
        "orders": orders(made, streams[8]),
        "customers": side_tables.customers(made),
        "products": side_tables.products(made),
        "events": side_tables.events(made),
        "offers": side_tables.offers(made, streams[9]),
        "truth": truth(made),
    }
    return Market(Path(folder), write(Path(folder), out))


def write(folder: Path, out: Mapping[str, pa.Table]) -> dict[str, int]:
    """Write each table as Parquet into `folder`; how many rows each has."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in out.items():
        pq.write_table(table, folder / f"{name}.parquet", compression="zstd", compression_level=1)
    return {name: table.num_rows for name, table in out.items()}


def _check(customers: int, months: int, sellers_share: float, trap_share: float, heavy: float) -> None:
    wrong = []
    if customers < _FEWEST_CUSTOMERS:
        wrong.append(
            Mistake(
                "too few customers",
                "customers",
                f"at least {_FEWEST_CUSTOMERS}",
                str(customers),
                "ask for more",
            )
        )
    if months < 1:
        wrong.append(Mistake("no time to buy", "months", "at least 1", str(months), "give a longer window"))
    for name, share in (("customer_entrepreneurs", sellers_share), ("trap_share", trap_share)):
        if not 0 <= share <= 0.3:
            wrong.append(
                Mistake("a share is out of range", name, "0 to 0.3", str(share), "give a smaller share")
            )
    if heavy < 0:
        wrong.append(
            Mistake("a negative multiple", "heavy", "0 or more", str(heavy), "use 1 for the default")
        )
    if wrong:
        raise InputError(*wrong)


def _made(streams: Sequence[np.random.Generator], calendar: days.Calendar, wanted: Mapping[str, Any]) -> Made:
    """Each part draws from its own stream, so that a change in one leaves the others as they were."""
    catalogue = goods.make(streams[0], calendar)
    sold_at = places.make(streams[1], wanted["count"])
    people = cast(streams[2], calendar, sold_at, **wanted)
    declared = _declared(streams[3], people)
    known = identities.make(streams[3], people, declared)
    limit = Restriction(int(calendar.days * _RESTRICTED_AFTER))
    everyday = households.buy(streams[4], people, calendar, catalogue, sold_at)
    mistaken = traps.buy(streams[5], people, calendar, catalogue, sold_at, everyday)
    resale = sellers.buy(streams[6], people, calendar, catalogue, sold_at, limit)
    trips, lines = limit.trimmed(sold_at, together([everyday, *mistaken, *resale]))
    recorded = receipts.record(streams[7], people, known, calendar, sold_at, trips, lines)
    number = streams[7].permutation(len(known.registration_person))
    return Made(calendar, catalogue, sold_at, people, known, limit, trips, lines, recorded, declared, number)


def _declared(rng: np.random.Generator, people: People) -> Bools:
    """Who told the firm to be a business: every second wholesaler and office."""
    wholesaler = people.kind == KINDS.index("wholesaler")
    office = people.trap == TRAPS.index("office")
    chance = np.where(wholesaler, _DECLARED_WHOLESALERS, np.where(office, _DECLARED_OFFICES, 0.0))
    return np.asarray(rng.random(people.count) < chance)
