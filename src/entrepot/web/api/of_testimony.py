"""The other deeds of testimony for programs: changing and excluding codes, logs and member checks, marks, readings,
who may read a text, consent withdrawn, a study erased.

The pages' own functions act. One deed stays a page's: opening a sealed text, since what is opened is read by a person.
What an act answers holds no word, as in `of_coding`.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.utils.translation import gettext_lazy as _
from ninja import Path, Schema
from pydantic import StringConstraints

from entrepot.sensemaking.coding import Choice
from entrepot.web.api import answers, shapes
from entrepot.web.api.of_coding import (
    CLOSED,
    CODE,
    TAGS,
    GoneOut,
    Moment,
    Name,
    row_in,
    row_of_study,
    testimony,
    unkept,
)
from entrepot.web.api.of_files import Once
from entrepot.web.api.problems import Refused, checked, or_problem
from entrepot.web.api.routing import router
from entrepot.web.coding import acting
from entrepot.web.coding.log_views import note_forms, noted
from entrepot.web.coding.models import Sealed
from entrepot.web.coding.storing import load
from entrepot.web.coding.text_views import nameable, who_reads
from entrepot.web.coding.withdrawing import going
from entrepot.web.failing import Problem

WITHDRAW: Any = testimony("withdraw consent")
NOT_NAMED = Problem(
    409, _("Nobody was named"), _("They cannot be named here: they may read it already, do not code, or administer "
                                  "the server."),
)  # fmt: skip
OTHER_NAME = Problem(409, _("Nothing was deleted"), _("The name is not that of the study."))
Mark = Annotated[str, StringConstraints(min_length=1, max_length=40, pattern=shapes.PRINTABLE)]
Here = Path[shapes.Number]


class RevisionIn(shapes.Given):
    """A change of a code: its name, its description, or the code above it (`parent`, by id; empty for none)."""

    what: Literal["name", "description", "parent"]
    now: Annotated[str, StringConstraints(max_length=200, pattern=shapes.PRINTABLE)] = ""
    why: shapes.Text = ""


class DecisionIn(shapes.Given):
    """A concept kept or excluded, with the reason."""

    decision: Literal["kept", "excluded"]
    why: shapes.Text


class CheckIn(shapes.Given):
    """An informant in a round of member checks; the same informant, round and subject again replaces it."""

    round: Mark
    informant: Name
    about: Annotated[str, StringConstraints(max_length=200, pattern=shapes.PRINTABLE)] = ""
    sent_at: Moment = ""
    seen_at: Moment = ""
    fits: Literal["", "yes", "no"] = ""
    correction: shapes.Text = ""
    action: shapes.Text = ""
    changed: Annotated[str, StringConstraints(max_length=200, pattern=shapes.PRINTABLE)] = ""


class LensIn(shapes.Given):
    """A theory that was tried; the same one again replaces it."""

    lens: Name
    fit: shapes.Text
    dropped: bool = False
    why: shapes.Text = ""


class PrecedenceIn(shapes.Given):
    """One category before another, by their codes' ids."""

    before: Name
    after: Name
    lens: Annotated[str, StringConstraints(max_length=200, pattern=shapes.PRINTABLE)] = ""
    why: shapes.Text = ""


class InterventionIn(shapes.Given):
    """What the researcher told or advised a group."""

    group: Name
    what: shapes.Text
    at: Moment = ""
    reactivity: shapes.Text = ""


class NotedOut(Schema):
    """The log that was written in."""

    table: str


class MarkedOut(Schema):
    """Whether a segment is shown in tables."""

    number: int
    quoted: bool


class GoingOut(Schema):
    """What goes with somebody's consent, in numbers: `shared` of the sources hold others' words too; `emptied` says how
    many rows of what lose a passage; `codes` need another name; `copies` are studies that hold the same text."""

    sources: int
    shared: int
    segments: int
    notes: int
    emptied: dict[str, int]
    codes: list[str]
    copies: list[str]


class WithdrawnOut(Schema):
    """The ids of codes that were named in withdrawn words: somebody who codes gives them other names."""

    codes: list[str]


@router.post(
    "/studies/{number}/codes/{row}/revisions", auth=CODE, response=or_problem(GoneOut, 201), tags=TAGS
)
def change_code(request: HttpRequest, number: Here, row: Here, given: RevisionIn, key: Once = None) -> Any:
    """Rename, describe or move a code; what it was stays in its history."""
    code = str(row_in(number, "codes", row).key)

    def change() -> GoneOut:
        acting.change_code(number, code, given.what, given.now, given.why, by=request.auth.colleague)
        return GoneOut(number=row)

    return answers.once(request, key, change)


@router.post(
    "/studies/{number}/codes/{row}/decisions", auth=CODE, response=or_problem(GoneOut, 201), tags=TAGS
)
def decide_concept(request: HttpRequest, number: Here, row: Here, given: DecisionIn, key: Once = None) -> Any:
    """Keep or exclude a concept; the reason and the counts of now stay in the exclusion log."""
    code, by = str(row_in(number, "codes", row).key), request.auth.colleague

    def decide() -> GoneOut:
        choice = Choice(code, given.decision, given.why.strip(), by.mark, acting.now_as_moment())
        acting.decide(number, choice, by=by)
        return GoneOut(number=row)

    return answers.once(request, key, decide)


def _note(request: HttpRequest, number: int, table: str, given: Schema, key: str | None) -> Any:
    it, by = load(row_of_study(number)), request.auth.colleague

    def note() -> NotedOut:
        form = checked(note_forms(it, given.model_dump(), table)[table])
        made, before = noted(table, form.cleaned_data, it, by=by.mark)
        acting.note(number, table, made, by=by, instead_of=before)
        return NotedOut(table=table)

    return answers.once(request, key, note)


