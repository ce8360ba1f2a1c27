"""What the orders of a listed actor show of its life: a handful of facts on which innocent explanations turn.

When it bought, what else it bought, at which hours, how much of one thing, with whom and to where; each beside the
same of all buyers who are not listed. Read for listed actors only, once, after the list is made: no fact changes
what is listed. An address, a telephone or a card is only ever compared with itself, never read: which place, which
country or which bank it is plays no part.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ibis
import ibis.expr.types as ir

from entrepot.discovery.alike import alike
from entrepot.discovery.signals import View

SEASON_FROM = (11, 6)  # month and day: eight weeks to the year's end
OFFICE_MINUTES = (9 * 60, 18 * 60)  # of a day, on Monday to Friday
LAUNCH_DAYS = 3
USUAL_QUANTILE = 0.99  # of the other buyers, in order of their units of one product
IN_THE_HAND = ("email", "phone", "payment_token", "device_id")

Facts = Mapping[str, Any]


def circumstances(view: View, flagged: ir.Table) -> tuple[dict[str, Facts], Facts]:
    """The facts of each listed actor, by `actor_id`, and those of all other buyers together.

    `flagged`: the rows of findings to look at (`actor_id, customers, persons`). Facts, counts up to `view.until`:
    `units, purchases, months` (with a purchase), `season_units`, `everyday_units`, `launch_units` (null without a
    launch), `orders, timed_orders, weekday_orders, office_orders`, `most` (units of one product; of the others the
    99th of 100), `products, singles` (products of which one unit was bought), `customers, persons, shared_days`,
    `hand_records, door_records` (records that share something held in the hand, or an address, with another of the
    actor), `at_door` (records of other buyers at one of its addresses), `addresses` (that goods went to).
    """
    engine = view.engine
    on_list = engine.keep(flagged.select("actor_id", "customers", "persons"), "on_list")
    own: dict[str, dict[str, Any]] = {row["actor_id"]: row for row in engine.fetch(on_list).to_pylist()}
    others: dict[str, Any] = dict.fromkeys(("units", "purchases", "everyday_units", "most"), 0.0)
    for table in (_purchases(view, on_list), _orders(view, on_list), _of_one_product(view, on_list)):
        for row in engine.fetch(table).to_pylist():
            facts = others if row["listed"] is None else own[row["listed"]]
            facts.update({name: value for name, value in row.items() if name != "listed"})
    records = _keys(view, on_list)
    for table in (_shared_days(view, on_list), _shared_keys(records), _doors(view, records)):
        for row in engine.fetch(table).to_pylist():
            own[row["actor_id"]].update(row)
    return dict(own), others


def _told_apart(view: View, rows: ir.Table, on_list: ir.Table) -> ir.Table:
    """`rows` of persons with `listed`: the id of the listed actor, null for all others."""
    persons = view.purchases.persons
    listed = persons.semi_join(on_list, "actor_id").select(one="person", listed="actor_id")
    return rows.left_join(listed, rows.person == listed.one).drop("one")


def _purchases(view: View, on_list: ir.Table) -> ir.Table:
    row = _told_apart(view, view.bought(), on_list)
    row = row.group_by("listed", "product", "day").agg(units=row.units.sum(), purchases=row.count())
    goods = view.traits.select("everyday", known="product")
    row = row.left_join(goods, row.product == goods.known)
    launched = ibis.null("float64")
    launches = _launches(view)
    if launches is not None:
        row = row.left_join(launches, (row.product == launches.fresh) & (row.day == launches.on))
        launched = row.units.sum(where=row.fresh.notnull()).fill_null(0.0)
    daily = row.group_by("listed", "day").agg(
        units=row.units.sum(),
        purchases=row.purchases.sum(),
        everyday_units=row.units.sum(where=row.everyday).fill_null(0.0),
        launch_units=launched,
    )
    month, first = SEASON_FROM
    season = ((daily.day.month() == month) & (daily.day.day() >= first)) | (daily.day.month() > month)
    return daily.group_by("listed").agg(
        **{name: daily[name].sum() for name in ("units", "purchases", "everyday_units", "launch_units")},
        months=daily.day.truncate("M").nunique(),
        season_units=daily.units.sum(where=season).fill_null(0.0),
    )


def _launches(view: View) -> ir.Table | None:
    """The first days of each launched product: `fresh` (product), `on` (day); None where no launch is known."""
    events = view.orders.events
    if events is None or "product_id" not in events.columns:
        return None
    goods = view.purchases.products.select("product", "product_id")
    launched = events.filter(events.kind == "launch").join(goods, "product_id")
    begun = launched.select("product", starts_on=launched.starts_on.cast("date"))
    if not view.engine.fetch(begun.limit(1)).num_rows:
        return None
    days = [
        begun.select(fresh="product", on=begun.starts_on + ibis.interval(days=n)) for n in range(LAUNCH_DAYS)
    ]
    either = ibis.union(*days)
    return either.select("fresh", on=either["on"].cast("date")).distinct()


def _orders(view: View, on_list: ir.Table) -> ir.Table:
    row = _told_apart(view, view.lines(), on_list)
    begins, ends = OFFICE_MINUTES
    weekday = row.ordered_on.day_of_week.index() < 5
    office = weekday & (row.minute_of_day >= begins) & (row.minute_of_day < ends)
    each = row.group_by("listed", "order_id").agg(
        timed=row.minute_of_day.notnull().any(), weekday=weekday.any(), office=office.any()
    )
    return each.group_by("listed").agg(
        orders=each.count(),
        timed_orders=each.timed.sum(),
        weekday_orders=each.weekday.sum(),
        office_orders=each.office.fill_null(False).sum(),
    )


def _of_one_product(view: View, on_list: ir.Table) -> ir.Table:
    row = view.bought().join(view.purchases.persons.select("person", "actor"), "person")
    row = _told_apart(view, row, on_list)
    each = row.group_by("listed", "actor", "product").agg(units=row.units.sum())
    mine = each.group_by("listed", "actor").agg(
        most=each.units.max(), products=each.count(), singles=(each.units <= 1).sum()
    )
    return mine.group_by("listed").agg(
        most=mine.most.quantile(USUAL_QUANTILE), products=mine.products.sum(), singles=mine.singles.sum()
    )


def _shared_days(view: View, on_list: ir.Table) -> ir.Table:
    """`actor_id, shared_days`: days on which two persons of the actor or more bought the same product."""
    several = on_list.filter(on_list.persons > 1)
    row = view.bought().join(view.purchases.persons.semi_join(several, "actor_id"), "person")
    each = row.group_by("actor_id", "day", "product").agg(persons=row.person.nunique())
    return each.group_by("actor_id").agg(shared_days=each.day.nunique(where=each.persons > 1))


def _keys(view: View, on_list: ir.Table) -> ir.Table:
    """`actor_id, customer_id, kind, value, is_recipient`: what the records of listed actors carry."""
    who = view.customers.select("customer_id", "actor_id").semi_join(on_list, "actor_id")
    seen = view.orders.identities.filter(view.orders.identities.first_on <= view.until)
    seen = view.engine.keep(seen.join(who, "customer_id"), "seen_of_listed")
    kinds = [
        seen.select(
            "actor_id", "customer_id", "is_recipient", kind=ibis.literal(kind), value=alike(seen[kind])
        )
        for kind in (*IN_THE_HAND, "address")
    ]
    every = ibis.union(*kinds)
    return view.engine.keep(every.filter(every.value.notnull()).distinct(), "keys_of_listed")


def _shared_keys(records: ir.Table) -> ir.Table:
    """`actor_id, hand_records, door_records, addresses`."""
    group = ibis.window(group_by=[records.actor_id, records.kind, records.value])
    row = records.mutate(shared=records.customer_id.nunique().over(group) > 1, door=records.kind == "address")
    return row.group_by("actor_id").agg(
        hand_records=row.customer_id.nunique(where=row.shared & ~row.door),
        door_records=row.customer_id.nunique(where=row.shared & row.door),
        addresses=row.value.nunique(where=row.door & row.is_recipient),
    )


def _doors(view: View, records: ir.Table) -> ir.Table:
    """`actor_id, at_door`: the most records of other buyers at one address of the actor."""
    doors = records.filter(records.kind == "address").select("actor_id", door="value").distinct()
    seen = view.orders.identities.filter(view.orders.identities.first_on <= view.until)
    known = seen.select("customer_id", door=alike(seen.address))
    known = known.semi_join(doors, "door").join(
        view.customers.select("customer_id", whose="actor_id"), "customer_id"
    )
    row = doors.join(known, "door")
    each = row.group_by("actor_id", "door").agg(
        found=row.customer_id.nunique(where=row.whose != row.actor_id)
    )
    return each.group_by("actor_id").agg(at_door=each.found.max())
