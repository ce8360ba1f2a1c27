"""What a closed round says, ready for its page: the plane, agreement, gap, silence, integration, stability.

Everything is asked of the room with what may be shown; nothing here knows more than a reader may know.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from entrepot.sensemaking import Sense, make_sense
from entrepot.sensemaking.agreement import agreement_interval
from entrepot.sensemaking.rounds import Move, Stability, movement, stability
from entrepot.sensemaking.silence import silence_map
from entrepot.sensemaking.small_groups import FEWEST
from entrepot.sensemaking.tables import Assessment
from entrepot.sensemaking.views import views
from entrepot.web.sensemaking.acting import acts_of, readings_of
from entrepot.web.sensemaking.models import OPEN, Act, Question, Reason, Round
from entrepot.web.sensemaking.plane import Picture, Point, picture
from entrepot.web.sensemaking.rows import before, last_closed, rows_of
from entrepot.web.sensemaking.saying import FACETS, HORIZONS
from entrepot.web.sensemaking.telling import group_name

Row = Mapping[str, Any]


@dataclass(frozen=True)
class NamedReason:
    """A reason that was given by name."""

    who: str
    text: str


@dataclass(frozen=True)
class Results:
    """A closed round. `acts` are those on which account, integration and form rest; `is_destroyed` says that fewer
    than five answered blind."""

    round: Round
    sentence: str
    sense: Sense
    pictures: Sequence[Picture]
    views: Sequence[Row]
    facets: Sequence[Row]
    silence: Sequence[Row]
    acts: Sequence[Act]
    before: Round | None
    stability: Sequence[Stability]
    moves: Sequence[Move]
    named: Sequence[NamedReason]
    reasons: Sequence[str]
    is_destroyed: bool


def sense_of(question: Question, *, now: datetime | None = None) -> Sense | None:
    """What the last closed round and the acts of `question` come to; None where there is neither."""
    last = last_closed(question)
    return _sensed(question, rows_of(last) if last else [], now or timezone.now())


def _sensed(question: Question, given: Sequence[Assessment], now: datetime) -> Sense | None:
    acts = acts_of(question)
    open_ones = {str(question.pk)} if question.rounds.filter(state=OPEN).exists() else set()
    found = make_sense([*given, *readings_of(question)], acts, open_rounds=open_ones, now=now)
    return found[0] if found else None


def results_of(round_: Round, *, with_reasons: bool, leads: bool) -> Results:
    """All that may be shown of a closed round; reasons where the round promised them, or to who leads.

    A round before whose result was promised to nobody but who leads is not compared with for others.
    """
    given = rows_of(round_)
    sense = _sensed(round_.question, given, timezone.now())
    assert sense is not None, "a closed round has at least its seats"
    earlier = before(round_)
    if earlier is not None and earlier.feedback == "none" and not leads:
        earlier = None
    was = rows_of(earlier) if earlier else []
    answered = [a for a in given if a.status == "given"]
    rests = {str(each) for each in sense.interpretation.rests_on}
    return Results(
        round=round_, sentence=_sentence(sense), sense=sense, pictures=pictures(given),
        views=[_named(row) for row in sense.agreement if row["n"] or row["withheld"]],
        facets=_facets(answered), silence=[_group(row) for row in silence_map(given)],
        acts=[a for a in round_.question.acts.all() if str(a.pk) in rests], before=earlier,
        stability=stability(views([a for a in was if a.status == "given"]), sense.agreement),
        moves=[m for m in movement(was, given) if m.before != m.now],
        named=_reasons_by_name(given) if with_reasons else [],
        reasons=_reasons(round_) if with_reasons else [],
        is_destroyed=round_.is_blind and not round_.counts.get("kept"),
    )  # fmt: skip


@dataclass(frozen=True)
class Feedback:
    """What those who are asked see of the round before, while they answer."""

    pictures: Sequence[Picture]
    named: Sequence[NamedReason]
    reasons: Sequence[str]


def feedback_of(round_: Round) -> Feedback:
    """The planes of a closed round, and its reasons where that was promised."""
    given, reasons = rows_of(round_), round_.feedback == "reasons"
    return Feedback(
        pictures(given), _reasons_by_name(given) if reasons else [], _reasons(round_) if reasons else []
    )


def _reasons(round_: Round) -> list[str]:
    """Reasons that were given blind, by the alphabet: their order says nothing."""
    return sorted(Reason.objects.filter(round=round_).values_list("text", flat=True))


def _reasons_by_name(given: Sequence[Assessment]) -> list[NamedReason]:
    said = {a.stakeholder: a.reason for a in given if a.attributed and a.reason}
    return [NamedReason(who, text) for who, text in sorted(said.items())]


def pictures(given: Sequence[Assessment]) -> list[Picture]:
    """Both planes: leaders and others by name at their places, blind answers where five or more are shown."""
    return [picture(horizon, *_points(given, horizon)) for horizon in HORIZONS]


def _points(given: Sequence[Assessment], horizon: str) -> tuple[list[Point], int]:
    """The points of one plane, and how many are withheld."""
    scores: dict[str, dict[str, Assessment]] = {}
    for one in given:
        if one.status == "given" and one.horizon == horizon and one.facet == "overall":
            scores.setdefault(one.stakeholder, {})[one.dimension] = one
    both = [by for by in scores.values() if len(by) == 2]
    blind = [by for by in both if not by["legitimacy"].attributed]
    shown = blind if len(blind) >= FEWEST else []
    named = [by for by in both if by["legitimacy"].attributed]
    points = [
        Point(int(by["legitimacy"].score or 0), int(by["efficiency"].score or 0), by["legitimacy"].level,
              by["legitimacy"].stakeholder if by["legitimacy"].attributed else "")
        for by in (*named, *shown)
    ]  # fmt: skip
    return points, len(blind) - len(shown)


def _facets(answered: Sequence[Assessment]) -> list[Row]:
    """How the facets of legitimacy were seen by all together, where five or more blind answers, or none, are in it."""
    rows: list[Row] = []
    for facet in FACETS:
        mine = [a for a in answered if a.facet == facet]
        blind = sum(not a.attributed for a in mine)
        if not mine or 0 < blind < FEWEST:
            continue
        scores = [int(a.score or 0) for a in mine]
        frequencies = [scores.count(level) for level in range(-3, 4)]
        found, low, high = agreement_interval(frequencies)
        rows.append({"facet": facet, "n": len(mine), "mean": sum(scores) / len(scores), "frequencies": frequencies,
                     "agreement": found, "agreement_low": low, "agreement_high": high})  # fmt: skip
    return rows


def _named(row: Row) -> Row:
    return {**row, "name": group_name(row["value"]) if row["by"] == "unit" else row["value"]}


def _group(row: Row) -> Row:
    return {**row, "name": group_name(row["unit"])}


def _sentence(sense: Sense) -> str:
    """The finding in one sentence: where the answers lie, how far they agree, and what the account is."""
    whole = next(
        (r for r in sense.agreement if (r["dimension"], r["by"]) == ("legitimacy", "all") and r["n"]), None
    )
    helps = next(
        (r for r in sense.agreement if (r["dimension"], r["by"]) == ("efficiency", "all") and r["n"]), None
    )
    if whole is None or helps is None:
        return _("Too few answered to show what they think.")
    side = {"for": _("for the most part as fitting"), "against": _("for the most part as not fitting"),
            "neither": _("as neither fitting nor not")}[whole["direction"]]  # fmt: skip
    work = {"for": _("for the most part as helpful"), "against": _("for the most part as harmful"),
            "neither": _("as neither helpful nor harmful")}[helps["direction"]]  # fmt: skip
    said = ngettext("%(n)s person sees it %(side)s and %(work)s; %(agree)s.",
                    "%(n)s people see it %(side)s and %(work)s; %(agree)s.", whole["n"])  # fmt: skip
    return said % {"n": whole["n"], "side": side, "work": work, "agree": agree_words(whole["agreement"])}


def agree_words(found: float) -> str:
    """How far they agree, in words.

    >>> str(agree_words(0.8)), str(agree_words(-0.4))
    ('they largely agree', 'they stand in opposite camps')
    """
    for edge, words in (
        (0.6, _("they largely agree")),
        (0.2, _("they agree in part")),
        (-0.2, _("they do not agree")),
    ):
        if found >= edge:
            return words
    return _("they stand in opposite camps")
