"""Who looks at what next: turns are made when a run is whole, and one reviewer holds a turn at a time.

Every change of hands is one UPDATE whose WHERE says under which circumstances it holds; the database decides between
two who ask at once. A hold is a lease: whoever leaves the page open keeps it, whoever goes away loses it after a
quarter of an hour, and then only when somebody else asks for it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pyarrow.parquet as pq
from django.conf import settings
from django.db import transaction
from django.db.models import BooleanField, Case, Count, Exists, OuterRef, Q, QuerySet, When
from django.utils import timezone
from django.utils.crypto import salted_hmac

from entrepot.web.discovery.basis import basis
from entrepot.web.discovery.models import (
    APPEALED,
    AUDIT,
    CONFIRMED,
    LATER,
    LISTED,
    OPEN,
    QUEUES,
    SECOND,
    VERDICTS,
    Finding,
    Review,
    Turn,
)
from entrepot.web.people.models import Colleague
from entrepot.web.permissions import ACTIONS
from entrepot.web.records.models import append
from entrepot.web.runs.models import Run

LEASE = timedelta(minutes=15)
HOLDS = timedelta(days=365)
GROWN_LOG10_E = 1.0  # ten times the evidence: a rejection no longer answers it
REVIEW_DAYS, SECOND_SHARE, LATER_DAYS = 5, 0.1, 1
ANOTHER = (SECOND, APPEALED)  # queues in which nobody meets what they judged themselves
AT_A_TIME = 1000
TRIED = 20


def setting(name: str, usual: float) -> float:
    """A number of `server.toml`."""
    return float(settings.ENTREPOT.settings.get(name, usual))


def in_working_days(at: datetime, days: int) -> datetime:
    """The same time `days` working days (Monday to Friday) after `at`.

    >>> in_working_days(datetime(2026, 3, 6, 9), 1)
    datetime.datetime(2026, 3, 9, 9, 0)
    """
    while days > 0:
        at += timedelta(days=1)
        days -= at.weekday() < 5
    return at


def due(at: datetime) -> datetime:
    """When a turn made `at` should be done."""
    return in_working_days(at, int(setting("review_days", REVIEW_DAYS)))


# Turns are made --------------------------------------------------------------------------------------------------


def fill(run: Run, *, at: datetime | None = None) -> dict[str, int]:
    """Make the turns of `run` that are missing; returns how many by queue. Again it makes none.

    Listed findings without a verdict that still holds; the random audit sample, with its chance; and a random share of
    what was reviewed before, for a second reviewer. Of a finding in list and sample only the second is made: it is
    the one whose chance is known.
    """
    at = at or timezone.now()
    with transaction.atomic():
        _reopen(run, at)
        sample = _sample(run)
        undecided = list(run.findings.filter(state__in=(OPEN, LATER)))
        wanted: list[tuple[Finding, str, float, int | None]]
        wanted = [(f, AUDIT, sample[f.actor_id], None) for f in undecided if f.actor_id in sample]
        wanted += [(f, LISTED, 1.0, None) for f in undecided if f.flagged and f.actor_id not in sample]
        wanted += [(f, SECOND, chance, by) for f, chance, by in _drawn_again(run)]
        known = set(Turn.objects.filter(run=run).values_list("finding_id", "queue"))
        missing = [each for each in wanted if (each[0].pk, each[1]) not in known]
        made = _make(run, missing, at)
        if made:
            append("queues filled", by="server", body={"run": run.name, "turns": made})
    return made


def _make(run: Run, wanted: list[tuple[Finding, str, float, int | None]], at: datetime) -> dict[str, int]:
    made: dict[str, int] = {}
    until = due(at)
    for begin in range(0, len(wanted), AT_A_TIME):
        part = wanted[begin : begin + AT_A_TIME]
        shown = basis(run.path, [f.actor_id for f, _queue, _chance, _by in part])
        Turn.objects.bulk_create(
            [
                Turn(
                    finding=f,
                    run=run,
                    queue=queue,
                    shown_probability_0_1=chance,
                    due_at=until,
                    not_by_id=by,
                    shown=shown[f.actor_id],
                )
                for f, queue, chance, by in part
            ],
            ignore_conflicts=True,
        )
        for _f, queue, _chance, _by in part:
            made[queue] = made.get(queue, 0) + 1
    return made


def show_again(run: Run) -> None:
    """Read anew what reviewers look at, where an erasure by law took it away and somebody is still to judge."""
    emptied = [t for t in Turn.objects.filter(run=run, done_at=None).select_related("finding") if not t.shown]
    if emptied and run.is_there:
        shown = basis(run.path, [turn.finding.actor_id for turn in emptied])
        for turn in emptied:
            Turn.objects.filter(pk=turn.pk).update(shown=shown[turn.finding.actor_id])


def _sample(run: Run) -> dict[str, float]:
    """The chance of each actor of the random audit sample."""
    path = run.path / "audit_sample.parquet"
    rows = pq.read_table(path).to_pylist() if path.is_file() else []
    return {row["actor_id"]: float(row["shown_probability_0_1"]) for row in rows}


def _reopen(run: Run, at: datetime) -> None:
    """Findings whose verdict of an earlier run no longer holds: too old, or the evidence is ten times what it was."""
    carried = run.findings.filter(state__in=VERDICTS, reviews=None)
    carried.filter(Q(decided_at=None) | Q(decided_at__lt=at - HOLDS)).update(state=OPEN, decided_at=None)
    rest = {f.actor_id: f for f in carried.exclude(state=CONFIRMED)}
    for review in _latest_of(rest, exclude=run):
        finding = rest[review.finding.actor_id]
        if finding.resale_evidence >= review.finding.resale_evidence + GROWN_LOG10_E:
            Finding.objects.filter(pk=finding.pk).update(state=OPEN, decided_at=None)


def _latest_of(actors: Iterable[str], *, exclude: Run | None = None) -> list[Review]:
    """The latest review of each actor that counts: not blind."""
    reviews = Review.objects.filter(finding__actor_id__in=list(actors), is_blind=False)
    reviews = reviews.exclude(finding__run=exclude) if exclude else reviews
    latest = {r.finding.actor_id: r for r in reviews.select_related("finding").order_by("at", "pk")}
    return list(latest.values())


def _drawn_again(run: Run) -> list[tuple[Finding, float, int]]:
    """Findings whose verdict was carried here and that nobody has looked at a second time, as far as they are drawn."""
    carried = {f.actor_id: f for f in run.findings.filter(state__in=VERDICTS, reviews=None)}
    twice = Turn.objects.filter(queue=SECOND, finding__actor_id__in=list(carried)).exclude(finding__run=run)
    again = set(twice.values_list("finding__actor_id", flat=True))
    return [
        (carried[actor], review.shown_probability_0_1 * second_share(), review.reviewer_id)
        for review in _latest_of(set(carried) - again)
        if is_drawn_again(review) and (actor := review.finding.actor_id)
    ]


def second_share() -> float:
    """The share (0–1) of reviews that a second reviewer repeats without seeing the first."""
    return min(1.0, max(0.0, setting("second_share", SECOND_SHARE)))


def is_drawn_again(review: Review) -> bool:
    """Whether `review` is repeated: by a keyed hash, so that nobody can know beforehand and a repeat says the same."""
    digest = salted_hmac("entrepot.second", f"{review.finding.actor_id} {review.form}", algorithm="sha256")
    return int.from_bytes(digest.digest()[:8]) < second_share() * 2**64


# Turns change hands ----------------------------------------------------------------------------------------------


def to_do(colleague: Colleague, *, at: datetime | None = None) -> QuerySet[Turn]:
    """The turns that `colleague` may take now, what is late first, then what was handed to them, then by deadline.

    Of the current run; appeals of any. Never one that they judged before, nor one that somebody else holds or was
    asked to do, unless that is late.
    """
    rows = _offered(_here(), colleague, at or timezone.now())
    return rows.order_by("-is_late", "-is_mine", "due_at", "-finding__resale_evidence", "pk")


@dataclass(frozen=True)
class ToDo:
    """How many turns of the current run a colleague may take, appeals apart: all, those late, those handed to them."""

    number: int
    late: int
    handed: int


def counted(colleague: Colleague, *, at: datetime | None = None) -> ToDo:
    """How much `to_do` offers to `colleague`, without appeals."""
    rows = _offered(_of_current(), colleague, at or timezone.now())
    late, mine = Q(is_late=True), Q(is_mine=True)
    said = {"number": Count("pk"), "late": Count("pk", filter=late), "handed": Count("pk", filter=mine)}
    return ToDo(**rows.aggregate(**said))


def _offered(rows: QuerySet[Turn], colleague: Colleague, at: datetime) -> QuerySet[Turn]:
    """Those of `rows` that `colleague` may take, each with `is_late` and `is_mine`."""
    late = _late(at)
    rows = _open_to(rows, colleague, at)
    rows = rows.filter(Q(put_off_until=None) | Q(put_off_until__lte=at) | late)
    rows = rows.filter(Q(handed_to=None) | Q(handed_to=colleague) | late)
    return rows.annotate(is_late=yes(late), is_mine=yes(Q(handed_to=colleague)))


def _late(at: datetime) -> Q:
    return Q(escalated_at__isnull=False) | Q(due_at__lte=at)


def _open_to(turns: QuerySet[Turn], colleague: Colleague, at: datetime) -> QuerySet[Turn]:
    """Those of `turns` that are free at `at` and that `colleague` may judge: another looks a second time."""
    free = Q(holder=None) | Q(held_until__lte=at) | Q(holder=colleague)
    judged = Exists(Review.objects.filter(finding=OuterRef("finding"), reviewer=colleague))
    return turns.filter(free, done_at=None).exclude(not_by=colleague).exclude(Q(queue__in=ANOTHER) & judged)


def yes(condition: Q) -> Case:
    """Whether, never null: databases disagree on where a null stands in an order."""
    return Case(When(condition, then=True), default=False, output_field=BooleanField())


def _here() -> QuerySet[Turn]:
    return Turn.objects.filter(Q(run=Run.current()) | Q(queue=APPEALED), done_at=None)


def _of_current() -> QuerySet[Turn]:
    """The turns of the current run, done or not, appeals apart."""
    return Turn.objects.filter(run=Run.current()).exclude(queue=APPEALED)


def take(turn: Turn, colleague: Colleague, *, at: datetime | None = None) -> bool:
    """Whether `colleague` now holds `turn`: it is not done, nobody else holds it, and it was not theirs before."""
    at = at or timezone.now()
    open_ones = _open_to(Turn.objects.filter(pk=turn.pk), colleague, at)
    return open_ones.update(holder=colleague, held_until=at + LEASE) == 1


def take_next(colleague: Colleague, queue: str = "", *, at: datetime | None = None) -> Turn | None:
    """The turn that `colleague` holds already, else the first that they can have; None where nothing waits."""
    at = at or timezone.now()
    only = {"queue": queue} if queue else {}
    rows = to_do(colleague, at=at).filter(**only)
    mine = _here().filter(holder=colleague, held_until__gt=at, **only).order_by("pk").first()
    if mine is not None and keep(mine, colleague, at=at):
        return mine
    while candidates := _first(rows, TRIED):
        for turn in candidates:
            if take(turn, colleague, at=at):
                return turn
    return None


def _first(rows: QuerySet[Turn], most: int) -> list[Turn]:
    """The first of `rows`: sorted by key alone, since what reviewers look at makes each row a large one."""
    keys = list(rows.values_list("pk", flat=True)[:most])
    found = Turn.objects.in_bulk(keys)
    return [found[key] for key in keys if key in found]


def keep(turn: Turn, colleague: Colleague, *, at: datetime | None = None) -> bool:
    """Lengthen the lease of whoever has the page open; False where the turn is no longer theirs."""
    at = at or timezone.now()
    mine = Turn.objects.filter(pk=turn.pk, holder=colleague, done_at=None)
    return mine.update(held_until=at + LEASE) == 1


def give_back(turn: Turn, colleague: Colleague) -> bool:
    """Let others have it."""
    mine = Turn.objects.filter(pk=turn.pk, holder=colleague, done_at=None)
    return mine.update(holder=None, held_until=None) == 1


def put_off(turn: Turn, colleague: Colleague, *, at: datetime | None = None) -> bool:
    """Later: the turn comes back on the next working day."""
    at = at or timezone.now()
    back = in_working_days(at, int(setting("later_days", LATER_DAYS)))
    with transaction.atomic():
        mine = Turn.objects.filter(pk=turn.pk, holder=colleague, done_at=None)
        if not mine.update(holder=None, held_until=None, put_off_until=back):
            return False
        Finding.objects.filter(pk=turn.finding_id, state=OPEN).update(state=LATER)
        _say("review put off", turn, colleague, until=back.isoformat(timespec="minutes"))
    return True


def ask_for(finding: Finding, colleague: Colleague, *, at: datetime | None = None) -> Turn | None:
    """A turn of `finding` that `colleague` holds, also where none was due: made, or opened again, with a record.

    None where somebody else is at it. Whoever is not on the list was chosen by the reviewer, so that their chance of
    being shown is not known: 0, from which nothing is learned of others.
    """
    at = at or timezone.now()
    with transaction.atomic():
        turn = finding.turns.filter(queue__in=(LISTED, AUDIT)).order_by("pk").first()
        if turn is None:
            chance = 1.0 if finding.flagged else 0.0
            shown = basis(finding.run.path, [finding.actor_id])[finding.actor_id]
            made = {"shown_probability_0_1": chance, "due_at": due(at), "shown": shown}
            turn = Turn.objects.get_or_create(finding=finding, queue=LISTED, defaults=made)[0]
        if Turn.objects.filter(pk=turn.pk).exclude(done_at=None).update(done_at=None, due_at=due(at)):
            _say("review opened again", turn, colleague)
        return turn if take(turn, colleague, at=at) else None


def hand_over(turn: Turn, to: Colleague, by: Colleague) -> bool:
    """Ask `to` to do it; False where it is done, held by a third, or not for `to` (they judged it, or may not)."""
    if not to.is_active or not to.role_names & set(ACTIONS["review"]):
        return False
    with transaction.atomic():
        free = Q(holder=None) | Q(held_until__lte=timezone.now()) | Q(holder=by)
        open_ones = Turn.objects.filter(free, pk=turn.pk, done_at=None).exclude(not_by=to)
        if not open_ones.update(handed_to=to, holder=None, held_until=None, put_off_until=None):
            return False
        _say("review handed over", turn, by, to=to.mark)
    return True


def escalate(turn: Turn, by: Colleague) -> bool:
    """Put it at the top, for anybody who may review."""
    with transaction.atomic():
        if not Turn.objects.filter(pk=turn.pk, done_at=None).update(
            escalated_at=timezone.now(), put_off_until=None
        ):
            return False
        _say("review escalated", turn, by)
    return True


def escalate_overdue(*, at: datetime | None = None) -> int:
    """Mark what is past its deadline, once; returns how many."""
    at = at or timezone.now()
    with transaction.atomic():
        late = _here().filter(due_at__lte=at, escalated_at=None).values_list("pk", flat=True)
        number = Turn.objects.filter(pk__in=list(late), escalated_at=None).update(escalated_at=at)
        if number:
            append("reviews escalated", by="server", body={"turns": number})
    return number


def _say(kind: str, turn: Turn, by: Colleague, **more: Any) -> None:
    body = {"run": turn.finding.run.name, "finding": turn.finding.code, "queue": turn.queue, **more}
    append(kind, by=by.mark, body=body, about=f"actor:{turn.finding.actor_id}")


# What stands where -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Queue:
    """How a queue stands: turns to do, of which late, held now, and done."""

    name: str
    waiting: int
    late: int
    held: int
    done: int
    mine: int  # that whoever looks may take now


def standing(colleague: Colleague, *, at: datetime | None = None) -> list[Queue]:
    """How each queue stands."""
    at = at or timezone.now()
    current, appeals = _of_current(), Turn.objects.filter(queue=APPEALED)
    stands = {row.pop("queue"): row for rows in (current, appeals) for row in _counts(rows, at)}
    mine = {
        row["queue"]: row["mine"]
        for rows in (current, appeals)
        for row in _offered(rows, colleague, at).order_by().values("queue").annotate(mine=Count("pk"))
    }
    none = {"waiting": 0, "late": 0, "held": 0, "done": 0}
    return [Queue(name, **stands.get(name, none), mine=mine.get(name, 0)) for name in QUEUES]


def _counts(rows: QuerySet[Turn], at: datetime) -> QuerySet[Turn, dict[str, Any]]:
    waits = Q(done_at=None)
    return rows.values("queue").annotate(
        waiting=Count("pk", filter=waits),
        late=Count("pk", filter=waits & _late(at)),
        held=Count("pk", filter=waits & Q(held_until__gt=at)),
        done=Count("pk", filter=~waits),
    )
