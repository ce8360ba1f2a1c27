"""What the pages of a review hold, each as a dataclass: the queues, one finding, agreement, what reviews changed."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django import forms
from django.db.models import Q
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from entrepot.report.words import month, strength
from entrepot.web.discovery import appeals, queueing
from entrepot.web.discovery.models import (
    APPEALED,
    AUDIT,
    CANNOT_TELL,
    CONFIRMED,
    LISTED,
    REJECTED,
    SECOND,
    VERDICTS,
    Appeal,
    Review,
    Turn,
)
from entrepot.web.discovery.queueing import Queue
from entrepot.web.discovery.relearning import Taught, not_yet_read
from entrepot.web.discovery.reviewing import KINDS, REASONS
from entrepot.web.people.models import Colleague
from entrepot.web.permissions import ACTIONS
from entrepot.web.runs.models import Run

QUEUE_NAMES: Mapping[str, str | Promise] = {
    LISTED: _("the list"),
    AUDIT: _("random sample"),
    SECOND: _("second look"),
    APPEALED: _("appeals"),
}
QUEUE_WORDS: Mapping[str, str | Promise] = {
    LISTED: _("Their orders speak against personal use."),
    AUDIT: _(
        "Drawn at random from everybody, whatever the evidence: what is concluded here checks the list."
    ),
    SECOND: _("A colleague judged these before; you do not see what they concluded."),
    APPEALED: _("The person concerned has spoken. Somebody who has not judged it before decides."),
}
LATER = "later"
CHOICES = (
    (CONFIRMED, _("Confirmed"), _("buys to sell on"), "1"),
    (REJECTED, _("Rejected"), _("an ordinary customer"), "2"),
    (CANNOT_TELL, _("Cannot tell"), _("not from what is here"), "3"),
    (LATER, _("Later"), _("comes back on the next working day"), "4"),
)
APPEAL_CHOICES = (
    (CONFIRMED, _("The finding stands"), _("buys to sell on"), "1"),
    (REJECTED, _("The person is right"), _("an ordinary customer"), "2"),
    *CHOICES[2:],
)
MOST_WAITING = 20
WIDTH, HEIGHT = 480, 120


class VerdictForm(forms.Form):
    """What a reviewer sends. A verdict needs a reason; later needs nothing; an appeal needs an answer."""

    form = forms.CharField(max_length=64)
    verdict = forms.ChoiceField(
        choices=[(name, name) for name in (*VERDICTS, LATER)],
        error_messages={"required": _("Choose a verdict."), "invalid_choice": _("Choose a verdict.")},
    )
    kind = forms.ChoiceField(choices=list(KINDS.items()), required=False)
    reason = forms.ChoiceField(choices=list(REASONS.items()), required=False)
    note = forms.CharField(max_length=4000, required=False)
    answer = forms.CharField(max_length=4000, required=False)

    def __init__(self, *given: Any, is_appeal: bool = False, **more: Any) -> None:
        super().__init__(*given, **more)
        self._is_appeal = is_appeal

    def clean(self) -> dict[str, Any]:
        said = dict(super().clean() or {})
        if said.get("verdict") not in VERDICTS:
            return said
        if not said.get("reason") and "reason" not in self.errors:
            self.add_error("reason", _("Choose a reason."))
        if self._is_appeal and not said.get("answer", "").strip():
            self.add_error("answer", _("Write what the person will read."))
        return said


@dataclass(frozen=True)
class Bar:
    """A month in the picture: where its bar stands, and what it says."""

    x: float
    y: float
    width: float
    height: float
    said: str


@dataclass(frozen=True)
class Months:
    """Purchases by month as bars, and personal use as a band behind them; None of it where nothing is known."""

    bars: Sequence[Bar]
    band: str  # points of a polygon
    most: float
    first: str
    last: str


def months(rows: Sequence[Mapping[str, Any]]) -> Months | None:
    """The picture of `rows` (`month, units, low, high`)."""
    if not rows:
        return None
    most = max(1.0, *(max(row["units"] or 0, row["high"] or 0) for row in rows))
    step = WIDTH / len(rows)
    bars = [
        Bar(
            n * step + 0.15 * step,
            HEIGHT * (1 - row["units"] / most),
            0.7 * step,
            HEIGHT * row["units"] / most,
            f"{_called(row)}: {row['units']:,.0f}",
        )
        for n, row in enumerate(rows)
    ]
    return Months(bars, _band(rows, most, step), most, _called(rows[0]), _called(rows[-1]))


def _called(row: Mapping[str, Any]) -> str:
    """The month of `row` (`2026-03`) in words."""
    return month(f"{row['month']}-01")


def _band(rows: Sequence[Mapping[str, Any]], most: float, step: float) -> str:
    if any(row["high"] is None for row in rows):
        return ""

    def edge(name: str) -> list[str]:
        at = [(row[name], (n + half) * step) for n, row in enumerate(rows) for half in (0, 1)]
        return [f"{x:.1f},{HEIGHT * (1 - value / most):.1f}" for value, x in at]

    return " ".join([*edge("high"), *reversed(edge("low"))])


@dataclass(frozen=True)
class TurnPage:
    """One finding to judge. `not_saved` says why what was sent was not taken; the form then holds what was typed."""

    turn: Turn
    holds: bool
    form: VerdictForm
    not_saved: str | Promise = ""
    reviews: Sequence[Review] = ()
    appeal: Appeal | None = None
    months: Months | None = None
    colleagues: Sequence[Colleague] = ()
    queue: str | Promise = ""
    strength: str = ""
    choices: Sequence[tuple[Any, ...]] = CHOICES
    kinds: Sequence[tuple[str, str | Promise]] = ()
    reasons: Sequence[tuple[str, str | Promise]] = tuple(REASONS.items())
    renew_s: int = int(queueing.LEASE.total_seconds() // 3)
    is_late: bool = False
    waiting: int = 0

    @property
    def is_blind(self) -> bool:
        return self.turn.queue == SECOND


def turn_page(
    turn: Turn, colleague: Colleague, *, form: VerdictForm | None = None, not_saved: str | Promise = ""
) -> TurnPage:
    """The page of `turn` for `colleague`, with what they typed where it was not saved."""
    at = timezone.now()
    holds = turn.holder_id == colleague.pk and turn.done_at is None
    is_appeal = turn.queue == APPEALED
    empty = VerdictForm(initial={"form": secrets.token_urlsafe(24), "kind": turn.finding.kind})
    return TurnPage(
        turn=turn,
        holds=holds,
        form=form or empty,
        not_saved=not_saved,
        reviews=_reviews(turn),
        appeal=appeals.waiting(turn.finding) if is_appeal else None,
        months=months(turn.shown.get("months", [])),
        colleagues=_who_may(turn, colleague),
        queue=QUEUE_NAMES[turn.queue],
        strength=strength(turn.finding.resale_evidence),
        choices=APPEAL_CHOICES if is_appeal else CHOICES,
        kinds=tuple(KINDS.items()),
        is_late=turn.escalated_at is not None or (turn.due_at is not None and turn.due_at <= at),
        waiting=queueing.to_do(colleague, at=at).count() if holds else 0,
    )


def _reviews(turn: Turn) -> list[Review]:
    """Earlier reviews of the actor, none of them for who is to judge without seeing them."""
    if turn.queue == SECOND:
        return []
    rows = Review.objects.filter(finding__actor_id=turn.finding.actor_id)
    return list(rows.select_related("reviewer", "finding__run").order_by("-at"))


def _who_may(turn: Turn, colleague: Colleague) -> list[Colleague]:
    """To whom the turn can be handed."""
    rows = Colleague.objects.filter(roles__role__in=ACTIONS["review"], is_active=True).exclude(
        pk=colleague.pk
    )
    return list(rows.exclude(pk=turn.not_by_id).distinct().order_by("email")[:200])


@dataclass(frozen=True)
class QueuePage:
    """The queues: how each stands, and what waits, the most urgent first."""

    run: Run | None
    queues: Sequence[tuple[Queue, str | Promise, str | Promise]] = ()
    waiting: Sequence[Turn] = ()
    mine: int = 0
    taught: Taught | None = None
    lead: Mapping[str, int] = field(default_factory=dict)


def queue_page(colleague: Colleague, *, at: datetime | None = None) -> QueuePage:
    """How the queues stand for `colleague`."""
    at = at or timezone.now()
    run = Run.current()
    if run is None:
        return QueuePage(None)
    queues = [(q, QUEUE_NAMES[q.name], QUEUE_WORDS[q.name]) for q in queueing.standing(colleague, at=at)]
    rows = Turn.objects.filter(Q(run=run) | Q(queue=APPEALED), done_at=None)
    late = queueing.yes(Q(escalated_at__isnull=False) | Q(due_at__lte=at))
    rows = rows.annotate(is_late=late, is_held=queueing.yes(Q(held_until__gt=at)))
    rows = rows.select_related("finding", "holder", "handed_to")
    # sorted by key alone, since what reviewers look at makes each row a large one
    ordered = rows.order_by("-is_late", "due_at", "-finding__resale_evidence", "pk")
    keys = list(ordered.values_list("pk", flat=True)[:MOST_WAITING])
    first = rows.in_bulk(keys)
    lead = {
        name: sum(getattr(q, name) for q, *_words in queues) for name in ("waiting", "late", "held", "mine")
    }
    return QueuePage(
        run=run,
        queues=queues,
        waiting=[first[key] for key in keys if key in first],
        mine=lead["mine"],
        taught=not_yet_read(run),
        lead=lead,
    )
