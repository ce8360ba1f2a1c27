"""Reviews and labels: what people concluded, and what other tools say."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from django.db.models import Q
from django.http import Http404, HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from ninja import Path

from entrepot.web.api import answers, paging, said, shapes
from entrepot.web.api.bodies import RAW, whole
from entrepot.web.api.guard import needs
from entrepot.web.api.of_files import Once
from entrepot.web.api.problems import Refused, checked, or_problem
from entrepot.web.api.routing import router
from entrepot.web.discovery import labels as bringing
from entrepot.web.discovery.label_views import BringForm
from entrepot.web.discovery.models import ImportedLabel, LabelImport, Review
from entrepot.web.failing import Problem

BEFORE = Problem(409, _("It was withdrawn before"), _("Nothing was changed."))


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


@router.post(
    "/labels/imports", auth=needs("bring labels"), response=or_problem(shapes.ImportOut, 201), tags=["labels"],
    openapi_extra=RAW,
)  # fmt: skip
def bring_labels(request: HttpRequest, source: shapes.Name, key: Once = None) -> Any:
    """Bring labels of another tool: the body is a CSV file in the columns of the table `labels`."""
    file, sha256 = whole(request, "labels.csv")
    entered = checked(BringForm({"source": source}, {"file": file})).cleaned_data
    colleague = request.auth.colleague

    def bring() -> shapes.ImportOut:
        return said.label_import(bringing.bring(entered["file"], entered["source"], colleague))

    return answers.once(request, key, bring, sha256=sha256)


@router.post(
    "/labels/imports/{number}/withdrawal",
    auth=needs("bring labels"),
    response=or_problem(shapes.ImportOut),
    tags=["labels"],
)
def withdraw_labels(request: HttpRequest, number: Path[shapes.Number]) -> Any:
    """Let later runs no longer read them."""
    rows = LabelImport.objects.select_related("by")
    batch = rows.filter(pk=number).first()
    if batch is None:
        raise Http404
    if not bringing.withdraw(batch, request.auth.colleague):
        raise Refused(BEFORE)
    return said.label_import(rows.get(pk=number))
