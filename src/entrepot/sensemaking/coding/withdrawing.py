"""Taking words out: a consent withdrawn, a passage blacked out, sources that may not leave the house.

What remains of a withdrawn source is that it was there: kind, group and time, so that totals stay true. Its words, its
segments, what the informant corrected and what codes were once called in their words are gone, also from what is
carried along of other programs.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, replace

from entrepot.errors import InputError, Mistake
from entrepot.sensemaking.coding.study import WORDED, Carried, Source, Study
from entrepot.sensemaking.moments import UNKNOWN, Moment

BLACK = "█"


@dataclass(frozen=True)
class Withdrawn:
    """The study without somebody's words: which sources and how many segments went, and codes named in those words."""

    study: Study
    sources: tuple[str, ...]
    segments: int
    named_in_their_words: tuple[str, ...]


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
    words = " ".join(
        [study.quote(each) for each in theirs] + [study.texts.get(each, "") for each in gone]
    ).casefold()
    named = tuple(each.code for each in study.codes if _stands_in(each.name, words))
    for each in theirs:
        if each.source not in gone:
            study = black_out(study, each.source, each.first, each.last)
    left = without_sources(study, gone, keep_rows=True)
    left = left.having(
        informants=tuple(
            replace(each, consent="withdrawn", withdrawn_at=at or UNKNOWN, role="", note="")
            if each.informant == informant
            else each
            for each in left.informants
        ),
        sources=tuple(_emptied(each) if each.source in gone else each for each in left.sources),
        checks=tuple(
            replace(each, correction="") if each.informant == informant else each for each in left.checks
        ),
        revisions=tuple(
            replace(
                each,
                was="" if _stands_in(each.was, words) else each.was,
                now="" if _stands_in(each.now, words) else each.now,
            )
            if each.what in WORDED
            else each
            for each in left.revisions
        ),
    )
    return Withdrawn(left, tuple(sorted(gone)), len(theirs), named)


def _stands_in(text: str, words: str) -> bool:
    """Whether what a code is or was called was said in `words`, which are folded."""
    said = text.casefold().strip(" .…'\"‘’“”")
    return bool(said) and said in words


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
