"""One row an actor: how strong the evidence is, whether it is on the list, how many units are above personal use.

`found_at` says it for any date: what could be known then, the probability that goes with it, personal use and kind.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import ibis
import ibis.expr.types as ir

from entrepot.actors.tables import Actors
from entrepot.discovery import excess, given, kinds, learning, listing
from entrepot.discovery.groups import Groups, two_groups
from entrepot.discovery.known import Known, known_at
from entrepot.discovery.learning import Learned
from entrepot.discovery.personal_use import Array
from entrepot.discovery.purchases import number
from entrepot.discovery.signals import View
from entrepot.engines import Engine
from entrepot.orders.tables import Orders


@dataclass(frozen=True)
class Found:
    """What is found at a date: what was `known`, the population, what reviews taught, and the rows.

    `values` and `weight` are the histogram of log10 e; `share` (0–1) is the part of actors that are businesses.
    `findings` has the columns of the contract but `first_evident_on`, one row an actor.
    """

    known: Known
    values: Array
    weight: Array
    share: float
    groups: Groups
    learned: Learned
    listed: int
    findings: ir.Table


def found_at(
    engine: Engine, orders: Orders, actors: Actors, settings: Any, until: date, stated: Mapping[str, Any]
) -> Found:
    """What is found in `orders` and `actors` as they were at `until`; `settings` as for `discover`."""
    purchases = number(engine, orders.lines, actors.actors)
    now = known_at(engine, orders, actors, purchases, until, stated)
    values, weight = listing.histogram(engine, now.placed)
    share, groups = listing.share_of_businesses(values, weight), two_groups(values, weight)
    listed = engine.fetch((now.placed.q_value <= settings.fdr).sum()).as_py() or 0
    learned = learning.learn(engine, orders, actors, now.placed, share, settings.fdr)
    suspicion = now.placed.select(
        "actor_id",
        resale_probability=learned.probability(now.placed.log10_e, share, groups),
        flagged=now.placed.q_value <= settings.fdr,
    )
    own = excess.personal_use(now.view, now.evidence.weighed, suspicion, [given.name_of(c) for c in stated])
    rows = _rows(now, actors, own, (share, groups), learned, settings.fdr)
    return Found(now, values, weight, share, groups, learned, listed, engine.keep(rows, "findings"))


def _rows(
    now: Known, actors: Actors, own: ir.Table, population: tuple[float, Groups], learned: Learned, fdr: float
) -> ir.Table:
    facts = _with_all_beside(now, _facts(now.view, actors), own)
    facts = facts.mutate(
        flagged=facts.q_value <= fdr,
        resale_probability=learned.probability(facts.log10_e, *population),
        depth_ratio=facts.depth_ratio.fill_null(0.0),
        variety_ratio=facts.variety_ratio.fill_null(0.0),
        own_mean=facts.own_mean.fill_null(0.0),
    )
    facts = facts.mutate(kind=kinds.kind_of(facts), kind_if_business=kinds.kind_of(facts, if_business=True))
    facts = facts.mutate(price=facts.revenue / ibis.greatest(facts.units, 1e-9))
    units = _excess(facts)
    money = {name.replace("units", "revenue"): value * facts.price for name, value in units.items()}
    return facts.select(
        "actor_id", "customers", "persons", resale_evidence=facts.log10_e,
        resale_probability=facts.resale_probability, q_value=facts.q_value, flagged=facts.flagged, kind=facts.kind,
        declared=facts.declared, **units, **money, revenue=facts.revenue,
        units=facts.units, first_on=facts.first_on, place=facts.place, kind_if_business=facts.kind_if_business,
    )  # fmt: skip


def _with_all_beside(now: Known, facts: ir.Table, own: ir.Table) -> ir.Table:
    """`facts` with the place on the list, personal use and ratios."""
    beside = (
        own,
        _ratio(now, "depth").rename(depth_ratio="ratio"),
        _ratio(now, "variety").rename(variety_ratio="ratio"),
    )
    facts = facts.join(now.placed, "actor_id")
    for table in beside:
        facts = facts.left_join(table, "actor_id").drop("actor_id_right")
    return facts


def _excess(facts: ir.Table) -> dict[str, ir.FloatingValue]:
    """Units above own use and their interval, wider for who is listed (`excess`)."""
    low = ibis.ifelse(facts.flagged, facts.own_high_listed, facts.own_high).fill_null(0.0)
    high = ibis.ifelse(facts.flagged, facts.own_low_listed, facts.own_low).fill_null(0.0)
    return {
        "excess_units": (facts.units - facts.own_middle.fill_null(0.0)).clip(lower=0),
        "excess_units_low": (facts.units - low).clip(lower=0),
        "excess_units_high": (facts.units - high).clip(lower=0),
    }


def _facts(view: View, actors: Actors) -> ir.Table:
    """What each actor bought and how many customers and persons it is, one row an actor with a purchase."""
    persons = view.purchases.persons.select("person", "actor_id", "first_on")
    row = view.bought().left_join(view.traits.select("product", "dear"), "product")
    dear = row.units.sum(where=row.dear).fill_null(0.0)
    each = row.group_by("person").agg(
        units=row.units.sum(),
        occasions=row.count(),
        revenue=row.revenue.sum(),
        dear_units=dear,
        priced_units=row.units.sum(where=row.dear.notnull()).fill_null(0.0),
    )
    each = each.join(persons, "person")
    facts = each.group_by("actor_id").agg(
        units=each.units.sum(), occasions=each.occasions.sum(), revenue=each.revenue.sum(),
        dear_units=each.dear_units.sum(), priced_units=each.priced_units.sum(), first_on=each.first_on.min(),
    )  # fmt: skip
    everybody = ibis.window()
    usual = facts.dear_units.sum().over(everybody) / ibis.greatest(
        facts.priced_units.sum().over(everybody), 1e-9
    )
    ratio = facts.dear_units / facts.priced_units / ibis.greatest(usual, 1e-9)
    facts = facts.mutate(dear_ratio=ibis.ifelse(facts.priced_units > 0, ratio, 1.0))
    who = actors.actors
    kind = _declared_types(view.orders, who)
    who = who.select("customer_id", "person_id", "actor_id").left_join(kind, "customer_id")
    business = (who.type == "business").fill_null(False)
    sizes = who.group_by("actor_id").agg(
        customers=who.count(), persons=who.person_id.nunique(), businesses=business.sum(),
    )  # fmt: skip
    declared = ibis.cases(
        (sizes.businesses == 0, "no"), (sizes.businesses == sizes.customers, "yes"), else_="in part"
    )
    return view.engine.keep(facts.join(sizes.mutate(declared=declared), "actor_id"), "facts")


def _declared_types(orders: Orders, who: ir.Table) -> ir.Table:
    if orders.customers is None or "type" not in orders.customers.columns:
        return who.select("customer_id", type=ibis.null("string")).limit(0)
    return orders.customers.group_by("customer_id").agg(type=orders.customers.type.max())


def _ratio(now: Known, count: str) -> ir.Table:
    """Count over what is expected of households, by actor; empty where the count was not weighed."""
    if count not in now.evidence.counts:
        return now.placed.limit(0).select("actor_id", ratio=ibis.literal(0.0))
    table = now.evidence.of(now.view, count)
    return table.select("actor_id", ratio=table["count"] / ibis.greatest(table.expected, 1e-9))
