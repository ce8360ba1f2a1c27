"""Findings as pages need them, and what people concluded.

`Finding` and `Detail` are copies of a run's tables, made when the run is whole (`indexing`), so that a page asks the
database alone; they can be made again at any time. Everything else is said by people and stands in the records too.
Reviews are never changed: a later one stands beside the earlier.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone

from entrepot.web.runs.models import Run, Upload

COLLEAGUE = settings.AUTH_USER_MODEL
OPEN, LATER, CONFIRMED, REJECTED, CANNOT_TELL = "open", "later", "confirmed", "rejected", "cannot_tell"
STATES = (OPEN, LATER, CONFIRMED, REJECTED, CANNOT_TELL)
VERDICTS = (CONFIRMED, REJECTED, CANNOT_TELL)
LISTED, AUDIT, SECOND, APPEALED, BELOW = "listed", "audit", "second", "appeal", "below"
QUEUES = (LISTED, AUDIT, SECOND, APPEALED)
STEPS = ("purchase", "advertise", "sell", "deliver")
FLAGGED, NOT_FLAGGED = models.Q(flagged__in=[True]), models.Q(flagged__in=[False])
"""Who is on the list and who is not. Of `flagged=True` Django makes a bare `flagged`, for which SQLite uses no index:
every finding of the run would be read and sorted to show fifty. Of this it makes an equation."""


class Finding(models.Model):
    """One actor of one run whose orders speak at all against personal use, or who is in a queue; the rest of the
    actors stay in the run's tables. Columns as in contracts.md, `findings.parquet`."""

    run = models.ForeignKey(Run, models.CASCADE, related_name="findings")
    actor_id = models.CharField(max_length=40)
    code = models.CharField(max_length=30)  # the pseudonym of the report
    flagged = models.BooleanField()
    kind = models.CharField(max_length=60)
    declared = models.CharField(max_length=20)
    customers = models.IntegerField()
    persons = models.IntegerField()
    resale_evidence = models.FloatField()
    resale_probability = models.FloatField()
    q_value = models.FloatField()
    excess_units = models.FloatField(null=True)
    excess_units_low = models.FloatField(null=True)
    excess_units_high = models.FloatField(null=True)
    excess_revenue = models.FloatField(null=True)
    excess_revenue_low = models.FloatField(null=True)
    excess_revenue_high = models.FloatField(null=True)
    units = models.FloatField(null=True)
    revenue = models.FloatField(null=True)
    first_evident_on = models.DateField(null=True)
    state = models.CharField(max_length=20, choices=[(s, s) for s in STATES], default=OPEN)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "actor_id"], name="a_finding_an_actor")]
        # A page asks for a sort and filters; each sort's index carries what filters ask, so that counting and
        # leafing deep down read the index alone.
        indexes = [
            models.Index(
                fields=["run", "flagged", column, "actor_id", "declared", "kind", "state"],
                name=f"findings_by_{name}",
            )
            for column, name in (
                ("-resale_evidence", "evidence"),
                ("-revenue", "revenue"),
                ("-excess_units", "excess"),
                ("-first_evident_on", "since"),
            )
        ] + [
            models.Index(fields=["run", "flagged", "state"], name="findings_by_state"),
            models.Index(fields=["run", "code"], name="findings_by_code"),
        ]

    def __str__(self) -> str:
        return self.code


class Detail(models.Model):
    """What the page of an actor shows beside the finding: sentences, explanations, months, products, members, links."""

    finding = models.OneToOneField(Finding, models.CASCADE, primary_key=True, related_name="detail")
    said = models.JSONField()

    def __str__(self) -> str:
        return str(self.pk)


class Picture(models.Model):
    """A drawn picture, kept because drawing takes longer than a page may."""

    run = models.ForeignKey(Run, models.CASCADE, related_name="pictures")
    name = models.CharField(max_length=200)
    svg = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "name"], name="a_picture_once")]

    def __str__(self) -> str:
        return self.name


class Turn(models.Model):
    """A finding in a queue: one reviewer holds it at a time, until `held_until`; `due_at` is when it should be done.

    `run` is the finding's, which never changes: so a queue is counted without reading a finding.
    """

    finding = models.ForeignKey(Finding, models.CASCADE, related_name="turns")
    run = models.ForeignKey(Run, models.CASCADE, related_name="turns", editable=False, db_index=False)
    queue = models.CharField(max_length=20, choices=[(q, q) for q in QUEUES])
    shown_probability_0_1 = models.FloatField(default=1.0)
    due_at = models.DateTimeField(null=True, blank=True)
    holder = models.ForeignKey(COLLEAGUE, models.SET_NULL, null=True, blank=True, related_name="held")
    held_until = models.DateTimeField(null=True, blank=True)
    handed_to = models.ForeignKey(COLLEAGUE, models.SET_NULL, null=True, blank=True, related_name="handed")
    escalated_at = models.DateTimeField(null=True, blank=True)
    put_off_until = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    not_by = models.ForeignKey(
        COLLEAGUE, models.SET_NULL, null=True, blank=True, related_name="+"
    )  # who judged before
    shown = models.JSONField(default=dict)  # what the reviewer looks at, as it was when the turn was made

    class Meta:
        constraints = [models.UniqueConstraint(fields=["finding", "queue"], name="a_turn_once")]
        # Counting asks for no more than stands in the second.
        indexes = [
            models.Index(fields=["done_at", "queue", "due_at"], name="turns_to_do"),
            models.Index(
                fields=["run", "done_at", "queue", "due_at", "escalated_at", "put_off_until", "held_until", "holder",
                        "handed_to", "not_by", "finding"],
                name="turns_counted",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.finding} in {self.queue}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.run_id = self.finding.run_id
        super().save(*args, **kwargs)


class Review(models.Model):
    """What one reviewer concluded of one finding, at one time."""

    finding = models.ForeignKey(Finding, models.PROTECT, related_name="reviews")
    turn = models.ForeignKey(Turn, models.PROTECT, related_name="reviews")
    reviewer = models.ForeignKey(COLLEAGUE, models.PROTECT, related_name="reviews")
    verdict = models.CharField(max_length=20, choices=[(v, v) for v in VERDICTS])
    kind = models.CharField(max_length=60, blank=True)
    reason = models.CharField(max_length=60)
    note = models.TextField(blank=True)
    shown_because = models.CharField(max_length=20)  # listed, random, appeal, imported
    shown_probability_0_1 = models.FloatField(default=1.0)
    is_blind = models.BooleanField(default=False)  # made without seeing the review before
    form = models.CharField(max_length=64, unique=True)  # the number of the form, so that it is taken once
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.finding}: {self.verdict}"


