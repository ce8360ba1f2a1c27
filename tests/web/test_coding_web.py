"""Testimony in the web app: who may read it, the vault, withdrawal, coding with and without a script, what leaves."""

import io
import json
import re
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.utils import timezone

from entrepot.sensemaking.cases import STUDY
from entrepot.sensemaking.coding import read_exchange, read_study
from entrepot.web.coding.marking import paragraphs
from entrepot.web.coding.models import Opening, Row, Sealed, Study, Text
from entrepot.web.coding.storing import load
from entrepot.web.permissions import ROLES
from entrepot.web.records.models import Body, Record, verify

pytestmark = pytest.mark.django_db
WORDS = "ab\r\n😀 中文. They do not listen to us! Nobody asked.\r\n\r\nSecond line."
MARKUP = "<script>alert('x')</script>\"'&amp;"
LISTEN = (10, 35)
assert WORDS[LISTEN[0] : LISTEN[1] + 1] == "They do not listen to us! "


def said(answer):
    return re.sub(r"\s+", " ", answer.content.decode())


@pytest.fixture
def analyst(signed_in):
    return signed_in("analyst")


@pytest.fixture
def study(analyst):
    analyst.post("/coding/new", {"name": "Daigou"})
    return Study.objects.get()


def bring(client, study, text=WORDS, **other):
    file = SimpleUploadedFile(
        other.pop("filename", "talk.txt"), text.encode() if isinstance(text, str) else text
    )
    usual = {"kind": "interview", "group": "stores", "informants": "S-01", "role": "buyer", "at": "2026-03",
             "sensitivity": "open", "consent": "on", "file": file}  # fmt: skip
    return client.post(f"/coding/{study.pk}/bring", usual | other)


def place(study, key="talk", table="sources"):
    return Row.objects.get(study=study, table=table, key=key).pk


def code(client, study, first=LISTEN[0], last=LISTEN[1], key="talk", follow=True, **other):
    sent = (
        {"first": first, "last": last}
        | ({"new": "“They do not listen”"} if "codes" not in other else {})
        | other
    )
    return client.post(f"/coding/{study.pk}/texts/{place(study, key)}/code", sent, follow=follow)


def page(client, study, key="talk", query=""):
    return client.get(f"/coding/{study.pk}/texts/{place(study, key)}{query}")


def segments(study):
    return [row.columns for row in Row.objects.filter(study=study, table="segments")]


def test_a_text_comes_in_sign_by_sign_and_is_shown(analyst, study):
    assert bring(analyst, study)["Location"] == f"/coding/{study.pk}/texts/{place(study)}"
    assert Text.objects.get().text == WORDS
    shown = said(page(analyst, study))
    assert 'data-at="4">😀 中文. ' in shown
    assert "Select what matters" in shown


def test_a_selection_becomes_a_segment_under_a_new_concept(analyst, study):
    bring(analyst, study)
    shown = said(code(analyst, study))
    assert "1 segment coded" in shown
    [one] = segments(study)
    assert (int(one["first"]), int(one["last"])) == LISTEN
    assert '<mark class="mine" data-at="10">They do not listen to us! </mark>' in shown
    assert "“They do not listen”" in shown


def test_without_a_script_a_sentence_is_taken_by_its_link(analyst, study):
    bring(analyst, study)
    links = re.findall(r'href="\?first=(\d+)&amp;last=(\d+)', page(analyst, study).content.decode())
    assert ("10", "35") in links
    taken = page(analyst, study, query="?first=10&last=35").content.decode()
    assert "They do not listen to us! </blockquote>" in taken
    assert 'name="first" value="10"' in taken


def test_every_sentence_can_be_reached_and_nothing_else_is_covered():
    covered = [(s.first, s.last) for p in paragraphs(WORDS, [], coder="") for s in p.sentences]
    assert "".join(WORDS[a : b + 1] for a, b in covered) == WORDS.replace("\r\n", "")


