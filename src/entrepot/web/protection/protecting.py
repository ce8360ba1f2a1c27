"""Pages of data protection: what is held and until when, purge, requests of subjects, errors compared."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from entrepot import privacy
from entrepot.errors import InputError
from entrepot.report.words import day
from entrepot.run import plain
from entrepot.web.access import needs
from entrepot.web.failing import Problem, tell
from entrepot.web.pages import show
from entrepot.web.protection import basis, holding, purging, subjects
from entrepot.web.protection.comparing import Compared, compared
from entrepot.web.protection.models import ERASE, EXPORT, OBJECT, SubjectRequest

ON_A_PAGE = 50
UNFINISHED = lazy("The request was taken down, and is not finished")
TEMPLATES = (
    ("impact-assessment.md", lazy("impact assessment")),
    ("legitimate-interest.md", lazy("legitimate-interest test")),
    ("privacy-notice.md", lazy("privacy notice")),
    ("record-of-processing.md", lazy("record of processing")),
)


class RequestForm(forms.Form):
    """Who asks for what."""

    customer_id = forms.CharField(
        label=lazy("Customer id"), max_length=200,
        help_text=lazy("Any id of the person; records that identity joined to it go along."),
    )  # fmt: skip
    kind = forms.ChoiceField(
        label=lazy("What the person asks for"), widget=forms.RadioSelect, initial=EXPORT,
        choices=[
            (EXPORT, lazy("export: what we hold, as a file")),
            (OBJECT, lazy("object: keep the person out of every new run until somebody decides")),
            (ERASE, lazy("erase: take the person out of all runs and of this app, for good")),
        ],
    )  # fmt: skip
    note = forms.CharField(label=lazy("In the person's words"), max_length=500, required=False)
    is_checked = forms.BooleanField(label=lazy("I checked that the person is who they say."))


class LiftForm(forms.Form):
    """Who is read again, and why."""

    lifted_id = forms.CharField(label=lazy("Customer id of who objected"), max_length=200)
    why = forms.CharField(
        label=lazy("Why it no longer holds"), max_length=500,
        help_text=lazy("It stands in the records with who decided. Without names."),
    )  # fmt: skip


class BasisForm(forms.Form):
    """The legal basis, and the column of the customers table whose groups are compared."""

    text = forms.CharField(
        label=lazy("Legal basis"), max_length=500, min_length=10, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=lazy("The article or order, and where it is filed."),
    )  # fmt: skip
    group_column = forms.CharField(
        label=lazy("Column of the groups"), max_length=100, help_text=lazy("A column of the customers table.")
    )


@dataclass(frozen=True)
class Asked:
    """A request as the page lists it."""

    it: SubjectRequest
    due_on: date
    is_late: bool
    result: str


@dataclass(frozen=True)
class Protection:
    """The page of data protection."""

    sentence: str
    held: holding.Held
    form: RequestForm
    lifting: LiftForm
    requests: Sequence[Asked]
    objectors: int
    templates: Sequence[tuple[str, Any]]


@dataclass(frozen=True)
class FairnessPage:
    """The page of errors compared."""

    it: Compared
    form: BasisForm


@require_safe
@needs("protect data")
def protection(request: HttpRequest) -> HttpResponse:
    """What is held and until when; what people asked for."""
    return show(request, "protection/protection.html", _page(RequestForm()))


@require_POST
@needs("protect data")
def purge(request: HttpRequest) -> HttpResponse:
    """Delete what is past its day."""
    done = purging.purge(on=timezone.localdate(), by=request.user)
    said = {**done, "runs": ", ".join(done["runs"]) or _("none")}
    text = _(
        "Deleted. Runs: %(runs)s; findings: %(findings)s; observations: %(observations)s; uploads: %(uploads)s; "
        "rounds: %(rounds)s."
    )
    messages.success(request, text % said)
    return redirect("protection")


@require_POST
@needs("protect data")
def ask(request: HttpRequest) -> HttpResponse:
    """Take a request down and carry it out."""
    form = RequestForm(request.POST)
    if form.is_valid():
        said = form.cleaned_data
        try:
            made = subjects.receive(said["kind"], said["customer_id"].strip(), said["note"], by=request.user)
        except InputError as error:
            form.add_error("customer_id", " ".join(m.what for m in error.mistakes))
        else:
            return _carried_out(request, made)
    return show(request, "protection/protection.html", _page(form), status=422)


@require_POST
@needs("protect data")
def lift(request: HttpRequest) -> HttpResponse:
    """Let somebody who objected into new runs again: a person decides, and says why."""
    form = LiftForm(request.POST)
    if form.is_valid():
        said = form.cleaned_data
        try:
            ids = subjects.lift(said["lifted_id"].strip(), said["why"], by=request.user, at=datetime.now(UTC))
        except InputError as error:
            form.add_error("lifted_id", " ".join(m.what for m in error.mistakes))
        else:
            text = ngettext(
                "Lifted: the next run reads %s id again.",
                "Lifted: the next run reads %s ids again.",
                len(ids),
            )
            messages.success(request, text % len(ids))
            return redirect("protection")
    return show(request, "protection/protection.html", _page(RequestForm(), form), status=422)


@require_POST
@needs("protect data")
def finish(request: HttpRequest, number: int) -> HttpResponse:
    """Carry out a request that was interrupted."""
    return _carried_out(request, get_object_or_404(SubjectRequest, pk=number))


def _carried_out(request: HttpRequest, asked: SubjectRequest) -> HttpResponse:
    if asked.done_at is not None:
        messages.info(request, _("That was done before."))
        return redirect("protection")
    try:
        said = subjects.carry_out(asked, by=request.user, at=datetime.now(UTC))
    except InputError as error:
        why = " ".join(m.what for m in error.mistakes)  # without where: paths stay inside
        return tell(request, Problem(422, UNFINISHED, f"{why}.", _("Mend that, then finish the request.")))
    if asked.kind != EXPORT:
        asked.refresh_from_db()
        messages.success(request, f"{_('Done.')} {_result(asked)}")
        return redirect("protection")
    answer = HttpResponse(
        json.dumps(plain(said), ensure_ascii=False, indent=2), content_type="application/json"
    )
    answer["Content-Disposition"] = f'attachment; filename="subject-request-{asked.pk}.json"'
    answer["Cache-Control"] = "no-store"
    return answer


@require_safe
@needs("compare errors")
def fairness(request: HttpRequest) -> HttpResponse:
    """Whether the list errs more on one group; off until a legal basis is entered."""
    return show(request, "protection/fairness.html", FairnessPage(compared(), BasisForm()))


@require_POST
@needs("protect data")
def enter_basis(request: HttpRequest) -> HttpResponse:
    """Enter the legal basis."""
    form = BasisForm(request.POST)
    if not form.is_valid():
        return show(request, "protection/fairness.html", FairnessPage(compared(), form), status=422)
    basis.enter(form.cleaned_data["text"], form.cleaned_data["group_column"], by=request.user)
    messages.success(request, _("Entered. The next run compares errors."))
    return redirect("fairness")


@require_POST
@needs("protect data")
def withdraw_basis(request: HttpRequest) -> HttpResponse:
    """Withdraw the legal basis: nothing is compared or shown from now on."""
    basis.withdraw(by=request.user)
    messages.success(request, _("Withdrawn. Nothing is compared or shown."))
    return redirect("fairness")


def _page(form: RequestForm, lifting: LiftForm | None = None) -> Protection:
    today = timezone.localdate()
    held = holding.held(on=today)
    rows = SubjectRequest.objects.select_related("by")[:ON_A_PAGE]
    asked = [
        Asked(r, subjects.due_on(r), r.done_at is None and subjects.due_on(r) < today, _result(r))
        for r in rows
    ]
    waiting = sum(row.it.done_at is None for row in asked)
    return Protection(
        _sentence(held.over, waiting),
        held,
        form,
        lifting or LiftForm(),
        asked,
        len(privacy.objectors(holding.home_runs())),
        TEMPLATES,
    )


def _sentence(over: int, waiting: int) -> str:
    late = ngettext("%s thing is past its day", "%s things are past their day", over) % f"{over:,}"
    said = [late if over else _("Nothing is past its day")]
    if waiting:
        said.append(
            ngettext("%s request waits to be finished", "%s requests wait to be finished", waiting) % waiting
        )
    return "; ".join(said)


def _result(asked: SubjectRequest) -> str:
    """What was done, in words."""
    if asked.done_at is None:
        return ""
    n = asked.result
    if asked.kind == EXPORT:
        return ngettext("from %s run", "from %s runs", n.get("runs", 0)) % n.get("runs", 0)
    if asked.kind == OBJECT:
        said_of = ngettext("%s id kept out", "%s ids kept out", n.get("customers", 0)) % n.get("customers", 0)
        until = asked.lifted_at and _("until %(day)s, when it was lifted") % {
            "day": day(asked.lifted_at.date())
        }
        return f"{said_of}, {until}" if until else said_of
    said = [
        _(
            "%(rows)s rows of runs, %(findings)s findings, %(observations)s observations, %(records)s bodies of records"
        )
        % n
    ]
    if n.get("to_read"):
        said.append(_("read %(to_read)s observations that also speak of others") % n)
    if n.get("uploads_that_may_hold_them"):
        said.append(_("%(uploads_that_may_hold_them)s uploads may still hold the person until their day") % n)
    return "; ".join(said)
