"""Say why two customers are one actor, or not."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from entrepot.cli import options
from entrepot.cli.console import show
from entrepot.run import Run

EXAMPLE = "entrepot explain runs/0001 C000123 C000456"


def command(
    run: options.RunFolder,
    a: Annotated[str, typer.Argument(help="a customer_id", metavar="A")],
    b: Annotated[str, typer.Argument(help="another customer_id", metavar="B")],
    as_json: options.Json = False,
) -> int:
    opened = Run.open(run)
    from entrepot.actors import explain

    explanation = explain(opened, a, b)
    show(asdict(explanation), explanation.text, as_json=as_json)
    return 0
