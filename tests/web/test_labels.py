"""Labels: other tools' come in under their name, all go out as one table, and the next run reads it."""

import io
from datetime import UTC, datetime

import ibis
import pytest
from django.utils import timezone

from entrepot.engines.duckdb import connect
from entrepot.orders.side import read_beside
from entrepot.web.discovery import labels, queueing, relearning, reviewing
from entrepot.web.discovery.models import ImportedLabel, LabelImport, Turn
from entrepot.web.records.models import Record
from entrepot.web.runs.models import Run, Upload
from tests.web.review_fixtures import anna, bo, run, run_folder

pytestmark = pytest.mark.django_db
HEAD = "customer_id,actor_id,verdict,reviewed_at,kind\n"


def csv_file(text, name="cases.csv"):
    file = io.BytesIO(text.encode())
    file.name = name
    return file


def bring(client, text, name="cases.csv", source="block list"):
    return client.post("/review/labels/bring", {"source": source, "file": csv_file(text, name)})


def judge(colleague, turn, verdict="confirmed"):
    assert queueing.take(turn, colleague)
    return reviewing.conclude(turn, colleague, reviewing.Said(verdict, f"form {turn.pk}"))


@pytest.fixture
def analyst(signed_in):
    return signed_in("analyst")


@pytest.fixture
def rings(run):
    """Listed actors whose customers the run knows."""
    return list(Turn.objects.filter(queue="listed", finding__kind="ring").select_related("finding"))


def test_cases_of_another_tool_come_in_with_their_source(analyst, run):
    assert (
        bring(
            analyst, HEAD + "c1,,confirmed,2026-01-05T10:00:00Z,stockist\nc2,,rejected,2026-01-06,\n"
        ).status_code
        == 302
    )
    assert LabelImport.objects.get().source == "block list"
    assert list(ImportedLabel.objects.values_list("customer_id", "verdict")) == [
        ("c1", "confirmed"),
        ("c2", "rejected"),
    ]
    assert Record.objects.filter(kind="labels brought").count() == 1


@pytest.mark.parametrize(("text", "why"), [
    (HEAD + "c1,,guilty,2026-01-05,\n", "verdict is none of confirmed, rejected, cannot_tell"),
    (HEAD + "c1,,confirmed,soon,\n", "reviewed_at cannot be read"),
    ("customer_id,verdict\nc1,confirmed\n", "reviewed_at"),
    (HEAD, "the table has no rows"),
    (HEAD + ",,confirmed,2026-01-05,\n", "rows name nobody"),
    ("MZ\x00\x01 a program, not a table", "Nothing was brought in"),
])  # fmt: skip
def test_a_table_that_cannot_be_used_is_refused_with_the_reason(analyst, run, text, why):
    answer = bring(analyst, text)
    assert answer.status_code == 422
    assert why in answer.content.decode()
    assert not LabelImport.objects.exists()
    assert not Upload.objects.filter(table="labels").exists()


def test_another_kind_of_file_is_refused(analyst, run):
    assert "Save the table as a CSV file" in bring(analyst, HEAD, name="cases.xlsm").content.decode()


def test_a_cell_with_markup_is_shown_and_not_run(analyst, run):
    bring(analyst, HEAD + "c1,,confirmed,2026-01-05,\n", source="<script>alert(1)</script>")
    text = analyst.get("/review/labels").content.decode()
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert(1)" in text


def test_agreement_is_measured_where_both_judged_the_same_actor(analyst, rings, anna):
    first, second = rings[:2]
    judge(anna, first, "confirmed")
    judge(anna, second, "rejected")
    member = labels.members(first.finding.run.path, "actor_id", [first.finding.actor_id])[0]["customer_id"]
    said_of = [f"{member},,confirmed", f",{second.finding.actor_id},confirmed", "nobody,,rejected"]
    bring(analyst, HEAD + "".join(f"{row},2026-01-05,\n" for row in said_of))
    found = LabelImport.objects.get().agreement
    assert (found["n"], found["agree"]) == (2, 1)


def test_a_withdrawn_batch_is_read_by_no_later_run(analyst, run, tmp_path):
    bring(analyst, HEAD + "c1,,confirmed,2026-01-05,\n")
    path, before = tmp_path / "labels.parquet", timezone.now()
    assert labels.write(path, before) == 1
    analyst.post(f"/review/labels/{LabelImport.objects.get().pk}/withdraw")
    assert labels.write(path, timezone.now()) == 0
    assert labels.write(path, before) == 1


