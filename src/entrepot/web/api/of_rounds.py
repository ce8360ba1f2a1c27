"""Questions and rounds for programs of who leads them: ask, name people, show evidence, open, remind, close; results,
answers by name, versions of the account and signatures.

The pages' functions act. Outside stays what would join a person and a blind answer: codes are drawn and spent on pages
alone, also those on paper, and results come as the page shows them, in groups of five or more.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime, timedelta
from smtplib import SMTPException
from typing import Annotated, Any, Literal

from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from ninja import Path, Schema
from ninja.responses import Status
from pydantic import Field, StringConstraints

from entrepot.errors import InputError, Mistake
from entrepot.run import plain
from entrepot.web.api import answers, shapes
from entrepot.web.api.guard import needs
from entrepot.web.api.of_people import Once
from entrepot.web.api.of_sensemaking import LEAD, READ, Level, QuestionOut, Unit, question_in, said_of
from entrepot.web.api.problems import Refused, Unfit, checked, or_problem
from entrepot.web.api.routing import router
from entrepot.web.failing import Problem
from entrepot.web.permissions import may
from entrepot.web.sensemaking import acting, ballots, leading, telling
from entrepot.web.sensemaking.accounting import told
from entrepot.web.sensemaking.answering import keep
from entrepot.web.sensemaking.asking import FOUND, is_promised_to, visible
from entrepot.web.sensemaking.assessing import AnswerForm
from entrepot.web.sensemaking.box import KeyIsGone
from entrepot.web.sensemaking.forms import DaysForm, EvidenceForm, QuestionForm, RoundForm, SignForm
from entrepot.web.sensemaking.models import CLOSED, Question, Round, Seat, Version
from entrepot.web.sensemaking.results import results_of
from entrepot.web.sensemaking.saying import ITEMS

ANSWER: Any = needs("answer rounds")
TAGS = ["making sense"]
OVER = Problem(409, _("The round is over"), _("Nothing was done."))
FEW = Problem(
    409, _("Fewer than five have answered blind"), _("Closed now, their answers are destroyed unseen."),
    _("Let the round run for longer, or say “destroy”."),
)  # fmt: skip
LOCKED = Problem(
    503, _("The box cannot be opened"), _("Its key is not in this server's folder."), _("Call the round off.")
)
NO_LETTERS = Problem(503, _("The mail server did not take every letter"), _("Some may have been written."))
BLIND = Problem(
    403, _("This seat answers blind"), _("Nothing was kept. No program may know what somebody answers blind."),
    _("Draw a code on the page of the round, and spend it there."),
)  # fmt: skip
NOT_ASKED = Problem(403, _("You are not asked"), _("Nothing was kept."))
OLDER = Problem(409, _("A newer version stands"), _("Nothing was signed."), _("Read it, and sign that."))
Here = Path[shapes.Number]
Days = Annotated[int, Field(ge=1, le=90)]
Words = Annotated[str, StringConstraints(max_length=5000, pattern=shapes.PRINTABLE)]
Lines = Annotated[list[Words], Field(max_length=200)]
Title = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=shapes.PRINTABLE)]
Owner = Annotated[str, StringConstraints(max_length=200, pattern=shapes.PRINTABLE)]
Score = Annotated[int, Field(ge=-3, le=3)]


class QuestionIn(shapes.Given):
    """A question. An empty `owner`: nobody owns the topic, and the pages say so."""

    title: Title
    text: shapes.Note = ""
    owner: Owner = ""
    stage: Literal["what_is_going_on", "what_do_we_do"] = "what_is_going_on"


class PersonIn(shapes.Given):
    """Somebody to be asked: a colleague by `email`, or a `name` alone, who gets a code on paper."""

    unit: Unit
    level: Level
    email: Annotated[str, StringConstraints(max_length=250, pattern=shapes.PRINTABLE)] = ""
    name: Owner = ""
    language: Literal["", "en", "ko", "zh-hans"] = ""


class PeopleIn(shapes.Given):
    """People to be asked, all or none."""

    people: Annotated[list[PersonIn], Field(min_length=1, max_length=2000)]


class PersonOut(Schema):
    """Somebody who is asked."""

    number: int
    who: str
    unit: str
    level: str
    language: str


class EvidenceIn(shapes.Given):
    """What a question shows: the current run, a finding by its code, an observation by its number, or words."""

    kind: Literal["run", "finding", "observation", "other"]
    refers_to: shapes.Word = ""
    text: Annotated[str, StringConstraints(max_length=2000, pattern=shapes.PRINTABLE)] = ""


class EvidenceOut(Schema):
    """A piece of evidence; `caption` is what an observation says, while it may be kept."""

    number: int
    kind: str
    title: str
    text: str
    refers_to: str
    caption: str


class NumberOut(Schema):
    """The number of what was made or changed."""

    number: int


class CountOut(Schema):
    """How many."""

    number: int


class OfferOut(Schema):
    """What a round may offer to these people: by way, its groups with how many are asked; and what not, and why."""

    ways: dict[str, dict[str, int]]
    not_offered: dict[str, str]


class RoundIn(shapes.Given):
    """How a round is held; `feedback` is what those who are asked see after the close; `keep_months` for how
    long after its end it is kept (without it as the firm keeps rounds)."""

    mode: Literal["blind_by_unit", "blind", "whole_group", "attributed"]
    feedback: Literal["none", "distribution", "reasons"] = "distribution"
    days: Days = 7
    keep_months: Annotated[int, Field(ge=1, le=120)] | None = None


class RoundOut(Schema):
    """A round, with what was promised. To who leads, of an open one: `blind_so_far` in full fives, null below five."""

    number: int
    question: int
    place: int
    stage: str
    mode: str
    feedback: str
    state: str
    opened_at: datetime
    ends_at: datetime
    closed_at: datetime | None
    retain_until: date | None
    asked: int
    promise: list[str]
    named_so_far: int | None = None
    blind_so_far: int | None = None


class DaysIn(shapes.Given):
    """For how many days more."""

    days: Days


class LettersIn(shapes.Given):
    """Whether it is a reminder."""

    again: bool = False


class ClosingIn(shapes.Given):
    """With `destroy` also where fewer than five have answered blind."""

    destroy: bool = False


class AnswerIn(shapes.Given):
    """An answer by name: `scores` from −3 to 3 by legitimacy_short, efficiency_short, legitimacy_long, efficiency_long,
    legitimacy_aims, legitimacy_actions, legitimacy_outcomes."""

    status: Literal["given", "passed", "withheld"] = "given"
    scores: dict[str, Score] = {}
    reason_code: Literal["", "fear_of_rebuke", "brand_ruin", "not_my_remit", "know_too_little", "other"] = ""
    reason: shapes.Text = ""


class AccountIn(shapes.Given):
    """An account, to follow version `base` (0: none). Guidelines and rights are by unit."""

    base: Annotated[int, Field(ge=0, le=2**31 - 1)]
    why: shapes.Text = ""
    summary: Words = ""
    verdict: Literal["", "compatible", "incompatible"] = ""
    priority: Literal["", "institutionalised", "emerging"] = ""
    owner: Owner = ""
    guidelines: dict[Unit, Words] = {}
    rights: dict[Unit, Words] = {}
    dissent: Lines = []
    evidence: Lines = []
    codified: Literal["", "codified", "taken_for_granted"] = ""
    review_on: Annotated[str, StringConstraints(pattern=r"^(\d{4}-\d{2}-\d{2})?$")] = ""
    kind: shapes.Word = ""
    kind_reason: Words = ""


class VersionOut(Schema):
    """A version of the account."""

    version: int
    account: dict[str, Any]
    why: str
    by: str
    at: datetime


class SignatureIn(shapes.Given):
    """Whether one carries the account out, or dissents, in words."""

    stance: Literal["carries", "dissents"]
    words: Annotated[str, StringConstraints(max_length=2000, pattern=shapes.PRINTABLE)] = ""


@router.post("/questions", auth=LEAD, response=or_problem(QuestionOut, 201), tags=TAGS)
def ask_question(request: HttpRequest, given: QuestionIn, key: Once = None) -> Any:
    """Ask a question; nobody is asked yet."""
    said = checked(QuestionForm(given.model_dump())).cleaned_data

    def ask() -> QuestionOut:
        made = leading.ask(said["title"], said["text"], said["owner"], by=request.auth.colleague)
        leading.change(made, {"stage": said["stage"]}, by=request.auth.colleague)
        return said_of(Question.objects.get(pk=made.pk))

    return answers.once(request, key, ask)


@router.put("/questions/{number}", auth=LEAD, response=or_problem(QuestionOut), tags=TAGS)
def change_question(request: HttpRequest, number: Here, given: QuestionIn) -> Any:
    """Another title, text, owner and stage."""
    said = checked(QuestionForm(given.model_dump())).cleaned_data
    leading.change(question_in(request, number), said, by=request.auth.colleague)
    return said_of(question_in(request, number))


@router.get("/questions/{number}/people", auth=LEAD, response=or_problem(list[PersonOut]), tags=TAGS)
def people_asked(request: HttpRequest, number: Here) -> Any:
    """Who is asked."""
    rows = question_in(request, number).stakeholders.filter(left_at=None).select_related("colleague")
    return [PersonOut(number=s.pk, who=str(s), unit=s.unit, level=s.level, language=s.language) for s in rows]


@router.post("/questions/{number}/people", auth=LEAD, response=or_problem(CountOut, 201), tags=TAGS)
def ask_people(request: HttpRequest, number: Here, given: PeopleIn, key: Once = None) -> Any:
    """Ask these people too, all or none; the number is how many were added."""
    here = question_in(request, number)
    people = [leading.Newcomer(**each.model_dump()) for each in given.people]
    return answers.once(
        request, key, lambda: CountOut(number=leading.add(here, people, by=request.auth.colleague))
    )


@router.delete("/questions/{number}/people/{pk}", auth=LEAD, response=or_problem(None, 204), tags=TAGS)
def ask_no_more(request: HttpRequest, number: Here, pk: Here) -> Any:
    """Somebody is asked no more."""
    leading.leave(_one(question_in(request, number).stakeholders, pk=pk), by=request.auth.colleague)
    return Status(204, None)


@router.get("/questions/{number}/evidence", auth=READ, response=or_problem(list[EvidenceOut]), tags=TAGS)
def evidence_of_question(request: HttpRequest, number: Here) -> Any:
    """What the question shows."""
    names = ("kind", "title", "text", "refers_to", "caption")
    rows = question_in(request, number).evidence.all()
    return [EvidenceOut(number=e.pk, **{name: getattr(e, name) for name in names}) for e in rows]


@router.post("/questions/{number}/evidence", auth=LEAD, response=or_problem(NumberOut, 201), tags=TAGS)
def show_evidence(request: HttpRequest, number: Here, given: EvidenceIn, key: Once = None) -> Any:
    """Show a run, a finding, an observation or words, as they are now."""
    here, form = question_in(request, number), checked(EvidenceForm(given.model_dump()))
    said = form.cleaned_data

    def attach() -> NumberOut:
        try:
            title, text, address = FOUND[said["kind"]](said["refers_to"].strip(), said["text"].strip())
        except Http404 as missing:
            form.add_error("refers_to", str(missing))
            raise Unfit(form) from None
        made = leading.attach(here, said["kind"], title, text, address, by=request.auth.colleague)
        return NumberOut(number=made.pk)

    return answers.once(request, key, attach)


@router.delete("/questions/{number}/evidence/{pk}", auth=LEAD, response=or_problem(None, 204), tags=TAGS)
def show_no_more(request: HttpRequest, number: Here, pk: Here) -> Any:
    """Show it no more."""
    leading.detach(_one(question_in(request, number).evidence, pk=pk), by=request.auth.colleague)
    return Status(204, None)


@router.get("/questions/{number}/offer", auth=LEAD, response=or_problem(OfferOut), tags=TAGS)
def offer(request: HttpRequest, number: Here) -> Any:
    """What the next round can offer to the people of now."""
    found = leading.offer_of(question_in(request, number))
    ways = {
        str(way.mode): {**({"by name": len(way.by_name)} if way.by_name else {}),
                   **{cell: len(who) for cell, who in way.cells.items()}}
        for way in found.ways
    }  # fmt: skip
    return OfferOut(ways=ways, not_offered={str(mode): str(why) for mode, why in found.not_offered.items()})


@router.get("/questions/{number}/rounds", auth=READ, response=or_problem(list[RoundOut]), tags=TAGS)
def rounds_of_question(request: HttpRequest, number: Here) -> Any:
    """Its rounds, the first one first: all for who leads, else those at which whoever asks sits."""
    leads, rows = may(request.auth.colleague, "lead rounds"), question_in(request, number).rounds.all()
    seen = rows if leads else rows.filter(seats__stakeholder__colleague=request.auth.colleague)
    return [_said(each, leads=leads) for each in seen]


@router.post("/questions/{number}/rounds", auth=LEAD, response=or_problem(RoundOut, 201), tags=TAGS)
def open_round(request: HttpRequest, number: Here, given: RoundIn, key: Once = None) -> Any:
    """Open a round with the people of now, as it can be offered to them."""
    here = question_in(request, number)

    def make() -> RoundOut:
        ways = [(way.mode, way.mode) for way in leading.offer_of(here).ways]
        form = checked(RoundForm(given.model_dump(), ways=ways))
        return _said(leading.open_round(here, form.asking(), by=request.auth.colleague), leads=True)

    return answers.once(request, key, make)


@router.get("/rounds/{pk}", auth=READ, response=or_problem(RoundOut), tags=TAGS)
def one_round(request: HttpRequest, pk: Here) -> Any:
    """A round at which whoever asks sits; for who leads every one, and how far it is."""
    here, leads = _round(request, pk), may(request.auth.colleague, "lead rounds")
    if not leads and not here.seats.filter(stakeholder__colleague=request.auth.colleague).exists():
        raise Http404
    return _said(here, leads=leads)


@router.post("/rounds/{pk}/letters", auth=LEAD, response=or_problem(CountOut, 201), tags=TAGS)
def write_letters(request: HttpRequest, pk: Here, given: LettersIn, key: Once = None) -> Any:
    """Write to everybody who is asked, an invitation or a reminder; the number is how many letters."""
    here = _round(request, pk)
    if not here.takes_answers(at=timezone.now()):
        raise Refused(OVER)
    address = request.build_absolute_uri(reverse("questions_answer", args=(pk,)))

    def write() -> CountOut:
        try:
            number = leading.write_to_all(here, address, by=request.auth.colleague, again=given.again)
        except (OSError, SMTPException):
            raise Refused(NO_LETTERS) from None
        return CountOut(number=number)

    return answers.once(request, key, write)


@router.post("/rounds/{pk}/extension", auth=LEAD, response=or_problem(RoundOut, 201), tags=TAGS)
def extend_round(request: HttpRequest, pk: Here, given: DaysIn, key: Once = None) -> Any:
    """Let people answer for longer."""
    here, days = _round(request, pk), checked(DaysForm(given.model_dump())).cleaned_data["days"]

    def extend() -> RoundOut:
        until = max(here.ends_at, timezone.now()) + timedelta(days=days)
        if not leading.extend(here, until, by=request.auth.colleague):
            raise Refused(OVER)
        return _said(_round(request, pk), leads=True)

    return answers.once(request, key, extend)


@router.post("/rounds/{pk}/closing", auth=LEAD, response=or_problem(RoundOut, 201), tags=TAGS)
def close_round(request: HttpRequest, pk: Here, given: ClosingIn, key: Once = None) -> Any:
    """Close a round and open its box. With fewer than five ballots, only where `destroy` says so: they are destroyed
    unseen."""
    here = _round(request, pk)

    def close() -> RoundOut:
        few = here.is_blind and ballots.ballots_so_far(here) is None and here.state != CLOSED
        if few and not given.destroy:
            raise Refused(FEW)
        try:
            if not leading.close(here, by=request.auth.colleague):
                raise Refused(OVER)
        except KeyIsGone:
            raise Refused(LOCKED) from None
        return _said(_round(request, pk), leads=True)

    return answers.once(request, key, close)


@router.post("/rounds/{pk}/calling-off", auth=LEAD, response=or_problem(RoundOut, 201), tags=TAGS)
def call_round_off(request: HttpRequest, pk: Here, key: Once = None) -> Any:
    """Call a round off: what was said is destroyed."""
    here = _round(request, pk)

    def off() -> RoundOut:
        if not leading.call_off(here, by=request.auth.colleague):
            raise Refused(OVER)
        return _said(_round(request, pk), leads=True)

    return answers.once(request, key, off)


@router.get("/rounds/{pk}/results", auth=READ, response=or_problem(dict[str, Any]), tags=TAGS)
def results(request: HttpRequest, pk: Here) -> Any:
    """What a closed round says, to those to whom it was promised, with reasons where that was promised."""
    colleague, here = request.auth.colleague, _round(request, pk)
    leads = may(colleague, "lead rounds")
    if here.state != CLOSED or not (leads or is_promised_to(here, colleague)):
        raise Http404
    found = results_of(here, with_reasons=leads or here.feedback == "reasons", leads=leads)
    points = {p.horizon: [asdict(dot.point) for dot in p.dots] for p in found.pictures}
    withheld = {p.horizon: bool(p.withheld) for p in found.pictures}
    return plain({
        "sentence": found.sentence, "sense": found.sense.as_row(), "points": points, "points_withheld": withheld,
        "views": found.views, "facets": found.facets, "silence": found.silence,
        "acts": [act.pk for act in found.acts], "before": found.before.pk if found.before else None,
        "stability": [asdict(each) for each in found.stability], "moves": [asdict(each) for each in found.moves],
        "reasons_by_name": [asdict(each) for each in found.named], "reasons": found.reasons,
        "is_destroyed": found.is_destroyed,
    })  # fmt: skip


@router.put("/rounds/{pk}/answer", auth=ANSWER, response=or_problem(None, 204), tags=TAGS)
def answer_by_name(request: HttpRequest, pk: Here, given: AnswerIn) -> Any:
    """The answer of the key's owner, by name, in place of the one before. A seat that answers blind is refused: a blind
    answer is given on a page that knows nobody, and by no program."""
    seat = Seat.objects.filter(round=pk, stakeholder__colleague=request.auth.colleague).first()
    if seat is None:
        raise Http404
    if seat.cell:
        raise Refused(BLIND)
    if unknown := sorted(set(given.scores) - set(ITEMS)):
        raise InputError(Mistake(_("there is no such score"), "scores", ", ".join(ITEMS), ", ".join(unknown)))
    fields = {name: str(score) for name, score in given.scores.items()}
    form = checked(AnswerForm({**given.model_dump(exclude={"scores"}), **fields}))
    if not keep(seat, form.said, form.cleaned_data["reason"], request.auth.colleague):
        raise Refused(OVER)
    return Status(204, None)


@router.get(
    "/questions/{number}/account/versions", auth=READ, response=or_problem(list[VersionOut]), tags=TAGS
)
def versions_of_account(request: HttpRequest, number: Here) -> Any:
    """Every version of the account, the newest first."""
    return [_version(each) for each in question_in(request, number).versions.select_related("by")]


@router.post(
    "/questions/{number}/account/versions", auth=LEAD, response=or_problem(VersionOut, 201), tags=TAGS
)
def write_account(request: HttpRequest, number: Here, given: AccountIn, key: Once = None) -> Any:
    """A new version after version `base`. Refused where another came first: the answer names what it changed."""
    here, said = question_in(request, number), given.model_dump()
    base, why = said.pop("base"), said.pop("why")

    def write() -> VersionOut:
        done = acting.write(here, said, base=base, why=why.strip(), by=request.auth.colleague)
        if isinstance(done, Version):
            return _version(done)
        changed = ", ".join(str(told(each).what) for each in done.changed)
        raise Refused(
            Problem(409, _("Another version came first"), _("Version %(n)s changed: %(what)s.")
                    % {"n": done.latest.number, "what": changed}, _("Read it, and send yours on its base."))
        )  # fmt: skip

    return answers.once(request, key, write)


@router.post(
    "/questions/{number}/account/versions/{pk}/signatures",
    auth=READ,
    response=or_problem(NumberOut, 201),
    tags=TAGS,
)
def sign_account(request: HttpRequest, number: Here, pk: Here, given: SignatureIn, key: Once = None) -> Any:
    """Put the name of the key's owner under the last version; only who is asked may. `pk` is the version."""
    here, colleague = question_in(request, number), request.auth.colleague
    version = _one(here.versions, number=pk)
    if not here.stakeholders.filter(colleague=colleague, left_at=None).exists():
        raise Refused(NOT_ASKED)
    form = checked(SignForm(given.model_dump()))

    def sign() -> NumberOut:
        if version != acting.latest(here):
            raise Refused(OLDER)
        made = acting.sign(version, form.cleaned_data["stance"], form.cleaned_data["words"], by=colleague)
        return NumberOut(number=made.pk)

    return answers.once(request, key, sign)


def _one(rows: Any, **named: Any) -> Any:
    found = rows.filter(**named).first()
    if found is None:
        raise Http404
    return found


def _round(request: HttpRequest, pk: int) -> Round:
    rows = Round.objects.select_related("question").filter(question__in=visible(request.auth.colleague))
    found: Round = _one(rows, pk=pk)
    return found


def _said(row: Round, *, leads: bool) -> RoundOut:
    names = ("stage", "mode", "feedback", "state", "opened_at", "ends_at", "closed_at", "retain_until")
    far = {}
    if leads and row.state == "open":
        named = row.seats.filter(cell="").exclude(answer=None).count()
        far = {"named_so_far": named, "blind_so_far": ballots.ballots_so_far(row) if row.is_blind else None}
    return RoundOut(
        number=row.pk, question=row.question_id, place=row.number, asked=row.seats.count(),
        promise=[str(each) for each in telling.promise(row)], **{name: getattr(row, name) for name in names}, **far,
    )  # fmt: skip


def _version(row: Version) -> VersionOut:
    return VersionOut(version=row.number, account=row.body, why=row.why, by=row.by.mark, at=row.at)
