"""A server that is killed in the middle of reviews: what was acknowledged is there, nothing is there twice."""

import contextlib
import re
import sqlite3
import sys
import threading
from http.client import HTTPException
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "report"))

from made_run import made_run

from .runs_fixtures import server as server

LISTED, KILLED_AFTER = 24, 3


def reviewed(server) -> list[tuple[int, str]]:
    """Turn and verdict of each review, as the server's own database has them, read beside it."""
    asked = "SELECT turn_id, verdict FROM discovery_review ORDER BY turn_id"
    with contextlib.closing(sqlite3.connect(server.folder / "entrepot.sqlite3", timeout=20)) as database:
        return database.execute(asked).fetchall()


def take(server) -> int | None:
    """The number of the turn that the server gives next; None where nothing is left."""
    landed = server.post("/review/next", form="/review", queue="listed")
    found = re.search(r"/review/turns/(\d+)", landed)
    return int(found[1]) if found else None


def judge(server, turn: int) -> None:
    """Send a verdict; back when the server has acknowledged it."""
    page = server.get(f"/review/turns/{turn}")
    number = re.search(r'name="form" value="([^"]+)"', page)[1]
    answers = {"verdict": "confirmed", "reason": "amount and depth", "then": "stop"}
    server.post(
        f"/review/turns/{turn}/verdict", form=f"/review/turns/{turn}", said={"form": number, **answers}
    )


def test_a_killed_server_loses_no_review_that_it_acknowledged(server, tmp_path):
    run = made_run(tmp_path / "made" / "first", actors=60, listed=LISTED)
    server.start("--run", str(run)).sign_in()
    acknowledged, enough = [], threading.Event()
    killing = threading.Thread(target=lambda: (enough.wait(), server.kill()), daemon=True)
    killing.start()
    with contextlib.suppress(OSError, HTTPException):  # the server is gone in the middle of a request
        while (turn := take(server)) is not None:
            judge(server, turn)
            acknowledged.append(turn)
            if len(acknowledged) == KILLED_AFTER:  # counted, not timed: a machine may be quick or slow
                enough.set()
    enough.set()
    killing.join()
    assert KILLED_AFTER <= len(acknowledged) < LISTED, "killed too early or too late to say anything"
    server.until(lambda: not server.processes())  # what it had started serves on for a moment
    server.start()
    there = [turn for turn, _ in reviewed(server)]
    assert set(acknowledged) <= set(there)
    assert len(there) <= len(acknowledged) + 1
    while (turn := take(server)) is not None:  # the one that was held is still theirs, and goes first
        judge(server, turn)
    done = reviewed(server)
    assert len(done) == len({turn for turn, _ in done}) >= LISTED
    assert {verdict for _, verdict in done} == {"confirmed"}
