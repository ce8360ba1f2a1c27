"""Numbers, times and states of runs as people read them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import template
from django.utils.translation import gettext as _

from entrepot.report import words
from entrepot.web.runs import asking, comparing, models

register = template.Library()
MOST_TIMES = 1000


@register.filter
def lasted(span: timedelta | None) -> str:
    """A span as 3 h 5 min, 2 min 5 s or 7 s.

    >>> lasted(timedelta(seconds=125))
    '2 min 5 s'
    """
    if span is None:
        return ""
    seconds = max(0, round(span.total_seconds()))
    if seconds >= 3600:
        return f"{seconds // 3600} h {seconds % 3600 // 60} min"
    return f"{seconds // 60} min {seconds % 60} s" if seconds >= 60 else f"{seconds} s"


@register.filter
def state(run: models.Run) -> str:
    """The state of a run in words."""
    if run.state == models.RUNNING and run.cancel_asked_at:
        return _("being stopped")
    return {
        models.WAITING: _("waiting"),
        models.RUNNING: _("at work"),
        models.DONE: _("whole"),
        models.FAILED: _("failed"),
        models.CANCELLED: _("cancelled"),
    }[run.state]


@register.filter
def tens(log10_e: float | None) -> str:
    """Evidence in words with its number: strong (2.1)."""
    return f"{words.strength(log10_e)} ({log10_e:.1f})" if log10_e is not None else words.NONE


@register.filter
def times(pair: comparing.Pair) -> str:
    """A change of evidence as people count it: 30 times stronger."""
    factor = 10 ** min(abs(pair.evidence_by), 6)
    said = words.count(words.figures(factor, 1)) if factor < MOST_TIMES else _("over 1,000")
    stronger = pair.evidence_by > 0
    return (_("%(n)s times stronger") if stronger else _("%(n)s times weaker")) % {"n": said}


@register.filter
def units(value: float | None) -> str:
    return words.count(value)


@register.filter
def plain(name: str) -> str:
    """A name of a column, setting or table as words."""
    return name.replace("_", " ").replace("0 1", "").strip()


@register.filter
def day(value: Any) -> str:
    """A day as 3 Mar 2026."""
    return words.day(value)


@register.filter
def large(number: int) -> str:
    """Bytes as people read them."""
    return asking.size(number)


@register.filter
def is_split(pair: comparing.Pair) -> bool:
    return pair.how == comparing.SPLIT