@pytest.mark.parametrize(("sent", "wrong"), [
    ({"first": 9, "last": 5}, "the selection is empty"), ({"first": 0, "last": 10_000}, "lies outside the text"),
    ({"first": "", "last": 3}, "This field is required"), ({"first": -1, "last": 3}, "greater than or equal to 0"),
    ({"codes": ["no-such"]}, "is not one of the available choices"), ({"codes": [], "new": " "}, "no code was chosen"),
])  # fmt: skip
def test_a_selection_that_cannot_be_is_one_error_and_nothing_is_kept(analyst, study, sent, wrong):
    bring(analyst, study)
    assert wrong in said(code(analyst, study, **sent)).replace("&#x27;", "'")
    assert segments(study) == []
    assert not Row.objects.filter(study=study, table="codes").exists()


def test_selections_may_overlap_and_the_same_one_is_made_once(analyst, study):
    bring(analyst, study)
    code(analyst, study)
    made = Row.objects.get(study=study, table="codes").key
    code(analyst, study, first=15, last=45, codes=[made])
    assert "coded already" in said(code(analyst, study, codes=[made]))
    assert len(segments(study)) == 2
    assert 'class="mine deep"' in said(page(analyst, study))


def test_coders_do_not_see_one_another_until_they_ask(analyst, study, signed_in):
    bring(analyst, study)
    code(analyst, study)
    other = signed_in("facilitator")
    assert "<mark" not in said(page(other, study))
    assert 'class="theirs"' in said(page(other, study, query="?whose=all"))


def test_nobody_takes_anothers_segment_away(analyst, study, signed_in):
    bring(analyst, study)
    code(analyst, study)
    number = Row.objects.get(study=study, table="segments").pk
    assert signed_in("facilitator").post(f"/coding/{study.pk}/segments/{number}/away").status_code == 403
    assert len(segments(study)) == 1
    assert analyst.post(f"/coding/{study.pk}/segments/{number}/away").status_code == 302
    assert segments(study) == []


def test_agreement_of_two_coders_is_shown(analyst, study, signed_in):
    bring(analyst, study)
    code(analyst, study)
    made, other = Row.objects.get(study=study, table="codes").key, signed_in("facilitator")
    code(other, study, codes=[made])
    shown = said(analyst.get(f"/coding/{study.pk}/evidence"))
    assert "κ of two" in shown
    assert "1.00" in shown
    assert f">{len(WORDS)}<" in shown


def test_having_read_to_the_end_counts_where_nothing_was_coded(analyst, study, signed_in):
    bring(analyst, study)
    code(analyst, study)
    other = signed_in("facilitator")
    other.post(f"/coding/{study.pk}/texts/{place(study)}/read")
    assert "0.00" in said(analyst.get(f"/coding/{study.pk}/evidence"))
    assert "read this text to its end" in said(page(other, study))


def test_a_concept_is_moved_renamed_and_excluded_with_its_history(analyst, study):
    bring(analyst, study)
    code(analyst, study)
    concept = Row.objects.get(study=study, table="codes")
    analyst.post(f"/coding/{study.pk}/codes/new", {"name": "Silence", "level": "theme"})
    theme = Row.objects.get(study=study, table="codes", columns__name="Silence")
    there = f"/coding/{study.pk}/codes/{concept.pk}"
    analyst.post(f"{there}/change", {"what": "parent", "now": theme.key, "why": "it is silence"})
    analyst.post(f"{there}/change", {"what": "name", "now": "“Nobody listens”"})
    shown = said(analyst.get(f"/coding/{study.pk}/structure"))
    assert "“Nobody listens”" in shown
    assert "They do not listen to us! </a>" in shown
    assert "it is silence" in said(analyst.get(f"/coding/{study.pk}/evidence"))
    assert "gives no reason" in said(analyst.post(f"{there}/decide", {"decision": "excluded"}, follow=True))
    analyst.post(f"{there}/decide", {"decision": "excluded", "why": "one voice"})
    assert "one voice" in said(analyst.get(f"/coding/{study.pk}/structure"))
    assert len(segments(study)) == 1


def test_a_concept_does_not_go_below_itself_or_under_a_concept(analyst, study):
    bring(analyst, study)
    code(analyst, study)
    concept = Row.objects.get(study=study, table="codes")
    there = f"/coding/{study.pk}/codes/{concept.pk}/change"
    assert "Nothing was moved" in said(
        analyst.post(there, {"what": "parent", "now": concept.key}, follow=True)
    )
    assert analyst.post(there, {"what": "level", "now": "theme"}).status_code == 403


