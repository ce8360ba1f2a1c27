"""Earlier month ends, several at a time: each is asked by a process of its own, since none needs another.

What a month end needs is put beside the engine's scratch as Parquet; each process opens an engine with its part of
the memory, asks its month ends, and leaves what was known as a file. Only the clock tells that it was so: the answers
are those of `discovery.look_back` in one process. `python -m entrepot.looking_back FOLDER NUMBER` is such a process.
"""

from __future__ import annotations

import math
import os
import pickle
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from time import sleep
from typing import Any

from entrepot.discovery import Then, asked_at, given, look_back
from entrepot.engines import Engine
from entrepot.engines.duckdb import connect
from entrepot.errors import InputError
from entrepot.orders.tables import Orders
from entrepot.settings import Settings

TABLES = ("rows", "customers", "products", "events", "offers", "labels")
MADE = ("lines", "returns", "identities", "quarantine", "unmatched_returns", "set_aside")
TASK, FAILED = "task.pickle", "failed.pickle"
WORTH_A_PROCESS = 4  # month ends: starting processes takes as long as one or two of a small firm
POLL_S = 0.1
SMALLER = (("GiB", "MiB", 1024), ("GB", "MB", 1000), ("TiB", "GiB", 1024), ("TB", "GB", 1000))


@dataclass(frozen=True)
class Task:
    """What every process is told: the orders without their tables, the settings, and who asks which month ends."""

    orders: Orders
    settings: Settings
    ends: Sequence[Sequence[date]]
    memory: str
    threads: int
    parent: int


def known_earlier(
    engine: Engine, orders: Orders, settings: Settings, ends: Sequence[date], tell: Callable[[str], None]
) -> list[Then]:
    """What could be known at each of `ends` (latest first); `tell` hears how many are done.

    `settings.processes` says how many are asked at a time; without it one a core, where there are at least four.
    """
    processes = min(len(ends), settings.processes or _usual_processes(len(ends)))
    if processes > 1:
        return _at_a_time(engine, orders, settings, ends, tell, processes)
    stated = given.read(engine, settings.personal_use)
    return look_back(engine, orders, settings, ends, stated, tell)


def _usual_processes(ends: int) -> int:
    return _cores() if ends >= WORTH_A_PROCESS else 1


def _cores() -> int:
    """Those that we may use, where the system tells."""
    told = getattr(os, "sched_getaffinity", None)
    return len(told(0)) if told else os.cpu_count() or 1


def _at_a_time(
    engine: Engine, orders: Orders, settings: Settings, ends: Sequence[date], tell: Callable[[str], None],
    processes: int,
) -> list[Then]:  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="looking-back-", dir=engine.scratch) as scratch:
        folder = Path(scratch)
        _write(engine, folder, orders, settings, ends, processes)
        asking = [_start(folder, n) for n in range(processes)]
        try:
            _wait(folder, asking, len(ends), tell)
        finally:
            for process in asking:
                process.kill()
                process.wait()
        return [pickle.loads(_answer(folder, end).read_bytes()) for end in ends]


def _start(folder: Path, number: int) -> subprocess.Popen[bytes]:
    """One process; an interrupt at the terminal is for us alone, who then end it."""
    command = [sys.executable, "-m", "entrepot.looking_back", str(folder), str(number)]
    with (folder / f"{number}.log").open("w") as log:
        return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=log, start_new_session=True)


def _write(
    engine: Engine, folder: Path, orders: Orders, settings: Settings, ends: Sequence[date], processes: int
) -> None:
    for name in TABLES:
        table = getattr(orders, name)
        if table is not None:
            engine.write_parquet(table, folder / f"{name}.parquet")
    without: dict[str, Any] = dict.fromkeys((*TABLES, *MADE))
    bare = replace(orders, **without)
    shares = [list(ends[n::processes]) for n in range(processes)]  # late and early ones to each
    threads = max(1, _cores() // processes)
    task = Task(bare, settings, shares, _part_of(settings.memory, processes), threads, os.getpid())
    (folder / TASK).write_bytes(pickle.dumps(task))


def _part_of(memory: str, processes: int) -> str:
    """The memory of one of `processes`, in the unit that was given.

    >>> _part_of("8GiB", 3)
    '2730MiB'
    """
    said = re.fullmatch(r"\s*([\d.]+)\s*([A-Za-z%]*)\s*", memory)
    if said is None:
        return memory
    number, unit = float(said[1]), said[2]
    for whole, part, times in SMALLER:
        if unit.lower() == whole.lower():
            return f"{math.floor(number * times / processes)}{part}"
    return f"{max(1, math.floor(number / processes))}{unit}"


def _wait(
    folder: Path, asking: Sequence[subprocess.Popen[bytes]], total: int, tell: Callable[[str], None]
) -> None:
    """Until all have ended; raises what the first that failed raised."""
    told = 0
    while True:
        running = [process for process in asking if process.poll() is None]
        done = len(list(folder.glob("then-*.pickle")))
        if done > told:
            told = done
            tell(f"look back: {done} of {total} month ends")
        failed = [n for n, process in enumerate(asking) if process.returncode]
        if failed:
            raise _failure(folder, failed[0])
        if not running:
            return
        sleep(POLL_S)


def _failure(folder: Path, number: int) -> Exception:
    """What the user has to mend, where that was it; else what the process said."""
    if (folder / FAILED).is_file():
        return InputError(*pickle.loads((folder / FAILED).read_bytes()))
    said = (folder / f"{number}.log").read_text(encoding="utf-8", errors="replace").strip()
    return RuntimeError(f"looking back stopped: {said or 'the process was ended from outside'}")


def _answer(folder: Path, end: date) -> Path:
    return folder / f"then-{end}.pickle"


def _ask(folder: Path, number: int) -> None:
    """The work of one process."""
    task: Task = pickle.loads((folder / TASK).read_bytes())
    scratch = folder / str(number)
    scratch.mkdir()
    within = (*task.settings.within, folder) if task.settings.within else ()
    engine = connect(task.memory, threads=task.threads, scratch=scratch, within=within)
    try:
        orders = replace(task.orders, **{
            name: engine.keep(engine.read_parquet([str(folder / f"{name}.parquet")]).drop("file"), name)
            for name in TABLES if (folder / f"{name}.parquet").is_file()
        })  # fmt: skip
        stated = given.read(engine, task.settings.personal_use)
        for end in task.ends[number]:
            if os.getppid() != task.parent:  # nobody waits for the answer
                return
            then = asked_at(engine, orders, task.settings, end, stated)
            partial = folder / f"{number}.partial"
            partial.write_bytes(pickle.dumps(then))
            partial.rename(_answer(folder, end))
    finally:
        engine.close()


if __name__ == "__main__":
    try:
        _ask(Path(sys.argv[1]), int(sys.argv[2]))
    except InputError as error:
        (Path(sys.argv[1]) / FAILED).write_bytes(pickle.dumps(error.mistakes))
        raise
