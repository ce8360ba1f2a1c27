"""How much earlier an actor is listed than a fixed rule would have tripped, at equal false alarms.

A made market is analysed with every month end looked back to. For each true customer-entrepreneur that was ever
listed: the days from its start to the first month end on which it was, and to the day on which it first bought more
than k units in 30 days: of one product (the limit that shops set), or of all. k is the smallest that trips for no more
innocent actors than were ever listed. An actor for which the rule never trips counts as if it did on the last day:
gains are at least so large.

    python -m benchmarks.lead 201 --out FOLDER
"""

from __future__ import annotations

import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks import by_seed
from benchmarks.discovery import SIDE_TABLES
from entrepot.analysis import discover
from entrepot.interdependence import hindsight
from entrepot.measuring import ground
from entrepot.run import Run
from entrepot.simulation import market

CUSTOMERS, MONTHS = 2_500, 24
CREATED_AT = datetime(2027, 1, 1)  # after the last order of any made market
RULES = {"units of one product in 30 days": ["actor_id", "product_id"], "units in 30 days": ["actor_id"]}


def measure(seed: int, customers: int = CUSTOMERS) -> dict[str, Any]:
    """The lead on one made market: by rule its k, how many it trips for, and the gains in days."""
    with tempfile.TemporaryDirectory() as scratch:
        made = market.make(Path(scratch) / "market", customers=customers, months=MONTHS, seed=seed)
        tables = {name: made.path(name) for name in SIDE_TABLES if made.path(name).is_file()}
        run = discover(
            made.path("orders"), **tables, out=Path(scratch) / "run", hindsight_months=MONTHS, fuzzy=False,
            created_at=CREATED_AT,
        )  # fmt: skip
        return {"seed": seed, "customers": customers, **compare(run, pd.read_parquet(made.path("truth")))}


def compare(run: Run, truth: pd.DataFrame) -> dict[str, Any]:
    """What a run with hindsight and the truth of its market say of the lead."""
    actors = pd.read_parquet(run.folder / "actors.parquet")[["customer_id", "actor_id"]]
    true, starts = _truth(actors, truth)
    known = pd.read_parquet(run.folder / "knowable.parquet")
    known = known[
        known.actor_id.isin(actors.actor_id)
    ]  # ids are of then: who was another has no lead to state
    ever = pd.to_datetime(known[known.flagged].groupby("actor_id").month_end.min())
    caught = ever[true.reindex(ever.index, fill_value=False)]
    lines = _lines(run, actors)
    last, false = lines.day.max(), len(ever) - len(caught)
    found: dict[str, Any] = {
        "true": int(true.sum()),
        "listed": {"ever": len(caught), "false": false, "days": _days(caught, starts)},
    }
    for name, by in RULES.items():
        k, tripped = _rule(_rolling(lines, by), true, false)
        mine = tripped.reindex(caught.index).fillna(last)
        found[name] = {
            "k": k,
            "tripped": int(true.reindex(tripped.index, fill_value=False).sum()),
            "never": int((~caught.index.isin(tripped.index)).sum()),
            "gain_days": [int(d) for d in (mine - caught).dt.days],
        }
    return {**found, "dates": _dates(run)}


def _truth(actors: pd.DataFrame, truth: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """For each actor whether at least half of its units are bought to resell, and since when."""
    dated = truth.assign(
        started_on=pd.to_datetime(truth.started_on)
    )  # not all have one: NaT, which min() skips
    row = actors.merge(dated, on="customer_id").groupby("actor_id")
    units = row[["units", "units_to_resell"]].sum()
    return units.units_to_resell * 2 >= units.units.clip(lower=1), row.started_on.min()


def _lines(run: Run, actors: pd.DataFrame) -> pd.DataFrame:
    lines = pd.read_parquet(
        run.folder / "lines.parquet", columns=["customer_id", "product_id", "ordered_on", "quantity"]
    )
    lines = lines.merge(actors, on="customer_id")
    return lines.assign(day=pd.to_datetime(lines.ordered_on))


def _days(caught: pd.Series, starts: pd.Series) -> list[int]:
    return [int(d) for d in (caught - starts.reindex(caught.index)).dt.days]


def _rolling(lines: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """The most units within 30 days up to each day of an actor."""
    daily = lines.groupby([*by, "day"]).quantity.sum().reset_index().sort_values("day").set_index("day")
    rolled = daily.groupby(by).quantity.rolling("30D").sum().reset_index()
    return rolled.groupby(["actor_id", "day"]).quantity.max().reset_index()


def _rule(rolled: pd.DataFrame, true: pd.Series, false: int) -> tuple[float, pd.Series]:
    """The smallest k that trips for no more than `false` innocents, and the first day on which each actor trips."""
    most = rolled.groupby("actor_id").quantity.max()
    innocent = most[~true.reindex(most.index, fill_value=False)].sort_values(ascending=False)
    k = float(innocent.iloc[min(false, len(innocent) - 1)])
    return k, rolled[rolled.quantity > k].groupby("actor_id").day.min()


def _dates(run: Run) -> dict[str, Any]:
    with ground(run) as it:
        rows = hindsight(it)[1].to_pylist()
    return {r["what"]: {"on": str(r["on"]), "or_before": r["or_before"]} for r in rows if r["scope"] == "all"}


def rows(results: list[dict[str, Any]]) -> list[list[str]]:
    """One row a rule over all seeds: k, how many it trips for, and the median gain."""
    ever = sum(r["listed"]["ever"] for r in results)
    table = []
    for name in RULES:
        gains = [g for r in results for g in r[name]["gain_days"]]
        ks = [r[name]["k"] for r in results]
        table.append([
            name, f"{min(ks):,.0f} to {max(ks):,.0f}", str(sum(r[name]["tripped"] for r in results)), str(ever),
            f"{np.median(gains):.0f}" if gains else "–", f"{sum(r[name]['never'] for r in results)} of {ever}",
        ])  # fmt: skip
    return table


if __name__ == "__main__":
    by_seed.main("lead", measure, CUSTOMERS)
