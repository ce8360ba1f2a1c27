"""A verdict through the page: saved once with its record, or given back whole with the reason why not."""

from datetime import timedelta

import pytest
from django.db import IntegrityError
from django.utils import timezone

from entrepot.web.discovery import queueing, reviewing
from entrepot.web.discovery.models import Finding, Review, Turn
from entrepot.web.records.models import Body, Record, verify
from tests.web.review_fixtures import anna, bo, run, run_folder
from web.review_fixtures import said

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(signed_in, anna):
    return signed_in("reviewer", email=anna.email)


@pytest.fixture
def turn(run, anna):
    found = Turn.objects.filter(queue="listed").first()
    assert queueing.take(found, anna)
    return found


def send(client, turn, **more):
    return client.post(f"/review/turns/{turn.pk}/verdict", said(**more))


def test_a_verdict_is_a_review_a_state_a_finished_turn_and_a_record(client, turn, anna):
    assert send(client, turn, note="seen", kind="stockist").status_code == 302
    turn.refresh_from_db()
    review = Review.objects.get()
    assert (turn.done_at, turn.finding.state, review.reviewer) == (review.at, "confirmed", anna)
    assert (review.shown_because, review.shown_probability_0_1, review.kind) == ("listed", 1.0, "stockist")
    assert Record.objects.filter(kind="review", by=anna.mark).count() == 1
    assert Body.objects.filter(about=f"actor:{turn.finding.actor_id}").exists()
    assert verify().broken == ()


def test_of_a_drawn_finding_the_label_says_random_with_its_chance(client, run, anna):
    turn = Turn.objects.filter(queue="audit").first()
    queueing.take(turn, anna)
    send(client, turn, verdict="rejected")
    review = Review.objects.get()
    assert (review.shown_because, review.shown_probability_0_1) == ("random", 0.02)


def test_after_a_verdict_the_next_finding_comes(client, turn):
    answer = send(client, turn, then="next")
    following = Turn.objects.get(pk=int(answer["Location"].rpartition("/")[2]))
    assert following != turn
    assert following.queue == turn.queue


def test_a_form_that_is_sent_twice_is_one_review(client, turn):
    assert [send(client, turn).status_code for _ in range(2)] == [302, 302]
    assert Review.objects.count() == 1


def test_what_was_typed_is_given_back_when_another_has_taken_the_finding(client, turn, bo):
    assert queueing.take(turn, bo, at=timezone.now() + timedelta(minutes=16))
    answer = send(client, turn, note="forty boxes in the back room")
    text = answer.content.decode()
    assert answer.status_code == 409
    assert "forty boxes in the back room" in text
    assert "bo@firm.example has taken it" in text
    assert not Review.objects.exists()


def test_what_was_typed_is_given_back_when_it_was_judged_meanwhile(client, turn, bo):
    queueing.take(turn, bo, at=timezone.now() + timedelta(minutes=16))
    reviewing.conclude(turn, bo, reviewing.Said("rejected", "bo"))
    answer = send(client, turn, note="forty boxes")
    assert answer.status_code == 409
    assert "forty boxes" in answer.content.decode()
    assert Review.objects.get().reviewer == bo


def test_a_lease_that_ran_out_counts_while_nobody_asked_for_the_finding(client, turn):
    Turn.objects.filter(pk=turn.pk).update(held_until=timezone.now() - timedelta(hours=1))
    assert send(client, turn).status_code == 302


@pytest.mark.parametrize(("missing", "why"), [
    ({"verdict": ""}, "Choose a verdict"),
    ({"verdict": "guilty"}, "Choose a verdict"),
    ({"reason": ""}, "Choose a reason"),
])  # fmt: skip
def test_a_form_that_lacks_something_says_what_and_keeps_the_note(client, turn, missing, why):
    answer = send(client, turn, **{"note": "kept", **missing})
    assert answer.status_code == 422
    assert why in answer.content.decode()
    assert "kept" in answer.content.decode()


