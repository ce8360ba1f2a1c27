"""Pages of what was seen outside the orders: the gallery, one observation with its history, and its form."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from entrepot.web.access import needs
from entrepot.web.discovery import observing_acts as acts
from entrepot.web.discovery import observing_files as files
from entrepot.web.discovery.informality import AUDIENCES, RULES, VIEWS
from entrepot.web.discovery.models import Observation
from entrepot.web.discovery.observing_actors import named
from entrepot.web.discovery.observing_forms import SENSITIVITIES, STEP_TITLES, FilterForm, ObservationForm
from entrepot.web.discovery.observing_gallery import VAULT, Tile, gallery, tile, visible
from entrepot.web.pages import show
from entrepot.web.people.models import Colleague
from entrepot.web.permissions import may
from entrepot.web.records.models import Body


@dataclass(frozen=True)
class Change:
    """One line of the history: when, by whom, what."""

    at: str
    by: str
    kind: str
    fields: Sequence[str]


@dataclass(frozen=True)
class One:
    """The page of one observation."""

    tile: Tile
    step: str | Promise
    sensitivity: str | Promise
    may_change: bool
    shows_source: bool
    rules: Sequence[str | Promise]
    legitimacy: Sequence[tuple[str | Promise, str | Promise]]
    history: Sequence[Change]


@dataclass(frozen=True)
class Filling:
    """The page of the form."""

    form: ObservationForm
    known: Observation | None


@require_safe
@needs("read findings")
def observations(request: HttpRequest) -> HttpResponse:
    """What was seen outside the orders, in four steps."""
    form = FilterForm(request.GET)
    page = gallery(
        form, colleague=request.user, today=timezone.localdate(), number=request.GET.get("page") or 1
    )
    return show(request, "observations/gallery.html", page)


@require_safe
@needs("read findings")
def one(request: HttpRequest, number: int) -> HttpResponse:
    """One observation: how one knows it, until when it is kept, and who changed it."""
    it, vault = _visible(request, number), may(request.user, VAULT)
    known = {a["actor_id"]: a for a in named([a.actor_id for a in it.actors.all()])}
    page = One(
        tile=tile(it, vault=vault, known=known),
        step=STEP_TITLES[it.step],
        sensitivity=SENSITIVITIES[it.sensitivity],
        may_change=may_change(request.user, it),
        shows_source=vault or not it.is_source_concealed,
        rules=[RULES[name] for name in it.rules_touched if name in RULES],
        legitimacy=[
            (AUDIENCES[a], VIEWS[v]) for a, v in it.legitimacy.items() if a in AUDIENCES and v in VIEWS
        ],
        history=_history(it) if vault or not it.is_source_concealed else [],
    )
    return show(request, "observations/one.html", page)


@require_http_methods(["GET", "HEAD", "POST"])
@needs("observe")
def add(request: HttpRequest) -> HttpResponse:
    """Write down what was seen."""
    if request.method != "POST":
        form = ObservationForm()
        form.initial["actors"] = request.GET.get("actor", "")[:60]
        return show(request, "observations/form.html", Filling(form, None))
    form = ObservationForm(request.POST, request.FILES)
    if not form.is_valid():
        return show(request, "observations/form.html", Filling(form, None), status=422)
    made = acts.add(form, by=request.user)
    messages.success(request, _("Written down."))
    return _after(request, made)


@require_http_methods(["GET", "HEAD", "POST"])
@needs("observe")
def change(request: HttpRequest, number: int) -> HttpResponse:
    """Change what was written."""
    it = _visible(request, number)
    if not may_change(request.user, it):
        raise Http404
    if request.method != "POST":
        return show(request, "observations/form.html", Filling(ObservationForm(known=it), it))
    form = ObservationForm(request.POST, request.FILES, known=it)
    if not form.is_valid():
        return show(request, "observations/form.html", Filling(form, it), status=422)
    changed = acts.change(form, by=request.user)
    messages.success(request, _("Changed."))
    return _after(request, changed)


@require_POST
@needs("observe")
def erase(request: HttpRequest, number: int) -> HttpResponse:
    """Delete an observation, its file, and what records say of it."""
    it = _visible(request, number)
    if not may_change(request.user, it):
        raise Http404
    acts.erase([it], by=request.user.mark, why="taken back")
    messages.success(request, _("Deleted."))
    return redirect("observations")


@require_safe
@needs("read findings")
def file(request: HttpRequest, number: int) -> HttpResponse:
    """The picture, shown; or the PDF, to be saved and never run here."""
    return handed_out(_visible(request, number), request.user)


def handed_out(it: Observation, colleague: Any) -> FileResponse:
    """The file of an observation that `colleague` may see; `Http404` where there is none to hand out."""
    if it.file is None or (it.is_source_concealed and not may(colleague, VAULT)):
        raise Http404
    path = files.where(it.file)
    if not path.is_file():
        raise Http404
    answer = FileResponse(
        path.open("rb"),
        as_attachment=not files.is_image(it.file),
        filename=f"observation-{it.pk}{path.suffix}",
        content_type=files.KINDS.get(path.suffix, "application/octet-stream"),
    )
    answer["Cache-Control"] = "private, no-store"
    return answer


def _visible(request: HttpRequest, number: int) -> Observation:
    return get_object_or_404(
        visible(request.user, today=timezone.localdate()).select_related("file", "by"), pk=number
    )


def may_change(colleague: Any, it: Observation) -> bool:
    """Who wrote it may, and who has the key of the vault; the source of a concealed one stays with them."""
    return may(colleague, "observe") and (it.by_id == colleague.pk or may(colleague, VAULT))


def _after(request: HttpRequest, it: Observation) -> HttpResponse:
    """To the observation, or to the gallery where it went into a vault that its author has no key of."""
    if it.sensitivity == "sensitive" and not may(request.user, VAULT):
        return redirect("observations")
    return redirect("observations_one", it.pk)


def _history(it: Observation) -> list[Change]:
    bodies = Body.objects.filter(about=acts.about(it)).select_related("record").order_by("record_id")
    names = {c.mark: str(c) for c in Colleague.objects.filter(pk__in=_numbers(bodies))}
    rows = []
    for body in bodies:
        said = json.loads(body.text or "{}")
        fields = [name.replace("_", " ").removeprefix("is ") for name in said.get("changed", [])]
        at, by = body.record.at[:16].replace("T", " "), body.record.by
        rows.append(Change(at, names.get(by, by), body.record.kind, fields))
    return rows


def _numbers(bodies: Any) -> list[int]:
    return [int(b.record.by.partition(":")[2]) for b in bodies if b.record.by.startswith("colleague:")]
