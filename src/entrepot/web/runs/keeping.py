"""The server keeps its worker: started with it, started again when it ends by itself, ended with it."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

from entrepot.web.home import FOLDER_VARIABLE, Home

log = logging.getLogger("entrepot.web.runs")
POLL_S = 0.5
BEFORE_AGAIN_S = 2.0
TO_END_S = 25.0


@contextmanager
def a_worker(home: Home) -> Iterator[None]:
    """While the block lasts, a worker takes runs from the queue of `home`."""
    over = Event()
    thread = Thread(target=_keep, args=(home, over), name="keeps the worker", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(TO_END_S + 1)


def _keep(home: Home, over: Event) -> None:
    while not over.is_set():
        process = _started(home)
        while process.poll() is None and not over.wait(POLL_S):
            continue
        if over.is_set():
            _end(process)
            return
        log.warning("the worker ended by itself with %s; it is started again", process.returncode)
        over.wait(BEFORE_AGAIN_S)


def _started(home: Home) -> subprocess.Popen[bytes]:
    """In a session of its own: an interrupt at the terminal is for the server, which then ends the worker."""
    return subprocess.Popen(
        [sys.executable, "-m", "entrepot.web.runs.work"],
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        env={**os.environ, FOLDER_VARIABLE: str(home.folder)},
    )


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(TO_END_S)
    except subprocess.TimeoutExpired:
        process.kill()
