"""Pages of studies: all of them, one with its texts and people, and what leaves the house."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from django.contrib import messages
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from entrepot.errors import InputError
from entrepot.sensemaking.cases import STUDY
from entrepot.sensemaking.coding import (
    Informant,
    Source,
    read_exchange,
    read_study,
    replication,
    text_of,
    write_exchange,
)
from entrepot.sensemaking.coding.study import Study as Coded
from entrepot.web.coding import acting
from entrepot.web.coding.forms import KIND_NAMES, NewSource, NewStudy
from entrepot.web.coding.guarding import testimony
from entrepot.web.coding.handing_out import archive
from entrepot.web.coding.models import Row, Study
from entrepot.web.coding.storing import Loaded, load
from entrepot.web.coding.withdrawing import Going, going
from entrepot.web.pages import show

EXPORTS = ("qdpx", "qdc")


@dataclass(frozen=True)
class Line:
    """A study in the list."""

    row: Study
    sources: int
    segments: int


@dataclass(frozen=True)
class Studies:
    """The page of all studies."""

    lines: Sequence[Line]
    form: NewStudy


@dataclass(frozen=True)
class OneSource:
    """A source in the list of a study; `hidden` where its words are in the vault and not open."""

    number: int
    it: Source
    kind: Any
    segments: int
    has_text: bool
    hidden: bool


@dataclass(frozen=True)
class OneStudy:
    """The page of a study."""

    row: Study
    tab: str
    sentence: str
    texts: Sequence[OneSource]
    others: Sequence[OneSource]
    form: NewSource
    groups: Sequence[str]


@dataclass(frozen=True)
class Person:
    """An informant with their number, and in how many sources they speak."""

    number: int
    it: Informant
    sources: int


@dataclass(frozen=True)
class Withdrawing:
    """The page that says what goes before it goes."""

    row: Study
    tab: str
    number: int
    going: Going


@dataclass(frozen=True)
class People:
    """The page of who spoke."""

    row: Study
    tab: str
    people: Sequence[Person]


def mistakes_of(request: HttpRequest, error: InputError) -> None:
    """Say what is wrong, every mistake."""
    for mistake in error.mistakes:
        messages.error(request, str(mistake))


def loaded(request: HttpRequest, study: int) -> Loaded:
    """The study of an address, as whoever asks may read it."""
    return load(get_object_or_404(Study, pk=study), request.user)


def row_of_study(study: int, table: str, row: int) -> Row:
    """The row of an address."""
    return get_object_or_404(Row, pk=row, study_id=study, table=table)


@require_safe
@testimony("keep consent")
def coding(request: HttpRequest) -> HttpResponse:
    """All studies."""
    return _studies(request, NewStudy())


def _studies(request: HttpRequest, form: NewStudy, status: int = 200) -> HttpResponse:
    def number(table: str) -> Count:
        return Count("rows", filter=Q(rows__table=table))

    rows = Study.objects.annotate(sources=number("sources"), segments=number("segments"))
    lines = [Line(row, row.sources, row.segments) for row in rows]
    return show(request, "coding/studies.html", Studies(lines, form), status=status)


@require_POST
@testimony("code testimony")
def coding_new(request: HttpRequest) -> HttpResponse:
    """A new study: empty, from a project, or the paper's."""
    form = NewStudy(request.POST, request.FILES)
    if not form.is_valid():
        return _studies(request, form, status=422)
    said = form.cleaned_data
    try:
        study, notices = _made_of(said)
        row = acting.found_study(study, name=said["name"], by=request.user)
    except InputError as error:
        for mistake in error.mistakes:
            form.add_error("file", str(mistake))
        return _studies(request, form, status=422)
    for notice in notices:
        messages.info(request, notice)
    return redirect("coding_study", row.pk)


def _made_of(said: Any) -> tuple[Coded, Sequence[str]]:
    if said["file"]:
        side = said["side"].read() if said["side"] else None
        found = read_exchange(said["file"].read(), said["file"].name, side)
        return found.study, found.notices
    return (read_study(STUDY), ()) if said["example"] else (Coded(), ())


@require_safe
@testimony("code testimony")
def coding_study(request: HttpRequest, study: int) -> HttpResponse:
    """One study: its texts, and how to bring more."""
    return _study(request, loaded(request, study), NewSource())


def _study(request: HttpRequest, it: Loaded, form: NewSource, status: int = 200) -> HttpResponse:
    counts: dict[str, int] = {}
    for each in it.study.segments:
        counts[each.source] = counts.get(each.source, 0) + 1
    rows = [
        OneSource(it.number("sources", s.source), s, KIND_NAMES[s.kind], counts.get(s.source, 0),
                  s.source in it.study.texts or s.source in it.hidden, s.source in it.hidden)
        for s in it.study.sources
    ]  # fmt: skip
    page = OneStudy(
        it.row, "texts", sentence(it.study), [r for r in rows if r.has_text], [r for r in rows if not r.has_text],
        form, [each.group for each in it.study.groups],
    )  # fmt: skip
    return show(request, "coding/study.html", page, status=status)


