"""Write docs/reference/ from the code: the public names, the commands, the tables, the settings.

`pages()` gives every page as text; a test compares them with what is in the folder, so the reference cannot
drift.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import entrepot
from entrepot import cli, measures
from entrepot.actors import tables as actors
from entrepot.discovery.looking_back import KNOWABLE, KNOWABLE_REVENUE
from entrepot.interdependence.concentration import CONCENTRATION
from entrepot.interdependence.coverage import COVERAGE
from entrepot.interdependence.dependence import SHARES
from entrepot.interdependence.displacement import DISPLACEMENT
from entrepot.interdependence.efficiency import EFFICIENCY
from entrepot.interdependence.growth import GROWTH
from entrepot.interdependence.hindsight import DATES, HINDSIGHT
from entrepot.interdependence.stress import STRESS
from entrepot.interdependence.their_side import MUTUAL
from entrepot.orders import tables as orders
from entrepot.sensemaking import coding
from entrepot.settings import Settings

FOLDER = Path(__file__).parents[1] / "docs" / "reference"
RUN_TABLES = {
    "actors": actors.ACTORS,
    "links": actors.LINKS,
    "actor_changes": actors.CHANGES,
    "hubs": actors.HUBS,
    "quarantine": orders.QUARANTINE,
    "lines": orders.LINES,
    "knowable": KNOWABLE,
    "knowable_revenue": KNOWABLE_REVENUE,
    "interdependence/coverage": COVERAGE,
    "interdependence/shares": SHARES,
    "interdependence/mutual": MUTUAL,
    "interdependence/concentration": CONCENTRATION,
    "interdependence/growth": GROWTH,
    "interdependence/stress": STRESS,
    "interdependence/displacement": DISPLACEMENT,
    "interdependence/hindsight": HINDSIGHT,
    "interdependence/hindsight_dates": DATES,
    "interdependence/efficiency": EFFICIENCY,
}
MEASURES = ("coverage", "shares", "both_directions", "concentration", "growth", "stress", "hindsight", "displacement",
            "efficiency_gap")  # fmt: skip
CODING = ("read_study", "write_study", "read_file", "write_file", "add_file", "checked", "structure", "replication",
          "choose", "change", "reliability", "rounds", "validity", "table_2", "table_3", "withdraw",
          "black_out")  # fmt: skip
WRITTEN = "<!-- Written by `make docs` from the code; change it there. -->\n"


def pages() -> dict[str, str]:
    """The name and text of every page of the reference."""
    texts = {"api": _api(), "commands": _commands(), "columns": _tables(), "settings": _settings()}
    return {f"{name}.md": f"{WRITTEN}\n{text.strip()}\n" for name, text in texts.items()}


def _api() -> str:
    parts = ["# Python API", "Everything here is imported from `entrepot`; the import itself loads nothing."]
    for name in sorted(set(entrepot.__all__) - {"__version__"}, key=str.lower):
        parts += _name(name, getattr(entrepot, name))
    parts += ["# One call a measure", "These are in `entrepot.measures`; each gives a `Measure`."]
    for name in ("Measure", *MEASURES):
        parts += _name(name, getattr(measures, name))
    parts += ["# Coding of testimony", "These are in `entrepot.sensemaking.coding`."]
    for name in CODING:
        parts += _name(name, getattr(coding, name))
    return "\n\n".join(parts)


def _name(name: str, thing: Any) -> Iterator[str]:
    yield f"## {name}"
    if not inspect.isclass(thing) or not issubclass(thing, Exception | Settings):
        yield f"```text\n{name}{_signature(thing)}\n```"
    yield _doc(thing)
    if inspect.isclass(thing):
        for method, value in vars(thing).items():
            if not method.startswith(("_", "model_")) and inspect.getdoc(value) and _own(value):
                yield f"- **{method}**: {_first_sentence(value)}"


def _own(value: Any) -> bool:
    return (
        isinstance(value, property | classmethod) or inspect.isfunction(value) or hasattr(value, "attrname")
    )


def _signature(thing: Callable[..., Any]) -> str:
    signature = re.sub(r"(: |-> )'([^']*)'", r"\1\2", str(inspect.signature(thing)))
    signature = re.sub(r"<function (\w+) at \w+>", r"\1", signature)
    return signature if len(signature) < 90 else _broken(signature)


def _broken(signature: str) -> str:
    parameters, _, answer = signature[1:].rpartition(") -> ")
    depth, out = 0, ""
    for letter in parameters:
        depth += (letter in "[(") - (letter in "])")
        out += ",\n   " if letter == "," and depth == 0 else letter
    return f"(\n    {out},\n) -> {answer}"


def _doc(thing: Any) -> str:
    text = inspect.getdoc(thing) or ""
    return re.sub(
        r"(?m)((?:^(?:>>>|\.\.\.).*\n(?:(?!>>>|\n).*\n?)*)+)", r"```pycon\n\1\n```\n", text + "\n"
    ).strip()


def _first_sentence(thing: Any) -> str:
    return (inspect.getdoc(thing) or "").split("\n\n")[0].replace("\n", " ")


def _commands() -> str:
    from typer.testing import CliRunner

    runner, parts = CliRunner(), ["# Commands"]
    parts.append(
        "Every command ends with exit code 0 (done), 1 (found what you asked to fail on), 2 (wrong use or "
        "input) or 3 (internal, or interrupted). Results go to standard output, progress and errors to "
        "standard error."
    )
    named = [(command.name,) for command in cli.app.registered_commands]
    named += [
        (group.name, one.name)
        for group in cli.app.registered_groups
        for one in group.typer_instance.registered_commands
    ]
    for words in named:
        arguments = [*map(str, words), "--help"]
        shown = runner.invoke(cli.app, arguments, env={"COLUMNS": "100"}, terminal_width=100)
        parts += [f"## {' '.join(map(str, words))}", f"```text\n{shown.output.strip()}\n```"]
    return "\n\n".join(parts)


def _tables() -> str:
    parts = ["# Columns", "What each means stands in [Tables and presets](tables.md).", "## Tables in"]
    parts.append("| table | required | optional |\n|---|---|---|")
    for name in orders.REQUIRED:
        rows = f"| `{name}` | {_names(orders.REQUIRED[name])} | {_names(orders.OPTIONAL.get(name, ()))} |"
        parts[-1] += f"\n{rows}"
    parts.append("## Tables in a run")
    for title, columns in RUN_TABLES.items():
        parts += [f"### {title}", _columns(columns)]
    return "\n\n".join(parts)


def _names(columns: Any) -> str:
    return ", ".join(f"`{column}`" for column in columns)


def _columns(columns: Mapping[str, str]) -> str:
    return "| column | type |\n|---|---|\n" + "\n".join(
        f"| `{name}` | {kind} |" for name, kind in columns.items()
    )


def _settings() -> str:
    fields = Settings.model_fields
    head = "# Settings of a run\n\nThe arguments of `entrepot.discover` beside the tables.\n\n"
    rows = [f"| `{name}` | `{_default(field)}` | {field.description} |" for name, field in fields.items()]
    return head + "| setting | default | meaning |\n|---|---|---|\n" + "\n".join(rows)


def _default(field: Any) -> str:
    return "{}" if field.default_factory else repr(field.default)


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    for page, text in pages().items():
        (FOLDER / page).write_text(text, encoding="utf-8")
