"""Populations in which nobody resells: how often is anybody listed at 5 %?

*Made*: a small market without resellers, the hard negatives left in, through all rooms; an office that is listed is
counted apart, since it is no household. *Real*: random halves of the household baskets, as they are; who acts
together is asked once, of all of them. Halves share households, so a single odd one shows in half of the draws: the
interval, which takes draws as independent, is too narrow there. And the real list: who of all the households.

*Merged*, of either population: half of the households are merged at random into actors of 2 to 20 persons. An actor of
n persons is tested against n independent households, and that is what these are, so that the rate should hold.

    python -m benchmarks.households made 200 --out FOLDER
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import date
from functools import partial
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
LEAST_MERGED, MOST_MERGED = 2, 20  # persons
PART_MERGED_0_1 = 0.5  # of the households


def made(draws: int, *, merge: bool = False) -> Iterator[dict[str, Any]]:
    """One row a draw: `seed, actors, listed, offices` (of the listed), `merged` and `merged_listed` (actors)."""
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
            yield {"seed": seed} | _one_made(population, seed if merge else None)


def _one_made(population: market.Market, merge_seed: int | None = None) -> dict[str, Any]:
    """One draw; with `merge_seed` households, but no offices, are merged at random."""
    engine = connect("2GiB")
    try:
        sides = {name: str(population.path(name)) for name in SIDE_TABLES}
        orders = orders_room.read(engine, str(population.path("orders")), **sides)
        actors = actors_room.resolve(engine, orders, as_of=ENDS_ON, fuzzy=False)
        truth = engine.read_parquet([str(population.path("truth"))])
        office = truth.filter(truth.kind == "organisation").select("customer_id")
        of_office = engine.fetch(actors.actors.semi_join(office, "customer_id").select("actor_id"))
        offices = set(of_office["actor_id"].to_pylist())
        actors, merged = (
            (actors, set()) if merge_seed is None else _merged(engine, actors, merge_seed, offices)
        )
        return _counted(_placed(engine, orders, actors, ENDS_ON), merged, offices)
    finally:
        engine.close()


def _merged(
    engine: Engine, actors: Actors, seed: int, without: Collection[str] = ()
) -> tuple[Actors, set[str]]:
    """`actors` with half of those of one person, `without` some, merged at random, and the ids of the merged."""
    who = actors.actors
    sizes = who.group_by("actor_id").agg(persons=who.person_id.nunique())
    alone = engine.fetch(sizes.filter(sizes.persons == 1).select("actor_id"))["actor_id"].to_pylist()
    joins = dict(_random_groups(sorted(set(alone) - set(without)), seed))
    names = engine.hold(pa.table({"actor_id": [*joins], "of": [*joins.values()]}))
    row = who.left_join(names, "actor_id").drop("actor_id_right")
    together = row.mutate(actor_id=row.of.coalesce(row.actor_id)).select(*who.columns)
    return dataclasses.replace(actors, actors=engine.keep(together)), set(joins.values())


def _random_groups(actor_ids: Sequence[str], seed: int) -> Iterator[tuple[str, str]]:
    """Half of `actor_ids`, each with the id of the merged actor that it becomes a person of."""
    rng = np.random.default_rng(seed)
    waiting = list(rng.permutation(actor_ids)[: round(PART_MERGED_0_1 * len(actor_ids))])
    while len(waiting) >= LEAST_MERGED:
        size = int(rng.integers(LEAST_MERGED, MOST_MERGED + 1))
        group, waiting = waiting[:size], waiting[size:]
        yield from ((str(actor_id), f"merged-{group[0]}") for actor_id in group)


def _placed(engine: Engine, orders: Orders, actors: Actors, until: date) -> pa.Table:
    """`actor_id, log10_e, q_value`, one row an actor."""
    bought = number(engine, orders.lines, actors.actors)
    placed = known_at(engine, orders, actors, bought, until, {}).placed
    return engine.fetch(placed.select("actor_id", "log10_e", "q_value"))


def _counted(placed: pa.Table, merged: Collection[str], offices: Collection[str] = ()) -> dict[str, Any]:
    """What is said of one draw; `merged_mean_e` is the mean evidence of the merged, at most one if all is well."""
    ids = placed["actor_id"].to_pylist()
    listed = {who for who, q in zip(ids, placed["q_value"].to_pylist(), strict=True) if q <= RATE}
    e = [10**x for who, x in zip(ids, placed["log10_e"].to_pylist(), strict=True) if who in merged]
    return {
        "actors": len(ids),
        "listed": len(listed),
        "offices": len(listed & set(offices)),
        "merged": len(merged),
        "merged_listed": len(listed & set(merged)),
        "merged_mean_e": float(np.mean(e)) if e else None,
    }


def real(draws: int, *, merge: bool = False) -> Iterator[dict[str, Any]]:
    """One row a draw, as `made`; `offices` is 0: nobody knows."""
    with tempfile.TemporaryDirectory() as folder:
        orders, actors = _stored(Path(folder))
        for seed in range(FIRST_SEED, FIRST_SEED + draws):
            yield {"seed": seed} | _one_real(Path(folder), orders, actors, seed, merge)


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


def _one_real(folder: Path, orders: Orders, actors: Actors, seed: int, merge: bool) -> dict[str, Any]:
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
        some, merged = _merged(engine, some, seed) if merge else (some, set())
        return _counted(_placed(engine, mine, some, _last_day(engine, mine)), merged)
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


POPULATIONS: Mapping[str, Callable[[int], Iterator[dict[str, Any]]]] = {
    "made": made,
    "made-merged": partial(made, merge=True),
    "real": real,
    "real-merged": partial(real, merge=True),
}


def main() -> None:
    """Draw populations and write, after each draw, what was found so far."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("what", choices=[*POPULATIONS, "list"])
    parser.add_argument("draws", type=int, nargs="?", default=200)
    parser.add_argument("--out", type=Path, default=Path("build/benchmarks"))
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    path = asked.out / f"households-{asked.what}.json"
    if asked.what == "list":
        path.write_text(json.dumps(real_list(), indent=1))
        return
    rows = []
    for row in POPULATIONS[asked.what](asked.draws):
        rows.append(row)
        path.write_text(json.dumps(rows))


if __name__ == "__main__":
    main()
