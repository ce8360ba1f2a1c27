"""How the commands speak, whoever listens: a person at a terminal, a pipe, a program."""

import contextlib
import json
import os
import pty
import subprocess
import sys
from functools import partial

import pytest

from entrepot import __version__, cli
from entrepot.cli import console

COMMANDS = ("demo", "check", "discover", "interdependence", "explain", "report", "subject", "purge")


@pytest.mark.parametrize("command", COMMANDS)
def test_help_has_an_example_and_offers_json(entrepot, command):
    ended = entrepot(command, "--help")
    assert ended.exit_code == 0
    assert f"Example: entrepot {command} " in ended.out and "--json" in ended.out


def test_without_a_command_the_commands_are_listed(entrepot):
    ended = entrepot()
    assert ended.exit_code == 0
    assert [name for name in COMMANDS if f"  {name} " not in ended.out] == []


def test_the_version_is_that_of_the_package(entrepot):
    ended = entrepot("--version")
    assert (ended.exit_code, ended.out) == (0, f"entrepot {__version__}\n")


def test_an_error_inside_is_told_as_one_with_exit_code_3(entrepot, monkeypatch, tmp_path):
    monkeypatch.setattr("entrepot.privacy.purge", lambda *a, **k: 1 / 0)
    ended = entrepot("purge", "--runs", tmp_path, "--json")
    assert ended.exit_code == 3
    assert "ZeroDivisionError" in ended.json["error"][0]["got"]


@pytest.mark.parametrize(
    "error", [KeyboardInterrupt(), RuntimeError("Query interrupted")], ids=["Python", "engine"]
)
def test_an_interrupt_is_told_as_one_wherever_it_comes_from(entrepot, monkeypatch, tmp_path, error):
    def interrupted(*arguments, **options):
        raise error

    monkeypatch.setattr("entrepot.privacy.purge", interrupted)
    ended = entrepot("purge", "--runs", tmp_path)
    assert ended.exit_code == cli.INTERNAL
    assert ended.err.startswith("entrepot: interrupted.") and "Traceback" not in ended.err


def test_results_go_to_a_pipe_alone_and_progress_is_plain_lines(entrepot):
    ended = entrepot("demo", "--customers", "3", "--json")
    assert ended.err.startswith("make a market ...\n")
    assert json.loads(ended.out)["exit_code"] == ended.exit_code == 2


def read(terminal: int) -> bytes:
    """What the terminal has for us next, which may be a part; nothing where its other end is closed and all is read."""
    try:
        return os.read(terminal, 100_000)
    except OSError:
        return b""


def test_on_a_terminal_progress_is_a_bar_that_is_gone_at_the_end():
    code = (
        "from entrepot.cli.console import progress\n"
        "with progress(2) as tell:\n    tell('first step'); tell('second step')\n"
    )
    ours, theirs = pty.openpty()
    subprocess.run(
        [sys.executable, "-c", code], stderr=theirs, check=True, env=os.environ | {"TERM": "xterm"}
    )
    os.close(theirs)
    shown = b"".join(iter(partial(read, ours), b"")).decode()
    assert "second step" in shown
    assert "\x1b[2K" in shown  # the line is cleared


def test_an_interrupt_that_was_swallowed_stops_at_the_next_step(capsys):
    console.begin()
    with console.progress(3) as tell:
        tell("first")
        with contextlib.suppress(KeyboardInterrupt):
            console.stop()
        with pytest.raises(KeyboardInterrupt):
            tell("second")
    console.begin()
    assert capsys.readouterr().err == "first ...\n"
