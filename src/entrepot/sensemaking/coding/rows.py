"""Rows of plain text to dataclasses and back, for every table of a study alike.

A row is a mapping of column to text. What is wrong is gathered over all rows before anything stops.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, Field, fields
from functools import cache, lru_cache
from typing import Any

from entrepot.errors import InputError, Mistake
from entrepot.sensemaking.coding.study import TABLES
from entrepot.sensemaking.moments import Moment

BETWEEN = ";"
YES, NO = ("true", "yes", "1"), ("", "false", "no", "0")


def row_of(thing: Any) -> dict[str, str]:
    """A row as text; what is as usual is left empty."""
    return {each.name: _written(getattr(thing, each.name)) for each in fields(thing)}


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else ""
    if isinstance(value, tuple):
        return BETWEEN.join(value)
    return str(value)


def rows_of(table: str, rows: Iterable[Mapping[str, Any]], where: str = "") -> tuple[Any, ...]:
    """The rows of a table; raises `InputError` that names every row that cannot be read."""
    kind, found, mistakes = TABLES[table], [], []
    for number, row in enumerate(rows, start=1):
        values, wrong = _read(kind, row)
        place = f"{where or f'the table {table}'}, row {number}"
        mistakes += [Mistake(each, place) for each in wrong]
        if not wrong:
            found.append(kind(**values))
    if mistakes:
        raise InputError(*mistakes)
    return tuple(found)


@cache
def _columns(kind: type) -> tuple[tuple[Field[Any], str, bool, bool], ...]:
    """Of each column of a table: itself, its name, whether a row needs it, and whether it is words."""
    return tuple(
        (each, each.name, each.default is MISSING and each.default_factory is MISSING, each.type == "str")
        for each in fields(kind)
    )


def _read(kind: type, row: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    values, wrong = {}, []
    for each, name, needed, is_words in _columns(kind):
        given = row.get(name)
        text = "" if given is None else str(given)
        if not text or ((needed or not is_words) and not text.strip()):
            wrong += [f"{name} is empty"] if needed else []
            continue
        try:
            values[name] = _value(each, text)
        except ValueError as error:
            wrong.append(f"{name} is {text[:60]!r}, expected {error}")
    return values, wrong


def _value(column: Field[Any], text: str) -> Any:
    known = column.metadata.get("one_of")
    if known is not None:
        value = text.strip().lower().replace(" ", "_")
        if value not in known:
            raise ValueError(", ".join(each for each in known if each))
        return value
    return READ[str(column.type)](text)


@lru_cache(maxsize=4096)
def _moment(text: str) -> Moment:
    try:
        return Moment.read(text)
    except ValueError:
        raise ValueError("an instant, day, month or year (2019-05-03)") from None


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise ValueError("a whole number") from None


def _flag(text: str) -> bool:
    value = text.strip().lower()
    if value not in YES + NO:
        raise ValueError("true or false")
    return value in YES


def _several(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(BETWEEN) if part.strip())


READ: Mapping[str, Callable[[str], Any]] = {
    "str": str,
    "int": _whole,
    "bool": _flag,
    "Moment": _moment,
    "tuple[str, ...]": _several,
}
