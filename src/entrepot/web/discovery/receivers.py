"""What this app does when a run is whole, one after the other, and when the worker has nothing to do.

The engine and the drawing are loaded when there is a run, not by every command that opens the database.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from django.dispatch import receiver

from entrepot.web.runs.models import Run
from entrepot.web.runs.whole import nothing_to_do, run_is_whole

if TYPE_CHECKING:
    from entrepot.web.discovery.drawing_ahead import Ahead


@receiver(run_is_whole)
def take_in(sender: Any, run: Run, **given: Any) -> None:
    """Copy the findings, and queue those that a person should look at."""
    from entrepot.web.discovery import indexing, queueing

    indexing.index(run)
    queueing.fill(run)


@receiver(nothing_to_do)
def draw_ahead(sender: Any, **given: Any) -> bool:
    """Draw the pictures of one actor; False where all are drawn."""
    return ahead().draw_next()


@cache
def ahead() -> Ahead:
    """One for the life of the worker: it remembers how far it came."""
    from entrepot.web.discovery.drawing_ahead import Ahead

    return Ahead()
