"""When something is wrong: a page, or problem+json for programs, that says what happened, to what, and what to do.

Nothing of the request is shown back but its number, by which the log line is found.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.db.utils import DataError, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import is_valid_path
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from entrepot import __version__
from entrepot.errors import InputError


@dataclass(frozen=True)
class Problem:
    """What a page of an error says."""

    status: int
    title: str | Promise
    detail: str | Promise
    do: str | Promise = ""


NOT_ALLOWED = Problem(
    403,
    _("You may not do this"),
    _("Your roles do not include it."),
    _("An administrator can give you the role."),
)
NOT_THERE = Problem(
    404, _("There is no such page"), _("It was moved, purged or never there."), _("Go back to the home page.")
)
STALE = Problem(
    403, _("This form is too old"), _("Nothing was saved."), _("Load the page again and repeat your entry.")
)
TOO_LARGE = Problem(
    413,
    _("This is too large"),
    _("Nothing was saved."),
    _("Send less at once, or give the server a path instead."),
)
WRONG_METHOD = Problem(
    405, _("This cannot be done here"), _("The address takes other methods."), _("Go back to the home page.")
)
UNREADABLE = Problem(
    400, _("The request cannot be read"), _("Nothing was saved."), _("Go back and try again.")
)
DATABASE_AWAY = Problem(
    503,
    _("The database does not answer"),
    _("Nothing was saved."),
    _("Try again in a minute; your entry is not lost."),
)
OUR_FAULT = Problem(
    500, _("Something went wrong on our side"), _("Nothing was saved."), _("Report it with the number below.")
)


def wants_json(request: HttpRequest) -> bool:
    """Whether a program asks."""
    return request.path.startswith("/api/") or "application/json" in request.headers.get("Accept", "")


def tell(request: HttpRequest, problem: Problem) -> HttpResponse:
    """`problem` as a page or as problem+json."""
    number = getattr(request, "number", "")
    if wants_json(request):
        return as_json(problem, number)
    return render(request, "problem.html", {"problem": problem, "number": number}, status=problem.status)


def as_json(problem: Problem, number: str = "", **more: Any) -> JsonResponse:
    """`problem` as RFC 9457 writes it."""
    said = {"type": "about:blank", "status": problem.status, "title": str(problem.title)}
    detail = " ".join(str(part) for part in (problem.detail, problem.do) if part)
    body = {**said, "detail": detail, "request": number, **more}
    return JsonResponse(body, status=problem.status, content_type="application/problem+json")


def of_mistakes(error: InputError, status: int = 422) -> Problem:
    """What the rooms say is wrong, every mistake."""
    return Problem(status, _("This cannot be used"), " ".join(str(mistake) for mistake in error.mistakes))


def not_allowed(request: HttpRequest, exception: Exception) -> HttpResponse:
    return tell(request, NOT_ALLOWED)


def not_there(request: HttpRequest, exception: Exception) -> HttpResponse:
    """What is not there is told so; where only a slash too many stands at the end, the way leads on."""
    path = request.path_info.rstrip("/")
    is_too_long = request.resolver_match is None and path not in ("", request.path_info)
    if request.method in ("GET", "HEAD") and is_too_long and is_valid_path(path):
        address, mark, query = request.get_full_path_info().partition("?")
        return HttpResponsePermanentRedirect(address.rstrip("/") + mark + query)
    return tell(request, NOT_THERE)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return tell(request, TOO_LARGE if isinstance(exception, RequestDataTooBig) else UNREADABLE)


def our_fault(request: HttpRequest) -> HttpResponse:
    import sys

    error = sys.exc_info()[1]
    if isinstance(error, OperationalError | InterfaceError) and not wants_json(request):
        return _without_database(request)
    return tell(request, DATABASE_AWAY if isinstance(error, OperationalError | InterfaceError) else OUR_FAULT)


def _without_database(request: HttpRequest) -> HttpResponse:
    """The page of a database that is away, which asks for nobody's name and roles: they are in the database."""
    said = {"problem": DATABASE_AWAY, "number": getattr(request, "number", ""), "version": __version__}
    return HttpResponse(render_to_string("problem.html", said), status=DATABASE_AWAY.status)


def stale_form(request: HttpRequest, reason: str = "") -> HttpResponse:
    return tell(request, STALE)


class WrongMethod:
    """A request with a method that an address does not take is told so, as anything else that is wrong."""

    def __init__(self, answer: Callable[[HttpRequest], HttpResponse]) -> None:
        self._answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self._answer(request)
        if response.status_code != WRONG_METHOD.status:
            return response
        told = tell(request, WRONG_METHOD)
        told["Allow"] = response.get("Allow", "")
        return told


class Unstorable:
    """What no database can hold is told so: a NUL sign in an address or a form, a number beyond all numbers."""

    def __init__(self, answer: Callable[[HttpRequest], HttpResponse]) -> None:
        self._answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "\0" in request.path_info:
            return tell(request, NOT_THERE)
        return tell(request, UNREADABLE) if "%00" in request.META["QUERY_STRING"] else self._answer(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        return tell(request, UNREADABLE) if isinstance(exception, DataError | OverflowError) else None
