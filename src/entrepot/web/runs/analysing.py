"""One run from what was asked to what pages show: discover, measure, take in.

Each part leaves the same behind when it is done again, so a run whose process was killed goes on from the last part
that is whole. The engine may open files in the folders of this run's inputs and of the server, and no other.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone

from entrepot.errors import InputError
from entrepot.web.protection import basis
from entrepot.web.runs import queue
from entrepot.web.runs.bringing import about, sentences
from entrepot.web.runs.limits import limits
from entrepot.web.runs.models import Run
from entrepot.web.runs.steps import DISCOVER, TAKE_IN, Telling
from entrepot.web.runs.whole import run_is_whole

MEASURED = ("targets", "sellout")
REVIEWS, CORRECTIONS = "entrepot.web.discovery.labels", "entrepot.web.actors.correcting"
"""Modules whose `write(path, until)` writes what people concluded up to an instant, and tells how many rows."""
DAYS = ("as_of", "retain_until")


def analyse(run: Run, *, scratch: Path, say: Callable[[str, int], None] | None = None) -> None:
    """Make `run` whole; `say` hears which step begins and how many are done.

    Raises `InputError` where the input cannot be used.
    """
    known = run.is_there
    tell = Telling(say or partial(queue.step, run), skipped=len(DISCOVER) if known else 0)
    within = _folders(run, scratch)
    if not known:
        _discover(run, tell, scratch, within)
    not_measured = _measure(run, tell, within)
    tell(TAKE_IN)
    run.headline, run.about = sentences(run.folder), about(run.folder.record)
    run.error = not_measured
    run.save(update_fields=["headline", "about", "error"])
    run_is_whole.send(Run, run=run)
    queue.whole(run)


def _discover(run: Run, tell: Callable[[str], None], scratch: Path, within: list[Path]) -> None:
    from entrepot.analysis import discover

    tables: dict[str, Any] = {name: list(paths) for name, paths in run.inputs.items() if name not in MEASURED}
    rates = tables.pop("rates", None)
    own = _said_by_people(run, scratch, REVIEWS, "reviews.csv")
    if own:
        tables["labels"] = [*tables.get("labels", []), str(own)]
    corrected = _said_by_people(run, scratch, CORRECTIONS, "corrections.csv")
    if corrected:
        tables["corrections"] = corrected
    discover(
        tables.pop("orders", None),
        **tables,
        out=run.path,
        previous=run.previous and run.previous.path,
        created_at=timezone.now(),
        tell=tell,
        rates=rates and rates[0],
        within=tuple(within),
        **_settings(run),
    )


def _settings(run: Run) -> dict[str, Any]:
    """What was asked, with the server's own memory and processes."""
    asked = {name: value for name, value in run.asked.items() if name != "recognised_on"}
    days = {name: date.fromisoformat(asked[name]) for name in DAYS if asked.get(name)}
    bounds = limits()
    compared = (
        basis.for_runs() if run.inputs.get("customers") else {}
    )  # its groups are a column of that table
    return {**asked, **days, **compared, "memory": bounds.memory, "processes": bounds.processes}


def _said_by_people(run: Run, scratch: Path, module: str, name: str) -> Path | None:
    """What people concluded up to `labels_until` as a table; None where that was not asked for, or nobody did."""
    if run.labels_until is None or find_spec(module) is None:
        return None
    path = scratch / name
    return path if import_module(module).write(path, run.labels_until) else None


def _measure(run: Run, tell: Callable[[str], None], within: list[Path]) -> list[dict[str, str]]:
    """Measure the interdependence; what stands in the way of it is given back, and the findings stay."""
    from entrepot.measuring import measure

    given: dict[str, Any] = {name: list(run.inputs[name]) for name in MEASURED if name in run.inputs}
    noticed = run.asked.get("recognised_on")
    try:
        measure(
            run.folder,
            **given,
            recognised_on=date.fromisoformat(noticed) if noticed else None,
            tell=tell,
            memory=limits().memory,
            within=within,
        )
    except InputError as error:
        return queue.said(run, error.mistakes)
    return []


def _folders(run: Run, scratch: Path) -> list[Path]:
    """Where the engine may open files: the server's runs and uploads, this run's scratch, and the inputs' folders."""
    from entrepot.orders.presets import find

    home = settings.ENTREPOT
    inputs = [Path(path) for several in run.inputs.values() for path in several]
    theirs = [path for path in limits().data_folders if any(one.is_relative_to(path) for one in inputs)]
    preset = run.asked.get("preset")
    brought = {path.parent for path in find(preset).data().values()} if preset else set()
    return [home.runs, home.uploads, scratch, *theirs, *sorted(brought)]
