"""Files that were sent in, and runs: asked for, waiting, at work, whole.

A row is what people asked for and how far it is; the result is the run folder, which the row only names. One run is at
work at a time, which the database itself keeps; the others wait in the order in which they were asked for.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone

from entrepot.run import Run as Folder

WAITING, RUNNING, DONE, FAILED, CANCELLED = "waiting", "running", "done", "failed", "cancelled"
STATES = (WAITING, RUNNING, DONE, FAILED, CANCELLED)


PERSON_CONCERNED = "person concerned"


class Upload(models.Model):
    """A file that was sent in, under a name of ours; `name` is what its sender called it."""

    name = models.CharField(max_length=255)
    table = models.CharField(max_length=40)  # of contracts "Tables in": orders, customers, …
    path = models.CharField(max_length=500, unique=True)
    size_bytes = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    columns = models.JSONField(default=list)  # as its first row names them
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True)  # null: the person concerned
    at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.name

    @property
    def sender(self) -> str:
        """Who sent it, as records call them: the document of an appeal is the person's whom the finding concerns."""
        return str(self.by.mark) if self.by else PERSON_CONCERNED


class Run(models.Model):
    """One analysis, from being asked for to its end. `name` is its folder in HOME/runs."""

    name = models.CharField(max_length=100, unique=True)
    ticket = models.CharField(max_length=40, unique=True, null=True)  # of the form, so that it counts once
    state = models.CharField(max_length=20, choices=[(s, s) for s in STATES], default=WAITING, db_index=True)
    inputs = models.JSONField(default=dict)  # table → paths
    asked = models.JSONField(default=dict)  # the arguments of `entrepot.discover`, and `recognised_on`
    previous = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="later")
    labels_until = models.DateTimeField(null=True, blank=True)  # reviews up to then were its labels
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True)
    asked_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    beat_at = models.DateTimeField(null=True, blank=True)  # when its process last said that it lives
    process = models.IntegerField(null=True, blank=True)
    attempts = models.IntegerField(default=0)
    step = models.CharField(max_length=200, blank=True)
    steps_done = models.IntegerField(default=0)
    cancel_asked_at = models.DateTimeField(null=True, blank=True)
    error = models.JSONField(default=list)  # mistakes, as `errors.Mistake` says them
    headline = models.JSONField(default=dict)  # of run.json
    about = models.JSONField(default=dict)  # of run.json: as_of, window_from, currency, fdr, retain_until
    indexed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["state"], condition=models.Q(state=RUNNING), name="one_run_is_at_work"
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def path(self) -> Path:
        return Path(settings.ENTREPOT.runs) / self.name

    @property
    def folder(self) -> Folder:
        """The run folder; raises `InputError` where it is gone."""
        return Folder.open(self.path)

    @property
    def is_there(self) -> bool:
        """Whether the folder still holds a run: somebody may have purged it below us."""
        return (self.path / "run.json").is_file()

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen to it by itself."""
        return self.state in (DONE, FAILED, CANCELLED)

    @property
    def took(self) -> timedelta | None:
        """How long it has been at work, or was."""
        return None if self.started_at is None else (self.ended_at or timezone.now()) - self.started_at

    @classmethod
    def shown(cls) -> models.QuerySet[Run]:
        """The runs that pages can show, whole and indexed, the latest first."""
        return cls.objects.filter(state=DONE, indexed_at__isnull=False).order_by("-ended_at", "-pk")

    @classmethod
    def current(cls) -> Run | None:
        """The run that pages show unless they are asked for another."""
        return cls.shown().first()

    def mistakes(self) -> list[dict[str, Any]]:
        return list(self.error)

    def earlier(self) -> list[Run]:
        """The runs whose actor ids this one keeps, the latest first."""
        found: list[Run] = []
        run = self.previous
        while run is not None and run not in found:
            found.append(run)
            run = run.previous
        return found
