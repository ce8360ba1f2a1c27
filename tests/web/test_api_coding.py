"""Coded testimony by the API: what the pages' functions do, with their rows, records and refusals; and no word of a
source that is not open."""

import csv
import io
import json
import math
import zipfile
from urllib.parse import urlencode

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from entrepot.sensemaking.coding import read_exchange, reliability
from entrepot.web.api.models import Answer
from entrepot.web.coding import urls as coding_urls
from entrepot.web.coding.models import Opening, Row, Sealed, Study, Text
from entrepot.web.coding.storing import load
from entrepot.web.people.models import ApiKey
from entrepot.web.permissions import ACTIONS, ROLES
from entrepot.web.records.models import Record, verify
from entrepot.web.sensemaking import urls as sense_urls
from tests.web.addresses import addresses
from tests.web.api_fixtures import Program, is_problem
from tests.web.api_fixtures import fresh_counts as fresh_counts

pytestmark = pytest.mark.django_db
WORDS = "ab\r\n😀 中文. They do not listen to us! Nobody asked.\r\n\r\nSecond line."
FIRST, LAST = 10, 35
KNOWN = {"kind": "interview", "group": "stores", "informants": "S-01", "role": "buyer", "at": "2026-03"}


def told(answer, status=200):
    assert answer.status_code == status, answer.content.decode()[:600]
    return answer.json()


@pytest.fixture
def analyst(colleague):
    return colleague("analyst")


@pytest.fixture
def asks(analyst):
    """A program of an analyst."""
    return program_of(analyst, "code testimony", "keep consent")


def program_of(owner, *scopes):
    return Program(ApiKey.make(owner, "a key", list(scopes))[1])


@pytest.fixture
def study(asks):
    return told(asks.post("studies", {"name": "Daigou"}), 201)["number"]


def bring(asks, study, text=WORDS, status=201, headers=(), **other):
    said = {"file": "talk.txt", "sensitivity": "open", "consent": "true"} | KNOWN | other
    raw = text.encode() if isinstance(text, str) else text
    return told(asks.send(f"studies/{study}/sources?{urlencode(said)}", raw, **dict(headers)), status)


def code(asks, study, source, status=201, headers=(), **other):
    given = {"first": FIRST, "last": LAST} | ({} if "codes" in other else {"new": "not heard"}) | other
    return told(asks.post(f"studies/{study}/sources/{source}/segments", given, **dict(headers)), status)


@pytest.fixture
def talk(asks, study):
    return bring(asks, study)["number"]


@pytest.fixture
def coded(asks, study, talk):
    return code(asks, study, talk)["segments"][0]


def rows(number):
    """The rows of a study, without what differs each time: ids that are drawn, and the minute."""
    names = {r.key: r.columns.get("name") for r in Row.objects.filter(study=number, table="codes")}
    drawn = ("segment", "at", "consent_at")
    found = []
    for row in Row.objects.filter(study=number).order_by("table", "pk"):
        columns = {n: names.get(v, v) for n, v in row.columns.items() if n not in drawn}
        found.append((row.table, columns))
    return found


def records(number):
    """What records say of a study, without numbers."""
    bodies = [
        (r.kind, json.loads(r.body.text)) for r in Record.objects.select_related("body").order_by("number")
    ]
    return [(kind, sorted(body)) for kind, body in bodies if body.get("study") == number]