def test_logs_and_member_checks_are_noted(analyst, study):
    bring(analyst, study)
    there = f"/coding/{study.pk}/note"
    analyst.post(
        f"{there}/lenses",
        {"lens": "Partner selection", "fit": "limited", "dropped": "on", "why": "explains little"},
    )
    analyst.post(
        f"{there}/checks",
        {"round": "1", "informant": "S-01", "sent_at": "2026-05", "fits": "no", "correction": "we did ask"},
    )
    analyst.post(
        f"{there}/interventions", {"group": "stores", "what": "explained the agents", "at": "2026-01"}
    )
    shown = said(analyst.get(f"/coding/{study.pk}/evidence"))
    for words in (
        "Partner selection",
        "explains little",
        "fits 0, does not fit 1",
        "waiting for an answer:",
        "explained the agents",
    ):
        assert words in shown
    assert "the researcher had intervened" in said(page(analyst, study))
    analyst.post(
        f"{there}/checks",
        {"round": "1", "informant": "S-01", "fits": "yes", "action": "asked again", "changed": "account 2"},
    )
    assert "it changed account 2" in said(analyst.get(f"/coding/{study.pk}/evidence"))
    assert analyst.post(f"{there}/segments", {}).status_code == 404
    assert analyst.post(f"{there}/checks", {"round": ""}).status_code == 422


@pytest.mark.parametrize(("name", "data", "wrong"), [
    ("x.docx", b"no docx", "broken or no zip archive"), ("x.pdf", b"%PDF-1.4 no", "pdf"),
    ("x.txt", b"\xff\xd8", "not in UTF-8"),
    ("x.exe", b"MZ", "cannot be read"), ("x.txt", b" ", "no text in it"), ("talk.txt", b"x", "the id of another"),
])  # fmt: skip
def test_a_file_that_cannot_be_read_is_one_error_and_nothing_is_lost(analyst, study, name, data, wrong):
    bring(analyst, study)
    answer = bring(analyst, study, data, filename=name)
    assert answer.status_code == 422
    assert wrong in said(answer)
    assert Text.objects.get().text == WORDS


def test_who_spoke_has_consented_and_whoever_withdrew_is_not_brought_in_again(analyst, study, signed_in):
    bring(analyst, study)
    assert "given" in said(analyst.get(f"/coding/{study.pk}/people"))
    number = Row.objects.get(study=study, table="informants").pk
    signed_in("facilitator").post(f"/coding/{study.pk}/people/{number}/withdraw")
    answer = bring(analyst, study, source="again")
    assert answer.status_code == 422
    assert "they withdrew their consent" in said(answer)
    assert not Text.objects.exists()


def test_without_consent_nothing_comes_in(analyst, study):
    assert bring(analyst, study, consent="").status_code == 422
    assert not Text.objects.exists()


@pytest.mark.parametrize("role", sorted(ROLES))
def test_only_those_who_code_read_testimony(role, signed_in, study, analyst):
    bring(analyst, study)
    answer = page(signed_in(role), study)
    assert (b"listen" in answer.content) == (role in ("facilitator", "analyst"))


def test_whoever_administers_the_server_sees_no_testimony_even_with_another_role(signed_in, study, analyst):
    bring(analyst, study)
    both = signed_in("administrator", "analyst")
    for path in (
        f"/coding/{study.pk}",
        f"/coding/{study.pk}/texts/{place(study)}",
        f"/coding/{study.pk}/structure",
        "/coding",
    ):
        assert both.get(path).status_code == 403


def test_the_export_of_everything_holds_no_testimony(signed_in, study, analyst):
    bring(analyst, study)
    code(analyst, study)
    answer = signed_in("administrator").post("/records/everything")
    raw = b"".join(answer.streaming_content) if answer.streaming else answer.content
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        everything = b"".join(archive.read(name) for name in archive.namelist()).decode()
    assert "coding.text" in everything
    assert "listen" not in everything


@pytest.fixture
def sealed(analyst, study):
    bring(analyst, study, source="secret", sensitivity="sealed", informants="S-02")
    return Sealed.objects.get()


