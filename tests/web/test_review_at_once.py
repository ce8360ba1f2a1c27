"""Fifty reviewers at once: no finding reviewed twice by accident, none lost, on both databases."""

import json
import os
import subprocess
import sys
from pathlib import Path

from .postgresql_fixtures import postgresql as postgresql

PROGRAM = Path(__file__).with_name("reviewers_at_once.py")
FEWEST = 100
EACH_ONCE = ("turns", "reviews", "turns_reviewed", "acknowledged", "records")


def stop_unless_each_was_reviewed_once(found):
    """Every turn that there was at the begin was reviewed, told and recorded once; nothing is left, lost or broken."""
    before = found["before"]
    assert before >= FEWEST and found["reviewers"] > 1
    assert {name: found[name] for name in EACH_ONCE} == dict.fromkeys(EACH_ONCE, before)
    assert (found["open"], found["twice"], found["broken"]) == (0, 0, 0)


def came_of(home, database=""):
    surroundings = {**os.environ, "DATABASE_URL": database, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, str(PROGRAM), str(home)],
        capture_output=True, text=True, timeout=1_800, env=surroundings,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.strip().split("\n")[-1])


def test_fifty_reviewers_at_once_on_the_embedded_database(tmp_path):
    stop_unless_each_was_reviewed_once(came_of(tmp_path / "home"))


def test_fifty_reviewers_at_once_on_postgresql(tmp_path, postgresql):
    stop_unless_each_was_reviewed_once(came_of(tmp_path / "home", postgresql))
