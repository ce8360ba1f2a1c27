"""The pages of a round for whoever leads it: open, invite, print, remind, close; and what it says when it is closed."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from smtplib import SMTPException
from typing import Any

import qrcode
import qrcode.image.svg
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from entrepot.errors import InputError
from entrepot.sensemaking.rounds import Offer, Why
from entrepot.web.access import needs
from entrepot.web.pages import show
from entrepot.web.people import letters
from entrepot.web.permissions import may
from entrepot.web.sensemaking import ballots, leading, telling
from entrepot.web.sensemaking.asking import is_promised_to, open_round_of, question_of, visible
from entrepot.web.sensemaking.box import KeyIsGone
from entrepot.web.sensemaking.forms import DaysForm, RoundForm, add_mistakes
from entrepot.web.sensemaking.models import CLOSED, PURGED, Question, Round
from entrepot.web.sensemaking.results import results_of

MODES: Mapping[str, Any] = {
    "blind_by_unit": lazy("Leaders by name, staff blind and shown by unit"),
    "blind": lazy("Leaders by name, staff blind and shown as one group"),
    "whole_group": lazy("All blind, as one group without levels"),
    "attributed": lazy("All by name"),
}
WHY: Mapping[Why, Any] = {
    "few_staff": lazy("fewer than five staff are asked: their answers could not be shown"),
    "few_people": lazy("fewer than five people are asked"),
    "small_units": lazy("there are not two units, or groups of units, with five staff or more"),
    "no_staff": lazy("no staff are asked"),
    "no_leaders": lazy("no leaders are asked: blind as one group is the same"),
    "differs_from_earlier": lazy(
        "one to four people are asked who were not asked blind before, or the other way round: their answers could be "
        "subtracted. Ask the same people again, or five more"
    ),
}


@dataclass(frozen=True)
class Opening:
    """The form of a new round, and what cannot be offered, with the reason."""

    question: Question
    form: RoundForm
    groups: Sequence[tuple[Any, Mapping[str, int]]]
    refused: Sequence[tuple[Any, Any]]


@dataclass(frozen=True)
class Running:
    """An open round: what was promised, how far it is, what can be done. `so_far` is in full fives, None below five."""

    round: Round
    promise: Sequence[str]
    mode: Any
    seats: int
    by_mail: int
    on_paper: int
    so_far: int | None
    named: int
    named_asked: int
    form: DaysForm


@dataclass(frozen=True)
class Slip:
    """A code to be cut out, with a drawing of the address that fills it in."""

    code: str
    picture: SafeString


@dataclass(frozen=True)
class Slips:
    """Codes on paper, group by group; shown this once."""

    round: Round
    groups: Sequence[tuple[str, Sequence[Slip]]]
    address: str
    promise: Sequence[str]


@dataclass(frozen=True)
class Poster:
    """The printed invitation for those who sign in."""

    round: Round
    address: str
    picture: SafeString
    promise: Sequence[str]
    languages: Sequence[tuple[str, str]]


@require_http_methods(["GET", "HEAD", "POST"])
@needs("lead rounds")
def round_new(request: HttpRequest, number: int) -> HttpResponse:
    """Open a round: what can be offered to these people, and what not."""
    question = question_of(request, number)
    offered = leading.offer_of(question)
    form = RoundForm(request.POST or None, ways=[(way.mode, MODES[way.mode]) for way in offered.ways])
    if request.method == "POST" and form.is_valid():
        try:
            made = leading.open_round(question, form.asking(), by=request.user)
            return redirect("questions_round", made.pk)
        except InputError as error:
            add_mistakes(form, error)
    page = Opening(
        question,
        form,
        _groups(offered),
        [(MODES[mode], WHY[why]) for mode, why in offered.not_offered.items()],
    )
    return show(request, "sensemaking/round_new.html", page, status=422 if form.errors else 200)


def _groups(offered: Offer) -> list[tuple[Any, Mapping[str, int]]]:
    """Of each way, its groups with the number of those asked."""
    groups: list[tuple[Any, Mapping[str, int]]] = []
    for way in offered.ways:
        sizes = {telling.group_name(cell): len(who) for cell, who in way.cells.items()}
        by_name = {_("by name"): len(way.by_name)} if way.by_name else {}
        groups.append((MODES[way.mode], {**by_name, **sizes}))
    return groups


def _round(pk: int) -> Round:
    return get_object_or_404(Round.objects.select_related("question"), pk=pk)


@require_safe
@never_cache
@needs("lead rounds")
def round_one(request: HttpRequest, pk: int) -> HttpResponse:
    """An open round, or the results of a closed one."""
    here = _round(pk)
    if here.state == CLOSED:
        return redirect("questions_results", pk)
    if here.state == PURGED:
        return redirect("questions_one", here.question_id)
    return show(request, "sensemaking/round.html", _running(here, DaysForm()))


def _running(here: Round, form: DaysForm) -> Running:
    seats = here.seats.filter(stakeholder__left_at=None)
    named = here.seats.filter(cell="")
    return Running(
        here, telling.promise(here), MODES[here.mode], here.seats.count(),
        seats.exclude(stakeholder__colleague=None).count(), seats.filter(stakeholder__colleague=None).count(),
        ballots.ballots_so_far(here), named.exclude(answer=None).count(), named.count(), form,
    )  # fmt: skip


@require_POST
@needs("lead rounds")
def round_letters(request: HttpRequest, pk: int) -> HttpResponse:
    """Write to everybody who is asked: an invitation, or a reminder."""
    here = _round(pk)
    if not here.takes_answers(at=timezone.now()):
        messages.error(request, _("The round is over: nobody was written to."))
        return redirect("questions_round", pk)
    address = request.build_absolute_uri(reverse("questions_answer", args=(pk,)))
    try:
        number = leading.write_to_all(
            here, address, by=request.user, again=request.POST.get("again") == "yes"
        )
    except (OSError, SMTPException):
        messages.error(request, _("The mail server did not take every letter. Try again later, or print."))
        return redirect("questions_round", pk)
    text = ngettext("%s letter was written.", "%s letters were written.", number) % number
    folder = _(" No mail server is set up: they lie in the folder “mail” of the server.")
    messages.success(request, text + (folder if letters.lie_in_folder() else ""))
    return redirect("questions_round", pk)


@require_safe
@needs("lead rounds")
def round_poster(request: HttpRequest, pk: int) -> HttpResponse:
    """The invitation to print, in one language."""
    here = _round(pk)
    _in_language(request)
    address = request.build_absolute_uri(reverse("questions_answer", args=(pk,)))
    page = Poster(here, address, drawn(address), telling.promise(here), list(settings.LANGUAGES))
    return show(request, "sensemaking/poster.html", page)


@require_POST
@never_cache
@needs("lead rounds")
def round_codes(request: HttpRequest, pk: int) -> HttpResponse:
    """Codes on paper for those without an address here; printed before and unspent, they serve no more."""
    here = _round(pk)
    _in_language(request)
    try:
        codes = ballots.draw_on_paper(here)
    except ballots.NotOpen:
        messages.error(request, _("The round is over: no codes were made."))
        return redirect("questions_round", pk)
    address = request.build_absolute_uri(reverse("ballot"))
    language = translation.get_language()
    groups = [
        (
            telling.group_name(cell),
            [Slip(code, drawn(f"{address}?language={language}#{code}")) for code in texts],
        )
        for cell, texts in sorted(codes.items())
    ]
    response = show(request, "sensemaking/slips.html", Slips(here, groups, address, telling.promise(here)))
    response["Cache-Control"] = "no-store"
    return response


def _in_language(request: HttpRequest) -> None:
    said = request.GET.get("language") or request.POST.get("language", "")
    if said in dict(settings.LANGUAGES):
        translation.activate(said)
        request.LANGUAGE_CODE = said


def drawn(address: str) -> SafeString:
    """`address` as a QR code: an SVG without script or style."""
    picture = qrcode.make(address, image_factory=qrcode.image.svg.SvgPathImage, border=2)
    out = io.BytesIO()
    picture.save(out)
    text = out.getvalue().decode()
    return mark_safe(text[text.index("<svg") :])


@require_POST
@needs("lead rounds")
def round_longer(request: HttpRequest, pk: int) -> HttpResponse:
    """Let people answer for longer."""
    here, form = _round(pk), DaysForm(request.POST)
    if not form.is_valid():
        return show(request, "sensemaking/round.html", _running(here, form), status=422)
    until = max(here.ends_at, timezone.now()) + timedelta(days=form.cleaned_data["days"])
    if not leading.extend(here, until, by=request.user):
        messages.error(request, _("The round is over."))
    return redirect("questions_round", pk)


@require_POST
@needs("lead rounds")
def round_close(request: HttpRequest, pk: int) -> HttpResponse:
    """Close the round and open its box. With fewer than five ballots it is asked first: they would be destroyed."""
    here = _round(pk)
    few = here.is_blind and ballots.ballots_so_far(here) is None and here.state != CLOSED
    if few and request.POST.get("destroy") != "yes":
        messages.warning(
            request, _("Fewer than five have answered blind: closed now, their answers are destroyed unseen. Let the "
                       "round run for longer, or close it all the same."),
        )  # fmt: skip
        return redirect(f"{reverse('questions_round', args=(pk,))}?few=yes")
    try:
        leading.close(here, by=request.user)
    except KeyIsGone:
        messages.error(
            request, _("The box cannot be opened: its key is not in this server's folder. The round can only be called "
                       "off."),
        )  # fmt: skip
        return redirect("questions_round", pk)
    return redirect("questions_results", pk)


@require_POST
@needs("lead rounds")
def round_off(request: HttpRequest, pk: int) -> HttpResponse:
    """Call the round off: what was said is destroyed."""
    here = _round(pk)
    if leading.call_off(here, by=request.user):
        messages.success(request, _("The round was called off; what was said is destroyed."))
    return redirect("questions_one", here.question_id)


@require_safe
@never_cache
@needs("make sense")
def results(request: HttpRequest, pk: int) -> HttpResponse:
    """What a closed round says, to those to whom it was promised."""
    leads = may(request.user, "lead rounds")
    here = get_object_or_404(
        Round.objects.select_related("question").filter(question__in=visible(request.user)),
        pk=pk,
        state=CLOSED,
    )
    if not leads and not is_promised_to(here, request.user):
        raise Http404
    page = results_of(here, with_reasons=leads or here.feedback == "reasons", leads=leads)
    more = {"leads": leads, "open": open_round_of(here.question)}
    return show(request, "sensemaking/results.html", page, **more)
