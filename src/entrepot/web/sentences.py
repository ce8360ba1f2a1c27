"""What every template may do to a sentence."""

from __future__ import annotations

from django import template
from django.template.defaultfilters import stringfilter

from entrepot.report import words

register = template.Library()


@register.filter
@stringfilter
def unbroken(text: str) -> str:
    """`text` in which no line ends between a number and its %, as in the report."""
    return words.unbroken(text)
