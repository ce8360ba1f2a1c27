"""What the API reads: findings by page, the evidence of one, the tables of a run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq
from django.db.models import F, Q, QuerySet
from django.http import Http404

from entrepot.web.api.paging import read, written
from entrepot.web.discovery.models import Finding
from entrepot.web.runs.models import Run

SORTS: Mapping[str, str] = {
    "evidence": "resale_evidence", "revenue": "revenue", "excess": "excess_units",
}  # fmt: skip
TABLES = (
    "coverage", "shares", "mutual", "concentration", "growth", "stress", "displacement", "hindsight",
    "hindsight_dates", "efficiency",
)  # fmt: skip
MOST_ROWS = 10_000


@dataclass(frozen=True)
class Asked:
    """Which findings: an empty part asks for all. `text` is the beginning of a code or an actor's id."""

    listed: bool | None = True
    kind: str = ""
    state: str = ""
    declared: str = ""
    at_least: float | None = None
    text: str = ""
    sort: str = "evidence"


def run_of(name: str | None) -> Run:
    """The run of that name, or the one that pages show; `Http404` where there is none."""
    run = Run.objects.filter(name=name).first() if name else Run.current()
    if run is None:
        raise Http404
    return run


def findings(run: Run, asked: Asked, after: str, size: int) -> tuple[list[Finding], str | None]:
    """A page of the findings of `run`, most first; what has no value in the sorted column comes last."""
    column = SORTS[asked.sort]
    rows = _filtered(run, asked).order_by(F(column).desc(nulls_last=True), "actor_id")
    if after:
        rows = rows.filter(_behind(column, *read(after, float, str)))
    found = list(rows.select_related("run")[: size + 1])
    if len(found) <= size:
        return found, None
    last = found[size - 1]
    return found[:size], written([getattr(last, column), last.actor_id])


def _filtered(run: Run, asked: Asked) -> QuerySet[Finding]:
    exactly = {"flagged": asked.listed, "kind": asked.kind, "state": asked.state, "declared": asked.declared}
    rows = Finding.objects.filter(
        run=run, **{name: value for name, value in exactly.items() if value not in (None, "")}
    )
    if asked.at_least is not None:
        rows = rows.filter(resale_evidence__gte=asked.at_least)
    if asked.text:
        rows = rows.filter(Q(code__istartswith=asked.text) | Q(actor_id__startswith=asked.text))
    return rows


def _behind(column: str, value: float | None, actor_id: str | None) -> Q:
    """What comes after the row with this value and id."""
    same = Q(actor_id__gt=actor_id or "")
    if value is None:
        return Q(**{f"{column}__isnull": True}) & same
    beyond = Q(**{f"{column}__lt": value}) | Q(**{f"{column}__isnull": True})
    return beyond | (Q(**{column: value}) & same)


def signals(run: Run, actor_id: str) -> list[dict[str, Any]]:
    """Each signal of one actor: `signal, log10_e, detail`, the strongest first; none where the run's folder is gone."""
    path = run.path / "signals.parquet"
    if not path.is_file():
        return []
    rows = pq.read_table(path, filters=pc.field("actor_id") == actor_id).drop_columns("actor_id").to_pylist()
    told = [{"signal": r["signal"], "log10_e": r["log10_e"], "detail": _plain(r.get("detail"))} for r in rows]
    return sorted(told, key=lambda each: -(each["log10_e"] or 0.0))


def _plain(detail: Any) -> Any:
    """Details are kept as JSON text."""
    try:
        return json.loads(detail) if isinstance(detail, str) else detail
    except ValueError:
        return detail


def table(run: Run, name: str) -> tuple[list[str], list[dict[str, Any]]]:
    """Columns and rows of one table of interdependence; `Http404` where the run does not have it."""
    path = run.path / "interdependence" / f"{name}.parquet"
    if name not in TABLES or not path.is_file():
        raise Http404
    rows = pq.read_table(path).slice(0, MOST_ROWS)
    return rows.column_names, [{k: number(v) for k, v in row.items()} for row in rows.to_pylist()]


def number(value: Any) -> Any:
    """JSON knows no NaN and no infinity."""
    return None if isinstance(value, float) and value - value != 0 else value
