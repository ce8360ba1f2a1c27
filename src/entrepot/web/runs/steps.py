"""The steps of a run, and how far it is.

The names are those that `discover` and `measure` tell as each begins; what follows a colon says how far it is inside.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from entrepot.web.runs.models import Run

DISCOVER: dict[str, str | Promise] = {
    "read and check the orders": _("Read and check the orders"),
    "find out who is who": _("Find out who is who"),
    "look back": _("Look back at earlier month ends"),
    "weigh the evidence": _("Weigh the evidence"),
    "write the tables": _("Write the tables"),
    "write the report": _("Write the report"),
}
MEASURE: dict[str, str | Promise] = {
    "see what can be seen": _("See what can be measured"),
    "measure how much hangs on them": _("Measure how much hangs on them"),
    "ask what if they stopped": _("Ask what if they stopped"),
    "look back": _("Look back at the share"),
    "write the report": _("Write the report anew"),
}
TAKE_IN = "take the findings in"
LAST: dict[str, str | Promise] = {TAKE_IN: _("Take the findings in")}
ALL = (*DISCOVER.items(), *MEASURE.items(), *LAST.items())
_INSIDE = re.compile(r"(\d+) of (\d+)")


class Telling:
    """Hears the name of each step as it begins, and says with `say` which and how many are done."""

    def __init__(self, say: Callable[[str, int], None], *, skipped: int = 0) -> None:
        self._say, self._done, self._current = say, skipped - 1, ""

    def __call__(self, name: str) -> None:
        plain = name.partition(":")[0]
        self._done += plain != self._current
        self._current = plain
        self._say(name, self._done)


@dataclass(frozen=True)
class Step:
    """One step on the page: `state` is done, now or later; `inside` says how far it is, such as 3 of 12."""

    title: str | Promise
    state: str
    inside: str = ""


def shown(run: Run) -> list[Step]:
    """Every step of `run`, in order."""
    inside = _INSIDE.search(run.step)
    return [
        Step(
            title,
            "done" if place < run.steps_done else "now" if place == run.steps_done and run.step else "later",
            inside[0] if inside and place == run.steps_done else "",
        )
        for place, (_name, title) in enumerate(ALL)
    ]


def done_of_100(run: Run) -> int:
    """How far `run` is, in hundredths of its steps; steps take different times."""
    inside = _INSIDE.search(run.step)
    part = int(inside[1]) / max(1, int(inside[2])) if inside else 0.0
    return min(100, round(100 * (run.steps_done + part) / len(ALL)))
