"""The paper's Tables 2 and 3, made from data: nothing in them is typed.

Table 2: groups of informants, what was collected from them, and what it was used for; totals are counted. Table 3: for
each firm how it interpreted, how views were integrated, and which account came of it, with quotes, role and year. What
integration and account are called comes from the rules of sensemaking, where acts are given.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from entrepot.sensemaking.coding.structure import Quote, quotes
from entrepot.sensemaking.coding.study import Group, Source, Study
from entrepot.sensemaking.moments import Moment

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
CALLED = {
    "interview": ("interview", "interviews"), "observation": ("observation", "observations"),
    "social_media": ("observation of social media", "observations of social media"), "meeting": ("meeting", "meetings"),
    "annual_report": ("annual report", "annual reports"), "press": ("press report", "press reports"),
}  # fmt: skip
INTEGRATIONS = {"top-down": "Top-down", "negotiated": "Negotiated", "bottom-up": "Bottom-up", "none": "No"}


@dataclass(frozen=True)
class Described:
    """A row of Table 2: a group, its counts, what was collected in words, and the uses."""

    group: str
    interviews: int
    informants: int
    data: tuple[str, ...]
    uses: tuple[str, ...]


@dataclass(frozen=True)
class Description:
    """Table 2: rows, and totals over all groups."""

    rows: tuple[Described, ...]
    interviews: int
    informants: int
    collected: str


@dataclass(frozen=True)
class Shown:
    """A cell of Table 3: a firm, a letter with its heading, and quotes."""

    case: str
    letter: str
    heading: str
    quotes: tuple[Quote, ...]


def table_2(study: Study) -> Description:
    """The description of the data; informants are those who gave an interview, counted once."""
    rows = tuple(_described(study, each) for each in study.groups)
    interviews, informants = sum(each.interviews for each in rows), sum(each.informants for each in rows)
    return Description(rows, interviews, informants, _between(collected(study)))


def collected(study: Study) -> list[Moment]:
    """The moments that bound the collection: what a group states, or else the dates of its sources."""
    found: list[Moment] = []
    for group in study.groups:
        stated = [each for each in (group.collected_from, group.collected_until) if each]
        found += stated or [each.at for each in study.sources if each.group == group.group and each.at]
    return found


def _described(study: Study, group: Group) -> Described:
    theirs = [each for each in study.sources if each.group == group.group]
    interviews = [each for each in theirs if each.kind == "interview"]
    people = {name for each in interviews for name in each.informants} or {
        each.informant for each in study.informants if each.group == group.group and interviews
    }
    unnamed = {each.informant for each in study.informants if each.group == group.group} if any(
        not each.informants for each in interviews) else set()  # fmt: skip
    people |= unnamed
    kinds = dict.fromkeys(
        each.kind for each in sorted(theirs, key=lambda each: list(CALLED).index(each.kind))
    )
    data = tuple(
        _collected(study, group, kind, [each for each in theirs if each.kind == kind], len(people))
        for kind in kinds
    )
    uses = tuple(each.use for each in study.uses if each.group == group.group)
    return Described(group.group, len(interviews), len(people), data, uses)


def _collected(study: Study, group: Group, kind: str, sources: Sequence[Source], people: int) -> str:
    what = f"{len(sources)} {CALLED[kind][len(sources) != 1]}"
    if kind == "interview":
        what += f" with {people} {group.called or 'informants'}"
        when = _between([group.collected_from, group.collected_until]) or _between(
            [each.at for each in sources]
        )
    else:
        when = _between([each.at for each in sources])
    asked = "; ".join(each.asked for each in study.guides if (each.group, each.kind) == (group.group, kind))
    told = "; ".join(
        each.what for each in study.interventions
        if each.group == group.group and each.source in {one.source for one in sources} and each.source
    )  # fmt: skip
    return (
        what
        + (f" ({when})" if when else "")
        + (f"; {asked}" if asked else "")
        + (f"; researcher intervened: {told}" if told else "")
    )


def _between(moments: Iterable[Moment]) -> str:
    known = [each for each in moments if each]
    if not known:
        return ""
    first, last = min(known, key=lambda each: each.begins), max(known, key=lambda each: each.ends)
    begins, ends = _month(first), _month(last)
    return begins if begins == ends else f"{begins}–{ends}"


def _month(moment: Moment) -> str:
    parts = moment.text[:7].split("-")
    return f"{MONTHS[int(parts[1]) - 1]} {parts[0]}" if len(parts) > 1 else parts[0]


def table_3(study: Study, sense: Mapping[str, tuple[str, str]] | None = None) -> tuple[Shown, ...]:
    """The sensemaking of each case firm; `sense`: firm → (integration, account) by the rules (`make_sense`).

    A theme fills the row that its `step` names; quotes are those marked `quoted`, each once.
    """
    cases = dict.fromkeys(each.case for each in study.groups if each.case)
    return tuple(
        _shown(study, case, step, (sense or {}).get(case, ("", ""))) for case in cases for step in STEPS
    )


STEPS = ("interpretation", "integration", "account")


def _shown(study: Study, case: str, step: str, sense: tuple[str, str]) -> Shown:
    groups = {each.group for each in study.groups if each.case == case}
    sources = {each.source for each in study.sources if each.group in groups}
    chosen = {each.segment for each in study.segments if each.quoted and each.source in sources}
    found: dict[tuple[str, int, int], Quote] = {}
    for code in (each for each in study.codes if each.step == step):
        for quote in quotes(study, code.code):
            if quote.segment in chosen:
                found.setdefault((quote.source, quote.first, quote.last), quote)
    order = {each.segment: at for at, each in enumerate(study.segments)}
    shown = tuple(sorted(found.values(), key=lambda each: order[each.segment]))
    return Shown(case, "abc"[STEPS.index(step)], _heading(step, sense), shown)


def _heading(step: str, sense: tuple[str, str]) -> str:
    integration, account = sense
    if step == "interpretation":
        return "Interpretation of legitimacy and efficiency compatibilities"
    if step == "integration":
        called = INTEGRATIONS.get(integration)
        return (
            f"{called} integration of stakeholder perspectives"
            if called
            else "Integration of stakeholder perspectives"
        )
    return f"{account.capitalize()} account" if account else "Account"


def as_rows(table: Description | Sequence[Shown]) -> list[dict[str, str]]:
    """A table as rows of text, for a CSV; a cell with several quotes is several rows."""
    if isinstance(table, Description):
        rows = [
            {"group": each.group, "interviews": str(each.interviews), "informants": str(each.informants),
             "data": " • ".join(each.data), "use": " • ".join(each.uses)} for each in table.rows
        ]  # fmt: skip
        total = {"group": "all", "interviews": str(table.interviews), "informants": str(table.informants),
                 "data": table.collected, "use": ""}  # fmt: skip
        return [*rows, total]
    return [
        {"case": each.case, "part": each.letter, "heading": each.heading, "quote": quote.words, "role": quote.role,
         "year": quote.year, "line": quote.line} for each in table for quote in each.quotes or (NOBODY,)
    ]  # fmt: skip


NOBODY = Quote("", "", "", "", "", "", 0, 0)
