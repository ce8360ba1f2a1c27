"""The data structure in three columns with live quotes, and what one does to it: make, move, rename, keep, exclude."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from entrepot.errors import InputError
from entrepot.sensemaking.coding import Choice, Code, misfits, structure
from entrepot.sensemaking.coding.structure import ABOVE, Concept, Dimension, Quote, Theme
from entrepot.web.coding import acting
from entrepot.web.coding.forms import NewCode
from entrepot.web.coding.guarding import testimony
from entrepot.web.coding.models import Study
from entrepot.web.coding.storing import Loaded
from entrepot.web.coding.study_views import loaded, mistakes_of, row_of_study
from entrepot.web.pages import show

MOST_QUOTES = 8
RENAMED = ("name", "description")


@dataclass(frozen=True)
class ShownQuote:
    """A quote that can be followed to its text; `hidden` says why its words are not shown: sealed, restricted."""

    it: Quote
    number: int
    hidden: str


@dataclass(frozen=True)
class ShownConcept:
    """A concept with its row and quotes, and the themes that it may go to."""

    number: int
    it: Concept
    quotes: Sequence[ShownQuote]
    more: int  # quotes that are not shown


@dataclass(frozen=True)
class ShownTheme:
    """A theme with its row, or what waits for one."""

    number: int | None
    it: Theme
    concepts: Sequence[ShownConcept]


@dataclass(frozen=True)
class ShownDimension:
    """A dimension with its row, or what waits for one."""

    number: int | None
    it: Dimension
    themes: Sequence[ShownTheme]


@dataclass(frozen=True)
class LeftOut:
    """A concept that was excluded."""

    number: int
    it: Code
    reason: str


@dataclass(frozen=True)
class StructurePage:
    """The page."""

    row: Study
    tab: str
    sentence: str
    dimensions: Sequence[ShownDimension]
    reconstruction: bool
    left_out: Sequence[LeftOut]
    misfits: Sequence[str]
    themes: Sequence[Code]
    tops: Sequence[Code]
    form: NewCode


@require_safe
@testimony("code testimony")
def coding_structure(request: HttpRequest, study: int) -> HttpResponse:
    """Concepts, themes and dimensions, side by side."""
    it = loaded(request, study)
    return _show(request, it, NewCode(parents=_parents(it)))


def _show(request: HttpRequest, it: Loaded, form: NewCode, status: int = 200) -> HttpResponse:
    found = structure(it.study, most=MOST_QUOTES)
    reasons = {each.code: each.reason for each in it.study.choices}
    page = StructurePage(
        row=it.row, tab="structure", sentence=_sentence(it), reconstruction=found.reconstruction,
        dimensions=[_dimension(it, each) for each in found.dimensions],
        left_out=[LeftOut(it.number("codes", each.code), each, reasons[each.code]) for each in found.left_out],
        misfits=[each.what for each in misfits(it.study)],
        themes=[each for each in it.study.codes if each.level == "theme"],
        tops=[each for each in it.study.codes if each.level == "dimension"], form=form,
    )  # fmt: skip
    return show(request, "coding/structure.html", page, status=status)


def _sentence(it: Loaded) -> str:
    counts = {
        level: sum(each.level == level for each in it.study.codes)
        for level in ("concept", "theme", "dimension")
    }
    if not any(counts.values()):
        return _("No codes yet: make one below, or select words in a text")
    return _("%(concepts)s in %(themes)s under %(dimensions)s") % {
        "concepts": ngettext("%(n)s concept", "%(n)s concepts", counts["concept"]) % {"n": counts["concept"]},
        "themes": ngettext("%(n)s theme", "%(n)s themes", counts["theme"]) % {"n": counts["theme"]},
        "dimensions": ngettext("%(n)s dimension", "%(n)s dimensions", counts["dimension"])
        % {"n": counts["dimension"]},
    }


def _dimension(it: Loaded, each: Dimension) -> ShownDimension:
    number = it.number("codes", each.code.code) if each.code else None
    return ShownDimension(number, each, [_theme(it, theme) for theme in each.themes])


def _theme(it: Loaded, each: Theme) -> ShownTheme:
    number = it.number("codes", each.code.code) if each.code else None
    return ShownTheme(number, each, [_concept(it, concept) for concept in each.concepts])


def _concept(it: Loaded, each: Concept) -> ShownConcept:
    quotes = [
        ShownQuote(
            quote,
            it.number("sources", quote.source),
            it.study.source(quote.source).sensitivity if quote.source in it.hidden else "",
        )
        for quote in each.quotes
    ]
    return ShownConcept(it.number("codes", each.code.code), each, quotes, each.counts.segments - len(quotes))


def _parents(it: Loaded) -> list[tuple[str, str]]:
    return [(each.code, each.name or each.code) for each in it.study.codes if each.level != "concept"]


@require_POST
@testimony("code testimony")
def coding_code_new(request: HttpRequest, study: int) -> HttpResponse:
    """A new code."""
    it = loaded(request, study)
    form = NewCode(request.POST, parents=_parents(it))
    if not form.is_valid():
        return _show(request, it, form, status=422)
    said = form.cleaned_data
    made = Code(f"C-{uuid.uuid4().hex[:10]}", said["name"], said["level"], said["parent"], step=said["step"])
    levels = {each.code: each.level for each in it.study.codes}
    if made.parent and levels[made.parent] not in ABOVE[made.level]:
        form.add_error("parent", _("A concept stands under a theme, a theme under a dimension."))
        return _show(request, it, form, status=422)
    acting.add_code(study, made, by=request.user)
    messages.success(request, _("Made."))
    return redirect("coding_structure", study)


@require_POST
@testimony("code testimony")
def coding_code_change(request: HttpRequest, study: int, row: int) -> HttpResponse:
    """Move or rename a code; the reason and what it was stay in its history."""
    code = str(row_of_study(study, "codes", row).key)
    what = request.POST.get("what", "")
    if what not in (*RENAMED, "parent"):
        raise PermissionDenied(what)
    said = request.POST
    try:
        acting.change_code(study, code, what, said.get("now", ""), said.get("why", ""), by=request.user)
    except InputError as error:
        mistakes_of(request, error)
    return redirect(f"{_there(study)}#code-{row}")


def _there(study: int) -> str:
    return reverse("coding_structure", args=[study])


@require_POST
@testimony("code testimony")
def coding_code_decide(request: HttpRequest, study: int, row: int) -> HttpResponse:
    """Keep or exclude a concept; the reason stays in the exclusion log."""
    code = str(row_of_study(study, "codes", row).key)
    decision = request.POST.get("decision", "")
    if decision not in ("kept", "excluded"):
        raise PermissionDenied(decision)
    choice = Choice(
        code, decision, request.POST.get("why", "").strip()[:500], request.user.mark, acting.now_as_moment()
    )
    try:
        acting.decide(study, choice, by=request.user)
    except InputError as error:
        mistakes_of(request, error)
    return redirect(f"{_there(study)}#code-{row}")
