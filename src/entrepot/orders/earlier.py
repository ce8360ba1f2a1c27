"""Orders less something: as they were on an earlier day, and with some customers unnamed.

Files are not opened again: everything is made from the rows that were usable, by what made it the first time.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import date

from entrepot.engines import Engine
from entrepot.orders import identities, lines, side
from entrepot.orders.tables import Orders


def up_to(engine: Engine, orders: Orders, day: date) -> Orders:
    """`orders` as reading with `as_of=day` would have made them: what came later is not in them.

    `quarantine`, `counts`, `inputs` and `notes` stay those of the whole reading. Raises `ValueError` where `orders` did
    not come from `read`.
    """
    if orders.rows is None or orders.seen is None:
        raise ValueError("only orders that were read can be taken back to an earlier day")
    named = {"products": orders.products, "customers": orders.customers}
    beside = {name: table for name, table in named.items() if table is not None}
    known = orders.rows.filter(lines.known_on(orders.rows) <= day)
    sold, came_back, unmatched = lines.of_rows(engine, known, orders.seen, beside, orders.currency, day)
    earlier = replace(
        orders, lines=sold, returns=came_back, unmatched_returns=unmatched, rows=known,
        identities=identities.identities(engine, known, orders.seen.columns, orders.customers),
        labels=None if orders.labels is None else side.read_up_to(orders.labels, day),
    )  # fmt: skip
    return without(engine, earlier, orders.unnamed)


def without(engine: Engine, orders: Orders, customers: Collection[str]) -> Orders:
    """`orders` with nothing attributed to `customers`: in the firm's totals, in nothing about people."""
    if not customers:
        return orders
    ids = sorted(customers)
    theirs = orders.lines.customer_id.isin(ids)
    lines = orders.lines.mutate(customer_id=theirs.ifelse(None, orders.lines.customer_id).cast("string"))
    named = orders.identities.filter(orders.identities.customer_id.notin(ids))
    counts = {**orders.counts, "objected": int(engine.fetch(orders.lines.filter(theirs).count()).as_py())}
    return replace(
        orders, lines=engine.keep(lines), identities=engine.keep(named), counts=counts, unnamed=frozenset(ids)
    )
