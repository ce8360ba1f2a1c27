"""Runs, their findings and their measures."""

from __future__ import annotations

from typing import Any, Literal

from django.http import Http404, HttpRequest
from ninja import Path, Query

from entrepot.web.api import paging, queries, said, shapes
from entrepot.web.api.guard import needs
from entrepot.web.api.problems import or_problem
from entrepot.web.api.routing import router
from entrepot.web.discovery import actor
from entrepot.web.runs.models import Run

READ: Any = needs("read findings")
LISTED = {"yes": True, "no": False, "any": None}
TableName = Literal[
    "coverage", "shares", "mutual", "concentration", "growth", "stress", "displacement", "hindsight",
    "hindsight_dates", "efficiency",
]  # fmt: skip


class Asked(shapes.Given):
    """Which findings; the list is of those that the run lists, unless `listed` says otherwise."""

    run: shapes.Word | None = None
    listed: Literal["yes", "no", "any"] = "yes"
    kind: shapes.Word = ""
    state: Literal["", "open", "later", "confirmed", "rejected", "cannot_tell"] = ""
    declared: Literal["", "no", "yes", "in part"] = ""
    at_least: shapes.Decimal | None = None
    text: shapes.Word = ""
    sort: Literal["evidence", "revenue", "excess"] = "evidence"
    after: shapes.Text = ""
    size: shapes.Size = 50


@router.get("/runs", auth=READ, response=or_problem(shapes.Page[shapes.RunOut]), tags=["runs"])
def runs(request: HttpRequest, after: shapes.Text = "", size: shapes.Size = 50) -> Any:
    """Every run, the latest first."""
    found, beyond = paging.latest_first(Run.objects.select_related("previous"), after, size)
    return {"items": [said.run(row) for row in found], "next": beyond}


@router.get("/runs/{name}", auth=READ, response=or_problem(shapes.RunOut), tags=["runs"])
def run(request: HttpRequest, name: Path[shapes.Word]) -> Any:
    """How far a run is, or what it found."""
    return said.run(queries.run_of(name))


@router.get("/findings", auth=READ, response=or_problem(shapes.Page[shapes.FindingOut]), tags=["findings"])
def findings(request: HttpRequest, asked: Query[Asked]) -> Any:
    """Findings of one run, the strongest first."""
    chosen = queries.Asked(
        listed=LISTED[asked.listed], kind=asked.kind, state=asked.state, declared=asked.declared,
        at_least=asked.at_least, text=asked.text, sort=asked.sort,
    )  # fmt: skip
    found, beyond = queries.findings(queries.run_of(asked.run), chosen, asked.after, asked.size)
    return {"items": [said.finding(row) for row in found], "next": beyond}


@router.get("/findings/{actor_id}", auth=READ, response=or_problem(shapes.Evidence), tags=["findings"])
def finding(request: HttpRequest, actor_id: Path[shapes.Word], run: shapes.Word | None = None) -> Any:
    """One actor with its evidence, as its page tells it; also one that no list has."""
    of = queries.run_of(run)
    row = actor.find(of, actor_id)
    if row is None:
        raise Http404
    return said.evidence(row, queries.signals(of, actor_id), actor.told(row))


@router.get(
    "/interdependence/{table}", auth=READ, response=or_problem(shapes.TableOut), tags=["interdependence"]
)
def interdependence(request: HttpRequest, table: Path[TableName], run: shapes.Word | None = None) -> Any:
    """One table of how far firm and customer-entrepreneurs depend on each other."""
    of = queries.run_of(run)
    columns, rows = queries.table(of, table)
    return {"run": of.name, "table": table, "columns": columns, "rows": rows}
