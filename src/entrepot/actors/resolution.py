"""Who is who: from identity values and habits to customers, persons and actors.

identities ─▶ keys ─▶ shared keys, judged ─▶ exact links ─┐
                   └▶ near links (Splink) ────────────────┼▶ persons ─▶ lockstep ─▶ actors ─▶ lasting ids
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import ibis
import ibis.expr.types as ir
import pyarrow as pa
from ibis import _

from entrepot.actors import behaviour, components, corrections, exact, hubs, keys, leading, rings, stability
from entrepot.actors.behaviour import Lockstep
from entrepot.actors.corrections import Correction
from entrepot.actors.fuzzy import links as near_links
from entrepot.actors.tables import ACTORS, CHANGES, HUBS, LINKS, LOCKSTEP, RINGS, Actors
from entrepot.engines import Engine
from entrepot.orders.tables import Orders
from entrepot.units import short_ids

IDENTITY_COLUMNS = frozenset({
    "name", "email", "phone", "payment_token", "device_id", "address", "postcode", "ship_name", "ship_address",
    "ship_postcode",
})  # fmt: skip
"""Columns of contracts "Tables in" that say who somebody is. City and country are not among them."""


@dataclass(frozen=True)
class Identity:
    """What identity alone says: all `links`, the shared keys as `hubs`, and who pays or receives for whom."""

    links: ir.Table
    hubs: ir.Table
    cards: (
        ir.Table
    )  # one row a holder of a crowded card and each of its cards: customer_id, value, is_crowded
    receives: ir.Table  # one row somebody at whose own door the parcels of another arrive: customer_id, other


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
    corrected: Sequence[Correction] = (),
) -> Actors:
    """Join customers to persons and actors from what was known on `as_of`.

    `fuzzy` adds Splink's links to those of exact keys; `previous` is the `actors` table of an earlier run, whose
    actor ids are kept where customers are shared; `seed` fixes Splink's sampling; `corrected` is what people said
    of who is who, and wins. Nothing after `as_of` is read.
    """
    notes: dict[str, object] = {}
    lines = orders.lines.filter(_.ordered_on <= as_of, _.customer_id.notnull())
    customers = engine.keep(lines.select("customer_id").distinct(), "customers")
    identity = _identify(engine, orders, as_of, fuzzy, seed, notes)
    identity = _as_corrected(engine, identity, customers, corrected, notes)
    persons = components.group(engine, identity.links.filter(_.used))
    found = behaviour.form(engine, lines, customers, persons)
    links = engine.keep(ibis.union(identity.links, behaviour.links(engine, found)), "all_links")
    links, groups, found = _actors_as_corrected(engine, links, persons, found, corrected)
    alone = leading.days_alone(engine, lines, groups)
    actors, rows = _actors_and_rings(engine, customers, identity, links, groups, found, alone)
    names, changes = _lasting(engine, actors, previous, as_of)
    notes["lockstep"] = {
        **found.seen.notes, "pairs_linked": len(found.pairs), "pairs_that_could_have_met": found.formed.possible,
        "family_wise": rings.FAMILY_WISE, "rings": len({row["actor"] for row in rows}),
    }  # fmt: skip
    ringed = _ring_tables(engine, found, rows)
    return Actors(
        actors=_renamed(engine, actors, names),
        links=links,
        hubs=identity.hubs,
        rings=_renamed(engine, ringed[0], names),
        lockstep=_renamed(engine, ringed[1], names),
        changes=changes,
        notes=notes,
    )


def _identify(
    engine: Engine, orders: Orders, as_of: date, fuzzy: bool, seed: int, notes: dict[str, object]
) -> Identity:
    pairs = {"customer_id": "string", "other": "string"}
    if not IDENTITY_COLUMNS & orders.columns:
        notes["identity"] = "no identity columns: every customer is one person"
        cards = {"value": "string", "customer_id": "string", "orders": "int64"}
        return Identity(empty(engine, LINKS), empty(engine, HUBS), empty(engine, cards), empty(engine, pairs))
    rows = keys.with_own_names(engine, keys.normalise(engine, orders.identities.filter(_.first_on <= as_of)))
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
    notes["hubs"] = int(engine.fetch(hub_table.is_hub.sum().fill_null(0)).as_py())
    return Identity(
        links,
        hub_table,
        leading.cards(engine, rows, judged),
        leading.receives(engine, rows, shared, judged),
    )


def _as_corrected(
    engine: Engine, identity: Identity, customers: ir.Table, corrected: Sequence[Correction], notes: dict[str, object]
) -> Identity:  # fmt: skip
    """`identity` with the links that people made, and without those that they parted."""
    if not corrected:
        return identity
    notes["corrections"] = corrections.notes(corrected)
    known = corrections.named_here(engine, customers, corrected)
    notes["corrections_without_orders"] = corrections.without_orders(known, corrected)
    joined = corrections.join(engine, identity.links, known, corrected)
    return replace(identity, links=corrections.part(engine, joined, corrected))


def _actors_as_corrected(
    engine: Engine, links: ir.Table, persons: ir.Table, found: Lockstep, corrected: Sequence[Correction]
) -> tuple[ir.Table, ir.Table, Lockstep]:
    """All links, the groups that they make, and the lockstep that is left within them: parted persons form no ring."""
    if not found.pairs:
        return links, persons, found
    links = corrections.part(engine, links, corrected)
    groups = components.group(engine, links.filter(_.used))
    if corrected:
        found = behaviour.within_actors(found, _actor_of(engine, groups, found))
    return links, groups, found


def _actors_and_rings(
    engine: Engine,
    customers: ir.Table,
    identity: Identity,
    links: ir.Table,
    groups: ir.Table,
    found: Lockstep,
    alone: Mapping[str, int],
) -> tuple[ir.Table, list[dict[str, object]]]:
    """The actors table, and `actor, person, half` of the rings (first customers, not yet ids)."""
    actor_of = _actor_of(engine, groups, found)
    roles = leading.roles(
        engine, groups, identity.cards, identity.receives, behaviour.occasions(found, actor_of), alone
    )
    table = engine.keep(_actors_table(customers, links.filter(_.used), groups, roles), "actors")
    return table, behaviour.members(found, actor_of)


def _actor_of(engine: Engine, groups: ir.Table, found: Lockstep) -> dict[str, str]:
    """The actor (its first customer) of each person in a ring."""
    ringed = sorted(set(found.person_of.values()))
    people = engine.hold(pa.table({"person": pa.array(ringed, pa.string())}))
    rows = engine.fetch(groups.join(people, [("customer_id", "person")]).select("customer_id", "actor"))
    alone = {person: person for person in ringed}  # parted from everybody
    return alone | dict(zip(rows["customer_id"].to_pylist(), rows["actor"].to_pylist(), strict=True))


def _ring_tables(engine: Engine, found: Lockstep, rows: list[dict[str, object]]) -> tuple[ir.Table, ir.Table]:
    """`RINGS` and `LOCKSTEP`, with ids as they are before those of an earlier run are kept."""
    if not rows:
        return empty(engine, RINGS), empty(engine, LOCKSTEP)
    actor_of = {str(row["person"]): str(row["actor"]) for row in rows}
    numbers, actors = behaviour.ring_numbers(found, actor_of)
    tested = rings.test(engine, found.seen, found.formed, numbers)
    for row in tested:
        row["actor"] = actors[int(str(row.pop("ring")))]
    members, evidence = (engine.hold(pa.Table.from_pylist(table)) for table in (rows, tested))
    members = members.select(
        actor_id=short_ids("a", members.actor), person_id=short_ids("p", members.person), half=members.half
    )
    evidence = evidence.mutate(actor_id=short_ids("a", evidence.actor))
    return (
        engine.keep(members.select(*RINGS).cast(dict(RINGS)), "rings"),
        engine.keep(evidence.select(*LOCKSTEP).cast(dict(LOCKSTEP)), "lockstep"),
    )


def _lasting(
    engine: Engine, actors: ir.Table, previous: ir.Table | None, as_of: date
) -> tuple[ir.Table | None, ir.Table]:
    if previous is None:
        return None, empty(engine, CHANGES)
    return stability.keep_ids(engine, actors.select("customer_id", "actor_id"), previous, at=as_of)


def _renamed(engine: Engine, table: ir.Table, names: ir.Table | None) -> ir.Table:
    if names is None:
        return table
    joined = table.join(names, "actor_id")
    return engine.keep(joined.mutate(actor_id=joined.kept).select(*table.columns))


def _actors_table(customers: ir.Table, links: ir.Table, groups: ir.Table, roles: ir.Table) -> ir.Table:
    """One row a customer as in `ACTORS`: an unlinked customer is its own person and its own actor."""
    best = _best_links(links, groups).left_join(roles, "person")
    best = best.mutate(why=ibis.ifelse(best.role_why.isnull(), best.why, best.role_why + "; " + best.why))
    rows = customers.left_join(best, "customer_id")
    rows = rows.mutate(person=ibis.coalesce(rows.person, rows.customer_id))
    rows = rows.mutate(
        actor=ibis.coalesce(rows.actor, rows.customer_id), role=ibis.coalesce(rows.role, "sole")
    )
    rows = rows.mutate(person_id=short_ids("p", rows.person), actor_id=short_ids("a", rows.actor))
    return rows.select(*ACTORS).cast(dict(ACTORS))


def _best_links(links: ir.Table, groups: ir.Table) -> ir.Table:
    """One row a linked customer: the link that binds it to the rest of its actor, at its weakest needed level.

    Where an actor has several persons that is the person's best link to another person, else the customer's
    best link within the person.
    """
    ends = [
        links.select("kind", "joins", "probability", "why", customer_id=links[end], on=links.link_from)
        for end in ("customer_a", "customer_b")
    ]
    incident = ibis.union(*ends).join(groups, "customer_id")
    within = _strongest(incident, "customer_id")
    between = _strongest(incident.filter(_.joins == "actor"), "person")
    rows = groups.left_join(within, "customer_id").left_join(between, "person", rname="{name}_between")
    return rows.select(
        "customer_id",
        "person",
        "actor",
        link_kind=ibis.coalesce(rows.kind_between, rows.kind),
        link_probability=ibis.coalesce(rows.probability_between, rows.probability),
        link_from=ibis.coalesce(rows.on_between, rows.on),
        why=ibis.coalesce(rows.why_between, rows.why),
    )


def _strongest(incident: ir.Table, by: str) -> ir.Table:
    order = [incident.probability.desc(), incident.on, incident.why]
    ranked = incident.mutate(place=ibis.row_number().over(group_by=incident[by], order_by=order))
    return ranked.filter(_.place == 0).select(by, "kind", "probability", "on", "why")
