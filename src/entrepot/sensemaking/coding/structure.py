"""The data structure: first-order concepts, second-order themes, aggregate dimensions, as three columns with quotes.

A code may be moved, renamed or described anew; each change leaves a row in the revision history, so that one sees what
was revisited and why. Concepts that people excluded stay in the study and out of the picture.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from entrepot.errors import InputError, Mistake
from entrepot.sensemaking.coding.checking import checked
from entrepot.sensemaking.coding.replication import Replication, excluded, replication
from entrepot.sensemaking.coding.study import WORDED, Code, Revision, Study

ABOVE = {"concept": ("theme",), "theme": ("dimension",), "dimension": ()}
CHANGEABLE = ("name", "parent", "description", "level", "colour")


@dataclass(frozen=True)
class Quote:
    """Words with who said them when, and where they are to be found."""

    segment: str
    source: str
    words: str
    role: str
    year: str
    line: str
    first: int
    last: int


@dataclass(frozen=True)
class Concept:
    """A concept of the picture, with its counts and quotes."""

    code: Code
    counts: Replication
    quotes: tuple[Quote, ...]


@dataclass(frozen=True)
class Theme:
    """A theme with its concepts; without a code, the concepts that wait for a theme."""

    code: Code | None
    concepts: tuple[Concept, ...]


@dataclass(frozen=True)
class Dimension:
    """A dimension with its themes; without a code, the themes that wait for one."""

    code: Code | None
    themes: tuple[Theme, ...]


@dataclass(frozen=True)
class Structure:
    """The picture: `dimensions` in order, whether any of it is a reconstruction, and what is left out."""

    dimensions: tuple[Dimension, ...]
    reconstruction: bool
    left_out: tuple[Code, ...]


def structure(study: Study, *, most: int | None = None) -> Structure:
    """The data structure of a study; nothing that was coded is missing: what waits for a place stands at the end.

    With `most` at most so many quotes a concept; `counts.segments` says how many there are.
    """
    counts = {each.code: each for each in replication(study)}
    out = excluded(study)
    by_level = {level: [each for each in study.codes if each.level == level] for level in ABOVE}
    concepts = [each for each in by_level["concept"] if each.code not in out]

    def theme(code: Code | None, below: list[Code]) -> Theme:
        return Theme(
            code,
            tuple(Concept(each, counts[each.code], quotes(study, each.code, most=most)) for each in below),
        )

    def themes(parent: str) -> tuple[Theme, ...]:
        found = [theme(each, [one for one in concepts if one.parent == each.code])
                 for each in by_level["theme"] if _parent(study, each) == parent]  # fmt: skip
        waiting = [one for one in concepts if _theme(study, one) is None and _parent(study, one) == parent]
        return (*found, *([theme(None, waiting)] if waiting else []))

    dimensions = [Dimension(each, themes(each.code)) for each in by_level["dimension"]]
    rest = themes("")
    return Structure(
        tuple(dimensions + ([Dimension(None, rest)] if rest else [])),
        any(each.reconstruction for each in study.codes),
        tuple(each for each in by_level["concept"] if each.code in out),
    )


def _theme(study: Study, code: Code) -> str | None:
    parent = next((each for each in study.codes if each.code == code.parent), None)
    return parent.code if parent and parent.level == "theme" else None


def _parent(study: Study, code: Code) -> str:
    """The nearest dimension above a code, or nothing."""
    codes = {each.code: each for each in study.codes}
    up = codes.get(code.parent)
    while up is not None and up.level != "dimension":
        up = codes.get(up.parent)
    return up.code if up else ""


def quotes(study: Study, code: str, *, most: int | None = None) -> tuple[Quote, ...]:
    """The words under a code, what is marked to be quoted first; with `most` no more than so many."""
    found = sorted(study.under(code), key=lambda each: not each.quoted)[:most]
    return tuple(
        Quote(each.segment, each.source, study.quote(each), study.role(each), study.year(each), each.line, each.first,
              each.last)
        for each in found
    )  # fmt: skip


def misfits(study: Study) -> list[Mistake]:
    """Codes that do not stand in the level above theirs: allowed while one works, named so that one ends it."""
    levels = {each.code: each.level for each in study.codes}
    return [
        Mistake(f"{each.name} has no place", "the data structure", f"under a {ABOVE[each.level][0]}",
                f"under a {levels[each.parent]}" if each.parent else "under nothing")
        for each in study.codes if ABOVE[each.level] and levels.get(each.parent) not in ABOVE[each.level]
    ]  # fmt: skip


def change(study: Study, revision: Revision) -> Study:
    """The study with one property of a code changed (`what` is name, parent, description, level or colour; `now` the
    new value), and the change in its history with what was before. Once somebody has withdrawn, an earlier name or
    description is not kept: it may be theirs.

    `InputError` where there is no such code or property, or the code would stand below itself.
    """
    if revision.what not in CHANGEABLE:
        raise InputError(
            Mistake("this cannot be changed", "the revision", ", ".join(CHANGEABLE), revision.what)
        )
    if revision.code not in {each.code for each in study.codes}:
        raise InputError(Mistake(f"unknown code {revision.code!r}", "the revision"))
    was = getattr(study.code(revision.code), revision.what)
    if was == revision.now:
        return study
    changed: dict[str, Any] = {revision.what: revision.now}
    if revision.what in WORDED and any(each.consent == "withdrawn" for each in study.informants):
        was = ""
    codes = tuple(replace(each, **changed) if each.code == revision.code else each for each in study.codes)
    return checked(study.having(codes=codes, revisions=(*study.revisions, replace(revision, was=was))))
