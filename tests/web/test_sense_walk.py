"""A whole question with twelve people in two units on two levels: from the question to the signed account."""

import pytest
from django.core import mail
from django.test import Client

from entrepot.web.records.models import Record, verify
from entrepot.web.sensemaking.models import Question, Round, Version
from tests.web.sense_fixtures import (
    TWELVE,
    address_of,
    asked,
    code_of,
    facilitator,
    leads,
    opened,
    people,
    put,
    scores,
    text,
)

pytestmark = pytest.mark.django_db


def test_a_question_is_walked_from_the_first_word_to_the_signed_account(leads, signed_in):
    sent = {"title": "Do we want resellers?", "text": "", "owner": "", "stage": "what_is_going_on"}
    assert leads.post("/questions/new", sent).status_code == 302
    question = Question.objects.get()
    assert "No unit owns this topic" in text(leads.get(f"/questions/{question.pk}/"))

    people(TWELVE)
    lines = [f"{u}; {level}; {address_of(u, level, n)}" for u, level, many in TWELVE for n in range(many)]
    assert leads.post(f"/questions/{question.pk}/people", {"people": "\n".join(lines)}).status_code == 302
    leads.post(
        f"/questions/{question.pk}/evidence", {"kind": "other", "text": "Half of our growth came from them."}
    )

    page = leads.get(f"/questions/{question.pk}/rounds/new")
    assert page.context["page"].form.fields["mode"].choices[0][0] == "blind_by_unit"
    sent = {"mode": "blind_by_unit", "feedback": "reasons", "days": "7"}
    assert leads.post(f"/questions/{question.pk}/rounds/new", sent).status_code == 302
    here = Round.objects.get()

    leads.post(f"/rounds/{here.pk}/letters")
    assert len(mail.outbox) == 12 and f"/rounds/{here.pk}/answer" in mail.outbox[0].body

    for unit in ("sales", "legal"):
        client = signed_in("stakeholder", email=address_of(unit, "leader", 0))
        page = text(client.get(f"/rounds/{here.pk}/answer"))
        assert "Leaders answer by name" in page and "sales (5)" in page and "Half of our growth" in page
        assert "is kept" in text(
            client.post(f"/rounds/{here.pk}/answer", scores((-2, 2), (-3, -1), "the brand"))
        )
        for place in range(5):
            client = signed_in("stakeholder", email=address_of(unit, "staff", place))
            code = code_of(client, here)
            browser = Client()
            assert "Half of our growth" in text(put(code, {}, browser))
            told = put(code, scores((1, 2), (place % 2, 1), f"I sell more {place}"), browser)
            assert "in the box" in text(told), text(told)

    assert leads.get(f"/rounds/{here.pk}/results").status_code == 404
    assert leads.post(f"/rounds/{here.pk}/close").status_code == 302
    shown = leads.get(f"/rounds/{here.pk}/results")
    page = shown.context["page"]
    assert [len(picture.dots) for picture in page.pictures] == [12, 12]
    by_unit = {
        r["value"]: r["n"]
        for r in page.views
        if (r["dimension"], r["horizon"], r["by"]) == ("legitimacy", "short", "unit")
    }
    assert by_unit == {"sales": 6, "legal": 6}
    assert len(page.reasons) == 10 and len(page.named) == 2
    assert page.sense.gap[0]["superiority_0_1"] == 0.0

    act = {"kind": "concluded", "unit": "board", "level": "leader", "verdict": "incompatible",
           "priority": "institutionalised", "owner": "sales", "to_units": "all"}  # fmt: skip
    leads.post(f"/questions/{question.pk}/acts", {**act, "form": "f1"})
    assert "decided, not known" in text(leads.get(f"/questions/{question.pk}/account"))
    promoted = {**act, "kind": "promoted", "priority": "", "owner": "", "form": "f2"}
    leads.post(f"/questions/{question.pk}/acts", promoted)
    page = leads.get(f"/questions/{question.pk}/acts").context["page"]
    assert (page.said.account, page.said.integration) == ("determined", "top-down")

    form = leads.get(f"/questions/{question.pk}/account/write").context["page"]
    assert (form.account.verdict, form.base) == ("incompatible", 0)
    written = {
        "base": "0", "summary": "We keep to our channels.", "verdict": "incompatible", "owner": "sales",
        "priority": "institutionalised", "unit": ["legal", "sales"], "guideline": ["", "no bulk sale"],
        "right": ["", "gifts"], "dissent": "retail: we lose growth", "codified": "taken_for_granted",
        "review_on": "2027-01-01",
    }  # fmt: skip
    assert leads.post(f"/questions/{question.pk}/account/write", written).status_code == 302
    signer = signed_in("stakeholder", email=address_of("sales", "leader", 0))
    signer.post(f"/questions/{question.pk}/account/1/signature", {"stance": "carries", "words": ""})
    doubter = signed_in("stakeholder", email=address_of("legal", "leader", 0))
    doubter.post(
        f"/questions/{question.pk}/account/1/signature", {"stance": "dissents", "words": "we lose growth"}
    )
    card = text(leads.get(f"/questions/{question.pk}/account/card"))
    assert "We keep to our channels." in card and "defiance" in card and "we lose growth" in card
    assert Version.objects.get().signatures.count() == 2
    assert verify().broken == ()
    assert set(Record.objects.values_list("kind", flat=True)) >= {
        "question asked", "people named", "round opened", "round closed", "act of sensegiving", "account written",
        "account signed", "invitations sent", "answered by name",
    }  # fmt: skip
