"""The page of records: who reads them, what they find, the check, and what can be taken away."""

import io
import json
import re
import zipfile
from html import unescape
from pathlib import Path

import pytest
from django.db import transaction

from entrepot.cli.verify import result
from entrepot.web.people.models import ApiKey
from entrepot.web.permissions import ROLES
from entrepot.web.records import words
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
        sensitivity="sensitive", lawful_source="x", expires_on="2999-01-01", by=colleague("analyst"),
    )  # fmt: skip
    archive = everything(auditor)
    assert b"back room" not in archive.read("discovery.observation.jsonl")
    assert "sensitive observations" in archive.read("README.txt").decode()


# -- what happened, in words


def said(kind, body):
    with transaction.atomic():
        append(kind, by="terminal", body=body)


def test_a_record_says_what_happened_and_its_facts_and_keeps_the_json_under_a_fold(auditor):
    said(
        "review", {"finding": "A-1", "kind": "ring", "verdict": "cannot_tell", "is_blind": False, "note": ""}
    )
    page = text(auditor.get("/records/"))
    assert "Judged a finding" in page
    line = auditor.get("/records/").context["page"].lines[0]
    assert dict(line.facts) == {
        "finding": "A-1", "kind": "several who act together", "verdict": "cannot tell",
        "without seeing the first": "no",
    }  # fmt: skip
    fold = re.search(r"<details.*?</details>", page.partition("Judged a finding")[2], re.DOTALL)[0]
    assert json.loads(unescape(re.search(r"<pre>(.*?)</pre>", fold, re.DOTALL)[1])) == json.loads(line.text)


def test_days_digests_lists_and_parts_are_told_as_people_read_them():
    body = {
        "at": "2026-03-03T09:05:00+00:00", "on": "2026-03-03", "sha256": "a" * 64, "roles": ["viewer", "store"],
        "was": {"step": "sell", "note": None}, "like": "2026-99-99",
    }  # fmt: skip
    told, more = words.facts(json.dumps(body))
    assert (dict(told), more) == (
        {"at": "3 Mar 2026, 09:05", "on": "3 Mar 2026", "SHA-256": "a" * 12 + "…", "roles": "viewer, store",
         "was": "step: sell", "like": "2026-99-99"}, 0,
    )  # fmt: skip


@pytest.mark.parametrize("body", [None, "", "no json", "[1]", '"x"', "3"])
def test_a_body_that_is_no_set_of_names_has_no_facts(body):
    assert words.facts(body) == ([], 0)


def test_a_long_body_is_cut_and_says_how_much_more_there_is(auditor):
    said("tried", {f"n{n}": "x" * 1000 for n in range(11)})
    line = auditor.get("/records/").context["page"].lines[0]
    assert (len(line.facts), line.more) == (words.MOST, 3)
    assert max(len(value) for _name, value in line.facts) == words.LONGEST + 1
    assert "and 3 more" in text(auditor.get("/records/"))


def test_what_is_written_in_a_body_is_no_markup(auditor):
    said("<b>tried", {"<i>": "<script>alert(1)</script>"})
    page = text(auditor.get("/records/"))
    assert "<script>alert" not in page
    assert "<i>" not in page
    assert "<b>tried" not in page


def test_every_kind_that_these_apps_write_has_words():
    written = set()
    for app in ("actors", "discovery", "people", "protection", "records", "runs"):
        for path in Path(words.__file__).parents[1].joinpath(app).glob("*.py"):
            code = path.read_text(encoding="utf-8")
            written |= set(re.findall(r'\bappend\(\s*"([a-z -]+)",\s*by=', code))
            written |= set(re.findall(r'\b(?:_say|_note)\("([a-z -]+)",', code))
            written |= set(re.findall(r'\bkind\s?=\s?"([a-z]+ [a-z]+)"', code))
    assert len(written) > 40
    assert written - set(words.HAPPENED) == set()


def test_many_roles_are_folded_and_few_are_not(auditor, signed_in, colleague):
    everything = colleague(*ROLES, email="all@firm.example")
    some(1, by=everything.mark)
    pages = [text(auditor.get("/records/")), text(signed_in("administrator").get("/colleagues/"))]
    for page in pages:
        fold = re.search(r'<details class="roles"><summary>(.*?)</summary>(.*?)</details>', page, re.DOTALL)
        assert fold[1] == f"{len(ROLES)} roles"
        assert all(role in fold[2] for role in ROLES)
    assert pages[1].count('<details class="roles">') == 1


@pytest.mark.parametrize("where", ["/records/", "/protection/", "/colleagues/"])
def test_each_cell_of_a_card_on_a_phone_stands_under_its_name(signed_in, where):
    some(2)
    page = text(signed_in(*ROLES, email="all@firm.example").get(where))
    cards = re.findall(r'<table class="stacked.*?</table>', page, re.DOTALL)
    cells = [cell for card in cards for cell in re.findall(r"<td[^>]*>", card) if "colspan" not in cell]
    assert cells
    assert [cell for cell in cells if 'data-label="' not in cell] == []