def test_later_needs_no_reason(client, turn):
    assert send(client, turn, verdict="later", reason="").status_code == 302
    turn.finding.refresh_from_db()
    assert turn.finding.state == "later"


def test_nothing_stands_where_the_record_cannot_be_written(client, turn, monkeypatch):
    def refuse(*given, **more):
        raise IntegrityError

    monkeypatch.setattr(reviewing, "append", refuse)
    with pytest.raises(IntegrityError):
        send(client, turn)
    turn.refresh_from_db()
    assert (turn.done_at, Review.objects.count()) == (None, 0)
    assert Finding.objects.get(pk=turn.finding_id).state == "open"


def test_markup_in_a_note_is_shown_and_not_run(client, turn):
    text = send(client, turn, reason="", note="<script>alert(1)</script>").content.decode()
    assert "&lt;script&gt;alert(1)" in text
    assert "<script>alert" not in text


def test_a_second_reviewer_sees_nothing_of_the_first(signed_in, turn, anna, bo, monkeypatch):
    monkeypatch.setattr(queueing, "second_share", lambda: 1.0)
    reviewing.conclude(turn, anna, reviewing.Said("confirmed", "1", note="forty boxes"))
    again = Turn.objects.get(queue="second")
    queueing.take(again, bo)
    text = signed_in("reviewer", email=bo.email).get(f"/review/turns/{again.pk}").content.decode()
    assert "forty boxes" not in text
    assert "Reviewed before" not in text


def test_who_does_not_hold_a_finding_sees_who_does_and_no_evidence(signed_in, turn, bo):
    text = signed_in("reviewer", email=bo.email).get(f"/review/turns/{turn.pk}").content.decode()
    assert "anna@firm.example holds this finding" in text
    assert "What speaks from the orders" not in text


def test_the_keys_1_to_4_choose_and_n_goes_on(client, turn):
    text = client.get(f"/review/turns/{turn.pk}").content.decode()
    assert all(f'data-key="{key}"' in text for key in "1234n")


def test_a_finding_found_elsewhere_can_be_reviewed_again_beside_the_earlier_review(client, turn):
    send(client, turn)
    assert "Review it again" in client.get(f"/review/findings/{turn.finding_id}").content.decode()
    client.post(f"/review/findings/{turn.finding_id}")
    send(client, turn, verdict="rejected", form="2")
    assert list(Review.objects.values_list("verdict", flat=True)) == ["confirmed", "rejected"]


def test_a_verdict_on_an_earlier_run_holds_in_the_current_one(client, turn, tmp_path):
    from entrepot.web.runs.bringing import bring
    from web.review_fixtures import made_run

    later = bring(made_run(tmp_path / "later", actors=60, listed=12))
    send(client, turn)
    assert later.findings.get(actor_id=turn.finding.actor_id).state == "confirmed"
    assert Turn.objects.get(finding__run=later, finding__actor_id=turn.finding.actor_id).done_at


@pytest.mark.parametrize("role", ["viewer", "analyst", "auditor", "service"])
def test_only_a_reviewer_judges(signed_in, turn, role):
    assert send(signed_in(role), turn).status_code == 403


def test_the_queues_say_what_waits(client, run):
    text = client.get("/review").content.decode()
    assert "15 findings wait for a person" in text
    assert "random sample" in text


def test_the_agreement_says_how_few_were_seen_twice(client, turn, anna, bo, monkeypatch):
    monkeypatch.setattr(queueing, "second_share", lambda: 1.0)
    reviewing.conclude(turn, anna, reviewing.Said("confirmed", "1"))
    again = Turn.objects.get(queue="second")
    queueing.take(again, bo)
    reviewing.conclude(again, bo, reviewing.Said("rejected", "2"))
    text = client.get("/review/agreement").content.decode()
    assert "agreed on 0 of 1" in text
    assert "So few (1) say little" in text
