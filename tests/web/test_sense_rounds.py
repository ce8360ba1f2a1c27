"""Rounds as they go wrong or differently: late, twice, by few, over several rounds, in several ways of asking."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from entrepot.errors import InputError
from entrepot.web.people.models import Colleague
from entrepot.web.records.models import Record
from entrepot.web.sensemaking import ballots, leading
from entrepot.web.sensemaking.box import Box
from entrepot.web.sensemaking.leading import Asking, Newcomer
from entrepot.web.sensemaking.models import (
    Answer,
    Ballot,
    Code,
    Evidence,
    Question,
    Reason,
    Round,
    Stakeholder,
)
from entrepot.web.sensemaking.results import results_of
from entrepot.web.sensemaking.rows import rows_of
from entrepot.web.sensemaking.saying import Said
from entrepot.web.waiting import waiting_for
from tests.web.sense_fixtures import (
    SIX,
    TWELVE,
    address_of,
    answer_all,
    asked,
    code_of,
    facilitator,
    leaders,
    leads,
    opened,
    people,
    put,
    scores,
    staff,
    text,
)

pytestmark = pytest.mark.django_db
EMOJI = "왜냐하면 😀👩‍👩‍👧 因为 \u202eabc"


@pytest.fixture
def leader(signed_in):
    return lambda: signed_in("stakeholder", email=address_of("sales", "leader", 0))


@pytest.fixture
def clerk(signed_in):
    return lambda: signed_in("stakeholder", email=address_of("sales", "staff", 0))


def over(round_):
    Round.objects.filter(pk=round_.pk).update(ends_at=timezone.now() - timedelta(minutes=1))


# --- late, twice, wrong -------------------------------------------------------------------------------------------


def test_an_answer_by_name_after_the_end_is_told_and_its_words_are_given_back(opened, leader):
    here = opened()
    over(here)
    told = leader().post(f"/rounds/{here.pk}/answer", scores((1, 1), reason=EMOJI))
    assert told.status_code == 409 and "This round is over" in text(told) and "왜냐하면 😀" in text(told)
    assert not Answer.objects.exists()


def test_a_ballot_after_the_end_is_told_and_neither_taken_nor_lost(opened, clerk):
    here = opened()
    code = code_of(clerk(), here)
    over(here)
    told = put(code, scores((1, 1), reason="mine"))
    assert told.status_code == 409 and "This round is over" in text(told) and "mine" in text(told)
    assert Box(here).opened()["ballots"] == []
    assert clerk().get(f"/rounds/{here.pk}/answer").status_code == 200


def test_a_ballot_after_the_close_is_refused_without_saying_whose_it_was(opened, clerk, facilitator):
    here = opened()
    code = code_of(clerk(), here)
    answer_all_but_the_clerk(here)
    leading.close(here, by=facilitator)
    told = put(code, scores((1, 1)))
    assert told.status_code == 409 and "does not serve" in text(told)
    assert Ballot.objects.count() == 9


def but_the_clerk(round_):
    return [s for s in staff(round_) if s.stakeholder.colleague.email != address_of("sales", "staff", 0)]


def answer_all_but_the_clerk(round_):
    for seat in but_the_clerk(round_):
        code = ballots.new_code()
        ballots.draw(seat, code)
        ballots.cast(code, Said("given", {"legitimacy_short": 1, "efficiency_short": 1}))


def test_a_ballot_that_is_sent_twice_counts_once_and_the_second_is_told_so(opened, clerk):
    here = opened()
    code = code_of(clerk(), here)
    first, second = put(code, scores((1, 1))), put(code, scores((3, 3)))
    assert (first.status_code, second.status_code) == (200, 409)
    assert "it was counted once" in text(second) and len(Box(here).opened()["ballots"]) == 1


def test_a_code_that_is_asked_for_twice_by_one_page_is_the_same_code(opened, clerk):
    import re

    here, client = opened(), clerk()
    token = re.search(r'name="token" value="([^"]+)"', text(client.get(f"/rounds/{here.pk}/answer")))[1]
    twice = [text(client.post(f"/rounds/{here.pk}/answer", {"token": token})) for _ in range(2)]
    shown = [re.search(r'class="secret code">([^<]+)<', page)[1] for page in twice]
    assert shown[0] == shown[1] and Code.objects.count() == 1


def test_nobody_draws_a_second_code(opened, clerk):
    import re

    here, client = opened(), clerk()
    pages = [text(client.get(f"/rounds/{here.pk}/answer")) for _ in range(2)]
    tokens = [re.search(r'name="token" value="([^"]+)"', page)[1] for page in pages]
    assert [client.post(f"/rounds/{here.pk}/answer", {"token": t}).status_code for t in tokens] == [200, 409]
    assert "You have drawn your code" in text(client.get(f"/rounds/{here.pk}/answer"))
    assert Code.objects.count() == 1


def test_a_token_of_somebody_else_or_of_nobody_draws_nothing(opened, clerk, signed_in):
    import re

    here = opened()
    token = re.search(r'name="token" value="([^"]+)"', text(clerk().get(f"/rounds/{here.pk}/answer")))[1]
    other = signed_in("stakeholder", email=address_of("sales", "staff", 1))
    for each in (token, "", "made up"):
        assert other.post(f"/rounds/{here.pk}/answer", {"token": each}).status_code == 404
    assert not Code.objects.exists()


def test_an_answer_by_name_that_is_sent_twice_or_changed_is_one_answer(opened, leader):
    here = opened()
    for score in (1, 1, -2):
        leader().post(f"/rounds/{here.pk}/answer", scores((score, 0)))
    assert Answer.objects.get().said["scores"]["legitimacy_short"] == -2
    assert 'value="-2" required' not in text(leader().get(f"/rounds/{here.pk}/answer"))


@pytest.mark.parametrize(("sent", "said"), [
    ({"status": "given", "legitimacy_short": "1"}, "choose both"),
    ({"status": "given"}, "Tap a place on a plane"),
    ({"status": "given", "legitimacy_short": "4", "efficiency_short": "0"}, "4"),
    ({"status": "maybe"}, "maybe"),
    ({"status": "passed", "reason": "x" * 1001}, "at most 1,000"),
    ({"status": "given", "legitimacy_short": "1", "efficiency_short": "1", "reason": "a\x00b"}, "Null"),
])  # fmt: skip
def test_what_is_no_answer_is_told_and_the_code_is_not_spent(opened, clerk, sent, said):
    here = opened()
    code = code_of(clerk(), here)
    told = put(code, sent)
    assert told.status_code == 422 and said in text(told)
    assert Box(here).opened()["ballots"] == [] and put(code, scores((1, 1))).status_code == 200


def test_emoji_and_every_script_come_through_whole(opened, leader, facilitator):
    here = opened()
    leader().post(f"/rounds/{here.pk}/answer", scores((1, 1), reason=EMOJI))
    for seat in staff(here):
        code = ballots.new_code()
        ballots.draw(seat, code)
        ballots.cast(code, Said("given", {"legitimacy_short": 1, "efficiency_short": 1}), EMOJI * 20)
    leading.close(here, by=facilitator)
    assert Answer.objects.get().reason == EMOJI
    assert set(Reason.objects.values_list("text", flat=True)) == {EMOJI * 20}


def test_a_page_of_ballots_without_a_key_says_that_nothing_was_lost(opened, clerk, leads):
    here = opened()
    code = code_of(clerk(), here)
    Box(here).forget()
    told = put(code, scores((1, 1)))
    assert told.status_code == 503 and "not spent" in text(told) and Code.objects.count() == 1
    leads.post(f"/rounds/{here.pk}/close", {"destroy": "yes"})
    assert "can only be called" in text(leads.get(f"/rounds/{here.pk}/"))
    leads.post(f"/rounds/{here.pk}/off")
    assert Round.objects.get().state == "void"


def test_letters_after_the_end_are_not_written(opened, leads, mailoutbox):
    here = opened()
    over(here)
    assert "nobody was written to" in text(leads.post(f"/rounds/{here.pk}/letters", follow=True))
    assert "close it to see" in text(leads.get(f"/rounds/{here.pk}/")) and mailoutbox == []


# --- few ----------------------------------------------------------------------------------------------------------


def test_twelve_people_are_offered_their_units_and_told_so(asked, leads):
    question = asked()
    page = leads.get(f"/questions/{question.pk}/rounds/new").context["page"]
    assert [mode for mode, _ in page.form.fields["mode"].choices] == [
        "blind_by_unit", "blind", "whole_group", "attributed"]  # fmt: skip
    assert page.groups[0][1] == {"by name": 2, "legal": 5, "sales": 5}


def test_six_people_are_offered_names_or_the_whole_group_and_the_page_says_why(asked, leads):
    question = asked(SIX)
    page = leads.get(f"/questions/{question.pk}/rounds/new")
    assert [mode for mode, _ in page.context["page"].form.fields["mode"].choices] == [
        "whole_group",
        "attributed",
    ]
    assert "fewer than five staff are asked: their answers could not be shown" in text(page)
    sent = {"mode": "blind", "feedback": "none", "days": "3"}
    assert leads.post(f"/questions/{question.pk}/rounds/new", sent).status_code == 422
    assert not Round.objects.exists()


def test_a_unit_of_one_disappears_among_the_others_and_its_page_says_so(
    opened, colleague, facilitator, signed_in
):
    here = opened(groups=[*TWELVE, ("retail", "staff", 1)])
    lone = signed_in("stakeholder", email=address_of("retail", "staff", 0))
    assert "other units (6), sales (5)" in text(lone.get(f"/rounds/{here.pk}/answer")) or (
        "legal (5), other units (6)" in text(lone.get(f"/rounds/{here.pk}/answer"))
    )
    answer_all(here)
    leading.close(here, by=facilitator)
    assert "retail" not in {one.unit for one in rows_of(here)}
    assert {b.cell for b in Ballot.objects.all()} & {"retail"} == set()


def test_the_whole_group_answers_blind_without_levels(opened, facilitator, leads):
    here = opened("whole_group", groups=SIX)
    assert not leaders(here)
    answer_all(here)
    leading.close(here, by=facilitator)
    page = leads.get(f"/rounds/{here.pk}/results").context["page"]
    assert {(r["by"], r["value"], r["n"]) for r in page.views} == {
        ("all", "all", 6),
        ("unit", "everybody", 6),
    }
    assert page.sense.gap == [] and {one.level for one in rows_of(here)} == {"unstated"}


def test_all_by_name_is_told_before_the_first_answer(opened, signed_in):
    here = opened("attributed", groups=SIX)
    page = text(
        signed_in("stakeholder", email=address_of("sales", "staff", 0)).get(f"/rounds/{here.pk}/answer")
    )
    assert "Everybody answers by name" in page and "blind" not in page


def test_fewer_than_five_ballots_are_destroyed_unseen_and_only_when_told_to(opened, leads):
    here = opened()
    answer_all(here, fewer=6)
    leads.post(f"/rounds/{here.pk}/close")
    assert Round.objects.get().state == "open"
    assert "Destroy the few blind answers unseen" in text(leads.get(f"/rounds/{here.pk}/?few=yes"))
    leads.post(f"/rounds/{here.pk}/close", {"destroy": "yes"})
    assert not Ballot.objects.exists() and not Reason.objects.exists()
    shown = leads.get(f"/rounds/{here.pk}/results")
    assert "destroyed unseen, as was promised" in text(shown)
    assert all(one.attributed for one in rows_of(here))


def test_a_group_with_few_ballots_is_kept_only_with_others(opened, facilitator):
    here = opened()
    for seat in [s for s in staff(here) if s.cell == "sales"] + [s for s in staff(here) if s.cell == "legal"][
        :2
    ]:
        code = ballots.new_code()
        ballots.draw(seat, code)
        ballots.cast(code, Said("given", {"legitimacy_short": 1, "efficiency_short": 1}))
    leading.close(here, by=facilitator)
    here.refresh_from_db()
    assert {b.cell for b in Ballot.objects.all()} == {"all units"}
    assert here.counts["asked"] == {"all units": 10}


def test_fewer_than_five_reasons_are_destroyed_and_the_scores_stay(opened, facilitator):
    here = opened()
    for place, seat in enumerate(staff(here)):
        code = ballots.new_code()
        ballots.draw(seat, code)
        ballots.cast(
            code, Said("given", {"legitimacy_short": 1, "efficiency_short": 1}), "why" if place < 4 else " "
        )
    leading.close(here, by=facilitator)
    assert (Ballot.objects.count(), Reason.objects.count()) == (10, 0)


def test_silence_has_its_reasons_from_five_on(opened, facilitator, leads):
    here = opened("blind", groups=[("sales", "staff", 14), ("board", "leader", 1)])

    def said(place):
        if place < 6:
            return Said("withheld", {}, "fear_of_rebuke")
        return Said("given", {"legitimacy_short": -1, "efficiency_short": 1})

    answer_all(here, said)
    leading.close(here, by=facilitator)
    shown = leads.get(f"/rounds/{here.pk}/results")
    assert shown.context["page"].sense.silence["reasons"] == {"fear_of_rebuke": 6}
    row = next(r for r in shown.context["page"].silence if r["level"] == "staff")
    assert (row["asked"], row["given"], row["withheld"]) == (14, 8, 6)


# --- several rounds -----------------------------------------------------------------------------------------------


def test_a_second_round_tells_how_the_first_was_answered_and_how_far_it_moved(
    opened, facilitator, signed_in, leads
):
    first = opened()
    lead = signed_in("stakeholder", email=address_of("sales", "leader", 0))
    lead.post(f"/rounds/{first.pk}/answer", scores((-3, 0), reason="the brand"))
    answer_all(first)
    leading.close(first, by=facilitator)
    second = opened(question=first.question)
    page = text(lead.get(f"/rounds/{second.pk}/answer"))
    assert "How the last round was answered" in page and "the brand" in page and "reason 3" in page
    blind = signed_in("stakeholder", email=address_of("sales", "staff", 0))
    assert "reason 3" in text(put(code_of(blind, second), {}))
    lead.post(f"/rounds/{second.pk}/answer", scores((-1, 0)))
    for seat in but_the_clerk(second):
        code = ballots.new_code()
        ballots.draw(seat, code)
        ballots.cast(code, Said("given", {"legitimacy_short": 3, "efficiency_short": 1}))
    leading.close(second, by=facilitator)
    shown = leads.get(f"/rounds/{second.pk}/results").context["page"]
    assert {(m.stakeholder, m.before, m.now) for m in shown.moves} == {
        ("sales-leader-0@firm.example", -3.0, -1.0)
    }
    moved = {(s.dimension, s.horizon, s.by): s for s in shown.stability}
    assert not moved["legitimacy", "short", "level"].is_stable
    assert moved["efficiency", "short", "level"].is_stable


def test_without_feedback_nobody_but_who_leads_sees_the_result(opened, facilitator, leader, leads):
    first = opened(feedback="none")
    answer_all(first)
    leading.close(first, by=facilitator)
    assert leader().get(f"/rounds/{first.pk}/results").status_code == 404
    assert leads.get(f"/rounds/{first.pk}/results").status_code == 200
    second = opened(question=first.question)
    assert "How the last round" not in text(leader().get(f"/rounds/{second.pk}/answer"))


def test_with_the_distribution_alone_reasons_stay_with_who_leads(opened, facilitator, leader, leads):
    here = opened(feedback="distribution")
    answer_all(here)
    leading.close(here, by=facilitator)
    assert "reason 3" not in text(leader().get(f"/rounds/{here.pk}/results"))
    assert "reason 3" in text(leads.get(f"/rounds/{here.pk}/results"))


def test_who_left_keeps_the_seat_so_that_the_next_round_cannot_be_subtracted(opened, facilitator, leads):
    first = opened()
    answer_all(first)
    leading.close(first, by=facilitator)
    gone = Stakeholder.objects.filter(question=first.question, level="staff").first()
    leads.post(f"/questions/{first.question_id}/people/{gone.pk}/left")
    second = opened(question=first.question)
    assert second.seats.filter(stakeholder=gone).exists()
    assert leading.write_to_all(second, "http://x", by=facilitator, again=False) == 11


def test_a_newcomer_lets_no_blind_round_open_that_could_be_subtracted(opened, facilitator, colleague, leads):
    first = opened()
    answer_all(first)
    leading.close(first, by=facilitator)
    colleague("stakeholder", email="new@firm.example")
    leading.add(first.question, [Newcomer("sales", "staff", email="new@firm.example")], by=facilitator)
    page = leads.get(f"/questions/{first.question_id}/rounds/new")
    assert [mode for mode, _ in page.context["page"].form.fields["mode"].choices] == ["attributed"]
    assert "could be subtracted" in text(page)


def test_one_round_at_a_time(opened, facilitator):
    here = opened()
    with pytest.raises(InputError, match="a round is open already"):
        leading.open_round(here.question, Asking("blind", "none", here.ends_at), by=facilitator)


def test_a_round_that_was_called_off_leaves_nothing_of_what_was_said(opened, leader, leads):
    here = opened()
    leader().post(f"/rounds/{here.pk}/answer", scores((1, 1)))
    answer_all(here)
    leads.post(f"/rounds/{here.pk}/off")
    assert not (Answer.objects.exists() or Ballot.objects.exists() or Reason.objects.exists())
    assert not Box(here).path.exists()
    assert Record.objects.filter(kind="round called off").count() == 1
    assert opened(question=here.question).number == 2


# --- questions ----------------------------------------------------------------------------------------------------


def test_every_line_of_people_that_is_wrong_is_named_and_nobody_is_added(asked, leads, colleague):
    question = asked()
    twice = f"sales; staff; {address_of('sales', 'staff', 0)}"
    wrong = ["sales; boss; x@firm.example", "all; staff; Kim", "sales; staff", twice, "board; leader; Kim"]
    told = leads.post(f"/questions/{question.pk}/people", {"people": "\n".join(wrong)})
    assert told.status_code == 422 and question.stakeholders.count() == 12
    for number in range(1, 6):
        assert f"line {number}" in text(told)


def test_evidence_is_attached_from_words_and_unknown_codes_are_told(asked, leads):
    question = asked()
    leads.post(f"/questions/{question.pk}/evidence", {"kind": "other", "text": "Sales fell.\nIn March."})
    assert [(e.title, e.text) for e in Evidence.objects.all()] == [("Sales fell.", "In March.")]
    for kind in ("run", "finding", "observation", "other"):
        assert (
            leads.post(f"/questions/{question.pk}/evidence", {"kind": kind, "refers_to": "A-1"}).status_code
            == 422
        )
    leads.post(f"/questions/{question.pk}/evidence/{Evidence.objects.get().pk}/away")
    assert not Evidence.objects.exists()


def test_an_observation_is_shown_for_as_long_as_it_may_be_kept(asked, leads, colleague):
    from entrepot.web.discovery.models import Observation

    question = asked()
    fields = {"step": "sell", "source_type": "press", "seen_on": "2026-01-01", "need": "x", "lawful_source": "x",
              "by": colleague("analyst")}  # fmt: skip
    seen = Observation.objects.create(caption="a stall at the market", expires_on="2999-01-01", **fields)
    secret = Observation.objects.create(
        caption="hidden", sensitivity="sensitive", expires_on="2999-01-01", **fields
    )
    for one in (seen, secret):
        leads.post(f"/questions/{question.pk}/evidence", {"kind": "observation", "refers_to": str(one.pk)})
    assert "a stall at the market" in text(leads.get(f"/questions/{question.pk}/"))
    assert Evidence.objects.count() == 1
    Observation.objects.filter(pk=seen.pk).update(expires_on="2026-01-02")
    assert "a stall at the market" not in text(leads.get(f"/questions/{question.pk}/"))


def test_a_topic_without_an_owner_is_flagged_until_it_has_one(asked, leads):
    question = asked(owner="")
    assert "No unit owns this topic" in text(leads.get(f"/questions/{question.pk}/"))
    assert "nobody owns it" in text(leads.get("/questions/"))
    sent = {"title": question.title, "text": "", "owner": "sales", "stage": "what_do_we_do"}
    leads.post(f"/questions/{question.pk}/change", sent)
    assert "No unit owns this topic" not in text(leads.get(f"/questions/{question.pk}/"))
    assert Question.objects.get().stage == "what_do_we_do"


def test_what_waits_says_that_a_question_asks_and_the_list_leads_there(opened, leader, facilitator):
    here = opened()
    asked_one = Colleague.objects.get(email=address_of("sales", "leader", 0))
    assert [(w.number, w.address) for w in waiting_for(asked_one)] == [(1, "/questions/")]
    assert f"/rounds/{here.pk}/answer" in text(leader().get("/questions/"))
    over(here)
    assert waiting_for(asked_one) == [] and [w.number for w in waiting_for(facilitator)] == [1]
