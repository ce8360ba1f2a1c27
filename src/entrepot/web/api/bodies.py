"""Bodies that are a file: read piece by piece, as many bytes as were announced, and no more than the address takes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from entrepot.web.api.problems import Refused
from entrepot.web.failing import Problem
from entrepot.web.runs.receiving import length

PIECE = 2**18
NO_LENGTH = Problem(
    411, _("The request does not say how long it is"), _("Nothing was kept."), _("Send Content-Length.")
)
CUT_SHORT = Problem(400, _("The file did not come whole"), _("Nothing was kept."), _("Send it again."))
RAW: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}
"""How the schema says that the body is the file itself."""


def pieces(request: HttpRequest) -> Iterator[bytes]:
    """The body; raises `Refused` where it does not say how long it is, or ends earlier."""
    left = length(request.META)
    if not left:
        raise Refused(NO_LENGTH)
    while left > 0:
        piece = request.read(min(PIECE, left))
        if not piece:
            raise Refused(CUT_SHORT)
        left -= len(piece)
        yield piece


def whole(request: HttpRequest, name: str) -> tuple[SimpleUploadedFile, str]:
    """A small file as a form would bring it, under `name`, and its SHA-256."""
    content = b"".join(pieces(request))
    return SimpleUploadedFile(name, content), hashlib.sha256(content).hexdigest()
