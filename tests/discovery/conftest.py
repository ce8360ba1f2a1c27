"""Orders written by hand or made small, so that this room is tested without linking."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir
import pytest

from entrepot.actors.tables import CHANGES, HUBS, LINKS, LOCKSTEP, RINGS, Actors
from entrepot.discovery.known import Known, known_at
from entrepot.discovery.purchases import number
from entrepot.engines.duckdb import DuckDB, connect
from entrepot.orders import Orders, read
from entrepot.simulation.market import make

ENDS_ON = date(2026, 9, 30)


@pytest.fixture(scope="session")
def engine() -> Iterator[DuckDB]:
    opened = connect("2GiB", threads=2)
    yield opened
    opened.close()


@dataclass(frozen=True)
class Town:
    """A small made market: its orders, and its customers as they truly are (`actors`)."""

    orders: Orders
    actors: Actors

    def known(self, engine: DuckDB, until: date = ENDS_ON, **changes: Any) -> Known:
        """What is known of the town at a date; `changes` replace fields of the orders."""
        orders = replace(self.orders, **changes)
        purchases = number(engine, orders.lines, self.actors.actors)
        return known_at(engine, orders, self.actors, purchases, until, {})


def as_they_are(engine: DuckDB, truth: ir.Table) -> Actors:
    """Actors by the truth of a made market, without any link that was formed by conduct."""
    who = truth.select(
        "customer_id", person_id=truth.true_person, actor_id=truth.true_actor, role=ibis.literal("sole")
    )
    empty = {
        name: engine.hold(ibis.schema(dict(columns)).to_pyarrow().empty_table())
        for name, columns in (
            ("links", LINKS), ("hubs", HUBS), ("rings", RINGS), ("lockstep", LOCKSTEP), ("changes", CHANGES),
        )
    }  # fmt: skip
    return Actors(actors=engine.keep(who), notes={}, **empty)


def open_town(engine: DuckDB, folder: Path, **how: Any) -> Town:
    """Make a market of a year and a half and read it."""
    made = make(folder, **{"customers": 1200, "months": 18, "ends_on": ENDS_ON, **how})
    sides = {name: str(made.path(name)) for name in ("customers", "products", "events")}
    orders = read(engine, str(made.path("orders")), **sides)
    return Town(orders, as_they_are(engine, engine.read_parquet([str(made.path("truth"))])))


@pytest.fixture(scope="session")
def town(engine: DuckDB, tmp_path_factory: pytest.TempPathFactory) -> Town:
    """1,200 customers of whom one in thirty resells: enough that the strongest are listed."""
    return open_town(engine, tmp_path_factory.mktemp("town"), seed=7, customer_entrepreneurs=0.03)


def evidence_of(engine: DuckDB, known: Known) -> dict[str, float]:
    """log10 e by actor, before γ."""
    rows = engine.fetch(known.evidence.combined)
    return dict(zip(rows["actor_id"].to_pylist(), rows["log10_e"].to_pylist(), strict=True))
