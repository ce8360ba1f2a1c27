"""A verdict: the review, the finding's state, the turn's end and the record, in one transaction or not at all.

The first UPDATE asks whether the turn is still open and still held by whoever judges; only one of two who send can be
told yes. Whoever is told no gets back what they typed. A form has a number and is taken once, so that pressing the
button twice is one review.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from entrepot.web.discovery.models import (
    APPEALED,
    AUDIT,
    LISTED,
    OPEN,
    SECOND,
    VERDICTS,
    Finding,
    Review,
    Turn,
)
from entrepot.web.discovery.queueing import due, is_drawn_again, second_share
from entrepot.web.people.models import Colleague
from entrepot.web.records.models import append
from entrepot.web.runs.models import Run

BECAUSE = {LISTED: "listed", AUDIT: "random", APPEALED: "appeal"}
"""Queue → `shown_because` of the label; a second review is shown because of what the first was."""

KINDS: dict[str, str | Promise] = {
    "": _("not said"),
    "stockist": _("stockist"),
    "personal shopper": _("personal shopper"),
    "ring": _("several who act together"),
    "wholesaler": _("wholesaler"),
    "creator": _("creator"),
    "household": _("household"),
    "organisation, own use": _("organisation, own use"),
    "declared business": _("declared business"),
    "unclear": _("kind unclear"),
}
REASONS: dict[str, str | Promise] = {
    "amount and depth": _("amount and depth"),
    "pattern in time": _("pattern in time"),
    "acts with others": _("acts with others"),
    "seen outside the orders": _("seen outside the orders"),
    "says so": _("says so itself"),
    "large household": _("large household"),
    "gifts or event": _("gifts or an event"),
    "organisation": _("office, clinic or club"),
    "wrongly joined": _("records wrongly joined"),
    "too little to go by": _("too little to go by"),
    "other": _("other, see note"),
}


@dataclass(frozen=True)
class Said:
    """What a reviewer sent: `form` is the number of the form."""

    verdict: str
    form: str
    kind: str = ""
    reason: str = "other"
    note: str = ""


class NotTaken(Exception):
    """The verdict was not saved; `why` is a sentence for the reviewer."""

    def __init__(self, why: str | Promise) -> None:
        super().__init__(str(why))
        self.why = why


def conclude(turn: Turn, colleague: Colleague, said: Said, *, at: datetime | None = None) -> Review:
    """Save what `colleague` concluded of `turn`; the same form again gives the same review.

    Raises `NotTaken` where the turn is done or somebody else holds it. A lease that ran out counts as long as nobody
    else asked for the turn.
    """
    with transaction.atomic():
        known = Review.objects.filter(form=said.form, reviewer=colleague).first()
        if known is not None:
            return known
        at = at or timezone.now()
        mine = Turn.objects.filter(pk=turn.pk, done_at=None, holder=colleague)
        if not mine.update(done_at=at, holder=None, held_until=None):
            raise NotTaken(_why_not(turn))
        review = _review(turn, colleague, said, at)
        _record(review, said)
        if turn.queue == SECOND:
            _compare(review, at)
        else:
            _settle(review, at)
            _draw_again(review, at)
        return review


def _why_not(turn: Turn) -> str | Promise:
    now = Turn.objects.select_related("holder").get(pk=turn.pk)
    if now.done_at is not None:
        return _("This finding was reviewed meanwhile.")
    if now.holder is not None:
        return _("Your hold on this finding had ended, and %(name)s has taken it.") % {"name": now.holder}
    return _("You do not hold this finding. Take it, and send again.")


def _review(turn: Turn, colleague: Colleague, said: Said, at: datetime) -> Review:
    return Review.objects.create(
        finding=turn.finding, turn=turn, reviewer=colleague, verdict=said.verdict, kind=said.kind,
        reason=said.reason, note=said.note, form=said.form, at=at, is_blind=turn.queue == SECOND,
        shown_because=BECAUSE.get(turn.queue) or because_of_first(turn.finding),
        shown_probability_0_1=turn.shown_probability_0_1,
    )  # fmt: skip


def because_of_first(finding: Finding) -> str:
    """Why the finding was shown to its first reviewer; in this run or in an earlier one."""
    first = Review.objects.filter(finding__actor_id=finding.actor_id, is_blind=False).order_by("-at").first()
    return first.shown_because if first else "listed"


def _record(review: Review, said: Said) -> None:
    body = {
        "run": review.finding.run.name, "finding": review.finding.code, "queue": review.turn.queue,
        "verdict": said.verdict, "kind": said.kind, "reason": said.reason, "note": said.note,
    }  # fmt: skip
    append("review", by=review.reviewer.mark, body=body, about=f"actor:{review.finding.actor_id}")


def _settle(review: Review, at: datetime) -> None:
    """The finding has this verdict now, and so has the same actor in the run that pages show."""
    same = Finding.objects.filter(actor_id=review.finding.actor_id, run__in=_runs(review))
    same.update(state=review.verdict, decided_at=at)
    later = Turn.objects.filter(finding__in=same, queue__in=(LISTED, AUDIT), done_at=None, holder=None)
    later.exclude(pk=review.turn_id).update(done_at=at)


def _runs(review: Review) -> list[Run]:
    current = Run.current()
    return [review.finding.run, *([current] if current else [])]


def _draw_again(review: Review, at: datetime) -> None:
    if review.turn.queue not in (LISTED, AUDIT) or not is_drawn_again(review):
        return
    chance = review.shown_probability_0_1 * second_share()
    made = {"due_at": due(at), "not_by": review.reviewer, "shown_probability_0_1": chance}
    Turn.objects.get_or_create(
        finding=review.finding, queue=SECOND, defaults={**made, "shown": review.turn.shown}
    )


def first_of(second: Review) -> Review | None:
    """The review that `second` repeats without having seen it."""
    before = Review.objects.filter(
        finding__actor_id=second.finding.actor_id, is_blind=False, at__lt=second.at
    )
    return before.order_by("-at", "-pk").first()


def _compare(second: Review, at: datetime) -> None:
    """Where two reviewers differ, somebody looks again, with both in view, before anything else."""
    first = first_of(second)
    if first is None or first.verdict == second.verdict:
        return
    Turn.objects.update_or_create(
        finding=second.finding,
        queue=first.turn.queue if first.turn.queue in (LISTED, AUDIT) else LISTED,
        defaults={
            "done_at": None, "escalated_at": at, "due_at": due(at), "holder": None, "held_until": None,
            "put_off_until": None, "handed_to": None, "shown": second.turn.shown,
            "shown_probability_0_1": first.shown_probability_0_1,
        },
    )  # fmt: skip
    Finding.objects.filter(pk=second.finding_id).update(state=OPEN, decided_at=None)


def check_verdict(text: str) -> str:
    """`text` if it is a verdict; raises `ValueError`."""
    if text not in VERDICTS:
        raise ValueError(text)
    return text
