"""A kind has the same words on every page: what the buying looks like, never the raw word of a table."""

import re

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from entrepot.web.discovery import queueing, reviewing
from entrepot.web.discovery.models import Turn
from entrepot.web.interdependence.questions import PartForm, Question, Stop
from entrepot.web.runs.bringing import bring
from tests.web.review_fixtures import anna as anna
from tests.web.review_fixtures import run as run
from tests.web.review_fixtures import run_folder as run_folder
from tests.web.review_fixtures import sampled

pytestmark = pytest.mark.django_db
WORDS = "several who act together"
RAW = re.compile(r">\s*(?:ring|unclear|stockist)\s*<")


@pytest.fixture
def turn(run):
    return Turn.objects.filter(queue="listed", finding__kind="ring", finding__run=run).first()


@pytest.fixture
def later(run, tmp_path):
    """A run in which rings came, went, and became something else."""
    from made_run import made_run

    folder = sampled(made_run(tmp_path / "later", actors=60, listed=12))
    rows = pq.read_table(folder / "findings.parquet")
    changed = rows.to_pylist()
    rings = [row for row in changed if row["flagged"] and row["kind"] == "ring"]
    rings[0]["kind"] = "unclear"
    rings[1]["flagged"] = False
    next(row for row in changed if not row["flagged"]).update(flagged=True, kind="ring", resale_evidence=9.0)
    pq.write_table(pa.Table.from_pylist(changed, schema=rows.schema), folder / "findings.parquet")
    made = bring(folder)
    made.previous = run
    made.save()
    return made


def shown(client, address):
    answer = client.get(address)
    assert answer.status_code == 200, address
    return re.sub(r"<select.*?</select>", "", answer.content.decode(), flags=re.DOTALL)


def test_the_page_of_a_review_says_what_the_list_says(turn, anna, signed_in):
    assert queueing.take(turn, anna)
    client = signed_in("reviewer", email=anna.email)
    pages = [shown(client, f"/review/turns/{turn.pk}"), shown(client, "/findings?kind=ring")]
    assert all(WORDS in page and not RAW.search(page) for page in pages)


def test_the_choice_of_a_reviewer_has_the_words_of_the_list(turn, anna, signed_in):
    assert queueing.take(turn, anna)
    page = signed_in("reviewer", email=anna.email).get(f"/review/turns/{turn.pk}").content.decode()
    assert re.search(rf'<option value="ring" selected>{WORDS}</option>', page)
    assert not re.search(r">\s*(?:ring|unclear)\s*<", page)


def test_what_was_concluded_stands_in_the_same_words_beside_the_actor(turn, anna, signed_in):
    assert queueing.take(turn, anna)
    reviewing.conclude(turn, anna, reviewing.Said("confirmed", "1", kind="ring"))
    where = f"/findings/{turn.finding.run.name}/{turn.finding.actor_id}"
    page = shown(signed_in("viewer"), where)
    assert f"<td>{WORDS}</td>" in page
    assert not re.search(r">\s*ring\s*<", page)


def test_what_changed_between_two_runs_is_told_in_the_same_words(run, later, signed_in):
    client = signed_in("viewer")
    for where in (f"/review/changes/{later.name}", f"/runs/compare?was={run.name}&now={later.name}"):
        page = shown(client, where)
        assert WORDS in page, where
        assert not RAW.search(page), where
    assert "kind unclear" in shown(client, f"/review/changes/{later.name}")


def test_questions_about_interdependence_use_them_too():
    from entrepot.web.interdependence.asking import stop_sentence

    form = PartForm({}, values={"kind": ["ring", "stockist"]}, products={})
    assert form.fields["kind"].choices[1:] == [("ring", WORDS), ("stockist", "stockist")]
    assert Question(kind="ring").in_words({}) == f"those who look like: {WORDS}"
    row = {"shortfall_low": 1.0, "shortfall_high": 2.0}
    assert f"all who look like: {WORDS}" in stop_sentence(row, Stop("kind", 0, "ring", 7), "EUR")