def test_each_act_leaves_the_rows_and_records_of_the_page(asks, study, coded, signed_in, analyst):
    asks.post(f"studies/{study}/codes", {"name": "Silence", "level": "theme", "step": "interpretation"})
    page = signed_in("analyst")
    page.post("/coding/new", {"name": "Daigou"})
    other = Study.objects.get(name="Daigou", pk__gt=study).pk
    file = SimpleUploadedFile("talk.txt", WORDS.encode())
    page.post(f"/coding/{other}/bring", KNOWN | {"sensitivity": "open", "consent": "on", "file": file})
    place = Row.objects.get(study=other, table="sources").pk
    page.post(f"/coding/{other}/texts/{place}/code", {"first": FIRST, "last": LAST, "new": "not heard"})
    page.post(f"/coding/{other}/codes/new", {"name": "Silence", "level": "theme", "step": "interpretation"})
    assert rows(study) == rows(other)
    assert records(study) == records(other)
    assert len(rows(study)) == 7
    assert set(Text.objects.values_list("text", flat=True)) == {WORDS}
    for number in (study, other):
        row = Row.objects.get(study=number, table="segments")
        client = asks.delete(f"studies/{number}/segments/{row.pk}")  # the owner's, whether made here or there
        assert told(client) == {"number": row.pk}
    assert records(study) == records(other)
    assert rows(study) == rows(other)
    by = {r.by for r in Record.objects.filter(kind="coded")}
    assert by == {f"key:{ApiKey.objects.get().pk}", analyst.mark}
    assert verify().broken == ()


def test_what_is_asked_twice_is_done_once(asks, study):
    source = [bring(asks, study, headers={"Idempotency-Key": "b"}.items())["number"] for _ in "ab"]
    assert source[0] == source[1]
    made = [code(asks, study, source[0], headers={"Idempotency-Key": "c"}.items()) for _ in "ab"]
    assert made[0] == made[1]
    theme = {"name": "Silence", "level": "theme"}
    assert len({told(asks.post(f"studies/{study}/codes", theme, **{"Idempotency-Key": "t"}), 201)["number"]
                for _ in "ab"}) == 1  # fmt: skip
    there = f"studies/{study}/segments/{made[0]['segments'][0]}"
    for _ in "ab":
        told(asks.ask("DELETE", there, **{"Idempotency-Key": "d"}))
    assert is_problem(asks.delete(there), 404)
    kinds = list(Record.objects.values_list("kind", flat=True))
    assert [kinds.count(k) for k in ("source brought", "coded", "code made", "uncoded")] == [1, 1, 2, 1]
    kept = json.dumps(list(Answer.objects.values_list("body", flat=True)))
    assert "Silence" not in kept
    assert "listen" not in kept


def test_the_same_selection_is_made_once_also_without_a_key(asks, study, talk, coded):
    [one] = told(asks.get(f"studies/{study}/codes"))
    again = code(asks, study, talk, codes=[one["code"]])
    assert again == {"made": 0, "segments": [coded]}


def test_tables_say_what_the_pages_say(asks, study, talk, coded):
    [listed] = told(asks.get("studies"))["items"]
    assert (listed["number"], listed["sources"], listed["segments"]) == (study, 1, 1)
    [source] = told(asks.get(f"studies/{study}/sources"))
    assert (source["number"], source["segments"], source["leaves"]) == (talk, 1, True)
    assert told(asks.get(f"studies/{study}/sources/{talk}/text"))["text"] == WORDS
    [segment] = told(asks.get(f"studies/{study}/segments"))
    assert (segment["words"], segment["first"], segment["last"]) == (WORDS[FIRST : LAST + 1], FIRST, LAST)
    [person] = told(asks.get(f"studies/{study}/informants"))
    assert (person["informant"], person["consent"], person["sources"]) == ("S-01", "given", 1)
    concept = told(asks.get(f"studies/{study}/structure"))["dimensions"][0]["themes"][0]["concepts"][0]
    assert (concept["name"], concept["quotes"][0]["words"]) == ("not heard", WORDS[FIRST : LAST + 1])
    assert set(told(asks.get(f"studies/{study}/logs"))) >= {"checks", "choices", "revisions", "lenses"}
    assert "no-store" in asks.get(f"studies/{study}/segments")["Cache-Control"]


