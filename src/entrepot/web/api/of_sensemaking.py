"""Questions, what their closed rounds say, acts of sensegiving and the account, for programs.

Nothing here knows more than the pages: blind answers come as closed rounds show them, in groups of five or more, and
never row by row.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import Http404, HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from ninja import Path, Schema
from ninja.responses import Status
from pydantic import Field, StringConstraints

from entrepot.run import plain
from entrepot.sensemaking.account import standing
from entrepot.sensemaking.integration import interpret
from entrepot.sensemaking.tables import Assessment
from entrepot.web.api import answers, paging, shapes
from entrepot.web.api.guard import needs
from entrepot.web.api.of_people import Once
from entrepot.web.api.problems import Refused, or_problem
from entrepot.web.api.routing import router
from entrepot.web.failing import Problem
from entrepot.web.sensemaking import acting
from entrepot.web.sensemaking.asking import visible
from entrepot.web.sensemaking.models import CLOSED, OPEN, Act, Question
from entrepot.web.sensemaking.results import sense_of
from entrepot.web.sensemaking.rows import rows_of

READ: Any = needs("make sense")
LEAD: Any = needs("lead rounds")
NO_SENSE = Problem(409, _("Nothing has been said yet"), _("No round is closed, and no act is recorded."))
Moment = Annotated[str, StringConstraints(max_length=40, pattern=shapes.PRINTABLE)]
Unit = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=shapes.PRINTABLE)]
Level = Literal["leader", "staff"]
Kind = Literal[
    "informed", "promoted", "voiced", "heard", "dismissed", "left_open", "concluded", "reopened"
]  # fmt: skip


class QuestionOut(Schema):
    """A question. `owner` is empty where nobody owns the topic."""

    number: int
    title: str
    text: str
    stage: str
    owner: str
    asked_at: datetime
    round_is_open: bool
    rounds_closed: int


class ActIn(shapes.Given):
    """One act of sensegiving, as it happened; columns as in contracts.md, `at` as exactly as it is known."""

    unit: Unit
    level: Level
    kind: Kind
    answers: shapes.Number | None = None
    to_units: Annotated[list[Unit], Field(max_length=200)] = []
    verdict: Literal["", "compatible", "incompatible"] = ""
    priority: Literal["", "institutionalised", "emerging"] = ""
    owner: Annotated[str, StringConstraints(max_length=200, pattern=shapes.PRINTABLE)] = ""
    at: Moment = ""
    review_on: Annotated[str, StringConstraints(max_length=10, pattern=r"^(\d{4}-\d{2}-\d{2})?$")] = ""
    source: Annotated[str, StringConstraints(max_length=2000, pattern=shapes.PRINTABLE)] = ""


class ActOut(Schema):
    """An act as it is kept. `answers` is the number of the act that was heard or dismissed."""

    number: int
    unit: str
    level: str
    kind: str
    answers: int | None
    to_units: list[str]
    verdict: str
    priority: str
    owner: str
    at: str
    review_on: str
    source: str
    recorded_at: datetime


class ReadingIn(shapes.Given):
    """What was read in a text of somebody's view, in the columns of contracts.md; no words. `score` is −1, 0 or 1."""

    stakeholder: Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=shapes.PRINTABLE)]
    unit: Unit
    level: Literal["leader", "staff", "unstated"]
    dimension: Literal["legitimacy", "efficiency"]
    source: Annotated[str, StringConstraints(min_length=1, max_length=2000, pattern=shapes.PRINTABLE)]
    horizon: Literal["short", "long", "unstated"] = "unstated"
    facet: Literal["overall", "aims", "actions", "outcomes"] = "overall"
    score: Literal[-1, 0, 1] | None = None
    status: Literal["given", "passed", "withheld", "unanswered", "not_asked", "not_applicable"] = "given"
    reason_code: Literal[
        "", "fear_of_rebuke", "brand_ruin", "not_my_remit", "know_too_little", "other"
    ] = ""  # fmt: skip
    coder: Annotated[str, StringConstraints(max_length=100, pattern=shapes.PRINTABLE)] = ""
    answered_at: Moment = ""


class ReadingsIn(shapes.Given):
    """Readings of texts, to be kept together or not at all."""

    rows: Annotated[list[ReadingIn], Field(min_length=1, max_length=2000)]


class ReadingsOut(Schema):
    """How many readings were kept."""

    rows: int


class AssessmentOut(Schema):
    """One answer of a closed round that was given by name, as contracts.md has it."""

    round: str
    stakeholder: str
    unit: str
    level: str
    dimension: str
    horizon: str
    facet: str
    score: float | None
    status: str
    reason_code: str


class AccountOut(Schema):
    """The account: its last version (0: none), its type and what the rules propose, and what is expected of it."""

    version: int
    account: dict[str, Any]
    kind: str
    proposed: str
    note: str
    is_decided_by_person: bool
    warnings: list[str]
    rests_on: list[str]
    expected_responses: list[dict[str, Any]]
    signatures: list[dict[str, Any]]


def question_in(request: HttpRequest, number: int) -> Question:
    """The question of an address, if whoever asks may see it."""
    found = visible(request.auth.colleague).filter(pk=number).first()
    if found is None:
        raise Http404
    return found


