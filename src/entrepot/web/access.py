"""The guard of a page: it names its action, and only who may do that passes (`permissions`)."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from entrepot.web.permissions import ACTIONS, may


def needs(action: str) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """A page for those who may do `action`: others are sent to sign in, or told that they may not."""
    if action not in ACTIONS:
        raise KeyError(action)

    def wrap(page: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(page)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.is_authenticated:
                return _to_sign_in(request)
            if not may(request.user, action):
                raise PermissionDenied(action)
            return page(request, *args, **kwargs)

        guarded.needs = action  # type: ignore[attr-defined]
        return guarded

    return wrap


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    """To sign in and back; a page that asked for a part of itself is left as a whole."""
    if request.headers.get("HX-Request") == "true":
        back = request.headers.get("HX-Current-URL", "/")
        return HttpResponse(status=204, headers={"HX-Redirect": redirect_to_login(urlsplit(back).path).url})
    return redirect_to_login(request.get_full_path())


def open_to_all(page: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A page without sign-in, said aloud, so that the test knows that it is meant."""
    page.needs = None  # type: ignore[attr-defined]
    return page
