"""What a program may start: a run, a review, an observation; each with its record, in one transaction.

A deed either happens or not, whoever else asks at the same moment: what somebody else took is not taken again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from entrepot.web.discovery.models import Observation, ObservedActor, Turn
from entrepot.web.people.models import Colleague
from entrepot.web.records.models import append
from entrepot.web.runs.models import CANCELLED, RUNNING, WAITING, Run

HELD = timedelta(minutes=30)


def ask(
    *, by: Colleague, inputs: Mapping[str, Sequence[str]], asked: Mapping[str, Any], previous: Run | None
) -> Run:
    """Put a run into the queue."""
    with transaction.atomic():
        body = {"tables": sorted(inputs), "settings": dict(asked), "previous": previous and previous.name}
        append("run asked for", by=by.mark, body=body)
        name = f"{_last() + 1:04d}"
        return Run.objects.create(name=name, inputs=dict(inputs), asked=dict(asked), previous=previous, by=by)


def _last() -> int:
    """The highest number that a run has or had; asked while the end of the records is held, so by one at a time."""
    names = [
        *Run.objects.values_list("name", flat=True),
        *(p.name for p in Path(settings.ENTREPOT.runs).iterdir()),
    ]
    return max((int(name) for name in names if name.isdecimal()), default=0)


def cancel(run: Run, *, by: Colleague) -> bool:
    """Stop a run that waits, or ask one at work to stop; False where it is over."""
    now = timezone.now()
    with transaction.atomic():
        waiting = Run.objects.filter(pk=run.pk, state=WAITING)
        working = Run.objects.filter(pk=run.pk, state=RUNNING, cancel_asked_at=None)
        stopped = waiting.update(state=CANCELLED, cancel_asked_at=now, ended_at=now) or working.update(
            cancel_asked_at=now
        )
        if stopped:
            append("run cancelled", by=by.mark, body={"run": run.name})
    return bool(stopped)


def take_next(colleague: Colleague, queue: str, *, at: datetime) -> Turn | None:
    """The most urgent finding that nobody holds, now held by `colleague`; or the one already held."""
    while True:
        turn = _to_do(colleague, queue, at).select_related("finding__run").first()
        if turn is None or _take(turn, colleague, at):
            return turn


def _to_do(colleague: Colleague, queue: str, at: datetime) -> QuerySet[Turn]:
    free = Q(holder=None) | Q(holder=colleague) | Q(held_until__lte=at)
    ready = Q(put_off_until=None) | Q(put_off_until__lte=at)
    meant = Q(handed_to=None) | Q(handed_to=colleague)
    rows = Turn.objects.filter(free, ready, meant, done_at=None).exclude(not_by=colleague)
    rows = rows.filter(queue=queue) if queue else rows
    mine_first = F("escalated_at").asc(nulls_last=True), F("due_at").asc(nulls_last=True), "pk"
    return rows.order_by(*mine_first)


def _take(turn: Turn, colleague: Colleague, at: datetime) -> bool:
    """Hold it, unless somebody was quicker."""
    free = Q(holder=None) | Q(holder=colleague) | Q(held_until__lte=at)
    until = at + HELD
    taken = Turn.objects.filter(free, pk=turn.pk, done_at=None).update(holder=colleague, held_until=until)
    turn.holder, turn.held_until = colleague, until
    return bool(taken)


def observe(fields: Mapping[str, Any], actors: Sequence[str], *, by: Colleague) -> Observation:
    """Keep what was seen outside the orders, linked to the actors that it is about."""
    with transaction.atomic():
        made = Observation.objects.create(by=by, **fields)
        linked = sorted(set(actors))
        ObservedActor.objects.bulk_create([ObservedActor(observation=made, actor_id=each) for each in linked])
        body = {"observation": made.pk, "step": made.step, "actors": linked}
        append("observation added", by=by.mark, body=body, about=f"observation:{made.pk}")
    return made
