"""What holds a study: replication, agreement of coders, member checks, validity, the logs, and the paper's tables."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_POST, require_safe

from entrepot.errors import InputError
from entrepot.sensemaking.coding import (
    Check,
    Choice,
    Discrepancy,
    Intervention,
    Lens,
    Precedence,
    Replication,
    Revision,
    Round,
    Sampling,
    Scope,
    reliability,
    replication,
    rounds,
    table_2,
    table_3,
    validity,
)
from entrepot.sensemaking.coding.paper_tables import Description, Shown
from entrepot.sensemaking.coding.validity import Point
from entrepot.sensemaking.moments import UNKNOWN
from entrepot.web.coding import acting
from entrepot.web.coding.forms import CheckForm, InterventionForm, LensForm, PrecedenceForm
from entrepot.web.coding.guarding import testimony
from entrepot.web.coding.models import Study
from entrepot.web.coding.storing import Loaded
from entrepot.web.coding.study_views import loaded, mistakes_of
from entrepot.web.pages import show

MEASURES: Mapping[str, str | Promise] = {"kappa": lazy("κ of two"), "alpha": lazy("α of all")}


@dataclass(frozen=True)
class Agreeing:
    """One line of agreement in words."""

    code: str
    measure: str | Promise
    coders: str
    value: str
    between: str
    characters: int
    sources: int


@dataclass(frozen=True)
class Evidence:
    """The page of what holds a study."""

    row: Study
    tab: str
    sentence: str
    points: Sequence[Point]
    replication: Sequence[Replication]
    agreement: Sequence[Agreeing]
    hidden: int
    rounds: Sequence[Round]
    checks: Sequence[Check]
    choices: Sequence[tuple[str, str, Choice]]
    revisions: Sequence[tuple[str, str, Revision]]
    lenses: Sequence[Lens]
    sequence: Sequence[tuple[str, str, Precedence]]
    interventions: Sequence[Intervention]
    sampling: Sequence[Sampling]
    discrepancies: Sequence[Discrepancy]
    scope: Sequence[Scope]
    forms: Mapping[str, forms.Form]


@dataclass(frozen=True)
class Tables:
    """The page of the paper's tables."""

    row: Study
    tab: str
    sentence: str
    data: Description
    sensemaking: Sequence[tuple[str, Sequence[Shown]]]


@require_safe
@testimony("code testimony")
def coding_evidence(request: HttpRequest, study: int) -> HttpResponse:
    """What holds a study, and what does not yet."""
    it = loaded(request, study)
    return _show(request, it, note_forms(it))


def _show(
    request: HttpRequest, it: Loaded, filled: Mapping[str, forms.Form], status: int = 200
) -> HttpResponse:
    study = it.study
    points = it.once("validity", lambda: validity(study))
    names = {each.code: each.name or each.code for each in study.codes}
    coders = {each.coder: each.name or each.coder for each in study.coders}
    met = sum(point.met for point in points)
    page = Evidence(
        row=it.row, tab="evidence",
        sentence=_("%(met)s of %(all)s points that make findings valid are met") % {"met": met, "all": len(points)},
        points=points, replication=it.once("replication", lambda: replication(study)),
        agreement=_agreement(it, names, coders), hidden=len(it.hidden),
        rounds=rounds(study), checks=study.checks,
        choices=[(names.get(c.code, c.code), coders.get(c.by, c.by), c) for c in reversed(study.choices)],
        revisions=[
            (names.get(r.code, r.code), coders.get(r.by, r.by), _named(r, names)) for r in reversed(study.revisions)
        ],
        lenses=study.lenses,
        sequence=[(names.get(each.before, ""), names.get(each.after, ""), each) for each in study.sequence],
        interventions=study.interventions, sampling=study.sampling, discrepancies=study.discrepancies,
        scope=study.scope,
        forms=filled,
    )  # fmt: skip
    return show(request, "coding/evidence.html", page, status=status)


def _named(revision: Revision, names: Mapping[str, str]) -> Revision:
    if revision.what != "parent":
        return revision
    return replace(
        revision, was=names.get(revision.was, revision.was), now=names.get(revision.now, revision.now)
    )


