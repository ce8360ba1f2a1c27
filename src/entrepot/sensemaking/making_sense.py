"""One object a question: the account, what it rests on, how people see it, and what the paper expects of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

import numpy as np

from entrepot.sensemaking.clusters import Camps, camps
from entrepot.sensemaking.integration import Interpretation, interpret, latest
from entrepot.sensemaking.opinions import Parting, partings
from entrepot.sensemaking.responses import Expected, expected
from entrepot.sensemaking.silence import silence
from entrepot.sensemaking.small_groups import FEWEST
from entrepot.sensemaking.tables import DIMENSIONS, Act, Assessment
from entrepot.sensemaking.views import gaps, named_against_blind, reliability, views

SEED = 0
CAMPS_BELOW_P = 0.05  # two camps are spoken of where chance parts as clearly less than once in twenty


@dataclass(frozen=True)
class Sense:
    """What `make_sense` says of one question; `as_row` is what the command answers (contracts.md)."""

    question: str
    interpretation: Interpretation
    agreement: Sequence[Mapping[str, Any]]
    reliability: Sequence[Mapping[str, Any]]
    gap: Sequence[Mapping[str, Any]]
    named_against_blind: Sequence[Mapping[str, Any]]
    silence: Mapping[str, Any]
    camps: Camps | None
    partings: Sequence[Parting]
    expected_responses: Sequence[Expected]

    def as_row(self) -> dict[str, Any]:
        """Plain values, by the names of contracts.md: `question, account, verdict, integration, form, agreement` …"""
        said = asdict(self.interpretation)
        return {
            "question": self.question,
            **said,
            "verdict": said["verdict"] or None,
            "priority": said["priority"] or None,
            "agreement": list(self.agreement),
            "reliability": list(self.reliability),
            "gap": list(self.gap),
            "named_against_blind": list(self.named_against_blind),
            "silence": dict(self.silence),
            "camps": None if self.camps is None else self.camps.as_row(),
            "partings": [asdict(each) for each in self.partings],
            "expected_responses": [asdict(each) for each in self.expected_responses],
        }


def make_sense(
    assessments: Sequence[Assessment],
    acts: Sequence[Act] = (),
    *,
    open_rounds: Collection[str] = (),
    now: datetime | None = None,
    seed: int = SEED,
) -> list[Sense]:
    """One `Sense` a question, in the order in which questions first stand in the tables.

    `open_rounds` are questions that people may still answer; `now` tells whether a day of review has passed.
    """
    questions = dict.fromkeys([a.question for a in assessments] + [a.question for a in acts])
    return [
        _of_question(
            question,
            [a for a in assessments if a.question == question],
            [a for a in acts if a.question == question],
            round_is_open=question in open_rounds,
            now=now,
            seed=seed,
        )
        for question in questions
    ]


def _of_question(
    question: str,
    assessments: Sequence[Assessment],
    acts: Sequence[Act],
    *,
    round_is_open: bool,
    now: datetime | None,
    seed: int,
) -> Sense:
    said = interpret(acts, assessments, round_is_open=round_is_open, now=now)
    given = [a for a in latest(assessments) if a.origin == "answered"]
    points = _points(given)
    found = _of_points(tuple(points.values()), seed) if points else None
    return Sense(
        question=question,
        interpretation=said,
        agreement=views(given),
        reliability=reliability(given),
        gap=gaps(given),
        named_against_blind=named_against_blind(given),
        silence=silence(assessments),
        camps=found,
        partings=_partings(given, found, points),
        expected_responses=expected(said.account, said.verdict),
    )


def _points(given: Sequence[Assessment]) -> dict[str, tuple[float, ...]]:
    """Where those stand on the plane who placed themselves on both dimensions; nobody where few answered blind."""
    scores: dict[str, dict[str, list[float]]] = {}
    for one in given:
        if one.facet == "overall":
            by = scores.setdefault(one.stakeholder, {})
            by.setdefault(one.dimension, []).append(float(one.score or 0.0))
    both = {who: by for who, by in scores.items() if len(by) == len(DIMENSIONS)}
    blind = len({a.stakeholder for a in given if not a.attributed and a.stakeholder in both})
    if 0 < blind < FEWEST:
        return {}
    return {who: tuple(float(np.mean(by[d])) for d in DIMENSIONS) for who, by in both.items()}


@lru_cache(maxsize=256)
def _of_points(points: tuple[tuple[float, ...], ...], seed: int) -> Camps | None:
    """Kept, since a page asks again and again for what chance alone would do."""
    return camps(np.array(points), np.random.default_rng(seed))


def _partings(
    given: Sequence[Assessment], found: Camps | None, points: Mapping[str, tuple[float, ...]]
) -> Sequence[Parting]:
    """On what the camps part, where there are camps."""
    if found is None or found.p_value >= CAMPS_BELOW_P:
        return []
    return partings(given, dict(zip(points, found.group, strict=True)))
