"""Corrections: that two actors are one, or that one is several, said by a person with a reason.

A correction changes no run; the next run reads it (`entrepot.actors.corrections`) and names it in `why`.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

from entrepot.web.runs.models import Run

TOGETHER, APART = "together", "apart"


class Correction(models.Model):
    """`groups` are lists of customer ids: with `together` all are one actor, with `apart` no group is with another."""

    kind = models.CharField(max_length=20, choices=[(TOGETHER, TOGETHER), (APART, APART)])
    groups = models.JSONField()
    actors = models.JSONField(default=list)  # actor ids as they were in `run`
    run = models.ForeignKey(Run, models.SET_NULL, null=True)
    joins = models.CharField(
        max_length=10, default="actor"
    )  # with `together`: one person, or one actor of several
    reason = models.CharField(max_length=500)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT)
    at = models.DateTimeField(default=timezone.now)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.kind}: {', '.join(self.actors)}"
