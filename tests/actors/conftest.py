"""Small hand-made `Orders`, so that this room is tested without the one before it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date

import ibis
import pyarrow as pa
import pytest

from entrepot.engines.duckdb import DuckDB, connect
from entrepot.orders.tables import IDENTITY, LINES, Orders

FIRST_DAY = date(2026, 1, 5)


@pytest.fixture(scope="session")
def engine() -> Iterator[DuckDB]:
    opened = connect("2GiB", threads=2)
    yield opened
    opened.close()


def table_of(rows: list[dict], schema: dict[str, str]) -> pa.Table:
    """An Arrow table with all columns of `schema`; what a row leaves out is null."""
    types = ibis.schema(schema).to_pyarrow()
    return pa.Table.from_pylist([{name: row.get(name) for name in types.names} for row in rows], schema=types)


def line(customer: str, day: date = FIRST_DAY, **others: object) -> dict:
    """One order line: a unit of "serum" at noon in store "s1", unless told otherwise."""
    usual = {
        "order_id": f"{customer}-{day}", "customer_id": customer, "ordered_on": day, "minute_of_day": 720,
        "product_id": "serum", "category": "all", "quantity": 1.0, "quantity_net": 1.0, "quantity_asked": 1.0,
        "store_id": "s1", "channel": "store",
    }  # fmt: skip
    return usual | others


@pytest.fixture(scope="session")
def make_orders(engine: DuckDB) -> Callable[..., Orders]:
    """`make_orders(identities, lines=...)`: orders of one line for each customer named, unless lines are given."""

    def make(
        identities: list[dict] = (), lines: list[dict] | None = None, columns: set[str] | None = None
    ) -> Orders:
        identities = [{"first_on": FIRST_DAY, "orders": 1, "is_recipient": False} | row for row in identities]
        if lines is None:
            lines = [line(customer) for customer in sorted({row["customer_id"] for row in identities})]
        lines = [{"line_key": key, "line_no": 1} | row for key, row in enumerate(lines)]
        if columns is None:
            columns = {name for row in identities for name in row if row[name] is not None}
        held = engine.hold(table_of(lines, dict(LINES)))
        return Orders(
            lines=held,
            returns=held.limit(0),
            identities=engine.hold(table_of(identities, dict(IDENTITY))),
            quarantine=held.limit(0),
            unmatched_returns=held.limit(0),
            columns=frozenset(columns),
            counts={},
            currency="",
        )

    return make
