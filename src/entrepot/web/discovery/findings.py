"""The findings: the answer first, then a table that is sorted, filtered and leafed through by the server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from entrepot.report.charts import FARTHEST_LOG10
from entrepot.report.listed import kind_name
from entrepot.report.words import about, count, money, month, strength
from entrepot.web.access import needs
from entrepot.web.discovery import queries
from entrepot.web.discovery.actor import UNREADABLE, find
from entrepot.web.discovery.models import Finding, SavedView
from entrepot.web.discovery.queries import EVIDENCE, LISTS, SORTS, STATE_NAMES, Asked, Sheet
from entrepot.web.pages import show
from entrepot.web.permissions import may
from entrepot.web.records.models import append
from entrepot.web.runs.models import Run

MOST_RUNS = 50


@dataclass(frozen=True)
class Line:
    """One row of the table; `bar` is the evidence from 0 to 100, where 100 is a trillion to one."""

    finding: Finding
    address: str
    kind: str
    bar: int
    strength: str
    excess: str
    interval: str
    revenue: str
    since: str
    state: str | Promise


@dataclass(frozen=True)
class Choice:
    """One choice of a filter or a column's sort: its words, where it leads, and whether it is taken."""

    name: str
    title: str | Promise
    address: str
    is_on: bool
    note: str = ""


@dataclass(frozen=True)
class Findings:
    """The page. `run` is None before the first run is whole."""

    run: Run | None
    runs: Sequence[Run]
    asked: Asked
    sentence: str
    how_sure: str
    lines: Sequence[Line]
    sheet: Sheet
    lists: Sequence[Choice]
    kinds: Sequence[Choice]
    states: Sequence[Choice]
    evidence: Sequence[Choice]
    sorts: dict[str, Choice]
    views: Sequence[SavedView]
    csv: str

    @property
    def first(self) -> str:
        return count(self.sheet.first)

    @property
    def last(self) -> str:
        return count(self.sheet.last)

    @property
    def total(self) -> str:
        return count(self.sheet.total)

    @property
    def number(self) -> str:
        return count(self.sheet.page)

    @property
    def pages(self) -> str:
        return count(self.sheet.pages)

    @property
    def before(self) -> str:
        """The address of the page before; empty on the first."""
        return self.asked.query(page=self.sheet.page - 1) if self.sheet.page > 1 else ""

    @property
    def after(self) -> str:
        """The address of the next page; empty on the last."""
        return self.asked.query(page=self.sheet.page + 1) if self.sheet.page < self.sheet.pages else ""

    @property
    def end(self) -> str:
        return self.asked.query(page=self.sheet.pages)

    @property
    def kept(self) -> dict[str, str]:
        """What a form carries along, so that a view is kept as it is asked for."""
        return dict(parse_qsl(self.asked.query(page=1)))

    @property
    def empty(self) -> str:
        """What an empty table says."""
        if self.asked.is_narrowed:
            return _("Nobody fits these filters.")
        if self.asked.shown == "declared":
            return _(
                "Businesses that have told you what they are, and buy more than households do, stand here."
            )
        return _(
            "Nobody is on this list. That is an answer, and not a proof: small or slow resale can hide below it."
        )


@require_safe
@needs("read findings")
def findings(request: HttpRequest) -> HttpResponse:
    """Who is listed, how sure we are, and who was judged."""
    asked = Asked.of(request.GET)
    run = run_of(asked)
    if run is None:
        return show(request, "discovery/findings_none.html", None)
    if asked.q and (address := _named(request, run, asked.q)):
        return redirect(address)
    page = _page(request, run, asked)
    return show(request, "discovery/findings.html", page)


def run_of(asked: Asked) -> Run | None:
    """The run that is asked for, else the current one."""
    if asked.run:
        return get_object_or_404(Run.shown(), name=asked.run)
    return Run.current()


def _page(request: HttpRequest, run: Run, asked: Asked) -> Findings:
    sheet = queries.sheet(asked, run)
    currency = str(run.about.get("currency") or "")
    kinds = queries.facts(run).kinds[asked.shown]
    numbers = queries.facts(run).numbers
    return Findings(
        run=run,
        runs=Run.shown().only("name", "ended_at", "about")[:MOST_RUNS],
        asked=asked,
        sentence=_sentence(run, asked, sheet, currency),
        how_sure=str(run.headline.get("how_sure") or "") if asked.shown == "listed" else "",
        lines=[_line(run, finding, currency) for finding in sheet.rows],
        sheet=sheet,
        lists=[
            Choice(name, title, asked.query(shown=name, kind="", page=1), asked.shown == name, count(numbers[name]))
            for name, (title, _rule) in LISTS.items()
        ],
        kinds=_choices(asked, "kind", {kind: kind_name(kind) for kind in kinds}),
        states=_choices(asked, "state", STATE_NAMES),
        evidence=_choices(asked, "evidence", {name: title for name, (title, _rule) in EVIDENCE.items()}),
        sorts=_sorts(asked),
        views=SavedView.objects.filter(colleague=request.user).order_by("name"),
        csv=f"{reverse('findings_csv')}?{asked.query(run=run.name, page=1)}",
    )  # fmt: skip


