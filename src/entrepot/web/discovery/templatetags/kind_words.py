"""Kinds as people read them: of a finding what its buying looks like, of a review what somebody concluded."""

from __future__ import annotations

from django import template

from entrepot.report.listed import kind_name
from entrepot.web.discovery.reviewing import KINDS

register = template.Library()


@register.filter
def looks(kind: str | None) -> str:
    """What the buying of a finding looks like.

    >>> looks("ring"), looks("stockist")
    ('several who act together', 'buys like a stockist')
    """
    return kind_name(kind)


@register.filter
def concluded(kind: str) -> str:
    """The kind that a reviewer chose, in the words that they chose it by; empty where they said none."""
    return str(KINDS.get(kind, kind)) if kind else ""
