"""What the API says and hands out is what the page's own functions say, with the rights and records of the page."""

import io
import json
import zipfile
from datetime import timedelta

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.test import Client
from django.utils import timezone
from PIL import Image

from entrepot.web.discovery import appeals, queueing, relearning, reviewing, views_kept
from entrepot.web.discovery.models import Finding, Observation, SavedView, Turn
from entrepot.web.discovery.quality import quality
from entrepot.web.discovery.queries import Asked, sheet
from entrepot.web.permissions import ACTIONS
from entrepot.web.protection import holding
from entrepot.web.protection.comparing import compared
from entrepot.web.protection.models import Basis
from entrepot.web.records.models import Record, verify
from entrepot.web.runs import comparing
from entrepot.web.runs.bringing import bring
from tests.web.api_fixtures import fresh_counts as fresh_counts
from tests.web.api_fixtures import is_problem
from tests.web.api_fixtures import program as program
from tests.web.review_fixtures import anna as anna
from tests.web.review_fixtures import bo as bo
from tests.web.review_fixtures import run as run
from tests.web.review_fixtures import run_folder as run_folder
from tests.web.review_fixtures import sampled

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7 a receipt of the club"
SEEN = {
    "step": "sell", "caption": "boxes", "source_type": "press", "seen_on": "2026-01-02",
    "lawful_source": "public street", "need": "to know the step",
    "expires_on": (timezone.localdate() + timedelta(days=90)).isoformat(),
}  # fmt: skip


def told(answer, status=200):
    assert answer.status_code == status, answer.content.decode()[:600]
    return answer.json()


def kinds():
    return list(Record.objects.order_by("number").values_list("kind", flat=True))


def content(answer):
    assert answer.status_code == 200
    return b"".join(answer.streaming_content)


# Two runs


@pytest.fixture
def later(run, tmp_path):
    """A run after `run`: one came on the list, one went, one is of another kind."""
    from made_run import made_run

    folder = sampled(made_run(tmp_path / "later", actors=60, listed=12))
    rows = pq.read_table(folder / "findings.parquet")
    changed = rows.to_pylist()
    listed = [row for row in changed if row["flagged"]]
    next(row for row in changed if not row["flagged"]).update(flagged=True, resale_evidence=9.0)
    listed[0]["flagged"] = False
    listed[1]["kind"] = "creator"
    pq.write_table(pa.Table.from_pylist(changed, schema=rows.schema), folder / "findings.parquet")
    made = bring(folder)
    made.previous = run
    made.save()
    return made


def test_two_runs_are_compared_as_on_the_page(program, run, later):
    found = told(program("read findings").get(f"comparisons?was={later.name}&now={run.name}"))
    page = comparing.compare(run, later)
    assert (found["was"], found["now"], found["stayed"]) == (run.name, later.name, page.stayed)
    for name in ("new", "gone", "kind", "evidence"):
        expected = [(pair.actor_id, pair.code) for pair in getattr(page, name)]
        assert [(each["actor_id"], each["code"]) for each in found[name]["items"]] == expected, name
    assert found["kind"]["items"][0]["now"]["kind"] == "creator"
    assert found["new"]["total"] == 1
    assert found["counts"][0] == {
        "name": page.counts[0].name,
        "was": page.counts[0].was,
        "now": page.counts[0].now,
    }


def test_a_list_of_a_comparison_ends_where_one_asks_and_says_how_many_there_are(program, run, later):
    rows = pq.read_table(later.path / "findings.parquet")
    none = [{**row, "flagged": False} for row in rows.to_pylist()]
    pq.write_table(pa.Table.from_pylist(none, schema=rows.schema), later.path / "findings.parquet")
    gone = told(program("read findings").get(f"comparisons?was={run.name}&now={later.name}&most=2"))["gone"]
    assert (len(gone["items"]), gone["total"]) == (2, 12)


@pytest.mark.parametrize(
    ("query", "status"), [("was=9999&now=9998", 404), ("was=&now=", 404), ("was=first&now=first", 422)]
)
def test_runs_that_cannot_be_compared_are_a_problem(program, run, query, status):
    assert is_problem(program("read findings").get(f"comparisons?{query}"), status)


def test_a_run_whose_folder_is_gone_cannot_be_compared(program, run, later):
    import shutil

    shutil.rmtree(later.path)
    assert is_problem(program("read findings").get(f"comparisons?was={run.name}&now={later.name}"), 410)


