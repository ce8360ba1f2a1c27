"""Everything that can go wrong in the API, said as problem+json (RFC 9457): what, to what, what to do.

What does not fit comes with `mistakes`, all of them, each with its place: those of the schema, and those that the form
of the page finds.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db.utils import InterfaceError, OperationalError
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from ninja import NinjaAPI, Schema
from ninja.errors import AuthenticationError, HttpError, Throttled, ValidationError

from entrepot.errors import InputError
from entrepot.web import failing
from entrepot.web.failing import Problem, as_json

NO_KEY = Problem(
    401, _("We do not know who asks"), _("The key is missing, revoked or past its day."), _("Send a key.")
)
UNREADABLE = Problem(
    400, _("The request cannot be read"), _("Its body is no JSON."), _("Mend it and send it again.")
)
WRONG = Problem(422, _("This cannot be used"), _("What was sent does not fit; see “mistakes”."))
TOO_OFTEN = Problem(
    429, _("Too many requests"), _("Nothing was done."), _("Wait for the seconds of Retry-After.")
)
OTHER_BODY = Problem(
    409, _("The key was used for something else"), _("Nothing was done."), _("Take another Idempotency-Key.")
)


ERASED = Problem(410, _("What was answered is erased"), _("A person asked to be erased."))


class Refused(Exception):
    """An operation ends with a problem."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem.title))
        self.problem = problem


class Unfit(Exception):
    """What was sent does not fit; `form` is the page's, with every mistake beside its field."""

    def __init__(
        self, form: Form, called: Mapping[str, str] | None = None, *, place: str = "body.given"
    ) -> None:
        super().__init__("it does not fit")
        named = called or {}
        self.mistakes = [
            {"where": f"{place}.{named.get(field, field)}".removesuffix(".__all__"), "what": str(message)}
            for field, messages in form.errors.items()
            for message in messages
        ]


def checked(form: Form, called: Mapping[str, str] | None = None, *, place: str = "body.given") -> Form:
    """`form` if it is valid; raises `Unfit`, with its fields as they are `called` by programs and where they stand."""
    if not form.is_valid():
        raise Unfit(form, called, place=place)
    return form


class Mistake(Schema):
    """One mistake: where, and what."""

    where: str
    what: str


class ProblemOut(Schema):
    """What every error says. `request` is the number under which the log has it."""

    type: str
    status: int
    title: str
    detail: str
    request: str
    mistakes: list[Mistake] | None = None


ERRORS = (400, 401, 403, 404, 409, 410, 411, 413, 422, 429, 503, 507)
"""What any operation may answer instead."""


def or_problem(shape: Any, status: int = 200) -> dict[int, Any]:
    """The answers of an operation: `shape` with `status`, or a problem."""
    return {status: shape, **dict.fromkeys(ERRORS, ProblemOut)}


def add_to(api: NinjaAPI) -> None:
    """Let `api` say every error so."""
    handlers: tuple[tuple[Any, Any], ...] = (
        (Refused, _refused), (Unfit, _unfit),
        (AuthenticationError, _unknown), (Throttled, _throttled), (HttpError, _http),
        (ValidationError, _invalid), (InputError, _input), (Http404, _not_there), (RequestDataTooBig, _too_big),
        (OperationalError, _away), (InterfaceError, _away),
    )  # fmt: skip
    for kind, handler in handlers:
        api.add_exception_handler(kind, handler)


def _told(request: HttpRequest, problem: Problem, **more: Any) -> HttpResponse:
    response = as_json(problem, getattr(request, "number", ""), **more)
    if problem.status == 401:
        response["WWW-Authenticate"] = "Bearer"
    return response


def _refused(request: HttpRequest, error: Refused) -> HttpResponse:
    return _told(request, error.problem)


def _unfit(request: HttpRequest, error: Unfit) -> HttpResponse:
    return _told(request, WRONG, mistakes=error.mistakes)


def _unknown(request: HttpRequest, error: Exception) -> HttpResponse:
    return _told(request, NO_KEY)


def _throttled(request: HttpRequest, error: Exception) -> HttpResponse:
    return _told(request, TOO_OFTEN)


def _http(request: HttpRequest, error: HttpError) -> HttpResponse:
    """The library raises this where a body cannot be read."""
    return _told(request, UNREADABLE)


def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    mistakes = [{"where": ".".join(map(str, each["loc"])), "what": each["msg"]} for each in error.errors]
    return _told(request, WRONG, mistakes=mistakes)


def _input(request: HttpRequest, error: InputError) -> HttpResponse:
    """What the rooms say, without the server's own folders."""
    ours = f"{settings.ENTREPOT.folder}"
    said = [(each.where, str(each)) for each in error.mistakes]
    mistakes = [{"where": where.replace(ours, ""), "what": what.replace(ours, "")} for where, what in said]
    return _told(request, WRONG, mistakes=mistakes)


def _not_there(request: HttpRequest, error: Exception) -> HttpResponse:
    return _told(request, failing.NOT_THERE)


def _too_big(request: HttpRequest, error: Exception) -> HttpResponse:
    return _told(request, failing.TOO_LARGE)


def _away(request: HttpRequest, error: Exception) -> HttpResponse:
    return _told(request, failing.DATABASE_AWAY)
