"""What must hold in a study: ids are there once, references lead somewhere, segments lie inside their texts.

Overlapping segments are no mistake: two codes may share words. Every mistake is named at once, and nothing is dropped.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from entrepot.errors import InputError, Mistake
from entrepot.sensemaking.coding.study import ID, Segment, Study

REFERENCES = (
    ("informants", "group", "groups"), ("sources", "group", "groups"), ("sources", "informants", "informants"),
    ("sources", "follows", "sources"), ("sources", "guide", "guides"), ("codes", "parent", "codes"),
    ("segments", "source", "sources"), ("segments", "code", "codes"), ("segments", "coder", "coders"),
    ("segments", "informant", "informants"), ("readings", "source", "sources"), ("readings", "coder", "coders"),
    ("interventions", "group", "groups"), ("interventions", "source", "sources"), ("choices", "code", "codes"),
    ("sequence", "before", "codes"), ("sequence", "after", "codes"), ("checks", "informant", "informants"),
    ("sampling", "group", "groups"), ("guides", "group", "groups"), ("uses", "group", "groups"),
)  # fmt: skip
"""Table, column, and the table that it points into. Revisions may name codes that are gone."""


def checked(study: Study) -> Study:
    """`study` as it is; raises `InputError` with everything that does not hold."""
    mistakes = [*_twice(study), *_lost(study), *_circles(study), *_outside(study)]
    if mistakes:
        raise InputError(*mistakes)
    return study


def ids(study: Study, table: str) -> frozenset[str]:
    """The ids of a table's rows."""
    return frozenset(getattr(row, ID[table]) for row in getattr(study, table))


def _twice(study: Study) -> Iterator[Mistake]:
    for table, column in ID.items():
        counted = Counter(getattr(row, column) for row in getattr(study, table))
        for name in (name for name, times in counted.items() if times > 1):
            yield Mistake(f"a {column} has the id of another", f"the table {table}", got=name)


def _lost(study: Study) -> Iterator[Mistake]:
    for table, column, into in REFERENCES:
        known = ids(study, into)
        for row in getattr(study, table):
            value = getattr(row, column)
            for name in value if isinstance(value, tuple) else (value,):
                if name and name not in known:
                    yield Mistake(
                        f"unknown {column} {name!r}", f"the table {table}{_named(row, table)}",
                        f"a row of the table {into}", do=f"add it to {into}, or mend the row",
                    )  # fmt: skip


def _named(row: object, table: str) -> str:
    return f", {getattr(row, ID[table])}" if table in ID else ""


def _circles(study: Study) -> Iterator[Mistake]:
    parents = {each.code: each.parent for each in study.codes}
    for code in parents:
        seen, up = {code}, parents[code]
        while up and up not in seen:
            seen.add(up)
            up = parents.get(up, "")
        if up == code:
            yield Mistake(
                "a code stands below itself", f"the table codes, {code}", do="give it another parent"
            )


def _outside(study: Study) -> Iterator[Mistake]:
    gone = {each.source for each in study.sources if each.withdrawn}
    for each in study.segments:
        if each.source in gone:
            yield Mistake(
                "a segment of a withdrawn source", f"the table segments, {each.segment}", do="delete it"
            )
        else:
            yield from misplaced(each, study.texts.get(each.source, ""))


def misplaced(segment: Segment, text: str) -> Iterator[Mistake]:
    """What is wrong with the place of a segment in its text."""
    where, span = f"the table segments, {segment.segment}", f"{segment.first}–{segment.last}"
    if segment.last < segment.first:
        yield Mistake("the selection is empty", where, "first ≤ last, both inside the selection", span)
    elif segment.first < 0 or segment.last >= len(text):
        ends = f"0–{len(text) - 1}" if text else "a text; this source has none"
        yield Mistake(f"the selection lies outside the text of {segment.source}", where, ends, span)