def test_a_sealed_text_is_opened_by_those_named_and_each_opening_is_on_record(
    analyst, study, sealed, signed_in
):
    other = signed_in("facilitator")
    assert not Text.objects.filter(source="secret").exists()
    closed = said(page(analyst, study, "secret"))
    assert "This testimony is sealed" in closed
    assert "listen" not in closed
    there = f"/coding/{study.pk}/texts/{place(study, 'secret')}"
    assert other.post(f"{there}/open", {"why": "curious"}).status_code == 403
    assert "no reason was given" in said(analyst.post(f"{there}/open", {"why": ""}, follow=True))
    assert "They do not listen" in said(analyst.post(f"{there}/open", {"why": "to code it"}, follow=True))
    assert "This testimony is sealed" in said(page(other, study, "secret"))
    opened = Record.objects.filter(kind="sealed testimony opened")
    assert [json.loads(r.body.text)["why"] for r in opened] == ["to code it"]
    Opening.objects.update(until=timezone.now())
    assert "This testimony is sealed" in said(page(analyst, study, "secret"))


def test_somebody_named_may_open_it_and_an_administrator_cannot_be_named(
    analyst, study, sealed, signed_in, colleague
):
    there = f"/coding/{study.pk}/texts/{place(study, 'secret')}"
    analyst.post(f"{there}/open", {"why": "to code"})
    other, admin = colleague("facilitator"), colleague("administrator", "analyst")
    for who, named in ((other, True), (admin, False)):
        analyst.post(f"{there}/name", {"colleague": who.pk})
        assert sealed.named.filter(colleague=who).exists() is named
    client = signed_in("facilitator")
    assert "They do not listen" in said(client.post(f"{there}/open", {"why": "second coder"}, follow=True))


def test_what_is_coded_in_the_vault_shows_no_words_elsewhere(analyst, study, sealed, signed_in):
    there = f"/coding/{study.pk}/texts/{place(study, 'secret')}"
    other = signed_in("facilitator")
    assert code(other, study, key="secret").status_code == 200
    assert segments(study) == []
    analyst.post(f"{there}/open", {"why": "to code"})
    code(analyst, study, key="secret", new="theme of silence")
    assert len(segments(study)) == 1
    for path in ("structure", "evidence", "tables", ""):
        shown = said(other.get(f"/coding/{study.pk}/{path}".rstrip("/")))
        assert "listen to us" not in shown
    bring(other, study, key := "Another text.", source="open one")  # the hidden one is in nobody's way
    assert Text.objects.get(source="open one").text == key


def test_a_sealed_text_leaves_only_where_it_is_open_and_asked_for(analyst, study, sealed):
    bring(analyst, study)
    there = f"/coding/{study.pk}"

    def exported(**sent):
        answer = analyst.post(f"{there}/export", {"kind": "qdpx"} | sent)
        with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
            return {name.rpartition(".")[2]: archive.read(name) for name in archive.namelist()}

    def texts(files):
        return sorted(read_exchange(files["qdpx"], "a.qdpx", files["json"]).study.texts)

    assert texts(exported(sealed="yes")) == ["talk"]
    analyst.post(f"{there}/texts/{place(study, 'secret')}/open", {"why": "to hand over"})
    assert texts(exported()) == ["talk"]
    assert texts(exported(sealed="yes")) == ["secret", "talk"]
    assert [json.loads(r.body.text)["sealed"] for r in Record.objects.filter(kind="study exported")] == [
        0,
        0,
        1,
    ]


def everything_in_the_database():
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f'SELECT * FROM "{table}"')
            found += [str(row) for row in cursor.fetchall()]
    return "\n".join(found)


def test_withdrawn_consent_leaves_no_word_and_the_chain_holds(analyst, study, sealed, signed_in):
    bring(analyst, study)
    code(analyst, study, new="listen, they said", note="note on listen")
    there = f"/coding/{study.pk}/texts/{place(study, 'secret')}"
    analyst.post(f"{there}/open", {"why": "to read of listen"})
    code(analyst, study, key="secret", new="silence")
    analyst.post(
        f"/coding/{study.pk}/note/checks", {"round": "1", "informant": "S-01", "correction": "they do listen"}
    )
    officer = signed_in("data protection officer")
    assert "listen" not in said(officer.get(f"/coding/{study.pk}/people"))
    for who in ("S-01", "S-02"):
        number = Row.objects.get(study=study, table="informants", key=who).pk
        officer.post(f"/coding/{study.pk}/people/{number}/withdraw")
    concept = Row.objects.get(study=study, table="codes", columns__name="listen, they said")
    analyst.post(f"/coding/{study.pk}/codes/{concept.pk}/change", {"what": "name", "now": "not heard"})
    left = everything_in_the_database()
    assert "do not listen" not in left
    assert "note on" not in left
    assert "they do listen" not in left
    assert segments(study) == []
    assert "consent withdrawn" in said(analyst.get(f"/coding/{study.pk}"))
    checked = verify()
    assert checked.broken == ()
    assert checked.erased > 0
    assert load(study).study.source("talk").withdrawn


