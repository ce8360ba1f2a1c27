"""How far the firm depends on customer-entrepreneurs, and they on it.

Three numbers that are never mixed: *at least* (those on the list, less the false share promised or audited),
*estimate* (all, by their probability), and *excess only* (of these, what is above personal use). Each is a share of
all that was sold in its cell; what nobody can be linked to is part of the total and of nothing else, so `seen_share`
stands beside, and the bounds for all say what the unseen could add.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TypeAlias

import ibis
import numpy as np
import pyarrow as pa

from entrepot.interdependence.ground import Array, Ground, interval

BY = {
    "all": None, "month": "month", "channel": "channel", "store": "store_id", "category": "category",
    "product": "product_id", "destination": "city", "kind": "kind",
}  # fmt: skip
MOST_VALUES = 200  # of one dimension, largest first; the rest are one row, "(others)"
FEWEST_BUYERS = 5  # in a row by destination: smaller places are among "(others)"
OTHERS = "(others)"
Totals: TypeAlias = Mapping[object, tuple[float, float, int]]
SHARES = {
    "by": pa.string(), "value": pa.string(), "basis": pa.string(), "total": pa.float64(), "seen_share": pa.float64(),
    "at_least": pa.float64(), "estimate": pa.float64(), "estimate_low": pa.float64(), "estimate_high": pa.float64(),
    "excess": pa.float64(), "excess_low": pa.float64(), "excess_high": pa.float64(),
}  # fmt: skip


def shares(ground: Ground, dimensions: Collection[str] = tuple(BY)) -> pa.Table:
    """One row a value of each dimension and basis (`SHARES`): shares (0–1) of `total`, the amount in the cell.

    Dimensions whose column the orders lack have no rows; `margin` only where costs are known, over the lines that have
    one. Month values are the first day, ISO. Of a dimension with many values the largest stand alone. `dimensions` asks
    for some of them only.

    Intervals hold 95 % of the draws (`ground`). *At least* is Σ of the listed times (1 − false share), and never more
    than the estimate, which believes each of them by its probability.
    """
    rows: list[dict[str, object]] = []
    for by in dimensions:
        totals = _totals(ground, by)
        for basis in ground.bases:
            rows += _of(ground, by, basis, totals[basis])
    return pa.Table.from_pylist(rows, pa.schema(SHARES))


def _of(ground: Ground, by: str, basis: str, totals: Totals) -> list[dict[str, object]]:
    values, amounts = ground.of_suspects(BY[by], basis)
    if by == "kind":  # a share of everything: households have no kind
        totals = {value: totals.get("all", (0.0, 0.0, 0)) for value in values if value is not None}
    names = [v for v in totals if v is not None]
    largest = names if by in ("month", "kind") else sorted(names, key=lambda v: -totals[v][0])[:MOST_VALUES]
    kept = set(_large_enough(ground, largest, totals) if by == "destination" else largest)
    groups: dict[str, tuple[float, float, Array]] = {}
    column_of = {value: n for n, value in enumerate(values)}
    for value in names:
        name = str(value) if value in kept else OTHERS
        total, seen, at = groups.get(name, (0.0, 0.0, np.zeros(len(ground.suspects.actor_id))))
        own = amounts[:, column_of[value]] if value in column_of else 0.0
        groups[name] = (total + totals[value][0], seen + totals[value][1], at + own)
    return [_row(ground, by, name, basis, *found) for name, found in groups.items() if found[0] > 0]


def _large_enough(ground: Ground, places: Sequence[object], totals: Totals) -> list[object]:
    """The places, largest first, that may stand alone: the others together must not be a small group either."""
    kept = [place for place in places if totals[place][2] >= FEWEST_BUYERS]
    left = [place for place in totals if place is not None and place not in kept]
    if not left or not kept:
        return kept
    theirs = ground.amounts.filter(ground.amounts.city.isin([str(place) for place in left]))
    buyers = ground.engine.fetch(theirs.aggregate(n=theirs.actor_id.nunique()))["n"][0].as_py()
    return kept if buyers >= FEWEST_BUYERS else kept[:-1]


def _totals(ground: Ground, by: str) -> dict[str, Totals]:
    """Basis → value → what was sold, the part of it that is linked to a buyer, and by destination the number of buyers.

    Kinds are shares of everything. Buyers are counted only where small places are protected: counting takes longest.
    """
    row, column = ground.amounts, None if by == "kind" else BY[by]
    linked = row.part != "without identity"
    sums = {f"{basis}_total": row[basis].sum().fill_null(0.0) for basis in ground.bases}
    sums |= {f"{basis}_seen": row[basis].sum(where=linked).fill_null(0.0) for basis in ground.bases}
    if by == "destination":
        sums["buyers"] = row.actor_id.nunique()
    added = row.group_by(value=ibis.literal("all") if column is None else row[column]).agg(**sums)
    rows = ground.engine.fetch(added.order_by("value")).to_pylist()
    return {
        basis: {r["value"]: (r[f"{basis}_total"], r[f"{basis}_seen"], r.get("buyers", 0)) for r in rows}
        for basis in ground.bases
    }


def _row(
    ground: Ground, by: str, value: str, basis: str, total: float, seen: float, amounts: Array
) -> dict[str, object]:
    who = ground.suspects
    ceiling = max(seen, 1e-12) / total
    estimate = min(float(amounts @ who.weight) / total, ceiling)
    sure = np.minimum(who.flagged * (1 - ground.false_share_0_1), who.weight)  # never more than is believed
    listed = float(amounts @ sure) / total
    drawn, excess = np.minimum(amounts @ who.draws / total, ceiling), amounts @ who.excess_draws / total
    low, high = interval(drawn)
    excess = np.minimum(excess, ceiling)
    excess_low, excess_high = interval(excess)
    return {
        "by": by, "value": value, "basis": basis, "total": total, "seen_share": seen / total,
        "at_least": min(listed, estimate), "estimate": estimate, "estimate_low": low, "estimate_high": high,
        "excess": min(float((amounts * who.excess_0_1) @ who.weight) / total, estimate),
        "excess_low": excess_low, "excess_high": excess_high,
    }  # fmt: skip
