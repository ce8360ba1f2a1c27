"""Values of contracts.md as words of a page, numbers with their sign, answers as seven small bars."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from entrepot.web.sensemaking.accounting import PARTS, VALUES
from entrepot.web.sensemaking.telling import GROUPS, REASON_CODES

register = template.Library()
WORDS: Mapping[str, Any] = {
    **VALUES, **GROUPS,
    "legitimacy": lazy("legitimacy"), "efficiency": lazy("efficiency"), "short": lazy("short run"),
    "long": lazy("long run"), "leader": lazy("leaders"), "staff": lazy("staff"), "unstated": lazy("not stated"),
    "for": lazy("for it"), "against": lazy("against it"), "neither": lazy("neither"), "aims": lazy("its aims"),
    "actions": lazy("how it is done"), "outcomes": lazy("what comes of it"), "left_open": lazy("left open"),
    "all": lazy("everybody"),
}  # fmt: skip
WIDTH, HEIGHT = 12, 24


@register.filter
def words(value: str) -> str:
    """A value in words; what is no value of ours stays, for example a unit's name."""
    return str(WORDS.get(value, value))


group = register.filter("group", words)


@register.filter
def part(name: str) -> str:
    """A part of the account in words."""
    return str(PARTS.get(name, name))


@register.filter
def reason(code: str) -> str:
    return str(REASON_CODES.get(code, code))


@register.filter
def signed(value: float | None) -> str:
    """A number with its sign and two digits.

    >>> signed(-0.5), signed(1)
    ('−0.50', '+1.00')
    """
    return "—" if value is None else f"{value:+.2f}".replace("-", "−")


@register.filter
def percent(value: float | None) -> str:
    """A share as a percentage without digits.

    >>> percent(0.256)
    '26 %'
    """
    return "—" if value is None else f"{100 * value:.0f} %"


@register.filter
def or_few(value: int | None) -> Any:
    """A count, or that it is withheld."""
    return _("not shown") if value is None else value


@register.filter
def bars(frequencies: Sequence[int]) -> SafeString:
    """Answers from −3 to 3 as seven bars, with the numbers for who does not see them."""
    most = max([*frequencies, 1])
    label = ", ".join(
        f"{level:+d}: {n}".replace("-", "−") for level, n in zip(range(-3, 4), frequencies, strict=True)
    )
    drawn = format_html_join(
        "", '<rect x="{}" y="{}" width="10" height="{}"/>',
        ((1 + place * WIDTH, HEIGHT - round(HEIGHT * n / most), round(HEIGHT * n / most))
         for place, n in enumerate(frequencies)),
    )  # fmt: skip
    return format_html(
        '<svg class="bars" viewBox="0 0 84 25" role="img" aria-label="{}">{}<path d="M0 24.5H84"/></svg>',
        label,
        drawn,
    )