def _choices(asked: Asked, name: str, titles: Mapping[str, str | Promise]) -> list[Choice]:
    given = getattr(asked, name)
    every = Choice("", _("all"), asked.query(**{name: ""}), not given)
    return [every] + [
        Choice(value, title, asked.query(**{name: value}), value == given) for value, title in titles.items()
    ]


def _sorts(asked: Asked) -> dict[str, Choice]:
    """Each column's sort: pressed once the most come first, pressed again the least."""
    said = {}
    for name in SORTS:
        on = asked.sort == name
        least = "" if not on or asked.least else "yes"
        arrow = ("↑" if asked.least else "↓") if on else ""
        said[name] = Choice(name, "", asked.query(sort=name, least=least), on, arrow)
    return said


def _sentence(run: Run, asked: Asked, sheet: Sheet, currency: str) -> str:
    """The answer: the run's own for the whole list, else what was asked for and what it amounts to."""
    if asked.shown == "listed" and not asked.is_narrowed:
        return str(run.headline.get("sentence") or "")
    if asked.q:
        words = ngettext(
            "%(n)s finding begins with “%(q)s”.", "%(n)s findings begin with “%(q)s”.", sheet.total
        )
        return words % {"n": count(sheet.total), "q": asked.q}
    if asked.shown == "below":
        words = _(
            "%(n)s actors are below the line: their orders speak against personal use, not strongly enough."
        )
        return words % {"n": count(sheet.total)}
    return _amounts(run, asked, sheet, currency)


def _amounts(run: Run, asked: Asked, sheet: Sheet, currency: str) -> str:
    sums = queries.sums(asked, run)
    said = {
        "n": count(sheet.total),
        "of": count(queries.facts(run).numbers[asked.shown]),
        "revenue": about(sums["revenue"], currency),
        "low": about(sums["excess_revenue_low"], currency),
        "high": about(sums["excess_revenue_high"], currency),
    }
    if asked.shown == "declared" and not asked.is_narrowed:
        words = _(
            "%(n)s declared businesses: of their %(revenue)s between %(low)s and %(high)s exceed personal use."
        )
        return words % said
    words = _("%(n)s of %(of)s: of their %(revenue)s between %(low)s and %(high)s exceed personal use.")
    return words % said


def _line(run: Run, finding: Finding, currency: str) -> Line:
    capped = min(FARTHEST_LOG10, max(0.0, finding.resale_evidence))
    return Line(
        finding=finding,
        address=reverse("findings_actor", args=(run.name, finding.actor_id)),
        kind=kind_name(finding.kind),
        bar=round(100 * capped / FARTHEST_LOG10),
        strength=strength(finding.resale_evidence),
        excess=count(finding.excess_units),
        interval=f"{count(finding.excess_units_low)}–{count(finding.excess_units_high)}",
        revenue=money(finding.revenue, currency),
        since=month(finding.first_evident_on) if finding.first_evident_on else "",
        state=STATE_NAMES[finding.state],
    )


def _named(request: HttpRequest, run: Run, text: str) -> str:
    """The page of the one whom `text` names: a whole actor id, or for who may see names a customer id; else empty."""
    actor_id = text
    if may(request.user, "see names") and (found := _actor_of(run, text)):
        actor_id = found
        with transaction.atomic():
            append(
                "customer looked up",
                by=request.user.mark,
                body={"run": run.name},
                about=f"actor:{actor_id}",
            )
    elif len(text) < 8 or find(run, actor_id) is None:
        return ""
    return reverse("findings_actor", args=(run.name, actor_id))


def _actor_of(run: Run, customer_id: str) -> str | None:
    """The actor of a customer of the run; None where there is none of that id or the table cannot be read."""
    try:
        rows = pq.read_table(
            run.path / "actors.parquet", columns=["actor_id"], filters=pc.field("customer_id") == customer_id
        )
    except (*UNREADABLE, pa.ArrowException):
        return None
    return rows["actor_id"][0].as_py() if rows.num_rows else None