@pytest.mark.parametrize("ending", ["parquet", "csv"])
def test_what_is_written_is_what_discover_reads(rings, anna, analyst, tmp_path, ending):
    judge(anna, rings[0], "confirmed")
    judge(anna, Turn.objects.filter(queue="audit").first(), "rejected")
    bring(analyst, HEAD + "c1,,cannot_tell,2026-01-05,\n")
    path = tmp_path / f"labels.{ending}"
    assert labels.write(path, timezone.now()) == 3
    engine = connect("256MiB", threads=1)
    rows = engine.fetch(read_beside(engine, "labels", path)).to_pylist()
    engine.close()
    assert {(row["verdict"], row["shown_because"], row["shown_probability_0_1"]) for row in rows} == {
        ("confirmed", "listed", 1.0), ("rejected", "random", 0.02), ("cannot_tell", "imported", None),
    }  # fmt: skip


def test_a_review_names_a_customer_too_so_that_a_run_without_previous_finds_it(rings, anna, tmp_path):
    judge(anna, rings[0])
    labels.write(tmp_path / "labels.parquet", timezone.now())
    row = ibis.read_parquet(tmp_path / "labels.parquet").to_pyarrow().to_pylist()[0]
    members = labels.members(rings[0].finding.run.path, "actor_id", [row["actor_id"]])
    assert row["customer_id"] == min(member["customer_id"] for member in members)


def test_reviews_after_the_instant_are_not_written(rings, anna, tmp_path):
    before = timezone.now()
    judge(anna, rings[0])
    assert labels.write(tmp_path / "labels.parquet", before) == 0


def test_blind_second_reviews_are_no_labels(rings, anna, bo, tmp_path, monkeypatch):
    monkeypatch.setattr(queueing, "second_share", lambda: 1.0)
    judge(anna, rings[0])
    judge(bo, Turn.objects.get(queue="second"))
    assert labels.write(tmp_path / "labels.parquet", timezone.now()) == 1


def test_what_a_spreadsheet_would_run_is_quoted_in_the_download(signed_in, run, analyst):
    bring(analyst, HEAD + '"=HYPERLINK(""x"")",,confirmed,2026-01-05,\n')
    text = signed_in("reviewer").get("/review/labels.csv").content.decode()
    assert "'=HYPERLINK" in text


@pytest.fixture
def repeatable(run):
    Run.objects.filter(pk=run.pk).update(inputs={"orders": "orders.csv"}, asked={"fdr": 0.05})
    return Run.objects.get(pk=run.pk)


def test_one_click_makes_a_run_that_reads_the_reviews(analyst, repeatable, rings, anna):
    judge(anna, rings[0])
    assert "Run again with these reviews" in analyst.get("/review").content.decode()
    analyst.post("/review/again")
    made = Run.objects.get(state="waiting")
    assert (made.previous, made.inputs, made.asked) == (repeatable, {"orders": "orders.csv"}, {"fdr": 0.05})
    assert made.labels_until <= timezone.now()


def test_clicking_twice_asks_for_one_run(analyst, repeatable):
    analyst.post("/review/again")
    analyst.post("/review/again")
    assert Run.objects.filter(state="waiting").count() == 1


def test_a_run_made_elsewhere_says_that_its_orders_are_not_here(analyst, run):
    answer = analyst.post("/review/again")
    assert answer.status_code == 409
    assert "its orders are not here" in answer.content.decode()


def test_a_run_that_reads_nothing_of_today_is_not_repeated_in_silence(repeatable, anna):
    repeatable.asked = {"as_of": "2025-12-31"}
    with pytest.raises(relearning.NotAgain, match="2025-12-31"):
        relearning.ask_again(repeatable, anna)


def test_the_page_says_who_is_new_who_went_and_which_numbers_changed(client, signed_in, run, tmp_path):
    from entrepot.web.runs.bringing import bring as bring_run
    from web.review_fixtures import made_run

    later = bring_run(made_run(tmp_path / "shorter", actors=60, listed=10))
    Run.objects.filter(pk=later.pk).update(previous=run, labels_until=datetime(2026, 3, 1, tzinfo=UTC))
    text = signed_in("viewer").get(f"/review/changes/{later.name}").content.decode()
    assert "0 new on the list, 2 gone" in text
    assert "1 Mar 2026" in text
    assert "γ" in text
