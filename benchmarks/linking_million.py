"""What near identities cost with many customers, beside Splink alone on the same records with the same settings.

A made market is resolved with fuzzy linking, twice, each in a process of its own. In one, near identities are found
as `discover` finds them: records made, hubs blanked, scored, a cut chosen, links described. In the other Splink alone
is given the records that were made: train, predict, cluster at one cut. Both seconds and CPU seconds are kept.

    python -m benchmarks.linking_million 100000 1000000 --out FOLDER
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter, process_time
from typing import Any
from unittest.mock import patch

import ibis.expr.types as ir

from benchmarks.linking import GUESSED, splink_pairs
from benchmarks.memory import peak_gib
from benchmarks.speed import ENDS_ON, MEMORY, MONTHS, SEED, SIDE_TABLES, THREADS
from entrepot import orders as orders_room
from entrepot.actors import fuzzy, resolution
from entrepot.engines import Engine
from entrepot.engines.duckdb import connect
from entrepot.simulation import market

WAYS = ("ours", "splink")


def ours(engine: Engine, rows: ir.Table, judged: ir.Table, exact: ir.Table, **options: Any) -> dict[str, Any]:
    """What `discover` does to find near identities."""
    links = fuzzy.links(engine, rows, judged, exact, **options)
    notes = options["notes"]["fuzzy"]
    if links is None:
        raise ValueError(notes)
    used = engine.fetch(links.aggregate(links=links.count(), used=links.used.sum())).to_pylist()[0]
    return {"pairs": notes["pairs_scored"], "cut": notes["cut"], **used}


def measure(folder: Path, way: str) -> dict[str, Any]:
    """Seconds of near identities on the market of `folder`, one way; the rest of resolving is not counted."""
    engine, found = connect(MEMORY, threads=THREADS), {}

    def near(engine: Engine, rows: ir.Table, judged: ir.Table, exact: ir.Table, **options: Any) -> None:
        if way == "splink":
            table = fuzzy.records(engine, rows, judged)
            count = int(engine.fetch(table.count()).as_py())
            recipe = fuzzy.recipe_for(fuzzy.columns_with_values(engine, table), count)
            if recipe is None:
                raise ValueError("the market has no identity columns")
            began, cpu_began = perf_counter(), process_time()
            pairs = splink_pairs(engine, table, recipe, seed=options["seed"])
            answer = {"pairs": engine.fetch(pairs.count()).as_py(), "cut": GUESSED}
        else:
            began, cpu_began = perf_counter(), process_time()
            answer = ours(engine, rows, judged, exact, **options)
        found.update(answer, seconds=perf_counter() - began, cpu_s=process_time() - cpu_began)

    try:
        sides = {name: str(folder / f"{name}.parquet") for name in SIDE_TABLES}
        read = orders_room.read(engine, str(folder / "orders.parquet"), **sides)
        with patch.object(resolution, "near_links", near):
            resolution.resolve(engine, read, as_of=ENDS_ON, fuzzy=True, seed=SEED)
    finally:
        engine.close()
    return {"way": way, **found, "peak_gib": peak_gib()}


def main() -> None:
    """Measure markets of the sizes given, both ways, one after the other."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("customers", nargs="*", type=int)
    parser.add_argument("--out", type=Path, default=Path("build/benchmarks"))
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.one:
        print(json.dumps(measure(Path(asked.one[0]), asked.one[1])))
    asked.out.mkdir(parents=True, exist_ok=True)
    for customers in asked.customers:
        with tempfile.TemporaryDirectory() as folder:
            market.make(folder, customers=customers, months=MONTHS, seed=SEED, ends_on=ENDS_ON)
            for way in WAYS:
                command = [sys.executable, "-m", "benchmarks.linking_million", "--one", folder, way]
                done = subprocess.run(command, capture_output=True, text=True, check=False)
                if done.returncode:
                    raise RuntimeError(done.stderr)
                row = {"customers": customers, **json.loads(done.stdout.splitlines()[-1])}
                name = f"linking-million-{customers:09d}-{way}.json"
                (asked.out / name).write_text(json.dumps(row, indent=1))
                print(row, flush=True)


if __name__ == "__main__":
    main()
