"""From a finished run to its interdependence: the measures one after the other, written beside the findings.

Nothing is calculated here. A run is opened, the room is asked, the tables go into the folder `interdependence` of the
run, and the report is written anew with them in it. What was found before is not touched.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, TypeAlias

import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.parquet as pq

from entrepot import interdependence as room
from entrepot import report as report_room
from entrepot.engines import Engine
from entrepot.engines.duckdb import connect
from entrepot.errors import InputError, Mistake
from entrepot.interdependence import Assumptions, Ground, Period
from entrepot.interdependence.hindsight import THRESHOLD_0_1
from entrepot.orders.side import read_beside
from entrepot.orders.sources import gather
from entrepot.report.depend import EVENTS, FOLDER, SETTINGS
from entrepot.report.reading import as_day
from entrepot.run import RECORD, Run, is_disk_full, plain, silent

NEEDED: Mapping[str, Sequence[str]] = {
    "lines": ("unit_cost", "city"),
    "findings": ("kind_if_business", "units", "first_on", "revenue"),
    "actors": ("customer_id", "actor_id"),
    "knowable": ("month_end", "resale_evidence"),
    "knowable_revenue": ("month_end", "revenue_knowable"),
}
"""The tables of a run that are measured, and columns that older versions did not write."""
RECORDED = ("window_from", "as_of")
Source: TypeAlias = str | Path | ir.Table


@contextmanager
def ground(
    run: Run | str | Path, *, events: Source | None = None, memory: str = "8GiB", within: Sequence[Path] = ()
) -> Iterator[Ground]:
    """A run as the measures of `entrepot.interdependence` need it, for as long as the block lasts.

    `events` replaces those of the run. Raises `InputError` where the run is not whole, or an older version made it.

        with entrepot.ground("runs/0001") as it:
            table = entrepot.interdependence.shares(it)
    """
    opened = run if isinstance(run, Run) else Run.open(run)
    _stop_if_not_whole(opened)
    engine = connect(memory, within=within)
    try:
        yield _with_events(_ground(engine, opened), events)
    finally:
        engine.close()


def _with_events(it: Ground, events: Source | None) -> Ground:
    """`it` with other events than those of the run, where they are given."""
    return it if events is None else replace(it, events=read_beside(it.engine, "events", events))


def beside(it: Ground, name: str, source: Source | None) -> ir.Table | None:
    """A table that is measured beside the run, in its currency; None where none is given."""
    return None if source is None else read_beside(it.engine, name, source, currency=it.currency)


def measure(
    run: Run | str | Path,
    *,
    targets: Source | None = None,
    sellout: Source | None = None,
    events: Source | None = None,
    assumptions: str | Path | None = None,
    recognised_on: date | None = None,
    threshold: float = THRESHOLD_0_1,
    period: Period | None = None,
    against: Period | None = None,
    tell: Callable[[str], None] = silent,
    memory: str = "8GiB",
    within: Sequence[Path] = (),
) -> Run:
    """Measure how far the firm and its customer-entrepreneurs depend on each other, and write it into the `run`.

    `targets`, `sellout` and `events` are tables of the reference page; `assumptions` a TOML file for the efficiency
    gap; `recognised_on` the day on which the firm noticed; `threshold` (0–1) of a critical mass; `period` is compared
    with `against` (by default the last year with the one before). `within`: folders outside which nothing is read.

    Returns the run; its tables `interdependence/shares`, `…/growth` and so on are there, and in its report. A measure
    whose data are missing has no rows. Raises `InputError` with every mistake found; then nothing is written.
    """
    opened = run if isinstance(run, Run) else Run.open(run)
    with ground(opened, memory=memory, within=within) as it:
        tell("see what can be seen")
        asked: list[Callable[[], Any]] = [
            lambda: _stop_if_out_of_range(threshold),
            lambda: None if assumptions is None else Assumptions.read(assumptions),
            lambda: _of_these_months(it, beside(it, "targets", targets)),
            lambda: beside(it, "sellout", sellout),
            lambda: _with_events(it, events),
            lambda: room.growth(it, period, against),
        ]
        _, assumed, wanted, receipts, it, grown = gather(*asked)  # all that is wrong, at once
        tables: dict[str, pa.Table] = {"coverage": room.coverage(it, receipts)}
        tell("measure how much hangs on them")
        tables["shares"] = room.shares(it)
        tables["mutual"] = room.both_directions(it)
        tables["concentration"] = room.concentration(it)
        tables["growth"] = grown
        tell("ask what if they stopped")
        tables["stress"], tables["stress_path"] = room.stress(it, wanted), room.path(it)
        tables["displacement"] = room.displacement(it)
        if events is not None and it.events is not None:
            tables[EVENTS] = it.engine.fetch(it.events)
        if assumed is not None:
            tables["efficiency"] = room.efficiency_gap(it, assumed)
        tell("look back")
        tables["hindsight"], tables["hindsight_dates"] = room.hindsight(
            it, threshold_0_1=threshold, recognised_on=recognised_on
        )
        said = {"threshold_0_1": threshold, "recognised_on": recognised_on, "draws": it.draws, "seed": it.seed,
                "currency": it.currency, "suspects": len(it.suspects.actor_id), "margin": it.has_margin,
                "period": period and vars(period), "against": against and vars(against)}  # fmt: skip
    with _written(opened.folder, tables, said):
        tell("write the report")
        report_room.write(opened.folder)
    return Run.open(opened.folder)


def _of_these_months(it: Ground, targets: ir.Table | None) -> ir.Table | None:
    """`targets`; raises `InputError` where none of them is of a month of the data, so that none can be asked about."""
    if targets is None:
        return None
    months = it.engine.fetch(targets.select("month").distinct().order_by("month"))["month"].to_pylist()
    if not any(it.since.replace(day=1) <= month <= it.until for month in months):
        raise InputError(
            Mistake("no target is of a month of the orders", "the table targets",
                    f"months from {it.since:%Y-%m} to {it.until:%Y-%m}",
                    ", ".join(f"{month:%Y-%m}" for month in months[:5]) or "no rows", "add targets of these months")
        )  # fmt: skip
    return targets


def _stop_if_out_of_range(threshold: float) -> None:
    if not 0 < threshold < 1:
        raise InputError(
            Mistake(
                "the threshold cannot be used", expected="a share above 0 and below 1", got=str(threshold)
            )
        )


def _stop_if_not_whole(run: Run) -> None:
    """Raises `InputError` with everything that this run lacks or that cannot be read of it."""
    try:
        lacks = [f"{RECORD} lacks {name}" for name in RECORDED if not run.record.get(name)]
        made_by = str(run.record.get("entrepot_version") or "an unknown version")
    except InputError:
        lacks, made_by = [f"{RECORD} cannot be read"], "an unknown version"
    lacks += [
        what for name, columns in NEEDED.items() if (what := _lack(run.folder / f"{name}.parquet", columns))
    ]
    if lacks:
        raise InputError(*[
            Mistake(what, str(run.folder), "a whole run of this version", f"made by {made_by}",
                    "run `entrepot discover` again")
            for what in lacks
        ])  # fmt: skip


def _lack(path: Path, columns: Sequence[str]) -> str:
    """What is wrong with a table of a run that needs `columns`; nothing where it can be used."""
    if not path.is_file():
        return f"{path.name} is missing"
    try:
        there = pq.read_schema(path).names
    except (pa.ArrowException, OSError):
        return f"{path.name} cannot be read"
    missing = [column for column in columns if column not in there]
    return f"{path.name} lacks {', '.join(missing)}" if missing else ""


def _ground(engine: Engine, run: Run) -> Ground:
    record = run.record
    tables = {name: _table(engine, run, name) for name in NEEDED}
    own = _table(engine, run, "events") if (run.folder / "events.parquet").is_file() else None
    return Ground(
        engine=engine,
        lines=tables["lines"],
        findings=tables["findings"],
        actors=tables["actors"],
        knowable=tables["knowable"],
        events=own,
        since=date.fromisoformat(str(record["window_from"])[:10]),
        until=date.fromisoformat(str(record["as_of"])[:10]),
        false_share_0_1=_false_share(record),
        currency=str(record.get("currency") or ""),
        seed=int(record.get("seed") or 0),
        knowable_revenue=tables["knowable_revenue"],
        looked_back_to=as_day((record.get("discovery") or {}).get("looked_back_to")),
    )


def _table(engine: Engine, run: Run, name: str) -> ir.Table:
    return engine.read_parquet([str(run.folder / f"{name}.parquet")]).drop("file")


def _false_share(record: Mapping[str, Any]) -> float:
    """The part of the list that are ordinary customers: the upper end of what reviews found, else the promise."""
    labels = (record.get("discovery") or {}).get("labels") or {}
    audited = (labels.get("false_share") or {}).get("upper_95")
    promised = (record.get("settings") or {}).get("fdr") or 0.05
    return float(promised if audited is None else audited)


@contextmanager
def _written(folder: Path, tables: Mapping[str, pa.Table], said: Mapping[str, Any]) -> Iterator[None]:
    """Put the tables into the folder of that name, for the report that is written within.

    All or none of them are new: where the report is not written, also because somebody interrupts it, those of
    before are back beside theirs.
    """
    there = folder / FOLDER
    with _saying_why(folder):
        partial = Path(tempfile.mkdtemp(prefix=f".{FOLDER}.partial-", dir=folder))
    aside = partial.with_name(partial.name + "-before")
    try:
        with _saying_why(folder):
            for name, table in tables.items():
                pq.write_table(table, partial / f"{name}.parquet", compression="zstd")
            (partial / SETTINGS).write_text(json.dumps(plain(said), indent=2) + "\n", encoding="utf-8")
            partial.chmod(0o755)
            if there.exists():
                there.rename(aside)
            partial.rename(there)
        yield
    except BaseException:
        if not partial.exists():
            shutil.rmtree(there, ignore_errors=True)
        if aside.exists():
            aside.rename(there)
        raise
    finally:
        for left in (partial, aside):
            shutil.rmtree(left, ignore_errors=True)


@contextmanager
def _saying_why(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        what = "the disk is full" if is_disk_full(error) else "the measures cannot be written"
        raise InputError(
            Mistake(
                what,
                str(folder),
                "a folder in which you may write",
                str(error),
                "free space or mend the rights",
            )
        ) from error
