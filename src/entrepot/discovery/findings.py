"""One row an actor: how strong the evidence is, whether it is on the list, how many units are above personal use.

`discover` is the whole room in the order of its steps. `known_at` is the part that asks what could be known at a
date; `first_evident_on` asks it again at earlier month ends, backwards for as long as the list of today holds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from entrepot.actors.tables import Actors
from entrepot.discovery import evidence as weighing_up
from entrepot.discovery import excess, fairness, given, kinds, learning, listing, surroundings
from entrepot.discovery.evidence import Evidence, gamma_of
from entrepot.discovery.groups import Groups, two_groups
from entrepot.discovery.learning import Learned
from entrepot.discovery.personal_use import Majority
from entrepot.discovery.purchases import Purchases, calendar, in_time, lots, majorities, number, placed, sums
from entrepot.discovery.resale_goods import resale_goods
from entrepot.discovery.sentences import told
from entrepot.discovery.signals import SIGNALS, View
from entrepot.engines import Engine
from entrepot.orders.tables import Orders

FEWEST_IN_CATEGORY = 100  # persons; smaller categories go with the rest
SIDE_TABLES = ("events", "offers")
WORTH_KEEPING = 0.01  # of probability, in what was knowable
FIRST_LOOK = [signal for signal in SIGNALS if not signal.needs]


@dataclass(frozen=True)
class Discovery:
    """What the room hands on: `findings` and `signals` of the contracts, further `tables`, and notes for `run.json`."""

    findings: ir.Table
    signals: ir.Table
    tables: Mapping[str, ir.Table]
    notes: Mapping[str, Any]
    gamma: float | None
    headline: Mapping[str, Any]


@dataclass(frozen=True)
class Known:
    """What could be known at a date: the evidence after γ, with places and q-values, one row an actor."""

    view: View
    evidence: Evidence
    placed: ir.Table  # actor_id, log10_e, place, q_value
    gamma: float | None
    controls: Mapping[str, float]
    majorities: Sequence[Majority] = field(default=())


def discover(
    engine: Engine, orders: Orders, actors: Actors, settings: Any, groups: ir.Table | None = None
) -> Discovery:
    """Find the actors whose purchases speak against personal use.

    `settings` has `fdr` (0–1), `as_of` (date), `personal_use` (path or None) and `hindsight_months`, and for the
    comparison of `groups` (`customer_id, group`) `fairness_basis` and `fairness_bound`. Needs `lines` and
    `identities` of `orders`, and `actors` with one row a customer.
    """
    stated = given.read(engine, settings.personal_use) if settings.personal_use else {}
    purchases = number(engine, orders.lines, actors.actors)
    now = known_at(engine, orders, actors, purchases, settings.as_of, stated)
    listed = engine.fetch(
        now.placed.aggregate(n=(now.placed.q_value <= settings.fdr).sum(), of=now.placed.count())
    )
    n, of = listed["n"][0].as_py() or 0, max(listed["of"][0].as_py(), 1)
    counted = [given.name_of(category) for category in stated]
    own = excess.personal_use(now.view, now.evidence.weighed, n / of, counted)
    since, knowable, looked_back_to = _looked_back(engine, orders, actors, purchases, now, settings, stated)
    values, weight = listing.histogram(engine, now.placed)
    share = listing.share_of_businesses(values, weight)
    population = share, two_groups(values, weight)
    learned = learning.learn(engine, orders, actors, now.placed, share, settings.fdr)
    findings = engine.keep(_rows(now, actors, own, since, population, learned, settings.fdr), "findings")
    signals = weighing_up.signals_table(now.view, now.evidence, findings.filter(findings.flagged))
    tables = surroundings.tables(now.view, findings, actors, now.evidence, values, weight)
    tables["evidence"] = told(engine, now.view, findings, signals, now.evidence)
    tables["knowable"] = knowable
    tables["audit_sample"] = learning.audit_sample(engine, now.placed, settings.seed, settings.as_of)
    compared = fairness.compare(engine, findings, actors, learned.verdicts, groups, settings)
    tables |= compared.tables
    return Discovery(
        findings=findings,
        signals=signals,
        tables=tables,
        notes=_notes(now, actors, population, settings, n, stated)
        | {"labels": learned.notes, "fairness": compared.notes, "looked_back_to": looked_back_to},
        gamma=now.gamma,
        headline=_headline(engine, findings, orders),
    )


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
    first = weighing_up.collect(view, actors, present, signals=FIRST_LOOK)
    goods = resale_goods(view, first)
    if goods is not None:
        chosen = _without(engine, lots(engine, products, goods), purchases, silent)
        view = replace(view, traits=chosen, sums=_sums(view, chosen), seen_to_be_resold=True)
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
    """The view of the first look, at products `chosen` by price, buyers and depth."""
    view = View(
        engine=engine,
        orders=orders,
        purchases=purchases,
        traits=chosen,
        sums=chosen,
        calendar=calendar(engine, purchases, until),
        customers=_customers(engine, actors, purchases),
        until=until,
    )
    return replace(view, sums=_sums(view, chosen))


def _sums(view: View, chosen: ir.Table) -> ir.Table:
    counted = sums(view.engine, view.purchases, chosen, after=None, until=view.until)
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


def _looked_back(
    engine: Engine, orders: Orders, actors: Actors, purchases: Purchases, now: Known, settings: Any,
    stated: Mapping[str, Any],
) -> tuple[dict[str, date], ir.Table, date]:  # fmt: skip
    """Since when each listed actor was evident, what was knowable at each month end, and the first that was asked.

    Evident since: the first month end of the unbroken stretch, up to the as-of date, of being listed.
    """
    since = dict.fromkeys(_listed(engine, now, settings.fdr), settings.as_of)
    open_still = set(since)
    known = [_knowable(engine, now, settings.as_of, settings.fdr)]
    first = engine.fetch(purchases.bought.aggregate(d=purchases.bought.day.min()))["d"][0].as_py()
    month_ends = _month_ends_before(settings.as_of, first)[: settings.hindsight_months]
    for month_end in month_ends:
        with engine.passing():
            then = known_at(engine, orders, actors, purchases, month_end, stated)
            known.append(_knowable(engine, then, month_end, settings.fdr))
            open_still &= _listed(engine, then, settings.fdr)
        since.update(dict.fromkeys(open_still, month_end))
    return since, engine.hold(pa.concat_tables(known), "knowable"), min([settings.as_of, *month_ends])


def _knowable(engine: Engine, known: Known, month_end: date, fdr: float) -> pa.Table:
    """Who was listed, or not quite improbable, at `month_end`: one row an actor, in the order of their ids."""
    groups = two_groups(*listing.histogram(engine, known.placed))
    row = known.placed.mutate(
        resale_probability=groups.of(known.placed.log10_e), flagged=known.placed.q_value <= fdr
    )
    kept = row.filter(row.flagged | (row.resale_probability >= WORTH_KEEPING))
    found = engine.fetch(
        kept.select(
            "actor_id", "resale_probability", "q_value", "flagged", resale_evidence=kept.log10_e
        ).order_by("actor_id")
    )  # fmt: skip
    return found.append_column("month_end", pa.array([month_end] * found.num_rows, pa.date32()))


def _listed(engine: Engine, known: Known, fdr: float) -> set[str]:
    return set(
        engine.fetch(known.placed.filter(known.placed.q_value <= fdr).select("actor_id"))[
            "actor_id"
        ].to_pylist()
    )


def _month_ends_before(day: date, first: date) -> list[date]:
    """Month ends before `day`, latest first, from the second month of the data on.

    >>> _month_ends_before(date(2026, 3, 31), date(2026, 1, 5))
    [datetime.date(2026, 2, 28), datetime.date(2026, 1, 31)]
    """
    ends, end = [], day.replace(day=1) - timedelta(days=1)
    while end > first:
        ends.append(end)
        end = end.replace(day=1) - timedelta(days=1)
    return ends


def _rows(
    now: Known, actors: Actors, own: ir.Table, since: Mapping[str, date], population: tuple[float, Groups],
    learned: Learned,
    fdr: float,
) -> ir.Table:  # fmt: skip
    facts = _with_all_beside(now, _facts(now.view, actors), own, since)
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
        declared=facts.declared, **units, **money, revenue=facts.revenue, first_evident_on=facts.since,
        units=facts.units, first_on=facts.first_on, place=facts.place, kind_if_business=facts.kind_if_business,
    )  # fmt: skip


def _with_all_beside(now: Known, facts: ir.Table, own: ir.Table, since: Mapping[str, date]) -> ir.Table:
    """`facts` with the place on the list, personal use, ratios, and since when the actor is listed."""
    dates = {
        "actor_id": pa.array(list(since), pa.string()),
        "since": pa.array(list(since.values()), pa.date32()),
    }
    beside = (
        own,
        _ratio(now, "depth").rename(depth_ratio="ratio"),
        _ratio(now, "variety").rename(variety_ratio="ratio"),
        now.view.engine.hold(pa.table(dates), "since"),
    )
    facts = facts.join(now.placed, "actor_id")
    for table in beside:
        facts = facts.left_join(table, "actor_id").drop("actor_id_right")
    return facts


def _excess(facts: ir.Table) -> dict[str, ir.FloatingValue]:
    """Units above personal use and their interval, wider for who is listed (`excess`)."""
    low = ibis.ifelse(facts.flagged, facts.own_high_listed, facts.own_high).fill_null(0.0)
    high = ibis.ifelse(facts.flagged, facts.own_low_listed, facts.own_low).fill_null(0.0)
    return {
        "excess_units": (facts.units - facts.own_mean).clip(lower=0),
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


def _notes(
    now: Known,
    actors: Actors,
    population: tuple[float, Groups],
    settings: Any,
    n: int,
    stated: Mapping[str, Any],
) -> dict[str, Any]:
    engine, (share, groups) = now.view.engine, population
    sensitivity = {"1": n}
    for times in (2, 4):
        if now.evidence.counts:
            combined = weighing_up.if_heavy_households_were(now.view, now.evidence, actors, times)
            rows = engine.fetch(combined.select("log10_e"))["log10_e"].to_numpy()
            sensitivity[str(times)] = listing.listed_at(
                rows * (1.0 if now.gamma is None else now.gamma), settings.fdr
            )
    silent = [m.category for m in now.majorities if m.persons >= FEWEST_IN_CATEGORY and not m.seen]
    return {
        "sensitivity": sensitivity,
        "cannot_tell": [c for c in silent if c not in stated],
        "stated_personal_use": sorted(set(stated) & set(silent)),
        "categories": {
            m.category: {"persons": m.persons, "household_share_0_1": round(m.share_0_1, 4), "seen": m.seen}
            for m in now.majorities
            if m.persons >= FEWEST_IN_CATEGORY
        },
        "controls": now.controls,
        "business_share_0_1": share,
        "groups": {"tail": groups.tail, "below": groups.below},
        "abstained": dict(now.evidence.abstained),
        "aspects": weighing_up.aspects(now.evidence.counts),
        "nulls": {name: _null_note(f.nulls[0]) for name, f in now.evidence.weighed.fitted.items()},
    }


def _null_note(null: Any) -> dict[str, float]:
    names = ("log_rate", "spread", "heavy_share_0_1", "heavy_factor", "business_share_0_1", "burst")
    return {name: round(float(getattr(null, name)), 4) for name in names}


def _headline(engine: Engine, findings: ir.Table, orders: Orders) -> dict[str, Any]:
    entrepreneur = findings.flagged & findings.kind.isin(kinds.ENTREPRENEURS)
    row = engine.fetch(
        findings.aggregate(
            actors=findings.count(),
            flagged=findings.flagged.sum(),
            customer_entrepreneurs=entrepreneur.sum(),
            revenue=findings.revenue.sum(),
            revenue_flagged=findings.revenue.sum(where=findings.flagged),
            excess_units=findings.excess_units.sum(where=findings.flagged),
        )
    ).to_pylist()[0]
    total = engine.fetch(orders.lines.aggregate(revenue=orders.lines.revenue_net.cast("float64").sum()))
    return {**{k: v or 0 for k, v in row.items()}, "revenue_of_all": total["revenue"][0].as_py() or 0.0}
