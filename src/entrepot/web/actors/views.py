"""The pages of corrections: join an actor with another, part an actor, and all that was corrected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from entrepot.web.access import needs
from entrepot.web.actors import correcting
from entrepot.web.actors.models import Correction
from entrepot.web.discovery.models import Finding
from entrepot.web.pages import show
from entrepot.web.runs.models import Run

MOST_CUSTOMERS, MOST_WEIGHED = 500, 20


class JoinForm(forms.Form):
    """Which actor it is joined with, how, and why."""

    other = forms.CharField(
        max_length=200, label=gettext_lazy("The other actor: its code, or one of its customers")
    )
    joins = forms.ChoiceField(
        choices=[
            ("actor", gettext_lazy("several persons who act together")),
            ("person", gettext_lazy("one person, or one household")),
        ],
        initial="actor",
        label=gettext_lazy("Together they are"),
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(max_length=500, label=gettext_lazy("Why? Without names"))


class PartForm(forms.Form):
    """Which customers are somebody else, and why."""

    reason = forms.CharField(max_length=500, label=gettext_lazy("Why? Without names"))


@dataclass(frozen=True)
class CorrectPage:
    """An actor, its customers with how each was linked, pairs that were weighed and found too light, and the form."""

    finding: Finding
    members: Sequence[Mapping[str, Any]]
    form: forms.Form
    weighed: Sequence[Mapping[str, Any]] = ()
    chosen: frozenset[str] = frozenset()


def members_of(run: Run, by: str, names: Sequence[str]) -> list[dict[str, Any]]:
    """The rows of the run's actors whose column `by` is in `names`, by customer; none where the run is gone."""
    path = run.path / "actors.parquet"
    if not path.is_file():
        return []
    rows = pq.read_table(path, filters=pc.field(by).isin(pa.array(names, pa.string()))).to_pylist()
    return sorted(rows, key=lambda row: row["customer_id"])


def weighed_with(run: Run, customers: Sequence[str]) -> list[dict[str, Any]]:
    """Links of `customers` that were found too light to join anybody, the strongest first."""
    path = run.path / "links.parquet"
    if not path.is_file():
        return []
    ends = pa.array(customers, pa.string())
    either = pc.field("customer_a").isin(ends) | pc.field("customer_b").isin(ends)
    rows = pq.read_table(path, filters=either & ~pc.field("used")).to_pylist()
    rows.sort(key=lambda row: (-row["probability"], row["customer_a"], row["customer_b"]))
    own = set(customers)
    return [
        {**row, "other": row["customer_b"] if row["customer_a"] in own else row["customer_a"]}
        for row in rows[:MOST_WEIGHED]
    ]


def _finding(number: int) -> Finding:
    return get_object_or_404(Finding.objects.select_related("run"), pk=number)


@require_http_methods(["GET", "HEAD", "POST"])
@needs("correct actors")
def join(request: HttpRequest, finding: int) -> HttpResponse:
    """Say that this actor and another are one."""
    here = _finding(finding)
    form = JoinForm(request.POST or None)
    members = members_of(here.run, "actor_id", [here.actor_id])
    if request.method == "POST" and form.is_valid():
        other = _other(here, form.cleaned_data["other"].strip())
        if other is None:
            form.add_error("other", _("This run knows no other actor by that code or customer."))
        else:
            return _joined(request, here, members, other, form.cleaned_data)
    weighed = weighed_with(here.run, [row["customer_id"] for row in members])
    page = CorrectPage(here, members[:MOST_CUSTOMERS], form, weighed)
    return show(request, "actors/join.html", page, status=422 if form.errors else 200)


def _other(here: Finding, named: str) -> str | None:
    """The id of the actor that `named` means: by code, by id, by customer; None for itself or nobody."""
    found = here.run.findings.filter(code__iexact=named).first()
    if found is not None:
        actor = found.actor_id
    elif members_of(here.run, "actor_id", [named]):
        actor = named
    else:
        rows = members_of(here.run, "customer_id", [named])
        actor = rows[0]["actor_id"] if rows else ""
    return actor if actor and actor != here.actor_id else None


def _joined(
    request: HttpRequest, here: Finding, members: Sequence[Mapping[str, Any]], other: str, said: Mapping[str, str]
) -> HttpResponse:  # fmt: skip
    theirs = members_of(here.run, "actor_id", [other])
    groups = [[row["customer_id"] for row in rows] for rows in (members, theirs)]
    correcting.join(
        here.run, [here.actor_id, other], groups, joins=said["joins"], reason=said["reason"], by=request.user
    )
    messages.success(request, _("Recorded. The next run will take them as one."))
    return redirect("findings_corrections")


@require_http_methods(["GET", "HEAD", "POST"])
@needs("correct actors")
def part(request: HttpRequest, finding: int) -> HttpResponse:
    """Say that some customers of this actor are somebody else."""
    here = _finding(finding)
    form = PartForm(request.POST or None)
    members = members_of(here.run, "actor_id", [here.actor_id])
    customers = {row["customer_id"] for row in members}
    chosen = frozenset(request.POST.getlist("customer")) & customers
    if request.method == "POST" and form.is_valid():
        if chosen and chosen != customers:
            groups = [sorted(customers - chosen), sorted(chosen)]
            correcting.part(
                here.run, here.actor_id, groups, reason=form.cleaned_data["reason"], by=request.user
            )
            messages.success(request, _("Recorded. The next run will take them apart."))
            return redirect("findings_corrections")
        form.add_error(None, _("Choose some of the customers, not none and not all."))
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
