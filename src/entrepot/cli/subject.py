"""Answer a person: export, object, lift, or erase.

export prints what the runs hold on the person, as JSON; object keeps the person out of new runs until a
person decides, and lift is that decision; erase takes the person out of every run and writes the reports anew.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from entrepot.cli import options
from entrepot.cli.console import now, show

EXAMPLE = "entrepot subject C000123 export --runs runs > C000123.json"


class Request(StrEnum):
    """What the person asks for."""

    export = "export"
    object = "object"
    lift = "lift"
    erase = "erase"


def command(
    customer: Annotated[str, typer.Argument(help="any customer_id of the person", metavar="ID")],
    request: Annotated[Request, typer.Argument(help="what the person asks for")],
    runs: options.Runs = Path("runs"),
    reason: Annotated[str, typer.Option(help="with object: why, in the person's words")] = "",
    as_json: options.Json = False,
) -> int:
    from entrepot import privacy

    if request is Request.export:
        show(privacy.export(runs, customer), "", as_json=True)
    elif request is Request.object:
        ids = privacy.object_to(runs, customer, at=now(), reason=reason)
        text = f"Kept out of every new run in {runs} until a person decides: {', '.join(ids)}."
        show({"kept_out": ids}, text, as_json=as_json)
    elif request is Request.lift:
        ids = privacy.lift(runs, customer, at=now())
        show({"let_in": ids}, f"Read again by every new run in {runs}: {', '.join(ids)}.", as_json=as_json)
    else:
        rows = privacy.erase(runs, customer, at=now())
        show(
            {"rows_erased": rows},
            f"{rows} rows erased from the runs in {runs}; the reports were made anew.",
            as_json=as_json,
        )
    return 0