class LabelImport(models.Model):
    """Cases or a block list of another tool, brought in as labels: a source with measured agreement, never truth."""

    source = models.CharField(max_length=200)
    upload = models.ForeignKey(Upload, models.PROTECT)
    by = models.ForeignKey(COLLEAGUE, models.PROTECT)
    at = models.DateTimeField(default=timezone.now)
    agreement = models.JSONField(default=dict)  # with our reviews: n, agree, kappa, low, high
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.source


class ImportedLabel(models.Model):
    """One row of a `LabelImport`, in the columns of contracts "Tables in", labels."""

    batch = models.ForeignKey(LabelImport, models.CASCADE, related_name="labels")
    customer_id = models.CharField(max_length=200, blank=True)
    actor_id = models.CharField(max_length=40, blank=True)
    order_id = models.CharField(max_length=200, blank=True)
    verdict = models.CharField(max_length=20)
    kind = models.CharField(max_length=60, blank=True)
    reason = models.TextField(blank=True)
    reviewed_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.verdict


class SavedView(models.Model):
    """A colleague's filters of the findings, under a name."""

    colleague = models.ForeignKey(COLLEAGUE, models.CASCADE, related_name="views")
    name = models.CharField(max_length=100)
    query = models.CharField(max_length=1000)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["colleague", "name"], name="a_view_once")]

    def __str__(self) -> str:
        return self.name


class Observation(models.Model):
    """What was seen outside the orders, in one of four steps: purchase, advertise, sell, deliver (Figure 2)."""

    step = models.CharField(max_length=20, choices=[(s, s) for s in STEPS])
    caption = models.CharField(max_length=500)
    source_type = models.CharField(
        max_length=60
    )  # personal observation, post, test purchase, partner, press, …
    seen_on = models.DateField()
    place = models.CharField(max_length=200, blank=True)
    pseudonym = models.CharField(max_length=100, blank=True)
    file = models.ForeignKey(Upload, models.SET_NULL, null=True, blank=True)
    sensitivity = models.CharField(max_length=20, default="internal")  # internal, sensitive
    lawful_source = models.CharField(max_length=300)
    need = models.CharField(max_length=300)
    expires_on = models.DateField()  # the first day on which it is gone
    role = models.CharField(max_length=100, blank=True)  # of who speaks, in an interview or a meeting
    is_source_concealed = models.BooleanField(
        default=False
    )  # the source stands in the vault, what was seen does not
    rules_touched = models.JSONField(default=list)  # kinds of rule, as something seen, never as a verdict
    legitimacy = models.JSONField(default=dict)  # audience → held legitimate, contested, held illegitimate
    form = models.CharField(
        max_length=64, unique=True, null=True
    )  # the form's number, so that it is taken once
    changed_at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(COLLEAGUE, models.PROTECT)
    at = models.DateTimeField(default=timezone.now)
    erased_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-seen_on", "-pk"]
        indexes = [models.Index(fields=["expires_on", "-seen_on"], name="observations_by_day")]

    def __str__(self) -> str:
        return self.caption


class ObservedActor(models.Model):
    """An actor to whom an observation is linked."""

    observation = models.ForeignKey(Observation, models.CASCADE, related_name="actors")
    actor_id = models.CharField(max_length=40, db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["observation", "actor_id"], name="an_observed_actor_once")
        ]

    def __str__(self) -> str:
        return self.actor_id


class Appeal(models.Model):
    """What the person concerned says against a finding: by a signed link, without signing in."""

    finding = models.ForeignKey(Finding, models.PROTECT, related_name="appeals")
    made_by = models.ForeignKey(COLLEAGUE, models.PROTECT, related_name="+")  # who gave the link
    made_at = models.DateTimeField(default=timezone.now)
    link_digest = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField()
    said = models.TextField(blank=True)
    file = models.ForeignKey(Upload, models.SET_NULL, null=True, blank=True)
    said_at = models.DateTimeField(null=True, blank=True)
    answer_by = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(COLLEAGUE, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    upheld = models.BooleanField(null=True)  # whether the person was right
    answer = models.TextField(blank=True)

    def __str__(self) -> str:
        return f"appeal {self.pk}"
