"""What goes in and comes out, field by field: this is what the OpenAPI page is made of.

Names and units are those of contracts.md. Text has no NUL, which a database cannot keep; lists come in pages of
`items` with `next`, which leads to the following page and is null on the last.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Generic, Literal, TypeVar

from ninja import Schema
from pydantic import ConfigDict, Field, StringConstraints

PRINTABLE = r"^[^\x00]*$"
LARGEST = 2**63 - 1

Word = Annotated[str, StringConstraints(max_length=60, pattern=PRINTABLE)]
Text = Annotated[str, StringConstraints(max_length=500, pattern=PRINTABLE)]
Note = Annotated[str, StringConstraints(max_length=10_000, pattern=PRINTABLE)]
ActorId = Annotated[str, StringConstraints(max_length=40, pattern=PRINTABLE)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=PRINTABLE)]
Number = Annotated[int, Field(ge=1, le=LARGEST)]
Size = Annotated[int, Field(ge=1, le=500)]
Share = Annotated[float, Field(ge=0, le=1)]
Decimal = Annotated[float, Field(ge=-1e300, le=1e300, allow_inf_nan=False)]
Once = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[!-~]+$")]
Line = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f]+$")]
Table = Literal[
    "orders", "customers", "products", "events", "offers", "labels", "rates", "targets", "sellout"
]
Verdict = Literal["confirmed", "rejected", "cannot_tell"]

Item = TypeVar("Item")


class Given(Schema):
    """What a program sends: a field that we do not know is a mistake, not ignored."""

    model_config = ConfigDict(extra="forbid")


class Page(Schema, Generic[Item]):
    """A page of a list."""

    items: list[Item]
    next: str | None


class Headline(Schema):
    """What a run says in words."""

    sentence: str = ""
    detail: str = ""
    how_sure: str = ""


class FileOut(Schema):
    """A file that was sent in for runs."""

    number: int
    name: str
    table: str
    size_bytes: int
    sha256: str
    columns: list[str]
    by: str
    at: datetime


class RunSettings(Given):
    """How a run is made; what is left out is as usual (`entrepot discover --help`). Shares are 0–1."""

    preset: Word | None = None
    mapping: Annotated[dict[Line, Line], Field(max_length=100)] = {}
    timezone: Word | None = None
    encoding: Word | None = None
    time_format: Word | None = None
    decimal: Literal["point", "comma"] | None = None
    placeholder_share: Annotated[float, Field(ge=0.0001, le=1)] | None = None
    max_bad: Share | None = None
    anonymous: Annotated[list[Line], Field(max_length=50)] = []
    fdr: Annotated[float, Field(ge=0.0001, le=0.5)] | None = None
    as_of: date | None = None
    fuzzy: bool = True
    hindsight_months: Annotated[int, Field(ge=0, le=120)] | None = None
    recognised_on: date | None = None
    purpose: Annotated[str, StringConstraints(min_length=1, max_length=300, pattern=PRINTABLE)] | None = None
    retain_until: date | None = None


class RunIn(Given):
    """What a run is made of: numbers of files that were sent in, each of which knows its table, or paths of the server
    by table. `learn` reads what reviewers concluded up to now."""

    uploads: Annotated[list[Number], Field(max_length=1000)] = []
    paths: dict[Table, Annotated[str, StringConstraints(max_length=1000, pattern=PRINTABLE)]] = {}
    settings: RunSettings = RunSettings()
    previous: Word | None = None
    learn: bool = False


class RunOut(Schema):
    """One analysis. `steps_done` counts the steps behind it; `mistakes` say why it failed."""

    name: str
    state: str
    asked_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    step: str
    steps_done: int
    headline: Headline
    about: dict[str, Any]
    mistakes: list[Any]
    previous: str | None


class FindingOut(Schema):
    """One actor; as `findings.parquet`, with the review's `state`."""

    run: str
    actor_id: str
    code: str
    flagged: bool
    kind: str
    declared: str
    customers: int
    persons: int
    resale_evidence: float
    resale_probability: float
    q_value: float
    excess_units: float | None
    excess_units_low: float | None
    excess_units_high: float | None
    excess_revenue: float | None
    excess_revenue_low: float | None
    excess_revenue_high: float | None
    units: float | None
    revenue: float | None
    first_evident_on: date | None
    state: str | None


class Signal(Schema):
    """One reason: how strongly a signal speaks, log10 of its e-value."""

    signal: str
    log10_e: float | None
    detail: Any


