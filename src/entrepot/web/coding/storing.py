"""A study from the database and back: what changed is found by comparing, and only that is written.

`load` gives somebody what they may read: open texts, restricted ones for which they are named, and sealed ones that
they have open. A change holds
the study's row, so that two people who change it at once follow one another.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from django.db.models import Q, QuerySet
from django.utils import timezone

from entrepot.sensemaking.coding.rows import row_of, rows_of
from entrepot.sensemaking.coding.study import ID, TABLES, Carried
from entrepot.sensemaking.coding.study import Study as Coded
from entrepot.web.coding import remembering
from entrepot.web.coding.models import CarriedFile, Opening, Row, Sealed, Study, Text
from entrepot.web.coding.remembering import Kept
from entrepot.web.coding.vault import Unreadable

AT_A_TIME = 1000
T = TypeVar("T")


@dataclass(frozen=True)
class Loaded:
    """A study as somebody may read it, with the numbers of its rows and the sources whose words stay hidden."""

    row: Study
    study: Coded
    read: Kept
    hidden: frozenset[str]

    def number(self, table: str, key: str) -> int:
        """The number of a row with an id: it stands in addresses, where an id may hold any sign."""
        return self.read.numbers[table, key]

    def once(self, name: str, make: Callable[[], T]) -> T:
        """A figure of the study as whoever asks may read it, made once until it or what they may read changes."""
        return self.read.once((name, frozenset(self.study.texts)), make)


def load(row: Study, colleague: Any = None, *, at: datetime | None = None) -> Loaded:
    """The study of `row`; without a colleague neither restricted nor sealed texts."""
    read = _read(row)
    tables: Any = read.tables
    restricted = {each.source for each in tables["sources"] if each.sensitivity == "restricted"}
    kept = restricted - set(readable_by(row, colleague, restricted))
    stored = dict(row.texts.values_list("source", "text"))
    texts = {name: text for name, text in stored.items() if name not in kept}
    kept &= set(stored)
    sealed = set(row.sealed.values_list("source", flat=True))
    opened = words_of(opened_by(row, colleague, at=at)) if colleague else {}
    study = Coded(name=row.name, texts=texts | opened, carried=_carried(row), **tables)
    return Loaded(row, study, read, frozenset(sealed - set(opened)) | kept)


def _read(row: Study) -> Kept:
    """The rows of a study as they are now: read anew where its stamp is another one."""
    stamp = Study.objects.values_list("stamp", flat=True).get(pk=row.pk)
    if found := remembering.kept(row.pk, stamp):
        return found
    by_table: dict[str, list[dict[str, str]]] = {table: [] for table in TABLES}
    numbers = {}
    for number, table, key, columns in row.rows.values_list("pk", "table", "key", "columns"):
        by_table[table].append(columns)
        if key is not None:
            numbers[table, key] = number
    tables = {table: rows_of(table, rows) for table, rows in by_table.items()}
    return remembering.keep(row.pk, Kept(stamp, tables, numbers))


def readable_by(row: Study, colleague: Any, restricted: Collection[str]) -> Collection[str]:
    """Of the restricted sources of a study those that `colleague` may read: all for who made it."""
    if colleague is None:
        return ()
    if row.by_id == colleague.pk:
        return restricted
    return row.readers.filter(colleague=colleague).values_list("source", flat=True)


def opened_by(row: Study, colleague: Any, *, at: datetime | None = None) -> Any:
    """The sealed texts of a study that `colleague` has open."""
    open_now = Opening.objects.filter(
        colleague=colleague, until__gt=at or timezone.now(), sealed__named__colleague=colleague
    )
    return row.sealed.filter(Q(pk__in=open_now.values("sealed_id")))


def words_of(sealed: QuerySet[Sealed]) -> dict[str, str]:
    """The words of `sealed` sources, those left out that no key of this server opens."""
    found = sealed.values_list("source", "text")
    return {source: text for source, text in found if not isinstance(text, Unreadable)}


def _carried(row: Study) -> Carried:
    if not row.carried:
        return Carried()
    return Carried(row.carried, {name: bytes(data) for name, data in row.files.values_list("name", "data")})


def held(number: int) -> Study:
    """The row of a study, held until the transaction ends."""
    return Study.objects.select_for_update().get(pk=number)


def write(row: Study, before: Coded, after: Coded) -> None:
    """Write what differs between two states of a study; within the transaction that holds its row."""
    row.changed()
    for table in TABLES:
        if getattr(before, table) != getattr(after, table):
            _write_table(row, table, getattr(before, table), getattr(after, table))
    _write_texts(row, before, after)
    if before.carried != after.carried or before.name != after.name:
        row.name, row.carried = after.name[:200], after.carried.xml
        row.save(update_fields=["name", "carried"])
        if before.carried.files != after.carried.files:
            row.files.all().delete()
            files = [
                CarriedFile(study=row, name=name, data=data) for name, data in after.carried.files.items()
            ]
            CarriedFile.objects.bulk_create(files)


def _write_table(row: Study, table: str, before: Collection[Any], after: Collection[Any]) -> None:
    key = ID.get(table)
    if key is None:
        return _write_list(row, table, before, after)
    was = {getattr(each, key): each for each in before}
    now = {getattr(each, key): each for each in after}
    row.rows.filter(table=table, key__in=[name for name in was if name not in now]).delete()
    for name, each in now.items():
        if name in was and was[name] != each:
            row.rows.filter(table=table, key=name).update(columns=columns_of(each))
    new = [
        Row(study=row, table=table, key=name, columns=columns_of(each))
        for name, each in now.items()
        if name not in was
    ]
    Row.objects.bulk_create(new, AT_A_TIME)


def _write_list(row: Study, table: str, before: Collection[Any], after: Collection[Any]) -> None:
    """Rows without an id, whose order counts: where none came or went, each is changed in its place; else those that
    are gone go, and those that are new come last."""
    if len(before) == len(after):
        numbers = row.rows.filter(table=table).values_list("pk", flat=True)
        for number, was, now in zip(numbers, before, after, strict=True):
            if was != now:
                Row.objects.filter(pk=number).update(columns=columns_of(now))
        return
    gone, new = Counter(before), Counter(after)
    gone, new = gone - new, new - Counter(before)
    for number, columns in row.rows.filter(table=table).values_list("pk", "columns"):
        [each] = rows_of(table, [columns])
        if gone[each] > 0:
            gone[each] -= 1
            Row.objects.filter(pk=number).delete()
    added = [Row(study=row, table=table, columns=columns_of(each)) for each in after if _take(new, each)]
    Row.objects.bulk_create(added, AT_A_TIME)


def _take(left: Counter[Any], each: Any) -> bool:
    left[each] -= 1
    return left[each] >= 0


def columns_of(each: Any) -> dict[str, str]:
    """A row as it is kept: what says nothing is left out."""
    return {name: value for name, value in row_of(each).items() if value}


def _write_texts(row: Study, before: Coded, after: Coded) -> None:
    gone = [name for name in before.texts if name not in after.texts]
    row.texts.filter(source__in=gone).delete()
    row.sealed.filter(source__in=gone).delete()
    sealed = {each.source for each in after.sources if each.sensitivity == "sealed"}
    for name, text in after.texts.items():
        if before.texts.get(name) != text:
            into = Sealed if name in sealed else Text
            into._default_manager.update_or_create(study=row, source=name, defaults={"text": text})


def make(study: Coded, *, name: str, by: Any) -> Study:
    """A new study in the database; within a transaction."""
    row = Study.objects.create(name=name[:200], by=by)
    write(row, Coded(name=row.name), study.having(name=row.name))
    return row
