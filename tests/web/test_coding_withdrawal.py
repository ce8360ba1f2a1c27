"""After a withdrawal no word of the testimony stands anywhere on the server; before it, the page says what will go."""

import json
import re
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from django.conf import settings
from django.db import connection

from entrepot.sensemaking.coding import Revision, Source, text_of
from entrepot.sensemaking.coding.study import Study as Coded
from entrepot.web.api.models import Answer as Kept
from entrepot.web.coding import acting
from entrepot.web.coding.models import Row, Sealed, Study
from entrepot.web.coding.storing import load
from entrepot.web.home import Home
from entrepot.web.records.models import Body, Record, verify
from entrepot.web.sensemaking import acting as sense
from entrepot.web.sensemaking.models import Evidence, Question, Reading
from tests.sensemaking.test_coding_quoting import HERON, full

pytestmark = pytest.mark.django_db
SENTINEL = "heron"


def said(answer):
    return re.sub(r"\s+", " ", answer.content.decode())


def everywhere():
    """Tables of the database, and files of the home folder, that hold the sentinel."""
    found = set()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f'SELECT * FROM "{table}"')
            found |= {table for row in cursor.fetchall() if SENTINEL in str(row).casefold()}
    home = Path(settings.ENTREPOT.runs).parent
    files = [path for path in home.rglob("*") if path.is_file()]
    return found | {path.name for path in files if SENTINEL.encode() in path.read_bytes().lower()}


@pytest.fixture
def analyst(colleague):
    return colleague("analyst")


@pytest.fixture
def planted(analyst, colleague):
    """A study whose every written column quotes A's testimony, and the places beside it that may."""
    before = full()
    row = acting.found_study(before, name="Of “grey heron counts”", by=analyst)
    memo = f"She said: {HERON}"
    question = Question.objects.create(title="What of “grey heron counts”?", text=memo, by=analyst)
    Evidence.objects.create(question=question, kind="other", title="heard", text=memo, by=analyst)
    lead = colleague("facilitator")
    act = {"unit": "sales", "level": "leader", "kind": "voiced", "happened": "2026", "source": memo}
    sense.record(question, act, by=lead)
    done = sense.write(
        question, {"summary": memo, "dissent": [memo], "evidence": ["A run"]}, base=0, why=memo, by=lead
    )
    sense.sign(done, "dissents", memo, by=lead)
    Reading.objects.create(question=question, columns={"stakeholder": "A", "source": memo}, by=analyst)
    Kept.objects.create(by="key:1", key="k", asked="x", body={"text": memo})
    return row


def where(row):
    return f"/coding/{row.pk}/people/{Row.objects.get(study=row, table='informants', key='A').pk}/withdraw"


def test_a_withdrawal_leaves_no_word_in_the_whole_database_and_home(planted, signed_in):
    sown = everywhere()
    assert {"coding_row", "coding_text", "coding_study", "records_body", "api_answer"} <= sown
    assert {
        f"sensemaking_{t}" for t in ("question", "evidence", "act", "reading", "version", "signature")
    } <= sown
    officer = signed_in("data protection officer")
    assert officer.post(where(planted)).status_code == 302
    assert everywhere() == set()
    assert verify().broken == ()
    left = load(Study.objects.get(pk=planted.pk)).study
    assert left.source("i1").withdrawn
    assert {"i2", "o1"} <= left.texts.keys()
    question = Question.objects.get()
    assert question.title == "What of (withdrawn)?"
    assert sense.account_of(sense.latest(question)).summary == "She said: (withdrawn)."
    told = json.loads(Record.objects.get(kind="consent withdrawn").body.text)
    assert told["emptied"] > 15
    assert SENTINEL not in json.dumps(told)


def test_the_page_tells_before_what_goes_and_takes_nothing(planted, signed_in):
    before = everywhere(), Row.objects.count(), Body.objects.exclude(text=None).count()
    shown = said(signed_in("data protection officer").get(where(planted)))
    assert (everywhere(), Row.objects.count(), Body.objects.exclude(text=None).count()) == before
    for words in ("What goes if A withdraws", "the text of 1 source", "2 segments coded in them, 2 with notes",
                  "reasons in the exclusion log: 1", "notes on theories: 1", "versions of accounts: 1",
                  "acts of sensegiving: 1"):  # fmt: skip
        assert words in shown
    assert SENTINEL not in shown.replace(planted.name, "")  # which stands above every page of the study
    assert "listen" not in shown


def test_quotes_of_a_sealed_text_go_too_and_nobody_opens_it(analyst):
    row = acting.found_study(Coded(), name="x", by=analyst)
    source = Source("s", group="g", informants=("S",), sensitivity="sealed")
    acting.add_source(row.pk, source, text_of(HERON.encode(), "s.txt"), "s.txt", by=analyst)
    assert Sealed.objects.exists()
    acting.add_source(
        row.pk, Source("o", group="g", informants=("O",)), text_of(b"It rains.", "o.txt"), "o.txt", by=analyst
    )
    acting.code(row.pk, "o", 0, 7, [], by=analyst, new="rain", note=f"unlike S: {HERON}")
    concept = load(row).study.codes[0].code
    acting.revise(row.pk, Revision(concept, "description", now=f"not as {HERON}"), by=analyst)
    acting.withdraw_consent(row.pk, "S", by=analyst)
    assert everywhere() == set()
    assert [each.note for each in load(row).study.segments] == ["unlike S: (withdrawn)."]
    assert not Record.objects.filter(kind="sealed testimony opened").exists()


def test_where_the_key_of_a_sealed_text_is_away_the_page_says_that_quotes_stay(
    analyst, signed_in, monkeypatch, tmp_path
):
    row = acting.found_study(Coded(), name="x", by=analyst)
    source = Source("s", group="g", informants=("A",), sensitivity="sealed")
    acting.add_source(row.pk, source, text_of(HERON.encode(), "s.txt"), "s.txt", by=analyst)
    client = signed_in("facilitator")
    assert "vault.key" not in said(client.get(where(row)))
    (tmp_path / "vault.key").write_text(Fernet.generate_key().decode())
    monkeypatch.setitem(settings.ENTREPOT.__dict__, "vault_keys", Home(tmp_path).vault_keys)
    told = said(client.get(where(row)))
    assert "1 sealed text was locked with another key, so that what quotes it is not found" in told
    client.post(where(row))
    assert not Sealed.objects.exists()


def test_the_same_text_in_another_study_is_told(planted, analyst, signed_in):
    acting.found_study(full(), name="A copy", by=analyst)
    assert "The same text stands in other studies: A copy." in said(
        signed_in("facilitator").get(where(planted))
    )


def test_the_order_of_choices_survives_a_withdrawal(analyst):
    """The last choice holds, so a reason that is emptied must not move its choice to the end."""
    made = full()
    [first] = made.choices
    later = type(first)(first.code, "excluded", "no longer")
    row = acting.found_study(made.having(choices=(first, later)), name="x", by=analyst)
    acting.withdraw_consent(row.pk, "A", by=analyst)
    assert [each.decision for each in load(row).study.choices] == ["kept", "excluded"]


@pytest.mark.parametrize("role", ["analyst", "administrator", "auditor"])
def test_who_may_not_withdraw_is_not_told_either(planted, role, signed_in):
    assert signed_in(role).get(where(planted)).status_code == 403
