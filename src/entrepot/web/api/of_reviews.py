"""Reviews, labels, corrections, observations: what people concluded and saw."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone

from entrepot.web.actors.models import Correction
from entrepot.web.api import paging, said, shapes
from entrepot.web.api.guard import needs
from entrepot.web.api.problems import or_problem
from entrepot.web.api.routing import router
from entrepot.web.discovery.models import ImportedLabel, LabelImport, Observation, Review


@router.get(
    "/reviews",
    auth=needs("review"),
    response=or_problem(shapes.Page[shapes.ReviewOut]),
    tags=["reviews"],
)
def reviews(
    request: HttpRequest,
    verdict: Literal["", "confirmed", "rejected", "cannot_tell"] = "",
    since: datetime | None = None,
    after: shapes.Text = "",
    size: shapes.Size = 50,
) -> Any:
    """What reviewers concluded, the latest first; not what the one who asks is to judge again without seeing it."""
    rows = Review.objects.select_related("finding__run", "reviewer")
    blind = Q(finding__turns__queue="second", finding__turns__done_at=None)
    rows = rows.exclude(blind & ~Q(reviewer=request.auth.colleague))
    if verdict:
        rows = rows.filter(verdict=verdict)
    if since:
        rows = rows.filter(at__gte=_aware(since))
    found, beyond = paging.latest_first(rows, after, size)
    return {"items": [said.review(row) for row in found], "next": beyond}


def _aware(instant: datetime) -> datetime:
    """An instant without a zone is meant in the server's."""
    return instant if instant.tzinfo else timezone.make_aware(instant)


@router.get(
    "/labels",
    auth=needs("bring labels"),
    response=or_problem(shapes.Page[shapes.LabelOut]),
    tags=["labels"],
)
def labels(
    request: HttpRequest,
    source: Literal["reviews", "imported"] = "reviews",
    after: shapes.Text = "",
    size: shapes.Size = 50,
) -> Any:
    """What the next run may learn from: our reviews, or what other tools say; columns as in the table `labels`."""
    if source == "imported":
        rows = ImportedLabel.objects.filter(batch__withdrawn_at=None).select_related("batch")
        found, beyond = paging.latest_first(rows, after, size)
        names = "see names" in request.auth.actions
        return {"items": [said.imported_label(row, names=names) for row in found], "next": beyond}
    ours = Review.objects.filter(is_blind=False).select_related("finding", "reviewer")
    found, beyond = paging.latest_first(ours, after, size)
    return {"items": [said.label(row) for row in found], "next": beyond}


@router.get(
    "/labels/imports",
    auth=needs("bring labels"),
    response=or_problem(shapes.Page[shapes.ImportOut]),
    tags=["labels"],
)
def imports(request: HttpRequest, after: shapes.Text = "", size: shapes.Size = 50) -> Any:
    """Labels that were brought in from other tools, with their agreement."""
    found, beyond = paging.latest_first(LabelImport.objects.select_related("by"), after, size)
    return {"items": [said.label_import(row) for row in found], "next": beyond}


@router.get(
    "/corrections",
    auth=needs("correct actors"),
    response=or_problem(shapes.Page[shapes.CorrectionOut]),
    tags=["corrections"],
)
def corrections(request: HttpRequest, after: shapes.Text = "", size: shapes.Size = 50) -> Any:
    """Who is who, as people corrected it."""
    found, beyond = paging.latest_first(Correction.objects.select_related("by", "run"), after, size)
    names = "see names" in request.auth.actions
    return {"items": [said.correction(row, names=names) for row in found], "next": beyond}


@router.get(
    "/observations",
    auth=needs("read findings"),
    response=or_problem(shapes.Page[shapes.ObservationOut]),
    tags=["observations"],
)
def observations(
    request: HttpRequest,
    actor_id: shapes.Word = "",
    step: Literal["", "purchase", "advertise", "sell", "deliver"] = "",
    after: shapes.Text = "",
    size: shapes.Size = 50,
) -> Any:
    """What was seen outside the orders and may be kept today; sensitive ones only for those who may see them."""
    today = timezone.localdate()
    rows = (
        Observation.objects.filter(erased_at=None, expires_on__gt=today)
        .select_related("by")
        .prefetch_related("actors")
    )
    if "see sensitive observations" not in request.auth.actions:
        rows = rows.exclude(sensitivity="sensitive")
    if actor_id:
        rows = rows.filter(actors__actor_id=actor_id)
    if step:
        rows = rows.filter(step=step)
    found, beyond = paging.latest_first(rows, after, size)
    return {"items": [said.observation(row) for row in found], "next": beyond}
