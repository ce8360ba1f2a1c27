"""What each person bought, counted so that months may be added.

One *purchase* is what a person bought of one product on one day. Products have *traits* that are read from the
same months: *sought* (what a reseller would stock), *tail* and *control* (two lots that nobody seeks), *everyday*.
From purchases and traits come the sums of a person: counts and exposures that every signal reads. Nothing after
`until` is looked at, so that the same code says what could have been known at any earlier date.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from entrepot.discovery.personal_use import HOUSEHOLD_PACKS, Array, Majority
from entrepot.engines import Engine
from entrepot.units import folds_of, half_of_day, half_of_days

FOLDS = 5
SOUGHT_PRICE_QUANTILE = 0.75  # of all purchases, in order of the product's price
SOUGHT_PERSONS_QUANTILE = 0.50  # of all purchases, in order of the number of the product's buyers
EVERYDAY_PERSONS_QUANTILE = 0.5  # of all purchases, in order of the number of the product's buyers
PACK_QUANTILE = 0.2  # of a product's purchases are of at most one pack
CONTROL_PRICES = (0.25, 0.75)  # of all purchases, in order of the price
DEEP_PRICE_QUANTILE, DEEP_RATIO, FEWEST_DEEP_UNITS = 0.5, 1.0, 20.0
FEWEST_BUYERS = 5  # of a control product
COUNTED_OF_PRODUCTS = ("different", "units", "extra", "usual_extra")
COUNTED_OF_EVERYDAY = ("units", "extra", "usual_extra")
DRAWN_FROM = 2**16  # lots; a product's lot is read from its id alone
KNOWN_OF_PRODUCTS = ("product", "pack", "usual_extra", "purchases", "buyers", "price", "price_place", "buyers_place",
                     "dear", "popular", "deep", "drawn")  # fmt: skip
MOST_UNITS_COUNTED = 1_000_000.0
USUAL_EXTRA, PRIOR_PURCHASES = 0.25, 5  # a product seen five times or less is thought to be like most


@dataclass(frozen=True)
class Read:
    """A count and its exposure, as names of numbers that stand in one row a person and half of the days (`sums`)."""

    count: str
    exposure: str


@dataclass(frozen=True)
class Purchases:
    """Numbered persons, and what they bought.

    `persons`: one row a person: `person` (number), `person_id`, `actor_id`, `actor` (the smallest number of a person
    of that actor: numbers are grouped several times as fast as ids), `fold`, `first_on`.
    `products`: one row a product: `product` (number), `product_id`, `category`.
    `bought`: one row a person, product and day: `person, product, day, half, units, revenue, first` (1 on the first
    day on which the person bought the product, else 0), `opening` (it is the first day of the person at all).
    `days`: one row a day on which somebody bought: `day, half`.
    """

    persons: ir.Table
    products: ir.Table
    bought: ir.Table
    days: ir.Table


def number(engine: Engine, lines: ir.Table, actors: ir.Table) -> Purchases:
    """Give persons and products numbers and add lines up to purchases.

    `lines` are `Orders.lines` up to the as-of date; `actors` has one row a customer with `person_id, actor_id`.
    Lines without a customer, and those that came back whole, are nobody's purchases.
    """
    used = lines.filter(lines.customer_id.notnull() & (lines.quantity_net > 0))
    people = actors.group_by("person_id").agg(actor_id=actors.actor_id.min())
    people = people.mutate(
        person=ibis.row_number().over(order_by=people.person_id).cast("int32"),
        fold=folds_of(people.actor_id, FOLDS).cast("int8"),
    )
    numbered = engine.keep(people, "persons")
    goods = used.group_by("product_id").agg(category=used.category.min())
    goods = engine.keep(
        goods.mutate(product=ibis.row_number().over(order_by=goods.product_id).cast("int32")), "products"
    )
    who = actors.select("customer_id", "person_id").join(numbered.select("person_id", "person"), "person_id")
    who = engine.keep(who.select("customer_id", "person"), "customers")
    joined = used.join(who, "customer_id").join(goods.select("product_id", "product"), "product_id")
    by_day = joined.group_by(joined.person, joined.product, day=joined.ordered_on).agg(
        units=joined.quantity_net.sum().clip(upper=MOST_UNITS_COUNTED),
        revenue=joined.revenue_net.cast("float64").sum(),
    )
    by_day = engine.keep(by_day, "bought_days")
    begun = by_day.group_by("person").agg(first_on=by_day.day.min())
    persons = numbered.join(begun, "person").select(*numbered.columns, "first_on")
    first = ibis.window(group_by=persons.actor_id)
    persons = engine.keep(persons.mutate(actor=persons.person.min().over(first)), "persons")
    firsts = by_day.group_by("person", "product").agg(day=by_day.day.min(), first=ibis.literal(1, "int8"))
    days = by_day.select("day").distinct()
    halves = engine.keep(days.mutate(half=half_of_days(days.day).cast("int8")), "halves")
    row = by_day.left_join(firsts, ["person", "product", "day"])
    row = row.select("person", "product", "day", "units", "revenue", first=row["first"].fill_null(0))
    row = row.join(halves, "day").join(persons.select("person", "first_on", "fold"), "person")
    bought = engine.keep(
        row.select(*[c for c in row.columns if c != "first_on"], opening=row.day == row.first_on), "bought"
    )
    engine.drop(by_day)
    return Purchases(persons, goods, bought, halves)


def traits(engine: Engine, purchases: Purchases, until: date, goods: ir.Table | None = None) -> ir.Table:
    """One row a product bought by `until`: `product, sought_by_fold, sought, tail, control, everyday, dear, pack,
    usual_extra, price` and its numbers of `purchases` and `buyers`.

    Sought are the `goods` that suspects buy (`resale_goods`); without them, for a first look, what is dear and bought
    by many, or dearer than half of all purchases and bought in more than three packs far more than its like. Bit f of
    `sought_by_fold` is for actors of fold f, and read without them; `sought` is true where any bit is. `dear` is what
    lies above three quarters of all purchases in order of price. `tail` and `control` are of the middle half of that
    order, not sought, not liked by suspects, with five buyers or more; two lots, each as large a part of the purchases
    as the sought products. `everyday` is the more popular half of what is neither dear nor sought. `usual_extra` is
    the mean of units above one in a purchase, each counted up to three packs at most.
    """
    return lots(engine, placed(engine, purchases, until), goods)


def placed(engine: Engine, purchases: Purchases, until: date) -> ir.Table:
    """What of the `traits` does not depend on who is a suspect: `popular`, `dear`, the fold mask of `deep` products,
    the lot that each product has `drawn`, and its places in order of price and of buyers; kept."""
    facts = _product_facts(engine, purchases, until)
    facts = facts.join(purchases.products.select("product", "product_id"), "product")
    by_price = ibis.window(order_by=[facts.price, facts.product], preceding=None, following=0)
    by_buyers = ibis.window(order_by=[facts.buyers, facts.product], preceding=None, following=0)
    known = facts.mutate(
        price_place=facts.purchases.sum().over(by_price) / facts.purchases.sum(),
        buyers_place=facts.purchases.sum().over(by_buyers) / facts.purchases.sum(),
    )
    dear = known.price_place > SOUGHT_PRICE_QUANTILE
    known = known.mutate(
        dear=dear,
        popular=dear & (known.buyers_place > SOUGHT_PERSONS_QUANTILE),
        deep=mask_of(lambda fold: _deep(known, fold)),
        drawn=folds_of(known.product_id, DRAWN_FROM),
    )
    return engine.keep(known.select(*KNOWN_OF_PRODUCTS), "placed_products")


def lots(engine: Engine, placed: ir.Table, goods: ir.Table | None = None) -> ir.Table:
    """The `traits` of `placed` products, sought by what suspects buy (`goods`) or else by price, buyers and depth."""
    wanted = placed.purchases.sum(where=placed.popular)
    mask: ir.IntegerValue = ibis.ifelse(placed.popular, 2**FOLDS - 1, placed.deep)
    liked: ir.BooleanValue = ibis.literal(False)
    if goods is not None:
        placed = placed.left_join(goods, "product").drop("product_right")
        mask, liked = placed.sought_by_fold.fill_null(0), placed.liked.fill_null(False)
        wanted = sum(placed.purchases.sum(where=in_mask(mask, fold)) for fold in range(FOLDS)) / FOLDS
    ordinary = (placed.price_place > CONTROL_PRICES[0]) & (placed.price_place <= CONTROL_PRICES[1])
    eligible = ordinary & ~(mask > 0) & ~liked & (placed.buyers >= FEWEST_BUYERS)
    row = placed.mutate(
        sought_by_fold=mask, sought=mask > 0, eligible=eligible, wanted=wanted.over(ibis.window())
    )
    before = ibis.window(group_by="eligible", order_by=["drawn", "product"], preceding=None, following=0)
    row = row.mutate(begun=row.purchases.sum().over(before) - row.purchases)
    reached = row.begun / ibis.greatest(row.wanted, 1)
    return engine.keep(
        row.select(
            "product", "sought_by_fold", "sought", "pack", "usual_extra", "purchases", "buyers", "price", "dear",
            tail=row.eligible & (reached < 1),
            control=row.eligible & (reached >= 1) & (reached < 2),
            everyday=~row.dear & (row.buyers_place > EVERYDAY_PERSONS_QUANTILE) & ~row.sought,
        ),
        "traits",
    )  # fmt: skip


def _product_facts(engine: Engine, purchases: Purchases, until: date) -> ir.Table:
    known = purchases.bought.filter(purchases.bought.day <= until)
    sizes = known.group_by("product", "units", "fold").agg(
        purchases=known.count(), buyers=known["first"].sum(), revenue=known.revenue.sum()
    )
    sizes = engine.keep(sizes, "sizes")
    reached = ibis.window(
        group_by=sizes.product, order_by=[sizes.units, sizes.fold], preceding=None, following=0
    )
    whole = ibis.window(group_by=sizes.product)
    sizes = sizes.mutate(place=sizes.purchases.sum().over(reached) / sizes.purchases.sum().over(whole))
    packs = sizes.group_by("product").agg(pack=sizes.units.min(where=sizes.place >= PACK_QUANTILE))
    sizes = sizes.join(packs, "product")
    usual = sizes.units.clip(upper=HOUSEHOLD_PACKS * sizes.pack) - 1
    bought = sizes.units * sizes.purchases
    deep = sizes.units > HOUSEHOLD_PACKS * sizes.pack
    by_fold = {
        f"{name}_{fold}": bought.sum(where=(sizes.fold != fold) & condition).fill_null(0.0)
        for fold in range(FOLDS)
        for name, condition in (("deep", deep), ("any", ibis.literal(True)))
    }
    facts = sizes.group_by("product").agg(
        pack=sizes.pack.max(),
        purchases=sizes.purchases.sum(),
        buyers=sizes.buyers.sum(),
        price=sizes.revenue.sum() / bought.sum(),
        usual_extra=((usual * sizes.purchases).sum() + USUAL_EXTRA * PRIOR_PURCHASES)
        / (sizes.purchases.sum() + PRIOR_PURCHASES),
        **by_fold,
    )
    return engine.keep(facts, "product_facts")


def _deep(placed: ir.Table, fold: int) -> ir.BooleanValue:
    """Whether, outside `fold`, far more units of the product go in large purchases than of its like."""
    like = placed.price_place > DEEP_PRICE_QUANTILE
    deep, units = placed[f"deep_{fold}"], placed[f"any_{fold}"]
    usual = deep.sum(where=like) / ibis.greatest(units.sum(where=like), 1e-9)
    usual = usual.over(ibis.window())
    return like & (deep >= FEWEST_DEEP_UNITS) & (deep > DEEP_RATIO * usual * units)


def sums(
    engine: Engine, purchases: Purchases, product_traits: ir.Table, *, after: date | None, until: date,
    sets_differ: bool = False,
) -> ir.Table:  # fmt: skip
    """One row a person and half of the days in (`after`, `until`]: what the signals count.

    Columns: `person, half, occasions` (purchases), `different` (products for the first time), `units`,
    `trips` (days), `trips_again` (those after the very first), `revenue`;
    `different_`, `units_`, `extra_` (units above one a purchase) and `usual_extra_` (those that households buy of
    these very products) of each lot: `sought`, `tail`, `control`, and where folds seek other products (`sets_differ`)
    those of each fold (`set_of`) instead of the sought ones; `units_everyday, extra_everyday, usual_extra_everyday`,
    `different_dear`.
    """
    bought = purchases.bought.filter(purchases.bought.day <= until)
    if after is not None:
        bought = bought.filter(bought.day > after)
    of_folds = {set_of(fold): in_mask(product_traits.sought_by_fold, fold) for fold in range(FOLDS)}
    lots = ("tail", "control", *(of_folds if sets_differ else ["sought"]))
    goods = product_traits.drop("sought").mutate(**of_folds)
    row = bought.join(goods, "product")
    row = row.mutate(
        sought=is_sought(row),
        different=row["first"].cast("float64"),
        extra=(row.units - 1).clip(lower=0),
    )
    trips = row.day.nunique()
    counted = row.group_by("person", "half").agg(
        occasions=row.count(),
        different=row["first"].sum(),
        units=row.units.sum(),
        trips=trips,
        trips_again=trips - row.opening.max().cast("int64"),  # the first day of all is one of them, or none
        revenue=row.revenue.sum(),
        different_dear=_sum_of(row, "different", "dear"),
        **{f"{name}_{lot}": _sum_of(row, name, lot) for lot in lots for name in COUNTED_OF_PRODUCTS},
        **{f"{name}_everyday": _sum_of(row, name, "everyday") for name in COUNTED_OF_EVERYDAY},
    )
    return engine.keep(counted, "sums")


def _sum_of(row: ir.Table, name: str, lot: str) -> ir.FloatingValue:
    """The sum of a number over the products of one lot; a sum of cases is a third cheaper than one with a filter."""
    return ibis.ifelse(row[lot], row[name], 0.0).sum()


def set_of(fold: int) -> str:
    """The suffix of what is counted of the products that are sought for `fold`, of whichever fold a person is."""
    return f"set_{fold}"


def in_time(
    engine: Engine, purchases: Purchases, counted: ir.Table, passed: ir.Table, until: date
) -> ir.Table:
    """`counted` (`sums` up to `until`) with both halves of everybody who was seen by then, zeros where nothing was
    bought, and `passed`: the household shopping that has passed since (`calendar`)."""
    persons = purchases.persons.filter(purchases.persons.first_on <= until)
    at_end = passed.filter(passed.day == until).select("half", end="passed")
    since = persons.select("person", day="first_on").join(passed, "day").join(at_end, "half")
    since = since.select("person", "half", passed=since.end - since.passed)
    row = since.left_join(counted, ["person", "half"])
    numbers = [name for name in counted.columns if name not in ("person", "half")]
    return engine.view(
        row.select("person", "half", "passed", **{name: row[name].fill_null(0) for name in numbers}), "sums"
    )


def mask_of(condition: Callable[[int], ir.BooleanValue]) -> ir.IntegerValue:
    """A number whose bit f is set where `condition(f)` holds, for each fold f; `is_sought` reads it."""
    mask: ir.IntegerValue = ibis.literal(0)
    for fold in range(FOLDS):
        mask = mask + ibis.ifelse(condition(fold), 2**fold, 0)
    return mask


def is_sought(row: ir.Table) -> ir.BooleanValue:
    """Whether the product of a row is sought, as other folds than the row's tell (`sought_by_fold`, `fold`)."""
    return in_mask(row.sought_by_fold, row.fold)


