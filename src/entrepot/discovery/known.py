"""What could be known at a date: the evidence of every actor from orders up to it, discounted, and its place.

Every question is put to what was there by then: products, seasons, the null, the controls, γ. So the same function
answers for today and for any earlier day.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import ibis.expr.types as ir
import numpy as np

from entrepot.actors.tables import Actors
from entrepot.discovery import evidence as weighing_up
from entrepot.discovery import given, learning, listing
from entrepot.discovery.evidence import Evidence, gamma_of
from entrepot.discovery.personal_use import Majority
from entrepot.discovery.purchases import (
    Purchases,
    calendar,
    folds_differ,
    in_time,
    lots,
    majorities,
    placed,
    sums,
)
from entrepot.discovery.resale_goods import resale_goods
from entrepot.discovery.signals import SIGNALS, View
from entrepot.engines import Engine
from entrepot.orders.tables import Orders

FEWEST_IN_CATEGORY = 100  # persons; smaller categories go with the rest
SIDE_TABLES = ("events", "offers")
FIRST_LOOK = [signal for signal in SIGNALS if not signal.needs]


@dataclass(frozen=True)
class Known:
    """What could be known at a date: the evidence after γ, with places and q-values, one row an actor."""

    view: View
    evidence: Evidence
    placed: ir.Table  # actor_id, log10_e, place, q_value
    gamma: float | None
    controls: Mapping[str, float]
    majorities: Sequence[Majority] = field(default=())


def known_at(
    engine: Engine,
    orders: Orders,
    actors: Actors,
    purchases: Purchases,
    until: date,
    stated: Mapping[str, Any],
) -> Known:
    """The evidence from orders up to `until`, discounted to γ where controls ask for it.

    Two looks: the first says who is a suspect, and so which products are sought; the second counts.
    """
    products = placed(engine, purchases, until)
    seen = majorities(engine, purchases, products, until)
    silent = [m.category for m in seen if m.persons >= FEWEST_IN_CATEGORY and not m.seen]
    chosen = _without(engine, lots(engine, products), purchases, silent)
    view = _first_view(engine, orders, actors, purchases, until, chosen)
    present = frozenset(orders.columns | {name for name in SIDE_TABLES if getattr(orders, name) is not None})
    goods = _seen_to_be_resold(view, actors, present)
    if goods is not None:
        chosen = _without(engine, lots(engine, products, goods), purchases, silent)
        view = replace(view, traits=chosen, sets_differ=folds_differ(engine, chosen), seen_to_be_resold=True)
    view = replace(view, sums=_sums(view))
    extra = given.counts({c: stated[c] for c in silent if c in stated})
    evidence = weighing_up.collect(view, actors, present, extra)
    gamma, controls = _gamma(view, evidence)
    gamma, controls = learning.with_audited(view, actors, evidence.combined, gamma, controls)
    discounted = evidence.combined.mutate(
        log10_e=evidence.combined.log10_e * (1.0 if gamma is None else gamma)
    )
    placed_actors = engine.keep(listing.q_values(discounted), "placed")
    return Known(view, evidence, placed_actors, gamma, controls, seen)


def _first_view(
    engine: Engine, orders: Orders, actors: Actors, purchases: Purchases, until: date, chosen: ir.Table
) -> View:
    """The view of the first look, at products `chosen` by price, buyers and depth; its sums are still to be made."""
    return View(
        engine=engine,
        sets_differ=folds_differ(engine, chosen),
        orders=orders,
        purchases=purchases,
        traits=chosen,
        sums=chosen,
        calendar=calendar(engine, purchases, until),
        customers=_customers(engine, actors, purchases),
        until=until,
    )


def _seen_to_be_resold(view: View, actors: Actors, present: frozenset[str]) -> ir.Table | None:
    """The products that suspects of a first look stock (`resale_goods`); all else of that look is forgotten."""
    engine = view.engine
    with engine.passing():
        view = replace(view, sums=_sums(view))
        first = weighing_up.collect(view, actors, present, signals=FIRST_LOOK)
        goods = resale_goods(view, first)
        found = None if goods is None else engine.fetch(goods)
    return None if found is None else engine.hold(found, "resale_goods")


def _sums(view: View) -> ir.Table:
    counted = sums(
        view.engine, view.purchases, view.traits, after=None, until=view.until, sets_differ=view.sets_differ
    )
    return in_time(view.engine, view.purchases, counted, view.calendar, view.until)


def _without(
    engine: Engine, product_traits: ir.Table, purchases: Purchases, silent: Sequence[str]
) -> ir.Table:
    """The traits less those of products in categories of which nothing can be told."""
    if not silent:
        return product_traits
    hidden = purchases.products.filter(purchases.products.category.isin(silent))
    return engine.keep(product_traits.anti_join(hidden, "product"), "traits")


def _customers(engine: Engine, actors: Actors, purchases: Purchases) -> ir.Table:
    who = actors.actors.select("customer_id", "person_id", "actor_id")
    return engine.keep(who.join(purchases.persons.select("person_id", "person"), "person_id"), "who")


def _gamma(view: View, evidence: Evidence) -> tuple[float | None, Mapping[str, float]]:
    """γ from products that nobody seeks, over persons in the measure in which they are households."""
    products = view.engine.fetch(view.traits.aggregate(n=view.traits.control.sum()))["n"][0].as_py() or 0
    if not products:
        return None, {}
    share = listing.businesses_among(view.engine, evidence.combined)
    controls = weighing_up.control_evidence(view, evidence)
    row = controls.join(view.purchases.persons.select("person", "actor_id"), "person")
    row = row.join(evidence.combined.select("actor_id", overall="log10_e"), "actor_id")
    row = row.mutate(household=1 - listing.probability(row.overall, share))
    binned = row.group_by(value=(row.log10_e * listing.STEPS_AN_ORDER).ceil() / listing.STEPS_AN_ORDER)
    cells = view.engine.fetch(binned.agg(weight=row.household.sum(), persons=row.count()))
    value, households = (cells[c].to_numpy().astype(float) for c in ("value", "weight"))
    if households.sum() <= 0:  # a population so small that nobody bought any of these products
        return None, {}
    mean = float(np.average(10.0 ** np.minimum(value, 200.0), weights=households))
    found = {"products": float(products), "persons": float(households.sum()), "mean_e": mean}
    return gamma_of(value, households), found
