"""Which findings a page asks for, and how they come: filtered, sorted, fifty at a time.

What is asked stands in the address, so that it can be kept, sent and opened in another window; a value that we do not
know is left out. Pages are found by reading one index alone (`Finding.Meta`), and only the fifty are read whole.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import Coalesce
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from entrepot.web.discovery.models import FLAGGED, NOT_FLAGGED, STATES, Finding
from entrepot.web.runs.models import Run

ON_A_PAGE = 50
STRONG, VERY_STRONG = math.log10(20), 4.0  # as `report.words.strength`

LISTS: Mapping[str, tuple[str | Promise, Q]] = {
    "listed": (_("On the list"), FLAGGED & ~Q(declared="yes")),
    "declared": (_("Declared businesses"), FLAGGED & Q(declared="yes")),
    "below": (_("Below the line"), NOT_FLAGGED),
}
EVIDENCE: Mapping[str, tuple[str | Promise, Q]] = {
    "very-strong": (_("very strong"), Q(resale_evidence__gte=VERY_STRONG)),
    "strong": (_("strong"), Q(resale_evidence__gte=STRONG, resale_evidence__lt=VERY_STRONG)),
    "weak": (_("weak"), Q(resale_evidence__lt=STRONG)),
}
STATE_NAMES: Mapping[str, str | Promise] = {
    "open": _("open"),
    "later": _("put off"),
    "confirmed": _("confirmed"),
    "rejected": _("rejected"),
    "cannot_tell": _("cannot tell"),
}
SORTS: Mapping[str, str] = {
    "evidence": "resale_evidence",
    "excess": "excess_units",
    "revenue": "revenue",
    "since": "first_evident_on",
}


@dataclass(frozen=True)
class Asked:
    """What an address asks for; `least` turns the sort around."""

    run: str = ""
    shown: str = "listed"
    kind: str = ""
    state: str = ""
    evidence: str = ""
    q: str = ""
    sort: str = "evidence"
    least: str = ""
    page: int = 1

    @classmethod
    def of(cls, query: Mapping[str, Any]) -> Asked:
        """What `query` asks for, without what we do not know."""
        given = {f.name: str(query.get(f.name) or "").strip()[:200] for f in fields(cls)}
        allowed = {"shown": LISTS, "evidence": EVIDENCE, "state": STATES, "sort": SORTS}
        kept = {
            n: v for n, v in given.items() if v and "\x00" not in v and (n not in allowed or v in allowed[n])
        }
        page = int(kept["page"]) if kept.get("page", "").isdecimal() and len(kept["page"]) < 9 else 1
        return cls(**{**kept, "page": max(1, page)})  # type: ignore[arg-type]

    def query(self, **other: Any) -> str:
        """The address that asks for this with `other` instead; what is usual is left out."""
        usual, wanted = Asked(), replace(self, page=1) if "page" not in other else self
        wanted = replace(wanted, **other)
        said = {f.name: getattr(wanted, f.name) for f in fields(self)}
        return urlencode({n: v for n, v in said.items() if v != getattr(usual, n)})

    def on(self, page: int) -> Asked:
        """The same on another page."""
        return replace(self, page=max(1, page))

    @property
    def is_narrowed(self) -> bool:
        return bool(self.kind or self.state or self.evidence or self.q)

    @property
    def filters(self) -> Asked:
        """The same without order and page."""
        return replace(self, run="", sort=Asked.sort, least="", page=1)

    def findings(self, run: Run) -> QuerySet[Finding]:
        """The findings of `run` that are asked for, in their order."""
        found = run.findings.filter(LISTS[self.shown][1])
        exact = {name: value for name, value in (("kind", self.kind), ("state", self.state)) if value}
        found = found.filter(**exact)
        if self.evidence:
            found = found.filter(EVIDENCE[self.evidence][1])
        if self.q:
            found = run.findings.filter(_named(self.q))  # whoever is searched for is found on any list
        return found.order_by(*self._order())

    def _order(self) -> tuple[Any, str]:
        column = F(SORTS[self.sort])
        if self.least:
            return column.asc(nulls_first=True), "-actor_id"
        return column.desc(nulls_last=True), "actor_id"


def _named(text: str) -> Q:
    """Those whose code or actor id begins with `text`."""
    code = text.upper() if text.upper().startswith("A-") else f"A-{text.upper()}"
    return Q(code__gte=code, code__lt=f"{code}~") | Q(
        actor_id__gte=text.lower(), actor_id__lt=f"{text.lower()}~"
    )


@dataclass(frozen=True)
class Sheet:
    """Some of the findings: those of one page, how many there are, and where one can leaf to."""

    rows: list[Finding]
    total: int
    page: int

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // ON_A_PAGE))

    @property
    def first(self) -> int:
        return (self.page - 1) * ON_A_PAGE + 1

    @property
    def last(self) -> int:
        return self.first + len(self.rows) - 1


def sheet(asked: Asked, run: Run) -> Sheet:
    """The page that is asked for; the last one where it asks beyond it."""
    found = asked.findings(run)
    total = number(asked, run)
    page = min(asked.page, max(1, -(-total // ON_A_PAGE)))
    start = (page - 1) * ON_A_PAGE
    keys = list(found.values_list("pk", flat=True)[start : start + ON_A_PAGE])
    rows = Finding.objects.in_bulk(keys)
    return Sheet([rows[key] for key in keys], total, page)


def number(asked: Asked, run: Run) -> int:
    """How many are asked for; once a process where nothing that people conclude is asked for."""
    if not asked.is_narrowed:
        return facts(run).numbers[asked.shown]
    if asked.state or asked.q:
        return asked.findings(run).count()
    return _number(asked.filters, run.pk, run.indexed_at)


@lru_cache(maxsize=256)
def _number(asked: Asked, run: int, indexed_at: datetime) -> int:
    return asked.findings(Run(pk=run)).count()


def sums(asked: Asked, run: Run) -> Mapping[str, float]:
    """What those asked for bought together, and what of it exceeds personal use: the bounds added up."""
    return _added(asked.findings(run)) if asked.state else _sums(asked.filters, run.pk, run.indexed_at)


@lru_cache(maxsize=256)
def _sums(asked: Asked, run: int, indexed_at: datetime) -> Mapping[str, float]:
    """The same, once a process: of an indexed run nothing changes but what people concluded."""
    return _added(asked.findings(Run(pk=run)))


def _added(found: QuerySet[Finding]) -> Mapping[str, float]:
    columns = ("revenue", "excess_revenue_low", "excess_revenue_high")
    return found.order_by().aggregate(**{name: Coalesce(Sum(name), 0.0) for name in columns})


@dataclass(frozen=True)
class Facts:
    """What does not change of a run that is indexed: how many are on each list, and their kinds."""

    numbers: Mapping[str, int]
    kinds: Mapping[str, list[str]]  # the commonest first


def facts(run: Run) -> Facts:
    """The facts of `run`, counted once a process."""
    return _facts(run.pk, run.indexed_at)


@lru_cache(maxsize=16)
def _facts(run: int, indexed_at: datetime) -> Facts:
    numbers, kinds = {}, {}
    for name, (_title, rule) in LISTS.items():
        counted = Finding.objects.filter(rule, run=run).values("kind").annotate(n=Count("pk"))
        rows = sorted(counted.order_by(), key=lambda row: (-row["n"], row["kind"]))
        numbers[name], kinds[name] = sum(row["n"] for row in rows), [row["kind"] for row in rows]
    return Facts(numbers, kinds)