def test_the_papers_tables(asks):
    number = told(asks.post("studies", {"name": "Paper", "example": True}), 201)["number"]
    paper = told(asks.get(f"studies/{number}/paper"))
    assert (paper["interviews"], paper["informants"]) == (73, 41)
    assert any("Determined account" in cell["heading"] for cell in paper["table_3"])
    assert any(quote["words"] for cell in paper["table_3"] for quote in cell["quotes"])


def test_agreement_is_that_of_the_page_and_others_stay_out_of_sight(asks, study, talk, coded, colleague):
    other = program_of(colleague("facilitator"), "code testimony")
    assert told(other.get(f"studies/{study}/segments")) == []
    [concept] = told(asks.get(f"studies/{study}/codes"))
    code(other, study, talk, codes=[concept["code"]], last=LAST - 5)
    assert len(told(other.get(f"studies/{study}/segments?whose=all"))) == 2
    said = told(asks.get(f"studies/{study}/agreement"))
    found = {(r.code, r.measure): r for r in reliability(load(Study.objects.get()).study)}
    assert len(said["rows"]) == len(found) > 0
    for row in said["rows"]:
        known = found[row["code"], row["measure"]]
        assert row["value"] == pytest.approx(known.value)
        assert row["low"] is None
        assert math.isnan(known.low)
        assert row["characters"] == len(WORDS)
    assert said["rows"][0]["coders"] == ["analyst@firm.example", "facilitator@firm.example"]


def test_nobody_takes_anothers_segment_away(study, coded, colleague):
    other = program_of(colleague("facilitator"), "code testimony")
    assert is_problem(other.delete(f"studies/{study}/segments/{coded}"), 403)
    assert Row.objects.filter(pk=coded).exists()


READS = ("sources", "codes", "segments?whose=all", "structure", "logs", "agreement", "paper", "informants")


@pytest.mark.parametrize("role", sorted(ROLES))
def test_who_may_not_code_gets_no_testimony(role, study, talk, coded, colleague):
    asks = program_of(colleague(role), *ACTIONS)
    status = {path: asks.get(f"studies/{study}/{path}").status_code for path in READS}
    codes, consents = role in ("facilitator", "analyst"), role in ACTIONS["keep consent"]
    assert status == {path: 200 if codes or (consents and path == "informants") else 403 for path in READS}
    assert asks.get(f"studies/{study}/sources/{talk}/text").status_code == (200 if codes else 403)
    assert asks.post(f"studies/{study}/exports?kind=qdpx").status_code == (200 if codes else 403)


def test_whoever_administers_the_server_is_refused_also_with_another_role(
    study, talk, coded, colleague, signed_in
):
    both = program_of(colleague("administrator", "analyst"), *ACTIONS)
    for path in READS:
        answer = both.get(f"studies/{study}/{path}")
        assert is_problem(answer, 403)
        assert "administrators" in answer.json()["title"]
    before = Row.objects.count()
    assert is_problem(both.post(f"studies/{study}/codes", {"name": "x", "level": "theme"}), 403)
    assert is_problem(both.delete(f"studies/{study}/segments/{coded}"), 403)
    assert is_problem(both.post(f"studies/{study}/exports?kind=tables"), 403)
    assert is_problem(both.send("studies/projects?name=x&file=a.qdpx", b"x"), 403)
    assert Row.objects.count() == before
    assert signed_in("administrator", "analyst").get("/api/studies").status_code == 403


def test_a_key_without_the_scope_is_refused(study, analyst):
    assert is_problem(program_of(analyst, "keep consent").get(f"studies/{study}/codes"), 403)


