"""Coded testimony for programs: studies, their tables, Tables 2 and 3, agreement, what comes in and what leaves.

The pages' own functions act, so rows, records and refusals are theirs. In one thing the API is stricter than a page:
only the words of open sources leave. A page opens a sealed text to one person for half an hour, and a restricted one to
those named; a program that copies keeps to neither. What an act answers names rows and holds no
word, since answers are kept under their Idempotency-Key, and a withdrawal must leave none.
"""

from __future__ import annotations

import math
import tempfile
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path as Folder
from pathlib import PurePath
from typing import Annotated, Any, Literal

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.utils.translation import gettext as now_
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import cache_control
from ninja import Path, Schema
from ninja.decorators import decorate_view
from pydantic import Field, StringConstraints

from entrepot.errors import InputError, Mistake
from entrepot.sensemaking import coding
from entrepot.sensemaking.cases import STUDY
from entrepot.sensemaking.coding import Code, Source, read_exchange, reliability, structure, table_2, table_3
from entrepot.sensemaking.coding.archives import members
from entrepot.sensemaking.coding.exchanging import CODEBOOK, PROJECT, SIDE
from entrepot.sensemaking.coding.refi_reading import Brought
from entrepot.sensemaking.coding.rows import row_of
from entrepot.sensemaking.coding.structure import ABOVE, Concept, Quote
from entrepot.sensemaking.coding.study import Study as Coded
from entrepot.sensemaking.coding.withdrawing import without_sources
from entrepot.web.api import answers, paging, shapes
from entrepot.web.api.bodies import RAW, whole
from entrepot.web.api.guard import Key, Session, Who
from entrepot.web.api.of_files import FileName, Once
from entrepot.web.api.of_taking import a_file
from entrepot.web.api.problems import Refused, Unfit, checked, or_problem
from entrepot.web.api.routing import router
from entrepot.web.coding import acting
from entrepot.web.coding.forms import MOST_BYTES, NewCode, NewSource, NewStudy, Selection
from entrepot.web.coding.guarding import NOT_FOR_ADMINISTRATORS, sees_testimony
from entrepot.web.coding.handing_out import archive
from entrepot.web.coding.log_views import called
from entrepot.web.coding.models import Row, Study
from entrepot.web.coding.storing import Loaded, load
from entrepot.web.failing import TOO_LARGE, Problem
from entrepot.web.permissions import ACTIONS
from entrepot.web.runs.receiving import length

MOST_ARCHIVE = 4 * MOST_BYTES
LOGS = (
    "checks",
    "choices",
    "revisions",
    "lenses",
    "sequence",
    "interventions",
    "sampling",
    "discrepancies",
    "scope",
)
NOT_OPEN = Problem(
    403, _("This testimony stays in the house"),
    _("The words of sealed and restricted sources do not leave by the API."), _("Read it on its page."),
)  # fmt: skip
CLOSED = Problem(
    403, _("This testimony is closed to programs"), _("Nothing was coded: it is sealed, or restricted to others."),
    _("Open it on its page, and code it there."),
)  # fmt: skip
NOT_YOURS = Problem(403, _("Somebody else coded this"), _("Nothing was taken away."))

Short = Annotated[str, StringConstraints(max_length=100, pattern=shapes.PRINTABLE)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=shapes.PRINTABLE)]
Named = Annotated[str, StringConstraints(max_length=300, pattern=shapes.PRINTABLE)]
Moment = Annotated[str, StringConstraints(max_length=40, pattern=shapes.PRINTABLE)]
Place = Annotated[int, Field(ge=0, le=2**31 - 1)]
Kind = Literal["interview", "observation", "social_media", "meeting", "annual_report", "press"]
Sensitivity = Literal["open", "restricted", "sealed"]
Level = Literal["concept", "theme", "dimension"]
Step = Literal["", "interpretation", "integration", "account"]
Export = Literal["qdpx", "qdc", "tables"]
TAGS = ["testimony"]


class _Key(Key):
    def __call__(self, request: HttpRequest) -> Who | None:
        return _seen(super().__call__(request))


class _Session(Session):
    def __call__(self, request: HttpRequest) -> Who | None:
        return _seen(super().__call__(request))


def _seen(who: Who | None) -> Who | None:
    if who is not None and not sees_testimony(who.colleague):
        raise Refused(NOT_FOR_ADMINISTRATORS)
    return who