@router.post("/studies/{number}/checks", auth=CODE, response=or_problem(NotedOut, 201), tags=TAGS)
def note_check(request: HttpRequest, number: Here, given: CheckIn, key: Once = None) -> Any:
    """Note an answer of a member check."""
    return _note(request, number, "checks", given, key)


@router.post("/studies/{number}/lenses", auth=CODE, response=or_problem(NotedOut, 201), tags=TAGS)
def note_lens(request: HttpRequest, number: Here, given: LensIn, key: Once = None) -> Any:
    """Note a theory that was tried, how it fits, and why it was dropped."""
    return _note(request, number, "lenses", given, key)


@router.post("/studies/{number}/sequence", auth=CODE, response=or_problem(NotedOut, 201), tags=TAGS)
def note_precedence(request: HttpRequest, number: Here, given: PrecedenceIn, key: Once = None) -> Any:
    """Note which category comes before which."""
    return _note(request, number, "sequence", given, key)


@router.post("/studies/{number}/interventions", auth=CODE, response=or_problem(NotedOut, 201), tags=TAGS)
def note_intervention(request: HttpRequest, number: Here, given: InterventionIn, key: Once = None) -> Any:
    """Note where the researcher intervened."""
    return _note(request, number, "interventions", given, key)


@router.put("/studies/{number}/segments/{row}/mark", auth=CODE, response=or_problem(MarkedOut), tags=TAGS)
def mark_segment(request: HttpRequest, number: Here, row: Here) -> Any:
    """Show a segment in tables; only who may read its text."""
    return _marked(request, number, row, quoted=True)


@router.delete("/studies/{number}/segments/{row}/mark", auth=CODE, response=or_problem(MarkedOut), tags=TAGS)
def unmark_segment(request: HttpRequest, number: Here, row: Here) -> Any:
    """Show a segment in tables no longer; only who may read its text."""
    return _marked(request, number, row, quoted=False)


def _marked(request: HttpRequest, number: int, row: int, *, quoted: bool) -> MarkedOut:
    segment = row_in(number, "segments", row)
    if bool(segment.columns.get("quoted")) != quoted:
        try:
            acting.quote(segment, by=request.auth.colleague)
        except PermissionDenied:
            raise Refused(CLOSED) from None
    return MarkedOut(number=row, quoted=quoted)


@router.put("/studies/{number}/sources/{row}/reading", auth=CODE, response=or_problem(GoneOut), tags=TAGS)
def read_to_the_end(request: HttpRequest, number: Here, row: Here) -> Any:
    """Say that the owner of the key read a source to its end: what they did not code there, they meant not to."""
    source = str(row_in(number, "sources", row).key)
    if source in load(row_of_study(number), request.auth.colleague).hidden:
        raise Refused(CLOSED)
    acting.read_to_the_end(number, source, by=request.auth.colleague)
    return GoneOut(number=row)


@router.put(
    "/studies/{number}/sources/{row}/readers/{colleague}", auth=CODE, response=or_problem(GoneOut), tags=TAGS
)
def name_reader(request: HttpRequest, number: Here, row: Here, colleague: Here) -> Any:
    """Name somebody who may open a sealed text, or read a restricted one; only who may themselves can."""
    by = request.auth.colleague
    it, name = load(row_of_study(number), by), str(row_in(number, "sources", row).key)
    sealed = Sealed.objects.filter(study=number, source=name).first()
    who = who_reads(it, it.study.source(name), sealed)
    if not who:
        raise Http404
    chosen = next((each for each in nameable(who) if each.pk == colleague), None)
    if by not in who:
        raise Refused(CLOSED)
    if chosen is None:
        raise Refused(NOT_NAMED)
    if sealed is not None:
        acting.name_for(sealed, chosen, by=by)
    else:
        acting.name_reader(it.row, name, chosen, by=by)
    return GoneOut(number=row)


@router.get(
    "/studies/{number}/informants/{row}/withdrawal", auth=WITHDRAW, response=or_problem(GoingOut), tags=TAGS
)
@unkept
def what_would_go(request: HttpRequest, number: Here, row: Here) -> Any:
    """What goes if this informant withdraws, without a word of it; nothing is changed."""
    found = going(row_of_study(number), str(row_in(number, "informants", row).key))
    return GoingOut(
        sources=len(found.done.sources), shared=found.shared, segments=found.done.segments, notes=found.notes,
        emptied={str(name): rows for name, rows in found.emptied}, codes=found.codes, copies=found.copies,
    )  # fmt: skip


@router.post(
    "/studies/{number}/informants/{row}/withdrawal",
    auth=WITHDRAW,
    response=or_problem(WithdrawnOut, 201),
    tags=TAGS,
)
def withdraw_consent(request: HttpRequest, number: Here, row: Here, key: Once = None) -> Any:
    """Take an informant's words out, for good."""
    who = str(row_in(number, "informants", row).key)

    def withdraw() -> WithdrawnOut:
        return WithdrawnOut(codes=list(acting.withdraw_consent(number, who, by=request.auth.colleague)))

    return answers.once(request, key, withdraw)


@router.delete("/studies/{number}", auth=CODE, response=or_problem(GoneOut), tags=TAGS)
def erase_study(request: HttpRequest, number: Here, name: Name) -> Any:
    """Delete a study for good; `name` is its name, so that no number is mistaken."""
    row = row_of_study(number)
    if name != row.name:
        raise Refused(OTHER_NAME)
    acting.erase_study(row, by=request.auth.colleague)
    return GoneOut(number=number)
