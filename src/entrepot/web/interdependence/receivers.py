"""When a run is whole, what most will ask is drawn at once, so that nobody waits for it.

The drawing is loaded when there is a run, not by every command that opens the database.
"""

from __future__ import annotations

import logging
from typing import Any

from django.dispatch import receiver

from entrepot.web.runs.models import Run
from entrepot.web.runs.whole import run_is_whole

log = logging.getLogger("entrepot.web.interdependence")


@receiver(run_is_whole)
def draw(sender: Any, run: Run, **given: Any) -> None:
    """Draw the dashboard of `run`, if it was measured; what cannot be drawn now is drawn when somebody asks."""
    from entrepot.web.interdependence.answers import Measures
    from entrepot.web.interdependence.questions import Question

    measures = Measures(run)
    if not measures.are_there:
        return
    try:
        measures.dashboard(Question())
        measures.split("channel", "revenue")
    except (OSError, ValueError, KeyError) as error:
        log.warning("the measures of a run could not be drawn: %s", type(error).__name__)
