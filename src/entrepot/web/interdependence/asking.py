"""From a question to the measures that answer it: out of the run's tables, or added up anew, within bounds.

What is narrowed has to be added up from the order lines. A page may do that for a run of a few million lines, one
question at a time; larger runs are asked on the command line, and the page says how.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from typing import Any

import pyarrow.parquet as pq
from django.utils.translation import gettext as _

from entrepot import interdependence as room
from entrepot.errors import InputError, Mistake
from entrepot.interdependence import Ground, narrowed
from entrepot.measuring import ground
from entrepot.report.depend import Depend
from entrepot.report.listed import KIND_NAMES
from entrepot.report.words import about, plural
from entrepot.web.interdependence.questions import ALL, KIND, TOP, Question, Stop
from entrepot.web.runs.models import Run

MOST_LINES = 3_000_000
MEMORY = "2GiB"
PATIENCE_S = 20
_one_at_a_time = threading.Lock()


@contextmanager
def _opened(run: Run) -> Iterator[Ground]:
    """The ground of `run` if it may be asked here and now; raises `InputError` where not."""
    lines = (
        pq.read_metadata(run.path / "lines.parquet").num_rows if (run.path / "lines.parquet").is_file() else 0
    )
    if lines > MOST_LINES:
        raise InputError(
            Mistake(_("this run is too large to be asked on a page"), expected=f"{MOST_LINES:,} order lines at most",
                    got=f"{lines:,}", do=_("ask on the command line: entrepot interdependence --help"))
        )  # fmt: skip
    if not _one_at_a_time.acquire(timeout=PATIENCE_S):
        raise InputError(
            Mistake(_("another question is being answered"), do=_("load the page again in a minute"))
        )
    try:
        with ground(run.path, memory=MEMORY) as it:
            yield it
    finally:
        _one_at_a_time.release()


def narrowed_measures(run: Run, question: Question, whole: Depend) -> Depend:
    """The measures of `question` to `run`: shares, months, concentration, stop and, but for one kind, growth.

    `whole` are the measures of all. Raises `InputError` where the run cannot be asked, or has no such days.
    """
    with _opened(run) as it:
        less = narrowed(it, question.part)
        shares = room.shares(less, ("all", "month")).to_pylist()
        tables: dict[str, Sequence[Mapping[str, Any]]] = {
            "shares": shares,
            "hindsight": [
                _month(row) for row in shares if row["by"] == "month" and row["basis"] == "revenue"
            ],
            "concentration": room.concentration(less).to_pylist(),
            "stress": room.stress(less).to_pylist(),
            "stress_path": room.path(less).to_pylist(),
        }
        if not question.kind:
            tables["growth"] = _growth(it, question)
        return replace(whole, tables=tables, first_day=less.since, last_day=less.until)


def _growth(it: Ground, question: Question) -> list[dict[str, Any]]:
    """Growth compares two periods, so it is asked of all days; without days to compare with, none outside the data."""
    less = narrowed(it, replace(question, since=None, until=None).part)
    period, against = question.period, question.against
    if period and not against and (period.start - it.since).days < period.days:
        return []
    rows: list[dict[str, Any]] = room.growth(less, period, against).to_pylist()
    return rows


def _month(row: Mapping[str, Any]) -> dict[str, Any]:
    """A month of `shares` as a month of `hindsight`: of what is linked to a buyer, as known today."""
    seen = row["seen_share"] or 1.0
    ends = {
        end: min(1.0, row[f"estimate{end}"] / seen) if row["seen_share"] else 0.0
        for end in ("", "_low", "_high")
    }
    return {
        "scope": "all", "month": date.fromisoformat(row["value"][:10]), "share_knowable": None,
        "share_recognised": None, **{f"share_today{end}": value for end, value in ends.items()},
    }  # fmt: skip


def hindsight_of(whole: Depend, question: Question) -> Depend | None:
    """Since when it was knowable, of all or of one channel or product; None where the run's tables have no such."""
    if question.kind or (question.channel and question.product):
        return None
    named = (("channel", question.channel), ("product", question.product))
    scope = next((f"{by} {value}" for by, value in named if value), "all")
    tables = {
        name: [{**row, "scope": "all"} for row in whole.rows(name) if row["scope"] == scope]
        for name in ("hindsight", "hindsight_dates")
    }
    period = question.period
    if period:
        tables["hindsight"] = [r for r in tables["hindsight"] if period.start <= r["month"] <= period.end]
    return replace(whole, tables=tables) if tables["hindsight"] else None


def stopped(run: Run, question: Question, stop: Stop, whole: Depend) -> Mapping[str, Any] | None:
    """The row of `stress` that answers `stop`; None where nobody is probable enough.

    What the run's tables have is taken from there; else it is added up, and `InputError` says where that cannot be.
    """
    rows = whole.rows("stress") if question.is_plain else ()
    found = _row_of(rows, stop)
    if found is None:
        with _opened(run) as it:
            asked = room.stress(
                narrowed(it, question.part), days=(stop.days,), top=(stop.top,) if stop.top else ()
            )
            found = _row_of(asked.to_pylist(), stop)
    return found


def _row_of(rows: Sequence[Mapping[str, Any]], stop: Stop) -> Mapping[str, Any] | None:
    who = {ALL: None, TOP: _called(stop.top), KIND: stop.kind}[stop.who]
    for row in rows:
        if row["scenario"] == stop.who and row["days"] == stop.days and who in (None, row["who"]):
            return row
    return None


def _called(top: int) -> str:
    return f"the {top} largest" if top > 1 else "the largest"


def stop_sentence(row: Mapping[str, Any] | None, stop: Stop, currency: str) -> str:
    """What a stop would cost, in words, with its interval."""
    if row is None:
        return _("That cannot be told: too few are probable.")
    who = {
        ALL: _("all of them"),
        TOP: _called(stop.top),
        KIND: _("all who look like: %s") % KIND_NAMES.get(stop.kind, stop.kind),
    }[stop.who]
    long = _("for good, in a year") if stop.days is None else _("for %s") % plural(stop.days, "day")
    low, high = about(row["shortfall_low"], currency), about(row["shortfall_high"], currency)
    return _("If %(who)s stopped %(long)s, %(low)s to %(high)s would be missing.") % {
        "who": who, "long": long, "low": low, "high": high,
    }  # fmt: skip