def testimony(action: str) -> list[Callable[[HttpRequest], Any]]:
    """The two ways in to an operation that is `action`; whoever administers the server is refused, also with a key."""
    if action not in ACTIONS:
        raise KeyError(action)
    return [_Key(action), _Session(action)]


CODE: Any = testimony("code testimony")
CONSENT: Any = testimony("keep consent")
unkept: Any = decorate_view(cache_control(private=True, no_store=True))
"""Nothing between the server and the program keeps a copy of the answer."""


class StudyOut(Schema):
    """A study, with how many sources and segments it has. `notices` say what an import did not take as it was."""

    number: int
    name: str
    made_at: datetime
    sources: int
    segments: int
    notices: list[str] = []


class StudyIn(shapes.Given):
    """A study that begins empty, or with the paper's two firms."""

    name: Name
    example: bool = False


class SourceOut(Schema):
    """A source. `leaves` says whether its words leave by the API: it is open, and has words."""

    number: int
    source: str
    name: str
    kind: str
    group: str
    informants: list[str]
    role: str
    at: str
    sensitivity: str
    follow_up: str
    withdrawn: bool
    segments: int
    leaves: bool


class TextOut(Schema):
    """The words of a source, sign by sign: places of segments are code points in it, from 0."""

    number: int
    source: str
    text: str


class CodeOut(Schema):
    """A code. `parent` is the id of the code above it, empty where there is none."""

    number: int
    code: str
    name: str
    level: str
    parent: str
    description: str
    step: str
    codable: bool
    reconstruction: bool


class CodeIn(shapes.Given):
    """A new code: a concept stands under a theme, a theme under a dimension. `parent` is a code's id."""

    name: Name
    level: Level
    parent: Name | Literal[""] = ""
    step: Step = ""


class SegmentOut(Schema):
    """A span under a code, `first` and `last` both inside. `words` and `note` are null where the source is not open."""

    number: int
    source: int
    first: int
    last: int
    code: str
    coder: str
    at: str
    is_quoted: bool
    words: str | None
    note: str | None


class SegmentIn(shapes.Given):
    """A selection, `first` and `last` both inside, under codes by their ids, and under a new concept in their words."""

    first: Place
    last: Place
    codes: Annotated[list[Name], Field(max_length=100)] = []
    new: Annotated[str, StringConstraints(max_length=200, pattern=shapes.PRINTABLE)] = ""
    note: shapes.Text = ""


class CodedOut(Schema):
    """How many segments were made (0: all were there), and the numbers of all that whoever asks has on that span."""

    made: int
    segments: list[int]


class MadeCode(Schema):
    """A code that was made."""

    number: int
    code: str


class BroughtSource(Schema):
    """A source that came in. `notices` say what of the file is no text."""

    number: int
    source: str
    notices: list[str]


class GoneOut(Schema):
    """What was taken away."""

    number: int


class InformantOut(Schema):
    """Who spoke, under a pseudonym, and what they consented to."""

    number: int
    informant: str
    group: str
    role: str
    consent: str
    withdrawn_at: str
    sources: int


class QuoteOut(Schema):
    """A quote; `words` is null where its source is not open."""

    source: int
    first: int
    last: int
    words: str | None
    role: str
    year: str
    line: str


class ConceptOut(Schema):
    """A first-order concept with its counts and its quotes."""

    code: str
    name: str
    informants: int
    sources: int
    kinds: int
    proposed: str
    decided: str
    quotes: list[QuoteOut]


class ThemeOut(Schema):
    """A theme; `code` is empty for concepts that wait for one."""

    code: str
    name: str
    concepts: list[ConceptOut]


class DimensionOut(Schema):
    """A dimension; `code` is empty for themes that wait for one."""

    code: str
    name: str
    themes: list[ThemeOut]


class LeftOutOut(Schema):
    """A concept that a person excluded, and why."""

    code: str
    name: str
    reason: str


class StructureOut(Schema):
    """The data structure."""

    reconstruction: bool
    dimensions: list[DimensionOut]
    left_out: list[LeftOutOut]


class AgreementOfCode(Schema):
    """κ of two coders or α of all on one code, or overall (`code` empty), with its interval at 95 %.

    The value is null where agreement by chance is sure, the bounds below three sources.
    """

    code: str
    name: str
    measure: str
    coders: list[str]
    sources: int
    characters: int
    value: float | None
    low: float | None
    high: float | None


class CoderAgreement(Schema):
    """How far coders agree; `left_out` counts sealed and restricted sources, whose texts are not compared here."""

    rows: list[AgreementOfCode]
    left_out: int


