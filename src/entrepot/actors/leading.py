"""Principal and runners: who pays, who receives, who is in the trade on other days too, who is always there.

In this order, because a shared card or a door says more than presence: the one person of the actor whose card
pays for others, or at whose own door the parcels of others arrive; else the one of three or more who buys what they
buy together on other days too, alone, on significantly more days than everybody else (a binomial test at 0.5 %);
else the one who is there on significantly more of the ring's occasions (at 1 %). Where none or several qualify, all
roles are unknown: a wrong principal is worse than none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import ibis
import ibis.expr.types as ir
import pyarrow as pa
from ibis import _
from scipy.special import bdtrc

from entrepot.actors.keys import door
from entrepot.engines import Engine

SURE = 0.01
SURE_ALONE = 0.005  # households differ in what they like, and so by more than chance
FEWEST_RUNNERS = 2  # of two who buy together the one who likes the goods more is no principal


def principal(
    occasions: Mapping[str, int],
    pays_for: Mapping[str, int],
    receives_for: Mapping[str, int],
    alone: Mapping[str, int] | None = None,
) -> tuple[str | None, str]:
    """The principal's person and why, or None; arguments count by person: days met, persons paid, persons sent, and
    days on which it bought the ring's goods alone, of every person (0 for none).

    >>> principal({"a": 30, "b": 9, "c": 8}, {}, {})
    ('a', 'there on 30 occasions of the ring, more than anybody else')
    >>> principal({"a": 9, "b": 9}, {}, {"b": 3})
    ('b', 'receives the parcels of 3 others')
    """
    for counts, words in (
        (pays_for, "pays for {} others"),
        (receives_for, "receives the parcels of {} others"),
    ):
        first = _clearly_first(counts)
        if first:
            return first, words.format(counts[first])
    trades = _stands_out(alone or {}, SURE_ALONE) if len(alone or {}) > FEWEST_RUNNERS else None
    if trades and alone:
        return trades, f"buys the goods of the ring on {alone[trades]} other days too, more than anybody else"
    there = _stands_out(occasions)
    if there:
        return there, f"there on {occasions[there]} occasions of the ring, more than anybody else"
    return None, "who leads cannot be told"


def _clearly_first(counts: Mapping[str, int]) -> str | None:
    """Who has at least two, and twice as many as the next."""
    ranked: Sequence[tuple[str, int]] = Counter(counts).most_common(2)
    if not ranked or ranked[0][1] < 2:
        return None
    return ranked[0][0] if len(ranked) == 1 or ranked[0][1] >= 2 * ranked[1][1] else None


def cards(engine: Engine, rows: ir.Table, judged: ir.Table) -> ir.Table:
    """One row a crowded card and a customer who pays with it: `value, customer_id, orders`; kept."""
    crowded = judged.filter(_.key_kind == "payment_token", _.joins == "actor").select("value")
    used = rows.select("customer_id", "orders", value=rows.payment_token).semi_join(crowded, "value")
    return engine.keep(used.group_by("value", "customer_id").aggregate(orders=_.orders.sum()), "cards")


def receives(engine: Engine, rows: ir.Table, shared: ir.Table, judged: ir.Table) -> ir.Table:
    """One row somebody at whose own door, by own name, another's parcels arrive: `customer_id, other`; kept."""
    parcels = judged.filter(_.key_kind == "recipient", _.joins == "actor").select("key_kind", "value")
    senders = shared.semi_join(parcels, ["key_kind", "value"]).select("value", other=_.customer_id)
    own = rows.filter(rows.is_self)
    homes = own.select("customer_id", value=door(own) + "|" + own.name)
    both = homes.join(senders, "value").filter(_.customer_id != _.other)
    return engine.keep(both.select("customer_id", "other").distinct(), "receives")


