"""The page of records: who reads them, what they find, the check, and what can be taken away."""

import io
import json
import zipfile

import pytest
from django.db import transaction

from entrepot.cli.verify import result
from entrepot.web.people.models import ApiKey
from entrepot.web.records.models import append, erase

pytestmark = pytest.mark.django_db


@pytest.fixture
def auditor(signed_in):
    return signed_in("auditor", email="audit@firm.example")


def some(number=3, kind="tried", by="terminal", about=""):
    with transaction.atomic():
        for n in range(number):
            append(kind, by=by, body={"n": n}, about=about)


def text(answer):
    return answer.content.decode()


def whole(answer):
    return b"".join(answer.streaming_content)


def test_the_newest_stands_first_and_the_rest_behind_older(auditor):
    some(120)
    first = auditor.get("/records/")
    assert [line.number for line in first.context["page"].lines] == list(range(120, 70, -1))
    older = auditor.get(f"/records/?{first.context['page'].older}")
    assert [line.number for line in older.context["page"].lines] == list(range(70, 20, -1))


def test_records_are_found_by_kind_author_and_day(auditor):
    some(2, kind="tried")
    some(1, kind="other", by="colleague:7")
    assert [
        line.kind for line in auditor.get("/records/?kind=other&by=colleague:7").context["page"].lines
    ] == ["other"]
    assert auditor.get("/records/?since=2999-01-01").context["page"].lines == []


def test_the_page_says_roles_and_no_names(auditor, colleague):
    someone = colleague("reviewer", email="anna@firm.example")
    some(1, by=someone.mark)
    assert "reviewer" in text(auditor.get("/records/"))
    assert "anna" not in text(auditor.get("/records/"))


def test_a_filter_that_cannot_be_read_says_so(auditor):
    assert auditor.get("/records/?since=yesterday").status_code == 422


def test_the_check_says_that_the_chain_holds(auditor):
    some(3)
    assert "The chain holds" in text(auditor.post("/records/check"))


def test_the_check_names_the_record_that_does_not_hold(auditor, monkeypatch):
    from entrepot.web.records import chain, views

    broken = chain.Checked(3, 0, "x", (chain.Broken(2, "it was changed"),))
    monkeypatch.setattr(views, "verify", lambda: broken)
    assert "Record 2: it was changed" in text(auditor.post("/records/check"))


def test_an_export_is_checked_without_the_server(auditor, tmp_path):
    some(5, about="actor:a1")
    erase("actor:a1")
    some(2)
    file = tmp_path / "records.jsonl"
    file.write_bytes(whole(auditor.post("/records/export")))
    checked = result(file)
    assert (checked["records"], checked["erased"], checked["broken"]) == (8, 5, ())


def test_markup_in_a_record_stays_text(auditor):
    with transaction.atomic():
        append("<b>tried</b>", by="<i>", body={"n": "<script>alert(1)</script>"})
    assert "<script>alert" not in text(auditor.get("/records/"))


def everything(client):
    return zipfile.ZipFile(io.BytesIO(whole(client.post("/records/everything"))))


def test_everything_can_be_taken_away_in_one_archive(auditor, colleague, tmp_path):
    archive = everything(auditor)
    assert archive.testzip() is None
    people = [json.loads(line) for line in archive.read("people.colleague.jsonl").splitlines()]
    assert [each["email"] for each in people] == ["audit@firm.example"]
    (tmp_path / "records.jsonl").write_bytes(archive.read("records.jsonl"))
    assert result(tmp_path / "records.jsonl")["broken"] == ()


def test_that_everything_was_taken_is_on_record(auditor):
    everything(auditor)
    assert "everything exported" in text(auditor.get("/records/"))


def test_no_secret_is_in_the_archive(auditor, colleague):
    owner = colleague("administrator")
    key, key_text = ApiKey.make(owner, "x", ["keep keys"])
    content = b"".join(everything(auditor).read(name) for name in everything(auditor).namelist())
    for secret in (owner.password, key.digest, key_text):
        assert secret.encode() not in content


def test_the_archive_leaves_out_what_its_reader_may_not_see_and_says_so(auditor, colleague):
    from entrepot.web.discovery.models import Observation

    Observation.objects.create(
        step="sell", caption="a hidden back room", source_type="press", seen_on="2026-01-01", need="x",
        sensitivity="sensitive", lawful_source="x", expires_on="2027-01-01", by=colleague("analyst"),
    )  # fmt: skip
    archive = everything(auditor)
    assert b"back room" not in archive.read("discovery.observation.jsonl")
    assert "sensitive observations" in archive.read("README.txt").decode()
