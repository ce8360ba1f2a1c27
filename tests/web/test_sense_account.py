"""Acts as they happen, by form and by API; and the account: two who write at once, dissent, signatures, the card."""

import json

import pytest
from django.core.cache import cache
from django.test import Client

from entrepot.web.people.models import ApiKey
from entrepot.web.permissions import ROLES
from entrepot.web.records.models import Record
from entrepot.web.sensemaking import leading
from entrepot.web.sensemaking.models import Act, Signature, Version
from tests.web.sense_fixtures import (
    address_of,
    answer_all,
    asked,
    facilitator,
    leads,
    opened,
    people,
    scores,
    text,
)

pytestmark = pytest.mark.django_db
ACT = {"kind": "voiced", "unit": "sales", "level": "staff", "verdict": "compatible", "happened": "2026-03"}
CONCLUDED = {"kind": "concluded", "unit": "board", "level": "leader", "verdict": "incompatible",
             "priority": "institutionalised", "to_units": "all", "owner": "sales"}  # fmt: skip
WRITTEN = {"summary": "We keep to our channels.", "verdict": "incompatible", "priority": "institutionalised",
           "owner": "sales", "unit": ["legal", "sales"], "guideline": ["", "two each"], "right": ["", ""],
           "dissent": "retail: we lose growth"}  # fmt: skip


@pytest.fixture
def question(asked):
    return asked()


@pytest.fixture
def write(leads, question):
    def send(base=0, client=None, **more):
        return (client or leads).post(
            f"/questions/{question.pk}/account/write", {**WRITTEN, "base": str(base), **more}
        )

    return send


def record(leads, question, form, **act):
    return leads.post(f"/questions/{question.pk}/acts", {**ACT, **act, "form": form})


def test_an_act_is_recorded_once_with_its_record_however_often_the_form_is_sent(leads, question):
    for _ in range(2):
        record(leads, question, "f1")
    assert Act.objects.count() == Record.objects.filter(kind="act of sensegiving").count() == 1


def test_acts_decide_integration_and_taking_the_conclusion_back_changes_the_account(leads, question):
    record(leads, question, "f1")
    voiced = Act.objects.get()
    record(
        leads, question, "f2", kind="heard", unit="board", level="leader", answers=str(voiced.pk), verdict=""
    )
    record(leads, question, "f3", **CONCLUDED)
    record(leads, question, "f4", **{**CONCLUDED, "kind": "promoted", "priority": "", "owner": ""})
    said = leads.get(f"/questions/{question.pk}/acts").context["page"].said
    assert (said.account, said.integration, said.form) == ("determined", "negotiated", "guided")
    record(leads, question, "f5", kind="reopened", unit="board", level="leader", verdict="")
    assert leads.get(f"/questions/{question.pk}/acts").context["page"].said.account == "forming"


@pytest.mark.parametrize(("wrong", "said"), [
    ({"kind": "heard"}, "answers no act"), ({"happened": "soon"}, "no instant"), ({"kind": "sung"}, "sung"),
    ({"answers": "77"}, "77"),
])  # fmt: skip
def test_an_act_that_cannot_be_is_told_and_not_kept(leads, question, wrong, said):
    told = record(leads, question, "f1", **wrong)
    assert told.status_code == 422 and said in text(told) and not Act.objects.exists()


def test_left_open_with_opposite_views_is_an_open_ended_account(leads, opened, facilitator):
    from entrepot.web.sensemaking.saying import Said

    here = opened()
    answer_all(here, lambda n: Said("given", {"legitimacy_short": 3 if n % 2 else -3, "efficiency_short": 1}))
    leading.close(here, by=facilitator)
    record(leads, here.question, "f1", kind="left_open", unit="board", level="leader", verdict="")
    shown = leads.get(f"/questions/{here.question_id}/account")
    assert shown.context["page"].standing.kind == "open-ended" and "decoupling" in text(shown)
    result = leads.get(f"/rounds/{here.pk}/results").context["page"]
    assert [act.kind for act in result.acts] == ["left_open"]


def test_whoever_writes_second_is_shown_the_difference_and_loses_nothing(write, signed_in, question, leads):
    write()
    other = signed_in("facilitator", email="other@firm.example")
    assert write(1, summary="Theirs.", guideline=["ask first", "two each"], client=other).status_code == 302
    told = write(
        1, summary="Mine.", guideline=["", "one each"], dissent="retail: we lose growth\nstrategy: too late"
    )
    assert told.status_code == 409 and Version.objects.count() == 2
    page = told.context["page"]
    assert (page.base, page.account.summary) == (2, "Mine.")
    assert page.account.guidelines == {"legal": "ask first", "sales": "one each"}
    assert page.account.dissent == ("retail: we lose growth", "strategy: too late")
    assert [(c.before, c.after) for c in page.clashes] == [("Theirs.", "Mine.")]
    assert {str(c.what) for c in page.overtaken} == {"What we have come to", "Guideline"}
    assert "Nothing is lost" in text(told) and "Theirs." in text(told) and "Mine." in text(told)
    assert write(2, summary="Mine.", guideline=["ask first", "one each"]).status_code == 302
    assert Version.objects.count() == 3


def test_a_form_of_the_first_version_that_is_sent_twice_is_one_version(write):
    assert (write().status_code, write().status_code) == (302, 409)
    assert Version.objects.count() == 1
    assert write(1).status_code == 422  # nothing was changed
    assert Version.objects.count() == 1


