"""What is taken away as a file: records, everything, the file of an observation, the document of an appeal.

The page's functions answer, with the page's rights and records; only the schema is said here.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Path

from entrepot.web.api import shapes
from entrepot.web.api.guard import needs
from entrepot.web.api.of_observations import visible_here
from entrepot.web.api.problems import or_problem
from entrepot.web.api.routing import router
from entrepot.web.discovery import appeal_views, observing, observing_files
from entrepot.web.records import taking


def a_file(*kinds: str) -> dict[str, Any]:
    """How the schema says that the answer is a file of one of these kinds."""
    content = {kind: {"schema": {"type": "string", "format": "binary"}} for kind in kinds}
    return {"responses": {200: {"description": "the file", "content": content}}}


@router.post(
    "/records/export", auth=needs("read records"), response=or_problem(None), tags=["records"],
    openapi_extra=a_file(taking.LINES),
)  # fmt: skip
def export_records(request: HttpRequest) -> Any:
    """Every record as a JSON line, for `entrepot verify FILE`. That it was taken stands in the records."""
    return taking.all_records(by=request.auth.colleague)


@router.post(
    "/exports", auth=needs("export everything"), response=or_problem(None), tags=["records"],
    openapi_extra=a_file(taking.ARCHIVE),
)  # fmt: skip
def export_everything(request: HttpRequest) -> Any:
    """All tables and records as one ZIP archive. What the key's scopes, or the roles of its owner, do not see is left
    out, and the archive says so."""
    return taking.everything(request.auth.actions, by=request.auth.colleague)


@router.get(
    "/observations/{number}/file", auth=needs("read findings"), response=or_problem(None), tags=["observations"],
    openapi_extra=a_file(*observing_files.KINDS.values()),
)  # fmt: skip
def observation_file(request: HttpRequest, number: Path[shapes.Number]) -> Any:
    """The picture or PDF of an observation; of a concealed source only for who may see it."""
    return observing.handed_out(visible_here(request, number), request.auth.colleague)


@router.get(
    "/appeals/{number}/document", auth=needs("decide appeals"), response=or_problem(None), tags=["appeals"],
    openapi_extra=a_file("application/octet-stream"),
)  # fmt: skip
def appeal_document(request: HttpRequest, number: Path[shapes.Number]) -> Any:
    """The document that the person concerned sent: from somebody we do not know, so open it with care."""
    return appeal_views.document(number)
