"""Sorting a finished run by actor (`report.by_actor`), with an engine of its own that spills to disk."""

from __future__ import annotations

from entrepot.engines.duckdb import connect
from entrepot.report import by_actor
from entrepot.run import Run

MEMORY = "1GiB"


def sort_by_actor(run: Run, memory: str = MEMORY) -> None:
    """Write the tables of `run` once more, sorted by actor, unless they are there."""
    if (run.folder / by_actor.FOLDER).is_dir():
        return
    engine = connect(memory)
    try:
        by_actor.write(run.folder, engine)
    finally:
        engine.close()
