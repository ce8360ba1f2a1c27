"""What people said in the web app is read by the run that is asked for with one click: verdicts, and who is who."""

import pyarrow.parquet as pq
import pytest

from entrepot.web.actors import correcting
from entrepot.web.discovery import queueing, relearning, reviewing
from entrepot.web.discovery.models import Turn
from entrepot.web.runs import analysing, queue
from entrepot.web.runs.models import Run
from web.runs_fixtures import orders

pytest_plugins = ["web.review_fixtures"]
pytestmark = pytest.mark.django_db


def analysed(run, folder):
    folder.mkdir()
    analysing.analyse(run, scratch=folder)
    Run.objects.filter(pk=run.pk).update(state="done")
    return Run.objects.get(pk=run.pk)


def actor_of(run):
    rows = pq.read_table(run.path / "actors.parquet", columns=["customer_id", "actor_id"]).to_pylist()
    return {row["customer_id"]: row["actor_id"] for row in rows}


@pytest.fixture
def first(settings, colleague, tmp_path):
    path = settings.ENTREPOT.uploads / f"{tmp_path.name}.csv"
    path.write_bytes(orders(400))
    asked = {"hindsight_months": 0, "fuzzy": False}
    run = queue.ask(by=colleague("analyst"), inputs={"orders": [str(path)]}, asked=asked)
    return analysed(run, tmp_path / "first")


def test_the_next_run_obeys_what_was_joined_and_reads_what_was_judged(first, anna, colleague, tmp_path):
    before = actor_of(first)
    correcting.join(
        first, [before["c1"], before["c2"]], [["c1"], ["c2"]], joins="actor", reason="one hand", by=anna
    )
    turn = Turn.objects.filter(finding__run=first).first()
    assert queueing.take(turn, anna)
    reviewing.conclude(turn, anna, reviewing.Said("rejected", "1"))
    assert relearning.not_yet_read(first) == relearning.Taught(reviews=1, imported=0, corrections=1)

    second = analysed(relearning.ask_again(first, colleague("analyst")), tmp_path / "second")
    after = actor_of(second)
    assert before["c1"] != before["c2"]
    assert after["c1"] == after["c2"]
    told = relearning.changed(second, first)
    assert (told.labels["read"], told.labels["actors"]) == (1, 1)
    assert told.corrections == {"together": 1, "apart": 0}
    assert not relearning.not_yet_read(second)