def in_mask(mask: ir.IntegerValue, fold: int | ir.IntegerValue) -> ir.BooleanValue:
    """Whether bit `fold` of `mask` is set."""
    power = 2**fold if isinstance(fold, int) else (2**fold).cast("int64")
    return (mask.cast("int64") // power) % 2 == 1


def folds_differ(engine: Engine, product_traits: ir.Table) -> bool:
    """Whether a product is sought for some folds and not for others."""
    mask = product_traits.sought_by_fold
    some = product_traits.filter((mask > 0) & (mask < 2**FOLDS - 1))
    return bool(engine.fetch(some.aggregate(n=some.count()))["n"][0].as_py())


def calendar(engine: Engine, purchases: Purchases, until: date) -> ir.Table:
    """One row a day up to `until` and half: how much household shopping has passed by then (`day, half, passed`).

    `passed` adds up the weights of the days of that half. A day's weight is the month's trips a person
    relative to the mean, so that a December day counts for more than a February day. A person's exposure is
    the difference of two rows.
    """
    known = purchases.bought.filter(purchases.bought.day <= until)
    trips = known.group_by("day").agg(trips=known.person.nunique())
    begun = purchases.persons.group_by(day="first_on").agg(begun=purchases.persons.count())
    daily = trips.left_join(begun, "day").select("day", "trips", begun=ibis._.begun.fill_null(0))
    seen = {row["day"]: row for row in engine.fetch(daily).to_pylist()}
    first = min(seen, default=until)
    days = [first + timedelta(days=n) for n in range((until - first).days + 1)] if seen else []
    weight, halves = _weight_of_days(days, seen), np.array([half_of_day(d) for d in days])
    rows = [(pa.array(days, pa.date32()), half, np.cumsum(weight * (halves == half))) for half in (0, 1)]
    tables = [
        pa.table({"day": day, "half": pa.array([half] * len(day), pa.int8()), "passed": passed})
        for day, half, passed in rows
    ]
    return engine.hold(pa.concat_tables(tables), "calendar")


def _weight_of_days(days: Sequence[date], seen: Mapping[date, Mapping[str, Any]]) -> Array:
    """Of each day: the trips a person of its month, those that began with it apart, relative to the mean."""
    none = {"trips": 0, "begun": 0}
    trips, begun = (np.array([seen.get(d, none)[c] for d in days], dtype=float) for c in ("trips", "begun"))
    exposed = np.cumsum(begun) - begun
    months = np.array([d.year * 12 + d.month for d in days])
    weight = np.ones(len(days))
    for month in np.unique(months):
        inside = months == month
        weight[inside] = ((trips - begun)[inside].sum() + 1) / (exposed[inside].sum() + 1)
    return weight / max(float(np.average(weight, weights=exposed + 1e-9)), 1e-12) if len(days) else weight


def majorities(engine: Engine, purchases: Purchases, product_traits: ir.Table, until: date) -> list[Majority]:
    """For each category, whether a household majority can be seen by `until`; see `Majority`."""
    known = purchases.bought.filter(purchases.bought.day <= until)
    row = known.join(product_traits.select("product", "pack"), "product")
    row = row.join(purchases.products.select("product", "category"), "product")
    usual = row.group_by("person", "category").agg(packs=(row.units / row.pack).ln().mean().exp())
    household = (usual.packs <= HOUSEHOLD_PACKS).cast("float64")
    part = (usual.person % 2).cast("int8")
    found = usual.group_by("category").agg(
        persons=usual.count(),
        share=household.mean(),
        even=household.mean(where=part == 0),
        odd=household.mean(where=part == 1),
    )
    return [
        Majority(r["category"], r["persons"], r["share"], (r["even"] or 0.0, r["odd"] or 0.0))
        for r in engine.fetch(found.order_by("category")).to_pylist()
    ]
