"""Fifty people who answer one round at once on the embedded database: nothing lost, nothing twice, nothing readable."""

import json
import os
import subprocess
import sys

from tests.docs.pages import ROOT

PEOPLE = 50


def test_fifty_people_answer_at_once_and_nothing_is_lost(tmp_path):
    surroundings = {**os.environ, "DATABASE_URL": "", "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.rounds_at_once", str(tmp_path / "home"), str(PEOPLE)],
        capture_output=True, text=True, timeout=1_800, env=surroundings, cwd=ROOT,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(done.stdout.strip().split("\n")[-1])
    assert (found["by_name"], found["drawn"], found["ballots"], found["reasons"]) == (5, 45, 45, 45)
    assert found["told"] == {"by name 200": 5, "ballot 200": 45, "again 409": 45}
    assert (found["codes_left"], found["broken"], found["readable_before_the_close"]) == (0, 0, False)
