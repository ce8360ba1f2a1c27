"""A question from asking to a signed account, by the API: the rows, records and refusals of the pages; and no blind
answer through a program."""

import json

import pytest
from django.urls import get_resolver

from entrepot.web.people.models import ApiKey, Colleague
from entrepot.web.permissions import ACTIONS
from entrepot.web.records.models import Record, verify
from entrepot.web.sensemaking.models import Answer, Ballot, Question, Round, Version
from tests.web.addresses import addresses
from tests.web.api_fixtures import Program, is_problem
from tests.web.api_fixtures import fresh_counts as fresh_counts
from tests.web.sense_fixtures import TWELVE, address_of, people
from tests.web.sense_fixtures import asked as asked
from tests.web.sense_fixtures import facilitator as facilitator
from tests.web.sense_fixtures import opened as opened

pytestmark = pytest.mark.django_db
SCORES = {"legitimacy_short": 2, "efficiency_short": 1}


def told(answer, status=200):
    assert answer.status_code == status, answer.content.decode()[:600]
    return answer.json() if answer.content else None


def program_of(owner, *scopes):
    return Program(ApiKey.make(owner, "a key", list(scopes or ACTIONS))[1])


@pytest.fixture
def leads(facilitator):
    return program_of(facilitator, "make sense", "lead rounds")


def of_seat(unit, level, place=0):
    return program_of(Colleague.objects.get(email=address_of(unit, level, place)))


def kinds():
    return list(Record.objects.order_by("number").values_list("kind", flat=True))


def test_a_whole_question_by_the_api(leads, facilitator):
    made = told(leads.post("questions", {"title": "Do we want them?", "owner": "sales"}), 201)["number"]
    told(leads.put(f"questions/{made}", {"title": "Do we want resellers?", "stage": "what_do_we_do"}))
    named = [{"unit": p.unit, "level": p.level, "email": p.email} for p in people(TWELVE)]
    assert told(leads.post(f"questions/{made}/people", {"people": named}), 201)["number"] == 12
    shown = told(leads.post(f"questions/{made}/evidence", {"kind": "other", "text": "Half of it"}), 201)[
        "number"
    ]
    assert told(leads.get(f"questions/{made}/evidence"))[0]["title"] == "Half of it"
    assert leads.delete(f"questions/{made}/evidence/{shown}").status_code == 204
    offered = told(leads.get(f"questions/{made}/offer"))
    assert offered["ways"]["blind_by_unit"] == {"by name": 2, "legal": 5, "sales": 5}
    round_ = told(leads.post(f"questions/{made}/rounds", {"mode": "attributed", "feedback": "reasons"}), 201)
    pk = round_["number"]
    assert any("by name" in words for words in round_["promise"])
    assert told(leads.post(f"rounds/{pk}/letters", {}), 201)["number"] == 12
    told(leads.post(f"rounds/{pk}/extension", {"days": 3}), 201)
    lead, staff = of_seat("sales", "leader"), of_seat("legal", "staff")
    assert lead.put(f"rounds/{pk}/answer", {"scores": SCORES, "reason": "it grows"}).status_code == 204
    assert staff.put(f"rounds/{pk}/answer", {"status": "withheld", "reason_code": "other"}).status_code == 204
    assert told(leads.get(f"rounds/{pk}"))["named_so_far"] == 2
    assert is_problem(staff.get(f"rounds/{pk}/results"), 404)
    assert told(leads.post(f"rounds/{pk}/closing", {}), 201)["state"] == "closed"
    said = told(staff.get(f"rounds/{pk}/results"))
    assert said["reasons_by_name"] == [{"who": said["reasons_by_name"][0]["who"], "text": "it grows"}]
    assert said["points"]["short"][0]["legitimacy"] == 2
    assert is_problem(lead.put(f"rounds/{pk}/answer", {"scores": SCORES}), 409)

    account = {
        "base": 0,
        "verdict": "compatible",
        "summary": "We serve them.",
        "guidelines": {"sales": "ask first"},
    }
    first = told(leads.post(f"questions/{made}/account/versions", account), 201)
    assert first["version"] == 1
    late = leads.post(f"questions/{made}/account/versions", account | {"summary": "Other words."})
    assert is_problem(late, 409)
    assert "What we have come to" in late.json()["detail"]
    signed = f"questions/{made}/account/versions/1/signatures"
    assert is_problem(lead.post(signed, {"stance": "dissents"}), 422)
    told(lead.post(signed, {"stance": "carries"}), 201)
    assert is_problem(leads.post(signed, {"stance": "carries"}), 403)  # leads, and is not asked
    told(leads.post(f"questions/{made}/account/versions", account | {"base": 1, "summary": "Anew."}), 201)
    assert is_problem(lead.post(signed, {"stance": "carries"}), 409)
    assert [v["version"] for v in told(staff.get(f"questions/{made}/account/versions"))] == [2, 1]
    assert verify().broken == ()
    assert {"question asked", "people named", "evidence attached", "round opened", "invitations sent", "round extended",
            "answered by name", "round closed", "account written", "account signed"} <= set(kinds())  # fmt: skip


