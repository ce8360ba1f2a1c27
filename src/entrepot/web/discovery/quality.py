"""How good our reviews are: two who looked at the same, the random sample and what it stands for, appeals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from entrepot.web.discovery.agreeing import Agreement, agreement
from entrepot.web.discovery.appeals import Overturned, overturned
from entrepot.web.discovery.models import AUDIT, VERDICTS, LabelImport, Review, Turn
from entrepot.web.discovery.queueing import second_share
from entrepot.web.discovery.reviewing import first_of
from entrepot.web.runs.models import Run


@dataclass(frozen=True)
class Differ:
    """Two reviews of one finding that say different things."""

    code: str
    first: str
    second: str


@dataclass(frozen=True)
class Sample:
    """The random audit sample of a run: each actor in it stands for one divided by its chance."""

    drawn: int
    reviewed: int
    chance_0_1: float | None
    verdicts: Mapping[str, int]

    @property
    def stands_for(self) -> float | None:
        return 1 / self.chance_0_1 if self.chance_0_1 else None


@dataclass(frozen=True)
class Quality:
    """The page of agreement."""

    second: Agreement
    second_share_0_1: float
    differ: list[Differ]
    sample: Sample | None
    appeals: Overturned
    imports: list[LabelImport]


def quality() -> Quality:
    """How good our reviews are, as of now."""
    pairs = _pairs()
    differ = [Differ(b.finding.code, a.verdict, b.verdict) for a, b in pairs if a.verdict != b.verdict]
    run = Run.current()
    return Quality(
        second=agreement([(a.verdict, b.verdict) for a, b in pairs]),
        second_share_0_1=second_share(),
        differ=differ,
        sample=_sample(run) if run else None,
        appeals=overturned(),
        imports=list(LabelImport.objects.filter(withdrawn_at=None).order_by("-at")),
    )


def _pairs() -> list[tuple[Review, Review]]:
    blind = Review.objects.filter(is_blind=True).select_related("finding").order_by("at")
    return [(first, second) for second in blind if (first := first_of(second)) is not None]


def _sample(run: Run) -> Sample:
    turns = Turn.objects.filter(run=run, queue=AUDIT)
    verdicts = Counter(
        Review.objects.filter(turn__in=turns, is_blind=False).values_list("verdict", flat=True)
    )
    first = turns.first()
    return Sample(
        drawn=turns.count(),
        reviewed=turns.exclude(done_at=None).count(),
        chance_0_1=first.shown_probability_0_1 if first else None,
        verdicts={verdict: verdicts.get(verdict, 0) for verdict in VERDICTS},
    )
