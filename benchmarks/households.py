"""Populations in which nobody resells: how often is anybody listed at 5 %?

*Made*: a small market without resellers, the hard negatives left in, through all rooms; an office that is listed is
counted apart, since it is no household. *Real*: random halves of the household baskets, as they are; who acts
together is asked once, of all of them. Halves share households, so a single odd one shows in half of the draws: the
interval, which takes draws as independent, is too narrow there. And the real list: who of all the households.

    python -m benchmarks.households made 200 --out FOLDER
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from entrepot import actors as actors_room
from entrepot import discovery as discovery_room
from entrepot import orders as orders_room
from entrepot.actors.tables import Actors
from entrepot.discovery.known import known_at
from entrepot.discovery.purchases import number
from entrepot.engines import Engine
from entrepot.engines.duckdb import connect
from entrepot.orders.tables import Orders
from entrepot.settings import Settings
from entrepot.simulation import market

RATE = 0.05
CUSTOMERS, MONTHS, ENDS_ON = 400, 12, date(2026, 9, 30)
FIRST_SEED = 10_000  # away from the seeds on which anything was tuned
SIDE_TABLES = ("customers", "products", "events", "offers")


def made(draws: int) -> Iterator[dict[str, Any]]:
    """One row a draw: `seed, actors, listed, offices` (of the listed)."""
    for seed in range(FIRST_SEED, FIRST_SEED + draws):
        with tempfile.TemporaryDirectory() as folder:
            population = market.make(
                folder,
                customers=CUSTOMERS,
                months=MONTHS,
                seed=seed,
                ends_on=ENDS_ON,
                customer_entrepreneurs=0.0,
            )
            yield {"seed": seed} | _one_made(population)


def _one_made(population: market.Market) -> dict[str, Any]:
    engine = connect("2GiB")
    try:
        sides = {name: str(population.path(name)) for name in SIDE_TABLES}
        orders = orders_room.read(engine, str(population.path("orders")), **sides)
        actors = actors_room.resolve(engine, orders, as_of=ENDS_ON, fuzzy=False)
        actors_count, listed = _listed(engine, orders, actors, ENDS_ON)
        truth = engine.read_parquet([str(population.path("truth"))])
        office = truth.filter(truth.kind == "organisation").select("customer_id")
        of_office = engine.fetch(actors.actors.semi_join(office, "customer_id").select("actor_id"))
        offices = len(listed & set(of_office["actor_id"].to_pylist()))
        return {"actors": actors_count, "listed": len(listed), "offices": offices}
    finally:
        engine.close()


def _listed(engine: Engine, orders: Orders, actors: Actors, until: date) -> tuple[int, set[str]]:
    bought = number(engine, orders.lines, actors.actors)
    placed = known_at(engine, orders, actors, bought, until, {}).placed
    rows = engine.fetch(placed.filter(placed.q_value <= RATE).select("actor_id"))
    everybody = engine.fetch(placed.aggregate(n=placed.count()))["n"][0].as_py()
    return everybody, set(rows["actor_id"].to_pylist())


def real(draws: int) -> Iterator[dict[str, Any]]:
    """One row a draw: `seed, actors, listed, offices` (0: nobody knows)."""
    with tempfile.TemporaryDirectory() as folder:
        orders, actors = _stored(Path(folder))
        for seed in range(FIRST_SEED, FIRST_SEED + draws):
            yield {"seed": seed} | _one_real(Path(folder), orders, actors, seed)


def _stored(folder: Path) -> tuple[Orders, Actors]:
    """The household baskets, read and resolved once; their tables lie in `folder`."""
    engine = connect("4GiB")
    try:
        orders = orders_room.read(engine, None, preset="complete-journey")
        until = _last_day(engine, orders)
        actors = actors_room.resolve(engine, orders, as_of=until, fuzzy=False)
        for owner, names in (
            (orders, ("lines", "identities", "products")),
            (actors, ("actors", "rings", "lockstep")),
        ):
            for name in names:
                engine.write_parquet(getattr(owner, name), folder / f"{name}.parquet")
        return orders, actors
    finally:
        engine.close()


def _one_real(folder: Path, orders: Orders, actors: Actors, seed: int) -> dict[str, Any]:
    engine = connect("2GiB")
    try:

        def stored(name: str) -> ir.Table:
            return engine.read_parquet([str(folder / f"{name}.parquet")]).drop("file")

        half = engine.hold(pa.table({"actor_id": _half(folder / "actors.parquet", seed)}))
        who = engine.keep(stored("actors").semi_join(half, "actor_id"))
        lines = engine.keep(stored("lines").semi_join(who, "customer_id"))
        mine = dataclasses.replace(
            orders, lines=lines, identities=stored("identities"), products=stored("products")
        )
        rings, lockstep = (stored(name).semi_join(half, "actor_id") for name in ("rings", "lockstep"))
        some = dataclasses.replace(actors, actors=who, rings=rings, lockstep=lockstep)
        count, listed = _listed(engine, mine, some, _last_day(engine, mine))
        return {"actors": count, "listed": len(listed), "offices": 0}
    finally:
        engine.close()


def _half(path: Path, seed: int) -> list[str]:
    ids = np.unique(pq.read_table(path)["actor_id"].to_pylist())
    return list(np.random.default_rng(seed).choice(ids, len(ids) // 2, replace=False))


def _last_day(engine: Engine, orders: Orders) -> date:
    return engine.fetch(orders.lines.aggregate(on=orders.lines.ordered_on.max()))["on"][0].as_py()


def real_list() -> dict[str, Any]:
    """The list of the household baskets as they are: length, kinds, γ, and each finding in one row."""
    engine = connect("6GiB")
    try:
        orders = orders_room.read(engine, None, preset="complete-journey")
        until = _last_day(engine, orders)
        actors = actors_room.resolve(engine, orders, as_of=until, fuzzy=False)
        asked = Settings.checked(as_of=until, hindsight_months=0)
        found = discovery_room.discover(engine, orders, actors, asked)
        rows = engine.fetch(found.findings.filter(found.findings.flagged))
        shown = rows.select(["kind", "resale_evidence", "units", "excess_units", "revenue"])
        kinds = rows.group_by("kind").aggregate([("kind", "count")]).to_pylist()
        everybody = engine.fetch(found.findings.aggregate(n=found.findings.count()))["n"][0].as_py()
        return {
            "actors": everybody,
            "gamma": found.gamma,
            "kinds": {row["kind"]: row["kind_count"] for row in kinds},
            "listed": shown.sort_by([("resale_evidence", "descending")]).to_pylist(),
            "sensitivity": found.notes["sensitivity"],
        }
    finally:
        engine.close()


def main() -> None:
    """Draw populations and write, after each draw, what was found so far."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("what", choices=["made", "real", "list"])
    parser.add_argument("draws", type=int, nargs="?", default=200)
    parser.add_argument("--out", type=Path, default=Path("build/benchmarks"))
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    path = asked.out / f"households-{asked.what}.json"
    if asked.what == "list":
        path.write_text(json.dumps(real_list(), indent=1))
        return
    rows = []
    for row in {"made": made, "real": real}[asked.what](asked.draws):
        rows.append(row)
        path.write_text(json.dumps(rows))


if __name__ == "__main__":
    main()