class DescribedOut(Schema):
    """A row of Table 2."""

    group: str
    interviews: int
    informants: int
    data: list[str]
    uses: list[str]


class CellOut(Schema):
    """A cell of Table 3: a case, its row, and what was marked to be shown."""

    case: str
    letter: str
    heading: str
    quotes: list[QuoteOut]


class PaperOut(Schema):
    """Tables 2 and 3 of the paper, made from a study."""

    interviews: int
    informants: int
    collected: str
    table_2: list[DescribedOut]
    table_3: list[CellOut]


@dataclass(frozen=True)
class _Open:
    """A study as programs may read it: nothing sealed is loaded, and `kept` are the sources whose words stay here."""

    it: Loaded
    kept: frozenset[str]

    def quote(self, each: Quote) -> QuoteOut:
        words = None if each.source in self.kept else each.words
        names = ("first", "last", "role", "year", "line")
        return QuoteOut(
            source=self.it.number("sources", each.source), words=words, **{n: getattr(each, n) for n in names}
        )

    def segment(self, each: coding.Segment) -> SegmentOut:
        here = each.source in self.kept
        return SegmentOut(
            number=self.it.number("segments", each.segment), source=self.it.number("sources", each.source),
            first=each.first, last=each.last, code=each.code, coder=each.coder, at=each.at.text, is_quoted=each.quoted,
            words=None if here else self.it.study.quote(each), note=None if here else each.note,
        )  # fmt: skip

    def source(self, each: Source) -> SourceOut:
        names = ("source", "name", "kind", "group", "role", "sensitivity", "follow_up", "withdrawn")
        return SourceOut(
            number=self.it.number("sources", each.source), informants=list(each.informants), at=each.at.text,
            segments=sum(s.source == each.source for s in self.it.study.segments),
            leaves=each.source in self.it.study.texts and each.source not in self.kept,
            **{name: getattr(each, name) for name in names},
        )  # fmt: skip

    def code(self, each: Code) -> CodeOut:
        names = [name for name in CodeOut.model_fields if name != "number"]
        return CodeOut(
            number=self.it.number("codes", each.code), **{name: getattr(each, name) for name in names}
        )


def row_of_study(number: int) -> Study:
    found = Study.objects.filter(pk=number).first()
    if found is None:
        raise Http404
    return found


def study_of(number: int) -> _Open:
    it = load(row_of_study(number))
    return _Open(it, it.hidden | {s.source for s in it.study.sources if s.sensitivity != "open"})


def row_in(study: int, table: str, row: int) -> Row:
    found = Row.objects.filter(pk=row, study_id=study, table=table).first()
    if found is None:
        raise Http404
    return found


def _said(row: Study, notices: Iterable[str] = ()) -> StudyOut:
    counts = {table: row.rows.filter(table=table).count() for table in ("sources", "segments")}
    return StudyOut(number=row.pk, name=row.name, made_at=row.made_at, notices=list(notices), **counts)


def _file(request: HttpRequest, name: str) -> tuple[Any, str]:
    """The body as the form's file; too large a one is refused before it is read."""
    if length(request.META) > MOST_BYTES:
        raise Refused(TOO_LARGE)
    return whole(request, name)


@router.get("/studies", auth=CONSENT, response=or_problem(shapes.Page[StudyOut]), tags=TAGS)
@unkept
def studies(request: HttpRequest, after: shapes.Text = "", size: shapes.Size = 50) -> Any:
    """All studies of testimony, the latest first."""
    found, beyond = paging.latest_first(Study.objects.all(), after, size)
    return {"items": [_said(row) for row in found], "next": beyond}


@router.post("/studies", auth=CODE, response=or_problem(StudyOut, 201), tags=TAGS)
def make_study(request: HttpRequest, given: StudyIn, key: Once = None) -> Any:
    """A new study: empty, or the paper's."""
    said = checked(NewStudy(given.model_dump())).cleaned_data

    def make() -> StudyOut:
        made = coding.read_study(STUDY) if said["example"] else Coded()
        return _said(acting.found_study(made, name=said["name"], by=request.auth.colleague))

    return answers.once(request, key, make)


