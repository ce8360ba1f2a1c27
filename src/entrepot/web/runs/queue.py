"""The queue of runs: who may be asked for, begun, stopped and ended, each as one step that either happens or not.

Only the database is asked and told here, so that two servers, a closed browser or a killed process leave it true. One
run is at work at a time (a constraint of the database); the others wait in the order in which they were asked for. A
run whose process is gone waits again, three times at most.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from entrepot.errors import Mistake
from entrepot.run import plain
from entrepot.web.records.models import append
from entrepot.web.runs.files import names
from entrepot.web.runs.models import CANCELLED, DONE, FAILED, RUNNING, WAITING, Run

STALE = timedelta(seconds=20)
"""A run whose process has said nothing for so long has none."""
MOST_ATTEMPTS = 3
TRIES_FOR_A_NAME = 20
GONE = Mistake(
    "the process of the run ended three times without a result",
    expected="a process that lives until the run is whole",
    got="it was ended from outside, or the machine ran out of memory",
    do="give the engine less memory in server.toml, or send fewer orders, and ask for the run again",
)


def ask(
    *,
    by: Any,
    inputs: Mapping[str, Sequence[str]],
    asked: Mapping[str, Any],
    previous: Run | None = None,
    labels_until: datetime | None = None,
    ticket: str | None = None,
) -> Run:
    """Put a run into the queue; the same `ticket` again gives the run that it has made."""
    for _ in range(TRIES_FOR_A_NAME):
        known = Run.objects.filter(ticket=ticket).first() if ticket else None
        if known:
            return known
        try:
            with transaction.atomic():
                run = Run.objects.create(
                    name=_free_name(), ticket=ticket, inputs=plain(inputs), asked=plain(asked),
                    previous=previous, labels_until=labels_until, by=by,
                )  # fmt: skip
                append("run asked for", by=by.mark, body=_body(run))
            return run
        except IntegrityError:
            continue  # somebody took the name, or pressed twice
    raise RuntimeError("no name is free for a run")


def _body(run: Run) -> dict[str, Any]:
    return {
        "run": run.name,
        "tables": sorted(run.inputs),
        "settings": run.asked,
        "previous": run.previous and run.previous.name,
        "labels_until": run.labels_until and run.labels_until.isoformat(),
    }


def _free_name() -> str:
    """The first number after all that are taken, by a row or by a folder; a purged run's number stays taken."""
    rows = Run.objects.values_list("name", flat=True)
    folders = (path.name for path in Path(settings.ENTREPOT.runs).iterdir())
    return f"{max((int(name) for name in (*rows, *folders) if name.isdecimal()), default=0) + 1:04d}"


def cancel(run: Run, *, by: Any) -> bool:
    """Stop `run`: one that waits at once, one at work as soon as its process has ended; False where it is over."""
    now = timezone.now()
    with transaction.atomic():
        waiting = Run.objects.filter(pk=run.pk, state=WAITING)
        working = Run.objects.filter(pk=run.pk, state=RUNNING, cancel_asked_at=None)
        stopped = waiting.update(state=CANCELLED, cancel_asked_at=now, ended_at=now)
        stopped = stopped or working.update(cancel_asked_at=now)
        if stopped:
            append("run cancelled", by=by.mark, body={"run": run.name})
    return bool(stopped)


def again(run: Run, *, by: Any) -> bool:
    """Let a run that failed or was cancelled wait again, as it was asked for; False where it did neither."""
    with transaction.atomic():
        over = Run.objects.filter(pk=run.pk, state__in=(FAILED, CANCELLED))
        moved = over.update(
            state=WAITING, asked_at=timezone.now(), attempts=0, error=[], step="", steps_done=0, started_at=None,
            ended_at=None, beat_at=None, process=None, cancel_asked_at=None,
        )  # fmt: skip
        if moved:
            append("run asked for again", by=by.mark, body={"run": run.name})
    return bool(moved)


