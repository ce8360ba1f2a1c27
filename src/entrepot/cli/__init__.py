"""The commands. Each file holds one; this one holds what they share: how to start, how to end, how to fail.

Exit codes: 0 done, 1 found what the user asked to fail on, 2 wrong use or input, 3 internal or interrupted.
Only here is the clock read.
"""

from __future__ import annotations

import signal
import sys
import traceback
from collections.abc import Sequence
from typing import Annotated

import typer
from typer.exceptions import TyperException

import entrepot
from entrepot.cli import (
    check,
    coding,
    demo,
    discover,
    explain,
    interdependence,
    purge,
    report,
    sense,
    serve,
    subject,
    verify,
)
from entrepot.cli.console import begin, fail, stop
from entrepot.errors import EntrepotError, Mistake

INTERNAL = 3
TYPER_INTERRUPTED = 130
INTERRUPTED = Mistake("interrupted", do="start again; nothing half-written was left behind")

app = typer.Typer(
    name="entrepot",
    help="Find the customers who are really businesses, and see how sure you are.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
for module in (demo, check, discover, interdependence, explain, report, sense, subject, purge, verify, serve):
    app.command(
        name=module.__name__.rpartition(".")[2], help=module.__doc__, epilog=f"Example: {module.EXAMPLE}"
    )(module.command)


def _say(version: bool) -> None:
    if version:
        print(f"entrepot {entrepot.__version__}")
        raise typer.Exit


@app.callback()
def about(
    version: Annotated[
        bool, typer.Option("--version", help="say which version this is", is_eager=True, callback=_say)
    ] = False,
) -> None:
    """Find the customers who are really businesses, and see how sure you are."""


app.add_typer(coding.app, name="coding", help=coding.__doc__)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and end with its exit code."""
    begin()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    given = list(sys.argv[1:] if arguments is None else arguments)
    sys.exit(_run(given or ["--help"]))


def _run(arguments: list[str]) -> int:
    as_json = "--json" in arguments
    try:
        code = int(app(arguments, standalone_mode=False, prog_name="entrepot") or 0)
        return fail([INTERRUPTED], INTERNAL, as_json=as_json) if code == TYPER_INTERRUPTED else code
    except EntrepotError as error:
        if is_interrupt(error):
            return fail([INTERRUPTED], INTERNAL, as_json=as_json)
        return fail(error.mistakes, error.exit_code, as_json=as_json)
    except TyperException as error:
        mistake = Mistake(error.format_message().rstrip("."), do="see --help for what the command takes")
        return fail([mistake], error.exit_code, as_json=as_json)
    except (KeyboardInterrupt, typer.Abort):
        return fail([INTERRUPTED], INTERNAL, as_json=as_json)
    except Exception as error:
        return _unforeseen(error, as_json=as_json)


def is_interrupt(error: BaseException) -> bool:
    """Whether `error` is how an engine says that it was interrupted."""
    return "query interrupted" in str(error).lower()


def _unforeseen(error: Exception, *, as_json: bool) -> int:
    if is_interrupt(error):
        return fail([INTERRUPTED], INTERNAL, as_json=as_json)
    traceback.print_exception(error)
    mistake = Mistake(
        "something went wrong inside Entrepot",
        got=f"{type(error).__name__}: {error}".split("\n")[0],
        do="report it with the lines above; no run was written",
    )
    return fail([mistake], INTERNAL, as_json=as_json)
