"""Who the listed buyers are: the one place where a code of the report meets a name.

A run holds no names. They are read again from the files that the run was made of, which must not have
changed, and go into `identities.csv` beside the report, readable by its owner only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa

from entrepot.analysis import read_orders
from entrepot.engines import Engine
from entrepot.engines.duckdb import connect
from entrepot.errors import InputError, Mistake
from entrepot.exports import write_csv
from entrepot.orders.tables import Orders
from entrepot.report import codes_of
from entrepot.report.reading import RunFolder, read_run
from entrepot.run import Run
from entrepot.settings import Settings

CODES = {"actor_id": "string", "code": "string"}
CUSTOMER = pa.schema([("customer_id", pa.string()), ("role", pa.string())])
MOST_ROWS, NAMING = 200, ("name", "email", "phone", "address")
COLUMNS = ("name", "email", "phone", "address", "postcode", "city", "country", "first_on")


def write(run: Run) -> Path:
    """Write `identities.csv`, one row a set of contact data of a listed buyer's customer record.

    Raises `InputError` where the files of the run are gone or have changed, or were no files.
    """
    settings = Settings.checked(**run.record["settings"])
    engine = connect(settings.memory)
    try:
        return _write(run, engine, _orders_of(run, engine, settings))
    finally:
        engine.close()


def of_actor(run: Run, actor_id: str) -> list[dict[str, Any]]:
    """The contact data of one actor, one row a set of it, `customer_id, role` and `COLUMNS`; at most `MOST_ROWS`.

    Raises `InputError` as `write` does. Reading the files anew takes as long as it took at first.
    """
    settings = Settings.checked(**run.record["settings"])
    rows = RunFolder(run.folder, run.record, pa.table({})).table("actors", actors=[actor_id]) or ()
    customers = [{name: row[name] for name in ("customer_id", "role")} for row in rows]
    engine = connect(settings.memory)
    try:
        orders = _orders_of(run, engine, settings)
        who = ibis.memtable(pa.Table.from_pylist(customers, schema=CUSTOMER))
        known = who.left_join(orders.identities, "customer_id")
        columns = [name for name in COLUMNS if name in known.columns]
        found = (
            known.select("customer_id", "role", *columns).order_by("customer_id", "first_on").limit(MOST_ROWS)
        )
        return _telling(engine.fetch(found).to_pylist())
    finally:
        engine.close()


def _telling(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows that name somebody, and of a customer who is never named the first."""
    named = [row for row in rows if any(row.get(name) for name in NAMING)]
    seen = {row["customer_id"] for row in named}
    for row in rows:
        if row["customer_id"] not in seen:
            seen.add(row["customer_id"])
            named.append(row)
    return named


def _orders_of(run: Run, engine: Engine, settings: Settings) -> Orders:
    files = _files(run.record["inputs"])
    if "orders" not in files:
        raise InputError(
            Mistake("the names are not in a file", str(run.folder), expected="a run made from files")
        )
    orders = files.pop("orders")
    read = read_orders(engine, orders, {k: v for k, v in files.items() if k != "rates"}, settings)
    changed = _digests(run.record["inputs"]) - _digests(read.inputs)
    if changed:
        raise InputError(
            *(
                Mistake("a file is no longer the one that the run was made of", path)
                for path, _ in sorted(changed)
            )
        )
    return read


def _files(inputs: Iterable[Mapping[str, Any]]) -> dict[str, list[str]]:
    files: dict[str, list[str]] = {}
    for source in inputs:
        files.setdefault(source["name"], []).append(source["path"])
    return files


def _digests(inputs: Iterable[Mapping[str, Any]]) -> set[tuple[str, str]]:
    return {(source["path"], source["sha256"]) for source in inputs}


def _write(run: Run, engine: Engine, orders: Orders) -> Path:
    codes = codes_of(read_run(run.folder))
    listed = ibis.memtable({"actor_id": list(codes), "code": list(codes.values())}, schema=CODES)
    customers = run.actors.select("actor_id", "customer_id", "role").to_pyarrow()
    known = ibis.memtable(customers).join(listed, "actor_id").left_join(orders.identities, "customer_id")
    columns = [name for name in COLUMNS if name in known.columns]
    path = run.folder / "identities.csv"
    path.touch(mode=0o600)
    write_csv(
        known.select("code", "actor_id", "customer_id", "role", *columns).order_by("code", "customer_id"),
        path,
    )
    return path
