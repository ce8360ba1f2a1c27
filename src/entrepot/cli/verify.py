"""Check that no record was changed, removed or put between others.

Reads the server's database, or with FILE an export of the records, for which no server is needed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from entrepot.cli import options
from entrepot.cli.console import show
from entrepot.errors import InputError, Mistake

EXAMPLE = "entrepot verify records.jsonl --head 3f9a…"
SHOWN = 5


def command(
    file: Annotated[
        Path | None,
        typer.Argument(
            help="an export of the records (JSON lines); the server's own without it", metavar="FILE"
        ),
    ] = None,
    home: Annotated[
        Path | None, typer.Option(help="the server's folder (default: ENTREPOT_HOME or entrepot-home)")
    ] = None,
    head: Annotated[str | None, typer.Option(help="the last digest, as it was noted elsewhere")] = None,
    as_json: options.Json = False,
) -> int:
    if file is None:
        from entrepot.cli.serve import opened

        opened(home)
    checked = result(file, head)
    show(checked, said(checked), as_json=as_json)
    return 1 if checked["broken"] else 0


def result(file: Path | None = None, head: str | None = None) -> dict[str, Any]:
    """What was found: `records, erased, head, broken` (each with number and why)."""
    if file is None:
        from entrepot.web.records.models import verify

        return asdict(verify())
    from entrepot.web.records.chain import check

    return asdict(check(_lines(file), head=head))


def _lines(file: Path) -> Iterator[Mapping[str, Any]]:
    if not file.is_file():
        raise InputError(Mistake("there is no such file", str(file), do="give an export of the records"))
    with file.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            try:
                record = json.loads(line)
                record["digest"], record["text"], record["number"]
            except (ValueError, TypeError, KeyError) as error:
                raise InputError(
                    Mistake(
                        "a line is no record",
                        f"{file}, line {number}",
                        "an export of the records",
                        str(error),
                    )
                ) from error
            yield record


def said(checked: Mapping[str, Any]) -> str:
    """The result in words."""
    if not checked["broken"]:
        gone = f", {checked['erased']} of them emptied by law" if checked["erased"] else ""
        return f"All {checked['records']} records hold{gone}.\nLast digest: {checked['head']}"
    broken = checked["broken"]
    lines = [f"Record {each['number']}: {each['why']}" for each in broken[:SHOWN]]
    more = [f"and {len(broken) - SHOWN} more"] if len(broken) > SHOWN else []
    return "\n".join(["The chain does not hold.", *lines, *more])
