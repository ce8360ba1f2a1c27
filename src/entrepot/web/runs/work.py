"""The worker: takes runs from the queue, one at a time, each in a process of its own.

`python -m entrepot.web.runs.work` is the worker; it holds HOME/worker.lock, so that there is one. It starts
`python -m entrepot.web.runs.work RUN` for the run at work, says that it lives, and ends it where somebody cancels.
Whoever loses its parent ends: a killed server leaves nothing at work, and the next one goes on from the database. All
that a run writes before it is whole stands in HOME/work/RUN and beside its folder, and is removed with it.
"""

from __future__ import annotations

import fcntl
import logging
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from threading import Event, Thread
from types import FrameType
from typing import IO

from entrepot.errors import EntrepotError, Mistake
from entrepot.run import PARTIAL
from entrepot.web.configuring import configure
from entrepot.web.home import Home

log = logging.getLogger("entrepot.web.runs")
POLL_S = 0.5
TO_END_S = 15.0
BEHIND = 10  # niceness: runs and pictures drawn ahead take what pages leave over
LOCK, WORK = "worker.lock", "work"
STOPPED, DATABASE_AWAY = 130, 75


@dataclass
class Stop:
    """Whether to go on: not after a signal, and not without the parent that started us."""

    parent: int = field(default_factory=os.getppid)
    asked: Event = field(default_factory=Event)

    def __bool__(self) -> bool:
        return self.asked.is_set() or os.getppid() != self.parent

    def listen(self) -> Stop:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.asked.set())
        return self

    def wait(self, seconds: float = POLL_S) -> None:
        self.asked.wait(seconds)


@contextmanager
def only_worker(home: Home, stop: Stop) -> Iterator[bool]:
    """Waits until no other worker is in `home`; False where we were stopped before."""
    with (home.folder / LOCK).open("w") as file:
        while not stop:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                stop.wait()
                continue
            yield True
            return
        yield False


def work(home: Home, stop: Stop) -> None:
    """Take runs from the queue until stopped."""
    with only_worker(home, stop) as ours:
        if ours:
            _tidy_all(home)
        while ours and not stop:
            if not _turn(home, stop):
                stop.wait()


def _turn(home: Home, stop: Stop) -> bool:
    """One look at the queue; whether there was something to do. A database that is away is asked again later."""
    from django.db import close_old_connections, connection
    from django.db.utils import InterfaceError, OperationalError

    from entrepot.web.runs import queue
    from entrepot.web.runs.models import Run
    from entrepot.web.runs.whole import nothing_to_do

    try:
        close_old_connections()
        queue.recover()
        take_in_again()
        run = queue.claim(os.getpid())
        if run is None:
            return any(did for _, did in nothing_to_do.send(Run))
        attend(home, run, stop)
        return True
    except (OperationalError, InterfaceError) as error:
        log.warning("the database does not answer: %s", type(error).__name__)
        connection.close()
        return False


def take_in_again() -> None:
    """Findings of a whole run that were not taken in, because a process was ended between."""
    from entrepot.web.runs.models import DONE, Run
    from entrepot.web.runs.whole import run_is_whole

    for run in Run.objects.filter(state=DONE, indexed_at=None):
        if run.is_there:
            run_is_whole.send(Run, run=run)


def attend(home: Home, run, stop: Stop) -> None:  # type: ignore[no-untyped-def]
    """Let a process make `run`, and say what became of it."""
    from entrepot.web.runs import queue

    scratch = home.folder / WORK / run.name
    scratch.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (scratch / "log").open("wb") as said:
        process = _started(run.name, scratch, said)
    try:
        _watch(run, process, stop)
    finally:
        _end(process)
        tidy(home, run.name)
    if stop:
        queue.interrupted(run)
    else:
        queue.lost(run)
    _remove_if_cancelled(run)


def _started(name: str, scratch: Path, said: IO[bytes]) -> subprocess.Popen[bytes]:
    """The process of a run, head of its own group, with every temporary file in `scratch`."""
    return subprocess.Popen(
        [sys.executable, "-m", "entrepot.web.runs.work", name],
        stdin=subprocess.DEVNULL,
        stdout=said,
        start_new_session=True,
        env={**os.environ, "TMPDIR": str(scratch)},
    )


def _watch(run, process: subprocess.Popen[bytes], stop: Stop) -> None:  # type: ignore[no-untyped-def]
    """Until the process ends, somebody cancels, or we are stopped."""
    from django.db import connection
    from django.db.utils import InterfaceError, OperationalError

    from entrepot.web.runs import queue
    from entrepot.web.runs.models import Run

    while process.poll() is None and not stop:
        try:
            own = queue.beat(run, os.getpid())
            cancelled = Run.objects.filter(pk=run.pk, cancel_asked_at__isnull=False).exists()
            if cancelled or (not own and process.poll() is None and not _over(run)):
                return
        except (OperationalError, InterfaceError):
            connection.close()
        stop.wait()


