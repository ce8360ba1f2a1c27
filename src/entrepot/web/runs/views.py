"""The pages of runs: history, asking for one, how far it is, what came of it, and two side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from entrepot.errors import InputError
from entrepot.web.access import needs
from entrepot.web.failing import Problem, of_mistakes, tell
from entrepot.web.pages import show
from entrepot.web.permissions import may
from entrepot.web.records.models import append
from entrepot.web.runs import comparing, queue, serving, steps
from entrepot.web.runs.models import DONE, RUNNING, WAITING, Run

AT_A_TIME = 25
MOST_COMPARED = 30
SHOWN_PAIRS = 100


@dataclass(frozen=True)
class History:
    """All runs, newest first. `open` are those that wait or are at work; `pair` are the two latest to compare."""

    runs: Page
    open: Sequence[Run]
    pair: Sequence[Run]
    total: int


@dataclass(frozen=True)
class Progress:
    """How far a run is that is not over."""

    run: Run
    steps: Sequence[steps.Step]
    percent: int
    ahead: int


@dataclass(frozen=True)
class Whole:
    """A run that is there: what it says of itself, its tables, and runs to compare it with."""

    run: Run
    record: dict[str, Any]
    downloads: Sequence[serving.Download]
    quarantine: Sequence[tuple[str, int, str]]
    others: Sequence[Run]
    progress: Progress


@dataclass(frozen=True)
class Compared:
    """Two runs side by side."""

    earlier: Run
    later: Run
    found: comparing.Comparison
    lists: Sequence[Listing]
    others: Sequence[Run]


@dataclass(frozen=True)
class Listing:
    """One list of the comparison: `rows` are the first with the address of each, `total` how many there are."""

    name: str
    title: str
    rows: Sequence[tuple[comparing.Pair, str]]
    total: int


@require_safe
@needs("read findings")
def history(request: HttpRequest) -> HttpResponse:
    """Every run: who asked, when, how long it took, what came out."""
    runs = Run.objects.select_related("by")
    page = Paginator(runs, AT_A_TIME).get_page(request.GET.get("page"))
    whole = list(runs.filter(state=DONE).order_by("-ended_at", "-pk")[:2])
    waiting = list(runs.filter(state__in=(WAITING, RUNNING)))
    return show(request, "runs/history.html", History(page, waiting, whole, page.paginator.count))


def found(name: str) -> Run:
    run: Run = get_object_or_404(Run.objects.select_related("by", "previous"), name=name)
    return run


def progress_of(run: Run) -> Progress:
    ahead = queue.ahead_of(run) if run.state == WAITING else 0
    return Progress(run, steps.shown(run), steps.done_of_100(run), ahead)


@require_safe
@needs("read findings")
def run(request: HttpRequest, name: str) -> HttpResponse:
    """One run: at work, over without a result, gone, or whole."""
    it = found(name)
    if it.state != DONE:
        return show(request, "runs/progress.html", progress_of(it))
    if not it.is_there:
        return show(request, "runs/gone.html", progress_of(it), status=410)
    given = [each for each in serving.downloads(it) if may(request.user, each.needs)]
    page = Whole(it, dict(it.folder.record), given, _quarantine(it), _others(it), progress_of(it))
    return show(request, "runs/run.html", page)


def _others(it: Run) -> list[Run]:
    """Whole runs to compare with, the one before first."""
    rest = Run.objects.filter(state=DONE).exclude(pk=it.pk).order_by("-ended_at", "-pk")[:MOST_COMPARED]
    return sorted((each for each in rest if each.is_there), key=lambda each: each.pk != it.previous_id)


def _quarantine(it: Run) -> list[tuple[str, int, str]]:
    """Why rows could not be used, how many, and one place each."""
    if "quarantine" not in it.folder.tables:
        return []
    import pyarrow.parquet as pq

    rows = pq.read_table(it.path / "quarantine.parquet", columns=["reason", "file", "line"])
    counted = rows.group_by("reason").aggregate([("line", "count"), ("line", "min")]).to_pylist()
    return sorted(
        (
            (r["reason"], r["line_count"], str(r["line_min"] if r["line_min"] is not None else ""))
            for r in counted
        ),
        key=lambda row: -row[1],
    )


@require_safe
@needs("read findings")
def progress(request: HttpRequest, name: str) -> HttpResponse:
    """How far a run is, as the part of the page that is asked for again and again; the whole page when it is over."""
    it = found(name)
    if it.is_over:
        response = HttpResponse(status=204)
        response["HX-Refresh"] = "true"
        return response
    return show(request, "runs/progress_part.html", progress_of(it))


@require_POST
@needs("start runs")
def cancel(request: HttpRequest, name: str) -> HttpResponse:
    """Stop a run that waits or is at work."""
    it = found(name)
    if queue.cancel(it, by=request.user):
        messages.success(request, _("Run %(name)s is being stopped; nothing of it is kept.") % {"name": name})
    else:
        messages.warning(request, _("Run %(name)s was over already; nothing was changed.") % {"name": name})
    return redirect("runs_run", name)


@require_POST
@needs("start runs")
def again(request: HttpRequest, name: str) -> HttpResponse:
    """Ask again for a run that failed or was cancelled, as it was asked for."""
    it = found(name)
    if not queue.again(it, by=request.user):
        messages.warning(request, _("Run %(name)s is not over, or it is whole.") % {"name": name})
    return redirect("runs_run", name)


@require_safe
@needs("read findings")
def report(request: HttpRequest, name: str) -> HttpResponse:
    """The report of a run, in a sandbox of its own."""
    return serving.report(_there(name)) or tell(request, GONE)


@require_safe
@needs("read findings")
def table(request: HttpRequest, name: str, table: str) -> HttpResponse:
    """One table of a run as CSV, or as Parquet with `?as=parquet`."""
    it = _there(name)
    needed = serving.needed_for(table)
    if needed is None or table not in it.folder.tables:
        raise Http404
    if not may(request.user, needed):
        from django.core.exceptions import PermissionDenied

        raise PermissionDenied(needed)
    if needed == serving.NAMES:
        _note(request, it, table)
    return serving.parquet(it, table) if request.GET.get("as") == "parquet" else serving.as_csv(it, table)


def _note(request: HttpRequest, it: Run, table: str) -> None:
    """Who takes a table that names customers stands in the records."""
    from django.db import transaction

    with transaction.atomic():
        append("table taken", by=request.user.mark, body={"run": it.name, "table": table})


def _there(name: str) -> Run:
    it = found(name)
    if it.state != DONE or not it.is_there:
        raise Http404
    return it


@require_safe
@needs("read findings")
def compare(request: HttpRequest) -> HttpResponse:
    """Two runs: `was` and `now` in the query."""
    try:
        earlier, later = comparing.in_order(
            found(request.GET.get("was", "")), found(request.GET.get("now", ""))
        )
        told = comparing.compare(earlier, later)
    except comparing.NotComparable as error:
        return tell(request, error.problem)
    except InputError as error:
        return tell(request, of_mistakes(error))
    return show(
        request,
        "runs/compare.html",
        Compared(earlier, later, told, _lists(told, earlier, later), _others(later)),
    )


def _lists(told: comparing.Comparison, earlier: Run, later: Run) -> list[Listing]:
    named = (
        ("new", _("New on the list"), told.new),
        ("gone", _("No longer on the list"), told.gone),
        ("kind", _("Another kind"), told.kind),
        ("evidence", _("Evidence ten times stronger or weaker"), told.evidence),
    )
    return [
        Listing(
            name,
            title,
            [
                (pair, address_of(earlier if name == "gone" else later, pair.actor_id))
                for pair in rows[:SHOWN_PAIRS]
            ],
            len(rows),
        )
        for name, title, rows in named
    ]


def address_of(run: Run, actor_id: str) -> str:
    """Where the page of an actor is; empty where there is none."""
    try:
        return reverse("findings_actor", args=[run.name, actor_id])
    except NoReverseMatch:
        return ""


GONE = Problem(410, "This run is not there any more", "Its folder was purged, or removed on the server.",
               "Look at another run.")  # fmt: skip
