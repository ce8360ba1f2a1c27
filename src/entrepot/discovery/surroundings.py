"""What stands around the findings on a page: purchases by month, exposure, kinds, the ring, the distribution.

Each table is small: it concerns listed actors, or adds up over all of them.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from entrepot.actors.tables import Actors
from entrepot.discovery.evidence import UNITS, Evidence
from entrepot.discovery.personal_use import Array, units_between
from entrepot.discovery.signals import View
from entrepot.discovery.weighing import Weighed
from entrepot.orders.tables import Orders

DAYS_A_MONTH = 30.4
MOST_VALUES = 200  # of products in the exposure table, largest first


def tables(
    view: View, findings: ir.Table, actors: Actors, evidence: Evidence, values: Array, weight: Array
) -> dict[str, ir.Table]:
    """The tables by the name of their file."""
    return {
        "purchases_monthly": purchases_monthly(view, findings, evidence.weighed),
        "exposure": exposure(view, findings),
        "kinds": kinds_table(view, findings),
        "ring_members": ring_members(view, findings, actors),
        "evidence_histogram": evidence_histogram(view, values, weight),
    }


def purchases_monthly(view: View, findings: ir.Table, weighed: Weighed) -> ir.Table:
    """One row a listed actor and month: `actor_id, month, units, personal_use_low, personal_use_high, revenue`.

    The band is what 95 % of as many households as the actor has persons buy in a month.
    """
    flagged = findings.filter(findings.flagged).select("actor_id", "persons")
    persons = view.purchases.persons.select("person", "actor_id").join(flagged, "actor_id")
    bought = view.bought()
    row = bought.join(persons, "person")
    months = row.group_by("actor_id", month=row.day.truncate("M")).agg(
        units=row.units.sum(), revenue=row.revenue.sum(), persons=row.persons.max()
    )
    low, mean, high = _month_of_personal_use(weighed)
    households = months.persons
    return view.engine.keep(
        months.select(
            "actor_id", "month", "units",
            personal_use_low=(households * mean - households.sqrt() * (mean - low)).clip(lower=0),
            personal_use_high=households * mean + households.sqrt() * (high - mean),
            revenue=months.revenue,
        ).order_by("actor_id", "month"),
        "monthly",
    )  # fmt: skip


def _month_of_personal_use(weighed: Weighed) -> tuple[float, float, float]:
    fitted = weighed.fitted.get(UNITS)
    if fitted is None:
        return 0.0, 0.0, 0.0
    low, mean, high = units_between(fitted.nulls[0], fitted.powers[0](np.array([DAYS_A_MONTH])))
    return float(low[0]), float(mean[0]), float(high[0])


def exposure(view: View, findings: ir.Table) -> ir.Table:
    """One row a channel, store, category or product: revenue and units of all, and of listed actors.

    `value` is its id, `name` what the table of products calls a product (null where it does not, and of the others).
    """
    flagged = findings.filter(findings.flagged)
    part = flagged.select(
        "actor_id",
        share=flagged.excess_units / ibis.greatest(flagged.units, 1e-9),
        share_low=flagged.excess_units_low / ibis.greatest(flagged.units, 1e-9),
        share_high=flagged.excess_units_high / ibis.greatest(flagged.units, 1e-9),
    )
    lines = view.orders.lines
    lines = lines.filter(lines.ordered_on <= view.until).select(
        "customer_id", "channel", "product_id", "category", store="store_id",
        units="quantity_net", revenue=lines.revenue_net.cast("float64"),
    )  # fmt: skip
    who = view.customers.join(part, "actor_id").select("customer_id", "share", "share_low", "share_high")
    row = view.engine.keep(_added_up(lines.left_join(who, "customer_id")), "exposed")
    found = [_exposed(row, by, column) for by, column in _BY]
    every = ibis.union(*found)
    names = _names(view.orders)
    if names is None:
        return view.engine.keep(every.mutate(name=ibis.null("string")), "exposure")
    named = every.left_join(names, (every.by == "product") & (every.value == names.product_id))
    return view.engine.keep(named.drop("product_id"), "exposure")


def _names(orders: Orders) -> ir.Table | None:
    """`product_id, name` of the table of products; None where it has no names."""
    goods = orders.products
    if goods is None or "name" not in goods.columns:
        return None
    return goods.group_by("product_id").agg(name=goods.name.cast("string").min())


_BY = (("channel", "channel"), ("store", "store"), ("category", "category"), ("product", "product_id"))


def _added_up(row: ir.Table) -> ir.Table:
    """Lines with the shares of their actor, if it is listed, added up by all that they are told apart by."""
    mine = row.share.notnull()
    return row.group_by(column for _, column in _BY).agg(
        revenue_total=row.revenue.sum(),
        revenue_flagged=row.revenue.sum(where=mine).fill_null(0.0),
        units_total=row.units.sum(),
        units_flagged=row.units.sum(where=mine).fill_null(0.0),
        excess_units=(row.units * row.share).sum().fill_null(0.0),
        excess_units_low=(row.units * row.share_low).sum().fill_null(0.0),
        excess_units_high=(row.units * row.share_high).sum().fill_null(0.0),
    )


def _exposed(added: ir.Table, by: str, column: str) -> ir.Table:
    known = added.filter(added[column].notnull())
    numbers = [name for name in added.columns if name not in dict(_BY).values()]
    grouped = known.group_by(value=known[column]).agg(**{name: known[name].sum() for name in numbers})
    largest = grouped.order_by([grouped.revenue_flagged.desc(), grouped.revenue_total.desc(), grouped.value])
    return largest.limit(MOST_VALUES).select(ibis.literal(by).name("by"), *grouped.columns)


def kinds_table(view: View, findings: ir.Table) -> ir.Table:
    """One row a kind: `kind, actors, flagged, revenue, revenue_low, revenue_high`.

    `revenue` is that of listed actors; the ends add the excess revenue's interval to what is personal use.
    """
    on_list = findings.flagged
    own = findings.revenue - findings.excess_revenue
    return view.engine.keep(
        findings.group_by("kind").agg(
            actors=findings.count(),
            flagged=on_list.sum(),
            revenue=findings.revenue.sum(where=on_list).fill_null(0.0),
            revenue_low=findings.excess_revenue_low.sum(where=on_list).fill_null(0.0),
            revenue_high=(own + findings.excess_revenue).sum(where=on_list).fill_null(0.0),
        ),
        "kinds",
    )


def ring_members(view: View, findings: ir.Table, actors: Actors) -> ir.Table:
    """One row a person of a listed actor of several persons: `actor_id, person_id, role, units`."""
    several = findings.filter(findings.flagged & (findings.persons > 1)).select("actor_id")
    members = view.purchases.persons.semi_join(several, "actor_id")
    bought = view.bought().semi_join(members, "person")
    units = bought.group_by("person").agg(units=bought.units.sum())
    row = members.join(units, "person")
    who = actors.actors
    roles = who.group_by("person_id").agg(role=who.role.min())
    return view.engine.keep(
        row.join(roles, "person_id").select("actor_id", "person_id", "role", "units"), "ring_members"
    )


def evidence_histogram(view: View, values: Array, weight: Array) -> ir.Table:
    """Actors by evidence in halves of an order of magnitude: `log10_e_from, log10_e_until, actors`."""
    low = ibis.literal(0.5)
    cells = view.engine.hold(pa.table({"value": values, "n": weight}), "cells")
    start = (ibis.greatest(ibis.least(cells.value, 20.0), -2.0) / low).floor() * low
    grouped = cells.group_by(log10_e_from=start).agg(actors=cells.n.sum().cast("int64"))
    return view.engine.keep(
        grouped.select("log10_e_from", log10_e_until=grouped.log10_e_from + low, actors=grouped.actors)
        .order_by("log10_e_from"),
        "histogram",
    )  # fmt: skip