def test_what_reviews_changed_is_what_the_page_says(program, run, later):
    found = told(program("read findings").get(f"runs/{later.name}/changes"))
    page = relearning.changed(later, run)
    assert [each["actor_id"] for each in found["new"]] == [row.actor_id for row in page.new]
    assert [each["actor_id"] for each in found["gone"]] == [row.actor_id for row in page.gone]
    assert [each["now"] for each in found["other_kind"]] == ["creator"]
    assert found["numbers"][0] == {"what": page.numbers[0].what, "before": 12, "after": 12}
    assert is_problem(program("read findings").get(f"runs/{run.name}/changes"), 404)


# Reviews


def test_agreement_is_that_of_the_page(program, run, anna, bo):
    for number, who in enumerate((anna, bo)):
        turn = Turn.objects.filter(queue="listed", done_at=None).first()
        assert queueing.take(turn, who)
        reviewing.conclude(turn, who, reviewing.Said("confirmed", f"f{number}"))
    sample = Turn.objects.filter(queue="audit", done_at=None).first()
    assert queueing.take(sample, bo)
    reviewing.conclude(sample, bo, reviewing.Said("rejected", "sampled"))
    found, page = told(program("read findings").get("reviews/agreement")), quality()
    assert found["second"] == {**page.second.as_json(), "is_small": page.second.is_small}
    assert found["sample"]["drawn"] == page.sample.drawn == 4
    assert found["sample"]["verdicts"] == page.sample.verdicts
    assert found["sample"]["verdicts"]["rejected"] == 1
    assert found["appeals"]["decided"] == page.appeals.decided == 0


# Data protection


def test_what_is_held_is_what_the_page_lists(program, run):
    found, page = told(program("protect data").get("holdings")), holding.held(on=timezone.localdate())
    assert [each["name"] for each in found["runs"]] == [each.name for each in page.runs] == [run.name]
    assert [(s["title"], s["number"], s["over"]) for s in found["stores"]] == [
        (str(s.title), s.number, s.over) for s in page.stores
    ]
    assert found["over"] == page.over


def test_errors_are_compared_only_while_a_basis_holds(program, run):
    asks = program("compare errors", "protect data")
    assert told(asks.get("fairness"))["errors"] is None
    given = {"text": "Order 12 of the works council", "group_column": "group"}
    made = told(asks.put("fairness/basis", given))
    found, page = told(asks.get("fairness")), compared()
    assert found["basis"] == made
    assert found["errors"]["sentence"] == page.fairness.sentence
    assert found["errors"]["rows"] == [list(row) for row in page.fairness.table.rows]
    assert (found["is_beyond"], found["bound_0_1"]) == (page.beyond, page.bound)
    assert asks.delete("fairness/basis").status_code == 204
    after = told(asks.get("fairness"))
    assert (after["basis"], after["errors"], after["earlier"][0]["text"]) == (None, None, given["text"])
    assert kinds()[-2:] == ["basis entered", "basis withdrawn"]


def test_a_basis_of_nothing_is_refused_and_an_auditor_enters_none(program):
    assert is_problem(
        program("protect data").put("fairness/basis", {"text": "short", "group_column": "g"}), 422
    )
    blank = {"text": " " * 20, "group_column": "g"}
    assert is_problem(program("protect data").put("fairness/basis", blank), 422)
    given = {"text": "Order 12 of the works council", "group_column": "g"}
    assert is_problem(program("compare errors").put("fairness/basis", given), 403)
    assert not Basis.objects.exists()


# Views


def test_a_view_is_kept_as_the_page_keeps_it(program, signed_in, run):
    asks = program("read findings")
    signed_in(email="owner@firm.example").post(
        "/findings/views", {"name": "by page", "kind": "stockist", "sort": "revenue", "least": "yes"}
    )
    made = told(
        asks.put("views", {"name": "by program", "kind": "stockist", "sort": "revenue", "least": True})
    )
    by_page, by_program = SavedView.objects.order_by("pk")
    assert by_page.query == by_program.query == made["query"]
    assert [each["name"] for each in told(asks.get("views"))["items"]] == ["by program", "by page"]
    again = told(asks.put("views", {"name": "by program", "state": "open"}))
    assert (again["number"], again["state"], again["kind"]) == (made["number"], "open", "")
    assert asks.delete(f"views/{made['number']}").status_code == 204
    assert kinds().count("view kept") == 3
    assert kinds()[-1] == "view forgotten"


def test_the_findings_of_a_view_are_those_of_the_page_in_its_order(program, run, monkeypatch):
    monkeypatch.setattr("entrepot.web.discovery.queries.ON_A_PAGE", 5)
    asks = program("read findings")
    made = told(asks.put("views", {"name": "small first", "sort": "revenue", "least": True}))
    seen, after = [], ""
    while after is not None:
        page = told(asks.get(f"views/{made['number']}/findings?after={after}"))
        seen += [row["actor_id"] for row in page["items"]]
        after = page["next"]
    asked = Asked(sort="revenue", least="yes")
    assert seen == list(asked.findings(run).values_list("actor_id", flat=True))
    assert seen[:5] == [row.actor_id for row in sheet(asked, run).rows]
    assert len(seen) > 5


