"""What `entrepot check ORDERS` tells before anything is discovered.

Which rows were read, from when to when, which optional columns are there, and what each missing one
would open.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir

from entrepot.engines import Engine
from entrepot.orders.tables import Orders

OPENS: Mapping[str, str] = {
    "customer_id": "findings at all: without it, and without identity columns, every line is unattributed",
    "currency": "money with its currency named",
    "channel": "moves between channels after a restriction, and which channels are most exposed",
    "store_id": "rings that buy in the same place, and which stores are most exposed",
    "seller_id": "the audit of what a store says and does",
    "discount": "revenue net of discounts, and buying at discounts only",
    "quantity_asked": "what was asked for where a limit trimmed it",
    "unit_cost": "shares of the margin",
    "order_status": "cancelled, refunded and test orders",
    "cancelled_at": "the day of a cancellation",
    "returned_at": "the day of a return",
    "returns_order_id": "returns matched to their own order",
    "name": "fuzzy linking of persons",
    "email": "persons linked by e-mail",
    "phone": "persons linked by phone",
    "payment_token": "one payment behind many customers",
    "device_id": "one device behind many customers",
    "ship_name": "one buyer, many recipients",
    "ship_address": "one address behind many customers, and many recipients of one buyer",
}
"""What a column of the orders opens where it is there."""

TABLES_OPEN: Mapping[str, str] = {
    "customers": "persons linked by their registration, and businesses that declared themselves",
    "products": "personal use by category, and products by name",
    "events": "buying at launches, and moves after a restriction",
    "offers": "buying what sells dearer elsewhere",
    "labels": "learning from what people concluded",
}
"""What a table beside the orders opens."""


@dataclass(frozen=True)
class Summary:
    """What `check` found; `counts` as in `Orders`; `missing`: column or table → what it would open."""

    counts: Mapping[str, int]
    customers: int
    products: int
    orders: int
    window_from: date | None
    window_until: date | None  # the first day after the last order
    has_times_of_day: bool
    currency: str
    timezone: str
    present: tuple[str, ...]
    missing: Mapping[str, str]
    quarantine: Mapping[str, int]  # reason → rows
    set_aside: Mapping[str, int]
    unmatched_returns: Mapping[str, int]
    notes: tuple[str, ...]


def check(engine: Engine, orders: Orders) -> Summary:
    """Describe what was read, in numbers that fit on a page.

    >>> from entrepot.engines.duckdb import connect
    >>> from entrepot.orders import read
    >>> import ibis
    >>> rows = {"order_id": ["1"], "ordered_at": ["2026-03-01"], "product_id": ["A"], "quantity": ["2"],
    ...         "unit_price": ["9.50"], "customer_id": ["C7"]}
    >>> engine = connect("1GiB")
    >>> summary = check(engine, read(engine, ibis.memtable(rows)))
    >>> summary.customers, summary.window_from.isoformat(), summary.missing["offers"]
    (1, '2026-03-01', 'buying what sells dearer elsewhere')
    >>> engine.close()
    """
    lines = orders.lines
    row = engine.fetch(
        lines.aggregate(
            customers=lines.customer_id.nunique(),
            products=lines.product_id.nunique(),
            orders=lines.order_id.nunique(),
            first=lines.ordered_on.min(),
            last=lines.ordered_on.max(),
            clocks=lines.minute_of_day.count(),
        )
    ).to_pylist()[0]
    tables = [name for name in TABLES_OPEN if getattr(orders, name) is not None]
    opens = {**OPENS, **TABLES_OPEN}
    present = tuple(name for name in opens if name in orders.columns or name in tables)
    return Summary(
        counts=orders.counts,
        customers=row["customers"],
        products=row["products"],
        orders=row["orders"],
        window_from=row["first"],
        window_until=row["last"] + timedelta(days=1) if row["last"] else None,
        has_times_of_day=row["clocks"] > 0,
        currency=orders.currency,
        timezone=orders.timezone,
        present=present,
        missing={name: what for name, what in opens.items() if name not in present},
        quarantine=_by_reason(engine, orders.quarantine),
        set_aside=_by_reason(engine, orders.set_aside) if orders.set_aside is not None else {},
        unmatched_returns=_by_reason(engine, orders.unmatched_returns),
        notes=orders.notes,
    )


def _by_reason(engine: Engine, rows: ir.Table) -> dict[str, int]:
    reasons = rows.group_by("reason").aggregate(n=rows.count())
    found = engine.fetch(reasons.order_by(ibis.desc("n"), "reason")).to_pylist()
    return {row["reason"]: row["n"] for row in found}
