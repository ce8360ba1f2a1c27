"""How the commands speak: progress on a terminal, plain lines elsewhere, JSON on request, one clear error.

Results go to standard output, progress and errors to standard error, so that a pipe carries results only.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from threading import Event
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from entrepot.errors import InputError, Mistake
from entrepot.run import plain

_asked_to_stop = Event()


def stop(number: int = 0, frame: Any = None) -> None:
    """What a signal does: raise `KeyboardInterrupt`, here and again at the next step.

    Raised where Python cannot pass it on (in a callback of the collector, in an engine), it would be lost.
    """
    _asked_to_stop.set()
    raise KeyboardInterrupt


def begin() -> None:
    """Nobody has asked to stop."""
    _asked_to_stop.clear()


def _go_on_unless_stopped() -> None:
    if _asked_to_stop.is_set():
        raise KeyboardInterrupt


def now() -> datetime:
    """The only clock of the commands."""
    return datetime.now(UTC)


def stop_if_to_come(option: str, day: datetime | None, *, expected: str, do: str) -> None:
    """Raises `InputError` where the day that `option` gives is still to come."""
    if day and day.date() > now().date():
        raise InputError(Mistake(f"{option} is still to come", expected=expected, got=str(day.date()), do=do))


def show(result: Mapping[str, Any], text: str, *, as_json: bool) -> None:
    """Print `result` as one JSON object where that was asked, else `text`."""
    print(json.dumps(plain(result), ensure_ascii=False, indent=2) if as_json else text)


def fail(mistakes: Sequence[Mistake], exit_code: int, *, as_json: bool) -> int:
    """Print what went wrong, every mistake, and give `exit_code` back."""
    if as_json:
        print(
            json.dumps(
                {"error": [asdict(m) for m in mistakes], "exit_code": exit_code}, ensure_ascii=False, indent=2
            )
        )
    for mistake in mistakes:
        print(f"entrepot: {mistake}", file=sys.stderr)
    return exit_code


@contextmanager
def progress(steps: int) -> Iterator[Callable[[str], None]]:
    """A function that is told the name of each of `steps` steps as it begins, and shows it."""
    if not sys.stderr.isatty():

        def say(name: str) -> None:
            _go_on_unless_stopped()
            print(f"{name} ...", file=sys.stderr, flush=True)

        yield say
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=20),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("begin", total=steps)
        begun, current = 0, ""

        def tell(name: str) -> None:
            nonlocal begun, current
            _go_on_unless_stopped()
            step = name.partition(":")[0]  # what follows says how far it is
            begun, current = begun + (step != current), step
            bar.update(task, description=name, completed=begun - 1)

        yield tell
