"""Code testimony: bring texts and REFI-QDA projects in, take them out again, and show the tables that come of it.

A study is a folder of plain tables (CSV) with the texts beside them.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from entrepot.cli import options
from entrepot.cli.console import show
from entrepot.errors import InputError, Mistake

if TYPE_CHECKING:
    from entrepot.sensemaking.coding import Study

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
Folder = Annotated[Path | None, typer.Argument(help="the folder of a study", metavar="STUDY")]
Example = Annotated[bool, typer.Option("--example", help="the paper's two firms, coded from its text")]
Rows = list[dict[str, Any]]
HOW_TO_STATE = "Once they have consented, write it in informants.csv, or import with --consent given."


class Kind(StrEnum):
    """What kind of source a text is."""

    interview = "interview"
    observation = "observation"
    social_media = "social_media"
    meeting = "meeting"
    annual_report = "annual_report"
    press = "press"


class Sensitivity(StrEnum):
    """How closely a source is held."""

    open = "open"
    restricted = "restricted"
    sealed = "sealed"


class Consent(StrEnum):
    """Whether who speaks has consented to this use."""

    given = "given"
    unstated = "unstated"


class Which(StrEnum):
    """The tables that can be shown."""

    data = "data"
    sensemaking = "sensemaking"
    structure = "structure"
    replication = "replication"
    agreement = "agreement"
    checks = "checks"
    validity = "validity"


@app.command(
    "import",
    help="Bring a txt, docx or pdf into a study as a source, or a .qdpx or .qdc as a new study.",
    epilog="Example: entrepot coding import interview.docx --study study --group staff --informant S-01 --at 2026-03",
)
def bring(
    file: Annotated[Path, typer.Argument(help="a txt, docx, pdf, qdpx or qdc file", metavar="FILE")],
    study: Annotated[Path, typer.Option(help="the folder of the study; made where there is none")] = Path(
        "study"
    ),
    source: Annotated[str, typer.Option(help="the id of the source (default: the file's name)")] = "",
    kind: Annotated[Kind, typer.Option(help="what kind of source it is")] = Kind.interview,
    group: Annotated[str, typer.Option(help="the group of informants")] = "",
    informant: Annotated[
        list[str] | None, typer.Option(help="the pseudonym of who spoke; repeat for more")
    ] = None,
    role: Annotated[str, typer.Option(help="the role of who spoke, at that time")] = "",
    at: Annotated[str, typer.Option(help="when it was said: 2026, 2026-03, 2026-03-05 or an instant")] = "",
    sensitivity: Annotated[
        Sensitivity, typer.Option(help="sealed: stays out of exports unless asked")
    ] = Sensitivity.open,
    follow_up: Annotated[str, typer.Option(help="why they were asked again, if they were")] = "",
    consent: Annotated[
        Consent, typer.Option(help="given: who speaks has consented to this use (or it is public)")
    ] = Consent.unstated,
    line_end_is_one: Annotated[
        bool | None,
        typer.Option(
            "--line-end-is-one/--line-end-is-two",
            help="how the program that wrote a .qdpx counts a line end of two signs (default: one for ATLAS.ti)",
            show_default=False,
        ),
    ] = None,
    as_json: options.Json = False,
) -> int:
    from entrepot.sensemaking.coding import (
        Source,
        Study,
        add_file,
        consented,
        read_file,
        read_study,
        write_study,
    )
    from entrepot.sensemaking.coding.folder import is_study
    from entrepot.sensemaking.coding.texts import READ
    from entrepot.sensemaking.moments import Moment

    if file.suffix.lower() in READ:
        there = read_study(study) if is_study(study) else Study(name=study.name)
        row = Source(
            source=source or file.stem, kind=kind.value, group=group, informants=tuple(informant or ()), role=role,
            at=_moment(at, Moment.read), sensitivity=sensitivity.value, follow_up=follow_up,
        )  # fmt: skip
        found = add_file(there, row, file)
        if consent is Consent.given:
            today = Moment.read(date.today().isoformat())
            found = replace(found, study=consented(found.study, row, at=today))
    else:
        if is_study(study):
            raise InputError(
                Mistake(
                    "a study is there already",
                    str(study),
                    do="import into a new folder (--study); nothing was changed",
                )
            )
        found = read_file(file, line_end_is_one=line_end_is_one)
    write_study(found.study, study)
    unstated = [each.informant for each in found.study.informants if each.consent == "unstated"]
    counts = {name: len(getattr(found.study, name)) for name in ("sources", "codes", "segments", "coders")}
    lines = [
        f"{study}: " + ", ".join(f"{number} {name}" for name, number in counts.items()) + ".",
        *found.notices,
        *([f"Consent is unstated: {', '.join(unstated)}. {HOW_TO_STATE}"] if unstated else []),
    ]
    told = {"study": str(study), **counts, "notices": list(found.notices), "consent_unstated": unstated}
    show(told, "\n".join(lines), as_json=as_json)
    return 0


def _moment(text: str, read: Callable[[str], Any]) -> Any:
    try:
        return read(text)
    except ValueError as error:
        raise InputError(
            Mistake("--at is no moment", expected="2026, 2026-03, 2026-03-05 or an instant", got=text)
        ) from error


@app.command(
    "export",
    help="Write a study as a REFI-QDA project (.qdpx) or codebook (.qdc), with a side file for what that cannot hold.",
    epilog="Example: entrepot coding export study study.qdpx",
)
def take_out(
    study: Folder = None,
    out: Annotated[
        Path | None, typer.Argument(help="the file to write: .qdpx or .qdc", metavar="OUT")
    ] = None,
    sealed: Annotated[bool, typer.Option("--sealed", help="take sealed sources along")] = False,
    as_json: options.Json = False,
) -> int:
    from entrepot.sensemaking.coding import read_study, write_file

    if study is None or out is None:
        raise InputError(
            Mistake("a study and a file are needed", do="entrepot coding export study study.qdpx")
        )
    written = write_file(read_study(study), out, sealed=sealed)
    lines = [f"Written: {', '.join(map(str, written.files))}."]
    if written.held_back:
        lines.append(f"Held back, sealed: {', '.join(written.held_back)}. --sealed takes them along.")
    result = {"files": [str(each) for each in written.files], "held_back": list(written.held_back)}
    show(result, "\n".join(lines), as_json=as_json)
    return 0


@app.command(
    "table",
    help="Show a table made from a study: data (Table 2), sensemaking (Table 3), structure, replication, agreement.",
    epilog="Example: entrepot coding table study --which replication --csv replication.csv",
)
def table(
    study: Folder = None,
    which: Annotated[Which, typer.Option(help="the table")] = Which.data,
    acts: Annotated[
        Path | None, typer.Option(help="acts of sensegiving, for what an account is called")
    ] = None,
    assessments: Annotated[Path | None, typer.Option(help="assessments, beside --acts")] = None,
    informants: Annotated[int, typer.Option(help="a concept is kept from so many informants on", min=1)] = 2,
    sources: Annotated[int, typer.Option(help="and from so many sources on", min=1)] = 2,
    csv_file: Annotated[Path | None, typer.Option("--csv", help="write the rows here too")] = None,
    example: Example = False,
    as_json: options.Json = False,
) -> int:
    from entrepot.sensemaking.cases import CASES, STUDY
    from entrepot.sensemaking.coding import Rule, read_study

    if study is None and not example:
        raise InputError(Mistake("no study was given", expected="the folder of a study, or --example"))
    found = read_study(STUDY if example or study is None else study)
    if example:
        acts, assessments = CASES["acts"], CASES["assessments"]
    rows = _rows(which, found, Rule(informants, sources), acts, assessments)
    if csv_file is not None:
        _write(csv_file, rows)
    show({"table": which.value, "rows": rows}, said(which, rows), as_json=as_json)
    return 0


def _rows(which: Which, study: Study, rule: Any, acts: Path | None, assessments: Path | None) -> Rows:
    from entrepot.sensemaking import coding

    made: Mapping[Which, Callable[[], Sequence[Any]]] = {
        Which.data: lambda: coding.as_rows(coding.table_2(study)),
        Which.sensemaking: lambda: coding.as_rows(coding.table_3(study, _sense(acts, assessments))),
        Which.structure: lambda: _structure(study),
        Which.replication: lambda: coding.replication(study, rule),
        Which.agreement: lambda: coding.reliability(study),
        Which.checks: lambda: coding.rounds(study),
        Which.validity: lambda: coding.validity(study),
    }
    return [_plain(each if isinstance(each, dict) else asdict(each)) for each in made[which]()]


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    """A row in which what is not a number is none."""
    return {
        name: None if isinstance(value, float) and math.isnan(value) else value for name, value in row.items()
    }


def _sense(acts: Path | None, assessments: Path | None) -> dict[str, tuple[str, str]]:
    from entrepot.sensemaking import make_sense, read_acts, read_assessments

    if acts is None:
        return {}
    found = make_sense(read_assessments(assessments) if assessments else [], read_acts(acts))
    return {each.question: (each.interpretation.integration, each.interpretation.account) for each in found}


def _structure(study: Study) -> Rows:
    from entrepot.sensemaking.coding import structure

    return [
        {
            "dimension": dimension.code.name if dimension.code else "",
            "theme": theme.code.name if theme.code else "",
            "concept": concept.code.name, "informants": concept.counts.informants, "sources": concept.counts.sources,
            "kinds": concept.counts.kinds, "reconstruction": concept.code.reconstruction,
            "quote": concept.quotes[0].words if concept.quotes else "",
        }
        for dimension in structure(study).dimensions for theme in dimension.themes for concept in theme.concepts
    ]  # fmt: skip


def _write(path: Path, rows: Rows) -> None:
    if not rows:
        raise InputError(Mistake("the table is empty; nothing was written", str(path)))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def said(which: Which, rows: Rows) -> str:
    """A table in words, one paragraph a row."""
    if not rows:
        return EMPTY[which]
    return "\n".join(SAID[which](row) for row in rows)


def _of_sensemaking(row: dict[str, Any]) -> str:
    who = ", ".join(part for part in (row["role"], row["year"]) if part)
    quote = (
        f"\n      {row['quote']} ({who}{'; ' + row['line'] if row['line'] else ''})" if row["quote"] else ""
    )
    return f"{row['case']} ({row['part']}) {row['heading']}{quote}"


def _of_agreement(row: dict[str, Any]) -> str:
    value = "cannot tell" if row["value"] is None else f"{row['value']:.3f}"
    bounds = "" if row["low"] is None else f" ({row['low']:.3f} to {row['high']:.3f})"
    return f"{row['code'] or 'overall'}: {row['measure']} {value}{bounds}, {', '.join(row['coders'])}, " \
           f"{row['characters']} characters in {row['sources']} sources"  # fmt: skip


SAID: Mapping[Which, Callable[[dict[str, Any]], str]] = {
    Which.data: lambda row: f"{row['group']}: {row['interviews']} interviews, {row['informants']} informants\n"
                            f"      {row['data']}" + (f"\n      {row['use']}" if row["use"] else ""),
    Which.sensemaking: _of_sensemaking,
    Which.structure: lambda row: " ◂ ".join((row["dimension"] or "(none)", row["theme"] or "(none)", row["concept"]))
                                 + (" [reconstruction]" if row["reconstruction"] else ""),
    Which.replication: lambda row: f"{row['name']}: informants {row['informants']}, sources {row['sources']}, "
                                   f"kinds {row['kinds']}{'' if row['confirmed'] else ' (not confirmed)'}; "
                                   f"{row['decided'] or 'proposed: ' + row['proposed']}"
                                   + (f"; mind: {row['mind']}" if row["mind"] else ""),
    Which.agreement: _of_agreement,
    Which.checks: lambda row: f"{row['round']}: sent {row['sent']}, seen {row['seen']}, fits {row['fits']}, "
                              f"does not fit {row['does_not_fit']}; changed {', '.join(row['changed']) or 'nothing'}"
                              + (f"; waiting: {', '.join(row['waiting'])}" if row["waiting"] else ""),
    Which.validity: lambda row: f"{'met' if row['met'] else 'open'}  {row['kind']}: {row['asks']} ({row['found']})",
}  # fmt: skip
EMPTY: Mapping[Which, str] = {
    Which.data: "No groups yet: add rows to groups.csv and sources.csv.",
    Which.sensemaking: "No case yet: name the firm of a group in groups.csv, column case.",
    Which.structure: "No concepts yet: code a text first.",
    Which.replication: "No concepts yet: code a text first.",
    Which.agreement: "Nothing to compare yet: two coders must have read one text.",
    Which.checks: "No member checks yet: add rows to checks.csv.",
    Which.validity: "Nothing to check yet.",
}
