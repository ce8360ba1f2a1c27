"""Say what people make of a question: the account, how far they agree, who kept silent, what is expected.

Reads two plain tables: assessments, one row an answer, and acts of sensegiving, one row an act. --example shows the
two firms of the paper.
"""

from __future__ import annotations

from datetime import UTC, datetime, time
from pathlib import Path
from typing import Annotated, Any

import typer

from entrepot.cli import options
from entrepot.cli.console import show
from entrepot.errors import InputError, Mistake

EXAMPLE = "entrepot sense assessments.csv --acts acts.csv"


def command(
    assessments: Annotated[
        Path | None, typer.Argument(help="a CSV of answers, one row an answer", metavar="ASSESSMENTS")
    ] = None,
    acts: Annotated[Path | None, typer.Option(help="a CSV of acts of sensegiving, one row an act")] = None,
    open_round: Annotated[
        list[str] | None, typer.Option(help="a question that people may still answer; repeat for more")
    ] = None,
    on: Annotated[
        datetime | None,
        typer.Option(help="the day against which days of review are held", formats=["%Y-%m-%d"]),
    ] = None,
    example: Annotated[
        bool, typer.Option("--example", help="the two firms of the paper, from its text")
    ] = False,
    as_json: options.Json = False,
) -> int:
    from entrepot.sensemaking import make_sense, read_acts, read_assessments
    from entrepot.sensemaking.cases import CASES

    given, done = (CASES["assessments"], CASES["acts"]) if example else (assessments, acts)
    if given is None:
        raise InputError(Mistake("no assessments were given", expected="a CSV file, or --example"))
    now = None if on is None else datetime.combine(on.date(), time.min, UTC)
    found = make_sense(
        read_assessments(given), read_acts(done) if done else [], open_rounds=tuple(open_round or ()), now=now
    )
    rows = [sense.as_row() for sense in found]
    show({"questions": rows}, "\n\n".join(said(row) for row in rows), as_json=as_json)
    return 0


def said(row: dict[str, Any]) -> str:
    """One question in words."""
    what = row["account"] + (f", {row['verdict']}" if row["verdict"] else "")
    lines = [
        f"{row['question']}: {what}" + (f" ({row['note']})" if row["note"] else ""),
        f"  Integration {row['integration']}, form {row['form']}"
        + (f"; rests on {', '.join(row['rests_on'])}" if row["rests_on"] else ""),
    ]
    lines += [f"  Mind: {warning}" for warning in row["warnings"]]
    lines += [
        f"  {each['dimension'].capitalize()}, {each['horizon']}: n {each['n']}, mean {each['mean']:+.1f}, "
        f"agreement {each['agreement']:+.2f}"
        for each in row["agreement"]
        if each["by"] == "all" and each["n"]
    ]
    silent = row["silence"]
    if silent["asked"]:
        lines.append(f"  Asked {silent['asked']}, answered {_or_hidden(silent['given'])}")
    lines += [
        f"  Expected: {each['response']} ({each['standing']}, {each['row']}; {each['mind']})"
        for each in row["expected_responses"]
    ]
    return "\n".join(lines)


def _or_hidden(number: int | None) -> str:
    return "not shown, to protect the few" if number is None else str(number)
