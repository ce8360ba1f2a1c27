"""Two runs side by side, and what reviews changed from one to the next."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import Http404, HttpRequest
from ninja import Path, Schema
from pydantic import Field

from entrepot.web.api import queries, shapes
from entrepot.web.api.guard import needs
from entrepot.web.api.problems import Refused, or_problem
from entrepot.web.api.routing import router
from entrepot.web.discovery import relearning
from entrepot.web.discovery.models import Finding
from entrepot.web.runs import comparing
from entrepot.web.runs.models import Run

READ: Any = needs("read findings")
Most = Annotated[int, Field(ge=1, le=10_000)]


class Side(Schema):
    """An actor in one run."""

    actor_id: str
    flagged: bool
    kind: str | None
    declared: str | None
    customers: int | None
    resale_evidence: float | None
    excess_units: float | None
    revenue: float | None


class PairOut(Schema):
    """One actor in both runs; a side is null where the run does not know it. `evidence_by` is how many more tens its
    evidence has. `is_split`: it was part of another; `merged_into` is the code of the one that it belongs to now."""

    actor_id: str
    code: str
    was: Side | None
    now: Side | None
    evidence_by: float
    is_split: bool
    merged_into: str | None


class PairsOut(Schema):
    """`total` is how many there are, `items` the first of them."""

    total: int
    items: list[PairOut]


class LineOut(Schema):
    """A number, setting, input or lesson of both runs, as text; empty where a run has none."""

    name: str
    was: str
    now: str


class ComparisonOut(Schema):
    """What differs. With `ids_last` an actor is the same by its id, else by most of its customers."""

    was: str
    now: str
    ids_last: bool
    sentences: dict[str, str]
    stayed: int
    new: PairsOut
    gone: PairsOut
    kind: PairsOut
    evidence: PairsOut
    counts: list[LineOut]
    settings: list[LineOut]
    inputs: list[LineOut]
    reviews: list[LineOut]


class ListedOut(Schema):
    """A finding that came or went."""

    run: str
    actor_id: str
    code: str
    kind: str
    resale_evidence: float
    excess_units: float | None
    excess_units_low: float | None
    excess_units_high: float | None


class OtherKind(Schema):
    """A finding that is of another kind now."""

    actor_id: str
    code: str
    was: str
    now: str


class NumberOut(Schema):
    """A number of both runs; null where a run does not say it."""

    what: str
    before: float | None
    after: float | None


class ChangedOut(Schema):
    """What is different between a run and the one before it; lists end after 200."""

    run: str
    before: str
    new: list[ListedOut]
    gone: list[ListedOut]
    other_kind: list[OtherKind]
    numbers: list[NumberOut]
    labels: dict[str, Any]
    corrections: dict[str, Any]


@router.get("/comparisons", auth=READ, response=or_problem(ComparisonOut), tags=["runs"])
def compare_runs(request: HttpRequest, was: shapes.Word, now: shapes.Word, most: Most = 100) -> Any:
    """Two runs side by side, the earlier first: who is new on the list, who went, who changed kind or evidence, and
    what else was different. Of each list at most `most` are told."""
    try:
        earlier, later = comparing.in_order(queries.run_of(was or "-"), queries.run_of(now or "-"))
    except comparing.NotComparable as error:
        raise Refused(error.problem) from None
    found = comparing.compare(earlier, later)
    lists = {name: _pairs(getattr(found, name), most) for name in ("new", "gone", "kind", "evidence")}
    lines = {name: _lines(getattr(found, name)) for name in ("counts", "settings", "inputs", "reviews")}
    sentences = dict(zip(("was", "now"), found.sentences, strict=True))
    return {
        "was": earlier.name, "now": later.name, "ids_last": found.ids_last, "sentences": sentences,
        "stayed": found.stayed, **lists, **lines,
    }  # fmt: skip


def _pairs(pairs: Any, most: int) -> dict[str, Any]:
    return {"total": len(pairs), "items": [_pair(pair) for pair in pairs[:most]]}


def _pair(pair: comparing.Pair) -> dict[str, Any]:
    is_split = pair.how == comparing.SPLIT
    return {
        "actor_id": pair.actor_id, "code": pair.code, "was": _side(pair.was), "now": _side(pair.now),
        "evidence_by": pair.evidence_by, "is_split": is_split,
        "merged_into": pair.how if pair.how and not is_split else None,
    }  # fmt: skip


def _side(row: comparing.Row | None) -> dict[str, Any] | None:
    return None if row is None else {name: queries.number(row.get(name)) for name in comparing.COLUMNS}


def _lines(lines: Any) -> list[dict[str, str]]:
    return [{"name": line.name, "was": line.was, "now": line.now} for line in lines]


@router.get("/runs/{name}/changes", auth=READ, response=or_problem(ChangedOut), tags=["runs"])
def changes(request: HttpRequest, name: Path[shapes.Word]) -> Any:
    """What the reviews changed between a run and the one before; there is nothing to say of the first run."""
    here = Run.objects.exclude(indexed_at=None).exclude(previous=None).filter(name=name).first()
    if here is None:
        raise Http404
    found = relearning.changed(here, here.previous)
    others = [
        {"actor_id": now.actor_id, "code": now.code, "was": then.kind, "now": now.kind}
        for then, now in found.other_kind
    ]
    return {
        "run": found.run.name, "before": found.before.name,
        "new": [_listed(found.run, row) for row in found.new],
        "gone": [_listed(found.before, row) for row in found.gone],
        "other_kind": others, "numbers": found.numbers, "labels": found.labels, "corrections": found.corrections,
    }  # fmt: skip


def _listed(run: Run, row: Finding) -> dict[str, Any]:
    names = [name for name in ListedOut.model_fields if name != "run"]
    return {"run": run.name, **{name: getattr(row, name) for name in names}}
