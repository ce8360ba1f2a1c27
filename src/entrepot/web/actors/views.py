"""The pages of corrections: join an actor with another, part an actor, and all that was corrected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from entrepot.web.access import needs
from entrepot.web.actors import correcting, deeds
from entrepot.web.actors.deeds import JoinForm, PartForm, members_of, weighed_with
from entrepot.web.actors.models import Correction
from entrepot.web.discovery.models import Finding
from entrepot.web.pages import show
from entrepot.web.runs.models import Run

MOST_CUSTOMERS = 500


@dataclass(frozen=True)
class CorrectPage:
    """An actor, its customers with how each was linked, pairs that were weighed and found too light, and the form."""

    finding: Finding
    members: Sequence[Mapping[str, Any]]
    form: forms.Form
    weighed: Sequence[Mapping[str, Any]] = ()
    chosen: frozenset[str] = frozenset()


def _finding(number: int) -> Finding:
    return get_object_or_404(Finding.objects.select_related("run"), pk=number)


@require_http_methods(["GET", "HEAD", "POST"])
@needs("correct actors")
def join(request: HttpRequest, finding: int) -> HttpResponse:
    """Say that this actor and another are one."""
    here = _finding(finding)
    form = JoinForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and deeds.joined(here, form, by=request.user):
        messages.success(request, _("Recorded. The next run will take them as one."))
        return redirect("findings_corrections")
    members = members_of(here.run, "actor_id", [here.actor_id])
    weighed = weighed_with(here.run, [row["customer_id"] for row in members])
    page = CorrectPage(here, members[:MOST_CUSTOMERS], form, weighed)
    return show(request, "actors/join.html", page, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@needs("correct actors")
def part(request: HttpRequest, finding: int) -> HttpResponse:
    """Say that some customers of this actor are somebody else."""
    here = _finding(finding)
    form = PartForm(request.POST or None)
    members = members_of(here.run, "actor_id", [here.actor_id])
    chosen = frozenset(request.POST.getlist("customer")) & {row["customer_id"] for row in members}
    if request.method == "POST" and form.is_valid() and deeds.parted(here, chosen, form, by=request.user):
        messages.success(request, _("Recorded. The next run will take them apart."))
        return redirect("findings_corrections")
    page = CorrectPage(here, members[:MOST_CUSTOMERS], form, chosen=chosen)
    return show(request, "actors/part.html", page, status=422 if form.errors else 200)


@dataclass(frozen=True)
class Row:
    """A correction, with the codes of its actors and the run that obeyed it first."""

    correction: Correction
    codes: Sequence[str]
    read_by: Run | None


@require_safe
@needs("read findings")
def corrections(request: HttpRequest) -> HttpResponse:
    """All corrections, the latest first."""
    said = list(Correction.objects.select_related("by", "run").order_by("-at", "-pk")[:500])
    ids = {actor for each in said for actor in each.actors}
    codes = dict(Finding.objects.filter(actor_id__in=ids).order_by("run_id").values_list("actor_id", "code"))
    later = list(Run.objects.exclude(indexed_at=None).exclude(labels_until=None).order_by("labels_until"))
    rows = [
        Row(each, [codes.get(actor, actor) for actor in each.actors], _read_by(each, later)) for each in said
    ]
    return show(request, "actors/corrections.html", rows)


def _read_by(correction: Correction, runs: Sequence[Run]) -> Run | None:
    return next((run for run in runs if run.labels_until and run.labels_until >= correction.at), None)


@require_POST
@needs("correct actors")
def corrections_withdraw(request: HttpRequest, correction: int) -> HttpResponse:
    """Let later runs no longer read a correction."""
    correcting.withdraw(get_object_or_404(Correction, pk=correction), request.user)
    return redirect("findings_corrections")
