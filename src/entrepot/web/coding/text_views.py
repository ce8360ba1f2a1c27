"""The page of a text: words left, codes right, structure below; and what one does there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from entrepot.errors import InputError
from entrepot.sensemaking.coding.replication import interventions_on
from entrepot.sensemaking.coding.structure import Structure, structure
from entrepot.sensemaking.coding.study import Segment, Source
from entrepot.web.coding import acting
from entrepot.web.coding.forms import KIND_NAMES, Selection
from entrepot.web.coding.guarding import sees_testimony, testimony
from entrepot.web.coding.marking import Paragraph, paragraphs
from entrepot.web.coding.models import Opening, Sealed, Study
from entrepot.web.coding.storing import Loaded, load
from entrepot.web.coding.study_views import loaded, mistakes_of, row_of_study
from entrepot.web.pages import show
from entrepot.web.people.models import Colleague
from entrepot.web.permissions import may


@dataclass(frozen=True)
class Chip:
    """A segment beside its paragraph."""

    number: int
    code: str
    coder: str
    is_mine: bool
    is_quoted: bool
    words: str
    first: int
    last: int
    note: str


@dataclass(frozen=True)
class Shown:
    """A paragraph with its chips; `said` are its sentences with their links and marks."""

    it: Paragraph
    said: SafeString
    chips: Sequence[Chip]


@dataclass(frozen=True)
class Choosing:
    """Codes to choose from, under one theme."""

    theme: str
    boxes: Sequence[Any]


@dataclass(frozen=True)
class TextPage:
    """The page of a text."""

    row: Study
    tab: str
    number: int
    source: Source
    kind: Any
    sentence: str
    paragraphs: Sequence[Shown]
    form: Selection
    choosing: Sequence[Choosing]
    picked: str
    whose: str
    has_read: bool
    intervened: bool
    structure: Structure
    sealed: bool
    named: Sequence[str]
    nameable: Sequence[Colleague]
    before: int | None
    after: int | None


@dataclass(frozen=True)
class ClosedPage:
    """The page of a text that whoever asks may not read now: sealed and not open, or restricted to others."""

    row: Study
    tab: str
    number: int
    source: Source
    may_open: bool
    named: Sequence[str]


@require_safe
@testimony("code testimony")
def coding_text(request: HttpRequest, study: int, row: int) -> HttpResponse:
    """A text with what is coded in it; others' coding only where that is asked for, so that coders stay apart."""
    it = loaded(request, study)
    name = str(row_of_study(study, "sources", row).key)
    source = it.study.source(name)
    if name in it.hidden:
        return _closed(request, it, row, source)
    if name not in it.study.texts:
        raise Http404
    return show(request, "coding/text.html", _page(request, it, row, source))


def _closed(request: HttpRequest, it: Loaded, number: int, source: Source) -> HttpResponse:
    sealed = Sealed.objects.filter(study=it.row, source=source.source).first()
    mine = sealed is not None and sealed.named.filter(colleague=request.user).exists()
    page = ClosedPage(
        it.row, "texts", number, source, mine, [str(each) for each in who_reads(it, source, sealed)]
    )
    return show(request, "coding/closed.html", page)


def who_reads(it: Loaded, source: Source, sealed: Sealed | None) -> list[Colleague]:
    """Who may read a text that is not for all who code; nobody for one that is."""
    if sealed is not None:
        return [each.colleague for each in sealed.named.select_related("colleague").order_by("pk")]
    if source.sensitivity != "restricted":
        return []
    named = it.row.readers.filter(source=source.source).select_related("colleague").order_by("pk")
    return list(dict.fromkeys([it.row.by, *(each.colleague for each in named)]))