def _agreement(it: Loaded, names: Mapping[str, str], coders: Mapping[str, str]) -> list[Agreeing]:
    """Overall first: it is what one asks for; then code by code."""
    found = it.once("agreement", lambda: reliability(it.study))
    return [
        Agreeing(
            names.get(each.code, "") or "", MEASURES[each.measure], ", ".join(coders.get(c, c) for c in each.coders),
            _("cannot tell") if math.isnan(each.value) else _signed(each.value),
            "" if math.isnan(each.low) else f"{_signed(each.low)} – {_signed(each.high)}", each.characters,
            each.sources,
        )
        for each in sorted(found, key=lambda each: bool(each.code))
    ]  # fmt: skip


def _signed(value: float) -> str:
    return f"{value:.2f}".replace("-", "−")


def note_forms(it: Loaded, given: Any = None, table: str = "") -> dict[str, forms.Form]:
    """The forms of the logs by their tables; that of `table` holds what was `given`."""
    codes = [(each.code, each.name or each.code) for each in it.study.codes if each.level != "concept"]
    groups = [(each.group, each.group) for each in it.study.groups]
    people = [(each.informant, f"{each.informant} {each.role}".strip()) for each in it.study.informants]

    def of(name: str) -> Any:
        return given if name == table else None

    return {
        "checks": CheckForm(of("checks"), informants=people), "lenses": LensForm(of("lenses")),
        "sequence": PrecedenceForm(of("sequence"), codes=codes),
        "interventions": InterventionForm(of("interventions"), groups=groups),
    }  # fmt: skip


@require_POST
@testimony("code testimony")
def coding_note(request: HttpRequest, study: int, table: str) -> HttpResponse:
    """A new row in one of the logs. A theory, or an informant in a round, said again takes the place of the old."""
    it = loaded(request, study)
    filled = note_forms(it, request.POST, table)
    if table not in filled:
        raise Http404
    form = filled[table]
    if not form.is_valid():
        return _show(request, it, filled, status=422)
    made, before = noted(table, form.cleaned_data, it, by=request.user.mark)
    try:
        acting.note(study, table, made, by=request.user, instead_of=before)
    except InputError as error:
        mistakes_of(request, error)
    else:
        messages.success(request, _("Noted."))
    return redirect("coding_evidence", study)


def noted(table: str, said: Mapping[str, Any], it: Loaded, *, by: str) -> tuple[Any, Any]:
    """The row that a form says, and the one that it takes the place of."""
    now = acting.now_as_moment()
    if table == "checks":
        made = Check(**said)
        same = [
            each
            for each in it.study.checks
            if (each.round, each.informant, each.about) == (made.round, made.informant, made.about)
        ]
        return made, same[0] if same else None
    if table == "lenses":
        known = next((each for each in it.study.lenses if each.lens == said["lens"]), None)
        tried = known.tried_at if known else now
        return Lens(**said, tried_at=tried, by=by, dropped_at=now if said["dropped"] else UNKNOWN), known
    if table == "sequence":
        return Precedence(**said, by=by, at=now), None
    number = len(it.study.interventions) + 1
    return Intervention(intervention=f"I-{number}-{now.text}", **said), None


@require_safe
@testimony("code testimony")
def coding_tables(request: HttpRequest, study: int) -> HttpResponse:
    """Tables 2 and 3 of the paper, made from this study."""
    it = loaded(request, study)
    data = table_2(it.study)
    cells: dict[str, list[Shown]] = {}
    for each in table_3(it.study, called(it)):
        cells.setdefault(each.case, []).append(each)
    sentence = _("%(interviews)s interviews with %(informants)s informants") % {
        "interviews": data.interviews, "informants": data.informants,
    }  # fmt: skip
    return show(request, "coding/tables.html", Tables(it.row, "tables", sentence, data, list(cells.items())))


def called(it: Loaded) -> dict[str, tuple[str, str]]:
    """What integration and account of the paper's own cases are called by its acts; nothing for any other study."""
    from entrepot.sensemaking import make_sense, read_acts, read_assessments
    from entrepot.sensemaking.cases import CASES

    if not it.study.codes or not all(each.reconstruction for each in it.study.codes):
        return {}
    cases = {each.case for each in it.study.groups if each.case}
    found = make_sense(read_assessments(CASES["assessments"]), read_acts(CASES["acts"]))
    return {
        each.question: (each.interpretation.integration, each.interpretation.account)
        for each in found
        if each.question in cases
    }
