"""With which names, addresses and keys each customer was seen, and since when.

One row a distinct set of values. What stands on the order of a known customer counts as much as what stands
in the customers table: people change phones and keep buying. Where an order went (`ship_*`) is kept apart
from who bought, since a gift also goes somewhere.
"""

from __future__ import annotations

from collections.abc import Mapping

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
    buyer = {name: name for name in BUYER if name in columns}
    recipient = {name: _SHIPPED[name] for name in RECIPIENT if name in columns}
    parts = []
    if buyer:
        parts.append(_distinct(engine, seen, buyer, is_recipient=False))
    if {"ship_name", "ship_address"} & set(recipient):
        parts.append(_distinct(engine, seen, recipient, is_recipient=True))
    if customers is not None:
        parts.append(_from_customers(seen, customers))
    return engine.keep(
        ibis.union(*parts) if len(parts) > 1 else parts[0] if parts else _none(seen), "identities"
    )


def _distinct(engine: Engine, seen: ir.Table, names: Mapping[str, str], *, is_recipient: bool) -> ir.Table:
    """Each set of the values `names` (theirs → ours) that a customer's orders carry, not yet computed.

    Grouped by a 64-bit code of the values: texts of millions of orders are dear to compare and to carry, so they are
    taken from one row of each group at the end.
    """
    values = {theirs: seen[theirs] for theirs in names}
    rows = seen.filter(ibis.coalesce(*values.values()).notnull()).select(
        "customer_id", "order_id", "ordered_on", "line_key", code=ibis.struct(values).hash()
    )
    of_order = rows.group_by("customer_id", "order_id", "code")
    of_order = of_order.aggregate(first_on=rows.ordered_on.min(), at=rows.line_key.min())
    once = of_order.group_by("customer_id", "code").aggregate(
        orders=of_order.count(), first_on=of_order.first_on.min(), at=of_order["at"].min()
    )
    once = engine.keep(once.select("orders", "first_on", "at"), "identity_codes")
    told = seen.inner_join(once, [("line_key", "at")])
    told = told.select(
        "customer_id", "orders", "first_on", **{names[theirs]: told[theirs] for theirs in names}
    )
    return _complete(told, is_recipient=is_recipient)


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