def _page(request: HttpRequest, it: Loaded, number: int, source: Source) -> TextPage:
    colleague: Any = request.user
    text, whose = it.study.texts[source.source], "all" if request.GET.get("whose") == "all" else "mine"
    theirs = [each for each in it.study.segments if each.source == source.source]
    seen = [each for each in theirs if whose == "all" or each.coder == colleague.mark]
    first, last = _number(request.GET.get("first")), _number(request.GET.get("last"))
    picked = (
        text[first : last + 1] if first is not None and last is not None and first <= last < len(text) else ""
    )
    form = Selection(
        codes=_choices(it), initial={"first": first if picked else "", "last": last if picked else ""}
    )
    sealed = Sealed.objects.filter(study=it.row, source=source.source).first()
    who = who_reads(it, source, sealed)
    places = [it.number("sources", s.source) for s in it.study.sources if s.source in it.study.texts]
    here = places.index(number)
    return TextPage(
        row=it.row, tab="texts", number=number, source=source, kind=KIND_NAMES[source.kind],
        sentence=_sentence(seen, whose=whose),
        paragraphs=_shown(it, paragraphs(text, seen, coder=colleague.mark), colleague, whose=whose),
        form=form, choosing=_choosing(it, form), picked=picked, whose=whose,
        has_read=any((r.source, r.coder) == (source.source, colleague.mark) for r in it.study.readings),
        intervened=bool(interventions_on(it.study, Segment("", source.source, 0, 0, ""))),
        structure=it.once("structure without words", lambda: structure(it.study, most=0)),
        sealed=sealed is not None, named=[str(each) for each in who],
        nameable=nameable(who) if who else [],
        before=places[here - 1] if here else None, after=places[here + 1] if here + 1 < len(places) else None,
    )  # fmt: skip


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 12 else None


def _sentence(segments: Sequence[Segment], *, whose: str) -> str:
    codes = len({each.code for each in segments})
    if not segments:
        return (
            _("Select what matters, and choose a code") if whose == "mine" else _("Nobody has coded here yet")
        )
    said = ngettext("%(n)s segment under %(codes)s", "%(n)s segments under %(codes)s", len(segments))
    return said % {"n": len(segments), "codes": ngettext("%(n)s code", "%(n)s codes", codes) % {"n": codes}}


def _choices(it: Loaded) -> list[tuple[str, str]]:
    return [(each.code, each.name or each.code) for each in it.study.codes if each.codable]


def _choosing(it: Loaded, form: Selection) -> list[Choosing]:
    """The boxes of the form by theme: concepts first, then the levels above for whole passages."""
    boxes = {str(box.data["value"]): box for box in form["codes"]}
    names = {each.code: each.name for each in it.study.codes}
    concepts = [each for each in it.study.codes if each.level == "concept" and each.code in boxes]
    themes = dict.fromkeys(each.parent for each in concepts)
    found = [
        Choosing(
            names.get(theme) or _("no theme yet"), [boxes[c.code] for c in concepts if c.parent == theme]
        )
        for theme in themes
    ]
    above = [boxes[each.code] for each in it.study.codes if each.level != "concept" and each.code in boxes]
    return [*found, *([Choosing(_("themes and dimensions"), above)] if above else [])]


def _shown(it: Loaded, found: Sequence[Paragraph], colleague: Any, *, whose: str) -> list[Shown]:
    """The paragraphs with a chip for each segment that begins in them."""
    coders = {each.coder: each.name or each.coder for each in it.study.coders}
    codes = {each.code: each.name for each in it.study.codes}

    def chip(s: Segment) -> Chip:
        return Chip(
            it.number("segments", s.segment), codes[s.code] or s.code, coders.get(s.coder, _("nobody")),
            s.coder == colleague.mark, s.quoted, it.study.quote(s), s.first, s.last, s.note,
        )  # fmt: skip

    label = _("Take the sentence from sign %(f)s to %(l)s")
    return [
        Shown(each, _said(each, whose=whose, label=label), [chip(s) for s in each.segments]) for each in found
    ]


def _said(paragraph: Paragraph, *, whose: str, label: str) -> SafeString:
    """The sentences of a paragraph as the page has them. Thousands stand on a page: a template takes a second for
    them, and this a few thousandths."""
    parts = []
    for s in paragraph.sentences:
        says = escape(label % {"f": s.first, "l": s.last})
        there = f"?first={s.first}&amp;last={s.last}&amp;whose={whose}#picker"
        parts.append(f'<a class="grab no-print" href="{there}" aria-label="{says}">❡</a>')
        for r in s.runs:
            begin, end = (f'<mark class="{r.look}"', "</mark>") if r.look else ("<span", "</span>")
            parts.append(f'{begin} data-at="{r.first}">{escape(r.words)}{end}')
    return mark_safe("".join(parts))


def nameable(who: Sequence[Colleague]) -> list[Colleague]:
    """Whom one may name besides `who`: those who code and do not administer the server."""
    there = {each.pk for each in who}
    return [
        each for each in Colleague.objects.filter(is_active=True).order_by("email")
        if each.pk not in there and may(each, "code testimony") and sees_testimony(each)
    ]  # fmt: skip


