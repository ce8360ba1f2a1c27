"""The queue: one run at work, none lost, none begun twice, on both databases."""

import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from entrepot.errors import Mistake
from entrepot.web.records.models import Record
from entrepot.web.runs import queue
from entrepot.web.runs.models import CANCELLED, DONE, FAILED, RUNNING, WAITING, Run, Upload

from .postgresql_fixtures import postgresql as postgresql
from .runs_fixtures import asked as asked
from .runs_fixtures import clean_home as clean_home

pytestmark = pytest.mark.django_db
ME, OTHER = 11, 22
STEPS = "not postgresql and not embedded"
PROGRAM = Path(__file__).with_name("askers_at_once.py")
EXPECTED = {
    "asked": 11, "names": 11, "most_at_work": 1, "begun_twice": 0, "over": 11, "cancelled_and_whole": 0, "records": 22,
    "broken": 0,
}  # fmt: skip


def state(run) -> str:
    return Run.objects.get(pk=run.pk).state


def test_runs_are_begun_in_the_order_in_which_they_were_asked_for(asked):
    first, second = asked(), asked()
    assert queue.claim(ME) == first
    assert queue.ahead_of(second) == 1


def test_one_run_is_at_work_at_a_time(asked):
    asked(), asked()
    assert queue.claim(ME)
    assert queue.claim(OTHER) is None


def test_the_database_itself_allows_one_at_work(asked):
    asked(), asked()
    with pytest.raises(IntegrityError), transaction.atomic():
        Run.objects.update(state=RUNNING)


def test_numbers_go_on_after_rows_and_folders(asked, settings):
    (settings.ENTREPOT.runs / "0041").mkdir()
    assert [asked().name, asked().name] == ["0042", "0043"]


def test_the_same_ticket_is_the_same_run(asked):
    assert asked(ticket="t") == asked(ticket="t")
    assert Record.objects.filter(kind="run asked for").count() == 1


def test_one_that_waits_is_cancelled_at_once(asked, colleague):
    run = asked()
    assert queue.cancel(run, by=colleague("analyst"))
    assert (state(run), queue.claim(ME)) == (CANCELLED, None)


def test_one_at_work_is_cancelled_when_its_process_has_ended(asked, colleague):
    run = asked()
    queue.claim(ME)
    queue.cancel(run, by=colleague("analyst"))
    assert state(run) == RUNNING
    assert not queue.whole(run)
    queue.lost(run)
    assert state(run) == CANCELLED


def test_what_is_over_is_not_cancelled(asked, colleague):
    run = asked()
    queue.claim(ME)
    assert queue.whole(run)
    assert not queue.cancel(run, by=colleague("analyst"))
    assert state(run) == DONE


def test_a_run_whose_process_is_gone_waits_again_three_times_and_then_has_failed(asked):
    run = asked()
    seen = []
    for _ in range(queue.MOST_ATTEMPTS):
        queue.claim(ME)
        queue.lost(run)
        seen.append(state(run))
    assert seen == [WAITING, WAITING, FAILED]
    assert "three times" in Run.objects.get(pk=run.pk).error[0]["what"]


def test_a_run_that_says_nothing_for_a_while_is_recovered(asked):
    run, now = asked(), timezone.now()
    queue.claim(ME, at=now)
    assert queue.recover(at=now + queue.STALE - timedelta(seconds=1)) == []
    assert queue.recover(at=now + queue.STALE + timedelta(seconds=1)) == [run]
    assert state(run) == WAITING


def test_a_worker_that_was_thought_dead_keeps_nothing(asked):
    run = asked()
    queue.claim(ME)
    queue.lost(run)
    queue.claim(OTHER)
    assert not queue.beat(run, ME)
    assert queue.beat(run, OTHER)


def test_a_stop_in_good_order_is_no_attempt_less(asked):
    run = asked()
    queue.claim(ME)
    queue.interrupted(run)
    again = Run.objects.get(pk=run.pk)
    assert (again.state, again.attempts) == (WAITING, 0)


def test_a_failed_run_says_the_names_that_its_sender_knows(asked, settings, colleague):
    path = str(settings.ENTREPOT.uploads / "abc.csv")
    by = colleague("analyst")
    Upload.objects.create(name="May.csv", table="orders", path=path, size_bytes=1, sha256="0", by=by)
    run = asked(inputs={"orders": [path]})
    queue.failed(run, [Mistake("a file is broken", path, got=f"{settings.ENTREPOT.folder}/work/x")])
    said = Run.objects.get(pk=run.pk).error[0]
    assert (said["what"], said["where"], said["got"]) == ("a file is broken", "May.csv", "work/x")


def test_a_failed_run_can_be_asked_for_again_and_a_whole_one_not(asked, colleague):
    run = asked()
    queue.failed(run, [Mistake("no")])
    assert queue.again(run, by=colleague("analyst"))
    fresh = Run.objects.get(pk=run.pk)
    assert (fresh.state, fresh.error, fresh.attempts) == (WAITING, [], 0)
    queue.claim(ME)
    queue.whole(run)
    assert not queue.again(run, by=colleague("analyst"))


def on(home, database=""):
    """What came of forty who ask, work and cancel at once, on `database`."""
    done = subprocess.run(
        [sys.executable, str(PROGRAM), str(home)],
        env={**os.environ, "DATABASE_URL": database, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        timeout=1_800,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


def test_at_once_each_gets_one_run_and_one_worker_each_run_on_the_embedded_database(tmp_path):
    assert on(tmp_path / "home") == EXPECTED


def test_at_once_each_gets_one_run_and_one_worker_each_run_on_postgresql(tmp_path, postgresql):
    assert on(tmp_path / "home", postgresql) == EXPECTED


@pytest.mark.skipif("ENTREPOT_TEST_DATABASE" in os.environ, reason="this is the run on PostgreSQL")
def test_every_step_of_the_queue_is_the_same_on_postgresql(postgresql):
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", Path(__file__).name, "-k", STEPS],
        cwd=Path(__file__).parent,
        env={**os.environ, "ENTREPOT_TEST_DATABASE": postgresql},
        capture_output=True,
        text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-4000:]