def test_codes_named_in_withdrawn_words_are_told(analyst, study, signed_in):
    bring(analyst, study)
    code(analyst, study, new="“They do not listen”")
    number = Row.objects.get(study=study, table="informants").pk
    assert analyst.post(f"/coding/{study.pk}/people/{number}/withdraw").status_code == 403
    answer = signed_in("data protection officer").post(
        f"/coding/{study.pk}/people/{number}/withdraw", follow=True
    )
    assert "1 code was named in their words" in said(answer)


def test_a_code_named_in_withdrawn_words_and_renamed_keeps_them_in_no_history(analyst, study, signed_in):
    bring(analyst, study)
    code(analyst, study, new="not heard at first")
    concept = Row.objects.get(study=study, table="codes").pk

    def called(now):
        analyst.post(
            f"/coding/{study.pk}/codes/{concept}/change", {"what": "name", "now": now, "why": "closer"}
        )

    called("“They do not listen”")
    number = Row.objects.get(study=study, table="informants").pk
    signed_in("data protection officer").post(f"/coding/{study.pk}/people/{number}/withdraw")
    called("not heard")
    history = [row.columns for row in Row.objects.filter(study=study, table="revisions")]
    assert [(row.get("was", ""), row.get("now", "")) for row in history] == [
        ("not heard at first", "(withdrawn)"),
        ("", "not heard"),
    ]
    assert "do not listen" not in everything_in_the_database()


def test_records_hold_no_word_that_was_said(analyst, study):
    bring(analyst, study)
    code(analyst, study, new="“They do not listen”", note="they never listen")
    concept = Row.objects.get(study=study, table="codes")
    analyst.post(
        f"/coding/{study.pk}/codes/{concept.pk}/decide", {"decision": "kept", "why": "they never listen"}
    )
    assert "listen" not in "".join(Body.objects.values_list("text", flat=True))
    assert {"study made", "source brought", "code made", "coded", "concept decided"} <= set(
        Record.objects.values_list("kind", flat=True)
    )


def test_erasing_a_study_asks_for_its_name_and_leaves_the_chain(analyst, study):
    bring(analyst, study)
    analyst.post(f"/coding/{study.pk}/erase", {"name": "other"})
    assert Study.objects.exists()
    analyst.post(f"/coding/{study.pk}/erase", {"name": "Daigou"})
    assert not Study.objects.exists()
    assert not Text.objects.exists()
    assert verify().broken == ()


def test_markup_in_every_field_is_text(analyst, study):
    who = MARKUP.replace(";", "")
    known = dict.fromkeys(("group", "role", "follow_up"), MARKUP)
    bring(analyst, study, f"{MARKUP} said. And {MARKUP}.", source=f"s {MARKUP}"[:90], informants=who, **known)
    key = Row.objects.get(study=study, table="sources").key
    code(analyst, study, key=key, first=0, last=20, new=MARKUP, note=MARKUP)
    concept = Row.objects.get(study=study, table="codes")
    analyst.post(f"/coding/{study.pk}/codes/new", {"name": MARKUP, "level": "theme", "step": "integration"})
    analyst.post(f"/coding/{study.pk}/codes/new", {"name": MARKUP, "level": "dimension"})
    theme = Row.objects.filter(study=study, table="codes", columns__level="theme").get()
    analyst.post(
        f"/coding/{study.pk}/codes/{concept.pk}/change", {"what": "parent", "now": theme.key, "why": MARKUP}
    )
    analyst.post(f"/coding/{study.pk}/codes/{concept.pk}/decide", {"decision": "kept", "why": MARKUP})
    who = Row.objects.get(study=study, table="informants").key
    free = ("about", "correction", "action", "changed")
    notes = {
        "lenses": {"lens": MARKUP, "fit": MARKUP, "why": MARKUP},
        "interventions": {"group": MARKUP, "what": MARKUP, "reactivity": MARKUP},
        "checks": {"round": MARKUP[:40], "informant": who, **dict.fromkeys(free, MARKUP)},
    }
    for table, sent in notes.items():
        assert analyst.post(f"/coding/{study.pk}/note/{table}", sent).status_code == 302
    analyst.post(f"/coding/{study.pk}/segments/{Row.objects.get(study=study, table='segments').pk}/quote")
    for path in (
        "",
        "/structure",
        "/evidence",
        "/tables",
        "/people",
        f"/texts/{place(study, key)}?first=0&last=20",
    ):
        shown = analyst.get(f"/coding/{study.pk}{path}")
        assert shown.status_code == 200
        assert b"<script>alert" not in shown.content, path
        assert b"alert(" in shown.content or path == "/tables", path