@pytest.mark.parametrize("sensitivity", ["sealed", "restricted"])
def test_no_word_of_a_source_that_is_not_open_leaves(asks, study, talk, sensitivity, signed_in, analyst):
    secret = bring(
        asks, study, "Quietly they hide it.", source="secret", sensitivity=sensitivity, informants="S-02"
    )
    page, there = signed_in("analyst"), f"/coding/{study}/texts/{secret['number']}"
    if sensitivity == "sealed":
        assert [n.colleague for n in Sealed.objects.get().named.all()] == [analyst]
        assert is_problem(asks.post(f"studies/{study}/sources/{secret['number']}/segments",
                                    {"first": 0, "last": 6, "new": "x"}), 403)  # fmt: skip
        page.post(f"{there}/open", {"why": "to code it"})
        assert Opening.objects.get().until > timezone.now()
    page.post(f"{there}/code", {"first": 0, "last": 6, "new": "they cover", "note": "Quietly indeed"})
    row = Row.objects.get(study=study, table="segments")
    page.post(f"/coding/{study}/segments/{row.pk}/quote")
    assert is_problem(asks.get(f"studies/{study}/sources/{secret['number']}/text"), 403)
    for path in READS:
        answer = asks.get(f"studies/{study}/{path}")
        assert answer.status_code == 200
        assert "uietly" not in answer.content.decode(), path
    [segment] = told(asks.get(f"studies/{study}/segments"))
    assert (segment["words"], segment["note"], segment["code"]) == (None, None, row.columns["code"])
    for kind in ("qdpx", "qdc", "tables"):
        answer = asks.post(f"studies/{study}/exports?kind={kind}")
        assert answer.status_code == 200
        assert b"uietly" not in everything_in(answer.content), kind
    taken = [
        json.loads(r.body.text) for r in Record.objects.filter(kind="study exported").select_related("body")
    ]
    assert {each["sealed"] for each in taken} == {0}
    assert {each["held_back"] for each in taken} == {1}
    assert told(asks.get(f"studies/{study}/agreement"))["left_out"] == 1
    leaves = {each["source"]: each["leaves"] for each in told(asks.get(f"studies/{study}/sources"))}
    assert leaves == {"talk": True, "secret": False}


def everything_in(data):
    """All bytes of an archive, also of archives in it."""
    found = b""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for name in archive.namelist():
            inside = archive.read(name)
            found += everything_in(inside) if name.endswith(".qdpx") else inside
    return found


def test_a_restricted_source_is_coded_by_those_who_may_read_it_and_by_no_other(asks, study, colleague):
    secret = bring(asks, study, source="secret", sensitivity="restricted")["number"]
    assert code(asks, study, secret)["made"] == 1
    code(program_of(colleague("facilitator"), "code testimony"), study, secret, 403)
    assert Row.objects.filter(study=study, table="segments").count() == 1


def test_exports_come_in_again_as_they_were(asks, study, coded):
    for kind in ("qdpx", "tables"):
        answer = asks.post(f"studies/{study}/exports?kind={kind}")
        assert answer["Content-Type"] == "application/zip"
        with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
            files = {name: archive.read(name) for name in archive.namelist()}
        if kind == "tables":
            [segment] = csv.DictReader(io.StringIO(files["segments.csv"].decode()))
            assert (segment["first"], segment["last"]) == (str(FIRST), str(LAST))
            assert files["texts/talk.txt"].decode() == WORDS
            continue
        again = told(asks.send("studies/projects?name=Again&file=a.zip", answer.content), 201)["number"]
        was, now = (load(Study.objects.get(pk=n)).study for n in (study, again))
        assert (now.segments, now.texts, now.informants) == (was.segments, was.texts, was.informants)
        bare = files[f"study-{study}.qdpx"]
        assert read_exchange(bare, "a.qdpx").study.texts
        told(asks.send("studies/projects?name=Bare&file=a.qdpx", bare), 201)
    assert Study.objects.count() == 3
    assert [json.loads(r.body.text)["kind"] for r in Record.objects.filter(kind="study exported")] == [
        "qdpx",
        "tables",
    ]


