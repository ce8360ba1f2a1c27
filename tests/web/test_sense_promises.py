"""What was told before the first answer is kept: in results, in the comparison with an earlier round, in an export."""

import io
import json
import re
import zipfile

import pytest

from entrepot.web.records import export
from entrepot.web.sensemaking import ballots, leading, telling
from entrepot.web.sensemaking.leading import Newcomer
from entrepot.web.sensemaking.models import Answer
from entrepot.web.sensemaking.saying import Said
from tests.web.sense_fixtures import (
    SIX,
    TWELVE,
    address_of,
    answer_all,
    asked,
    facilitator,
    leads,
    opened,
    people,
    scores,
    staff,
    text,
)

pytestmark = pytest.mark.django_db
BOTH = frozenset({"lead rounds", "export everything"})


def closed(round_, by, said="said by name", place=(-3, 3)):
    """`round_`, in which a leader spoke and all staff answered."""
    seat = round_.seats.filter(cell="").first()
    Answer.objects.create(
        seat=seat,
        said={"status": "given", "reason_code": "", "scores": {
            "legitimacy_short": place[0], "efficiency_short": place[1],
            "legitimacy_long": place[0], "efficiency_long": place[1]}},
        reason=said,
    )  # fmt: skip
    answer_all(round_)
    leading.close(round_, by=by)
    return round_


@pytest.fixture
def stakeholder(signed_in):
    return lambda unit="sales", level="staff", place=0: signed_in(
        "stakeholder", email=address_of(unit, level, place)
    )


def test_a_round_that_was_for_its_leader_alone_is_not_told_by_comparing_the_next_with_it(
    opened, facilitator, leads, stakeholder
):
    first = closed(opened(feedback="none"), facilitator)
    second = closed(opened(feedback="distribution", question=first.question), facilitator, place=(3, 3))
    mine = text(stakeholder().get(f"/rounds/{second.pk}/results"))
    theirs = text(leads.get(f"/rounds/{second.pk}/results"))
    assert "Against round 1" in theirs and " → " in theirs
    assert "Against round" not in mine and "→" not in mine
    assert stakeholder().get(f"/rounds/{first.pk}/results").status_code == 404


def test_a_result_is_shown_to_those_whom_that_round_asked_and_to_no_later_comer(
    opened, facilitator, stakeholder
):
    here = closed(opened(), facilitator)
    leading.add(here.question, people([("retail", "staff", 1)]), by=facilitator)
    later = stakeholder("retail")
    assert later.get(f"/questions/{here.question_id}/").status_code == 200
    assert later.get(f"/rounds/{here.pk}/results").status_code == 404
    assert f"/rounds/{here.pk}/results" not in text(later.get(f"/questions/{here.question_id}/"))
    assert stakeholder().get(f"/rounds/{here.pk}/results").status_code == 200


def exported(actions):
    archive = zipfile.ZipFile(io.BytesIO(b"".join(export.everything(actions))))
    return lambda name: [json.loads(line) for line in archive.read(f"sensemaking.{name}.jsonl").splitlines()]


def test_an_export_tells_no_blind_answer_row_by_row_not_even_to_who_leads(opened, facilitator):
    closed(opened(), facilitator)
    of = exported(BOTH)
    assert len(of("ballot")) == 10 and {frozenset(row) for row in of("ballot")} == {frozenset({"round_id"})}
    assert [row["reason"] for row in of("answer")] == ["said by name"]


def test_an_export_tells_nothing_said_by_name_before_the_close(opened, facilitator, stakeholder):
    here = opened()
    stakeholder("sales", "leader").post(f"/rounds/{here.pk}/answer", scores((1, 1), reason="too early"))
    assert Answer.objects.count() == 1 and exported(BOTH)("answer") == []


NAMED = "shown with the name, and so is who moved"
LATER = "In the next round it is also shown to those who answer then"
TYPE = "only which type of account it makes"


@pytest.mark.parametrize(("mode", "feedback", "told", "untold"), [
    ("attributed", "distribution", {NAMED, LATER}, {TYPE}),
    ("blind_by_unit", "reasons", {NAMED, LATER}, {TYPE}),
    ("blind", "none", {NAMED, TYPE}, {LATER}),
    ("whole_group", "none", {TYPE}, {NAMED, LATER}),
])  # fmt: skip
def test_in_each_mode_it_is_told_who_will_see_what_with_a_name(opened, mode, feedback, told, untold):
    groups = SIX if mode == "whole_group" else TWELVE
    said = " ".join(telling.promise(opened(mode, groups, feedback)))
    assert {each for each in (NAMED, LATER, TYPE) if each in said} == told
    assert not {each for each in untold if each in said}


def test_one_ballot_more_changes_nothing_that_who_leads_sees_before_the_close(opened, leads):
    here, seen = opened(), []
    for seat in staff(here):
        code = ballots.new_code()
        ballots.draw(seat, code)
        ballots.cast(code, Said("withheld"))
        seen.append(
            re.search(r"Ballots in the box</dt><dd>([^<]+)<", text(leads.get(f"/rounds/{here.pk}/")))[1]
        )
    assert seen == ["fewer than five"] * 4 + ["5 or more"] * 5 + ["10 or more"]


def test_who_left_comes_back_to_the_same_place_and_no_round_is_lost(opened, facilitator):
    here = closed(opened("blind"), facilitator)
    one = staff(here)[0].stakeholder
    leading.leave(one, by=facilitator)
    leading.add(here.question, [Newcomer("board", "leader", email=one.colleague.email)], by=facilitator)
    one.refresh_from_db()
    assert (one.left_at, one.unit, one.level) == (None, "legal", "staff")
    assert here.question.stakeholders.count() == 12
    assert leading.offer_of(here.question).way("blind")
