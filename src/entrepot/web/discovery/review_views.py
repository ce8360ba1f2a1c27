"""The pages of review: thin; who may, what comes in, and which page goes out."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from entrepot.web.access import needs
from entrepot.web.discovery import appeals, queueing, relearning
from entrepot.web.discovery.models import APPEALED, QUEUES, Finding, Turn
from entrepot.web.discovery.quality import quality
from entrepot.web.discovery.review_pages import LATER, VerdictForm, queue_page, turn_page
from entrepot.web.discovery.reviewing import NotTaken, Said, conclude
from entrepot.web.failing import Problem, tell
from entrepot.web.pages import show
from entrepot.web.people.models import Colleague
from entrepot.web.runs.models import Run

CONFLICT = 409


@require_safe
@never_cache
@needs("read findings")
def review(request: HttpRequest) -> HttpResponse:
    """The queues."""
    return show(request, "discovery/review.html", queue_page(request.user))


@require_POST
@needs("review")
def review_next(request: HttpRequest) -> HttpResponse:
    """Take the next finding."""
    queue = request.POST.get("queue", "")
    return _go_on(request, queue if queue in QUEUES else "")


def _go_on(request: HttpRequest, queue: str) -> HttpResponse:
    queueing.escalate_overdue()
    turn = queueing.take_next(request.user, queue)
    if turn is None:
        messages.info(request, _("Nothing waits for you here."))
        return redirect("review")
    return redirect("review_turn", turn.pk)


def _turn(number: int) -> Turn:
    return get_object_or_404(Turn.objects.select_related("finding__run", "holder", "handed_to"), pk=number)


@require_safe
@never_cache
@needs("hand over")
def review_turn(request: HttpRequest, turn: int) -> HttpResponse:
    """One finding: to judge by who holds it, to take or to hand over by others."""
    return show(request, "discovery/review_turn.html", turn_page(_turn(turn), request.user))


@require_POST
@needs("review")
def review_take(request: HttpRequest, turn: int) -> HttpResponse:
    """Take one finding out of turn."""
    if not queueing.take(_turn(turn), request.user):
        messages.warning(request, _("It is done, somebody else holds it, or you have judged it before."))
    return redirect("review_turn", turn)


@require_POST
@needs("review")
def review_verdict(request: HttpRequest, turn: int) -> HttpResponse:
    """Save a verdict and go on, or give back what was typed with the reason why it was not saved."""
    here = _turn(turn)
    form = VerdictForm(request.POST, is_appeal=here.queue == APPEALED)
    if not form.is_valid():
        return _given_back(request, here, form, _("Not saved: something is missing."), 422)
    said = form.cleaned_data
    if said["verdict"] == LATER:
        if not queueing.put_off(here, request.user):
            return _given_back(request, here, form, _("You do not hold this finding."), CONFLICT)
        messages.success(
            request, _("%(code)s comes back on the next working day.") % {"code": here.finding.code}
        )
        return _after(request, here)
    try:
        _save(here, request.user, said)
    except NotTaken as error:
        return _given_back(request, here, form, error.why, CONFLICT)
    messages.success(request, _("Saved: %(code)s.") % {"code": here.finding.code})
    return _after(request, here)


def _save(turn: Turn, colleague: Colleague, said: dict[str, str]) -> None:
    words = Said(said["verdict"], said["form"], said["kind"], said["reason"], said["note"])
    if turn.queue == APPEALED:
        appeals.decide(turn, colleague, words, said["answer"])
    else:
        conclude(turn, colleague, words)


def _given_back(request: HttpRequest, turn: Turn, form: VerdictForm, why: str, status: int) -> HttpResponse:
    page = turn_page(_turn(turn.pk), request.user, form=form, not_saved=why)
    return show(request, "discovery/review_turn.html", page, status=status)


def _after(request: HttpRequest, turn: Turn) -> HttpResponse:
    if request.POST.get("then") == "stop":
        return redirect("review")
    return _go_on(request, turn.queue)


@require_POST
@needs("review")
def review_keep(request: HttpRequest, turn: int) -> HttpResponse:
    """Lengthen the lease while the page is open; what is answered stands on the page."""
    mine = queueing.keep(_turn(turn), request.user)
    return show(request, "discovery/review_lease.html", mine, status=200 if mine else CONFLICT)


@require_POST
@needs("review")
def review_back(request: HttpRequest, turn: int) -> HttpResponse:
    """Let others have it."""
    queueing.give_back(_turn(turn), request.user)
    return redirect("review")


@require_POST
@needs("hand over")
def review_hand_over(request: HttpRequest, turn: int) -> HttpResponse:
    """Ask a colleague to judge it."""
    to = (
        Colleague.objects.filter(pk=request.POST.get("to") or 0).first()
        if _is_number(request, "to")
        else None
    )
    if to is None or not queueing.hand_over(_turn(turn), to, request.user):
        messages.warning(
            request, _("It could not be handed over: it is done, held, or not for this colleague.")
        )
        return redirect("review_turn", turn)
    messages.success(request, _("Handed over to %(name)s.") % {"name": to})
    return redirect("review")


def _is_number(request: HttpRequest, name: str) -> bool:
    return request.POST.get(name, "").isascii() and request.POST.get(name, "").isdigit()


@require_POST
@needs("hand over")
def review_escalate(request: HttpRequest, turn: int) -> HttpResponse:
    """Put it at the top for everybody."""
    queueing.escalate(_turn(turn), request.user)
    return redirect("review")


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@needs("review")
def review_finding(request: HttpRequest, finding: int) -> HttpResponse:
    """Review a finding that one has found elsewhere: its turn, or on request a new one."""
    here = get_object_or_404(Finding.objects.select_related("run"), pk=finding)
    if request.method == "POST":
        turn = queueing.ask_for(here, request.user)
        if turn is not None:
            return redirect("review_turn", turn.pk)
        messages.warning(request, _("Somebody else is at it."))
    open_one = here.turns.filter(done_at=None).exclude(not_by=request.user).order_by("pk").first()
    if open_one is not None:
        return redirect("review_turn", open_one.pk)
    return show(request, "discovery/review_finding.html", here)


@require_safe
@needs("read findings")
def review_agreement(request: HttpRequest) -> HttpResponse:
    """How good our reviews are."""
    return show(request, "discovery/review_agreement.html", quality())


@require_POST
@needs("start runs")
def review_again(request: HttpRequest) -> HttpResponse:
    """Ask for a run that learns from what people said."""
    run = Run.current()
    if run is None:
        return redirect("review")
    try:
        asked = relearning.ask_again(run, request.user)
    except relearning.NotAgain as error:
        return tell(request, Problem(CONFLICT, _("This run cannot be repeated here"), str(error)))
    messages.success(
        request, _("Run %(name)s waits; it will read what people said up to now.") % {"name": asked.name}
    )
    return redirect("review")


@require_safe
@needs("read findings")
def review_changes(request: HttpRequest, run: str) -> HttpResponse:
    """What the reviews changed between a run and the one before."""
    here = get_object_or_404(Run.objects.exclude(indexed_at=None).exclude(previous=None), name=run)
    return show(request, "discovery/review_changes.html", relearning.changed(here, here.previous))
