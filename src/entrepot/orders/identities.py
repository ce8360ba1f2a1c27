"""With which names, addresses and keys each customer was seen, and since when.

One row a distinct set of values. What stands on the order of a known customer counts as much as what stands
in the customers table: people change phones and keep buying. Where an order went (`ship_*`) is kept apart
from who bought, since a gift also goes somewhere.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from entrepot.engines import Engine
from entrepot.orders.tables import BUYER, IDENTITY, RECIPIENT

VALUES = ("name", "email", "phone", "payment_token", "device_id", "address", "postcode", "city", "country")
_SHIPPED = {"ship_name": "name", "ship_address": "address", "ship_postcode": "postcode", "ship_city": "city",
            "ship_country": "country"}  # fmt: skip


def identities(
    engine: Engine, orders: ir.Table, columns: frozenset[str], customers: ir.Table | None
) -> ir.Table:
    """The table `IDENTITY`, from usable order rows (with ordered_on) and the customers table."""
    seen = orders.filter(orders.customer_id.notnull())
    buyer = [name for name in BUYER if name in columns]
    recipient = [name for name in RECIPIENT if name in columns]
    parts = []
    if buyer or recipient:
        by_order = _by_order(engine, seen, [*buyer, *recipient])
        if buyer:
            parts.append(_distinct(by_order, {name: name for name in buyer}, is_recipient=False))
        if {"ship_name", "ship_address"} & set(recipient):
            parts.append(_distinct(by_order, {name: _SHIPPED[name] for name in recipient}, is_recipient=True))
    if customers is not None:
        parts.append(_from_customers(seen, customers))
    return engine.keep(
        ibis.union(*parts) if len(parts) > 1 else parts[0] if parts else _none(seen), "identities"
    )


def _by_order(engine: Engine, seen: ir.Table, names: list[str]) -> ir.Table:
    some = ibis.coalesce(*[seen[name] for name in names]).notnull()
    return engine.keep(
        seen.filter(some)
        .group_by("customer_id", "order_id", *names)
        .aggregate(first_on=seen.ordered_on.min()),
        "identity_of_orders",
    )


def _distinct(by_order: ir.Table, names: dict[str, str], *, is_recipient: bool) -> ir.Table:
    some = ibis.coalesce(*[by_order[name] for name in names]).notnull()
    rows = by_order.filter(some).select(
        "customer_id", "order_id", "first_on", **{ours: by_order[theirs] for theirs, ours in names.items()}
    )
    grouped = rows.group_by("customer_id", *names.values()).aggregate(
        orders=rows.order_id.nunique(), first_on=rows.first_on.min()
    )
    return _complete(grouped, is_recipient=is_recipient)


def _from_customers(seen: ir.Table, customers: ir.Table) -> ir.Table:
    since = seen.group_by("customer_id").aggregate(since=seen.ordered_on.min())
    known = customers.inner_join(since, "customer_id")
    first = ibis.least(known.created_at.date(), known.since) if "created_at" in known.columns else known.since
    kept = [name for name in (*VALUES, "type") if name in known.columns]
    rows = known.select("customer_id", *kept, first_on=first, orders=ibis.literal(0, "int64"))
    return _complete(rows, is_recipient=False)


def _complete(rows: ir.Table, *, is_recipient: bool) -> ir.Table:
    filled = rows.mutate(is_recipient=ibis.literal(is_recipient))
    return filled.select(
        **{
            name: (filled[name] if name in filled.columns else ibis.null(kind)).cast(kind)
            for name, kind in IDENTITY.items()
        }
    )


def _none(seen: ir.Table) -> ir.Table:
    return seen.limit(0).select(**{name: ibis.null(kind) for name, kind in IDENTITY.items()})