def test_dissent_and_the_words_of_who_signed_against_it_go_along(write, signed_in, question):
    write()
    doubter = signed_in("stakeholder", email=address_of("sales", "leader", 0))
    address = f"/questions/{question.pk}/account/1/signature"
    assert doubter.post(address, {"stance": "dissents", "words": " "}).status_code == 422
    doubter.post(address, {"stance": "dissents", "words": "it will cost us 😀"})
    doubter.post(address, {"stance": "carries", "words": ""})
    assert Signature.objects.get().words == "it will cost us 😀"
    write(1, summary="Another.", dissent="")
    assert Version.objects.first().body["dissent"] == [
        "retail: we lose growth", "sales-leader-0@firm.example: it will cost us 😀"]  # fmt: skip
    assert doubter.post(address, {"stance": "carries", "words": ""}).status_code == 302
    assert Signature.objects.count() == 1


def test_only_who_is_asked_signs(write, leads, question, signed_in):
    write()
    assert (
        leads.post(f"/questions/{question.pk}/account/1/signature", {"stance": "carries"}).status_code == 404
    )
    outside = signed_in("stakeholder", email="outside@firm.example")
    assert outside.get(f"/questions/{question.pk}/account").status_code == 404


def test_another_type_needs_a_reason_and_is_shown_beside_what_the_rules_say(write, leads, question):
    assert write(kind="determined").status_code == 422 and not Version.objects.exists()
    write(kind="determined", kind_reason="everybody acts on it")
    shown = text(leads.get(f"/questions/{question.pk}/account"))
    assert "decided by a person; the rules say forming" in shown and "everybody acts on it" in shown


def test_a_mistake_in_the_form_keeps_what_was_typed(write):
    told = write(review_on="soon", summary="Typed with care.")
    assert told.status_code == 422 and "Typed with care." in text(told) and "no day" in text(told)


def test_versions_tell_what_each_changed(write, leads, question):
    write()
    write(1, verdict="compatible", why="new evidence")
    shown = text(leads.get(f"/questions/{question.pk}/account/versions"))
    assert "The account has 2 versions" in shown and "new evidence" in shown
    assert "<del>incompatible</del>" in shown and "<ins>compatible</ins>" in shown


def test_markup_in_an_account_stays_text(write, leads, question):
    write(summary="<script>alert(1)</script>", dissent="<img src=x>")
    for page in ("account", "account/card", "account/versions", "account/write"):
        shown = text(leads.get(f"/questions/{question.pk}/{page}"))
        assert "<script>alert" not in shown and "<img" not in shown


@pytest.fixture
def program(colleague):
    cache.clear()
    key = ApiKey.make(colleague(*ROLES, email="all@firm.example"), "a key", ["make sense", "lead rounds"])[1]

    def ask(method, path, body=None, **headers):
        said = {"Authorization": f"Bearer {key}", **headers}
        sent = json.dumps(body) if body is not None else ""
        return Client().generic(method, f"/api/{path}", sent, content_type="application/json", headers=said)

    return ask


def test_a_program_records_an_act_once_and_reads_what_it_came_to(program, question):
    act = {"unit": "board", "level": "leader", "kind": "concluded", "verdict": "incompatible",
           "priority": "institutionalised", "to_units": ["all"], "at": "2026-03"}  # fmt: skip
    twice = [
        program("POST", f"questions/{question.pk}/acts", act, **{"Idempotency-Key": "k1"}) for _ in range(2)
    ]
    assert [t.status_code for t in twice] == [201, 201] and twice[0].json() == twice[1].json()
    assert [a["at"] for a in program("GET", f"questions/{question.pk}/acts").json()] == ["2026-03"]
    account = program("GET", f"questions/{question.pk}/account").json()
    assert (account["version"], account["kind"], account["note"]) == (0, "forming", "decided, not known")
    wrong = program("POST", f"questions/{question.pk}/acts", {**act, "kind": "heard"})
    assert wrong.status_code == 422 and "answers no act" in wrong.json()["mistakes"][0]["what"]


def test_a_program_reads_answers_by_name_row_by_row_and_blind_ones_by_groups_alone(
    program, opened, facilitator, signed_in
):
    here = opened()
    signed_in("stakeholder", email=address_of("sales", "leader", 0)).post(
        f"/rounds/{here.pk}/answer", scores((-3, 1))
    )
    answer_all(here)
    assert program("GET", f"questions/{here.question_id}/assessments").json() == []
    assert program("GET", f"questions/{here.question_id}/sense").status_code == 409
    leading.close(here, by=facilitator)
    rows = program("GET", f"questions/{here.question_id}/assessments").json()
    assert {row["stakeholder"] for row in rows if row["status"] == "given"} == {"sales-leader-0@firm.example"}
    assert {row["level"] for row in rows} == {"leader"}
    said = program("GET", f"questions/{here.question_id}/sense").json()
    assert said["account"] == "forming" and said["silence"]["asked"] == 12
    assert all(
        row["n"] is None or row["n"] >= 5
        for row in said["agreement"]
        if row["by"] == "level" and row["value"] == "staff"
    )
    assert program("GET", "questions").json()["items"][0]["rounds_closed"] == 1