def sentence(study: Coded) -> str:
    """What a study comes to, in one sentence."""
    concepts = [each for each in replication(study) if each.decided != "excluded"]
    if not concepts:
        return _("Nothing is coded yet: open a text and select what matters")
    confirmed = sum(each.confirmed for each in concepts)
    replicated = sum(each.informants > 1 for each in concepts)
    said = ngettext("%(n)s concept", "%(n)s concepts", len(concepts)) % {"n": len(concepts)}
    how = _(
        "%(concepts)s: %(replicated)s said by several informants, %(confirmed)s confirmed by two kinds of source"
    )
    return how % {"concepts": said, "replicated": replicated, "confirmed": confirmed}


@require_POST
@testimony("code testimony")
def coding_bring(request: HttpRequest, study: int) -> HttpResponse:
    """Bring a text in."""
    it = loaded(request, study)
    form = NewSource(request.POST, request.FILES)
    if not form.is_valid():
        return _study(request, it, form, status=422)
    said = form.cleaned_data
    file = said["file"]
    informants = tuple(part.strip() for part in said["informants"].split(";") if part.strip())
    source = Source(
        source=said["source"].strip() or PurePath(file.name).stem[:100], kind=said["kind"], group=said["group"].strip(),
        informants=informants, role=said["role"], at=said["at"], sensitivity=said["sensitivity"],
        follow_up=said["follow_up"],
    )  # fmt: skip
    try:
        text = text_of(file.read(), file.name)
        found, place = acting.add_source(study, source, text, file.name, by=request.user)
    except InputError as error:
        for mistake in error.mistakes:
            form.add_error("file", str(mistake))
        return _study(request, it, form, status=422)
    for notice in found.notices:
        messages.info(request, notice)
    return redirect("coding_text", study, place)


@require_POST
@testimony("code testimony")
def coding_export(request: HttpRequest, study: int) -> HttpResponse:
    """A project or codebook with its side file, in one archive."""
    it = loaded(request, study)
    kind = request.POST.get("kind", "")
    if kind not in EXPORTS:
        raise Http404
    sealed = bool(request.POST.get("sealed"))
    name = f"study-{it.row.pk}.{kind}"
    shown = _with_words(it)
    try:
        files, held = write_exchange(shown, name, sealed=sealed)
    except InputError as error:
        mistakes_of(request, error)
        return redirect("coding_study", study)
    opened = (
        sum(s.sensitivity == "sealed" and s.source in shown.texts for s in shown.sources) if sealed else 0
    )
    acting.said_of_export(it.row, name, sealed=opened, held_back=len(held) + len(it.hidden), by=request.user)
    return archive(files, f"study-{it.row.pk}-{kind}.zip")


def _with_words(it: Loaded) -> Coded:
    """The study without sources whose words whoever asks has not open: their segments have no text to stand in."""
    from entrepot.sensemaking.coding.withdrawing import without_sources

    return without_sources(it.study, it.hidden)


@require_safe
@testimony("keep consent")
def coding_people(request: HttpRequest, study: int) -> HttpResponse:
    """Who spoke, under which pseudonym, and what they consented to; no word of theirs."""
    it = load(get_object_or_404(Study, pk=study))
    people = [
        Person(
            it.number("informants", each.informant),
            each,
            sum(each.informant in s.informants for s in it.study.sources),
        )
        for each in it.study.informants
    ]
    return show(request, "coding/people.html", People(it.row, "people", people))


@require_http_methods(["GET", "HEAD", "POST"])
@testimony("withdraw consent")
def coding_withdraw(request: HttpRequest, study: int, row: int) -> HttpResponse:
    """What goes with somebody's consent, without a word of it; and on POST it goes, for good."""
    who = row_of_study(study, "informants", row)
    if request.method != "POST":
        found = going(get_object_or_404(Study, pk=study), str(who.key))
        return show(request, "coding/withdraw.html", Withdrawing(found.row, "people", row, found))
    named = acting.withdraw_consent(study, str(who.key), by=request.user)
    messages.success(request, _("Their words are gone. That they spoke remains, so that totals stay true."))
    if named:
        messages.warning(
            request,
            ngettext(
                "%(n)s code was named in their words: somebody who codes should give it another name (%(codes)s).",
                "%(n)s codes were named in their words: somebody who codes should give them other names (%(codes)s).",
                len(named),
            ) % {"n": len(named), "codes": ", ".join(named)},
        )  # fmt: skip
    return redirect("coding_people", study)


@require_POST
@testimony("code testimony")
def coding_erase(request: HttpRequest, study: int) -> HttpResponse:
    """Delete a study for good."""
    row = get_object_or_404(Study, pk=study)
    if request.POST.get("name", "") != row.name:
        messages.error(request, _("Nothing was deleted: the name is not that of the study."))
        return redirect("coding_study", study)
    acting.erase_study(row, by=request.user)
    messages.success(request, _("Deleted."))
    return redirect("coding")
