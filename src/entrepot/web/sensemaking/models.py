"""Questions, those who are asked, rounds with their answers, acts of sensegiving, and versions of the account.

What is said by name hangs on a seat. What is said blind hangs on nothing: `Drawn` knows who drew a code, `Code` the
digest of a code, `SealedBox` holds what was said until the close, `Ballot` and `Reason` after it; no column joins them,
and none has a time or a number that grows. `ballots` writes the rows of `Drawn` and `Code` anew with each change.
"""

from __future__ import annotations

import secrets
from datetime import datetime

from django.conf import settings
from django.db import models
from django.utils import timezone

from entrepot.sensemaking.rounds import MODES
from entrepot.sensemaking.tables import KINDS, LEVELS, PRIORITIES, VERDICTS
from entrepot.web.discovery.models import Observation

COLLEAGUE = settings.AUTH_USER_MODEL
GOING_ON, DO = "what_is_going_on", "what_do_we_do"
STAGES = (GOING_ON, DO)
FEEDBACKS = ("none", "distribution", "reasons")
OPEN, CLOSED, VOID, PURGED = "open", "closed", "void", "purged"
MAIL, PAPER = "mail", "paper"
EVIDENCE = ("run", "finding", "observation", "other")
STANCES = ("carries", "dissents")


def random_key() -> str:
    """A key that says nothing of when it was made."""
    return secrets.token_hex(16)


def choices(values: tuple[str, ...]) -> list[tuple[str, str]]:
    return [(value, value) for value in values]


