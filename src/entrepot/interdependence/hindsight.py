"""Since when we could have known: the share as known today, as knowable then, and as recognised (S01–S05, O10, X08).

Month by month, for the firm, each channel and the largest products. *Today* is the estimate from all that is known
now. *Then* is the same estimate from what was known at the end of that month. *Recognised* is what the firm says: from
the day that it enters. Critical mass is reached in the first of three successive months whose share passes a threshold;
by the lower end of the interval it is reached for certain, by the upper end it may be: between them lies the date.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from entrepot.discovery.looking_back import month_ends_before
from entrepot.interdependence.ground import Array, Ground, interval
from entrepot.units import month_number

HINDSIGHT = {
    "scope": pa.string(), "month": pa.date32(), "share_today": pa.float64(), "share_today_low": pa.float64(),
    "share_today_high": pa.float64(), "share_knowable": pa.float64(), "share_recognised": pa.float64(),
}  # fmt: skip
DATES = {"scope": pa.string(), "what": pa.string(), "on": pa.date32(), "or_before": pa.bool_()}
WHAT = ("first listed", "knowable", "critical_mass_from", "critical_mass_until", "recognised")
THRESHOLD_0_1 = 0.05
SUCCESSIVE = 3  # months
MOST_PRODUCTS = 5
EVERYTHING = "all"


def hindsight(
    ground: Ground, *, threshold_0_1: float = THRESHOLD_0_1, recognised_on: date | None = None
) -> tuple[pa.Table, pa.Table]:
    """Two tables. One row a scope and month (`HINDSIGHT`): shares (0–1) of the revenue linked to a buyer.

    `share_knowable` is null for months that the run did not look back to, `share_recognised` without `recognised_on`.
    And one row a scope and date (`DATES`); `on` is null for what has not happened, or cannot be told:
    `first listed`, the first month end of the unbroken stretch with somebody on the list; `knowable`, the first of
    three month ends whose knowable share passes `threshold_0_1`; `critical_mass_from` and `_until`; `recognised`.
    `or_before`: it was so in the first month already that could be asked, and may have been so earlier.
    """
    rows, dates = [], []
    listed = _first_listed(ground)
    for scope, by, value in _scopes(ground):
        mine = _months(ground, scope, by, value, recognised_on)
        rows += mine
        asked = [r for r in mine if r["share_knowable"] is not None]
        whole = [r for r in mine if r["month"] >= ground.since]
        months = [r["month"] for r in whole]
        found = {
            "first listed": listed if scope == EVERYTHING else (None, False),
            "knowable": passes(
                [r["share_knowable"] for r in asked], [r["month_end"] for r in asked], threshold_0_1
            ),
            "critical_mass_from": passes([r["share_today_high"] for r in whole], months, threshold_0_1),
            "critical_mass_until": passes([r["share_today_low"] for r in whole], months, threshold_0_1),
            "recognised": (recognised_on, False),
        }
        dates += [{"scope": scope, "what": w, "on": found[w][0], "or_before": found[w][1]} for w in WHAT]
    return pa.Table.from_pylist(rows, pa.schema(HINDSIGHT)), pa.Table.from_pylist(dates, pa.schema(DATES))


def passes(shares: Sequence[float], on: Sequence[date], threshold: float) -> tuple[date | None, bool]:
    """The first of three successive months that pass, and whether it is the first of all.

    >>> days = [date(2026, m, 1) for m in range(1, 6)]
    >>> passes([0.01, 0.06, 0.07, 0.08, 0.02], days, 0.05)
    (datetime.date(2026, 2, 1), False)
    """
    high = [share >= threshold for share in shares]
    month = [month_number(day) for day in on]
    for n in range(len(high) - SUCCESSIVE + 1):
        last = n + SUCCESSIVE - 1
        if all(high[n : last + 1]) and month[last] - month[n] == SUCCESSIVE - 1:
            return on[n], n == 0
    return None, False


def _scopes(ground: Ground) -> list[tuple[str, str | None, Any]]:
    """Scope, column and value: everything, each channel, and the products on which most hangs."""
    found: list[tuple[str, str | None, Any]] = [(EVERYTHING, None, None)]
    channels = ground.engine.fetch(ground.amounts.select("channel").distinct().order_by("channel"))[
        "channel"
    ].to_pylist()
    found += [(f"channel {c}", "channel", c) for c in channels if c is not None]
    products, amounts = ground.of_suspects("product_id", "revenue")
    if amounts.size:
        order = np.argsort(-(ground.suspects.weight @ amounts), kind="stable")[:MOST_PRODUCTS]
        found += [(f"product {products[n]}", "product_id", products[n]) for n in order]
    return found


def _months(
    ground: Ground, scope: str, by: str | None, value: Any, recognised_on: date | None
) -> list[dict[str, Any]]:
    def where(t: ir.Table) -> ir.BooleanValue:
        linked = t.part != "without identity"
        return linked if by is None else linked & (t[by] == value)

    row = ground.amounts
    sold = row.filter(where(row)).group_by("month").agg(total=row.revenue.sum())
    totals = {
        r["month"]: r["total"]
        for r in ground.engine.fetch(sold.order_by("month")).to_pylist()
        if r["total"] > 0
    }
    months, amounts = ground.of_suspects("month", "revenue", where)
    then = _knowable(ground, by, value)
    column = {month: n for n, month in enumerate(months)}
    nobody = np.zeros(len(ground.suspects.actor_id))
    rows = []
    for month, total in totals.items():
        own: Array = amounts[:, column[month]] if month in column else nobody
        low, high = interval(np.minimum(own @ ground.suspects.draws / total, 1.0))
        month_end, share_then = then.get(month, (None, None))
        today = min(float(own @ ground.suspects.weight) / total, 1.0)
        recognised = (
            None if recognised_on is None else today if month >= recognised_on.replace(day=1) else 0.0
        )
        rows.append({
            "scope": scope, "month": month, "share_today": today, "share_today_low": float(low),
            "share_today_high": float(high), "month_end": month_end,
            "share_knowable": share_then, "share_recognised": recognised,
        })  # fmt: skip
    return rows


def _knowable(ground: Ground, by: str | None, value: Any) -> dict[date, tuple[date, float]]:
    """Month → its end, and the share of its revenue that was knowable then: of what was then sold, not returned."""
    if ground.knowable is None or ground.knowable_revenue is None:
        return {}
    row = ground.knowable_revenue
    row = row if by is None else row.filter(row[by] == value)
    sums = row.group_by("month_end").agg(sold=row.revenue.sum(), known=row.revenue_knowable.sum())
    share = {
        r["month_end"]: min(r["known"] / r["sold"], 1.0)
        for r in ground.engine.fetch(sums).to_pylist()
        if r["sold"] > 0
    }
    return {end.replace(day=1): (end, share.get(end, 0.0)) for end in _asked(ground)}


def _asked(ground: Ground) -> list[date]:
    """The month ends that the run looked back to, latest first: also those at which nobody was probable."""
    if ground.knowable is None:
        return []
    first = ground.looked_back_to or ground.engine.fetch(ground.knowable.month_end.min()).as_py()
    if first is None:
        return []
    return [ground.until, *month_ends_before(ground.until, first - timedelta(days=1))]


def _first_listed(ground: Ground) -> tuple[date | None, bool]:
    """The first month end of the unbroken stretch, up to the end of the data, with somebody on the list."""
    if ground.knowable is None:
        return None, False
    known = ground.knowable.group_by("month_end").agg(listed=ground.knowable.flagged.sum())
    listed = {r["month_end"]: r["listed"] for r in ground.engine.fetch(known).to_pylist()}
    asked = _asked(ground)
    stretch = list(itertools.takewhile(lambda end: listed.get(end), asked))
    return (stretch[-1], len(stretch) == len(asked)) if stretch else (None, False)
