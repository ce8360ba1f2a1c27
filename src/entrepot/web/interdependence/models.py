"""Answers that were drawn before: measures stand in the run, pictures of them take longer than a page may."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from entrepot.web.runs.models import Run


class Answer(models.Model):
    """What a page shows for one question to one run; with another `version` of the run's measures it is old."""

    run = models.ForeignKey(Run, models.CASCADE, related_name="answers")
    question = models.CharField(max_length=64)  # a digest of what was asked
    version = models.CharField(max_length=64)
    said = models.JSONField()
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "question"], name="an_answer_once")]

    def __str__(self) -> str:
        return self.question
