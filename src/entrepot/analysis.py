"""From a file of orders to a run: the rooms one after the other, each step named and timed.

Nothing is calculated here. What a room hands on is a set of Ibis tables; what is written is a run folder. The
clock is read for `created_at` alone, and only where the caller gives none; no result depends on it.
"""

from __future__ import annotations

import platform
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from time import perf_counter
from typing import Any, TypeAlias

import ibis.expr.types as ir

import entrepot
from entrepot import actors as actors_room
from entrepot import discovery as discovery_room
from entrepot import orders as orders_room
from entrepot import report as report_room
from entrepot.actors.corrections import Correction
from entrepot.actors.corrections import read as read_corrections
from entrepot.actors.tables import Actors
from entrepot.discovery import fairness
from entrepot.engines import Engine
from entrepot.engines.duckdb import connect
from entrepot.errors import InputError, Mistake
from entrepot.looking_back import known_earlier
from entrepot.orders.side import read_beside
from entrepot.orders.tables import Orders
from entrepot.privacy import objectors
from entrepot.report.headline import headline
from entrepot.report.reading import read_run
from entrepot.run import Run, being_written, next_folder, silent, write_record, write_tables
from entrepot.settings import Settings

RUNS = Path("runs")
KEEP_DAYS = 183
"""A run holds findings; without a review they are kept for six months."""

VERSIONS = ("duckdb", "ibis-framework", "splink", "numpy", "scipy", "pyarrow")

Source: TypeAlias = str | Path | Sequence[str | Path] | ir.Table


@dataclass
class Steps:
    """The named steps of a run with their seconds; `tell` hears each name as its step begins."""

    tell: Callable[[str], None]
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """One step: told at its begin, timed at its end."""
        self.tell(name)
        began = perf_counter()
        yield
        self.seconds[name] = round(perf_counter() - began, 3)


@dataclass(frozen=True)
class About:
    """What a run is besides its data: when it was made, after which run, and the key of its codes."""

    created_at: datetime
    before: Run | None
    pseudonym_key: str


def discover(
    orders: Source | None = None,
    customers: Source | None = None,
    products: Source | None = None,
    *,
    events: Source | None = None,
    offers: Source | None = None,
    labels: Source | None = None,
    out: str | Path | None = None,
    previous: str | Path | None = None,
    pseudonym_key: str | None = None,
    created_at: datetime | None = None,
    tell: Callable[[str], None] = silent,
    **settings: Any,
) -> Run:
    """Find the customer-entrepreneurs in `orders` and write what was found, and why, as a run.

    Each table is a path, a folder, a pattern such as `orders-*.parquet`, or an Ibis table, with the columns
    of the reference page "Tables in". `out` is the folder of the new run, by default the next free one of
    `runs/0001`, `runs/0002`, …; `pseudonym_key` makes the codes that stand for buyers in the report (by
    default that of `previous`, else a new one). `previous` is an earlier run whose actor ids are kept.
    `tell` is called with the name of each step. All other arguments are those of `Settings`: `fdr`,
    `as_of`, `preset`, `mapping`, `timezone`, `seed` …

    Returns the `Run`: `run.findings` has one row an actor, and `run.report` is a page to read.

    Raises `InputError`, with every mistake found, where a table cannot be used; then nothing is written.
    """
    asked = Settings.checked(**settings)
    folder = Path(out) if out is not None else next_folder(RUNS)
    before = None if previous is None else Run.open(previous)
    about = About(created_at or datetime.now(UTC), before, pseudonym_key or _key_of(before))
    steps = Steps(tell)
    tables = {
        "customers": customers,
        "products": products,
        "events": events,
        "offers": offers,
        "labels": labels,
    }
    with being_written(folder) as partial, _engine(asked) as engine:
        with steps.step("read and check the orders"):
            groups = fairness.read_groups(
                engine,
                customers,
                basis=asked.fairness_basis,
                column=asked.fairness_group,
                encoding=asked.encoding,
            )
            read = read_orders(engine, orders, tables, asked, today=about.created_at.date())
            read = orders_room.without(engine, read, objectors(folder.parent))
            span = _span(engine, read)
            corrected = read_corrections(engine, asked.corrections, until=asked.as_of)
            asked = asked.model_copy(update={"as_of": asked.as_of or span[1]})
        with steps.step("find out who is who"):
            actors = _resolve(engine, read, asked, before, corrected)
        with steps.step("look back"):
            ends = discovery_room.month_ends(engine, read, asked)
            earlier = known_earlier(engine, read, asked, ends, tell)
        with steps.step("weigh the evidence"):
            found = discovery_room.discover(engine, read, actors, asked, groups, earlier)
        with steps.step("write the tables"):
            write_tables(partial, engine=engine, tables=_tables(read, actors, found))
            record = _record(engine, asked, about, read, span, actors, found)
            write_record(partial, record)
        with steps.step("write the report"):
            said = {**found.headline, **_sentences(partial)}
            write_record(partial, record | {"headline": said, "timings": steps.seconds})
            report_room.write(partial)
    return Run.open(folder)


