"""What happens if they stop: for some days, or for good (R11: two weeks with no sales).

What would be lost is what they bought a day in the last quarter (of shorter data: in all of it), times the days. What
they buy is not all lost for good to the firm: if households grow, the gap closes; how many months that takes stands
beside, at the pace of the last year. Against `targets`, each store says by how much it would miss its month.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from entrepot.errors import InputError, Mistake
from entrepot.interdependence.ground import Array, Ground, interval
from entrepot.interdependence.growth import usual_periods

STRESS = {
    "scenario": pa.string(), "who": pa.string(), "days": pa.int64(), "store_id": pa.string(), "shortfall": pa.float64(),
    "shortfall_low": pa.float64(), "shortfall_high": pa.float64(), "recovery_months": pa.float64(),
    "of_revenue_0_1": pa.float64(), "target": pa.float64(), "expected_without": pa.float64(),
}  # fmt: skip
QUARTER, YEAR, MONTH = 91, 365, 365 / 12
DAYS = (14, 30, 90, None)  # None: for good, counted over a year
TOP = (1, 5, 10)
TARGET_DAYS = 14


def stress(
    ground: Ground,
    targets: ir.Table | None = None,
    *,
    days: Sequence[int | None] = DAYS,
    top: Sequence[int] = TOP,
) -> pa.Table:
    """One row a scenario and number of days (`STRESS`): the revenue that would be missing, with an interval of 95 %.

    `scenario` is `top` (as many of the largest as `top` says), `kind` or `all`, `who` says which; `days` null is for
    good, over a year; `of_revenue_0_1` is the shortfall as a part of what the firm sells in that time.
    `recovery_months`: until household growth of the last year makes up for the loss a month; null where households do
    not grow, or the data are too short to say.

    With `targets` (`store_id, month, amount`) also one row a store and its latest month with a target and sales,
    scenario `target`: what it would miss of the target if all stopped for two weeks.
    Raises `InputError` where a target names a store that sold nothing.
    """
    recent, span = _recent(ground)
    total = ground.total("revenue", lambda t: t.day > recent)
    pace = household_growth_a_month(ground)
    rows = [
        _row(ground, scenario, who, revenue, d, span, total, pace)
        for scenario, who, revenue in _scenarios(ground, recent, top)
        for d in days
    ]
    rows += [] if targets is None else list(_stores(ground, targets))
    return pa.Table.from_pylist(rows, pa.schema(STRESS))


def path(ground: Ground, months: int = 12) -> pa.Table:
    """One row a month ahead, `month` 0 to `months`: revenue a month as it is (`base`), and without them (`without`,
    `without_low`, `without_high`), while households go on growing by what they grew a month over the last year."""
    recent, span = _recent(ground)
    total = ground.total("revenue", lambda t: t.day > recent) / span * MONTH
    lost = ground.of_each("revenue", lambda t: t.day > recent) / span * MONTH
    low, high = interval(np.minimum(lost @ ground.suspects.draws, total)) if lost.size else (0.0, 0.0)
    point, pace = float(lost @ ground.suspects.weight), household_growth_a_month(ground) or 0.0
    ahead = np.arange(months + 1)
    return pa.table({
        "month": ahead, "base": np.full(months + 1, total), "without": total - point + pace * ahead,
        "without_low": total - high + pace * ahead, "without_high": total - low + pace * ahead,
    })  # fmt: skip


def household_growth_a_month(ground: Ground) -> float | None:
    """By how much the households' revenue a month grew, a month, over the last year; None below eight weeks of data."""
    periods = usual_periods(ground.since, ground.until)
    if periods is None:
        return None
    row = ground.amounts
    added = row.filter(row.part == "household").aggregate(
        now=row.revenue.sum(where=row.day.between(periods[0].start, periods[0].end)),
        before=row.revenue.sum(where=row.day.between(periods[1].start, periods[1].end)),
    )
    found = ground.engine.fetch(added).to_pylist()[0]
    a_day = ((found["now"] or 0.0) - (found["before"] or 0.0)) / periods[0].days
    return float(a_day * MONTH / (periods[0].days / MONTH))


def _recent(ground: Ground) -> tuple[date, int]:
    """The day before the last quarter begins, and the number of days from there to the end of the data."""
    start = max(ground.until - timedelta(days=QUARTER), ground.since - timedelta(days=1))
    return start, max((ground.until - start).days, 1)


def _scenarios(ground: Ground, recent: date, top: Sequence[int]) -> Iterator[tuple[str, str, Array]]:
    """Scenario, who, and the recent revenue of each suspect in it (0 for the others)."""
    revenue, who = ground.of_each("revenue", lambda t: t.day > recent), ground.suspects
    if not revenue.size:
        return
    order = np.argsort(-revenue * who.weight, kind="stable")
    for k in top:
        if k <= len(order):
            chosen = np.zeros(len(order))
            chosen[order[:k]] = 1
            yield "top", f"the {k} largest" if k > 1 else "the largest", revenue * chosen
    for kind in sorted(set(who.kind)):
        yield "kind", str(kind), revenue * (who.kind == kind)
    yield "all", "all customer-entrepreneurs", revenue


def _row(
    ground: Ground, scenario: str, who: str, revenue: Array, days: int | None, span: int, total: float,
    pace: float | None,
) -> dict[str, object]:  # fmt: skip
    times = (days or YEAR) / span
    low, high = interval(np.minimum(revenue @ ground.suspects.draws, total) * times)
    point = min(float(revenue @ ground.suspects.weight), total) * times
    a_month = point / (days or YEAR) * MONTH
    return {
        "scenario": scenario, "who": who, "days": days, "store_id": None, "shortfall": point,
        "shortfall_low": float(low), "shortfall_high": float(high),
        "recovery_months": a_month / pace if pace and pace > 0 else None,
        "of_revenue_0_1": point / (total * times) if total else None,
    }  # fmt: skip


def _stores(ground: Ground, targets: ir.Table) -> Iterator[dict[str, object]]:
    wanted = ground.engine.fetch(
        targets.select("store_id", "month", "amount").order_by("store_id", "month")
    ).to_pylist()
    row = ground.amounts
    sold = row.group_by("store_id", "month").agg(total=row.revenue.sum())
    total = {(r["store_id"], r["month"]): r["total"] for r in ground.engine.fetch(sold).to_pylist()}
    known = {store for store, _ in total}
    if strange := sorted({r["store_id"] for r in wanted} - known):
        raise InputError(Mistake(
            "a target names a store that the orders do not have", "the table targets", "a store_id of the orders",
            ", ".join(strange[:5]) + (f" and {len(strange) - 5} more" if len(strange) > 5 else ""),
            "mend the names, or leave these stores out",
        ))  # fmt: skip
    latest = {r["store_id"]: r for r in wanted if (r["store_id"], r["month"]) in total}
    for store, target in latest.items():
        month = target["month"]
        own = ground.of_each("revenue", lambda t, s=store, m=month: (t.store_id == s) & (t.month == m))
        lost = own * TARGET_DAYS / MONTH
        expected = total[store, month] - lost @ ground.suspects.draws
        point = total[store, month] - float(lost @ ground.suspects.weight)
        low, high = interval(np.maximum(target["amount"] - expected, 0.0))
        yield {
            "scenario": "target", "who": f"all customer-entrepreneurs, {month:%Y-%m}", "days": TARGET_DAYS,
            "store_id": store, "shortfall": max(target["amount"] - point, 0.0), "shortfall_low": float(low),
            "shortfall_high": float(high), "target": target["amount"], "expected_without": point,
        }  # fmt: skip
