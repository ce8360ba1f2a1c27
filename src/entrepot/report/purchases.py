"""The picture of one listed actor: what it bought month by month, on the band of personal use."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from entrepot.report.charts import MONTHS_AROUND, purchases_chart
from entrepot.report.figures import NARROW, Figure, Table
from entrepot.report.reading import Row
from entrepot.report.words import count, day, month, plural

CARD, CARD_RING = 800, 300  # pixels across a card, and of them the ring's where there is one


def _next_month(start: date) -> date:
    return (start.replace(day=1) + timedelta(days=32)).replace(day=1)


def _every_month(months: Sequence[Row], first: date | None, last: date | None) -> list[dict[str, Any]]:
    """`month, units, low, high` for each month from `first` to `last`, also those without a purchase."""
    bought = {_day(row["month"]).replace(day=1): row for row in months}
    here = min(bought) if first is None else min(min(bought), first.replace(day=1))
    until = max(bought) if last is None else max(max(bought), last.replace(day=1))
    points, band = [], bought[min(bought)]
    while here <= until:
        row = bought.get(here)
        band = row or band
        low, high = (float(band.get(f"personal_use_{end}") or 0) for end in ("low", "high"))
        points.append({"month": here, "units": float(row["units"]) if row else 0.0, "low": low, "high": high})
        here = _next_month(here)
    return points


def _day(when: date | str) -> date:
    """A day, also of an instant or a text."""
    return date.fromisoformat(str(when)[:10])


def _drawn(point: Row) -> dict[str, Any]:
    """A month as the chart has it: its ends, and a bar with air on both sides."""
    month_from: date = point["month"]
    ends = {"month": month_from, "until": _next_month(month_from)}
    bar = {"bar_from": month_from.replace(day=5), "bar_until": month_from.replace(day=27)}
    dates = {name: when.isoformat() for name, when in (ends | bar).items()}
    return {**dates, "units": point["units"], "low": point["low"], "high": point["high"]}


def purchases_figure(
    row: Row, months: Sequence[Row], *, first: date | None = None, last: date | None = None
) -> Figure | None:
    """Units a month from `first` to `last` on the band of personal use; None where no month is known."""
    if not months:
        return None
    points = _every_month(months, first, last)
    drawn = [_drawn(point) for point in points]
    above = sum(point["units"] > point["high"] for point in points)
    evident = row.get("first_evident_on")
    inside = evident is not None and drawn[0]["month"] <= str(evident)[:10] <= drawn[-1]["until"]
    since = str(evident)[:10] if inside else None
    return Figure(
        title=f"More than personal use in {count(above)} of {plural(len(points), 'month')}",
        subtitle=_purchases_subtitle(row, since),
        draw=lambda width: purchases_chart(drawn, width, since=since),
        table=_purchases_table(points),
        widths=(CARD - CARD_RING, NARROW) if (row.get("persons") or 1) > 1 else (CARD, NARROW),
        around=MONTHS_AROUND,
    )


def _purchases_subtitle(row: Row, since: str | None) -> str:
    persons = row.get("persons") or 1
    whose = (
        "95 in 100 households buy" if persons == 1 else f"{count(persons)} households buy, 95 times in 100"
    )
    return f"Units a month. Grey: what {whose}" + (f". Dashed: evident since {day(since)}." if since else ".")


def _purchases_table(points: Sequence[Row]) -> Table:
    head = ["Month", "Units", "Personal use, from", "to"]
    rows = [[month(p["month"]), *(count(p[c]) for c in ("units", "low", "high"))] for p in points]
    return Table(head, rows, frozenset({1, 2, 3}))