def _over(run) -> bool:  # type: ignore[no-untyped-def]
    """Whether the process has said how it went, and is about to end."""
    run.refresh_from_db()
    return bool(run.is_over)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ask the process and what it started to end, and after a while make it."""
    for number, seconds in ((signal.SIGTERM, TO_END_S), (signal.SIGKILL, None)):
        if process.poll() is None:
            try:
                os.killpg(process.pid, number)
                process.wait(seconds)
            except (ProcessLookupError, subprocess.TimeoutExpired):
                continue
    with suppress(ProcessLookupError):  # processes that it had started may outlive it by a moment
        os.killpg(process.pid, signal.SIGKILL)


def tidy(home: Home, name: str) -> None:
    """Remove what a run that is not at work has left half-written."""
    shutil.rmtree(home.folder / WORK / name, ignore_errors=True)
    for unfinished in home.runs.glob(f".{name}{PARTIAL}*"):
        shutil.rmtree(unfinished, ignore_errors=True)


def _tidy_all(home: Home) -> None:
    """What a killed worker left: there is no other, so nothing of it is in use."""
    for left in (home.folder / WORK).glob("*"):
        tidy(home, left.name)
    for coming in home.uploads.glob("*.coming"):
        if coming.stat().st_mtime < _an_hour_ago():
            coming.unlink(missing_ok=True)


def _an_hour_ago() -> float:
    from django.utils import timezone

    return timezone.now().timestamp() - 3600


def _remove_if_cancelled(run) -> None:  # type: ignore[no-untyped-def]
    """A cancelled run leaves no folder, even where it was whole a moment before."""
    from entrepot.web.runs.models import CANCELLED

    run.refresh_from_db()
    if run.state == CANCELLED:
        shutil.rmtree(run.path, ignore_errors=True)


def make(name: str, scratch: Path) -> int:
    """Make the run `name` in this process; returns the exit code."""
    from django.db.utils import InterfaceError, OperationalError

    from entrepot.web.runs import queue
    from entrepot.web.runs.analysing import analyse
    from entrepot.web.runs.models import Run

    stopped = _interrupt_when_told()
    run = Run.objects.get(name=name)
    try:
        analyse(run, scratch=scratch, say=partial(_say, run, stopped))
    except (OperationalError, InterfaceError):
        return DATABASE_AWAY  # what is on the disk stays; the next attempt goes on from there
    except EntrepotError as error:
        if stopped.is_set():
            return STOPPED
        queue.failed(run, error.mistakes)
    except KeyboardInterrupt:
        return STOPPED
    except Exception as error:
        if stopped.is_set():
            return STOPPED
        log.exception("run %s stopped", name)
        queue.failed(run, [_unforeseen(error)])
    return 0


def _say(run, stopped: Event, name: str, done: int) -> None:  # type: ignore[no-untyped-def]
    """Tell the row of `run` its step; a database that is away for a while stops no calculation."""
    from django.db import connection
    from django.db.utils import InterfaceError, OperationalError

    from entrepot.web.runs import queue

    if stopped.is_set():  # an interrupt may be lost inside an engine
        raise KeyboardInterrupt
    try:
        queue.step(run, name, done)
    except (OperationalError, InterfaceError):
        connection.close()


def _unforeseen(error: Exception) -> Mistake:
    return Mistake(
        "something went wrong inside Entrepot",
        got=type(error).__name__,
        do="ask for the run again; if it happens again, report it with the server's log",
    )


def _interrupt_when_told() -> Event:
    """From now on SIGTERM, or the end of our parent, interrupts whatever is being calculated."""
    told, parent = Event(), os.getppid()

    def interrupt(number: int, frame: FrameType | None) -> None:
        told.set()
        raise KeyboardInterrupt

    def watch() -> None:
        while os.getppid() == parent:
            told.wait(POLL_S * 2)
        os.kill(os.getpid(), signal.SIGTERM)
        Event().wait(TO_END_S)
        os.killpg(os.getpgid(0), signal.SIGKILL)

    signal.signal(signal.SIGTERM, interrupt)
    Thread(target=watch, daemon=True).start()
    return told


def main(arguments: list[str]) -> int:
    """The worker, or with the name of a run its process, which is as nice as the worker that started it."""
    home = Home.from_environment()
    configure(home)
    if arguments:
        return make(arguments[0], Path(os.environ["TMPDIR"]))
    os.nice(BEHIND)
    work(home, Stop().listen())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
