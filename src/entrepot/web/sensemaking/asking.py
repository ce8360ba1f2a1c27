"""The pages of a question: all of them, a new one, one with its evidence and rounds, and those who are asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from entrepot.errors import InputError
from entrepot.web.access import needs
from entrepot.web.discovery.models import Finding, Observation
from entrepot.web.pages import show
from entrepot.web.permissions import may
from entrepot.web.runs.models import Run
from entrepot.web.sensemaking import acting, leading, telling
from entrepot.web.sensemaking.forms import EvidenceForm, PeopleForm, QuestionForm, add_mistakes
from entrepot.web.sensemaking.models import CLOSED, OPEN, PURGED, Evidence, Question, Round, Stakeholder
from entrepot.web.sensemaking.results import sense_of


@dataclass(frozen=True)
class Listed:
    """One question of the list. `answers_here` is the open round at which the reader sits."""

    question: Question
    stage: Any
    open: Round | None
    closed: int
    answers_here: bool


@dataclass(frozen=True)
class Questions:
    rows: Sequence[Listed]
    leads: bool
    sentence: str


@dataclass(frozen=True)
class OneQuestion:
    """One question: what to do next, what it rests on, its rounds, and what it has come to."""

    question: Question
    stage: Any
    leads: bool
    open: Round | None
    answers_here: bool
    closed: Sequence[Round]
    purged: Sequence[Round]
    evidence: Sequence[Evidence]
    people: int
    kind: str
    note: str
    version: Any
    form: EvidenceForm


@dataclass(frozen=True)
class Asking:
    form: QuestionForm
    question: Question | None = None


@dataclass(frozen=True)
class People:
    """Those who are asked, and what a round could offer to them."""

    question: Question
    rows: Sequence[Stakeholder]
    form: PeopleForm


def visible(colleague: Any) -> QuerySet[Question]:
    """The questions that somebody may see: who leads all, else those that ask them."""
    rows = Question.objects.all()
    return (
        rows if may(colleague, "lead rounds") else rows.filter(stakeholders__colleague=colleague).distinct()
    )


def question_of(request: HttpRequest, number: int) -> Question:
    return get_object_or_404(visible(request.user), pk=number)


def open_round_of(question: Question) -> Round | None:
    return question.rounds.filter(state=OPEN).first()


def sits(round_: Round | None, colleague: Any) -> bool:
    """Whether `colleague` is asked by `round_` and may still answer; by a reader's own page only."""
    if round_ is None or not may(colleague, "answer rounds") or not round_.takes_answers(at=timezone.now()):
        return False
    return round_.seats.filter(stakeholder__colleague=colleague, stakeholder__left_at=None).exists()


def is_promised_to(round_: Round, colleague: Any) -> bool:
    """Whether the result of a closed round was promised to `colleague`: it was asked of them, and is shown to all."""
    return round_.feedback != "none" and round_.seats.filter(stakeholder__colleague=colleague).exists()


@require_safe
@needs("make sense")
def questions(request: HttpRequest) -> HttpResponse:
    """What the firm asks itself."""
    rows = []
    for question in visible(request.user).prefetch_related("rounds"):
        here = open_round_of(question)
        closed = question.rounds.filter(state=CLOSED).count()
        rows.append(Listed(question, telling.STAGES[question.stage], here, closed, sits(here, request.user)))
    waiting = sum(row.answers_here for row in rows)
    sentence = (
        ngettext("%(n)s question waits for your view.", "%(n)s questions wait for your view.", waiting) % {"n": waiting}
        if waiting else _("No question waits for your view.")
    )  # fmt: skip
    page = Questions(rows, may(request.user, "lead rounds"), sentence)
    return show(request, "sensemaking/questions.html", page)


