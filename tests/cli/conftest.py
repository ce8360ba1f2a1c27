import json
import subprocess
import sys
from dataclasses import dataclass

import pytest

from entrepot.engines.duckdb import connect
from entrepot.simulation import market


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    exit_code: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out)


@pytest.fixture
def entrepot(tmp_path, monkeypatch, capfd):
    """Run a command in an empty folder, in this process: `entrepot("check", "orders.csv")`."""
    from entrepot.cli import main

    monkeypatch.chdir(tmp_path)

    def run(*arguments) -> Ended:
        capfd.readouterr()
        with pytest.raises(SystemExit) as end:
            main([str(a) for a in arguments])
        return Ended(int(end.value.code or 0), *capfd.readouterr())

    return run


@pytest.fixture(scope="session")
def a_market(tmp_path_factory):
    return market.make(tmp_path_factory.mktemp("cli") / "market", customers=600, months=6, seed=11)


@pytest.fixture(scope="session")
def a_run(a_market, tmp_path_factory):
    """The folder of one finished run over the made market; tests copy it before they change it."""
    folder = tmp_path_factory.mktemp("cli-runs") / "runs" / "0001"
    command = [sys.executable, "-m", "entrepot", "discover", a_market.path("orders"), "--out", folder]
    tables = [f"--{t}={a_market.path(t)}" for t in ("customers", "products", "events", "offers")]
    how = ["--hindsight-months", "0", "--json"]
    done = subprocess.run([*command, *tables, *how], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def engine():
    engine = connect("1GiB")
    yield engine
    engine.close()