class Question(models.Model):
    """What the firm asks itself, in two stages: what is going on, then what to do. `owner` is the unit that owns the
    topic; empty where nobody does, and then the pages say so."""

    title = models.CharField(max_length=200)
    text = models.TextField(blank=True)
    stage = models.CharField(max_length=20, choices=choices(STAGES), default=GOING_ON)
    owner = models.CharField(max_length=200, blank=True)
    by = models.ForeignKey(COLLEAGUE, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return self.title

    @property
    def mark(self) -> str:
        """What records call it."""
        return f"question:{self.pk}"


class Stakeholder(models.Model):
    """Somebody whom a question asks: a colleague, or, without an address here, somebody who gets a code on paper."""

    question = models.ForeignKey(Question, models.CASCADE, related_name="stakeholders")
    colleague = models.ForeignKey(COLLEAGUE, models.PROTECT, null=True, blank=True, related_name="asked")
    name = models.CharField(max_length=200, blank=True)
    unit = models.CharField(max_length=100)
    level = models.CharField(max_length=10, choices=choices(LEVELS))
    language = models.CharField(max_length=10, blank=True)
    left_at = models.DateTimeField(null=True, blank=True)  # keeps the seat of earlier rounds, gets no letter

    class Meta:
        ordering = ["unit", "level", "pk"]
        constraints = [models.UniqueConstraint(fields=["question", "colleague"], name="a_stakeholder_once")]

    def __str__(self) -> str:
        return str(self.colleague) if self.colleague_id else self.name


class Evidence(models.Model):
    """What a question shows: a run or a finding as it was when it was attached, an observation for as long as it may be
    kept, or words."""

    question = models.ForeignKey(Question, models.CASCADE, related_name="evidence")
    kind = models.CharField(max_length=20, choices=choices(EVIDENCE))
    refers_to = models.CharField(max_length=200, blank=True)  # the address of its page here
    title = models.CharField(max_length=300)
    text = models.TextField(blank=True)
    by = models.ForeignKey(COLLEAGUE, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.title

    @property
    def caption(self) -> str:
        """What an observation says, while it may be kept; empty for all else."""
        number = self.refers_to.strip("/").rpartition("/")[2]
        if self.kind != "observation" or not number.isdecimal():
            return ""
        kept = Observation.objects.filter(erased_at=None, expires_on__gt=timezone.localdate())
        found = kept.exclude(sensitivity="sensitive").filter(pk=number).first()
        return found.caption if found else ""


class Round(models.Model):
    """One asking. `counts` are made at the close: how many were asked and answered blind, by group as shown.

    From `retain_until` on a purge deletes what was said and who sat at it; `kept` is what then remains in words.
    """

    question = models.ForeignKey(Question, models.CASCADE, related_name="rounds")
    number = models.PositiveIntegerField()
    stage = models.CharField(max_length=20, choices=choices(STAGES))
    mode = models.CharField(max_length=20, choices=choices(MODES))
    feedback = models.CharField(max_length=20, choices=choices(FEEDBACKS), default="none")
    state = models.CharField(max_length=10, choices=choices((OPEN, CLOSED, VOID, PURGED)), default=OPEN)
    opened_by = models.ForeignKey(COLLEAGUE, models.PROTECT, related_name="+")
    opened_at = models.DateTimeField(default=timezone.now)
    ends_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    counts = models.JSONField(default=dict)
    retain_until = models.DateField(null=True)
    kept = models.JSONField(default=dict)

    class Meta:
        ordering = ["question", "number"]
        constraints = [
            models.UniqueConstraint(fields=["question", "number"], name="a_round_number_once"),
            models.UniqueConstraint(
                fields=["question"], condition=models.Q(state=OPEN), name="one_open_round_a_question"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.question}, round {self.number}"

    @property
    def is_blind(self) -> bool:
        return self.mode != "attributed"

    def takes_answers(self, *, at: datetime) -> bool:
        """Whether somebody may still answer."""
        return self.state == OPEN and at < self.ends_at

    @property
    def is_over_but_open(self) -> bool:
        return self.state == OPEN and self.ends_at <= timezone.now()


class Seat(models.Model):
    """A place at a round, fixed when it opened. `cell` is the group in which its holder answers blind; empty: by
    name."""

    round = models.ForeignKey(Round, models.CASCADE, related_name="seats")
    stakeholder = models.ForeignKey(Stakeholder, models.PROTECT, related_name="seats")
    unit = models.CharField(max_length=100)
    level = models.CharField(max_length=10)
    cell = models.CharField(max_length=100, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["round", "stakeholder"], name="a_seat_once")]

    def __str__(self) -> str:
        return f"{self.stakeholder} in {self.round}"


class Answer(models.Model):
    """What somebody said by name; until the close they may say it anew. `said` is as `answering.Said` writes it."""

    seat = models.OneToOneField(Seat, models.CASCADE, primary_key=True, related_name="answer")
    said = models.JSONField()
    reason = models.TextField(blank=True)
    at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"answer of {self.seat}"


class Unordered(models.Model):
    """A row that keeps no time and no order."""

    key = models.CharField(max_length=32, primary_key=True, default=random_key)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return type(self).__name__


class Drawn(Unordered):
    """That the holder of a seat drew a code; gone when the round closes."""

    round = models.ForeignKey(Round, models.CASCADE, related_name="drawn")
    seat = models.OneToOneField(Seat, models.CASCADE, related_name="drawn")


class Code(Unordered):
    """A code that was drawn and not yet spent."""

    round = models.ForeignKey(Round, models.CASCADE, related_name="codes")
    cell = models.CharField(max_length=100)
    digest = models.CharField(max_length=64, unique=True)
    on_paper = models.BooleanField(default=False)


class SealedBox(models.Model):
    """What was said blind in an open round, as one sealed text (`box`)."""

    round = models.OneToOneField(Round, models.CASCADE, primary_key=True, related_name="box")
    sealed = models.TextField()

    def __str__(self) -> str:
        return f"box of {self.round}"


class Ballot(Unordered):
    """A blind answer of a closed round: its group and what was said, and nothing else."""

    round = models.ForeignKey(Round, models.CASCADE, related_name="ballots")
    cell = models.CharField(max_length=100)
    said = models.JSONField()


class Reason(Unordered):
    """A reason that was given blind in a closed round: apart from scores, without unit or level."""

    round = models.ForeignKey(Round, models.CASCADE, related_name="reasons")
    text = models.TextField()


class Act(models.Model):
    """One act of sensegiving, in the columns of contracts.md; `act` numbers are those of `pk`."""

    question = models.ForeignKey(Question, models.CASCADE, related_name="acts")
    unit = models.CharField(max_length=100)
    level = models.CharField(max_length=10, choices=choices(LEVELS))
    kind = models.CharField(max_length=20, choices=choices(KINDS))
    answers = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="answered_by")
    to_units = models.JSONField(default=list)
    verdict = models.CharField(max_length=20, choices=choices(VERDICTS), blank=True)
    priority = models.CharField(max_length=20, choices=choices(PRIORITIES), blank=True)
    owner = models.CharField(max_length=200, blank=True)
    happened = models.CharField(
        max_length=40, blank=True
    )  # an instant, day, month or year, as exactly as it is known
    review_on = models.CharField(max_length=10, blank=True)
    source = models.TextField(blank=True)
    by = models.ForeignKey(COLLEAGUE, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    form = models.CharField(
        max_length=64, unique=True, null=True
    )  # the number of the form, so that it is taken once

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.kind} by {self.unit}"


class Reading(models.Model):
    """What a coder read in a text of somebody's view: a sign, never a score, in the columns of contracts.md.

    The words themselves stay in the study from which they come; here is only where they stand.
    """

    question = models.ForeignKey(Question, models.CASCADE, related_name="readings")
    columns = models.JSONField()
    by = models.ForeignKey(COLLEAGUE, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"reading for {self.question}"


class Version(models.Model):
    """One version of a question's account; never changed, a later one stands beside it."""

    question = models.ForeignKey(Question, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    body = models.JSONField()
    why = models.CharField(max_length=500, blank=True)
    by = models.ForeignKey(COLLEAGUE, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["question", "number"], name="a_version_once")]

    def __str__(self) -> str:
        return f"{self.question}, version {self.number}"


class Signature(models.Model):
    """A stakeholder's name under a version: they carry it out, or they dissent and say why."""

    version = models.ForeignKey(Version, models.CASCADE, related_name="signatures")
    colleague = models.ForeignKey(COLLEAGUE, models.PROTECT, related_name="signatures")
    stance = models.CharField(max_length=10, choices=choices(STANCES))
    words = models.TextField(blank=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["at", "pk"]
        constraints = [models.UniqueConstraint(fields=["version", "colleague"], name="a_signature_once")]

    def __str__(self) -> str:
        return f"{self.colleague}: {self.stance}"
