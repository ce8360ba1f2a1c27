"""The way to an identity provider leads over a page of ours.

`form-action 'self'` holds for every address that a form leads to, and Chromium asks it of redirects too: a form that is
answered by a redirect to the provider goes nowhere. To list providers in the policy would not do, as they send on to
addresses of their own. So the form ends here, on a page that goes on by itself; or, where the provider does not
answer, on the page of a sign-in that failed.
"""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from allauth.socialaccount.helpers import render_authentication_error
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers
from requests import RequestException


class Leaving:
    """Answers a form by a page instead of a redirect to another server."""

    def __init__(self, answer: Callable[[HttpRequest], HttpResponse]) -> None:
        self._answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self._answer(request)
        to = response.get("Location", "")
        if request.method != "POST" or urlsplit(to).netloc in ("", request.get_host()):
            return response
        page = render(request, "socialaccount/leaving.html", {"to": to})
        page.cookies.update(response.cookies)
        add_never_cache_headers(page)
        return page

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """The sign-in library asks providers of OpenID Connect by `requests`, and nobody else here does."""
        if not isinstance(exception, RequestException):
            return None
        return render_authentication_error(request, "openid_connect", exception=exception)
