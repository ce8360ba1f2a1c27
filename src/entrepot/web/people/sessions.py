"""A session ends when nobody used it for a while, and at the latest after a working day; and pages speak the
language that the colleague chose.

What a page asks by itself (htmx, to show how far a run is) is no use of the session.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.translation import gettext as _

BEGAN, SEEN = "began_at", "seen_at"
NOTED_EVERY_S = 60


class Sessions:
    """Ends what is too old before a page is asked."""

    def __init__(self, answer: Callable[[HttpRequest], HttpResponse]) -> None:
        self._answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated:
            now = time.time()
            if _is_over(request, now):
                logout(request)
                messages.info(request, _("You were signed out because nothing happened for a while."))
            else:
                _note(request, now)
                _speak(request)
        return self._answer(request)


def _is_over(request: HttpRequest, now: float) -> bool:
    began, seen = request.session.get(BEGAN, now), request.session.get(SEEN, now)
    return now - began > settings.SESSION_COOKIE_AGE or now - seen > settings.IDLE_S


def _note(request: HttpRequest, now: float) -> None:
    """Written once a minute at most: a page that only reads should not wait for a write."""
    request.session.setdefault(BEGAN, now)
    by_itself = request.method == "GET" and request.headers.get("HX-Request") == "true"
    if not by_itself and now - request.session.get(SEEN, 0.0) > NOTED_EVERY_S:
        request.session[SEEN] = now


def _speak(request: HttpRequest) -> None:
    if request.user.language:
        translation.activate(request.user.language)
        request.LANGUAGE_CODE = translation.get_language()
