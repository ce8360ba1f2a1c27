"""Small tables written by hand, and one small made market that is read once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import ibis.expr.types as ir
import pyarrow as pa
import pytest

from entrepot.actors.tables import ACTORS, LOCKSTEP, RINGS, Actors
from entrepot.engines.duckdb import DuckDB, connect
from entrepot.orders import Orders, read
from entrepot.simulation import market

AS_OF = date(2026, 9, 30)
LABEL = pa.schema(
    [
        ("customer_id", pa.string()),
        ("order_id", pa.string()),
        ("actor_id", pa.string()),
        ("verdict", pa.string()),
        ("reviewed_at", pa.timestamp("us")),
        ("source", pa.string()),
        ("shown_because", pa.string()),
        ("shown_probability_0_1", pa.float64()),
    ]
)


@pytest.fixture(scope="session")
def engine() -> Iterator[DuckDB]:
    opened = connect("2GiB", threads=2)
    yield opened
    opened.close()


def label(**values: Any) -> dict[str, Any]:
    """One verdict; what is not said is as usual: an actor of the list, reviewed in September."""
    usual = {"verdict": "rejected", "reviewed_at": datetime(2026, 9, 1), "shown_because": "listed"}
    return {**usual, "shown_probability_0_1": 1.0, **values}


def labels(engine: DuckDB, rows: Sequence[Mapping[str, Any]]) -> ir.Table:
    return engine.hold(pa.Table.from_pylist(list(rows), schema=LABEL), "given_labels")


def empty(engine: DuckDB, columns: Mapping[str, str]) -> ir.Table:
    kinds = {"string": pa.string(), "int64": pa.int64(), "float64": pa.float64(), "date": pa.date32()}
    return engine.hold(pa.schema([(n, kinds[k]) for n, k in columns.items() if k in kinds]).empty_table())


def actors_of(engine: DuckDB, actor_of: Mapping[str, str]) -> Actors:
    """Everybody a person of their own; `actor_of`: customer -> actor."""
    ids = {"customer_id": list(actor_of), "person_id": list(actor_of), "actor_id": list(actor_of.values())}
    rows = empty(engine, ACTORS).schema().to_pyarrow().empty_table()
    rows = pa.concat_tables(
        [rows, pa.table({**ids, "role": ["sole"] * len(actor_of)})], promote_options="default"
    )
    nothing = empty(engine, {"none": "string"})
    return Actors(
        actors=engine.hold(rows), links=nothing, hubs=nothing, rings=empty(engine, RINGS),
        lockstep=empty(engine, LOCKSTEP), changes=nothing, notes={},
    )  # fmt: skip


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return market.make(tmp_path_factory.mktemp("market"), customers=600, months=6, seed=3).folder


@pytest.fixture(scope="session")
def orders(engine: DuckDB, made: Path) -> Orders:
    return read_market(engine, made)


def read_market(engine: DuckDB, folder: Path, **tables: Any) -> Orders:
    paths = {name: str(folder / f"{name}.parquet") for name in ("customers", "products", "events", "offers")}
    return read(engine, str(folder / "orders.parquet"), **{**paths, **tables}, as_of=AS_OF)


def everybody_alone(engine: DuckDB, orders: Orders) -> Actors:
    ids = engine.fetch(orders.lines.select("customer_id").distinct().order_by("customer_id"))
    return actors_of(engine, {c: f"a-{c}" for c in ids["customer_id"].to_pylist() if c})


def settings(**values: Any) -> SimpleNamespace:
    """Settings of a run as the room reads them, without looking back over months."""
    usual: dict[str, Any] = {"fdr": 0.05, "as_of": AS_OF, "personal_use": None, "hindsight_months": 0}
    return SimpleNamespace(**{**usual, "seed": 0, "fairness_basis": None, "fairness_bound": 0.02, **values})
