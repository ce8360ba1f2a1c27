"""The side file: what REFI-QDA has no place for, as JSON beside the .qdpx or .qdc.

It holds every table as rows, and our ids by GUID. What the standard does hold is read from the project, so that work
done in another program counts; the side file gives back the rest: levels of trust, consent, logs, checks, years.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from entrepot.errors import InputError, Mistake
from entrepot.sensemaking.coding.checking import checked, ids
from entrepot.sensemaking.coding.refi_ids import guid_of
from entrepot.sensemaking.coding.rows import row_of, rows_of
from entrepot.sensemaking.coding.study import ID, TABLES, Study

FORMAT = 1
HELD: Mapping[str, tuple[str, ...]] = {
    "coders": ("name",),
    "codes": ("name", "parent", "description", "codable", "level"),
    "sources": ("name", "informants"),
    "segments": ("source", "first", "last", "code", "coder", "note"),
    "informants": (),
}
"""Columns for which a project has a place: there it is right, and a side file may be older."""
IF_GIVEN = {"codes": ("colour",), "sources": ("kind", "group", "role", "at", "sensitivity", "follow_up"),
            "segments": ("at",), "informants": ("group", "role", "consent")}  # fmt: skip
KINDS = {
    "coders": "coder",
    "codes": "code",
    "sources": "source",
    "segments": "segment",
    "informants": "informant",
}


def write_side(study: Study) -> bytes:
    """The side file of a study; texts are not in it."""
    tables = {
        table: [row_of(row) for row in getattr(study, table)] for table in TABLES if getattr(study, table)
    }
    known = {guid_of(KINDS[table], name): name for table in KINDS for name in sorted(ids(study, table))}
    return json.dumps(
        {
            "format": FORMAT,
            "name": study.name,
            "ids": known,
            "with_text": sorted(study.texts),
            "tables": tables,
        },
        ensure_ascii=False,
        indent=1,
    ).encode()


def with_side(project: Study, data: bytes, name: str) -> Study:
    """What came from a project, completed from its side file; raises `InputError` where that is none."""
    try:
        side = json.loads(data)
        known, tables = dict(side["ids"]), {table: side["tables"].get(table, []) for table in TABLES}
        had_text = set(side["with_text"])
    except (ValueError, KeyError, TypeError, AttributeError, UnicodeDecodeError) as error:
        raise InputError(
            Mistake(
                "this is no side file of Entrepot",
                name,
                got=str(error)[:200],
                do="leave it out, or give the right one",
            )
        ) from error
    before = {table: rows_of(table, rows, f"{name}, {table}") for table, rows in tables.items()}
    named = _renamed(project, known)
    merged: dict[str, Any] = {table: _merged(table, before[table], getattr(named, table)) for table in KINDS}
    texts = named.texts
    untold = [each for each in before["sources"] if each.source not in had_text]
    there = {each.source for each in merged["sources"]}
    order = {each.source: at for at, each in enumerate(before["sources"])}
    sources = [*merged["sources"], *(each for each in untold if each.source not in there)]
    merged["sources"] = tuple(sorted(sources, key=lambda each: order.get(each.source, len(order))))
    groups = {each.group for each in before["groups"]}
    rest = {table: before[table] for table in TABLES if table not in KINDS}
    rest["groups"] = (*before["groups"], *(each for each in named.groups if each.group not in groups))
    return checked(
        _without_lost(Study(name=named.name, texts=texts, carried=named.carried, **merged, **rest))
    )


def _renamed(study: Study, known: Mapping[str, str]) -> Study:
    """The study with our ids for GUIDs that we gave."""

    def name(guid: str) -> str:
        return known.get(guid, guid)

    return study.having(
        coders=tuple(replace(each, coder=name(each.coder)) for each in study.coders),
        codes=tuple(replace(each, code=name(each.code), parent=name(each.parent)) for each in study.codes),
        informants=tuple(replace(each, informant=name(each.informant)) for each in study.informants),
        sources=tuple(
            replace(each, source=name(each.source), informants=tuple(name(one) for one in each.informants))
            for each in study.sources
        ),
        segments=tuple(
            replace(
                each,
                segment=name(each.segment),
                source=name(each.source),
                code=name(each.code),
                coder=name(each.coder),
            )
            for each in study.segments
        ),
        texts={name(guid): text for guid, text in study.texts.items()},
    )


def _merged(table: str, before: tuple[Any, ...], now: tuple[Any, ...]) -> tuple[Any, ...]:
    """The rows of the project, each with what its row before knew besides; in the order of before, new ones last."""
    old = {getattr(each, ID[table]): each for each in before}
    order = {name: at for at, name in enumerate(old)}
    found = [_completed(table, each, old.get(getattr(each, ID[table]))) for each in now]
    return tuple(sorted(found, key=lambda each: order.get(getattr(each, ID[table]), len(order))))


def _completed(table: str, now: Any, old: Any) -> Any:
    if old is None:
        return now
    given = {column: getattr(now, column) for column in HELD[table]}
    given |= {column: value for column in IF_GIVEN.get(table, ()) if (value := getattr(now, column))}
    if "at" in given and (given["at"].begins, given["at"].ends) == (old.at.begins, old.at.ends):
        given["at"] = old.at  # an instant may be written in several ways
    if table == "sources":  # the order in which several spoke is ours to keep
        same = set(old.informants) == set(given["informants"])
        given["informants"] = old.informants if same else given["informants"]
    return replace(old, **given)


def _without_lost(study: Study) -> Study:
    """Without rows of our own tables about codes or people that were deleted in another program."""
    codes, sources, people = ids(study, "codes"), ids(study, "sources"), ids(study, "informants")
    coders = ids(study, "coders")
    return study.having(
        choices=tuple(each for each in study.choices if each.code in codes),
        sequence=tuple(each for each in study.sequence if {each.before, each.after} <= codes),
        checks=tuple(each for each in study.checks if each.informant in people),
        readings=tuple(each for each in study.readings if each.source in sources and each.coder in coders),
        interventions=tuple(
            replace(each, source=each.source if each.source in sources else "")
            for each in study.interventions
        ),
        sources=tuple(
            replace(each, follows=each.follows if each.follows in sources else "") for each in study.sources
        ),
        segments=tuple(
            replace(each, informant=each.informant if each.informant in people else "")
            for each in study.segments
        ),
    )
