"""Pages of the sign-in library that have no place here."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse

from entrepot.web.access import open_to_all


@open_to_all
def closed(request: HttpRequest) -> HttpResponse:
    """There is no such page."""
    raise Http404
