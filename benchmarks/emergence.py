"""Is the month right in which critical mass was reached, where it is known to the month?

In a made market those who resell begin in a month that is drawn: what they bought before is taken out. The range that
hindsight gives for the first of three months above the threshold is compared with the month in which the true share of
the very same lines passes it, and so is the month by the estimate alone.

    python -m benchmarks.emergence 801 802 --out FOLDER
"""

from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks import by_seed
from benchmarks.interdependence import Analysed, analysed, discover
from entrepot.interdependence import hindsight
from entrepot.interdependence.hindsight import THRESHOLD_0_1, passes
from entrepot.simulation import market
from entrepot.units import month_number

CUSTOMERS, MONTHS = 2_500, 24
EARLIEST, LATEST = 7, 17  # the month, counted from the first, in which they begin


def measure(seed: int, customers: int = CUSTOMERS) -> dict[str, Any]:
    """One market: the months `planted, true, by_estimate, low, high` as numbers; None for what was not reached."""
    with tempfile.TemporaryDirectory() as scratch:
        folder, kept = Path(scratch) / "market", Path(scratch) / "kept"
        market.make(folder, customers=customers, months=MONTHS, seed=seed)
        planted = begin_late(folder, seed)
        discover(folder, kept)
        with analysed(kept, seed) as it:
            return {"seed": seed, "customers": customers, "planted": month_number(planted), **_said(it)}


def begin_late(folder: Path, seed: int) -> date:
    """Take out what true customer-entrepreneurs bought before a month drawn with `seed`; returns its first day."""
    orders, truth = (pd.read_parquet(folder / f"{name}.parquet") for name in ("orders", "truth"))
    sells = set(truth.loc[truth["is_customer_entrepreneur"] == True, "customer_id"])  # noqa: E712, null sells nothing
    first = pd.Timestamp(orders["ordered_at"].min()).tz_localize(None).to_period("M")
    begins = first + int(np.random.default_rng(seed).integers(EARLIEST, LATEST + 1))
    early = orders["customer_id"].isin(sells) & (
        orders["ordered_at"].dt.tz_localize(None) < begins.start_time
    )
    orders[~early].to_parquet(folder / "orders.parquet", index=False)
    return begins.start_time.date()


def _said(it: Analysed) -> dict[str, int | None]:
    months, dates = hindsight(it.ground)
    rows = [r for r in months.to_pylist() if r["scope"] == "all" and r["month"] >= it.ground.since]
    on = {r["what"]: r["on"] for r in dates.to_pylist() if r["scope"] == "all"}
    linked = it.lines[it.lines["known"]]
    of_month = pd.to_datetime(linked["day"]).dt.to_period("M")
    revenue = linked["revenue"].groupby(of_month).sum()
    true = (linked["revenue"].where(linked["sells"], 0.0).groupby(of_month).sum() / revenue).items()
    return {
        "true": _month(passes([s for _, s in true], [m.start_time.date() for m in revenue.index], THRESHOLD_0_1)[0]),
        "by_estimate": _month(passes([r["share_today"] for r in rows], [r["month"] for r in rows], THRESHOLD_0_1)[0]),
        "low": _month(on["critical_mass_from"]),
        "high": _month(on["critical_mass_until"]),
    }  # fmt: skip


def _month(day: date | None) -> int | None:
    return None if day is None else month_number(day)


if __name__ == "__main__":
    by_seed.main("emergence", measure, CUSTOMERS)