def test_pages_keep_to_the_content_policy(analyst, study):
    bring(analyst, study)
    code(analyst, study)
    for path in ("", "/structure", "/evidence", "/tables", "/people", f"/texts/{place(study)}"):
        shown = analyst.get(f"/coding/{study.pk}{path}")
        assert not re.search(rb"<[^>]+\s(style|on\w+)=", shown.content), path
        assert not re.search(rb"<script(?![^>]*\ssrc=)", shown.content), path
        assert "no-store" in shown["Cache-Control"]


def test_the_papers_study_begins_with_a_box_and_comes_out_as_it_was(analyst):
    analyst.post("/coding/new", {"name": "Paper", "example": "on"})
    row = Study.objects.get()
    example = read_study(STUDY)
    assert load(row).study.having(name=example.name) == example
    assert "73 interviews with 41 informants" in said(analyst.get(f"/coding/{row.pk}/tables"))
    assert "A reconstruction" in said(analyst.get(f"/coding/{row.pk}/structure"))
    assert "Determined account" in said(analyst.get(f"/coding/{row.pk}/tables"))
    answer = analyst.post(f"/coding/{row.pk}/export", {"kind": "qdpx"})
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        [project, side] = [archive.read(name) for name in archive.namelist()]
    files = {
        "file": SimpleUploadedFile("a.qdpx", project),
        "side": SimpleUploadedFile("a.entrepot.json", side),
    }
    analyst.post("/coding/new", {"name": "Again", **files})
    again = Study.objects.get(name="Again")
    assert load(again).study.having(name="") == load(row).study.having(
        name="", sources=load(again).study.sources
    )


def test_a_broken_project_makes_no_study(analyst):
    answer = analyst.post("/coding/new", {"name": "x", "file": SimpleUploadedFile("a.qdpx", b"broken")})
    assert answer.status_code == 422
    assert "broken or no zip archive" in said(answer)
    assert not Study.objects.exists()


@pytest.mark.parametrize(("row", "wrong"), [
    ({"coder": "k", "name": "\ud800"}, "a sign in it is none"), ({"coder": "k", "name": "a\0"}, "a sign in it is none"),
    ({"coder": "k" * 300}, "an id is too long"),
])  # fmt: skip
def test_what_no_database_keeps_is_one_error(analyst, row, wrong):
    from entrepot.sensemaking.coding import Study as Coded
    from entrepot.sensemaking.coding import write_exchange

    project = write_exchange(Coded(name="x"), "a.qdpx")[0]["a.qdpx"]
    tables = {
        "groups": [{"group": "g"}],
        "guides": [{"guide": row["coder"], "group": "g", "asked": row.get("name", "x")}],
    }
    side = json.dumps({"ids": {}, "with_text": [], "tables": tables}).encode()
    files = {
        "file": SimpleUploadedFile("a.qdpx", project),
        "side": SimpleUploadedFile("a.entrepot.json", side),
    }
    assert wrong in said(analyst.post("/coding/new", {"name": "x", **files}))
    assert not Study.objects.exists()


def test_a_file_that_is_too_large_is_refused_before_it_is_read(analyst, study):
    answer = analyst.post(f"/coding/{study.pk}/bring", {}, CONTENT_LENGTH=str(30 * 2**20))
    assert answer.status_code == 413