@require_http_methods(["GET", "HEAD", "POST"])
@needs("lead rounds")
def new(request: HttpRequest) -> HttpResponse:
    """Ask a question."""
    form = QuestionForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return show(
            request, "sensemaking/question_form.html", Asking(form), status=422 if form.is_bound else 200
        )
    said = form.cleaned_data
    made = leading.ask(said["title"], said["text"], said["owner"], by=request.user)
    leading.change(made, {"stage": said["stage"]}, by=request.user)
    return redirect("questions_people", made.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@needs("lead rounds")
def change(request: HttpRequest, number: int) -> HttpResponse:
    """Change title, text, owner and stage."""
    question = question_of(request, number)
    initial = {name: getattr(question, name) for name in ("title", "text", "owner", "stage")}
    form = QuestionForm(request.POST or None, initial=initial)
    if request.method != "POST" or not form.is_valid():
        page = Asking(form, question)
        return show(request, "sensemaking/question_form.html", page, status=422 if form.is_bound else 200)
    leading.change(question, form.cleaned_data, by=request.user)
    return redirect("questions_one", number)


@require_safe
@needs("make sense")
def one(request: HttpRequest, number: int) -> HttpResponse:
    """One question, and what to do next."""
    question = question_of(request, number)
    return show(request, "sensemaking/question.html", _one(request, question, EvidenceForm()))


def _one(request: HttpRequest, question: Question, form: EvidenceForm) -> OneQuestion:
    here, leads = open_round_of(question), may(request.user, "lead rounds")
    rounds = question.rounds.filter(state=CLOSED)
    closed = [r for r in rounds if leads or is_promised_to(r, request.user)]
    purged = list(question.rounds.filter(state=PURGED)) if leads else []
    sense = sense_of(question) if leads or closed else None
    return OneQuestion(
        question, telling.STAGES[question.stage], leads, here, sits(here, request.user), closed,
        purged, list(question.evidence.all()), question.stakeholders.filter(left_at=None).count(),
        sense.interpretation.account if sense else "", sense.interpretation.note if sense else "",
        acting.latest(question), form,
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@needs("lead rounds")
def people(request: HttpRequest, number: int) -> HttpResponse:
    """Who is asked, and more of them."""
    question = question_of(request, number)
    form = PeopleForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            added = leading.add(question, form.newcomers(), by=request.user)
            messages.success(
                request, ngettext("%s person was added.", "%s people were added.", added) % added
            )
            return redirect("questions_people", number)
        except InputError as error:
            add_mistakes(form, error)
    rows = question.stakeholders.filter(left_at=None).select_related("colleague")
    page = People(question, list(rows), form)
    return show(request, "sensemaking/people.html", page, status=422 if form.errors else 200)


@require_POST
@needs("lead rounds")
def left(request: HttpRequest, number: int, pk: int) -> HttpResponse:
    """Somebody is asked no more."""
    question = question_of(request, number)
    leading.leave(get_object_or_404(question.stakeholders, pk=pk), by=request.user)
    return redirect("questions_people", number)


@require_POST
@needs("lead rounds")
def evidence(request: HttpRequest, number: int) -> HttpResponse:
    """Show a run, a finding, an observation or words to those who are asked."""
    question = question_of(request, number)
    form = EvidenceForm(request.POST)
    if form.is_valid():
        said = form.cleaned_data
        try:
            title, text, address = FOUND[said["kind"]](said["refers_to"].strip(), said["text"].strip())
        except Http404 as missing:
            form.add_error("refers_to", str(missing))
        else:
            leading.attach(question, said["kind"], title, text, address, by=request.user)
            return redirect("questions_one", number)
    return show(request, "sensemaking/question.html", _one(request, question, form), status=422)


@require_POST
@needs("lead rounds")
def evidence_away(request: HttpRequest, number: int, pk: int) -> HttpResponse:
    """Show it no more."""
    leading.detach(get_object_or_404(question_of(request, number).evidence, pk=pk), by=request.user)
    return redirect("questions_one", number)


def _run(refers_to: str, text: str) -> tuple[str, str, str]:
    run = Run.current()
    if run is None:
        raise Http404(_("There is no run yet."))
    return (
        str(run.headline.get("sentence", ""))[:300] or _("run %s") % run.name,
        text,
        reverse("runs_run", args=(run.name,)),
    )


def _finding(refers_to: str, text: str) -> tuple[str, str, str]:
    run = Run.current()
    found = Finding.objects.filter(run=run, code__iexact=refers_to).first() if run and refers_to else None
    if run is None or found is None:
        raise Http404(_("No finding of the current run has this code."))
    address = reverse("findings_actor", args=(run.name, found.actor_id))
    return _("Finding %(code)s: %(kind)s") % {"code": found.code, "kind": found.kind}, text, address


def _observation(refers_to: str, text: str) -> tuple[str, str, str]:
    shown = Observation.objects.filter(erased_at=None, expires_on__gt=timezone.localdate())
    found = (
        shown.exclude(sensitivity="sensitive").filter(pk=refers_to).first() if refers_to.isdecimal() else None
    )
    if found is None:
        raise Http404(_("No observation that may be shown has this number."))
    return _("Observation %s") % found.pk, text, reverse("observations_one", args=(found.pk,))


def _words(refers_to: str, text: str) -> tuple[str, str, str]:
    if not text:
        raise Http404(_("Write what is to be shown."))
    first, _more, rest = text.partition("\n")
    return first[:300], rest.strip() or (text if len(first) > 300 else ""), ""


FOUND = {"run": _run, "finding": _finding, "observation": _observation, "other": _words}
