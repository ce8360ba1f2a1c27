"""What several workers of one run of the tests need is made by the first; the others wait, and take it as it is."""

import fcntl
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from entrepot import discover
from entrepot.measuring import measure
from entrepot.simulation import market


def made_once(temporary: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """The folder `name`, which `make` has filled; tests that write copy it first."""
    own = temporary.getbasetemp()
    every = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    folder, whole = every / name, every / f"{name}.whole"
    with (every / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not whole.exists():
            make(folder)
            whole.touch()
    return folder


def small_run(temporary: pytest.TempPathFactory) -> Path:
    """The folder of a run: a small made market, discovered, with three month ends looked back to."""

    def make(folder: Path) -> None:
        made = market.make(folder / "market", customers=1000, seed=21)
        sides = {name: made.path(name) for name in ("customers", "products", "events", "offers")}
        discover(made.path("orders"), **sides, out=folder / "runs" / "0001", fuzzy=False, hindsight_months=3)

    return made_once(temporary, "small-market", make) / "runs" / "0001"


def small_measured_run(temporary: pytest.TempPathFactory) -> Path:
    """The same run, measured."""

    def make(folder: Path) -> None:
        measure(shutil.copytree(small_run(temporary), folder / "0001"))

    return made_once(temporary, "small-measured", make) / "0001"
