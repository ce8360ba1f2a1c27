"""Appeals: links for the persons concerned, and what became of them. They are decided as reviews are."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest
from ninja.responses import Status

from entrepot.web.api import paging, queries, said, shapes
from entrepot.web.api.guard import needs
from entrepot.web.api.problems import or_problem
from entrepot.web.api.routing import router
from entrepot.web.discovery import appeals as appealing
from entrepot.web.discovery.models import Appeal, Finding

TAKE: Any = needs("take appeals")


@router.get("/appeals", auth=TAKE, response=or_problem(shapes.Page[shapes.AppealOut]), tags=["appeals"])
def appeals(request: HttpRequest, after: shapes.Text = "", size: shapes.Size = 50) -> Any:
    """The links that were given, and what became of them."""
    rows = Appeal.objects.select_related("finding__run", "made_by", "decided_by")
    found, beyond = paging.latest_first(rows, after, size)
    return {"items": [said.appeal(row) for row in found], "next": beyond}


@router.post("/appeals", auth=TAKE, response=or_problem(shapes.NewAppeal, 201), tags=["appeals"])
def offer_appeal(request: HttpRequest, given: shapes.AppealIn) -> Any:
    """Make a link for whom a finding concerns. Its address is in this answer and nowhere else, so it is not kept
    under an Idempotency-Key: ask again, and there is one more link."""
    rows = Finding.objects.select_related("run").filter(run=queries.run_of(given.run))
    here = rows.filter(code__iexact=given.code).first()
    if here is None:
        raise Http404
    made, code = appealing.offer(here, request.auth.colleague)
    return Status(201, {**said.appeal(made), "address": request.build_absolute_uri(f"/appeal/{code}")})
