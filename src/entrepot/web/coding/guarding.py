"""The guard of testimony: besides the role that a page asks for, nobody who administers the server reads it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from entrepot.web.access import needs
from entrepot.web.failing import Problem, tell

ADMINISTRATOR = "administrator"
NOT_FOR_ADMINISTRATORS = Problem(
    403,
    _("Testimony is not for administrators"),
    _("Who can give themselves any role is shown nothing that people said in confidence."),
    _(
        "Under Colleagues, add an account with the role facilitator or analyst and without administrator, for somebody "
        "else or, where you work alone, a second one for yourself, and sign in with it. Or let another colleague be "
        "administrator, and give that role up."
    ),
)
View = Callable[..., HttpResponse]


def sees_testimony(colleague: Any) -> bool:
    """Whether a colleague may be shown what people said: who can give themselves any role is not."""
    return ADMINISTRATOR not in colleague.role_names


def testimony(action: str) -> Callable[[View], View]:
    """A page for those who may do `action` and do not administer the server; no browser keeps anything of it."""

    def wrap(page: View) -> View:
        @wraps(page)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not sees_testimony(request.user):
                return tell(request, NOT_FOR_ADMINISTRATORS)
            answer = page(request, *args, **kwargs)
            answer["Cache-Control"] = "private, no-store"
            return answer

        return needs(action)(guarded)

    return wrap
