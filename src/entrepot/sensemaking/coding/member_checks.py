"""Rounds of member checks: a summary is sent or shown to informants, who say whether it fits how they see it.

The paper did so "to test the fitness of our data interpretation with the viewpoints" of those who had spoken. A round's
effect is what it changed: a code, an account, or nothing, and which corrections still wait for an answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from entrepot.sensemaking.coding.study import Check, Study


@dataclass(frozen=True)
class Round:
    """One round: how many were sent the summary, have seen it, said that it fits or not, and what came of it."""

    round: str
    sent: int
    seen: int
    fits: int
    does_not_fit: int
    silent: int
    corrections: int
    waiting: tuple[str, ...]
    changed: tuple[str, ...]


def rounds(study: Study) -> list[Round]:
    """One row a round, in order; `waiting` are informants whose correction nobody has answered."""
    names = dict.fromkeys(each.round for each in study.checks)
    return [_of(name, [each for each in study.checks if each.round == name]) for name in names]


def _of(name: str, rows: Sequence[Check]) -> Round:
    return Round(
        round=name, sent=sum(bool(each.sent_at) for each in rows), seen=sum(bool(each.seen_at) for each in rows),
        fits=sum(each.fits == "yes" for each in rows), does_not_fit=sum(each.fits == "no" for each in rows),
        silent=sum(not each.fits for each in rows), corrections=sum(bool(each.correction) for each in rows),
        waiting=tuple(each.informant for each in rows if _waits(each)),
        changed=tuple(dict.fromkeys(each.changed for each in rows if each.changed)),
    )  # fmt: skip


def _waits(check: Check) -> bool:
    return (check.fits == "no" or bool(check.correction)) and not check.action


def effect_on(study: Study, what: str) -> tuple[Check, ...]:
    """The answers that changed `what`: a code's id, or an account such as `account 2`."""
    return tuple(each for each in study.checks if each.changed == what)
