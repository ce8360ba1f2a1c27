"""Measure how far the firm and its customer-entrepreneurs depend on each other.

Adds to a run: the share, the growth that it explains, what a stop would cost, since when it was knowable. Its report
then begins with them.
"""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from entrepot.cli import options
from entrepot.cli.console import progress, show, stop_if_to_come
from entrepot.errors import InputError, Mistake
from entrepot.run import Run

if TYPE_CHECKING:
    from entrepot.interdependence import Period
    from entrepot.report.depend import Depend

EXAMPLE = "entrepot interdependence runs/0001 --targets targets.csv --recognised-on 2025-11-03"
STEPS = 5


def command(
    run: options.RunFolder,
    targets: Annotated[str | None, typer.Option(help="table of what each store has to sell a month")] = None,
    sellout: Annotated[str | None, typer.Option(help="table of receipts that partners handed in")] = None,
    events: Annotated[str | None, typer.Option(help="table of events, instead of the one of the run")] = None,
    assumptions: Annotated[
        Path | None, typer.Option(help="TOML file of what conforming and not conforming may cost")
    ] = None,
    recognised_on: Annotated[
        datetime | None, typer.Option(help="the day on which the firm noticed", formats=["%Y-%m-%d"])
    ] = None,
    threshold: Annotated[float, typer.Option(help="the share (0 to 1) that is a critical mass")] = 0.05,
    period: Annotated[str | None, typer.Option(help="the days whose growth to explain, FROM..UNTIL")] = None,
    against: Annotated[str | None, typer.Option(help="the days to compare them with, FROM..UNTIL")] = None,
    memory: options.Memory = "8GiB",
    as_json: options.Json = False,
) -> int:
    from entrepot.measuring import measure

    stop_if_to_come(
        "--recognised-on", recognised_on, expected="the day on which the firm noticed",
        do="leave it out if nobody has noticed yet",
    )  # fmt: skip
    spans = _periods({"--period": period, "--against": against})
    with progress(STEPS) as tell:
        measured = measure(
            run,
            targets=targets,
            sellout=sellout,
            events=events,
            assumptions=assumptions,
            recognised_on=recognised_on and recognised_on.date(),
            threshold=threshold,
            period=spans["--period"],
            against=spans["--against"],
            tell=tell,
            memory=memory,
        )
    said = said_of(measured)
    show(result(measured, said), as_text(measured, said), as_json=as_json)
    return 0


def _periods(given: dict[str, str | None]) -> dict[str, Period | None]:
    """Each option as a period; raises `InputError` with one mistake for each that is none."""
    from entrepot.interdependence import Period

    found: dict[str, Period | None] = {}
    wrong = []
    for option, text in given.items():
        try:
            first, _, last = (text or "").partition("..")
            found[option] = Period(date.fromisoformat(first), date.fromisoformat(last)) if text else None
        except ValueError:
            wrong.append(
                Mistake(
                    f"{option} cannot be read",
                    expected="two days, such as 2025-01-01..2025-12-31",
                    got=text or "",
                )
            )
    if wrong:
        raise InputError(*wrong)
    return found


def result(run: Run, said: Depend) -> dict[str, object]:
    """What the command answers with `--json`: the sentences, and the rows behind them."""
    from entrepot.report import depend_words as words
    from entrepot.report.depend import FOLDER, SETTINGS

    return {
        "run": run.folder,
        "report": run.report,
        "sentences": words.sentences(said),
        "share": said.share,
        "growth": list(said.rows("growth")),
        "stop": words.stop_of(said, words.DAYS_TOLD),
        "dates": {row["what"]: row["on"] for row in said.rows("hindsight_dates") if row["scope"] == "all"},
        "settings": json.loads((run.folder / FOLDER / SETTINGS).read_text(encoding="utf-8")),
    }


def as_text(run: Run, said: Depend) -> str:
    """What the command says: the sentences of the report."""
    from entrepot.report.depend_words import sentences

    return "\n".join([*sentences(said), f"Run: {run.folder}", f"Report: {run.report}"])


def said_of(run: Run) -> Depend:
    """The measures of `run` as the report has them."""
    from entrepot.report.depend import depend
    from entrepot.report.reading import read_run

    said = depend(read_run(run.folder))
    assert said is not None, "the measures were just written"
    return said