@pytest.mark.parametrize(("name", "data", "wrong"), [
    ("x.docx", b"no docx", "broken or no zip archive"), ("x.pdf", b"%PDF-1.4 no", "pdf"),
    ("x.txt", b"\xff\xd8", "not in UTF-8"), ("x.exe", b"MZ", "cannot be read"), ("x.txt", b" ", "no text in it"),
    ("talk.txt", b"x", "the id of another"),
])  # fmt: skip
def test_a_file_that_cannot_be_read_is_told_and_nothing_is_lost(asks, study, talk, name, data, wrong):
    said = bring(asks, study, data, 422, file=name)
    assert wrong in json.dumps(said["mistakes"])
    assert Text.objects.get().text == WORDS


@pytest.mark.parametrize(("file", "data", "wrong"), [
    ("a.qdpx", b"broken", "broken or no zip archive"), ("a.zip", b"broken", "broken or no zip archive"),
    ("a.txt", b"x", "cannot be imported"), ("a.zip", b"PK\5\6" + bytes(18), "there is not one project"),
])  # fmt: skip
def test_a_broken_project_makes_no_study(asks, file, data, wrong):
    said = told(asks.send(f"studies/projects?name=x&file={file}", data), 422)
    assert wrong in json.dumps(said["mistakes"])
    assert not Study.objects.exists()


def test_what_the_page_refuses_is_refused(asks, study, talk, coded):
    assert (
        bring(asks, study, status=422, source="b", consent="false")["mistakes"][0]["where"] == "query.consent"
    )
    assert bring(asks, study, status=422, source="b", at="some day")["mistakes"][0]["where"] == "query.at"
    for wrong in (
        {"first": 9, "last": 5},
        {"last": 10_000},
        {"codes": ["no-such"]},
        {"codes": [], "new": " "},
    ):
        code(asks, study, talk, 422, **wrong)
    [concept] = told(asks.get(f"studies/{study}/codes"))
    below = {"name": "x", "level": "concept", "parent": concept["code"]}
    assert is_problem(asks.post(f"studies/{study}/codes", below), 422)
    said = urlencode(KNOWN | {"file": "a.txt", "sensitivity": "open", "consent": "true"})
    large = asks.client.generic(
        "POST", f"/api/studies/{study}/sources?{said}", b"x", content_type="application/octet-stream",
        CONTENT_LENGTH=str(30 * 2**20), headers={"Authorization": f"Bearer {asks.text}"},
    )  # fmt: skip
    assert is_problem(large, 413)
    assert Row.objects.filter(study=study, table="segments").count() == 1


def test_a_number_of_another_study_opens_nothing(asks, study, talk, coded):
    other = told(asks.post("studies", {"name": "Other"}), 201)["number"]
    assert is_problem(asks.get(f"studies/{other}/sources/{talk}/text"), 404)
    assert is_problem(
        asks.post(f"studies/{other}/sources/{talk}/segments", {"first": 0, "last": 1, "new": "x"}), 404
    )
    assert is_problem(asks.delete(f"studies/{other}/segments/{coded}"), 404)


def test_who_withdrew_is_gone_here_too(asks, study, talk, coded, signed_in):
    number = told(asks.get(f"studies/{study}/informants"))[0]["number"]
    signed_in("facilitator").post(f"/coding/{study}/people/{number}/withdraw")
    assert is_problem(asks.get(f"studies/{study}/sources/{talk}/text"), 404)
    assert told(asks.get(f"studies/{study}/segments?whose=all")) == []
    assert "withdrew" in json.dumps(bring(asks, study, status=422, source="again")["mistakes"])


# The other deeds of the pages


def made_code(asks, study):
    [one] = told(asks.get(f"studies/{study}/codes"))
    return one["number"]


