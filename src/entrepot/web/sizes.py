"""How much one request may bring: the same everywhere but where files come in, each with its own bound.

Asked before a byte of the body is read, and before the token of a form is looked for in it: what is too large is
told so at once, whoever sends it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from entrepot.web.coding import forms as coding
from entrepot.web.discovery import appeals, labels, observing_files
from entrepot.web.failing import TOO_LARGE, tell
from entrepot.web.runs.receiving import length

FOR_THE_FORM = 2**20
"""Room for what a form says beside its file."""
LARGER: Mapping[str, int | None] = {
    "runs/new": None,
    "api/tables/<table>/files": None,
    "observations/new/": observing_files.MOST_BYTES + FOR_THE_FORM,
    "observations/<int:number>/change/": observing_files.MOST_BYTES + FOR_THE_FORM,
    "api/observations/<number>/file": observing_files.MOST_BYTES,
    "review/labels/bring": labels.MOST_BYTES + FOR_THE_FORM,
    "api/labels/imports": labels.MOST_BYTES,
    "coding/new": 2 * coding.MOST_BYTES + FOR_THE_FORM,
    "coding/<int:study>/bring": coding.MOST_BYTES + FOR_THE_FORM,
    "appeal/<str:code>": appeals.MOST_BYTES + 64 * 2**10,
}
"""Route → how many bytes it takes. None: files of a run, whose bound is the server's own (`runs.limits`)."""


def most(route: str) -> int | None:
    """How many bytes the address of this route takes; None where it looks itself."""
    return LARGER.get(route, settings.DATA_UPLOAD_MAX_MEMORY_SIZE)


class Sized:
    """Turns away what is too large for its address."""

    def __init__(self, answer: Callable[[HttpRequest], HttpResponse]) -> None:
        self._answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._answer(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        bound = most(request.resolver_match.route if request.resolver_match else "")
        too_large = bound is not None and length(request.META) > bound
        return tell(request, TOO_LARGE) if too_large else None
