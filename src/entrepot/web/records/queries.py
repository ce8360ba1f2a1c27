"""What the page of records asks: a page of them, newest first, by kind, author and time.

Records are numbered without gaps, so a page begins below the last number of the page before. Times are compared as
they were digested: ISO instants in UTC sort as text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from entrepot.web.people.models import Colleague
from entrepot.web.records import words
from entrepot.web.records.models import Record

A_PAGE = 50


@dataclass(frozen=True)
class Filters:
    """Which records: every part may be empty. `before` is a record's number."""

    kind: str = ""
    by: str = ""
    since: date | None = None
    until: date | None = None
    before: int | None = None


@dataclass(frozen=True)
class Line:
    """One record as a page shows it; `text` is None where its body was erased, `roles` say who `by` is.

    `happened` says the kind in words, `facts` the body by name and value; `more` is how many facts are not among them.
    """

    number: int
    at: str
    kind: str
    by: str
    roles: Sequence[str]
    text: str | None
    digest: str
    happened: str
    facts: Sequence[tuple[str, str]]
    more: int


def records(filters: Filters, *, size: int = A_PAGE) -> list[Record]:
    """A page of records, newest first, with one more than `size` where there are more."""
    found = Record.objects.select_related("body").order_by("-number")
    if filters.kind:
        found = found.filter(kind=filters.kind)
    if filters.by:
        found = found.filter(by=filters.by)
    if filters.since:
        found = found.filter(at__gte=filters.since.isoformat())
    if filters.until:
        found = found.filter(at__lt=(filters.until + timedelta(days=1)).isoformat())
    if filters.before:
        found = found.filter(number__lt=filters.before)
    return list(found[: size + 1])


def lines(found: Sequence[Record]) -> list[Line]:
    """The records, each with the roles of its author beside the mark: no name."""
    roles = _roles({record.by for record in found})
    return [
        Line(r.number, r.at, r.kind, r.by, roles.get(r.by, ()), r.body.text, r.digest, words.happened(r.kind),
             *words.facts(r.body.text))
        for r in found
    ]  # fmt: skip


def _roles(marks: set[str]) -> dict[str, list[str]]:
    numbers = [int(mark.partition(":")[2]) for mark in marks if mark.startswith("colleague:")]
    known = Colleague.objects.filter(pk__in=numbers).prefetch_related("roles")
    return {c.mark: sorted(role.role for role in c.roles.all()) for c in known}


def kinds() -> list[str]:
    """Every kind that there is, to choose from."""
    return list(Record.objects.order_by("kind").values_list("kind", flat=True).distinct())
