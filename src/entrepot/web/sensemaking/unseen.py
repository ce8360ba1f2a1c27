"""The page on which a blind code is spent knows nobody: no cookie comes in, none goes out, no line is logged.

A browser sends its cookies by itself, also that of somebody who is signed in; here they are taken off before anything
reads them. What a proxy in front writes down is the proxy's: docs/how-to/making-sense.md says how to switch it off.
"""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

ADDRESS = "/ballot/"


class Unseen:
    """Takes off what would tell who asks, on the address of ballots alone."""

    def __init__(self, answer: Callable[[HttpRequest], HttpResponse]) -> None:
        self._answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path.startswith(ADDRESS):
            return self._answer(request)
        request.META.pop("HTTP_COOKIE", None)
        request.COOKIES = {}
        request.unseen = True
        response = self._answer(request)
        response.cookies.clear()
        response["Cache-Control"] = "no-store"
        response["Referrer-Policy"] = "no-referrer"
        return response