def claim(process: int, *, at: datetime | None = None) -> Run | None:
    """Take the first that waits for `process`, if none is at work; None otherwise, and where another took it."""
    now = at or timezone.now()
    try:
        with transaction.atomic():
            if Run.objects.filter(state=RUNNING).exists():
                return None
            first = Run.objects.filter(state=WAITING).order_by("asked_at", "pk").first()
            taken = first and Run.objects.filter(pk=first.pk, state=WAITING).update(
                state=RUNNING, started_at=now, beat_at=now, attempts=F("attempts") + 1, process=process,
                step="", steps_done=0,
            )  # fmt: skip
    except IntegrityError:
        return None
    return Run.objects.get(pk=first.pk) if first and taken else None


def beat(run: Run, process: int, *, at: datetime | None = None) -> bool:
    """Say that `process` lives for `run`; False where the run is no longer its own."""
    own = Run.objects.filter(pk=run.pk, state=RUNNING, process=process)
    return bool(own.update(beat_at=at or timezone.now()))


def step(run: Run, name: str, done: int) -> None:
    """Say which step of `run` has begun."""
    Run.objects.filter(pk=run.pk, state=RUNNING).update(step=name[:200], steps_done=done)


def whole(run: Run, *, at: datetime | None = None) -> bool:
    """`run` is there and taken in; False where it was cancelled meanwhile."""
    now = at or timezone.now()
    with transaction.atomic():
        own = Run.objects.filter(pk=run.pk, state=RUNNING, cancel_asked_at=None)
        done = own.update(state=DONE, ended_at=now, process=None, step="")
        if done:
            append(
                "run whole", by="server", body={"run": run.name, "headline": run.headline.get("sentence", "")}
            )
    return bool(done)


def failed(run: Run, mistakes: Sequence[Mistake], *, at: datetime | None = None) -> bool:
    """`run` cannot be made; `mistakes` say why."""
    with transaction.atomic():
        own = Run.objects.filter(pk=run.pk, state__in=(RUNNING, WAITING))
        done = own.update(
            state=FAILED, ended_at=at or timezone.now(), process=None, error=said(run, mistakes)
        )
        if done:
            append("run failed", by="server", body={"run": run.name, "mistakes": [m.what for m in mistakes]})
    return bool(done)


def said(run: Run, mistakes: Sequence[Mistake]) -> list[dict[str, str]]:
    """`mistakes` as a row keeps them: files by the names of their senders, no folder of the server."""
    called = {**names(run), f"{settings.ENTREPOT.folder}/": ""}
    return [{name: _renamed(part, called) for name, part in asdict(m).items()} for m in mistakes]


def _renamed(text: str, called: Mapping[str, str]) -> str:
    for ours, theirs in called.items():
        text = text.replace(ours, theirs)
    return text


def stopped(run: Run, *, at: datetime | None = None) -> None:
    """The process of `run` was ended because somebody cancelled it."""
    Run.objects.filter(pk=run.pk, state=RUNNING).update(
        state=CANCELLED, ended_at=at or timezone.now(), process=None, step=""
    )


def interrupted(run: Run) -> None:
    """The server stops in good order: `run` waits for its next start, which is no attempt less."""
    Run.objects.filter(pk=run.pk, state=RUNNING).update(
        state=WAITING, attempts=F("attempts") - 1, process=None, step="", steps_done=0
    )


def lost(run: Run) -> None:
    """The process of `run` is gone: it waits again, or has failed where that happened too often."""
    run.refresh_from_db()
    if run.state != RUNNING:
        return
    if run.cancel_asked_at:
        stopped(run)
    elif run.attempts >= MOST_ATTEMPTS:
        failed(run, [GONE])
    else:
        Run.objects.filter(pk=run.pk, state=RUNNING).update(
            state=WAITING, process=None, step="", steps_done=0
        )


def recover(*, at: datetime | None = None) -> list[Run]:
    """Find runs whose process is gone, and let each wait again; returns them."""
    silent_since = (at or timezone.now()) - STALE
    found = list(Run.objects.filter(state=RUNNING, beat_at__lt=silent_since))
    for run in found:
        lost(run)
    return found


def ahead_of(run: Run) -> int:
    """How many runs come before one that waits."""
    earlier = Run.objects.filter(state=WAITING, asked_at__lt=run.asked_at)
    return earlier.count() + Run.objects.filter(state=RUNNING).count()
