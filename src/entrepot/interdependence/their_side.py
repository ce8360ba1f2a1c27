"""How far they depend on the firm, as far as the firm's own orders show (D06–D08).

The other direction of the same tie: since when, how steadily and how lately an actor buys. What else it lives on, the
orders do not say; steady buying over many months means that a change of policy would reach it.
"""

from __future__ import annotations

from datetime import timedelta

import ibis
import pyarrow as pa

from entrepot.interdependence.ground import Ground
from entrepot.units import month_number

MUTUAL = {
    "actor_id": pa.string(), "kind": pa.string(), "probability": pa.float64(), "flagged": pa.bool_(),
    "revenue": pa.float64(), "firm_depends_0_1": pa.float64(), "since": pa.date32(), "last_on": pa.date32(),
    "months": pa.int64(), "months_bought": pa.int64(), "they_depend_0_1": pa.float64(),
    "last_year_revenue": pa.float64(),    "channels": pa.int64(), "days_between_orders": pa.float64(),
}  # fmt: skip
PROBABLE = 0.5
YEAR = 365


def both_directions(ground: Ground) -> pa.Table:
    """One row a listed or probable customer-entrepreneur (`MUTUAL`), largest revenue first.

    `firm_depends_0_1` is its part of the firm's revenue; `they_depend_0_1` the part of the months since it began in
    which it bought; `days_between_orders` the mean number of days between days on which it bought, null after one.
    """
    who, row = ground.suspects, ground.amounts
    total = ground.total("revenue") or 1.0
    mine = row.filter(row.who >= 0)
    year = mine.day > ibis.literal(ground.until - timedelta(days=YEAR))
    bought = mine.group_by("who").agg(
        revenue=mine.revenue.sum(), since=mine.day.min(), last_on=mine.day.max(), days=mine.day.nunique(),
        months_bought=mine.month.nunique(), channels=mine.channel.nunique(),
        last_year_revenue=mine.revenue.sum(where=year).fill_null(0.0),
    )  # fmt: skip
    rows = []
    for r in ground.engine.fetch(bought).to_pylist():
        n = r.pop("who")
        if not (who.flagged[n] or who.probability[n] >= PROBABLE):
            continue
        months = month_number(ground.until) - month_number(r["since"]) + 1
        days = r.pop("days")
        rows.append({
            **r, "actor_id": who.actor_id[n], "kind": str(who.kind[n]), "probability": float(who.probability[n]),
            "flagged": bool(who.flagged[n]), "firm_depends_0_1": r["revenue"] / total, "months": months,
            "they_depend_0_1": r["months_bought"] / months,
            "days_between_orders": (r["last_on"] - r["since"]).days / (days - 1) if days > 1 else None,
        })  # fmt: skip
    rows.sort(key=lambda r: (-r["revenue"], r["actor_id"]))
    return pa.Table.from_pylist(rows, pa.schema(MUTUAL))