class Evidence(FindingOut):
    """A finding with its reasons; `detail` holds sentences, explanations, months, products, links, once told."""

    signals: list[Signal]
    detail: dict[str, Any] | None


class TurnOut(Schema):
    """A finding that one reviewer holds until `held_until`, with what they look at in `shown`; of an appeal what the
    person says. In a blind second review nothing is said of the first."""

    turn: int
    queue: str
    due_at: datetime | None
    held_until: datetime | None
    finding: FindingOut
    shown: dict[str, Any]
    appeal: str | None


class Next(Schema):
    """What waits for the reviewer; null where nothing does."""

    turn: TurnOut | None


class Claim(Given):
    """Which queue; without one, the most urgent of all."""

    queue: Literal["", "listed", "audit", "second", "appeal"] = ""


class QueueOut(Schema):
    """How a queue stands: to do, of which late and held, done; and how many who asks may take now."""

    name: str
    waiting: int
    late: int
    held: int
    done: int
    mine: int


class To(Given):
    """To whom; a colleague's number."""

    colleague: Number


class ReviewIn(Given):
    """What is concluded of a finding that who asks holds: `turn` is its number. `answer` belongs to an appeal."""

    turn: Number
    verdict: Verdict
    kind: Word = ""
    reason: Word
    note: Annotated[str, StringConstraints(max_length=4000, pattern=PRINTABLE)] = ""
    answer: Annotated[str, StringConstraints(max_length=4000, pattern=PRINTABLE)] = ""


class ReviewOut(Schema):
    """What one reviewer concluded of one finding."""

    number: int
    run: str
    actor_id: str
    code: str
    verdict: Verdict
    kind: str
    reason: str
    shown_because: str
    shown_probability_0_1: float
    is_blind: bool
    reviewer: str
    at: datetime


class ObservationIn(Given):
    """What was seen outside the orders. `actors` are codes or actor ids; `legitimacy` is what audiences hold of it."""

    step: Literal["purchase", "advertise", "sell", "deliver"]
    caption: Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=PRINTABLE)]
    source_type: Literal[
        "personal observation",
        "social-media post",
        "test purchase",
        "partner",
        "press",
        "interview",
        "meeting",
        "annual report",
        "other",
    ]
    seen_on: date
    place: Annotated[str, StringConstraints(max_length=200, pattern=PRINTABLE)] = ""
    pseudonym: Annotated[str, StringConstraints(max_length=100, pattern=PRINTABLE)] = ""
    role: Annotated[str, StringConstraints(max_length=100, pattern=PRINTABLE)] = ""
    sensitivity: Literal["internal", "sensitive"] = "internal"
    is_source_concealed: bool = False
    lawful_source: Annotated[str, StringConstraints(min_length=1, max_length=300, pattern=PRINTABLE)]
    need: Annotated[str, StringConstraints(min_length=1, max_length=300, pattern=PRINTABLE)]
    expires_on: date
    rules_touched: Annotated[
        list[Literal["registration", "tax", "customs", "copyright", "child privacy", "local law"]],
        Field(max_length=6),
    ] = []
    legitimacy: dict[
        Literal["end-consumers", "firm", "partners", "authorities", "press"],
        Literal["legitimate", "contested", "illegitimate"],
    ] = {}
    actors: Annotated[list[ActorId], Field(max_length=50)] = []


class ObservationChange(ObservationIn):
    """What shall stand there; `version` is that of the observation as it was read."""

    version: Word


class ObservationOut(Schema):
    """An observation. Where its source is concealed, who may not open the vault sees null there."""

    number: int
    version: str
    step: str
    caption: str
    source_type: str | None
    seen_on: date
    place: str | None
    pseudonym: str | None
    role: str | None
    sensitivity: str
    is_source_concealed: bool
    lawful_source: str | None
    need: str | None
    expires_on: date
    rules_touched: list[str]
    legitimacy: dict[str, str]
    actors: list[str]
    has_file: bool
    by: str
    at: datetime


class LabelOut(Schema):
    """One label, in the columns of contracts "Tables in"."""

    actor_id: str | None = None
    customer_id: str | None = None
    order_id: str | None = None
    verdict: str
    kind: str | None = None
    reviewer: str | None = None
    source: str | None = None
    reason: str | None = None
    shown_because: str
    shown_probability_0_1: float | None = None
    reviewed_at: datetime


class ImportOut(Schema):
    """Labels of another tool, and how they agree with our own reviews."""

    number: int
    source: str
    by: str
    at: datetime
    agreement: dict[str, Any]
    withdrawn_at: datetime | None