def days_alone(engine: Engine, lines: ir.Table, groups: ir.Table) -> dict[str, int]:
    """By person of an actor of several: days on which it bought the goods of its actor and none of them met.

    The goods are the products that two or more bought in one place on one day; on such a day they met. `lines` are
    order lines, `groups` has `customer_id, person, actor`.
    """
    place = ibis.coalesce(lines.store_id, lines.channel, "")
    bought = lines.select("customer_id", "product_id", "ordered_on", place=place).join(
        groups.semi_join(_several(groups), "actor"), "customer_id"
    )
    bought = engine.keep(
        bought.select("actor", "person", "product_id", "place", "ordered_on").distinct(), "of_several"
    )
    together = bought.group_by("actor", "product_id", "place", "ordered_on").aggregate(
        persons=_.person.nunique()
    )
    met = engine.keep(together.filter(_.persons > 1), "met")
    rest = bought.semi_join(met, ["actor", "product_id"]).anti_join(met, ["actor", "ordered_on"])
    days = engine.fetch(rest.group_by("person").aggregate(days=_.ordered_on.nunique()))
    return dict(zip(days["person"].to_pylist(), days["days"].to_pylist(), strict=True))


def _several(groups: ir.Table) -> ir.Table:
    """The actors of several persons."""
    persons = groups.select("person", "actor").distinct()
    return persons.group_by("actor").aggregate(count=_.count()).filter(_["count"] > 1)


def roles(
    engine: Engine,
    groups: ir.Table,
    cards_used: ir.Table,
    receiving: ir.Table,
    occasions: Mapping[str, Mapping[str, int]],
    alone: Mapping[str, int],
) -> ir.Table:
    """One row a person of an actor of several: `person, role, role_why`; kept."""
    persons = groups.select("person", "actor").distinct()
    several = _several(groups)
    found: dict[str, list[str]] = {}
    for row in engine.fetch(persons.semi_join(several, "actor").order_by("actor", "person")).to_pylist():
        found.setdefault(row["actor"], []).append(row["person"])
    pays_for = _paid_by_person(engine, cards_used, groups)
    receives_for = _count_by_person(engine, receiving, groups)
    rows = []
    for actor, people in found.items():
        head, why = principal(
            occasions.get(actor, {}),
            {p: pays_for[p] for p in people if p in pays_for},
            {p: receives_for[p] for p in people if p in receives_for},
            {p: alone.get(p, 0) for p in people},
        )
        for person in people:
            role = "unknown" if head is None else "principal" if person == head else "runner"
            rows.append({"person": person, "role": role, "role_why": why if person == head else None})
    schema = pa.schema([("person", pa.string()), ("role", pa.string()), ("role_why", pa.string())])
    return engine.hold(pa.Table.from_pylist(rows, schema=schema), "roles")


def _paid_by_person(engine: Engine, cards_used: ir.Table, groups: ir.Table) -> dict[str, int]:
    """By person: how many others pay with its cards. A card is whose orders with it clearly outnumber all others'."""
    rows = cards_used.join(groups, "customer_id").group_by("value", "person").aggregate(orders=_.orders.sum())
    payers: dict[str, dict[str, int]] = {}
    for row in engine.fetch(rows).to_pylist():
        payers.setdefault(row["value"], {})[row["person"]] = row["orders"]
    paid: dict[str, set[str]] = {}
    for orders in payers.values():
        owner = _stands_out(orders)
        if owner:
            paid.setdefault(owner, set()).update(set(orders) - {owner})
    return {owner: len(others) for owner, others in paid.items()}


def _stands_out(counts: Mapping[str, int], sure: float = SURE) -> str | None:
    """Who has significantly more than the next, if anybody: a binomial test at `sure`."""
    ranked = Counter(counts).most_common(2)
    if len(ranked) < 2:
        return None
    (first, most), (_second, next_most) = ranked
    as_many_by_chance = bdtrc(most - 1, most + next_most, 0.5)
    return first if as_many_by_chance < sure else None


def _count_by_person(engine: Engine, pairs: ir.Table, groups: ir.Table) -> dict[str, int]:
    """By person: how many other persons of the same actor it pays or receives for."""
    first = pairs.join(groups, "customer_id").select("other", person=_.person, actor=_.actor)
    second = groups.select(other_customer=_.customer_id, other_person=_.person, other_actor=_.actor)
    both = first.join(second, [("other", "other_customer")])
    both = both.filter(both.actor == both.other_actor, both.person != both.other_person)
    rows = engine.fetch(both.group_by("person").aggregate(others=_.other_person.nunique())).to_pylist()
    return {row["person"]: row["others"] for row in rows}
