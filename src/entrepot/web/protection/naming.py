"""Words that name a person, taken out wherever somebody wrote them: ids, and the names and addresses of their orders.

A word counts where it stands alone. An id of fewer than five digits is looked for only where ids are kept, not in
sentences: there it is a number like any other. The names are read from the files of the latest run that still has them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from django.db.models import Model

from entrepot import identities
from entrepot.errors import EntrepotError
from entrepot.privacy import Subject
from entrepot.web.actors.models import Correction
from entrepot.web.api.models import Answer
from entrepot.web.discovery.models import (
    Appeal,
    Detail,
    ImportedLabel,
    LabelImport,
    Observation,
    Review,
    SavedView,
    Turn,
)
from entrepot.web.protection.models import SubjectRequest
from entrepot.web.records import models as records
from entrepot.web.records.models import Body
from entrepot.web.runs.models import Run, Upload

ERASED = "(erased)"
SHORTEST_NUMBER, SHORTEST_NAME = 5, 4
WRITTEN: Mapping[type[Model], Sequence[str]] = {
    Review: ("note",),
    Appeal: ("said", "answer"),
    Observation: ("caption", "place", "pseudonym", "need", "lawful_source"),
    Correction: ("reason",),
    ImportedLabel: ("reason",),
    LabelImport: ("source",),
    SubjectRequest: ("note",),
    SavedView: ("name", "query"),
    Upload: ("name",),
    Run: ("error", "asked"),
    Turn: ("shown",),
}
"""Model → columns that hold what somebody wrote, or what was told of them."""
UNREADABLE = (EntrepotError, pa.ArrowException, OSError, KeyError, ValueError)


@dataclass(frozen=True)
class Words:
    """What names one person."""

    words: frozenset[str]

    @classmethod
    def of(cls, subjects: Sequence[Subject], customers: Collection[str]) -> Words:
        """The words that name the person of `subjects`, whose ids are `customers`."""
        ids = {c for c in customers if c and not (c.isdigit() and len(c) < SHORTEST_NUMBER)}
        return cls(frozenset(ids | _names(subjects)))

    @property
    def pattern(self) -> re.Pattern[str]:
        longest_first = sorted(self.words, key=len, reverse=True)
        either = "|".join(re.escape(word) for word in longest_first)
        return re.compile(rf"(?<!\w)(?:{either})(?!\w)", re.IGNORECASE)


def _names(subjects: Sequence[Subject]) -> set[str]:
    """What the latest run that can be read calls them: names, mail addresses, telephone numbers."""
    for subject in reversed(subjects):
        with suppress(*UNREADABLE):
            rows = [row for actor in subject.actors for row in identities.of_actor(subject.run, actor)]
            own = [row for row in rows if row["customer_id"] in subject.customers]
            said = {str(row[name]).strip() for row in own for name in identities.NAMING if row.get(name)}
            return {word for word in said if len(word) >= SHORTEST_NAME}
    return set()


def forget(words: Words) -> int:
    """Take `words` out of everything that was written; returns how many records were emptied for them."""
    if not words.words:
        return 0
    pattern = words.pattern
    for model, names in WRITTEN.items():
        for row in model._default_manager.only("pk", *names).iterator(chunk_size=1000):
            changed = [name for name in names if _changed(row, name, pattern)]
            if changed:
                row.save(update_fields=changed)
    told = Detail.objects.only("pk", "said").iterator(chunk_size=1000)
    Detail.objects.filter(pk__in=[row.pk for row in told if _mentions(row.said, pattern)]).delete()
    kept = Answer.objects.exclude(body=None).only("pk", "body").iterator(chunk_size=1000)
    Answer.objects.filter(pk__in=[row.pk for row in kept if _mentions(row.body, pattern)]).update(body=None)
    bodies = Body.objects.exclude(text=None).only("pk", "text").iterator(chunk_size=1000)
    return records.empty(Body.objects.filter(pk__in=[b.pk for b in bodies if pattern.search(b.text or "")]))


def _changed(row: Model, name: str, pattern: re.Pattern[str]) -> bool:
    """Whether the column says something else without the words; it then does."""
    was = getattr(row, name)
    now = _without(was, pattern)
    setattr(row, name, now)
    return bool(now != was)


def _without(value: Any, pattern: re.Pattern[str]) -> Any:
    if isinstance(value, str):
        return pattern.sub(ERASED, value)
    if isinstance(value, Mapping):
        return {_without(k, pattern): _without(v, pattern) for k, v in value.items()}
    return [_without(each, pattern) for each in value] if isinstance(value, list) else value


def _mentions(value: Any, pattern: re.Pattern[str]) -> bool:
    return bool(pattern.search(json.dumps(value, ensure_ascii=False)))
