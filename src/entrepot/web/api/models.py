"""Answers that were given, so that a program which asks twice is told the same and nothing happens twice."""

from __future__ import annotations

from django.db import models
from django.utils import timezone


class Answer(models.Model):
    """What `by` was answered under an Idempotency-Key; `asked` is the digest of what was asked."""

    by = models.CharField(max_length=60)
    key = models.CharField(max_length=100)
    asked = models.CharField(max_length=64)
    status = models.IntegerField(default=0)
    body = models.JSONField(null=True)
    at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["by", "key"], name="an_answer_a_key")]

    def __str__(self) -> str:
        return f"{self.by}: {self.key}"
