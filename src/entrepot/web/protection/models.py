"""Requests of subjects, and the legal basis without which errors are not compared between groups."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

EXPORT, OBJECT, ERASE = "export", "object", "erase"


class SubjectRequest(models.Model):
    """What somebody asked for and when it was done. After an erasure `customer_id` is empty, its digest stays."""

    kind = models.CharField(max_length=20, choices=[(k, k) for k in (EXPORT, OBJECT, ERASE)])
    customer_id = models.CharField(max_length=200, blank=True)
    customer_digest = models.CharField(max_length=64, db_index=True)
    note = models.CharField(max_length=500, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT)
    at = models.DateTimeField(default=timezone.now)
    done_at = models.DateTimeField(null=True, blank=True)
    result = models.JSONField(default=dict)
    lifted_at = models.DateTimeField(
        null=True, blank=True
    )  # an objection, since when somebody decided otherwise

    class Meta:
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class Basis(models.Model):
    """The legal basis for comparing errors between groups; the latest without `withdrawn_at` holds."""

    text = models.CharField(max_length=500)
    group_column = models.CharField(max_length=100)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT)
    at = models.DateTimeField(default=timezone.now)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.text
