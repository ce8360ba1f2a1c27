"""Records and everything, taken away as files: who takes them stands in the records first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import transaction
from django.http import StreamingHttpResponse
from django.utils import timezone

from entrepot.web.records import export
from entrepot.web.records.models import append

LINES, ARCHIVE = "application/jsonl", "application/zip"


def all_records(*, by: Any) -> StreamingHttpResponse:
    """Every record as a JSON line, for `entrepot verify FILE`."""
    _note("records exported", by)
    return _file(export.lines(), "records.jsonl", LINES)


def everything(actions: frozenset[str], *, by: Any) -> StreamingHttpResponse:
    """All tables and records as one archive, as far as somebody who may do `actions` sees them."""
    _note("everything exported", by)
    return _file(export.everything(actions), "entrepot.zip", ARCHIVE)


def _note(kind: str, by: Any) -> None:
    with transaction.atomic():
        append(kind, by=by.mark, body={})


def _file(parts: Iterator[bytes], name: str, kind: str) -> StreamingHttpResponse:
    stem, _, ending = name.partition(".")
    response = StreamingHttpResponse(parts, content_type=kind)
    day = timezone.localdate().isoformat()
    response["Content-Disposition"] = f'attachment; filename="{stem}-{day}.{ending}"'
    response["Cache-Control"] = "no-store"
    return response
