"""Who is who: from identity values and habits to customers, persons and actors.

identities ─▶ keys ─▶ shared keys, judged ─▶ exact links ─┐
                   └▶ fuzzy links (Splink) ───────────────┼▶ persons ─▶ lockstep ─▶ actors ─▶ stable ids
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import ibis
import ibis.expr.types as ir
from ibis import _

from entrepot.actors import components, exact, hubs, keys
from entrepot.actors.fuzzy import links as near_links
from entrepot.actors.tables import ACTORS, CHANGES, HUBS, LINKS, LOCKSTEP, RINGS, Actors
from entrepot.engines import Engine
from entrepot.orders.tables import Orders

IDENTITY_COLUMNS = frozenset({
    "name", "email", "phone", "payment_token", "device_id", "address", "postcode", "ship_name", "ship_address",
    "ship_postcode",
})  # fmt: skip
"""Columns of contracts "Tables in" that say who somebody is. City and country are not among them."""


def empty(engine: Engine, schema: Mapping[str, str]) -> ir.Table:
    """A kept table with the columns of `schema` and no rows."""
    return engine.keep(ibis.memtable([], schema=ibis.schema(schema)))


def resolve(
    engine: Engine,
    orders: Orders,
    *,
    as_of: date,
    fuzzy: bool = True,
    previous: ir.Table | None = None,
    seed: int = 0,
) -> Actors:
    """Join customers to persons and actors from what was known on `as_of`.

    `fuzzy` adds Splink's links to those of exact keys; `previous` is the `actors` table of an earlier run, whose
    actor ids are kept where customers are shared; `seed` fixes Splink's sampling. Nothing after `as_of` is read.
    """
    lines = orders.lines.filter(_.ordered_on <= as_of, _.customer_id.notnull())
    customers = engine.keep(lines.select("customer_id").distinct(), "customers")
    identities = orders.identities.filter(_.first_on <= as_of)
    notes: dict[str, object] = {}
    links, hub_table = _identity_links(engine, orders, identities, fuzzy, seed, notes)
    groups = components.group(engine, links.filter(_.used))
    actors = engine.keep(_actors_table(customers, links.filter(_.used), groups), "actors")
    return Actors(
        actors=actors,
        links=links,
        hubs=hub_table,
        rings=empty(engine, RINGS),
        lockstep=empty(engine, LOCKSTEP),
        changes=empty(engine, CHANGES),
        notes=notes,
    )


def _identity_links(
    engine: Engine, orders: Orders, identities: ir.Table, fuzzy: bool, seed: int, notes: dict[str, object]
) -> tuple[ir.Table, ir.Table]:
    if not IDENTITY_COLUMNS & orders.columns:
        notes["identity"] = "no identity columns: every customer is one person"
        return empty(engine, LINKS), empty(engine, HUBS)
    rows = keys.with_own_names(engine, keys.normalise(engine, identities))
    held = keys.keys(rows)
    shared, totals = hubs.shared_keys(engine, held)
    counted = hubs.count_people(engine, shared)
    sharing = hubs.sharing_by_kind(engine, counted, totals)
    judged = hubs.judge_keys(engine, rows, held, counted, sharing)
    links = engine.keep(exact.links(shared, judged), "links")
    near = near_links(engine, rows, judged, links, seed=seed, notes=notes) if fuzzy else None
    links = links if near is None else engine.keep(ibis.union(links, near), "links")
    hub_table = engine.keep(hubs.hub_table(judged), "hubs")
    notes["sharing"] = {kind: {"limit": s.limit, "ratio": round(s.ratio, 6)} for kind, s in sharing.items()}
    notes["hubs"] = engine.fetch(hub_table.is_hub.sum().fill_null(0)).as_py()
    return links, hub_table


def _short_id(prefix: str, text: ir.StringValue) -> ir.StringValue:
    return ibis.literal(prefix) + text.hexdigest("md5").substr(0, 16)


def _actors_table(customers: ir.Table, links: ir.Table, groups: ir.Table) -> ir.Table:
    """One row a customer as in `ACTORS`: an unlinked customer is its own person and its own actor."""
    rows = customers.left_join(groups, "customer_id").drop("customer_id_right")
    rows = rows.mutate(person=_.person.fill_null(_.customer_id), actor=_.actor.fill_null(_.customer_id))
    best = _best_links(links, groups)
    rows = rows.left_join(best, "customer_id").drop("customer_id_right")
    several = rows.person.nunique().over(group_by=rows.actor) > 1
    rows = rows.mutate(role=ibis.ifelse(several, "unknown", "sole"))
    rows = rows.mutate(person_id=_short_id("p", rows.person), actor_id=_short_id("a", rows.actor))
    return rows.select(*ACTORS)


def _best_links(links: ir.Table, groups: ir.Table) -> ir.Table:
    """One row a linked customer: the link that binds it to the rest of its actor, at its weakest needed level.

    Where an actor has several persons that is the person's best link to another person, else the customer's
    best link within the person.
    """
    ends = [links.select(customer_id=links[end], kind=links.kind, joins=links.joins, probability=links.probability,
                         on=links.link_from, why=links.why) for end in ("customer_a", "customer_b")]  # fmt: skip
    incident = ibis.union(*ends).join(groups, "customer_id")
    within = _strongest(incident, "customer_id")
    between = _strongest(incident.filter(_.joins == "actor"), "person")
    rows = groups.left_join(within, "customer_id").left_join(between, "person", rname="{name}_between")
    return rows.select(
        "customer_id",
        link_kind=ibis.coalesce(rows.kind_between, rows.kind),
        link_probability=ibis.coalesce(rows.probability_between, rows.probability),
        link_from=ibis.coalesce(rows.on_between, rows.on),
        why=ibis.coalesce(rows.why_between, rows.why),
    )


def _strongest(incident: ir.Table, by: str) -> ir.Table:
    order = [incident.probability.desc(), incident.on, incident.why]
    ranked = incident.mutate(place=ibis.row_number().over(group_by=incident[by], order_by=order))
    return ranked.filter(_.place == 0).select(by, "kind", "probability", "on", "why")
