"""The commands of the page on the API, run one after the other against a server with a run and a key."""

import os
import re
import shutil
import subprocess
import sys
import time
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from pages import ROOT
from web.runs_fixtures import PATIENCE_S, START_S, free_port

PAGE = (ROOT / "docs" / "how-to" / "api.md").read_text("utf-8")
BLOCKS = re.findall(r"^```sh\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
ORDERS = "order_id,ordered_at,customer_id,product_id,quantity,unit_price\no1,2026-01-01T10:00,c1,p1,1,9.50\n"
FILL = f"""
import sys
sys.path.insert(0, {str(ROOT / "tests" / "report")!r})
from pathlib import Path
from made_run import made_run
from entrepot.web import starting
from entrepot.web.home import Home
starting.prepare(Home.from_environment())
starting.add_administrator("anna@firm.example", "a long enough phrase")
from entrepot.web.people.models import ApiKey, Colleague
from entrepot.web.runs.bringing import bring
bring(made_run(Path(sys.argv[1]) / "first", actors=60, listed=12))
scopes = ["start runs", "read findings", "review", "observe"]
print(ApiKey.make(Colleague.objects.get(), "the page", scopes)[1])
"""


def answers(url):
    try:
        with urlopen(url, timeout=60) as answer:
            return answer.status == 200
    except (URLError, OSError):
        return False


@pytest.fixture
def surroundings(tmp_path):
    """What a reader's shell knows: where the server is, and a key."""
    if not shutil.which("curl"):
        pytest.skip("curl is missing")
    where = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    where |= {"ENTREPOT_HOME": str(tmp_path / "home")}
    filled = subprocess.run(
        [sys.executable, "-c", FILL, str(tmp_path)], env=where, capture_output=True, text=True
    )
    assert filled.returncode == 0, filled.stderr[-3000:]
    port = free_port()
    command = [sys.executable, "-m", "entrepot", "serve", "--port", str(port)]
    with (tmp_path / "log").open("wb") as log:
        server = subprocess.Popen(
            command, env=where, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )
    end = time.monotonic() + START_S
    while not answers(f"http://localhost:{port}/health"):
        assert time.monotonic() < end, (tmp_path / "log").read_text()[-3000:]
        time.sleep(0.1)
    yield {**where, "SERVER": f"http://localhost:{port}", "KEY": filled.stdout.split()[-1]}
    server.terminate()
    server.wait(PATIENCE_S)


def test_the_commands_of_the_page_do_what_it_says(surroundings, tmp_path):
    (tmp_path / "orders.csv").write_text(ORDERS, encoding="utf-8")
    done = subprocess.run(
        ["sh", "-ec", "\n".join(BLOCKS)], env=surroundings, cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    said = done.stdout.splitlines()
    state, stopped, first, sixth, _evidence, review, of_view, second, again, mistakes = said
    assert state in ("waiting", "running", "failed")
    assert stopped in ("cancelled", "running")
    assert first != sixth
    assert of_view.startswith("A-")
    assert second == "0"
    assert review == again
    assert "settings.timezone" in mistakes
    assert "settings.encoding" in mistakes
