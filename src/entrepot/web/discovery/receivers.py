"""What this app does when a run is whole, one after the other."""

from __future__ import annotations

from typing import Any

from django.dispatch import receiver

from entrepot.web.discovery import indexing, queueing
from entrepot.web.runs.models import Run
from entrepot.web.runs.whole import run_is_whole


@receiver(run_is_whole)
def take_in(sender: Any, run: Run, **given: Any) -> None:
    """Copy the findings, and queue those that a person should look at."""
    indexing.index(run)
    queueing.fill(run)
