"""Views of the findings that a colleague keeps: the same that stand above the table, for the owner of the key."""

from __future__ import annotations

from typing import Any, Literal

from django.http import Http404, HttpRequest
from django.utils.translation import gettext_lazy as _
from ninja import Path, Schema
from ninja.responses import Status

from entrepot.web.api import paging, queries, said, shapes
from entrepot.web.api.guard import needs
from entrepot.web.api.problems import Refused, or_problem
from entrepot.web.api.routing import router
from entrepot.web.discovery import views_kept
from entrepot.web.discovery.models import SavedView
from entrepot.web.discovery.queries import Asked, sheet
from entrepot.web.failing import Problem

READ: Any = needs("read findings")
NOT_KEPT = _("The view was not kept")


class ViewIn(shapes.Given):
    """Filters and order, as the page has them; `q` is the beginning of a code or an actor's id, `least` turns the order
    around."""

    name: shapes.Line
    shown: Literal["listed", "declared", "below"] = "listed"
    kind: shapes.Word = ""
    state: Literal["", "open", "later", "confirmed", "rejected", "cannot_tell"] = ""
    evidence: Literal["", "very-strong", "strong", "weak"] = ""
    q: shapes.Word = ""
    sort: Literal["evidence", "excess", "revenue", "since"] = "evidence"
    least: bool = False


class ViewOut(Schema):
    """A view; `query` is what the address of the page says for it."""

    number: int
    name: str
    shown: str
    kind: str
    state: str
    evidence: str
    q: str
    sort: str
    least: bool
    query: str


@router.get("/views", auth=READ, response=or_problem(shapes.Page[ViewOut]), tags=["findings"])
def views(request: HttpRequest, after: shapes.Text = "", size: shapes.Size = 50) -> Any:
    """The views of the owner of the key."""
    found, beyond = paging.latest_first(_own(request), after, size)
    return {"items": [_said(row) for row in found], "next": beyond}


@router.put("/views", auth=READ, response=or_problem(ViewOut), tags=["findings"])
def keep_view(request: HttpRequest, given: ViewIn) -> Any:
    """Keep filters under a name; a name that is there takes the new filters."""
    asked = given.model_dump(exclude={"name", "least"}) | {"least": "yes" if given.least else ""}
    try:
        return _said(views_kept.keep(given.name, Asked.of(asked), by=request.auth.colleague))
    except views_kept.NotKept as error:
        raise Refused(Problem(422, NOT_KEPT, error.why)) from None


@router.delete("/views/{number}", auth=READ, response=or_problem(None, 204), tags=["findings"])
def forget_view(request: HttpRequest, number: Path[shapes.Number]) -> Any:
    """Forget a view."""
    views_kept.forget(_one(request, number), by=request.auth.colleague)
    return Status(204, None)


@router.get(
    "/views/{number}/findings", auth=READ, response=or_problem(shapes.Page[shapes.FindingOut]), tags=["findings"]
)  # fmt: skip
def findings_of_view(
    request: HttpRequest, number: Path[shapes.Number], run: shapes.Word | None = None, after: shapes.Text = ""
) -> Any:
    """The findings of a run, as the view shows them: fifty at a time, in its order."""
    [page] = paging.read(after, int) if after else [1]
    asked = views_kept.asked_of(_one(request, number)).on(page or 1)
    found = sheet(asked, queries.run_of(run))
    beyond = paging.written([found.page + 1]) if found.page < found.pages else None
    return {"items": [said.finding(row) for row in found.rows], "next": beyond}


def _own(request: HttpRequest) -> Any:
    return SavedView.objects.filter(colleague=request.auth.colleague)


def _one(request: HttpRequest, number: int) -> SavedView:
    found: SavedView | None = _own(request).filter(pk=number).first()
    if found is None:
        raise Http404
    return found


def _said(row: SavedView) -> dict[str, Any]:
    asked = views_kept.asked_of(row)
    names = ("shown", "kind", "state", "evidence", "q", "sort")
    fields = {name: getattr(asked, name) for name in names}
    return {"number": row.pk, "name": row.name, **fields, "least": bool(asked.least), "query": row.query}
