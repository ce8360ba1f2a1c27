"""Queues: what is in them, who may have it, and that no two have the same."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db.models import Count
from django.utils import timezone

from entrepot.web.discovery import queueing
from entrepot.web.discovery.models import APPEALED, AUDIT, QUEUES, SECOND, Finding, Review, Turn
from entrepot.web.discovery.reviewing import Said, conclude
from entrepot.web.records.models import Record, verify
from tests.web.review_fixtures import anna, bo, run, run_folder
from web.review_fixtures import LISTED, SAMPLED, made_run, sampled

pytestmark = pytest.mark.django_db


def judged(colleague, turn, verdict="confirmed", form="1"):
    assert queueing.take(turn, colleague)
    return conclude(turn, colleague, Said(verdict, form))


def test_every_listed_finding_has_one_turn_and_the_random_sample_its_own(run):
    assert dict(Turn.objects.values_list("queue").annotate(n=Count("pk"))) == {
        "listed": LISTED - 1,
        "audit": SAMPLED,
    }
    assert set(Turn.objects.filter(queue=AUDIT).values_list("shown_probability_0_1", flat=True)) == {0.02}


def test_filling_again_changes_nothing(run):
    assert queueing.fill(run) == {}


def test_a_turn_keeps_what_the_reviewer_looks_at(run):
    shown = Turn.objects.filter(finding__flagged=True).first().shown
    assert shown["sentences"]
    assert shown["explanations"]
    assert shown["months"]


def test_a_deadline_counts_working_days():
    friday = datetime(2026, 3, 6, 9, tzinfo=UTC)
    assert queueing.in_working_days(friday, 5) == datetime(2026, 3, 13, 9, tzinfo=UTC)


def test_one_finding_is_held_by_one_reviewer(run, anna, bo):
    turn = queueing.take_next(anna)
    assert not queueing.take(turn, bo)
    assert queueing.take_next(bo) != turn


def test_whoever_comes_back_has_what_they_hold(run, anna):
    assert queueing.take_next(anna) == queueing.take_next(anna)


def test_after_the_lease_another_may_take_it(run, anna, bo):
    now = timezone.now()
    turn = queueing.take_next(anna, at=now)
    assert not queueing.take(turn, bo, at=now + timedelta(minutes=14))
    assert queueing.take(turn, bo, at=now + timedelta(minutes=16))


def test_an_open_page_keeps_the_lease(run, anna, bo):
    now = timezone.now()
    turn = queueing.take_next(anna, at=now)
    assert queueing.keep(turn, anna, at=now + timedelta(minutes=14))
    assert not queueing.take(turn, bo, at=now + timedelta(minutes=16))


def test_what_is_late_comes_first_and_is_marked_once(run, anna):
    last = queueing.to_do(anna).last()
    Turn.objects.filter(pk=last.pk).update(due_at=timezone.now() - timedelta(days=1))
    assert (queueing.escalate_overdue(), queueing.escalate_overdue()) == (1, 0)
    assert queueing.take_next(anna) == last


def test_what_is_handed_over_waits_for_that_colleague(run, anna, bo):
    turn = queueing.to_do(anna).last()
    assert queueing.hand_over(turn, bo, anna)
    assert turn not in queueing.to_do(anna)
    assert queueing.take_next(bo) == turn


def test_nothing_is_handed_to_who_may_not_review(run, anna, colleague):
    assert not queueing.hand_over(queueing.to_do(anna).first(), colleague("viewer"), anna)


def test_what_is_put_off_comes_back_on_the_next_working_day(run, anna):
    now = datetime(2026, 3, 6, 9, tzinfo=UTC)  # a Friday
    turn = queueing.take_next(anna, at=now)
    queueing.put_off(turn, anna, at=now)
    assert turn not in queueing.to_do(anna, at=now + timedelta(days=2))
    assert turn in queueing.to_do(anna, at=now + timedelta(days=3))


def test_a_verdict_is_carried_to_the_next_run_and_makes_no_turn_there(run, anna, tmp_path):
    from entrepot.web.runs.bringing import bring

    judged(anna, Turn.objects.filter(queue="listed").first())
    later = bring(sampled(made_run(tmp_path / "carried", actors=60, listed=LISTED)))
    assert later.findings.filter(state="confirmed").count() == 1
    assert Turn.objects.filter(finding__run=later, queue="listed").count() == LISTED - 2


def test_a_rejection_no_longer_holds_when_the_evidence_is_ten_times_what_it_was(run, anna, tmp_path):
    from entrepot.web.runs.bringing import bring

    review = judged(anna, Turn.objects.filter(queue="listed").first(), "rejected")
    Finding.objects.filter(pk=review.finding_id).update(resale_evidence=review.finding.resale_evidence - 1.5)
    later = bring(sampled(made_run(tmp_path / "grown", actors=60, listed=LISTED)))
    assert later.findings.get(actor_id=review.finding.actor_id).state == "open"


@pytest.fixture
def always_twice(monkeypatch):
    monkeypatch.setattr(queueing, "second_share", lambda: 1.0)
    monkeypatch.setattr("entrepot.web.discovery.reviewing.second_share", lambda: 1.0)


def test_a_drawn_review_is_repeated_blind_by_somebody_else(run, anna, bo, always_twice):
    review = judged(anna, Turn.objects.filter(queue="listed").first())
    again = Turn.objects.get(queue=SECOND)
    assert again.finding == review.finding
    assert again not in queueing.to_do(anna)
    assert not queueing.take(again, anna)
    assert judged(bo, again, form="2").is_blind


def test_where_two_reviewers_differ_somebody_looks_again_first(run, anna, bo, always_twice):
    review = judged(anna, Turn.objects.filter(queue="listed").first())
    judged(bo, Turn.objects.get(queue=SECOND), "rejected", form="2")
    review.finding.refresh_from_db()
    assert review.finding.state == "open"
    assert queueing.to_do(bo).first().finding == review.finding


def test_the_same_share_is_drawn_whoever_asks(run, anna):
    review = judged(anna, Turn.objects.filter(queue="listed").first())
    assert queueing.is_drawn_again(review) == queueing.is_drawn_again(Review.objects.get(pk=review.pk))


def test_every_change_of_hands_that_somebody_chose_is_on_record(run, anna, bo):
    turn = queueing.take_next(anna)
    queueing.put_off(turn, anna)
    queueing.hand_over(turn, bo, anna)
    queueing.escalate(turn, anna)
    kinds = list(Record.objects.values_list("kind", flat=True))[-3:]
    assert kinds == ["review put off", "review handed over", "review escalated"]
    assert verify().broken == ()


@pytest.fixture
def busy(run, anna, bo, always_twice):
    """Queues in which turns are done, held, late, escalated, put off, handed over, of a second look and of appeals."""
    now = timezone.now()
    judged(anna, Turn.objects.filter(queue="listed").first())
    held, late, called, later, handed, appealed = queueing.to_do(anna, at=now)[:6]
    changed = (
        (held, {"holder": bo, "held_until": now + queueing.LEASE}),
        (late, {"due_at": now - timedelta(days=1), "handed_to": bo}),
        (called, {"escalated_at": now, "put_off_until": now + timedelta(days=1)}),
        (later, {"put_off_until": now + timedelta(days=1)}),
        (handed, {"handed_to": anna}),
    )
    for turn, what in changed:
        Turn.objects.filter(pk=turn.pk).update(**what)
    Turn.objects.create(finding=appealed.finding, queue=APPEALED, due_at=now)
    return now


@pytest.mark.parametrize("who", ["anna", "bo"])
def test_what_waits_is_counted_as_it_is_offered(busy, who, request):
    colleague = request.getfixturevalue(who)
    offered = [turn for turn in queueing.to_do(colleague, at=busy) if turn.queue != APPEALED]
    late, mine = ([turn for turn in offered if getattr(turn, name)] for name in ("is_late", "is_mine"))
    counted = queueing.counted(colleague, at=busy)
    assert (counted.number, counted.late, counted.handed) == (len(offered), len(late), len(mine))
    assert late and mine


def test_a_queue_stands_as_its_turns_do(busy, bo):
    def naive(name):
        turns = Turn.objects.filter(queue=name)
        waiting = [turn for turn in turns if turn.done_at is None]
        late = [
            t for t in waiting if t.escalated_at is not None or (t.due_at is not None and t.due_at <= busy)
        ]
        held = [turn for turn in waiting if turn.held_until is not None and turn.held_until > busy]
        mine = [turn for turn in queueing.to_do(bo, at=busy) if turn.queue == name]
        done = len(turns) - len(waiting)
        return queueing.Queue(name, len(waiting), len(late), len(held), done, len(mine))

    assert queueing.standing(bo, at=busy) == [naive(name) for name in QUEUES]


def test_turns_of_an_earlier_run_are_not_counted(run, anna, tmp_path):
    from entrepot.web.runs.bringing import bring

    bring(sampled(made_run(tmp_path / "later", actors=60, listed=LISTED)))
    assert Turn.objects.count() == 2 * queueing.counted(anna).number
    assert [queue.waiting for queue in queueing.standing(anna)] == [LISTED - 1, SAMPLED, 0, 0]


def test_a_turn_is_of_the_run_of_its_finding(busy):
    assert all(turn.run_id == turn.finding.run_id for turn in Turn.objects.select_related("finding"))
    turn = Turn.objects.first()
    turn.run_id = None
    turn.save()
    assert turn.run_id == turn.finding.run_id


def test_how_many_queries_counting_takes_does_not_grow(busy, anna, django_assert_num_queries):
    with django_assert_num_queries(2):  # the current run, and what waits there
        queueing.counted(anna)
