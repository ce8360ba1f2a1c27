"""Informality as it was seen: which kinds of rule somebody's practice touches, and who holds its ends legitimate.

"Illegal yet legitimate" (Park, Ritala and Velu 2020; Webb et al. 2009): means that the law does not allow, toward ends
that an audience holds legitimate. Nothing here says that a rule was broken: somebody saw that a practice touches it, a
person and counsel conclude. The degree is how many of the kinds were seen to be touched.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

RULES: Mapping[str, str | Promise] = {
    "registration": _("business registration"),
    "tax": _("tax"),
    "customs": _("customs duty"),
    "copyright": _("copyright"),
    "child privacy": _("privacy of children"),
    "local law": _("local law"),
}
AUDIENCES: Mapping[str, str | Promise] = {
    "end-consumers": _("end-consumers"),
    "firm": _("the firm"),
    "partners": _("partners and stores"),
    "authorities": _("authorities"),
    "press": _("press and public"),
}
LEGITIMATE, CONTESTED, ILLEGITIMATE = "legitimate", "contested", "illegitimate"
VIEWS: Mapping[str, str | Promise] = {
    LEGITIMATE: _("holds it legitimate"),
    CONTESTED: _("is divided"),
    ILLEGITIMATE: _("holds it illegitimate"),
}
CONSUMERS = "end-consumers"
CELLS: Mapping[tuple[bool, str], str | Promise] = {
    (True, LEGITIMATE): _(
        "Means that touch the law, ends that consumers hold legitimate: the informal economy that the papers describe."
    ),
    (True, ILLEGITIMATE): _(
        "Means that touch the law, ends that consumers hold illegitimate: outside what this product is for."
    ),
    (False, ILLEGITIMATE): _(
        "No rule seen to be touched, ends that consumers hold illegitimate: outside what this product is for."
    ),
    (False, LEGITIMATE): _(
        "No rule seen to be touched, ends held legitimate: a formal business as far as was seen."
    ),
}
"""Means touch a rule or not × what consumers hold of the ends → what that is called."""


@dataclass(frozen=True)
class Seen:
    """One kind of rule in the register of an actor: how often it was seen to be touched, by which sources, when."""

    rule: str | Promise
    times: int
    sources: Sequence[str]
    first_on: date
    last_on: date


def register(observations: Iterable[Any]) -> list[Seen]:
    """What was seen of each kind of rule, in the order of `RULES`; a kind that nobody saw has no row."""
    rows = list(observations)
    found = []
    for name, words in RULES.items():
        mine = [row for row in rows if name in row.rules_touched]
        if mine:
            days = [row.seen_on for row in mine]
            sources = sorted({row.source_type for row in mine})
            found.append(Seen(words, len(mine), sources, min(days), max(days)))
    return found


def cell(observations: Iterable[Any]) -> str | Promise:
    """The cell of means × ends that was seen, by what consumers hold; empty where nobody said, or they are divided."""
    rows = list(observations)
    views = {row.legitimacy[CONSUMERS] for row in rows if CONSUMERS in row.legitimacy}
    if len(views) != 1 or views == {CONTESTED}:
        return ""
    return CELLS[any(row.rules_touched for row in rows), views.pop()]
