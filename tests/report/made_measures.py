"""The measures of interdependence of a made run: numbers that can be checked in one's head."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

MONTHS = [date(2024 + m // 12, m % 12 + 1, 1) for m in range(24)]
LIMIT = {"event_id": "E1", "kind": "restriction", "channel": "store", "starts_on": date(2025, 9, 1)}


def tables() -> dict[str, list[dict[str, Any]]]:
    """A share that rises from 10 % to 30 % of what can be seen, four fifths of all; knowable in June 2024."""
    rising = np.linspace(0.1, 0.3, 24)
    share = {
        "seen_share": 0.8,
        "at_least": 0.08,
        "estimate": 0.16,
        "estimate_low": 0.12,
        "estimate_high": 0.2,
    }
    share |= {"excess": 0.1, "excess_low": 0.08, "excess_high": 0.12, "basis": "revenue"}
    path = [
        {"month": m, "base": 100e3, "without": 80e3, "without_low": 75e3, "without_high": 85e3}
        for m in range(13)
    ]
    stop = {
        "store_id": None,
        "recovery_months": 5.2,
        "of_revenue_0_1": 0.2,
        "target": None,
        "expected_without": None,
    }
    return {
        "coverage": [
            {"part": "linked", "revenue": 8e5, "units": 9e4, "share_0_1": 0.8, "baskets": 9000, **_excess(None)},
            {"part": "without identity", "revenue": 2e5, "units": 2e4, "share_0_1": 0.2, "baskets": 4000,
             **_excess(0.1)},
            {"part": "sell-in", "revenue": 0.0, "units": 0.0, "share_0_1": 0.0, "baskets": 0, **_excess(None)},
        ],
        "shares": [
            {"by": "all", "value": "all", "total": 1e6, **share},
            *({"by": "month", "value": m.isoformat(), "total": 4e4 + 1e3 * n, **share} for n, m in enumerate(MONTHS)),
        ],
        "hindsight": [
            {"scope": "all", "month": m, "share_today": r, "share_today_low": r - 0.03, "share_today_high": r + 0.03,
             "share_knowable": r - 0.01 if n > 4 else None, "share_recognised": 0.0 if n < 18 else r}
            for n, (m, r) in enumerate(zip(MONTHS, rising, strict=True))
        ],
        "hindsight_dates": [
            {"scope": "all", "what": "knowable", "on": date(2024, 6, 30), "or_before": False},
            {"scope": "all", "what": "critical_mass_from", "on": date(2024, 3, 1), "or_before": False},
            {"scope": "all", "what": "critical_mass_until", "on": date(2024, 5, 1), "or_before": False},
            {"scope": "all", "what": "recognised", "on": date(2025, 7, 3), "or_before": False},
        ],
        "growth": [
            {"part": part, "amount": a, "amount_low": low, "amount_high": high, "period_from": date(2025, 1, 1),
             "period_until": date(2025, 12, 31), "against_from": date(2024, 1, 1), "against_until": date(2024, 12, 31)}
            for part, a, low, high in (
                ("existing households", -10e3, -20e3, 0.0), ("new households", 30e3, 25e3, 35e3),
                ("customer-entrepreneurs", 40e3, 30e3, 50e3), ("other", 0.0, 0.0, 0.0),
            )
        ],
        "stress": [
            {"scenario": "all", "who": "all customer-entrepreneurs", "days": d, "shortfall": 20e3,
             "shortfall_low": 15e3, "shortfall_high": 25e3, **stop} for d in (14, 30, None)
        ] + [
            {"scenario": "target", "who": "all customer-entrepreneurs, 2025-12", "days": 14, "shortfall": 500.0,
             "shortfall_low": 0.0, "shortfall_high": 900.0, **stop, "store_id": "<b>S1</b>", "target": 9e3,
             "expected_without": 8.5e3}
        ],
        "stress_path": path,
        "concentration": [
            {"k": k, "share_0_1": s, "share_low_0_1": s * 0.8, "share_high_0_1": s * 1.2}
            for k, s in ((1, 0.02), (5, 0.06), (10, 0.1), (40, 0.16))
        ],
        "displacement": [
            {"event_id": "E1", "from_channel": "store", "to_channel": "web", "effect": 0.24, "effect_low": 0.1,
             "effect_high": 0.38, "placebo_rate": 0.0, "placebo_dates": 60, "before_0_1": 0.2, "after_0_1": 0.45,
             "cannot_tell": None},
        ],
        "mutual": [
            {"actor_id": "act_00000000", "kind": "stockist", "probability": 0.97, "flagged": True, "revenue": 2e4,
             "firm_depends_0_1": 0.02, "since": date(2024, 2, 3), "last_on": date(2025, 12, 1), "months": 23,
             "months_bought": 20, "they_depend_0_1": 20 / 23, "last_year_revenue": 1e4, "channels": 2,
             "days_between_orders": 7.0},
        ],
        "efficiency": [
            {"item": item, "amount": a, "amount_low": a / 2, "amount_high": a * 2,
             "assumptions": json.dumps({"stopped_share": [0.5, 0.8, 1.0], "basis": "margin"})}
            for item, a in (("forgone contribution", 9e4), ("cost of lost legitimacy", 1e4), ("efficiency gap", 8e4))
        ],
    }  # fmt: skip


def _excess(value: float | None) -> dict[str, float | None]:
    ends = (value, value and value / 2, value and value * 2)
    return dict(zip(("excess_0_1", "excess_0_1_low", "excess_0_1_high"), ends, strict=True))


def add_to(run: Path) -> Path:
    """Write the measures and the limit in stores into the folder of a run."""
    folder = run / "interdependence"
    folder.mkdir()
    for name, rows in tables().items():
        pq.write_table(pa.Table.from_pylist(rows), folder / f"{name}.parquet")
    (folder / "settings.json").write_text(json.dumps({"threshold_0_1": 0.05}), encoding="utf-8")
    pq.write_table(pa.Table.from_pylist([LIMIT]), run / "events.parquet")
    return run
