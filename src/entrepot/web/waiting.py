"""What waits for whoever looks, by what they may do; and who is new on the list since the run before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import ngettext

from entrepot.report.listed import kind_name
from entrepot.report.words import count, strength
from entrepot.web.discovery.models import FLAGGED, Appeal, Finding
from entrepot.web.discovery.queueing import counted
from entrepot.web.permissions import may
from entrepot.web.runs.models import RUNNING, WAITING, Run
from entrepot.web.sensemaking.models import OPEN, Round

MOST_NEW = 5


@dataclass(frozen=True)
class Waiting:
    """Something that waits for whoever looks: how many, of what, and where to go; empty where there is no page."""

    number: int
    what: str
    address: str
    note: str = ""


@dataclass(frozen=True)
class NewActor:
    """One who is new on the list."""

    code: str
    address: str
    kind: str
    strength: str


@dataclass(frozen=True)
class New:
    """Who is on the list of a run and was not on that of `before`, and how many are gone from it."""

    before: Run
    number: int
    gone: int
    strongest: Sequence[NewActor]


def waiting_for(colleague: Any) -> list[Waiting]:
    """What waits for `colleague`; what is nothing is left out."""
    found = [
        *(_reviews(colleague) if may(colleague, "review") else ()),
        *(_appeals() if may(colleague, "decide appeals") else ()),
        *(_runs() if may(colleague, "start runs") else ()),
        *(_rounds(colleague) if may(colleague, "answer rounds") else ()),
        *(_over() if may(colleague, "lead rounds") else ()),
    ]
    return [one for one in found if one.number]


def _reviews(colleague: Any) -> list[Waiting]:
    """What the page of review offers too; appeals are counted for themselves."""
    todo = counted(colleague)
    note = (
        ngettext("%(n)s is late", "%(n)s are late", todo.late) % {"n": count(todo.late)} if todo.late else ""
    )
    to_you = ngettext("finding was handed to you", "findings were handed to you", todo.handed)
    to_do_now = ngettext("finding waits for a review", "findings wait for a review", todo.number)
    place = address_of("review")
    return [Waiting(todo.handed, to_you, place), Waiting(todo.number, to_do_now, place, note)]


def _appeals() -> list[Waiting]:
    number = Appeal.objects.filter(said_at__isnull=False, decided_at=None).count()
    what = ngettext("appeal waits for an answer", "appeals wait for an answer", number)
    return [Waiting(number, what, address_of("appeals"))]


def _runs() -> list[Waiting]:
    number = Run.objects.filter(state__in=(RUNNING, WAITING)).count()
    return [Waiting(number, ngettext("run is at work", "runs are at work", number), address_of("runs"))]


def _rounds(colleague: Any) -> list[Waiting]:
    """Open rounds at which the colleague sits; answered or not, since nobody knows that of a blind answer."""
    now = timezone.now()
    here = Round.objects.filter(state=OPEN, ends_at__gt=now, seats__stakeholder__colleague=colleague,
                                seats__stakeholder__left_at=None)  # fmt: skip
    number = here.distinct().count()
    what = ngettext("question asks how you see it", "questions ask how you see them", number)
    return [Waiting(number, what, address_of("questions"))]


def _over() -> list[Waiting]:
    number = Round.objects.filter(state=OPEN, ends_at__lte=timezone.now()).count()
    what = ngettext("round is over and waits to be closed", "rounds are over and wait to be closed", number)
    return [Waiting(number, what, address_of("questions"))]


def address_of(name: str) -> str:
    """The address of a place; empty where this server has none of that name."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


def new_of(run: Run) -> New | None:
    """Who is new against the run before; None where there is none before."""
    before = run.previous or Run.shown().filter(ended_at__lt=run.ended_at).first()
    if before is None or before.indexed_at is None:
        return None
    new, gone, strongest = _changed(run.pk, run.indexed_at, before.pk, before.indexed_at)
    rows = Finding.objects.in_bulk(strongest)
    return New(before, new, gone, [_new(run, rows[key]) for key in strongest if key in rows])


def _new(run: Run, finding: Finding) -> NewActor:
    return NewActor(
        finding.code,
        reverse("findings_actor", args=(run.name, finding.actor_id)),
        kind_name(finding.kind),
        strength(finding.resale_evidence),
    )


@lru_cache(maxsize=16)
def _changed(
    run: int, indexed_at: datetime, before: int, before_at: datetime
) -> tuple[int, int, tuple[int, ...]]:
    """How many came to the list, how many left it, and the strongest that came; lists never change."""
    listed = Finding.objects.filter(FLAGGED).exclude(declared="yes")
    now = {
        a: key for key, a in listed.filter(run=run).order_by("-resale_evidence").values_list("pk", "actor_id")
    }
    was = set(listed.filter(run=before).values_list("actor_id", flat=True))
    came = [key for actor, key in now.items() if actor not in was]
    return len(came), len(was - now.keys()), tuple(came[:MOST_NEW])
