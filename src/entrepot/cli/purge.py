"""Delete runs whose time is over.

A run goes when its `retain_until` has passed; a receipt stays in receipts.jsonl beside the runs.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from entrepot.cli import options
from entrepot.cli.console import now, show
from entrepot.errors import InputError, Mistake

EXAMPLE = "entrepot purge --runs runs --dry-run"


def command(
    runs: options.Runs = Path("runs"),
    on: Annotated[datetime | None, typer.Option(help="as if it were this day", formats=["%Y-%m-%d"])] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="only say what would go")] = False,
    as_json: options.Json = False,
) -> int:
    from entrepot import privacy

    if not runs.is_dir():
        raise InputError(
            Mistake("there is no such folder of runs", expected="the folder that holds the runs", got=str(runs),
                    do="name it with --runs; nothing was deleted")
        )  # fmt: skip
    day = (on or now()).date()
    names = (
        [run.folder.name for run in privacy.expired(runs, on=day)] if dry_run else privacy.purge(runs, on=day)
    )
    said = "would be deleted" if dry_run else "deleted"
    text = f"{len(names)} runs {said}{': ' if names else ''}{', '.join(names)}."
    show({"deleted": [] if dry_run else names, "expired": names}, text, as_json=as_json)
    return 0
