"""What discovery costs, as a multiple of what DuckDB needs to read the same file and group it twice.

The made market of so many customers is written as CSV and as Parquet. Each measurement is a process of its own, so
that its peak memory is its own; the floor is measured in the same minute. `wide.csv` has what shops export beside
what is read, 10 GB with a million customers: more than the engine may hold. Fuzzy linking is left out here: linking
has a page of its own. The months looked back, for the day on which a finding was first evident, are apart.

    python -m benchmarks.speed 100000 1000000 --out FOLDER
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path
from time import perf_counter
from typing import Any

import duckdb
import pyarrow.parquet as pq

from benchmarks.memory import peak_gib
from entrepot import actors as actors_room
from entrepot import discovery as discovery_room
from entrepot import interdependence as measures
from entrepot import orders as orders_room
from entrepot.actors.tables import Actors
from entrepot.discovery.discovering import Discovery
from entrepot.engines import Engine
from entrepot.engines.duckdb import connect
from entrepot.interdependence import Ground
from entrepot.looking_back import known_earlier
from entrepot.orders.tables import Orders
from entrepot.settings import Settings
from entrepot.simulation import market

SEED, MONTHS, ENDS_ON = 1, 14, date(2026, 9, 30)  # about ten lines a customer
SIDE_TABLES = ("customers", "products", "events", "offers")
DISCOVERING = ("read_s", "resolve_s", "discover_s")
FORMATS, WIDE, MONTHS_BACK = ("parquet", "csv"), "wide.csv", (0, 12)
MEASURES = (measures.coverage, measures.shares, measures.both_directions, measures.concentration, measures.growth,
            measures.stress, measures.path, measures.displacement, measures.hindsight)  # fmt: skip
THREADS = 2
MEMORY = "6GiB"


def write(folder: Path, customers: int, formats: Sequence[str] = FORMATS) -> int:
    """A market of `customers` in `folder`, its orders also as CSV where asked; returns the number of lines."""
    made = market.make(folder, customers=customers, months=MONTHS, seed=SEED, ends_on=ENDS_ON)
    with duckdb.connect() as con:
        orders = con.read_parquet(str(made.path("orders")))
        if "csv" in formats:
            orders.write_csv(str(folder / "orders.csv"))
        if WIDE in formats:
            orders.project(f"*, {_beside()}").write_csv(str(folder / f"orders.{WIDE}"))
    return int(pq.read_metadata(made.path("orders")).num_rows)


def _beside() -> str:
    """What shops export beside the columns that anybody reads: about 900 characters a line, no two lines alike."""
    hashes = " || ".join(f"md5(order_id || product_id || '{n}')" for n in range(7))
    return ", ".join(f"{hashes} AS note_{n}" for n in range(1, 5))


def floor_s(folder: Path, suffix: str) -> float:
    """Seconds in which DuckDB alone reads the files that `discover` is given, whole, in as much memory,
    and groups the lines twice."""
    began = perf_counter()
    spilling = {"threads": THREADS, "memory_limit": MEMORY, "temp_directory": str(folder / "floor")}
    with duckdb.connect(config=spilling) as con:
        con.execute(f"CREATE TABLE lines AS FROM '{folder / f'orders.{suffix}'}'")
        for name in SIDE_TABLES:
            con.execute(f"CREATE TABLE {name} AS FROM '{folder / f'{name}.parquet'}'")
        _group_twice(con)
    return perf_counter() - began


def scan_s(folder: Path, suffix: str) -> float:
    """Seconds in which DuckDB alone groups the lines twice as it reads the few columns of them that this needs."""
    began = perf_counter()
    with duckdb.connect(config={"threads": THREADS}) as con:
        con.execute(f"CREATE VIEW lines AS FROM '{folder / f'orders.{suffix}'}'")
        _group_twice(con)
    return perf_counter() - began


def _group_twice(con: duckdb.DuckDBPyConnection) -> None:
    for key in ("customer_id", "product_id"):
        sums = f"SELECT {key}, count(*), sum(quantity), sum(quantity * unit_price) FROM lines GROUP BY ALL"
        con.execute(f"CREATE TABLE by_{key} AS {sums}")


def rooms(folder: Path, suffix: str, months_back: int) -> dict[str, Any]:
    """Seconds of each room on the market of `folder`, and the peak memory of this process in GiB."""
    seconds, began = {}, perf_counter()
    engine = connect(MEMORY, threads=THREADS)
    try:
        sides = {name: str(folder / f"{name}.parquet") for name in SIDE_TABLES}
        orders = orders_room.read(engine, str(folder / f"orders.{suffix}"), **sides)
        seconds["read_s"], began = perf_counter() - began, perf_counter()
        actors = actors_room.resolve(engine, orders, as_of=ENDS_ON, fuzzy=False)
        seconds["resolve_s"], began = perf_counter() - began, perf_counter()
        asked = Settings.checked(as_of=ENDS_ON, hindsight_months=months_back, fuzzy=False, memory=MEMORY)
        ends = discovery_room.month_ends(engine, orders, asked)
        earlier = known_earlier(engine, orders, asked, ends, tell=lambda _: None)
        found = discovery_room.discover(engine, orders, actors, asked, earlier=earlier)
        seconds["discover_s"], began = perf_counter() - began, perf_counter()
        measure_all(engine, orders, actors, found, asked)
        seconds["measure_s"] = perf_counter() - began
        listed = engine.fetch(found.findings.aggregate(n=found.findings.flagged.sum()))["n"][0].as_py()
    finally:
        engine.close()
    peak = peak_gib()
    return {
        **seconds,
        "total_s": sum(seconds[name] for name in DISCOVERING),
        "listed": listed,
        "peak_gib": peak,
    }


def measure_all(engine: Engine, orders: Orders, actors: Actors, found: Discovery, asked: Settings) -> None:
    """Every measure of interdependence, as `entrepot.measure` asks for them, of tables that are in the engine."""
    span = orders.lines.aggregate(first=orders.lines.ordered_on.min())
    ground = Ground(
        engine=engine, lines=orders.lines, findings=found.findings, actors=actors.actors,
        knowable=found.tables["knowable"], events=orders.events, since=engine.fetch(span)["first"][0].as_py(),
        until=ENDS_ON, false_share_0_1=asked.fdr, knowable_revenue=found.tables["knowable_revenue"],
    )  # fmt: skip
    for one in MEASURES:
        one(ground)


def in_a_process(*arguments: object) -> Any:
    """The answer of this module, run anew with `arguments`."""
    command = [sys.executable, "-m", "benchmarks.speed", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return json.loads(done.stdout.splitlines()[-1])


def measure(
    customers: int, formats: Sequence[str] = FORMATS, months_back: Sequence[int] = MONTHS_BACK
) -> Iterator[Any]:
    """One row a format and number of months looked back, each as soon as it is there."""
    with tempfile.TemporaryDirectory() as name:
        lines = write(Path(name), customers, formats)
        for suffix in formats:
            for months in months_back:
                floor = in_a_process("--floor", name, suffix)
                spent = in_a_process("--rooms", name, suffix, months)
                about = {"customers": customers, "lines": lines, "format": suffix, "hindsight_months": months}
                about["file_gb"] = (Path(name) / f"orders.{suffix}").stat().st_size / 1e9
                yield {**about, **floor, **spent}


def keep(rows: Iterable[Any], folder: Path) -> None:
    """Write each row where `pages` finds it."""
    folder.mkdir(parents=True, exist_ok=True)
    for row in rows:
        name = f"speed-{row['customers']:09d}-{row['format']}-{row['hindsight_months']:02d}.json"
        (folder / name).write_text(json.dumps(row, indent=1))


def main() -> None:
    """Measure markets of the sizes given."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("customers", nargs="*", type=int)
    parser.add_argument("--out", type=Path, default=Path("build/benchmarks"))
    parser.add_argument("--formats", nargs="+", choices=[*FORMATS, WIDE], default=FORMATS)
    parser.add_argument("--months-back", nargs="+", type=int, default=MONTHS_BACK)
    parser.add_argument("--floor", nargs=2, help=argparse.SUPPRESS)
    parser.add_argument("--rooms", nargs=3, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.floor:
        folder, suffix = asked.floor
        spent = {"floor_s": floor_s(Path(folder), suffix), "scan_s": scan_s(Path(folder), suffix)}
        print(json.dumps(spent))
    elif asked.rooms:
        folder, suffix, months = asked.rooms
        print(json.dumps(rooms(Path(folder), suffix, int(months))))
    for customers in asked.customers:
        keep(measure(customers, asked.formats, asked.months_back), asked.out)


if __name__ == "__main__":
    main()
