"""The whole room in the order of its steps: what is known, since when, in which words, and what reviews taught."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import ibis.expr.types as ir
import pyarrow as pa

from entrepot.actors.tables import Actors
from entrepot.discovery import evidence as weighing_up
from entrepot.discovery import fairness, given, kinds, learning, listing, surroundings
from entrepot.discovery.findings import Found, found_at
from entrepot.discovery.known import FEWEST_IN_CATEGORY
from entrepot.discovery.looking_back import Then, evident_since, look_back, month_ends, then_of
from entrepot.discovery.sentences import told
from entrepot.engines import Engine
from entrepot.orders.tables import Orders


@dataclass(frozen=True)
class Discovery:
    """What the room hands on: `findings` and `signals` of the contracts, further `tables`, and notes for `run.json`."""

    findings: ir.Table
    signals: ir.Table
    tables: Mapping[str, ir.Table]
    notes: Mapping[str, Any]
    gamma: float | None
    headline: Mapping[str, Any]


def discover(
    engine: Engine, orders: Orders, actors: Actors, settings: Any, groups: ir.Table | None = None,
    earlier: Sequence[Then] | None = None,
) -> Discovery:  # fmt: skip
    """Find the actors whose purchases speak against personal use.

    `settings` has `fdr` (0–1), `as_of` (date), `personal_use` (path or None) and `hindsight_months`, and for the
    comparison of `groups` (`customer_id, group`) `fairness_basis` and `fairness_bound`. Needs `lines` and
    `identities` of `orders`, and `actors` with one row a customer. `earlier` is what `look_back` said of earlier month
    ends, latest first; without it they are asked here.
    """
    stated = given.read(engine, settings.personal_use)
    if earlier is None:
        earlier = look_back(engine, orders, settings, month_ends(engine, orders, settings), stated)
    found = found_at(engine, orders, actors, settings, settings.as_of, stated)
    now, learned = found.known, found.learned
    today = then_of(engine, orders, actors, found, settings.as_of)
    findings = engine.keep(_dated(engine, found.findings, actors, settings.as_of, earlier), "findings")
    signals = weighing_up.signals_table(now.view, now.evidence, findings.filter(findings.flagged))
    tables = surroundings.tables(now.view, findings, actors, now.evidence, found.values, found.weight)
    tables["evidence"] = told(engine, now.view, findings, signals, now.evidence)
    thens = (today, *earlier)
    tables["knowable"] = engine.hold(pa.concat_tables([then.knowable for then in thens]))
    tables["knowable_revenue"] = engine.hold(pa.concat_tables([then.revenue for then in thens]))
    tables["audit_sample"] = learning.audit_sample(engine, now.placed, settings.seed, settings.as_of)
    compared = fairness.compare(engine, findings, actors, learned.verdicts, groups, settings)
    tables |= compared.tables
    looked_back_to = min([settings.as_of, *(then.month_end for then in earlier)])
    return Discovery(
        findings=findings,
        signals=signals,
        tables=tables,
        notes=_notes(found, actors, settings, stated)
        | {"labels": learned.notes, "fairness": compared.notes, "looked_back_to": looked_back_to},
        gamma=now.gamma,
        headline=_headline(engine, findings, orders),
    )


def _dated(
    engine: Engine, findings: ir.Table, actors: Actors, as_of: date, earlier: Sequence[Then]
) -> ir.Table:
    """`findings` with `first_evident_on`, null for who is not listed."""
    of_listed = actors.actors.semi_join(findings.filter(findings.flagged), "actor_id")
    rows = engine.fetch(of_listed.select("customer_id", "actor_id"))
    actor_of = dict(zip(rows["customer_id"].to_pylist(), rows["actor_id"].to_pylist(), strict=True))
    since = evident_since(as_of, earlier, actor_of)
    dates = {
        "actor_id": pa.array(list(since), pa.string()),
        "first_evident_on": pa.array(list(since.values()), pa.date32()),
    }
    dated = findings.left_join(engine.hold(pa.table(dates), "since"), "actor_id").drop("actor_id_right")
    return dated.relocate("first_evident_on", after="revenue")


def _notes(found: Found, actors: Actors, settings: Any, stated: Mapping[str, Any]) -> dict[str, Any]:
    now, groups = found.known, found.groups
    engine = now.view.engine
    sensitivity = {"1": found.listed}
    gamma = 1.0 if now.gamma is None else now.gamma
    for times in (2, 4) if now.evidence.counts else ():
        enough = -math.log10(settings.fdr) / max(gamma, 1e-9)
        able = weighing_up.if_heavy_households_were(now.view, now.evidence, actors, times, enough)
        log10_e = engine.fetch(able.select("log10_e"))["log10_e"].to_numpy()
        sensitivity[str(times)] = listing.listed_at(log10_e * gamma, settings.fdr, int(found.weight.sum()))
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
        "business_share_0_1": found.share,
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
