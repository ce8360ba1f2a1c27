"""A small market, discovered and measured once; each test takes a copy into the server's folder."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from django.conf import settings

from tests.made_once import small_measured_run
from tests.web.bring_once import bring_once


@pytest.fixture(scope="session", name="market_run")
def discovered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_measured_run(tmp_path_factory)


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