class CorrectionIn(Given):
    """That an actor of a run and the `other` (its code, id, or a customer's id) are one, or that some of its
    `customers` are somebody else."""

    kind: Literal["together", "apart"]
    actor_id: ActorId
    run: Word | None = None
    other: Annotated[str, StringConstraints(max_length=200, pattern=PRINTABLE)] = ""
    joins: Literal["actor", "person"] = "actor"
    customers: Annotated[
        list[Annotated[str, StringConstraints(max_length=200, pattern=PRINTABLE)]], Field(max_length=10_000)
    ] = []
    reason: Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=PRINTABLE)]


class CorrectionOut(Schema):
    """That actors are one, or one is several; `groups` of customer ids only for those who see names."""

    number: int
    kind: str
    actors: list[str]
    groups: list[list[str]] | None
    run: str | None
    reason: str
    by: str
    at: datetime
    withdrawn_at: datetime | None


class TableOut(Schema):
    """One table of a run, in the columns of contracts "A run"."""

    run: str
    table: str
    columns: list[str]
    rows: list[dict[str, Any]]


class AppealIn(Given):
    """For whom: the code of a finding."""

    code: Word
    run: Word | None = None


class AppealOut(Schema):
    """A link for the person concerned: what they said, and what they were answered."""

    number: int
    run: str
    actor_id: str
    code: str
    made_by: str
    made_at: datetime
    expires_at: datetime
    said: str
    said_at: datetime | None
    answer_by: datetime | None
    decided_by: str | None
    decided_at: datetime | None
    upheld: bool | None
    answer: str


class NewAppeal(AppealOut):
    """The link just made, with its address, which is shown this once."""

    address: str


class SubjectIn(Given):
    """Who asks for what; `is_checked` says that somebody checked that the person is who they say."""

    kind: Literal["export", "object", "erase"]
    customer_id: Name
    note: Text = ""
    is_checked: Literal[True]


class LiftIn(Given):
    """Whose objection no longer holds, and why."""

    customer_id: Name
    why: Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=PRINTABLE)]


class LiftedOut(Schema):
    """How many ids new runs read again."""

    customers: int


class PurgedOut(Schema):
    """What was past its day and is gone."""

    runs: list[str]
    findings: int
    observations: int
    uploads: int
    rounds: int


class SubjectOut(Schema):
    """What somebody asked for; after an erasure only the digest of the customer id is left."""

    number: int
    kind: str
    customer_id: str
    customer_digest: str
    note: str
    by: str
    at: datetime
    done_at: datetime | None
    lifted_at: datetime | None


class DoneOut(Schema):
    """A request that was carried out: what was done, and of an export what we hold."""

    subject: SubjectOut
    result: dict[str, Any]
    export: dict[str, Any] | None


class RecordOut(Schema):
    """One record. `text` is null where the body was emptied by law."""

    number: int
    at: str
    kind: str
    by: str
    body_digest: str
    previous: str
    digest: str
    salt: str
    text: str | None


class BrokenOut(Schema):
    """Where the chain does not hold."""

    number: int
    why: str


class CheckedOut(Schema):
    """What a check of the chain found."""

    records: int
    erased: int
    head: str
    broken: list[BrokenOut]


class ColleagueIn(Given):
    """Somebody to be added and invited."""

    email: Annotated[
        str, StringConstraints(min_length=3, max_length=254, pattern=r"^[^@\s\x00]+@[^@\s\x00]+$")
    ]
    name: Annotated[str, StringConstraints(max_length=200, pattern=PRINTABLE)] = ""
    roles: Annotated[list[Word], Field(max_length=50)] = []


class ColleagueOut(Schema):
    """Somebody who may come in."""

    number: int
    mark: str
    email: str
    name: str
    roles: list[str]
    is_active: bool
    joined_at: datetime


class RolesIn(Given):
    """Exactly these roles."""

    roles: Annotated[list[Word], Field(max_length=50)]


class StateIn(Given):
    """Suspended or not."""

    is_active: bool


class KeyIn(Given):
    """A key to be made; its scopes at most what who asks may do."""

    name: Name
    scopes: Annotated[list[Word], Field(min_length=1, max_length=100)]
    expires_on: date | None = None


class KeyOut(Schema):
    """A key, without its text."""

    number: int
    mark: str
    name: str
    owner: str
    scopes: list[str]
    made_at: datetime
    expires_on: date | None
    revoked_at: datetime | None
    used_at: datetime | None


class NewKey(KeyOut):
    """The key just made, with its text, which is shown this once."""

    text: str