def _source(study: int, row: int) -> str:
    return str(row_of_study(study, "sources", row).key)


def _back(study: int, row: int, **asked: Any) -> HttpResponse:
    there = reverse("coding_text", args=[study, row])
    query = urlencode({name: value for name, value in asked.items() if value not in ("", None)})
    return redirect(f"{there}?{query}#picker" if query else there)


@require_POST
@testimony("code testimony")
def coding_code(request: HttpRequest, study: int, row: int) -> HttpResponse:
    """Put a selection under codes."""
    source = _source(study, row)
    form = Selection(request.POST, codes=_choices(load(get_object_or_404(Study, pk=study))))
    asked = {
        "first": request.POST.get("first"),
        "last": request.POST.get("last"),
        "whose": request.POST.get("whose"),
    }
    if not form.is_valid():
        for errors in form.errors.values():
            messages.error(request, " ".join(map(str, errors)))
        return _back(study, row, **asked)
    said = form.cleaned_data
    try:
        made = acting.code(
            study,
            source,
            said["first"],
            said["last"],
            said["codes"],
            by=request.user,
            note=said["note"],
            new=said["new"],
        )
    except InputError as error:
        mistakes_of(request, error)
        return _back(study, row, **asked)
    except PermissionDenied:
        return _back(study, row)
    messages.success(
        request,
        ngettext("%(n)s segment coded.", "%(n)s segments coded.", made) % {"n": made}
        if made
        else _("That was coded already."),
    )
    there = reverse("coding_text", args=[study, row])
    query = "?whose=all" if asked["whose"] == "all" else ""
    return redirect(f"{there}{query}#at-{said['first']}")


@require_POST
@testimony("code testimony")
def coding_uncode(request: HttpRequest, study: int, row: int) -> HttpResponse:
    """Take one's own segment away."""
    segment = row_of_study(study, "segments", row)
    place = acting.place_of(study, segment.columns["source"])
    acting.uncode(segment, by=request.user)
    messages.success(request, _("Taken away."))
    return redirect("coding_text", study, place)


@require_POST
@testimony("code testimony")
def coding_quote(request: HttpRequest, study: int, row: int) -> HttpResponse:
    """Show a segment in tables, or no longer."""
    segment = row_of_study(study, "segments", row)
    acting.quote(segment, by=request.user)
    return redirect("coding_text", study, acting.place_of(study, segment.columns["source"]))


@require_POST
@testimony("code testimony")
def coding_read(request: HttpRequest, study: int, row: int) -> HttpResponse:
    """Say that one has read a text to its end."""
    acting.read_to_the_end(study, _source(study, row), by=request.user)
    messages.success(request, _("Noted: what you did not code here, you meant not to."))
    return redirect("coding_text", study, row)


@require_POST
@testimony("code testimony")
def coding_open(request: HttpRequest, study: int, row: int) -> HttpResponse:
    """Open a sealed text for half an hour."""
    sealed = get_object_or_404(Sealed, study_id=study, source=_source(study, row))
    try:
        acting.open_sealed(sealed, by=request.user, why=request.POST.get("why", ""), at=timezone.now())
    except InputError as error:
        mistakes_of(request, error)
    return redirect("coding_text", study, row)


@require_POST
@testimony("code testimony")
def coding_close(request: HttpRequest, study: int, row: int) -> HttpResponse:
    """Close a sealed text before its time."""
    Opening.objects.filter(
        sealed__study_id=study, sealed__source=_source(study, row), colleague=request.user
    ).delete()
    return redirect("coding_study", study)


@require_POST
@testimony("code testimony")
def coding_name(request: HttpRequest, study: int, row: int) -> HttpResponse:
    """Name somebody who may open a sealed text, or read a restricted one."""
    it = loaded(request, study)
    source = it.study.source(_source(study, row))
    sealed = Sealed.objects.filter(study=study, source=source.source).first()
    who = who_reads(it, source, sealed)
    if not who:
        raise Http404
    chosen = next((each for each in nameable(who) if str(each.pk) == request.POST.get("colleague")), None)
    if chosen is None:
        messages.error(request, _("Nobody was named: choose somebody who codes."))
        return redirect("coding_text", study, row)
    if sealed is not None:
        acting.name_for(sealed, chosen, by=request.user)
    else:
        acting.name_reader(it.row, source.source, chosen, by=request.user)
    messages.success(request, _("%(name)s may open it.") % {"name": chosen})
    return redirect("coding_text", study, row)
