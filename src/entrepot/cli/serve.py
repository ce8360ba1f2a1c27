"""Open the web app: look at the evidence and judge it together.

Listens on this machine only, unless --host says otherwise. Makes the first administrator on the terminal.
"""

from __future__ import annotations

import getpass
import os
import secrets
import sys
from pathlib import Path
from typing import Annotated

import typer

from entrepot.cli import options
from entrepot.cli.console import show
from entrepot.errors import InputError, Mistake

EXAMPLE = "entrepot serve --run runs/0001"
MISSING = Mistake(
    "the web app is not installed", expected="the extra [web]", do="pip install 'entrepot[web]'"
)


def command(
    run: Annotated[
        Path | None, typer.Option(help="a finished run to open, copied into the server's folder")
    ] = None,
    home: Annotated[
        Path | None, typer.Option(help="the server's folder (default: ENTREPOT_HOME or entrepot-home)")
    ] = None,
    host: Annotated[str, typer.Option(help="the address to listen on")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="the port to listen on")] = 8000,
    workers: Annotated[int, typer.Option(help="how many processes answer")] = 1,
    admin: Annotated[str | None, typer.Option(help="e-mail address of the first administrator")] = None,
    verify: Annotated[bool, typer.Option("--verify", help="check the chain of records and end")] = False,
    as_json: options.Json = False,
) -> int:
    here = opened(home)
    if verify:
        from entrepot.cli.verify import result, said

        checked = result()
        show(checked, said(checked), as_json=as_json)
        return 1 if checked["broken"] else 0
    from entrepot.web import starting

    address = starting.Address(host, port)
    starting.stop_if_taken(address)
    first_administrator(admin)
    if run is not None:
        from entrepot.web.runs.bringing import bring

        bring(run)
    answer(here, address, workers=workers)
    return 0


def answer(here, address, *, workers: int = 1) -> None:  # type: ignore[no-untyped-def]
    """Say where the server is, and serve until stopped."""
    from entrepot.web import starting

    print(f"Entrepot is at {address.url}; stop it with Ctrl-C.", file=sys.stderr, flush=True)
    starting.serve(here, address, workers=workers)
    print(
        "Entrepot has stopped; runs that were at work go on at the next start.", file=sys.stderr, flush=True
    )


def opened(home: Path | None):  # type: ignore[no-untyped-def]
    """The home of the server, configured, with its database ready; `InputError` where the web app is missing."""
    try:
        from entrepot.web import starting
        from entrepot.web.home import FOLDER_VARIABLE, Home
    except ImportError as error:
        raise InputError(MISSING) from error
    if home is not None:
        os.environ[FOLDER_VARIABLE] = str(home)
    here = Home.from_environment()
    starting.prepare(here)
    return here


def first_administrator(email: str | None) -> None:
    """Ask for the first administrator where there is none; on no terminal the password is made and shown once."""
    from entrepot.web import starting

    if not starting.needs_administrator():
        return
    asked = sys.stdin.isatty()
    if not email and not asked:
        raise InputError(
            Mistake("nobody can administer this server yet", do="start it once with --admin E-MAIL")
        )
    email = email or input("E-mail address of the first administrator: ").strip()
    password = getpass.getpass("Password (12 characters or more): ") if asked else secrets.token_urlsafe(12)
    starting.add_administrator(email, password)
    if not asked:
        print(
            f"The first administrator is {email}, password {password} (shown once).",
            file=sys.stderr,
            flush=True,
        )
