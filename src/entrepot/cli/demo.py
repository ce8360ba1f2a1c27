"""Make a market with known resellers and discover them.

Says how many were found and missed, how many of the listed bought more for own use, and how much hangs on all.
"""

from __future__ import annotations

import secrets
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import ibis
import typer

from entrepot.cli import options
from entrepot.cli.console import now, progress, show
from entrepot.run import Run, next_folder
from entrepot.simulation.scoring import Score

EXAMPLE = "entrepot demo --customers 4000 --seed 1"
STEPS = 13
WHO = "demo@entrepot.example"


def command(
    out: Annotated[Path, typer.Option(help="where the market and the runs go")] = Path("demo"),
    customers: Annotated[int, typer.Option(help="how many people the market has")] = 4000,
    months: Annotated[int, typer.Option(help="how many months of orders it has")] = 24,
    seed: Annotated[int, typer.Option(help="the seed of the market")] = 1,
    fdr: Annotated[
        float, typer.Option(help="how large a share of the list may be ordinary customers")
    ] = 0.05,
    serve: Annotated[
        bool, typer.Option("--serve", help="open it in the web app, filled with this demo")
    ] = False,
    port: Annotated[int, typer.Option(help="the port that --serve listens on")] = 8000,
    as_json: options.Json = False,
) -> int:
    opened = _opened(out, port) if serve else None
    with progress(STEPS) as tell:
        tell("make a market")
        run, score, true_share = _played(out, fdr, tell, customers, months, seed)
    show(
        {"run": run.folder, "report": run.report, "true_revenue_share_0_1": true_share, **vars(score)},
        as_text(run, score, true_share, fdr),
        as_json=as_json,
    )
    if opened is not None:
        _serve(*opened, run)
    return 0


def _opened(out: Path, port: int) -> tuple[Any, Any]:
    """The server's home, in the demo's folder, and its address; `InputError` before any work where it cannot serve."""
    from entrepot.cli.serve import opened

    home = opened(out / "home")
    from entrepot.web import starting

    address = starting.Address(port=port)
    starting.stop_if_taken(address)
    return home, address


def _serve(home: Any, address: Any, run: Run) -> None:
    """Bring the run in, make somebody who may see everything, and answer until stopped."""
    from entrepot.cli.serve import answer
    from entrepot.web import starting
    from entrepot.web.runs.bringing import bring

    password = secrets.token_urlsafe(9)
    starting.demo_colleague(WHO, password)
    bring(run.folder)
    print(f"Sign in as {WHO} with the password {password} (new at each start).", file=sys.stderr, flush=True)
    answer(home, address)


def _played(
    out: Path, fdr: float, tell: Callable[[str], None], customers: int, months: int, seed: int
) -> tuple[Run, Score, float]:
    from entrepot.analysis import discover
    from entrepot.interdependence.efficiency import FILE
    from entrepot.measuring import measure
    from entrepot.simulation import market, scoring

    made = market.make(out / "market", customers=customers, months=months, seed=seed)
    tables: dict[str, Any] = {name: made.path(name) for name in ("customers", "products", "events", "offers")}
    folder = next_folder(out / "runs")
    run = discover(
        made.path("orders"),
        **tables,
        out=folder,
        created_at=now(),
        tell=tell,
        fdr=fdr,
        hindsight_months=months,
    )
    assumptions = out / "assumptions.toml"
    assumptions.write_text(FILE, encoding="utf-8")
    run = measure(run, assumptions=assumptions, recognised_on=_limited_on(made.path("events")), tell=tell)
    tell("compare with the truth")
    truth = ibis.read_parquet(made.path("truth"))
    return (
        run,
        scoring.score(run.findings, run.actors, truth),
        scoring.revenue_share(run.table("lines"), truth),
    )


def _limited_on(events: Path) -> date:
    """The day of the limit in stores: who sets one has noticed."""
    found = ibis.read_parquet(events)
    first: date = found.filter(found.kind == "restriction").starts_on.min().to_pyarrow().as_py()
    return first


def as_text(run: Run, score: Score, true_share: float, fdr: float) -> str:
    """The headline of the demo, as lines."""
    from entrepot.cli.interdependence import said_of
    from entrepot.report.depend_words import share_sentence
    from entrepot.report.words import in_hundred, plural, share

    return "\n".join(
        [
            share_sentence(said_of(run)),
            f"In truth {share(true_share)} of it did.",
            run.headline,
            f"Found {score.found} of the {plural(score.found + score.missed, 'reseller')} of this market, "
            f"missed {score.missed}; the found bought {share(score.resold_share_0_1)} of all units that were resold.",
            f"Of {score.listed} listed, {score.wrongly_listed} bought more for own use than to resell{_who(score)}: "
            f"{share(score.false_share_0_1)}, at most {in_hundred(fdr)} on average over many markets were asked for.",
            f"Report: {run.report}",
        ]
    )


def _who(score: Score) -> str:
    kinds = ", ".join(f"{number} {kind}" for kind, number in sorted(score.wrong_kinds.items()))
    return f" ({kinds})" if kinds else ""
