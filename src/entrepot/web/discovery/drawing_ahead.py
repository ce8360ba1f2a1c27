"""The pictures of those whom people look at first, drawn while the worker has nothing else to do.

Drawing takes longer than a page may. So the strongest of the newest run are drawn before anybody asks; the page of
another actor comes without its picture and asks for it once. A picture that is kept already costs nothing to pass over.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator

from entrepot.web.discovery.actor import shown
from entrepot.web.discovery.models import FLAGGED, Finding
from entrepot.web.discovery.pictures import NAMES
from entrepot.web.runs.models import Run

log = logging.getLogger("entrepot.web.discovery")
MOST = 300  # actors of a run: more than a week's reviews


class Ahead:
    """Goes through the strongest of the newest run, one actor a call; starts anew when there is a newer run."""

    def __init__(self) -> None:
        self.run: int | None = None
        self.waiting: Iterator[int] = iter(())

    def draw_next(self) -> bool:
        """Draw the pictures of one actor; False where there is nothing left to draw."""
        newest = Run.current()
        if newest is None:
            return False
        if newest.pk != self.run:
            listed = newest.findings.filter(FLAGGED).order_by("-resale_evidence", "pk")
            self.run, self.waiting = newest.pk, iter(list(listed.values_list("pk", flat=True)[:MOST]))
        following = next(self.waiting, None)
        finding = following and Finding.objects.filter(pk=following).select_related("run").first()
        if not finding:
            return following is not None  # it went meanwhile: the next one, then
        try:
            shown(finding, draw=NAMES)
        except (OSError, ValueError, KeyError) as error:
            log.warning("an actor could not be drawn ahead: %s", type(error).__name__)
        return True
