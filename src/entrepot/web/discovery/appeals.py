"""An appeal: what the person concerned says, by a link that needs no sign-in, and what another reviewer answers.

The link holds 256 random bits, of which only the digest is kept: who reads the database cannot open it. It says that
purchases are being looked at and asks one question; it names no evidence and accuses nobody. What is sent is sent
once. Another person than the first reviewer decides, and the answer stands on the same link.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil, floor

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from entrepot.web.discovery import keeping
from entrepot.web.discovery.agreeing import wilson
from entrepot.web.discovery.basis import basis
from entrepot.web.discovery.models import APPEALED, REJECTED, Appeal, Finding, Review, Turn
from entrepot.web.discovery.queueing import setting
from entrepot.web.discovery.reviewing import NotTaken, Said, conclude
from entrepot.web.people.models import Colleague, digest_of
from entrepot.web.records.models import append
from entrepot.web.runs.models import PERSON_CONCERNED

LINK_DAYS, ANSWER_WITHIN_DAYS = 30, 5
MOST_BYTES = 5 * 2**20
MOST_TEXT = 4000


def answer_within() -> timedelta:
    """How long we have to answer."""
    return timedelta(days=setting("answer_within", ANSWER_WITHIN_DAYS))


def offer(finding: Finding, by: Colleague, *, at: datetime | None = None) -> tuple[Appeal, str]:
    """A new link for whom `finding` concerns: the appeal, and the code that nobody can read again."""
    at, code = at or timezone.now(), secrets.token_urlsafe(32)
    with transaction.atomic():
        made = Appeal.objects.create(
            finding=finding, made_by=by, made_at=at, link_digest=digest_of(code),
            expires_at=at + timedelta(days=setting("appeal_link_days", LINK_DAYS)),
        )  # fmt: skip
        _say("appeal offered", made, by.mark)
    return made, code


def open_by(code: str) -> Appeal | None:
    """The appeal of a link, also after its answer; None where the link was never given."""
    return Appeal.objects.select_related("finding__run").filter(link_digest=digest_of(code)).first()


def may_speak(appeal: Appeal, *, at: datetime | None = None) -> bool:
    """Whether the link still takes what the person says: once, and before it expires."""
    return appeal.said_at is None and appeal.expires_at > (at or timezone.now())


def speak(appeal: Appeal, text: str, file: UploadedFile | None, *, at: datetime | None = None) -> bool:
    """Keep what the person says, and queue it for another reviewer; False where the link took something before.

    Raises `ValidationError` where the document is none that we take; then nothing is kept.
    """
    at = at or timezone.now()
    ending = _checked(file) if file else ""
    with transaction.atomic():
        unsaid = Appeal.objects.filter(pk=appeal.pk, said_at=None, expires_at__gt=at)
        if not unsaid.update(said=text, said_at=at, answer_by=at + answer_within()):
            return False
        if file:
            kept = keeping.keep(file, table="appeal", ending=ending, by=None)
            unsaid = Appeal.objects.filter(pk=appeal.pk)
            unsaid.update(file=kept)
        _queue(appeal.finding, at)
        _say("appeal made", appeal, PERSON_CONCERNED, document=bool(file))
    return True


def _checked(file: UploadedFile) -> str:
    keeping.check_size(file, MOST_BYTES)
    return keeping.kind_of_document(file)


def _queue(finding: Finding, at: datetime) -> None:
    last = (
        Review.objects.filter(finding__actor_id=finding.actor_id, is_blind=False).order_by("at", "pk").last()
    )
    shown = finding.turns.exclude(queue=APPEALED).values_list("shown", flat=True).first()
    Turn.objects.update_or_create(
        finding=finding,
        queue=APPEALED,
        defaults={
            "due_at": at + answer_within(), "not_by": last.reviewer if last else None, "done_at": None,
            "holder": None, "held_until": None, "handed_to": None, "escalated_at": None, "put_off_until": None,
            "shown": shown or _shown(finding),
        },
    )  # fmt: skip


def _shown(finding: Finding) -> dict[str, object]:
    there = finding.run.is_there
    return dict(basis(finding.run.path, [finding.actor_id])[finding.actor_id]) if there else {}


def waiting(finding: Finding) -> Appeal | None:
    """The appeal of `finding` that waits for its answer."""
    return finding.appeals.exclude(said_at=None).filter(decided_at=None).order_by("said_at").first()


def decide(
    turn: Turn, colleague: Colleague, said: Said, answer: str, *, at: datetime | None = None
) -> Review:
    """Conclude the appeal behind `turn`: rejected means that the person was right; `answer` is what they read.

    Raises `NotTaken` as `conclude` does, and where nothing waits for an answer.
    """
    at = at or timezone.now()
    with transaction.atomic():
        known = Review.objects.filter(form=said.form, reviewer=colleague).first()
        if known is not None:
            return known
        open_one = waiting(turn.finding)
        if open_one is None:
            raise NotTaken(_("No appeal waits for an answer here."))
        review = conclude(turn, colleague, said, at=at)
        upheld = said.verdict == REJECTED
        open_ones = Appeal.objects.filter(pk=open_one.pk, decided_at=None)
        open_ones.update(decided_by=colleague, decided_at=at, upheld=upheld, answer=answer)
        _say("appeal decided", open_one, colleague.mark, upheld=upheld, answer=answer)
    return review


def _say(kind: str, appeal: Appeal, by: str, **more: object) -> None:
    body = {"appeal": appeal.pk, "run": appeal.finding.run.name, "finding": appeal.finding.code, **more}
    append(kind, by=by, body=body, about=f"actor:{appeal.finding.actor_id}")


@dataclass(frozen=True)
class Overturned:
    """Of `decided` appeals `upheld` were right; their share with its interval (0–1), None where none was decided."""

    offered: int
    waiting: int
    decided: int
    upheld: int
    share: float | None
    low: float | None
    high: float | None

    @property
    def of_100(self) -> tuple[int, int] | None:
        """The interval as numbers among a hundred, outwards."""
        return (
            None if self.low is None or self.high is None else (floor(100 * self.low), ceil(100 * self.high))
        )


def overturned() -> Overturned:
    """How often an appeal was right."""
    rows = Appeal.objects.all()
    decided = rows.exclude(decided_at=None)
    number, upheld = decided.count(), decided.filter(upheld=True).count()
    low, high = wilson(upheld, number) if number else (None, None)
    waiting_now = rows.exclude(said_at=None).filter(decided_at=None).count()
    share = upheld / number if number else None
    return Overturned(rows.count(), waiting_now, number, upheld, share, low, high)
