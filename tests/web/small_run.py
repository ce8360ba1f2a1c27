"""A small market, discovered and measured once; each test takes a copy into the server's folder."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from django.conf import settings

from entrepot import discover
from entrepot.measuring import measure
from entrepot.simulation import market
from tests.web.bring_once import bring_once


@pytest.fixture(scope="session", name="market_run")
def discovered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = market.make(tmp_path_factory.mktemp("market") / "market", customers=1000, seed=21)
    sides = {name: made.path(name) for name in ("customers", "products", "events", "offers")}
    folder = tmp_path_factory.mktemp("market-runs") / "0001"
    discover(made.path("orders"), **sides, out=folder, fuzzy=False, hindsight_months=3)
    return measure(folder).folder


@pytest.fixture(name="clean_home")
def emptied():
    """The server's folder of runs, empty before and after."""
    runs = settings.ENTREPOT.runs
    shutil.rmtree(runs, ignore_errors=True)
    runs.mkdir(parents=True)
    yield runs
    shutil.rmtree(runs, ignore_errors=True)
    runs.mkdir(parents=True)


@pytest.fixture(name="run")
def brought(market_run: Path, clean_home, db):
    """The small run in the server's folder, with its findings in the database."""
    return bring_once(market_run)
