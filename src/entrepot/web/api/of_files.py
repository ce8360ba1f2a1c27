"""Files for runs: sent in as they are, listed, forgotten."""

from __future__ import annotations

from typing import Annotated, Any

from django.conf import settings
from django.http import Http404, HttpRequest
from ninja import Header, Path
from ninja.responses import Status
from pydantic import StringConstraints

from entrepot.errors import InputError
from entrepot.web.api import answers, paging, said, shapes
from entrepot.web.api.bodies import NO_LENGTH, RAW, pieces
from entrepot.web.api.guard import needs
from entrepot.web.api.problems import Refused, or_problem
from entrepot.web.api.routing import router
from entrepot.web.failing import TOO_LARGE
from entrepot.web.runs import files
from entrepot.web.runs.limits import has_room, limits
from entrepot.web.runs.receiving import FIELD, Receiving, SkipFile, length
from entrepot.web.runs.sending import NO_ROOM

START: Any = needs("start runs")
Once = Annotated[shapes.Once | None, Header(alias="Idempotency-Key")]
FileName = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=shapes.PRINTABLE)]


@router.get("/files", auth=START, response=or_problem(shapes.Page[shapes.FileOut]), tags=["files"])
def sent_files(request: HttpRequest, after: shapes.Text = "", size: shapes.Size = 50) -> Any:
    """Files that were sent in for runs."""
    found, beyond = paging.latest_first(files.sent_in().select_related("by"), after, size)
    return {"items": [said.file(row) for row in found], "next": beyond}


@router.post(
    "/tables/{table}/files", auth=START, response=or_problem(shapes.FileOut, 201), tags=["files"], openapi_extra=RAW,
)  # fmt: skip
def send_file(
    request: HttpRequest, table: Path[shapes.Table], name: FileName = "sent by a program", key: Once = None
) -> Any:
    """Send one file of a table: CSV, packed with gzip or not, or Parquet; the body is the file itself."""
    bounds, coming = limits(), length(request.META)
    if not coming:
        raise Refused(NO_LENGTH)
    if coming > bounds.most_upload:
        raise Refused(TOO_LARGE)
    if not has_room(settings.ENTREPOT.uploads, coming):
        raise Refused(NO_ROOM)
    receiving = Receiving(settings.ENTREPOT.uploads, most_unpacked=bounds.most_unpacked, tables=files.TABLES)
    try:
        _receive(request, receiving, table, name)
        colleague = request.auth.colleague
        came = receiving.files[0]
        return answers.once(
            request, key, lambda: said.file(files.keep(receiving, by=colleague)[0]), sha256=came.sha256
        )
    finally:
        receiving.clean()


def _receive(request: HttpRequest, receiving: Receiving, table: str, name: str) -> None:
    """Take the body in as the form's file is taken; raises `InputError` with what is wrong with it."""
    receiving.new_file(f"{FIELD}{table}", name, "application/octet-stream", None)
    try:
        for piece in pieces(request):
            receiving.receive_data_chunk(piece, 0)
        receiving.file_complete(0)
    except SkipFile:
        receiving.upload_interrupted()
    if receiving.mistakes:
        raise InputError(*receiving.mistakes[table])


@router.delete("/files/{number}", auth=START, response=or_problem(None, 204), tags=["files"])
def forget_file(request: HttpRequest, number: Path[shapes.Number]) -> Any:
    """Delete a file that was sent in; not while a run reads it."""
    found = files.sent_in().filter(pk=number).first()
    if found is None:
        raise Http404
    files.forget(found, by=request.auth.colleague)
    return Status(204, None)
