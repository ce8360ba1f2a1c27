"""Taking words out: a consent withdrawn, a passage blacked out, sources that may not leave the house.

What remains of a withdrawn source is that it was there: kind, group and time, so that totals stay true. Gone are its
words and segments, what is bound to it (what the informant corrected, why a code that rests on them alone was kept or
changed), and every passage that quotes it, wherever in the study it was written, also in what is carried along of
other programs. Where something stood, `WITHDRAWN` stands.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from entrepot.errors import InputError, Mistake
from entrepot.sensemaking.coding.quoting import WITHDRAWN, Said
from entrepot.sensemaking.coding.study import WORDED, Carried, Check, Revision, Source, Study
from entrepot.sensemaking.moments import UNKNOWN, Moment

BLACK = "█"


WRITTEN: Mapping[str, tuple[str, ...]] = {
    "groups": ("called", "note"), "informants": ("role", "note"), "sources": ("name", "role", "follow_up", "note"),
    "coders": ("name",), "codes": ("name", "description"), "segments": ("line", "note"),
    "interventions": ("what", "reactivity"), "choices": ("reason",), "sequence": ("lens", "why"),
    "lenses": ("fit", "why"), "revisions": ("was", "now", "why"),
    "checks": ("about", "correction", "action", "changed"), "sampling": ("why",), "uses": ("use",),
    "discrepancies": ("about", "says", "where", "but_says", "but_where", "note"),
    "scope": ("limit", "what", "where"),
}  # fmt: skip
"""Table → columns in which somebody may have written what was said. What a guide asked, the researcher said."""


@dataclass(frozen=True)
class Withdrawn:
    """The study without somebody's words: which sources and how many segments went, and codes named in those words.

    `emptied` is how many rows of each table lost words beside that; `said` finds them where no study reaches.
    """

    study: Study
    sources: tuple[str, ...]
    segments: int
    named_in_their_words: tuple[str, ...]
    emptied: Mapping[str, int] = field(default_factory=dict)
    said: Said = field(default_factory=lambda: Said(()))


def withdraw(
    study: Study, informant: str, *, at: Moment | None = None, keep: Collection[str] = ()
) -> Withdrawn:
    """Take an informant's words out of a study.

    Every source in which they spoke loses its text. Where others spoke too and the text shall stay, name it in `keep`:
    then what is coded as theirs there is blacked out and uncoded; black out the rest of their words with `black_out`.
    `InputError` for an unknown informant, and for a `keep` in which nobody else spoke.
    """
    if informant not in {each.informant for each in study.informants}:
        raise InputError(Mistake(f"unknown informant {informant!r}", "the table informants"))
    spoke = [each for each in study.sources if informant in each.informants]
    if alone := [each.source for each in spoke if each.source in keep and len(each.informants) < 2]:
        raise InputError(Mistake("nobody else spoke there", ", ".join(alone), do="do not keep it"))
    gone = {each.source for each in spoke if each.source not in keep}
    theirs = [each for each in study.segments if each.source in gone or informant in study.speakers(each)]
    texts = [
        *(study.quote(each) for each in theirs if each.source not in gone),
        *(study.texts.get(each, "") for each in sorted(gone)),
    ]
    words = " ".join(texts).casefold()
    named = tuple(each.code for each in study.codes if _stands_in(each.name, words))
    bare = study
    for each in theirs:
        if each.source not in gone:
            bare = black_out(bare, each.source, each.first, each.last)
    bare = without_sources(bare, gone, keep_rows=True)
    said = Said(tuple(filter(None, texts)), (*bare.texts.values(), *(each.asked for each in study.guides)))
    left = _unquoted(_unbound(bare, informant, gone, _alone(study, bare), words), said)
    emptied = {table: number for table in WRITTEN if (number := _differ(bare, left, table))}
    left = left.having(
        informants=tuple(
            replace(each, consent="withdrawn", withdrawn_at=at or UNKNOWN, role="", note="")
            if each.informant == informant
            else each
            for each in left.informants
        ),
        sources=tuple(_emptied(each) if each.source in gone else each for each in left.sources),
    )
    return Withdrawn(left, tuple(sorted(gone)), len(theirs), named, emptied, said)


def _stands_in(text: str, words: str) -> bool:
    """Whether what a code is or was called was said in `words`, which are folded."""
    said = text.casefold().strip(" .…'\"‘’“”")
    return bool(said) and said in words


def _alone(before: Study, after: Study) -> frozenset[str]:
    """The codes that rested on the words that went, and on no others."""
    return frozenset(each.code for each in before.segments) - {each.code for each in after.segments}


def _marked(row: Any, *columns: str) -> Any:
    """`row` with the mark in those of its columns that say something."""
    return replace(row, **{each: WITHDRAWN for each in columns if getattr(row, each)})


def _unbound(
    study: Study, informant: str, gone: Collection[str], alone: Collection[str], words: str
) -> Study:
    """The study without what was written about the words that went, whether it repeats them or not."""

    def check(row: Check) -> Check:
        if row.informant != informant:
            return row
        if row.correction or row.fits == "no":  # nobody waits for what was done with it any more
            row = replace(row, action=row.action or WITHDRAWN)
        return _marked(row, "correction", "action")

    def revision(row: Revision) -> Revision:
        if row.source in gone or row.code in alone:
            row = _marked(row, *(("was", "now") if row.what in WORDED and row.source in gone else ()), "why")
        called = [
            each for each in ("was", "now") if row.what in WORDED and _stands_in(getattr(row, each), words)
        ]
        return _marked(row, *called)

    return study.having(
        checks=tuple(map(check, study.checks)),
        revisions=tuple(map(revision, study.revisions)),
        choices=tuple(_marked(each, "reason") if each.code in alone else each for each in study.choices),
        codes=tuple(_marked(each, "description") if each.code in alone else each for each in study.codes),
        interventions=tuple(
            _marked(each, "reactivity") if each.source in gone else each for each in study.interventions
        ),
    )


def _unquoted(study: Study, said: Said) -> Study:
    """The study without passages that quote them, in what is carried along too."""
    tables = {
        table: tuple(
            replace(row, **{each: said.without(getattr(row, each)) for each in columns})
            for row in getattr(study, table)
        )
        for table, columns in WRITTEN.items()
    }
    carried = Carried(said.out_of_xml(study.carried.xml), study.carried.files)
    return study.having(name=said.without(study.name), carried=carried, **tables)


def _differ(before: Study, after: Study, table: str) -> int:
    """How many rows of a table are other ones now."""
    return sum(a != b for a, b in zip(getattr(before, table), getattr(after, table), strict=True))


def _emptied(source: Source) -> Source:
    return replace(source, withdrawn=True, name="", role="", follow_up="", note="", file="")


def black_out(study: Study, source: str, first: int, last: int) -> Study:
    """Cover the span `first`–`last` of a text; what is coded elsewhere keeps its place, what touches the span goes.

    >>> from entrepot.sensemaking.coding.study import Source
    >>> black_out(Study(sources=(Source("s"),), texts={"s": "I am Kim."}), "s", 5, 7).texts["s"]
    'I am ███.'
    """
    text = study.texts.get(source, "")
    if not 0 <= first <= last < len(text):
        raise InputError(
            Mistake(
                "the selection is empty or outside the text", source, f"0–{len(text) - 1}", f"{first}–{last}"
            )
        )
    covered = text[:first] + BLACK * (last + 1 - first) + text[last + 1 :]
    segments = tuple(
        each for each in study.segments if each.source != source or each.last < first or each.first > last
    )
    return study.having(texts={**study.texts, source: covered}, segments=segments)


def without_sources(study: Study, gone: Collection[str], *, keep_rows: bool = False) -> Study:
    """The study without those sources' texts and segments, and unless `keep_rows` without their rows."""
    if not gone:
        return study
    return study.having(
        sources=tuple(
            replace(each, follows="" if each.follows in gone and not keep_rows else each.follows)
            for each in study.sources if keep_rows or each.source not in gone
        ),
        texts={name: text for name, text in study.texts.items() if name not in gone},
        segments=tuple(each for each in study.segments if each.source not in gone),
        readings=tuple(each for each in study.readings if each.source not in gone),
        interventions=tuple(
            replace(each, source="") if each.source in gone and not keep_rows else each for each in study.interventions
        ),
        revisions=tuple(
            replace(each, source="") if each.source in gone and not keep_rows else each for each in study.revisions
        ),
        carried=_pruned(study.carried, gone),
    )  # fmt: skip