def test_what_is_sent_twice_is_done_once(leads):
    asked_twice = [
        told(leads.post("questions", {"title": "x"}, **{"Idempotency-Key": "q"}), 201) for _ in "ab"
    ]
    assert asked_twice[0] == asked_twice[1]
    assert Question.objects.count() == 1


def test_a_blind_answer_never_goes_through_a_program(opened, leads):
    here = opened("blind_by_unit")
    answer = of_seat("sales", "staff").put(
        f"rounds/{here.pk}/answer", {"scores": SCORES, "reason": "secretly"}
    )
    assert is_problem(answer, 403)
    assert "blind" in answer.json()["title"]
    assert not Answer.objects.exists()
    assert not Ballot.objects.exists()
    assert of_seat("sales", "leader").put(f"rounds/{here.pk}/answer", {"scores": SCORES}).status_code == 204
    names = {str(address) for address in addresses() if str(address).startswith("api:")}
    assert not {name for name in names if "ballot" in name or "_draw" in name or name.endswith("_codes")}
    assert get_resolver().resolve("/ballot/").func.needs is None  # the page that knows nobody stays one


def test_of_an_open_blind_round_only_full_fives_are_told(opened, leads):
    far = told(leads.get(f"rounds/{opened().pk}"))
    assert (far["blind_so_far"], far["named_so_far"], far["asked"]) == (None, 0, 12)
    seen = told(of_seat("sales", "staff").get(f"rounds/{Round.objects.get().pk}"))
    assert (seen["blind_so_far"], seen["named_so_far"]) == (None, None)


def test_a_round_with_few_ballots_is_closed_only_where_that_is_said(opened, leads):
    here = opened()
    assert is_problem(leads.post(f"rounds/{here.pk}/closing", {}), 409)
    assert Round.objects.get().state == "open"
    told(leads.post(f"rounds/{here.pk}/closing", {"destroy": True}), 201)
    assert told(leads.get(f"rounds/{here.pk}/results"))["is_destroyed"]


def test_a_round_called_off_takes_what_was_said(opened, leads):
    here = opened("attributed")
    of_seat("sales", "leader").put(f"rounds/{here.pk}/answer", {"scores": SCORES})
    assert told(leads.post(f"rounds/{here.pk}/calling-off"), 201)["state"] == "void"
    assert not Answer.objects.exists()
    assert is_problem(leads.post(f"rounds/{here.pk}/calling-off"), 409)


@pytest.mark.parametrize(("path", "body"), [
    ("questions/{q}/rounds", {"mode": "whole_group", "days": 0}), ("questions/{q}/evidence", {"kind": "other"}),
    ("questions/{q}/people", {"people": [{"unit": "sales", "level": "staff"}]}), ("questions", {"title": ""}),
    ("questions/{q}/account/versions", {"base": 0, "kind": "no such type"}),
])  # fmt: skip
def test_what_the_page_refuses_is_refused(asked, leads, path, body):
    before = Record.objects.count()
    assert is_problem(leads.post(path.format(q=asked().pk), body), 422)
    assert not Round.objects.exists()
    assert not Version.objects.exists()
    assert Record.objects.count() == before + 2  # the question and its people


def test_a_score_that_is_none_is_named(opened):
    here = opened("attributed")
    answer = of_seat("sales", "leader").put(f"rounds/{here.pk}/answer", {"scores": {"beauty": 3}})
    assert is_problem(answer, 422)
    assert "beauty" in json.dumps(answer.json()["mistakes"])


def test_who_is_asked_by_another_question_sees_nothing_of_this_one(opened, colleague):
    here = opened("attributed")
    other = program_of(colleague("stakeholder", email="elsewhere@firm.example"))
    about = f"questions/{here.question_id}"
    for path in (f"{about}/rounds", f"rounds/{here.pk}", f"rounds/{here.pk}/results", f"{about}/evidence",
                 f"{about}/account/versions"):  # fmt: skip
        assert is_problem(other.get(path), 404), path
    assert is_problem(other.put(f"rounds/{here.pk}/answer", {"scores": SCORES}), 404)
    for path in (f"questions/{here.question_id}/people", f"questions/{here.question_id}/offer"):
        assert is_problem(of_seat("sales", "staff").get(path), 403), path