def test_a_number_of_another_study_opens_nothing(analyst, study):
    bring(analyst, study)
    analyst.post("/coding/new", {"name": "Other"})
    other = Study.objects.get(name="Other")
    assert analyst.get(f"/coding/{other.pk}/texts/{place(study)}").status_code == 404
    assert (
        analyst.post(
            f"/coding/{other.pk}/texts/{place(study)}/code", {"first": 0, "last": 1, "new": "x"}
        ).status_code
        == 404
    )


@pytest.fixture
def restricted(signed_in, study):
    """A text that a facilitator brought into the analyst's study, restricted, with a quoted segment."""
    brings = signed_in("facilitator", email="brings@firm.example")
    bring(brings, study, source="apart", sensitivity="restricted", informants="S-03")
    code(brings, study, key="apart", new="theme of silence", note="a note apart")
    quoted = Row.objects.get(study=study, table="segments").pk
    brings.post(f"/coding/{study.pk}/segments/{quoted}/quote")
    return brings


def taken_out(client, study):
    answer = client.post(f"/coding/{study.pk}/export", {"kind": "qdpx", "sealed": "yes"})
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        files = {name.rpartition(".")[2]: archive.read(name) for name in archive.namelist()}
    return read_exchange(files["qdpx"], "a.qdpx", files["json"]).study


def test_a_restricted_text_is_read_by_who_made_the_study_and_those_named_and_by_no_other_coder(
    restricted, analyst, study, signed_in, colleague
):
    other = signed_in("analyst", email="other@firm.example")
    for reads in (restricted, analyst):
        assert "They do not listen" in said(page(reads, study, "apart"))
    shown = said(page(other, study, "apart"))
    assert (
        "This testimony is restricted" in shown and "brings@firm.example" in shown and "listen" not in shown
    )
    there = f"/coding/{study.pk}/texts/{place(study, 'apart')}"
    someone = colleague("analyst", email="other@firm.example")
    assert other.post(f"{there}/name", {"colleague": someone.pk}).status_code == 403
    assert "This testimony is restricted" in said(page(other, study, "apart"))
    restricted.post(f"{there}/name", {"colleague": someone.pk})
    assert "They do not listen" in said(page(other, study, "apart"))
    assert Record.objects.filter(kind="named for restricted testimony").count() == 1


def test_restricted_quotes_stand_on_no_page_and_in_no_export_for_others(restricted, study, signed_in):
    other = signed_in("analyst", email="other@firm.example")
    for path in ("", "/structure", "/evidence", "/tables"):
        shown = said(other.get(f"/coding/{study.pk}{path}"))
        assert "listen to us" not in shown and "a note apart" not in shown
    assert "listen to us" in said(restricted.get(f"/coding/{study.pk}/structure"))
    assert set(taken_out(other, study).texts) == set()
    assert set(taken_out(restricted, study).texts) == {"apart"}


def test_who_may_not_read_a_text_neither_codes_nor_quotes_it(restricted, study, signed_in):
    other = signed_in("analyst", email="other@firm.example")
    number = Row.objects.get(study=study, table="segments").pk
    code(other, study, key="apart", new="mine")
    assert len(segments(study)) == 1
    assert other.post(f"/coding/{study.pk}/segments/{number}/quote").status_code == 403
    assert segments(study)[0]["quoted"] == "true"


def test_withdrawal_takes_restricted_words_too(restricted, study, signed_in):
    number = Row.objects.get(study=study, table="informants", key="S-03").pk
    signed_in("data protection officer").post(f"/coding/{study.pk}/people/{number}/withdraw")
    assert "do not listen" not in everything_in_the_database()
    assert not study.readers.exists()


def test_testimony_stands_among_the_places_only_where_it_opens(signed_in):
    both, alone = signed_in(*ROLES), signed_in("facilitator")
    assert 'href="/coding"' in said(alone.get("/")) and alone.get("/coding").status_code == 200
    assert 'href="/coding"' not in said(both.get("/"))
    refused = both.get("/coding")
    assert refused.status_code == 403
    assert "Under Colleagues, add an account" in said(refused) and "a second one for yourself" in said(
        refused
    )
