"""Home: the firm's headline, and what waits for whoever looks. And the colours, from the one theme file."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from entrepot.report.theme import style_sheet
from entrepot.web.access import needs, open_to_all
from entrepot.web.pages import show
from entrepot.web.runs.models import Run


@dataclass(frozen=True)
class Waiting:
    """Something that waits for whoever looks: how many, of what, and where to go."""

    number: int
    what: str
    address: str


@dataclass(frozen=True)
class Home:
    """The home page. `run` is None before the first run is whole."""

    run: Run | None
    waiting: list[Waiting]


@require_safe
@needs("be here")
def home(request: HttpRequest) -> HttpResponse:
    """What needs me today, and the firm's headline."""
    return show(request, "home.html", Home(Run.current(), []))


@cache
def _theme() -> str:
    return style_sheet()


@require_safe
@open_to_all
@cache_control(max_age=3600, public=True)
def theme(request: HttpRequest) -> HttpResponse:
    """The colours of report and web, as one style sheet."""
    return HttpResponse(_theme(), content_type="text/css")
