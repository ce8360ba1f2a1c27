"""How a view of the firm came about, read from acts of sensegiving and not from variance (X05, X06).

*Determined*: a conclusion with verdict and priority stands, and leaders promoted it to those who carry it out.
*Open-ended*: no conclusion stands, no round is open, views of opposite sign stand, and somebody entitled to conclude
left it open, or the day of review has passed. Otherwise *forming*; a conclusion that nobody promulgated is forming
too: "decided, not known". Each answer carries the acts that it rests on.

Sources: Park, Ritala & Velu 2020; Maitlis 2005.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from entrepot.sensemaking.small_groups import FEWEST
from entrepot.sensemaking.tables import Act, Assessment

Type = Literal["determined", "open-ended", "forming"]
Mode = Literal["top-down", "negotiated", "bottom-up", "none"]
Form = Literal["guided", "fragmented", "restricted", "minimal"]
EVERY_UNIT = "all"
DECIDED_NOT_KNOWN = "decided, not known"


@dataclass(frozen=True)
class Interpretation:
    """What the acts of one question come to. `rests_on` names the acts; `note` and `warnings` are sentences."""

    account: Type
    verdict: str
    priority: str
    integration: Mode
    form: Form
    rests_on: tuple[str, ...] = ()
    note: str = ""
    warnings: tuple[str, ...] = ()


def interpret(
    acts: Sequence[Act],
    assessments: Sequence[Assessment],
    *,
    round_is_open: bool = False,
    now: datetime | None = None,
) -> Interpretation:
    """The account type, integration and form of one question by the rules of contracts.md.

    `round_is_open`: people may still answer. `now`: against it the day of review has passed or not; without it, not.
    """
    acts = in_order(acts)
    concluded = standing_conclusion(acts)
    promoted = [] if concluded is None else _promoted_to_those_who_act(acts, concluded)
    if concluded is None:
        kind, rests_on, note = _without_conclusion(acts, assessments, round_is_open, now)
    elif promoted:
        kind, rests_on, note = "determined", [concluded, *promoted], ""
    else:
        kind, rests_on, note = "forming", [concluded], DECIDED_NOT_KNOWN
    mode, because = integration(acts, concluded)
    return Interpretation(
        account=kind,
        verdict=concluded.verdict if concluded else "",
        priority=concluded.priority if concluded else "",
        integration=mode,
        form=form(acts, assessments),
        rests_on=tuple(dict.fromkeys(a.act for a in (*rests_on, *because))),
        note=note,
        warnings=_warnings(concluded),
    )


def in_order(acts: Sequence[Act]) -> list[Act]:
    """Acts as they happened; where times overlap, as they stand in their table."""
    left, ordered = sorted(acts, key=lambda a: a.place), []
    while left:
        first = next(a for a in left if not any(b.at < a.at for b in left))
        left.remove(first)
        ordered.append(first)
    return ordered


def standing_conclusion(acts: Sequence[Act]) -> Act | None:
    """The last `concluded` with verdict and priority that nothing has reopened since; `acts` are in order."""
    standing = None
    for act in acts:
        if act.kind == "concluded" and act.verdict and act.priority:
            standing = act
        elif act.kind == "reopened":
            standing = None
    return standing


def _promoted_to_those_who_act(acts: Sequence[Act], concluded: Act) -> list[Act]:
    """The leaders' promotions of the conclusion, if they reach every unit that carries it out; else none.

    Those who carry it out are the units that the conclusion names; where it names none, any unit will do. A view that
    leaders promoted before they concluded counts, unless the question was reopened in between.
    """
    since = max((n for n, a in enumerate(acts) if a.kind == "reopened"), default=-1)
    mine = [
        a
        for n, a in enumerate(acts)
        if n > since and a.kind == "promoted" and a.level == "leader" and a.verdict in ("", concluded.verdict)
    ]
    reached = frozenset[str]().union(*(a.to_units for a in mine))
    missing = concluded.to_units - reached - {EVERY_UNIT}
    return mine if reached and (EVERY_UNIT in reached or not missing) else []


def _without_conclusion(
    acts: Sequence[Act], assessments: Sequence[Assessment], round_is_open: bool, now: datetime | None
) -> tuple[Type, list[Act], str]:
    left = left_open(acts, now)
    if round_is_open:
        return "forming", [], "a round is still open"
    if not opposed(acts, assessments):
        return "forming", [], "no views of opposite sign stand"
    if not left:
        return "forming", [], "nobody entitled to conclude has left it open, and no day of review has passed"
    return "open-ended", left, ""


def left_open(acts: Sequence[Act], now: datetime | None) -> list[Act]:
    """The acts by which the question is open on purpose: a leader left it so, or a day of review has passed."""
    since = max((n for n, a in enumerate(acts) if a.kind == "reopened"), default=-1)
    left = [a for n, a in enumerate(acts) if n > since and a.kind == "left_open" and a.level == "leader"]
    overdue = [a for a in acts if now is not None and a.review_on and a.review_on.ends < now]
    return left or overdue


def opposed(acts: Sequence[Act], assessments: Sequence[Assessment]) -> bool:
    """Whether two people, or two who spoke, stand on opposite sides, on either dimension.

    What fewer than five said blind of one thing does not count: it may not be shown, and would follow from the type.
    """
    held = {
        (f"stakeholder {a.stakeholder}", a.sign) for a in _that_may_be_shown(latest(assessments)) if a.sign
    }
    sides = {"compatible": 1, "incompatible": -1}
    held |= {
        (f"act of {a.unit}, {a.level}", sides[a.verdict]) for a in acts if a.kind == "voiced" and a.verdict
    }
    for_it, against_it = ({who for who, sign in held if sign == side} for side in (1, -1))
    return bool(for_it and against_it and len(for_it | against_it) > 1)


def _that_may_be_shown(given: Sequence[Assessment]) -> list[Assessment]:
    """Without answers that were given blind by fewer than five to one dimension, horizon and facet."""
    blind: dict[tuple[str, ...], set[str]] = {}
    for one in given:
        if one.origin == "answered" and not one.attributed:
            blind.setdefault((one.dimension, one.horizon, one.facet), set()).add(one.stakeholder)
    few = {item for item, who in blind.items() if len(who) < FEWEST}
    return [
        a
        for a in given
        if a.attributed or a.origin != "answered" or (a.dimension, a.horizon, a.facet) not in few
    ]


def latest(assessments: Sequence[Assessment]) -> list[Assessment]:
    """What each stakeholder said last of each dimension, horizon and facet: their answer of the last round."""
    last: dict[tuple[str, ...], Assessment] = {}
    for one in sorted(assessments, key=lambda a: (_round(a.round), a.place)):
        last[one.stakeholder, one.dimension, one.horizon, one.facet] = one
    return [one for one in last.values() if one.status == "given"]


def _round(name: str) -> tuple[int, str]:
    return (int(name), "") if name.isdigit() else (0, name)


def integration(acts: Sequence[Act], concluded: Act | None) -> tuple[Mode, list[Act]]:
    """How views were brought together into the conclusion, and the acts that say so; `acts` are in order."""
    if concluded is None:
        return "none", []
    before = acts[: list(acts).index(concluded)]
    voiced = {a.act: a for a in before if a.kind == "voiced"}
    answered = {a.answers for a in before if a.kind == "heard"}
    heard = [a for name, a in voiced.items() if name in answered]
    others = [a for a in heard if (a.unit, a.level) != (concluded.unit, concluded.level)]
    if not others:
        return ("top-down" if concluded.level == "leader" else "bottom-up"), [concluded]
    if len({a.unit for a in heard}) >= 2:
        return "negotiated", others
    first = _first_of_verdict(before, concluded.verdict)
    if first is not None and first.kind == "voiced" and first.level == "staff" and first in heard:
        return "bottom-up", [first]
    return "negotiated", others


def _first_of_verdict(acts: Sequence[Act], verdict: str) -> Act | None:
    said = (a for a in acts if a.kind in ("voiced", "promoted") and a.verdict == verdict)
    return next(said, None)


def form(acts: Sequence[Act], assessments: Sequence[Assessment]) -> Form:
    """Leaders' control and staff's animation (our reading of Maitlis 2005); it never decides the account.

    Control: a leader promoted or concluded. Animation: at least half of the informed units voiced inside the firm;
    where no act says who was informed, of the units that were asked or acted.
    """
    control = any(a.kind in ("promoted", "concluded") and a.level == "leader" for a in acts)
    known = {a.unit for a in acts} | {a.unit for a in assessments if a.status != "not_asked"}
    told = frozenset[str]().union(*(a.to_units for a in acts if a.kind == "informed"))
    informed = known if EVERY_UNIT in told or not told else told
    voiced = {a.unit for a in acts if a.kind == "voiced"} & informed
    animation = bool(informed) and 2 * len(voiced) >= len(informed)
    if control:
        return "guided" if animation else "restricted"
    return "fragmented" if animation else "minimal"


def _warnings(concluded: Act | None) -> tuple[str, ...]:
    if concluded is not None and not concluded.owner:
        return ("the conclusion has no owner",)
    return ()
