"""How good our reviews are, as the page of agreement says it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Schema

from entrepot.web.api import said, shapes
from entrepot.web.api.guard import needs
from entrepot.web.api.problems import or_problem
from entrepot.web.api.routing import router
from entrepot.web.discovery.quality import Sample, quality


class AgreementOut(Schema):
    """Of `n` judged twice `agree` got the same: the share (0–1) and Cohen's kappa, each with its interval at 95 %;
    null where there is nothing to say."""

    n: int
    agree: int
    share: float | None
    share_low: float | None
    share_high: float | None
    kappa: float | None
    kappa_low: float | None
    kappa_high: float | None
    is_small: bool


class DifferOut(Schema):
    """Two reviews of one finding that say different things."""

    code: str
    first: str
    second: str


class SampleOut(Schema):
    """The random sample of the current run: each in it stands for `stands_for`."""

    drawn: int
    reviewed: int
    chance_0_1: float | None
    stands_for: float | None
    verdicts: dict[str, int]


class OverturnedOut(Schema):
    """How often an appeal was right: the share (0–1) of those decided, with its interval at 95 %."""

    offered: int
    waiting: int
    decided: int
    upheld: int
    share: float | None
    low: float | None
    high: float | None


class QualityOut(Schema):
    """How good our reviews are. `second_share_0_1` is how many are judged twice, without seeing the first review."""

    second: AgreementOut
    second_share_0_1: float
    differ: list[DifferOut]
    sample: SampleOut | None
    appeals: OverturnedOut
    imports: list[shapes.ImportOut]


@router.get(
    "/reviews/agreement", auth=needs("read findings"), response=or_problem(QualityOut), tags=["reviews"]
)
def agreement(request: HttpRequest) -> Any:
    """How two who judged the same agree, what the random sample found, how often appeals were right, and how labels of
    other tools agree with us."""
    found = quality()
    return {
        "second": found.second, "second_share_0_1": found.second_share_0_1, "differ": found.differ,
        "sample": _sample(found.sample), "appeals": found.appeals,
        "imports": [said.label_import(row) for row in found.imports],
    }  # fmt: skip


def _sample(sample: Sample | None) -> dict[str, Any] | None:
    if sample is None:
        return None
    return {name: getattr(sample, name) for name in SampleOut.model_fields}
