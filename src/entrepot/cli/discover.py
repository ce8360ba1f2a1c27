"""Find the customers who are really businesses.

Writes a run: a folder with tables, evidence, and a report that opens in a browser. Nothing is decided about
anybody: at most the share --fdr of the list are ordinary customers, if households buy as described.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from entrepot.cli import options
from entrepot.cli.console import now, progress, show, stop_if_to_come
from entrepot.run import Run
from entrepot.settings import PURPOSE

EXAMPLE = "entrepot discover orders.csv --customers customers.csv --products products.csv --fdr 0.05"
STEPS = 6


def command(
    orders: options.Orders = None,
    customers: options.Customers = None,
    products: options.Products = None,
    events: Annotated[str | None, typer.Option(help="table of launches, restrictions, holidays")] = None,
    offers: Annotated[str | None, typer.Option(help="table of prices elsewhere")] = None,
    labels: Annotated[str | None, typer.Option(help="table of verdicts from earlier reviews")] = None,
    out: Annotated[
        Path | None, typer.Option(help="the new run's folder (default: runs/0001, runs/0002, ...)")
    ] = None,
    fdr: Annotated[
        float, typer.Option(help="how large a share of the list may be ordinary customers")
    ] = 0.05,
    as_of: Annotated[
        datetime | None, typer.Option(help="read nothing after this day", formats=["%Y-%m-%d"])
    ] = None,
    preset: options.Preset = None,
    map_: options.Map = None,
    timezone: options.Timezone = None,
    max_bad: options.MaxBad = 0.01,
    encoding: options.Encoding = "utf-8",
    decimal: options.Decimal = "point",
    time_format: options.TimeFormat = None,
    anonymous: options.Anonymous = None,
    placeholder_share: options.PlaceholderShare = 0.5,
    rates: options.Rates = None,
    no_fuzzy: Annotated[
        bool, typer.Option("--no-fuzzy", help="join only records that agree exactly")
    ] = False,
    personal_use: Annotated[
        Path | None, typer.Option(help="what households buy, from a panel or survey")
    ] = None,
    corrections: Annotated[
        Path | None, typer.Option(help="table of customers whom people joined or parted, with reasons")
    ] = None,
    previous: Annotated[Path | None, typer.Option(help="an earlier run, whose actor ids are kept")] = None,
    purpose: Annotated[str, typer.Option(help="why this is done; it stands in the run")] = PURPOSE,
    retain_until: Annotated[
        datetime | None, typer.Option(help="the day from which `purge` deletes the run", formats=["%Y-%m-%d"])
    ] = None,
    hindsight_months: Annotated[
        int, typer.Option(help="how many month ends to look back for when a finding was first evident")
    ] = 12,
    processes: Annotated[
        int | None,
        typer.Option(help="how many month ends to look back to at a time; as many as cores if not given"),
    ] = None,
    fairness_basis: Annotated[
        str | None, typer.Option(help="the legal basis for comparing errors between groups; off without one")
    ] = None,
    fairness_group: Annotated[
        str | None, typer.Option(help="the column of the customers table with the groups to compare")
    ] = None,
    seed: Annotated[int, typer.Option(help="the seed of every random draw")] = 0,
    engine: Annotated[str, typer.Option(help="where the work is done: duckdb")] = "duckdb",
    memory: options.Memory = "8GiB",
    as_json: options.Json = False,
) -> int:
    from entrepot.analysis import discover

    stop_if_to_come(
        "--as-of", as_of, expected="a day of the past or today", do="leave it out to read all orders"
    )
    with progress(STEPS) as tell:
        run = discover(
            orders,
            customers,
            products,
            events=events,
            offers=offers,
            labels=labels,
            out=out,
            previous=previous,
            created_at=now(),
            tell=tell,
            fdr=fdr,
            as_of=as_of and as_of.date(),
            preset=preset,
            mapping=options.mapping(map_),
            timezone=timezone,
            max_bad=max_bad,
            encoding=encoding,
            decimal=decimal,
            time_format=time_format,
            anonymous=tuple(anonymous or ()),
            placeholder_share=placeholder_share,
            rates=rates,
            fuzzy=not no_fuzzy,
            personal_use=personal_use,
            corrections=corrections,
            hindsight_months=hindsight_months,
            processes=processes,
            fairness_basis=fairness_basis,
            fairness_group=fairness_group,
            purpose=purpose,
            retain_until=retain_until and retain_until.date(),
            seed=seed,
            engine=engine,
            memory=memory,
        )
    show(result(run), as_text(run), as_json=as_json)
    return 0


def result(run: Run) -> dict[str, object]:
    """What the command answers with `--json`."""
    return {
        "run": run.folder,
        "report": run.report,
        "headline": run.record["headline"],
        "counts": run.record["counts"],
    }


def as_text(run: Run) -> str:
    """What the command says: the sentence, how sure it is, and where to read more."""
    said = run.record["headline"]
    return f"{said['sentence']}\n{said['how_sure']}\nRun: {run.folder}\nReport: {run.report}"