def _pruned(carried: Carried, gone: Collection[str]) -> Carried:
    """What is carried along without those sources, the notes on them, and files that nothing names any more."""
    if not carried.xml:
        return carried
    from entrepot.sensemaking.coding import refi_ids as refi

    project = refi.parsed(carried.xml.encode(), refi.Project, "what was carried along")
    guids = {refi.guid_of("source", each) for each in gone}
    lost = ""
    for kind in type(project.sources).model_fields if project.sources else ():
        theirs = getattr(project.sources, kind)
        lost += "".join(each.model_dump_json() for each in theirs if each.guid in guids)
        setattr(project.sources, kind, [each for each in theirs if each.guid not in guids])
    for case in project.cases.case if project.cases else ():
        case.source_ref = [each for each in case.source_ref if each.target_guid not in guids]
        case.selection_ref = [each for each in case.selection_ref if each.target_guid not in lost]
    for each in project.sets.set if project.sets else ():
        each.member_source = [one for one in each.member_source if one.target_guid not in guids]
    if project.notes:
        project.notes.note = [each for each in project.notes.note if each.guid not in lost]
    xml = refi.written(project).decode()
    named = set(re.findall(rf"{refi.INTERNAL}([^\"<]+)", xml))
    return Carried(
        xml, {name: data for name, data in carried.files.items() if name.partition("/")[2] in named}
    )