def test_codes_are_changed_moved_and_excluded_with_their_history(asks, study, coded):
    concept = made_code(asks, study)
    theme = told(asks.post(f"studies/{study}/codes", {"name": "Silence", "level": "theme"}), 201)
    there = f"studies/{study}/codes/{concept}"
    told(
        asks.post(f"{there}/revisions", {"what": "parent", "now": theme["code"], "why": "it is silence"}), 201
    )
    told(asks.post(f"{there}/revisions", {"what": "name", "now": "unheard"}), 201)
    told(asks.post(f"{there}/decisions", {"decision": "excluded", "why": "one voice"}), 201)
    logs = told(asks.get(f"studies/{study}/logs"))
    assert [(r["what"], r["why"]) for r in logs["revisions"]] == [("parent", "it is silence"), ("name", "")]
    assert [(c["decision"], c["reason"]) for c in logs["choices"]] == [("excluded", "one voice")]
    assert told(asks.get(f"studies/{study}/structure"))["left_out"][0]["name"] == "unheard"
    for wrong in ({"what": "name", "now": " "}, {"what": "parent", "now": "no-such"}):
        assert is_problem(asks.post(f"{there}/revisions", wrong), 422)
    assert is_problem(asks.post(f"{there}/decisions", {"decision": "kept", "why": " "}), 422)
    assert {"code changed", "concept decided"} <= set(Record.objects.values_list("kind", flat=True))


def test_logs_and_member_checks_are_noted_and_said_again_replaced(asks, study, talk, coded):
    told(asks.post(f"studies/{study}/lenses", {"lens": "Partner selection", "fit": "limited"}), 201)
    told(asks.post(f"studies/{study}/lenses", {"lens": "Partner selection", "fit": "good"}), 201)
    check = {"round": "1", "informant": "S-01", "fits": "no", "correction": "we did ask"}
    told(asks.post(f"studies/{study}/checks", check), 201)
    told(asks.post(f"studies/{study}/checks", check | {"action": "asked again"}), 201)
    told(
        asks.post(f"studies/{study}/interventions", {"group": "stores", "what": "told", "at": "2026-01"}), 201
    )
    codes = [
        told(asks.post(f"studies/{study}/codes", {"name": n, "level": "theme"}), 201)["code"] for n in "ab"
    ]
    told(asks.post(f"studies/{study}/sequence", {"before": codes[0], "after": codes[1], "why": "first"}), 201)
    logs = told(asks.get(f"studies/{study}/logs"))
    assert [each["fit"] for each in logs["lenses"]] == ["good"]
    assert [(each["fits"], each["action"]) for each in logs["checks"]] == [("no", "asked again")]
    assert (len(logs["interventions"]), len(logs["sequence"])) == (1, 1)
    assert is_problem(asks.post(f"studies/{study}/checks", check | {"informant": "nobody"}), 422)
    assert is_problem(
        asks.post(f"studies/{study}/interventions", {"group": "stores", "what": "x", "at": "soon"}), 422
    )


def test_segments_are_marked_and_texts_read_as_the_owners(asks, study, talk, coded, signed_in, analyst):
    there = f"studies/{study}/segments/{coded}/mark"
    for method, quoted in (("PUT", True), ("PUT", True), ("DELETE", False)):
        assert told(asks.ask(method, there)) == {"number": coded, "quoted": quoted}
        [one] = told(asks.get(f"studies/{study}/segments"))
        assert one["is_quoted"] == quoted
    told(asks.put(f"studies/{study}/sources/{talk}/reading"))
    assert (
        "read this text to its end"
        in signed_in("analyst").get(f"/coding/{study}/texts/{talk}").content.decode()
    )
    assert load(Study.objects.get()).study.readings[0].coder == f"colleague:{analyst.pk}"


def test_readers_are_named_by_those_who_may_read_and_an_administrator_is_not(asks, study, colleague):
    secret = bring(asks, study, source="secret", sensitivity="restricted")["number"]
    other, admin = colleague("facilitator"), colleague("administrator", "analyst")
    there = f"studies/{study}/sources/{secret}/readers"
    assert is_problem(program_of(other, "code testimony").put(f"{there}/{other.pk}"), 403)
    assert is_problem(
        program_of(other, "code testimony").put(f"studies/{study}/sources/{secret}/reading"), 403
    )
    assert is_problem(asks.put(f"{there}/{admin.pk}"), 409)
    told(asks.put(f"{there}/{other.pk}"))
    assert code(program_of(other, "code testimony"), study, secret)["made"] == 1


