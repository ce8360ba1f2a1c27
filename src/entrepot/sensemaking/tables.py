"""The two tables that come in, row by row as contracts.md has them; every row that is wrong is named before we stop.

An answer's score is −3 to 3. What was read from a text (`coded`) is −1, 0 or 1, names its source, and speaks for signs
only. An act of sensegiving has a kind, who did it, and where it matters what it answers, to whom it went and what it
said.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from entrepot.errors import InputError, Mistake
from entrepot.sensemaking.moments import UNKNOWN, Moment

LEVELS = ("leader", "staff")
ANSWERED_LEVELS = (*LEVELS, "unstated")  # a whole group that answered blind has no levels
DIMENSIONS = ("legitimacy", "efficiency")
HORIZONS = ("short", "long", "unstated")
FACETS = ("overall", "aims", "actions", "outcomes")
STATUSES = ("given", "passed", "withheld", "unanswered", "not_asked", "not_applicable")
REASONS = ("fear_of_rebuke", "brand_ruin", "not_my_remit", "know_too_little", "other")
ORIGINS = ("answered", "coded")
KINDS = ("informed", "promoted", "voiced", "heard", "dismissed", "left_open", "concluded", "reopened")
VERDICTS = ("compatible", "incompatible")
PRIORITIES = ("institutionalised", "emerging")
LOWEST, HIGHEST = -3.0, 3.0
BETWEEN_UNITS = ";"


@dataclass(frozen=True)
class Assessment:
    """One answer: what `stakeholder` said of one dimension, horizon and facet of a question in a round."""

    question: str
    round: str
    stakeholder: str
    unit: str
    level: str
    dimension: str
    horizon: str = "unstated"
    facet: str = "overall"
    score: float | None = None
    status: str = "given"
    reason_code: str = ""
    reason: str = ""
    attributed: bool = True
    origin: str = "answered"
    source: str = ""
    coder: str = ""
    answered_at: Moment = UNKNOWN
    place: int = 0  # in its table; breaks ties of time

    @property
    def sign(self) -> int:
        """−1, 0 or 1; 0 where nothing was given."""
        return 0 if self.score is None else (self.score > 0) - (self.score < 0)


@dataclass(frozen=True)
class Act:
    """One act of sensegiving."""

    act: str
    question: str
    unit: str
    level: str
    kind: str
    answers: str = ""
    to_units: frozenset[str] = field(default_factory=frozenset)
    verdict: str = ""
    priority: str = ""
    owner: str = ""
    at: Moment = UNKNOWN
    source: str = ""
    review_on: Moment = UNKNOWN  # beyond the contract: from then on a conclusion or an open question is due
    place: int = 0


ASSESSMENT_REQUIRED = ("question", "round", "stakeholder", "unit", "level", "dimension", "status")
ACT_REQUIRED = ("act", "question", "unit", "level", "kind")
Row = Mapping[str, Any]
Made = TypeVar("Made")


def read_assessments(source: Path | str | Iterable[Row]) -> list[Assessment]:
    """The answers of a CSV file or of rows; raises `InputError` that names every row that cannot be used."""
    return _read(source, "the table of assessments", ASSESSMENT_REQUIRED, _assessment)


def read_acts(source: Path | str | Iterable[Row]) -> list[Act]:
    """The acts of a CSV file or of rows; raises `InputError` that names every row that cannot be used."""
    acts = _read(source, "the table of acts", ACT_REQUIRED, _act)
    twice = sorted({a.act for a in acts if sum(b.act == a.act for b in acts) > 1})
    known = {(a.question, a.act) for a in acts}
    lost = [a for a in acts if a.answers and (a.question, a.answers) not in known]
    mistakes = [Mistake("an act has the number of another", "the table of acts", got=name) for name in twice]
    mistakes += [
        Mistake(f"act {a.act} answers an act that is not there", "the table of acts", "an act of the same question",
                a.answers) for a in lost
    ]  # fmt: skip
    if mistakes:
        raise InputError(*mistakes)
    return acts


def _read(
    source: Path | str | Iterable[Row], where: str, required: Sequence[str], made: Callable[[Row, int], Made]
) -> list[Made]:
    rows = _rows(Path(source), required) if isinstance(source, str | Path) else list(source)
    found, mistakes = [], []
    for place, row in enumerate(rows):
        try:
            found.append(made({k: v for k, v in row.items() if v is not None}, place))
        except ValueError as error:
            wrong = error.args[0] if isinstance(error.args[0], list) else [str(error)]
            mistakes += [Mistake(each, f"{where}, row {place + 1}") for each in wrong]
    if mistakes:
        raise InputError(*mistakes)
    return found


def _rows(path: Path, required: Sequence[str]) -> Sequence[Row]:
    if not path.is_file():
        raise InputError(
            Mistake("there is no such file", str(path), do="give a CSV file with one row of names")
        )
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            names, rows = list(reader.fieldnames or ()), [dict[str, Any](row) for row in reader]
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(Mistake("the file cannot be read", str(path), "CSV in UTF-8", str(error))) from error
    missing = [name for name in required if name not in names]
    if missing:
        got = ", ".join(names) or "no columns"
        raise InputError(*(Mistake(f"the column {name} is missing", str(path), got=got) for name in missing))
    return rows


def _assessment(row: Row, place: int) -> Assessment:
    check = _Checked(row)
    origin, status = check.one("origin", ORIGINS, "answered"), check.one("status", STATUSES, "given")
    coded = origin == "coded"
    score = check.number("score", lowest=-1.0 if coded else LOWEST, highest=1.0 if coded else HIGHEST)
    check.holds(status != "given" or score is not None, "score is missing where status is given")
    check.holds(status == "given" or score is None, f"a score stands where status is {status}")
    check.holds(not coded or score is None or score in (-1.0, 0.0, 1.0), "a coded score is −1, 0 or 1")
    check.holds(not coded or bool(check.text("source")), "a coded row names no source")
    dimension = check.one("dimension", DIMENSIONS)
    facet = check.one("facet", FACETS, "overall")
    check.holds(dimension != "efficiency" or facet == "overall", f"efficiency has no facet {facet}")
    return check.done(Assessment)(
        question=check.needed("question"), round=check.text("round") or "1", stakeholder=check.needed("stakeholder"),
        unit=check.needed("unit"), level=check.one("level", ANSWERED_LEVELS), dimension=dimension,
        horizon=check.one("horizon", HORIZONS, "unstated"), facet=facet, score=score, status=status,
        reason_code=check.one("reason_code", REASONS, ""), reason=check.text("reason"),
        attributed=check.flag("attributed", usually=True), origin=origin, source=check.text("source"),
        coder=check.text("coder"), answered_at=check.moment("answered_at"), place=place,
    )  # fmt: skip


def _act(row: Row, place: int) -> Act:
    check = _Checked(row)
    units = check.text("to_units").replace("|", BETWEEN_UNITS).replace(",", BETWEEN_UNITS)
    kind = check.one("kind", KINDS)
    check.holds(kind not in ("heard", "dismissed") or bool(check.text("answers")), f"{kind} answers no act")
    return check.done(Act)(
        act=check.needed("act"), question=check.needed("question"), unit=check.needed("unit"),
        level=check.one("level", LEVELS), kind=kind, answers=check.text("answers"),
        to_units=frozenset(u.strip() for u in units.split(BETWEEN_UNITS) if u.strip()),
        verdict=check.one("verdict", VERDICTS, ""), priority=check.one("priority", PRIORITIES, ""),
        owner=check.text("owner"), at=check.moment("at"), source=check.text("source"),
        review_on=check.moment("review_on"), place=place,
    )  # fmt: skip


class _Checked:
    """One row, read field by field; what is wrong is gathered until `done`."""

    def __init__(self, row: Row) -> None:
        self._row = row
        self._wrong: list[str] = []

    def text(self, name: str) -> str:
        return str(self._row.get(name, "")).strip()

    def needed(self, name: str) -> str:
        value = self.text(name)
        self.holds(bool(value), f"{name} is empty")
        return value

    def one(self, name: str, known: Sequence[str], usually: str | None = None) -> str:
        value = self.text(name).lower().replace(" ", "_")
        if not value and usually is not None:
            return usually
        self.holds(value in known, f"{name} is {value or 'empty'!r}, expected {', '.join(known)}")
        return value

    def number(self, name: str, *, lowest: float, highest: float) -> float | None:
        value = self.text(name).replace("−", "-")
        if not value:
            return None
        try:
            found = float(value)
        except ValueError:
            self.holds(False, f"{name} is no number: {value!r}")
            return None
        self.holds(lowest <= found <= highest, f"{name} is {value}, expected {lowest:g} to {highest:g}")
        return found

    def flag(self, name: str, *, usually: bool) -> bool:
        value = self.text(name).lower()
        self.holds(value in ("", *_YES, *_NO), f"{name} is {value!r}, expected true or false")
        return value in _YES if value else usually

    def moment(self, name: str) -> Moment:
        try:
            return Moment.read(self.text(name))
        except ValueError:
            self.holds(False, f"{name} is no instant, day, month or year: {self.text(name)!r}")
            return UNKNOWN

    def holds(self, is_so: bool, otherwise: str) -> None:
        if not is_so:
            self._wrong.append(otherwise)

    def done(self, kind: type[Made]) -> Callable[..., Made]:
        """Makes the row once all fields were read; `ValueError` with all that is wrong."""

        def make(**fields: Any) -> Made:
            if self._wrong:
                raise ValueError(self._wrong)
            return kind(**fields)

        return make


_YES, _NO = ("true", "yes", "1", "y"), ("false", "no", "0", "n")