@router.post("/studies/projects", auth=CODE, response=or_problem(StudyOut, 201), tags=TAGS, openapi_extra=RAW)
def import_project(request: HttpRequest, name: Name, file: FileName, key: Once = None) -> Any:
    """A new study from a REFI-QDA project. The body is the file, at most 10 MB, and `file` its name: .qdpx, .qdc, or
    the .zip that an export gives, with the side file in it."""
    body, sha256 = _file(request, file)
    said = checked(NewStudy({"name": name}), place="query").cleaned_data

    def make() -> StudyOut:
        found = _brought(body.read(), file)
        row = acting.found_study(found.study, name=said["name"], by=request.auth.colleague)
        return _said(row, found.notices)

    return answers.once(request, key, make, sha256=sha256)


def _brought(data: bytes, name: str) -> Brought:
    if PurePath(name.lower()).suffix != ".zip":
        return read_exchange(data, name)
    inside = members(data, name, most=MOST_ARCHIVE)
    projects = [each for each in inside if PurePath(each.lower()).suffix in (PROJECT, CODEBOOK)]
    if len(projects) != 1:
        raise InputError(Mistake(now_("there is not one project in it"), name, f"{PROJECT} or {CODEBOOK}"))
    beside = next((data for each, data in inside.items() if each.lower().endswith(SIDE)), None)
    return read_exchange(inside[projects[0]], projects[0], beside)


@router.get("/studies/{number}/sources", auth=CODE, response=or_problem(list[SourceOut]), tags=TAGS)
@unkept
def sources_of_study(request: HttpRequest, number: Path[shapes.Number]) -> Any:
    """The sources of a study, without their words."""
    here = study_of(number)
    return [here.source(each) for each in here.it.study.sources]


@router.post(
    "/studies/{number}/sources",
    auth=CODE,
    response=or_problem(BroughtSource, 201),
    tags=TAGS,
    openapi_extra=RAW,
)
def bring_source(
    request: HttpRequest, number: Path[shapes.Number], file: FileName, kind: Kind, sensitivity: Sensitivity,
    consent: bool, source: Short = "", group: Short = "", informants: Named = "", role: Short = "", at: Moment = "",
    follow_up: Named = "", key: Once = None,
) -> Any:  # fmt: skip
    """Bring a text in. The body is the file, at most 10 MB, and `file` its name: .txt in UTF-8, .docx, .pdf. `consent`
    says that who speaks has consented; without it nothing comes in. `informants` are pseudonyms, parted by ;"""
    row_of_study(number)
    body, sha256 = _file(request, file)
    entered = {
        "source": source, "kind": kind, "group": group, "informants": informants, "role": role, "at": at,
        "follow_up": follow_up, "sensitivity": sensitivity, "consent": consent,
    }  # fmt: skip
    said = checked(NewSource(entered, {"file": body}), place="query").cleaned_data
    people = tuple(part.strip() for part in said["informants"].split(";") if part.strip())
    made = Source(
        source=said["source"].strip() or PurePath(file).stem[:100], kind=said["kind"], group=said["group"].strip(),
        informants=people, role=said["role"], at=said["at"], sensitivity=said["sensitivity"],
        follow_up=said["follow_up"],
    )  # fmt: skip

    text = coding.text_of(body.read(), file)  # before the transaction: reading can take half a minute

    def bring() -> BroughtSource:
        found, place = acting.add_source(number, made, text, file, by=request.auth.colleague)
        return BroughtSource(number=place, source=made.source, notices=list(found.notices))

    return answers.once(request, key, bring, sha256=sha256)


@router.get("/studies/{number}/sources/{row}/text", auth=CODE, response=or_problem(TextOut), tags=TAGS)
@unkept
def text_of_source(request: HttpRequest, number: Path[shapes.Number], row: Path[shapes.Number]) -> Any:
    """The words of an open source; those of a sealed or restricted one are refused."""
    here, name = study_of(number), str(row_in(number, "sources", row).key)
    if name in here.kept:
        raise Refused(NOT_OPEN)
    if name not in here.it.study.texts:
        raise Http404
    return TextOut(number=row, source=name, text=here.it.study.texts[name])


@router.get("/studies/{number}/codes", auth=CODE, response=or_problem(list[CodeOut]), tags=TAGS)
@unkept
def codes_of_study(request: HttpRequest, number: Path[shapes.Number]) -> Any:
    """The codes of a study."""
    here = study_of(number)
    return [here.code(each) for each in here.it.study.codes]