def check(
    orders: Source | None = None,
    customers: Source | None = None,
    products: Source | None = None,
    *,
    today: date | None = None,
    **settings: Any,
) -> Mapping[str, Any]:
    """Read `orders` and say what can be used, without looking for anybody.

    Returns `counts` (rows by what became of them), `columns` (optional columns that carry values),
    `currency`, `first_on`, `last_on`, `notes` in plain sentences, and `bad`: one entry a reason, with its
    number of rows and an example.
    """
    asked = Settings.checked(**settings)
    with _engine(asked) as engine:
        tables = {"customers": customers, "products": products}
        read = read_orders(engine, orders, tables, asked, today=today)
        first_on, last_on = _span(engine, read)
        return {
            "counts": dict(read.counts),
            "columns": sorted(read.columns),
            "currency": read.currency,
            "first_on": first_on,
            "last_on": last_on,
            "notes": list(read.notes),
            "bad": _reasons(engine, read.quarantine),
        }


def rows_of_table(name: str, path: Path, *, most: int, memory: str = "512MiB") -> list[dict[str, Any]]:
    """The rows of a small table beside the orders (labels, corrections, …), typed, in an engine of its own.

    The engine opens files in the folder of `path` and nowhere else. Raises `InputError` with what is wrong with the
    table, also where it has no row or more than `most`.
    """
    engine = connect(memory, threads=1, within=(path.parent,))
    try:
        table = read_beside(engine, name, path)
        number = engine.fetch(table.count()).as_py()
        if not 0 < number <= most:
            what = "the table has too many rows" if number else "the table has no rows"
            raise InputError(Mistake(what, f"the table {name}", f"1 to {most:,} rows", f"{number:,}"))
        rows: list[dict[str, Any]] = engine.fetch(table).to_pylist()
        return rows
    finally:
        engine.close()


@contextmanager
def _engine(settings: Settings) -> Iterator[Engine]:
    engine = connect(settings.memory, within=settings.within)
    try:
        yield engine
    finally:
        engine.close()


def read_orders(
    engine: Engine,
    orders: Source | None,
    tables: Mapping[str, Any],
    settings: Settings,
    *,
    today: date | None = None,
) -> Orders:
    """Read `orders` and the other `tables` as `settings` say; an order later than `today` is a bad row."""
    return orders_room.read(
        engine,
        orders,
        preset=settings.preset,
        mapping=settings.mapping,
        timezone=settings.timezone,
        as_of=settings.as_of,
        today=today,
        max_bad=settings.max_bad,
        encoding=settings.encoding,
        decimal=settings.decimal,
        time_format=settings.time_format,
        anonymous=settings.anonymous,
        placeholder_share=settings.placeholder_share,
        rates=settings.rates,
        **tables,
    )


