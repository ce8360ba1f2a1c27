"""The pages of acts and of the account: recorded, written, compared, signed, printed."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from entrepot.errors import InputError
from entrepot.sensemaking.account import CODIFIED, TYPES, Account, Change, Standing, difference, standing
from entrepot.sensemaking.integration import Interpretation, interpret
from entrepot.sensemaking.tables import PRIORITIES, VERDICTS
from entrepot.web.access import needs
from entrepot.web.pages import show
from entrepot.web.permissions import may
from entrepot.web.sensemaking import acting
from entrepot.web.sensemaking.asking import question_of
from entrepot.web.sensemaking.forms import ActForm, SignForm, add_mistakes
from entrepot.web.sensemaking.models import OPEN, Act, Question, Signature, Version
from entrepot.web.sensemaking.results import sense_of

PARTS: Mapping[str, Any] = {
    "summary": lazy("What we have come to"), "verdict": lazy("Verdict"), "priority": lazy("Which logic comes first"),
    "owner": lazy("Owner"), "guidelines": lazy("Guideline"), "rights": lazy("Decides alone"),
    "dissent": lazy("Dissent"), "evidence": lazy("Evidence"), "codified": lazy("Written down"),
    "review_on": lazy("To be looked at again on"), "kind": lazy("Type, decided by a person"),
    "kind_reason": lazy("Why this type"),
}  # fmt: skip
WARNINGS: Mapping[str, Any] = {
    "no_owner": lazy("The account has no owner."),
    "other_verdict": lazy("The act that concluded has another verdict than the account."),
    "other_priority": lazy("The act that concluded puts another logic first than the account."),
    "review_due": lazy("The day of review has passed."),
}
VALUES: Mapping[str, Any] = {
    "compatible": lazy("compatible"), "incompatible": lazy("incompatible"),
    "institutionalised": lazy("the institutionalised logic"), "emerging": lazy("the emerging logic"),
    "codified": lazy("written down"), "taken_for_granted": lazy("taken for granted, not written down"),
}  # fmt: skip
MOST = 5_000


@dataclass(frozen=True)
class ActsPage:
    """Acts in order, the form for one more, and how many `readings` of texts count beside them."""

    question: Question
    acts: Sequence[Act]
    leads: bool
    form: ActForm | None
    said: Interpretation
    readings: int


@dataclass(frozen=True)
class UnitText:
    """One unit's part of the form."""

    unit: str
    guideline: str
    right: str


@dataclass(frozen=True)
class Told:
    """A change as the page tells it."""

    what: Any
    unit: str
    before: str
    after: str


@dataclass(frozen=True)
class AccountPage:
    """The account: what it says, its standing, who signed. `signing` is None for who has signed or may not."""

    question: Question
    version: Version | None
    account: Account
    standing: Standing
    said: Interpretation
    leads: bool
    signatures: Sequence[Signature]
    signing: SignForm | None
    warnings: Sequence[Any]
    units: Sequence[UnitText]


@dataclass(frozen=True)
class WritingPage:
    """The form of a version. `overtaken` is what somebody else changed meanwhile, `clashes` what both changed."""

    question: Question
    base: int
    account: Account
    proposed: str
    units: Sequence[UnitText]
    why: str = ""
    mistakes: Sequence[str] = ()
    overtaken: Sequence[Told] = ()
    clashes: Sequence[Told] = ()
    by: str = ""
    choices: Mapping[str, Sequence[tuple[str, Any]]] | None = None


@dataclass(frozen=True)
class HistoryPage:
    """Versions, newest first, each with what it changed."""

    question: Question
    versions: Sequence[tuple[Version, Sequence[Told]]]


@require_http_methods(["GET", "HEAD", "POST"])
@needs("make sense")
def acts(request: HttpRequest, number: int) -> HttpResponse:
    """Acts of sensegiving, and one more as it happened."""
    question, leads = question_of(request, number), may(request.user, "lead rounds")
    form = None
    if leads:
        form = ActForm(request.POST or None, question=question, initial={"form": secrets.token_hex(16)})
        if request.method == "POST" and form.is_valid():
            try:
                acting.record(question, form.said(), by=request.user, form=form.cleaned_data["form"])
                return redirect("questions_acts", number)
            except InputError as error:
                add_mistakes(form, error)
    page = ActsPage(
        question,
        list(question.acts.select_related("answers", "by")),
        leads,
        form,
        _interpreted(question),
        question.readings.count(),
    )
    return show(
        request, "sensemaking/acts.html", page, status=422 if form is not None and form.errors else 200
    )


def _interpreted(question: Question) -> Interpretation:
    sense = sense_of(question)
    is_open = question.rounds.filter(state=OPEN).exists()
    return sense.interpretation if sense else interpret([], [], round_is_open=is_open)


@require_safe
@needs("make sense")
def account(request: HttpRequest, number: int) -> HttpResponse:
    """The account as it stands."""
    question = question_of(request, number)
    return show(request, "sensemaking/account.html", _page(request, question, None))


@require_safe
@needs("make sense")
def card(request: HttpRequest, number: int) -> HttpResponse:
    """The account on one sheet, to print."""
    return show(request, "sensemaking/card.html", _page(request, question_of(request, number), None))


def _page(request: HttpRequest, question: Question, form: SignForm | None) -> AccountPage:
    version, said = acting.latest(question), _interpreted(question)
    account = acting.account_of(version)
    stands = standing(account, said, on=timezone.localdate())
    signatures = list(version.signatures.select_related("colleague")) if version else []
    mine = question.stakeholders.filter(colleague=request.user, left_at=None).exists()
    may_sign = version is not None and mine and all(s.colleague_id != request.user.pk for s in signatures)
    return AccountPage(
        question, version, account, stands, said, may(request.user, "lead rounds"), signatures,
        (form or SignForm()) if may_sign else None, [WARNINGS[code] for code in stands.warnings],
        [unit for unit in _units(question, account) if unit.guideline or unit.right],
    )  # fmt: skip