@router.post("/studies/{number}/codes", auth=CODE, response=or_problem(MadeCode, 201), tags=TAGS)
def add_code(request: HttpRequest, number: Path[shapes.Number], given: CodeIn, key: Once = None) -> Any:
    """A new code."""
    known = study_of(number).it.study.codes

    def add() -> MadeCode:
        parents = [(each.code, each.name) for each in known if each.level != "concept"]
        form = checked(NewCode(given.model_dump(), parents=parents))
        said, levels = form.cleaned_data, {each.code: each.level for each in known}
        if said["parent"] and levels[said["parent"]] not in ABOVE[said["level"]]:
            form.add_error("parent", now_("A concept stands under a theme, a theme under a dimension."))
            raise Unfit(form)
        name = f"C-{uuid.uuid4().hex[:10]}"
        made = Code(name, said["name"], said["level"], said["parent"], step=said["step"])
        acting.add_code(number, made, by=request.auth.colleague)
        return MadeCode(number=study_of(number).it.number("codes", name), code=name)

    return answers.once(request, key, add)


@router.get("/studies/{number}/segments", auth=CODE, response=or_problem(list[SegmentOut]), tags=TAGS)
@unkept
def segments_of_study(
    request: HttpRequest, number: Path[shapes.Number], whose: Literal["mine", "all"] = "mine"
) -> Any:
    """What is coded; others' coding only where `whose` asks for it, so that coders stay apart."""
    here, me = study_of(number), acting.coder_mark(request.auth.colleague)
    return [here.segment(each) for each in here.it.study.segments if whose == "all" or each.coder == me]


@router.post(
    "/studies/{number}/sources/{row}/segments", auth=CODE, response=or_problem(CodedOut, 201), tags=TAGS
)
def add_segments(
    request: HttpRequest,
    number: Path[shapes.Number],
    row: Path[shapes.Number],
    given: SegmentIn,
    key: Once = None,
) -> Any:
    """Put a selection under codes, as the owner of the key; the same one is made once. A sealed text is coded on its
    page, a restricted one also here by those who may read it."""
    colleague = request.auth.colleague
    it, name = load(row_of_study(number), colleague), str(row_in(number, "sources", row).key)
    if name in it.hidden or it.study.source(name).sensitivity == "sealed":
        raise Refused(CLOSED)
    if name not in it.study.texts:
        raise Http404
    choices = [(each.code, each.code) for each in it.study.codes if each.codable]

    def add() -> CodedOut:
        said = checked(Selection(given.model_dump(), codes=choices)).cleaned_data
        span = (name, said["first"], said["last"])
        made = acting.code(number, *span, said["codes"], by=colleague, note=said["note"], new=said["new"])
        after, me = study_of(number), acting.coder_mark(colleague)
        there = [s for s in after.it.study.segments if (s.source, s.first, s.last, s.coder) == (*span, me)]
        return CodedOut(made=made, segments=[after.it.number("segments", s.segment) for s in there])

    return answers.once(request, key, add)


@router.delete("/studies/{number}/segments/{row}", auth=CODE, response=or_problem(GoneOut), tags=TAGS)
def take_segment_away(
    request: HttpRequest, number: Path[shapes.Number], row: Path[shapes.Number], key: Once = None
) -> Any:
    """Take a segment away; only who made it may."""

    def take() -> GoneOut:
        try:
            acting.uncode(row_in(number, "segments", row), by=request.auth.colleague)
        except PermissionDenied:
            raise Refused(NOT_YOURS) from None
        return GoneOut(number=row)

    return answers.once(request, key, take, status=200)


@router.get("/studies/{number}/informants", auth=CONSENT, response=or_problem(list[InformantOut]), tags=TAGS)
@unkept
def informants_of_study(request: HttpRequest, number: Path[shapes.Number]) -> Any:
    """Who spoke, and what they consented to; no word of theirs."""
    it = study_of(number).it
    return [
        InformantOut(
            number=it.number("informants", each.informant), informant=each.informant, group=each.group, role=each.role,
            consent=each.consent, withdrawn_at=each.withdrawn_at.text,
            sources=sum(each.informant in source.informants for source in it.study.sources),
        )
        for each in it.study.informants
    ]  # fmt: skip