def _span(engine: Engine, orders: Orders) -> tuple[date, date]:
    days = orders.lines.aggregate(first=orders.lines.ordered_on.min(), last=orders.lines.ordered_on.max())
    row = engine.fetch(days).to_pylist()[0]
    if row["first"] is None:
        became = {
            name.removeprefix("set aside: "): n for name, n in orders.counts.items() if ": " in name and n
        }
        if returned := orders.counts.get("returned_rows"):
            became["return or cancellation"] = returned
        raise InputError(
            Mistake(
                "no order line can be used",
                "the table orders",
                "at least one sale of a product up to the as-of date",
                "; ".join(f"{what} ({n:,})" for what, n in became.items()),
                "choose a later --as-of, or export the orders with quantities and prices",
            )
        )
    return row["first"], row["last"]


def _resolve(
    engine: Engine, orders: Orders, settings: Settings, before: Run | None, corrected: Sequence[Correction]
) -> Actors:
    previous = None if before is None else engine.read_parquet([str(before.folder / "actors.parquet")])
    assert settings.as_of
    return actors_room.resolve(
        engine, orders, as_of=settings.as_of, fuzzy=settings.fuzzy, previous=previous, seed=settings.seed,
        corrected=corrected,
    )  # fmt: skip


def _tables(orders: Orders, actors: Actors, found: Any) -> dict[str, ir.Table]:
    return {
        "quarantine": orders.quarantine,
        "unmatched_returns": orders.unmatched_returns,
        **({} if orders.set_aside is None else {"set_aside": orders.set_aside}),
        "lines": orders.lines.order_by("line_key"),
        **({} if orders.events is None else {"events": orders.events}),
        "actors": actors.actors,
        "actor_changes": actors.changes,
        "links": actors.links,
        "hubs": actors.hubs,
        "findings": found.findings,
        "signals": found.signals,
        **found.tables,
    }


def _sentences(folder: Path) -> dict[str, str]:
    said = headline(read_run(folder))
    return {"sentence": said.sentence, "detail": said.detail, "how_sure": said.how_sure}


def _key_of(before: Run | None) -> str:
    known = None if before is None else before.record.get("pseudonym_key")
    return str(known or secrets.token_hex(16))


def _record(
    engine: Engine,
    settings: Settings,
    about: About,
    orders: Orders,
    span: tuple[date, date],
    actors: Actors,
    found: Any,
) -> dict[str, Any]:
    return {
        "entrepot_version": entrepot.__version__,
        "purpose": settings.purpose,
        "created_at": about.created_at.isoformat(timespec="seconds"),
        "retain_until": settings.retain_until or (about.created_at + timedelta(days=KEEP_DAYS)).date(),
        "parent": None if about.before is None else str(about.before.folder),
        "pseudonym_key": about.pseudonym_key,
        "inputs": orders.inputs,
        "settings": settings.for_the_record(),
        "seed": settings.seed,
        "versions": {"python": platform.python_version(), **{name: version(name) for name in VERSIONS}},
        "engine": engine.capabilities(),
        "counts": orders.counts,
        "columns_present": orders.columns,
        "notes": [*orders.notes, *filter(None, [actors.notes.get("corrections_without_orders")])],
        "timezone": orders.timezone,
        "currency": orders.currency,
        "as_of": settings.as_of,
        "window_from": span[0],
        "window_until": span[1],
        "gamma": found.gamma,
        "actors": actors.notes,
        "discovery": found.notes,
        "headline": found.headline,
    }


def _reasons(engine: Engine, quarantine: ir.Table) -> Sequence[Mapping[str, Any]]:
    by_reason = quarantine.group_by("reason").aggregate(
        rows=quarantine.count(), example=quarantine.value.min()
    )
    rows: list[Mapping[str, Any]] = engine.fetch(by_reason).sort_by([("rows", "descending")]).to_pylist()
    return rows