def _units(question: Question, account: Account) -> list[UnitText]:
    known = question.stakeholders.values_list("unit", flat=True)
    units = sorted({*known, *account.guidelines, *account.rights})
    return [UnitText(unit, account.guidelines.get(unit, ""), account.rights.get(unit, "")) for unit in units]


@require_http_methods(["GET", "HEAD", "POST"])
@needs("lead rounds")
def writing(request: HttpRequest, number: int) -> HttpResponse:
    """Write a version. Whoever comes second is shown what the first changed; their own text stands in the form."""
    question = question_of(request, number)
    if request.method != "POST":
        last = acting.latest(question)
        return _form(
            request,
            question,
            last.number if last else 0,
            acting.with_dissent(last) if last else _begun(question),
        )
    body, why = _sent(request), request.POST.get("why", "").strip()[:500]
    base = int(request.POST["base"]) if request.POST.get("base", "").isdecimal() else 0
    try:
        done = acting.write(question, body, base=base, why=why, by=request.user)
    except InputError as error:
        mistakes = [str(m) for m in error.mistakes]
        return _form(request, question, base, _as_typed(body), why=why, mistakes=mistakes, status=422)
    if isinstance(done, Version):
        messages.success(request, _("Version %s stands.") % done.number)
        return redirect("questions_account", number)
    return _form(
        request, question, done.latest.number, done.merged, why=why, status=409, by=str(done.latest.by),
        overtaken=[told(c) for c in done.changed], clashes=[told(c) for c in done.clashes],
    )  # fmt: skip


def _begun(question: Question) -> Account:
    """Before the first version the form holds what the acts say."""
    said = _interpreted(question)
    shown = [str(each) for each in question.evidence.all()]
    return Account(verdict=said.verdict, priority=said.priority, owner=question.owner, evidence=tuple(shown))


def _form(
    request: HttpRequest, question: Question, base: int, account: Account, *, status: int = 200, **more: Any
) -> HttpResponse:
    page = WritingPage(
        question,
        base,
        account,
        _interpreted(question).account,
        _units(question, account),
        choices=_choices(),
        **more,
    )
    return show(request, "sensemaking/account_form.html", page, status=status)


def _choices() -> Mapping[str, Sequence[tuple[str, Any]]]:
    return {
        "verdict": [("", _("none yet")), *((v, VALUES[v]) for v in VERDICTS)],
        "priority": [("", _("none yet")), *((v, VALUES[v]) for v in PRIORITIES)],
        "codified": [("", _("not said")), *((v, VALUES[v]) for v in CODIFIED)],
        "kind": [("", _("as the rules propose")), *((v, v) for v in TYPES)],
    }


def _sent(request: HttpRequest) -> dict[str, Any]:
    """The account of the form, as plain values."""
    data = request.POST
    units = list(zip(data.getlist("unit"), data.getlist("guideline"), data.getlist("right"), strict=False))
    single = ("summary", "verdict", "priority", "owner", "codified", "review_on", "kind", "kind_reason")
    return {
        **{name: data.get(name, "").replace("\r\n", "\n").replace("\x00", "")[:MOST] for name in single},
        "guidelines": {unit[:100]: text[:MOST] for unit, text, _right in units if unit.strip()},
        "rights": {unit[:100]: text[:MOST] for unit, _text, text in units if unit.strip()},
        "dissent": data.get("dissent", "")[: 4 * MOST].splitlines(),
        "evidence": data.get("evidence", "")[: 4 * MOST].splitlines(),
    }


def _as_typed(body: Mapping[str, Any]) -> Account:
    """What was typed, right or wrong, so that the form shows it again."""
    return Account(**{**body, "dissent": tuple(body["dissent"]), "evidence": tuple(body["evidence"])})


def told(change: Change) -> Told:
    value = {**VALUES, "": "—"}
    return Told(
        PARTS[change.what], change.unit, str(value.get(change.before, change.before)),
        str(value.get(change.after, change.after)),
    )  # fmt: skip


@require_safe
@needs("make sense")
def history(request: HttpRequest, number: int) -> HttpResponse:
    """Every version and what it changed."""
    question = question_of(request, number)
    rows = list(question.versions.select_related("by"))
    found = []
    for place, version in enumerate(rows):
        before = rows[place + 1] if place + 1 < len(rows) else None
        changes = difference(acting.account_of(before), acting.account_of(version))
        found.append((version, [told(change) for change in changes]))
    return show(request, "sensemaking/account_history.html", HistoryPage(question, found))


@require_POST
@needs("make sense")
def sign(request: HttpRequest, number: int, pk: int) -> HttpResponse:
    """Put one's name under a version; only who is asked may."""
    question = question_of(request, number)
    get_object_or_404(question.stakeholders, colleague=request.user, left_at=None)
    version, form = get_object_or_404(question.versions, number=pk), SignForm(request.POST)
    if version != acting.latest(question):
        messages.error(request, _("A newer version stands: read it, and sign that."))
        return redirect("questions_account", number)
    if form.is_valid():
        try:
            acting.sign(version, form.cleaned_data["stance"], form.cleaned_data["words"], by=request.user)
            return redirect("questions_account", number)
        except InputError as error:
            add_mistakes(form, error)
    return show(request, "sensemaking/account.html", _page(request, question, form), status=422)
