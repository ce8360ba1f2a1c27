"""Orders written to files by the tests themselves, so that what is read is what stands in the test."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from entrepot.engines.duckdb import DuckDB, connect
from entrepot.orders import Orders, read

HEAD = ("order_id", "ordered_at", "product_id", "quantity", "unit_price", "customer_id")
SHARED = Path(__file__).parents[3] / "shared" / "data"


@pytest.fixture(scope="module")
def engine() -> Iterator[DuckDB]:
    opened = connect("2GiB", threads=2)
    yield opened
    opened.close()


def write(path: Path, rows: Sequence[dict[str, Any]]) -> Path:
    """Write rows (a mapping each) as CSV; columns are those of all rows together."""
    columns = list(dict.fromkeys([*HEAD, *[column for row in rows for column in row]]))
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="")
        writer.writeheader()
        writer.writerows(rows)
    return path


@pytest.fixture
def orders_file(tmp_path: Path) -> Callable[..., Path]:
    """Write rows into a file of this test's folder."""

    def into(rows: Sequence[dict[str, Any]], name: str = "orders.csv") -> Path:
        return write(tmp_path / name, rows)

    return into


@pytest.fixture
def read_rows(engine: DuckDB, orders_file: Callable[..., Path]) -> Callable[..., Orders]:
    """Read rows as orders."""

    def run(rows: Sequence[dict[str, Any]], **how: Any) -> Orders:
        return read(engine, orders_file(rows), **{"max_bad": 1.0, **how})

    return run


def line(order: str = "o1", product: str = "A", quantity: object = 1, **other: Any) -> dict[str, Any]:
    """One order line; what the test does not name does not matter to it."""
    given = {"ordered_at": "2026-03-01T10:15:00Z", "unit_price": "10.00", "customer_id": "c1", **other}
    return {"order_id": order, "product_id": product, "quantity": quantity, **given}


def rows_of(engine: DuckDB, table: Any, *columns: str) -> list[tuple[Any, ...]]:
    """The rows of a table as sorted tuples."""
    picked = table.select(*columns) if columns else table
    return sorted((tuple(row.values()) for row in engine.fetch(picked).to_pylist()), key=repr)
