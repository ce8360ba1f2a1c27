"""Home: the firm's headline, and what waits for whoever looks. And the colours, from the one theme file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from entrepot.report.depend import depend
from entrepot.report.depend_figures import share_figure
from entrepot.report.depend_words import share_sentence
from entrepot.report.reading import read_run
from entrepot.report.theme import style_sheet
from entrepot.web.access import needs, open_to_all
from entrepot.web.discovery.actor import UNREADABLE
from entrepot.web.discovery.pictures import Drawn, Kept
from entrepot.web.pages import show
from entrepot.web.permissions import may
from entrepot.web.runs.models import Run
from entrepot.web.waiting import New, Waiting, new_of, waiting_for


@dataclass(frozen=True)
class Hangs:
    """How much hangs on customer-entrepreneurs: the sentence, and the share over time."""

    sentence: str
    share: Drawn | None


@dataclass(frozen=True)
class Home:
    """The home page. `run` is None before the first run is whole; `reads` is whether findings may be read."""

    run: Run | None
    reads: bool
    waiting: Sequence[Waiting]
    new: New | None
    hangs: Hangs | None


@require_safe
@needs("be here")
def home(request: HttpRequest) -> HttpResponse:
    """What needs me today, and the firm's headline."""
    run, reads = Run.current(), may(request.user, "read findings")
    page = Home(
        run=run,
        reads=reads,
        waiting=waiting_for(request.user),
        new=new_of(run) if run and reads else None,
        hangs=hangs_of(run) if run and reads else None,
    )
    return show(request, "home.html", page)


def hangs_of(run: Run) -> Hangs | None:
    """What the measures of interdependence say of `run`; None where they were not made or cannot be read."""
    measured = run.path / "interdependence" / "shares.parquet"
    return _hangs(run.pk, measured.stat().st_mtime) if measured.is_file() else None


@lru_cache(maxsize=8)
def _hangs(key: int, measured_at: float) -> Hangs | None:
    run = Run.objects.get(pk=key)
    try:
        measures = depend(read_run(run.path))
    except UNREADABLE:
        return None
    if measures is None:
        return None
    kept = Kept.of(run, f"share {measured_at:.0f}")
    return Hangs(share_sentence(measures), kept.drawn("share", share_figure(measures)))


@cache
def _theme() -> str:
    return style_sheet()


@require_safe
@open_to_all
@cache_control(max_age=3600, public=True)
def theme(request: HttpRequest) -> HttpResponse:
    """The colours of report and web, as one style sheet."""
    return HttpResponse(_theme(), content_type="text/css")
