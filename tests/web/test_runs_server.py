"""A server, its worker and the process of a run, killed one after the other: what was acknowledged is never lost."""

import contextlib
import os
import signal
import subprocess
import sys

import pytest

from entrepot.web.runs.work import BEHIND

from .runs_fixtures import server as server


@pytest.fixture
def working(server):
    """A server with a run at work."""
    server.start().sign_in()
    server.ask()
    server.at_work()
    return server


def is_whole(server) -> bool:
    """Whether the run is there, is shown, and nothing half-written is beside it."""
    server.becomes("done")
    server.until(lambda: not server.left())
    return (
        "Open the report" in server.get("/runs/run/0001") and (server.folder / "runs/0001/run.json").is_file()
    )


def test_a_run_is_made_when_its_process_and_then_its_worker_are_killed(working):
    os.kill(working.at_work(), signal.SIGKILL)
    worker = working.becomes("running", attempts=2)["process"]
    working.at_work(attempt=2)
    os.kill(worker, signal.SIGKILL)
    working.at_work(attempt=3)  # a run is taken from the queue a moment before its process is there
    assert len(working.processes("runs.work 0001")) == 1
    assert is_whole(working)


def test_a_run_takes_what_pages_leave_over(working):
    nice = os.getpriority(os.PRIO_PROCESS, working.process.pid)
    assert {os.getpriority(os.PRIO_PROCESS, each) for each in working.processes("runs.work")} == {
        nice + BEHIND
    }
    assert BEHIND > 0


def test_a_killed_server_leaves_nobody_at_work_and_the_next_makes_the_run(working):
    working.kill()
    working.until(lambda: not working.processes())
    assert working.left() == []
    working.start()
    assert is_whole(working)


def test_a_machine_that_goes_out_loses_no_run(working):
    for process in working.processes():
        with contextlib.suppress(ProcessLookupError):  # it lost its parent, and has ended by itself
            os.kill(process, signal.SIGKILL)
    working.kill()
    assert working.run()["state"] == "running"
    working.start()
    assert is_whole(working)
    assert working.run()["attempts"] == 2


def test_a_server_that_stops_in_good_order_leaves_the_run_waiting_and_nobody_at_work(working):
    assert working.stop() == 0
    run = working.run()
    assert (run["state"], run["attempts"]) == ("waiting", 0)
    working.until(lambda: not working.processes())
    assert working.left() == []


def test_a_cancelled_run_ends_its_process_and_leaves_nothing(working):
    working.post("/runs/run/0001/cancel", form="/runs/run/0001")
    working.becomes("cancelled")
    working.until(lambda: not working.processes("runs.work 0001") and not working.left())
    assert not (working.folder / "runs/0001").exists()
    assert "was cancelled" in working.get("/runs/run/0001")


def test_a_second_server_on_the_same_port_is_told_so(server):
    server.start()
    code, said = server.refused()
    assert (code, "cannot listen" in said) == (2, True)


def test_without_a_terminal_the_first_administrator_must_be_named(server):
    code, said = server.refused()
    assert (code, "--admin" in said) == (2, True)


def test_a_database_that_is_away_is_told_at_the_start(server):
    code, said = server.refused(DATABASE_URL="postgresql://a:b@127.0.0.1:1/none?connect_timeout=2")
    assert (code, "the database does not answer" in said) == (2, True)
    assert "Traceback" not in said