def test_a_view_is_its_owners_alone(program):
    made = told(program("read findings").put("views", {"name": "mine"}))
    other = program("read findings", email="other@firm.example")
    assert told(other.get("views"))["items"] == []
    assert is_problem(other.delete(f"views/{made['number']}"), 404)
    assert is_problem(other.get(f"views/{made['number']}/findings"), 404)


def test_more_views_than_a_colleague_keeps_are_refused_but_one_that_is_there_still_changes(
    program, monkeypatch
):
    monkeypatch.setattr(views_kept, "MOST_VIEWS", 1)
    asks = program("read findings")
    told(asks.put("views", {"name": "one"}))
    assert is_problem(asks.put("views", {"name": "two"}), 422)
    assert told(asks.put("views", {"name": "one", "state": "open"}))["state"] == "open"
    assert is_problem(asks.put("views", {"name": "   "}), 422)


# Files


def test_records_are_taken_as_lines_that_verify_reads_and_that_is_on_record(program, run, tmp_path):
    answer = program("read records").post("records/export")
    rows = [json.loads(line) for line in content(answer).splitlines()]
    assert answer["Content-Type"] == "application/jsonl"
    assert rows[-1]["kind"] == "records exported" == kinds()[-1]
    assert len(rows) == Record.objects.count()
    assert not verify().broken


@pytest.mark.parametrize("extra", [(), ("take appeals",)], ids=["without", "with"])
def test_everything_is_an_archive_without_what_the_scopes_do_not_see(program, run, anna, extra):
    offered, _code = appeals.offer(Finding.objects.filter(flagged=True).first(), anna)
    appeals.speak(offered, "For my choir.", None)
    archive = zipfile.ZipFile(io.BytesIO(content(program("export everything", *extra).post("exports"))))
    rows = archive.read("discovery.appeal.jsonl").decode()
    assert ("For my choir." in rows) == bool(extra)
    assert "link_digest" not in rows
    assert kinds()[-1] == "everything exported"


@pytest.mark.parametrize(
    ("method", "path", "action"),
    [
        ("POST", "exports", "export everything"), ("POST", "records/export", "read records"),
        ("GET", "appeals/1/document", "decide appeals"), ("GET", "holdings", "protect data"),
        ("GET", "fairness", "compare errors"), ("PUT", "fairness/basis", "protect data"),
    ],
)  # fmt: skip
def test_a_key_without_the_scope_of_the_page_gets_nothing(program, method, path, action):
    others = [name for name in ACTIONS if name != action]
    assert is_problem(program(*others).ask(method, path), 403)


def picture():
    out = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(out, "PNG")
    return out.getvalue()


def test_the_file_of_an_observation_is_the_pages_and_a_concealed_one_stays_concealed(program, signed_in):
    asks = program("observe", "read findings")
    made = told(asks.post("observations", SEEN), 201)
    path = f"observations/{made['number']}/file"
    assert is_problem(asks.get(path), 404)
    version = made["version"].replace("+", "%2B")
    told(asks.send(f"{path}?version={version}&no_faces=true", picture(), method="PUT"))
    answer = asks.get(path)
    page = signed_in("viewer").get(f"/observations/{made['number']}/file/")
    assert content(answer) == content(page)
    assert answer["Content-Type"] == page["Content-Type"] == "image/jpeg"
    Observation.objects.update(is_source_concealed=True)
    assert is_problem(asks.get(path), 404)
    assert content(program("read findings", "see sensitive observations").get(path))
    Observation.objects.update(sensitivity="sensitive")
    assert is_problem(program("read findings").get(path), 404)


def test_the_document_of_an_appeal_is_handed_out_to_be_saved(program, run, anna):
    offered, code = appeals.offer(Finding.objects.filter(flagged=True).first(), anna)
    asks = program("decide appeals")
    assert is_problem(asks.get(f"appeals/{offered.pk}/document"), 404)
    file = io.BytesIO(PDF)
    file.name = "receipt.pdf"
    Client().post(f"/appeal/{code}", {"said": "For my choir.", "file": file})
    answer = asks.get(f"appeals/{offered.pk}/document")
    assert content(answer) == PDF
    assert answer["Content-Disposition"].startswith("attachment")
    assert is_problem(program("take appeals").get(f"appeals/{offered.pk}/document"), 403)
