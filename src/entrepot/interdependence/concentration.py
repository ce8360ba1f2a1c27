"""On how few it hangs: the share of all revenue that comes from the k largest customer-entrepreneurs."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from entrepot.interdependence.ground import Ground, interval

CONCENTRATION = {
    "k": pa.int64(), "share_0_1": pa.float64(), "share_low_0_1": pa.float64(), "share_high_0_1": pa.float64(),
}  # fmt: skip
STEPS = (1, 2, 3, 4, 5, 7, 10, 15, 20, 30, 50, 70, 100, 150, 200, 300, 500, 700, 1000, 2000, 5000, 10_000)


def concentration(ground: Ground) -> pa.Table:
    """One row a number k: the part (0–1) of all revenue that the k largest bring, with an interval of 95 %.

    The largest are those with the most revenue times probability; in each draw, those with the most in it.
    """
    revenue, total = ground.of_each("revenue"), ground.total("revenue") or 1.0
    if not revenue.size:
        return pa.schema(CONCENTRATION).empty_table()
    expected = np.cumsum(np.sort(revenue * ground.suspects.weight)[::-1]) / total
    drawn = np.cumsum(np.sort(revenue[:, None] * ground.suspects.draws, axis=0)[::-1], axis=0) / total
    low, high = interval(drawn)
    steps = sorted({k for k in STEPS if k < len(revenue)} | {len(revenue)})
    at = np.array(steps) - 1
    columns = [pa.array(steps, pa.int64()), *(pa.array(v[at], pa.float64()) for v in (expected, low, high))]
    return pa.table(columns, schema=pa.schema(CONCENTRATION))