@router.get("/studies/{number}/structure", auth=CODE, response=or_problem(StructureOut), tags=TAGS)
@unkept
def structure_of_study(request: HttpRequest, number: Path[shapes.Number]) -> Any:
    """Concepts, themes and dimensions with their quotes, and what was excluded."""
    here = study_of(number)
    found, reasons = structure(here.it.study), {each.code: each.reason for each in here.it.study.choices}

    def called_as(code: Code | None) -> dict[str, Any]:
        return {"code": code.code, "name": code.name} if code else {"code": "", "name": ""}

    def concept(each: Concept) -> ConceptOut:
        names = ("informants", "sources", "kinds", "proposed", "decided")
        counts = {name: getattr(each.counts, name) for name in names}
        return ConceptOut(quotes=[here.quote(q) for q in each.quotes], **called_as(each.code), **counts)

    return StructureOut(
        reconstruction=found.reconstruction,
        dimensions=[
            DimensionOut(
                themes=[ThemeOut(concepts=[concept(c) for c in t.concepts], **called_as(t.code)) for t in d.themes],
                **called_as(d.code),
            )
            for d in found.dimensions
        ],
        left_out=[LeftOutOut(code=c.code, name=c.name, reason=reasons.get(c.code, "")) for c in found.left_out],
    )  # fmt: skip


@router.get(
    "/studies/{number}/logs", auth=CODE, response=or_problem(dict[str, list[dict[str, str]]]), tags=TAGS
)
@unkept
def logs_of_study(request: HttpRequest, number: Path[shapes.Number]) -> Any:
    """Member checks, decisions, changes, theories, order, interventions, sampling, discrepancies and limits: each log
    by name, its rows as text by column, as `entrepot coding` writes them."""
    study = study_of(number).it.study
    return {table: [row_of(each) for each in getattr(study, table)] for table in LOGS}


@router.get("/studies/{number}/agreement", auth=CODE, response=or_problem(CoderAgreement), tags=TAGS)
@unkept
def agreement_of_coders(request: HttpRequest, number: Path[shapes.Number]) -> Any:
    """How far coders agree, sign by sign: overall first, then code by code."""
    it = study_of(number).it
    names = {each.code: each.name or each.code for each in it.study.codes}
    coders = {each.coder: each.name or each.coder for each in it.study.coders}
    rows = [
        AgreementOfCode(
            code=each.code, name=names.get(each.code, ""), measure=each.measure, sources=each.sources,
            coders=[coders.get(coder, coder) for coder in each.coders], characters=each.characters,
            value=_known(each.value), low=_known(each.low), high=_known(each.high),
        )
        for each in sorted(it.once("agreement", lambda: reliability(it.study)), key=lambda each: bool(each.code))
    ]  # fmt: skip
    return CoderAgreement(rows=rows, left_out=len(it.hidden))


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value


@router.get("/studies/{number}/paper", auth=CODE, response=or_problem(PaperOut), tags=TAGS)
@unkept
def paper_of_study(request: HttpRequest, number: Path[shapes.Number]) -> Any:
    """Tables 2 and 3 of the paper, made from this study."""
    here = study_of(number)
    data = table_2(here.it.study)
    return PaperOut(
        interviews=data.interviews, informants=data.informants, collected=data.collected,
        table_2=[DescribedOut(**{n: getattr(row, n) for n in DescribedOut.model_fields}) for row in data.rows],
        table_3=[
            CellOut(case=c.case, letter=c.letter, heading=c.heading, quotes=[here.quote(q) for q in c.quotes])
            for c in table_3(here.it.study, called(here.it))
        ],
    )  # fmt: skip


@router.post(
    "/studies/{number}/exports", auth=CODE, response=or_problem(None), tags=TAGS,
    openapi_extra=a_file("application/zip"),
)  # fmt: skip
@unkept
def export_study(request: HttpRequest, number: Path[shapes.Number], kind: Export) -> Any:
    """A ZIP archive: a REFI-QDA project or codebook with its side file, or plain tables. Sealed and restricted sources
    are left out with all that is coded in them. That it was taken stands in the records."""
    here = study_of(number)
    study = without_sources(here.it.study, here.kept)
    name = f"study-{number}.{kind}"
    files, held = (_tables(study), ()) if kind == "tables" else coding.write_exchange(study, name)
    held_back = len(held) + len(here.kept)
    acting.said_of_export(here.it.row, name, sealed=0, held_back=held_back, by=request.auth.colleague)
    return archive(files, f"study-{number}-{kind}.zip")


def _tables(study: Coded) -> dict[str, bytes]:
    """The files of a study's folder by their names in it."""
    with tempfile.TemporaryDirectory() as room:
        folder = coding.write_study(study, Folder(room) / "study")
        found = sorted(path for path in folder.rglob("*") if path.is_file())
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}
