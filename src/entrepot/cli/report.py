"""Write a report anew, or say who is in it.

With --identities the names of the listed buyers go into a file of its own, and that is noted.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from entrepot.cli import options
from entrepot.cli.console import now, show
from entrepot.errors import InputError, Mistake
from entrepot.run import Run

EXAMPLE = 'entrepot report runs/0001 --identities --purpose "review of the ten strongest findings"'


def command(
    run: options.RunFolder,
    identities: Annotated[
        bool, typer.Option("--identities", help="also write the names, and note it")
    ] = False,
    purpose: Annotated[str, typer.Option(help="why the names are needed; it is noted in log.jsonl")] = "",
    csv: Annotated[Path | None, typer.Option(help="also write the findings as CSV to this file")] = None,
    as_json: options.Json = False,
) -> int:
    from entrepot import report

    opened = Run.open(run)
    written = {"report": report.write(opened.folder)}
    if csv:
        opened.write_csv("findings", csv)
        written["findings"] = csv
    if identities:
        written["identities"] = _identities(opened, purpose)
    show(
        written, "\n".join(f"{name.capitalize()}: {path}" for name, path in written.items()), as_json=as_json
    )
    return 0


def _identities(run: Run, purpose: str) -> Path:
    from entrepot.identities import write

    if not purpose.strip():
        raise InputError(
            Mistake(
                "names are not written without a reason",
                expected="--purpose TEXT",
                do="say what they are needed for",
            )
        )
    path = write(run)
    run.note(
        {
            "at": now(),
            "what": "names of the listed buyers were written",
            "file": path.name,
            "purpose": purpose,
        }
    )
    return path