def test_a_withdrawal_is_told_and_done_by_those_who_may(asks, study, talk, coded, colleague):
    number = told(asks.get(f"studies/{study}/informants"))[0]["number"]
    there = f"studies/{study}/informants/{number}/withdrawal"
    assert is_problem(program_of(colleague("analyst"), *ACTIONS).get(there), 403)
    officer = program_of(colleague("data protection officer"), "withdraw consent")
    goes = told(officer.get(there))
    assert (goes["sources"], goes["segments"], goes["emptied"]) == (1, 1, {})
    assert Text.objects.exists()
    told(officer.post(there), 201)
    assert not Text.objects.exists()
    assert is_problem(officer.get(f"studies/{study}/segments"), 403)


def test_a_study_is_erased_by_its_name(asks, study, coded):
    assert is_problem(asks.delete(f"studies/{study}?name=Other"), 409)
    told(asks.delete(f"studies/{study}?name=Daigou"))
    assert not Study.objects.exists()
    assert verify().broken == ()


STAY_PAGES = {"coding_open", "coding_close"}
"""A sealed text is opened by a person, for half an hour, to be read on its page."""
BY_API = {
    "coding": "studies", "coding_new": "make_study", "coding_study": "sources_of_study", "coding_bring": "bring_source",
    "coding_export": "export_study", "coding_erase": "erase_study", "coding_people": "informants_of_study",
    "coding_withdraw": "withdraw_consent", "coding_text": "text_of_source", "coding_code": "add_segments",
    "coding_read": "read_to_the_end", "coding_name": "name_reader", "coding_uncode": "take_segment_away",
    "coding_quote": "mark_segment", "coding_structure": "structure_of_study", "coding_code_new": "add_code",
    "coding_code_change": "change_code", "coding_code_decide": "decide_concept", "coding_evidence": "logs_of_study",
    "coding_note": "note_check", "coding_tables": "paper_of_study",
}  # fmt: skip
OF_ROUNDS = {
    "questions": "questions", "questions_new": "ask_question", "questions_one": "question",
    "questions_change": "change_question", "questions_people": "ask_people", "questions_left": "ask_no_more",
    "questions_evidence": "show_evidence", "questions_evidence_away": "show_no_more",
    "questions_round_new": "open_round", "questions_acts": "add_act", "questions_account": "account",
    "questions_writing": "write_account", "questions_history": "versions_of_account", "questions_sign": "sign_account",
    "questions_round": "one_round", "questions_round_letters": "write_letters",
    "questions_round_longer": "extend_round", "questions_round_close": "close_round",
    "questions_round_off": "call_round_off", "questions_results": "results", "questions_answer": "answer_by_name",
}  # fmt: skip
ON_PAPER_OR_BLIND = {"ballot", "questions_round_codes", "questions_round_poster", "questions_card"}
"""Codes are drawn and spent on pages alone; posters and cards are made to be printed."""


def test_every_page_of_coding_and_rounds_has_its_operation_with_the_same_action():
    found = {str(address): address.needs for address in addresses()}
    pages = {
        name for name in found
        if name.split("_")[0] in ("coding", "questions", "ballot") and not name.startswith("questions_part")
    }  # fmt: skip
    ours = {str(each.name) for room in (coding_urls, sense_urls) for each in room.urlpatterns}
    assert ours <= pages
    assert ours == STAY_PAGES | BY_API.keys() | OF_ROUNDS.keys() | ON_PAPER_OR_BLIND
    other = {name: (found[name], found[f"api:{operation}"]) for name, operation in (BY_API | OF_ROUNDS).items()
             if found[name] != found[f"api:{operation}"]}  # fmt: skip
    assert other == {
        "questions_acts": ("make sense", "lead rounds"),  # the page reads and records, the operation records
        "questions_round": ("lead rounds", "make sense"),  # without how far it is, for those who sit at it
    }