def said_of(row: Question) -> QuestionOut:
    return QuestionOut(
        number=row.pk, title=row.title, text=row.text, stage=row.stage, owner=row.owner, asked_at=row.at,
        round_is_open=row.rounds.filter(state=OPEN).exists(), rounds_closed=row.rounds.filter(state=CLOSED).count(),
    )  # fmt: skip


def _act(row: Act) -> ActOut:
    names = ("unit", "level", "kind", "to_units", "verdict", "priority", "owner", "review_on", "source")
    fields = {name: getattr(row, name) for name in names}
    return ActOut(number=row.pk, answers=row.answers_id, at=row.happened, recorded_at=row.at, **fields)


@router.get("/questions", auth=READ, response=or_problem(shapes.Page[QuestionOut]), tags=["making sense"])
def questions(request: HttpRequest, after: shapes.Text = "", size: shapes.Size = 50) -> Any:
    """Questions that whoever asks may see: those that ask them, or all for who leads rounds."""
    found, beyond = paging.latest_first(visible(request.auth.colleague), after, size)
    return {"items": [said_of(row) for row in found], "next": beyond}


@router.get("/questions/{number}", auth=READ, response=or_problem(QuestionOut), tags=["making sense"])
def question(request: HttpRequest, number: Path[shapes.Number]) -> Any:
    """One question."""
    return said_of(question_in(request, number))


@router.get(
    "/questions/{number}/sense", auth=LEAD, response=or_problem(dict[str, Any]), tags=["making sense"]
)
def sense(request: HttpRequest, number: Path[shapes.Number]) -> Any:
    """What `entrepot sense` answers, of the last closed round and all acts."""
    found = sense_of(question_in(request, number))
    if found is None:
        raise Refused(NO_SENSE)
    return plain(found.as_row())


@router.get(
    "/questions/{number}/assessments",
    auth=LEAD,
    response=or_problem(list[AssessmentOut]),
    tags=["making sense"],
)
def assessments(request: HttpRequest, number: Path[shapes.Number]) -> Any:
    """Answers by name of the closed rounds, without reasons. Blind ones come by groups, in `sense`, and not one by one:
    row by row they would tell what groups of fewer than five must not."""
    rounds = question_in(request, number).rounds.filter(state=CLOSED)
    return [_answer(one) for closed in rounds for one in rows_of(closed) if one.attributed]


def _answer(one: Assessment) -> AssessmentOut:
    return AssessmentOut(**{name: getattr(one, name) for name in AssessmentOut.model_fields})


@router.get("/questions/{number}/acts", auth=READ, response=or_problem(list[ActOut]), tags=["making sense"])
def acts_of_question(request: HttpRequest, number: Path[shapes.Number]) -> Any:
    """The acts of sensegiving, as they were recorded."""
    return [_act(row) for row in question_in(request, number).acts.all()]


@router.post("/questions/{number}/acts", auth=LEAD, response=or_problem(ActOut, 201), tags=["making sense"])
def add_act(request: HttpRequest, number: Path[shapes.Number], given: ActIn, key: Once = None) -> Any:
    """Record an act as it happens."""
    here, colleague = question_in(request, number), request.auth.colleague

    def add() -> ActOut:
        said = given.model_dump()
        said["happened"] = said.pop("at")
        return _act(acting.record(here, said, by=colleague))

    return answers.once(request, key, add)


@router.post(
    "/questions/{number}/readings", auth=LEAD, response=or_problem(ReadingsOut, 201), tags=["making sense"]
)
def add_readings(
    request: HttpRequest, number: Path[shapes.Number], given: ReadingsIn, key: Once = None
) -> Any:
    """Bring what coders read in texts: it counts for signs and never for agreement. Nobody is shown the rows."""
    here, colleague = question_in(request, number), request.auth.colleague

    def add() -> ReadingsOut:
        rows = [{n: "" if v is None else str(v) for n, v in row.model_dump().items()} for row in given.rows]
        return ReadingsOut(rows=acting.bring_readings(here, rows, by=colleague))

    return answers.once(request, key, add)


@router.delete(
    "/questions/{number}/readings", auth=LEAD, response=or_problem(None, 204), tags=["making sense"]
)
def forget_readings(request: HttpRequest, number: Path[shapes.Number]) -> Any:
    """Forget what was read in texts, where somebody withdrew or it is brought anew."""
    acting.take_readings_away(question_in(request, number), by=request.auth.colleague)
    return Status(204, None)


@router.get("/questions/{number}/account", auth=READ, response=or_problem(AccountOut), tags=["making sense"])
def account(request: HttpRequest, number: Path[shapes.Number]) -> Any:
    """The account as it stands."""
    here = question_in(request, number)
    version, found = acting.latest(here), sense_of(here)
    said = found.interpretation if found else interpret([], [])
    body = acting.account_of(version)
    stands = asdict(standing(body, said, on=timezone.localdate()))
    expected = stands.pop("expected")
    signed = version.signatures.select_related("colleague") if version else ()
    return AccountOut(
        version=version.number if version else 0, account=body.as_body(), expected_responses=expected,
        signatures=[{"by": s.colleague.mark, "stance": s.stance, "words": s.words, "at": s.at.isoformat()}
                    for s in signed],
        **stands,
    )  # fmt: skip
