"""How true the measures of interdependence are, where the truth is known.

A made market is analysed as a firm would, once as it is and once with every identity of half of the stores hidden. The
share, the parts of growth and the displacement are compared with those of the true customer-entrepreneurs in the same
lines; so an interval is asked for what it promises, the truth of these data. Declared businesses are apart on both
sides. A second restriction that never was, at another date, says how often displacement finds what is not there.

    python -m benchmarks.interdependence 101 102 --out FOLDER
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from benchmarks.discovery import SIDE_TABLES
from entrepot import actors as actors_room
from entrepot import discovery as discovery_room
from entrepot import interdependence as room
from entrepot import orders as orders_room
from entrepot.engines.duckdb import connect
from entrepot.interdependence import Ground
from entrepot.interdependence.displacement import WEEK, WEEKS
from entrepot.interdependence.growth import PARTS, usual_periods
from entrepot.settings import Settings
from entrepot.simulation import market

CUSTOMERS, MONTHS = 2_500, 24
FIRST_SEED = 101  # away from the seeds on which anything was tuned
NEVER = "never"  # the restriction that never was
NEVER_AFTER_0_1 = 0.3  # of the window
FROM, TO = "store", "web"
IDENTITY = ("customer_id", "name", "email", "phone", "payment_token", "device_id",
            "ship_name", "ship_address", "ship_postcode", "ship_city", "ship_country")  # fmt: skip
TABLES = ("lines", "findings", "actors", "knowable", "events")
LAST = "truth.parquet"
RATE = 0.05
WORLDS = ("as it is", "half of the stores hidden")


@dataclass(frozen=True)
class Analysed:
    """A market as the measures see it, and its `lines` as they truly are: one row a line, `actor_id, day, channel,
    units, revenue, known, sells, mostly_sells, began` (the first day of its true actor)."""

    ground: Ground
    lines: pd.DataFrame


def measure(seed: int, customers: int = CUSTOMERS, runs: Path | None = None) -> dict[str, Any]:
    """What was said and what is true of one market, as plain numbers, in each of `WORLDS`.

    In `runs` stays what was discovered: to measure it again, nothing has to be discovered again.
    """
    with tempfile.TemporaryDirectory() as scratch:
        kept = {world: (runs or Path(scratch)) / str(seed) / world.replace(" ", "-") for world in WORLDS}
        if not all((folder / LAST).exists() for folder in kept.values()):
            made = Path(scratch) / "market"
            market.make(made, customers=customers, months=MONTHS, seed=seed)
            discover(made, kept[WORLDS[0]])
            hide_half_of_the_stores(made, seed)
            discover(made, kept[WORLDS[1]])
        asked = {world: _asked(folder, seed) for world, folder in kept.items()}
        return {"seed": seed, "customers": customers, **asked}


def hide_half_of_the_stores(folder: Path, seed: int) -> None:
    """Take the identity from every line of half of the stores, drawn with `seed`."""
    orders = pq.read_table(folder / "orders.parquet")
    stores = sorted(set(orders.filter(pc.equal(orders["channel"], FROM))["store_id"].to_pylist()))
    chosen = np.random.default_rng(seed).permutation(stores)[: (len(stores) + 1) // 2]
    hidden = pc.is_in(orders["store_id"].cast(pa.string()), pa.array(chosen))
    for name in IDENTITY:
        values = orders[name].cast(pa.string())
        shown = pc.if_else(hidden, pa.scalar(None, pa.string()), values)
        orders = orders.set_column(orders.column_names.index(name), name, shown)
    pq.write_table(orders, folder / "orders.parquet")


def _asked(folder: Path, seed: int) -> dict[str, Any]:
    with analysed(folder, seed) as it:
        return {
            "share": {basis: _share(it, basis) for basis in ("revenue", "units")},
            "growth": _growth(it),
            "displacement": _displacement(it),
            "list": _listed(it),
            "concentration_top": room.concentration(it.ground)["share_0_1"].to_pylist()[:1],
        }


def discover(folder: Path, into: Path) -> None:
    """Read, resolve and discover the tables of `folder`, and write what the measures need, and the truth."""
    into.mkdir(parents=True, exist_ok=True)
    engine = connect("3GiB")
    try:
        sides = {name: str(folder / f"{name}.parquet") for name in SIDE_TABLES}
        orders = orders_room.read(engine, str(folder / "orders.parquet"), **sides)
        as_of = engine.fetch(orders.lines.aggregate(on=orders.lines.ordered_on.max()))["on"][0].as_py()
        actors = actors_room.resolve(engine, orders, as_of=as_of, fuzzy=False)
        found = discovery_room.discover(
            engine, orders, actors, Settings.checked(as_of=as_of, hindsight_months=0)
        )
        tables = (orders.lines, found.findings, actors.actors, found.tables["knowable"], orders.events)
        for name, table in zip(TABLES, tables, strict=True):
            engine.write_parquet(table, into / f"{name}.parquet")
        shutil.copy(folder / LAST, into)
    finally:
        engine.close()


@contextmanager
def analysed(folder: Path, seed: int) -> Iterator[Analysed]:
    """What was discovered in `folder`, with the truth beside."""
    engine = connect("3GiB")
    try:
        lines, findings, actors, knowable, events = (
            engine.keep(engine.read_parquet([str(folder / f"{name}.parquet")]).drop("file"))
            for name in TABLES
        )
        days = lines.aggregate(first=lines.ordered_on.min(), last=lines.ordered_on.max())
        span = engine.fetch(days).to_pylist()[0]
        ground = Ground(
            engine=engine, lines=lines, findings=findings, actors=actors, knowable=knowable,
            events=_with_one_that_never_was(engine, events, span), since=span["first"], until=span["last"],
            false_share_0_1=RATE, seed=seed,
        )  # fmt: skip
        yield Analysed(ground, _as_they_are(ground, pd.read_parquet(folder / LAST)))
    finally:
        engine.close()


def _with_one_that_never_was(engine: Any, events: Any, span: Mapping[str, date]) -> Any:
    days = (span["last"] - span["first"]).days
    never = {"event_id": NEVER, "kind": "restriction", "channel": FROM,
             "starts_on": span["first"] + timedelta(days=int(days * NEVER_AFTER_0_1))}  # fmt: skip
    rows = [*engine.fetch(events.select("event_id", "kind", "channel", "starts_on")).to_pylist(), never]
    return engine.hold(pa.Table.from_pylist(rows), "events")


def _as_they_are(ground: Ground, truth: pd.DataFrame) -> pd.DataFrame:
    """See `Analysed`. Who is a declared business in the run is `known`, and sells to nobody here."""
    declared = ground.actors.join(ground.findings.select("actor_id", "declared"), "actor_id")
    who = declared.select("customer_id", "actor_id", business=declared.declared == "yes")
    row = ground.lines.left_join(who, "customer_id").filter(ground.lines.quantity_net > 0)
    lines = ground.engine.fetch(row.select(
        "customer_id", "actor_id", "channel", "business", day=row.ordered_on, units=row.quantity_net,
        revenue=row.revenue_net.cast("float64"),
    )).to_pandas()  # fmt: skip
    of_actor = truth.groupby("true_actor", observed=True)[["units", "units_to_resell"]].transform("sum")
    truth = truth.assign(mostly=of_actor["units_to_resell"] * 2 >= of_actor["units"].clip(lower=1))
    said = truth[["customer_id", "true_actor", "is_customer_entrepreneur", "mostly"]]
    lines = lines.merge(said, on="customer_id", how="left")
    private = lines["customer_id"].notna() & (lines["business"] != True)  # noqa: E712, null is nobody's
    return lines.assign(
        known=lines["customer_id"].notna(), private=private,
        sells=private & (lines["is_customer_entrepreneur"] == True),  # noqa: E712
        mostly_sells=private & (lines["mostly"] == True),  # noqa: E712
        began=lines.groupby("true_actor", observed=True)["day"].transform("min"),
    )  # fmt: skip


def _share(it: Analysed, basis: str) -> dict[str, float]:
    """Of what is linked to a buyer: said, its interval, at least, and the truth by two readings.

    And to see why they differ: what of the truth lies beyond the edge, and what was counted, rightly and wrongly.
    """
    rows = room.shares(it.ground).to_pylist()
    said = next(r for r in rows if r["by"] == "all" and r["basis"] == basis)
    seen = said["seen_share"]
    known = it.lines.loc[it.lines["known"], basis].sum()
    weight = pd.Series(it.ground.suspects.weight, it.ground.suspects.actor_id)
    counted = it.lines[basis] * it.lines["actor_id"].map(weight).fillna(0.0)
    suspected = it.lines["sells"] & it.lines["actor_id"].isin(weight.index)
    return {
        "seen_share": seen,
        **{name: said[name] / seen for name in ("at_least", "estimate", "estimate_low", "estimate_high")},
        "true": float(it.lines.loc[it.lines["sells"], basis].sum() / known),
        "true_mostly": float(it.lines.loc[it.lines["mostly_sells"], basis].sum() / known),
        "true_suspected": float(it.lines.loc[suspected, basis].sum() / known),
        "counted_of_sellers": float(counted[it.lines["sells"]].sum() / known),
        "counted_of_households": float(counted[~it.lines["sells"]].sum() / known),
    }


def _listed(it: Analysed) -> dict[str, int]:
    """How many actors are listed, how many of them are not mostly resellers, and how many are not at all.

    Mostly: half of its units or more were bought by who resells half of what it buys or more. Declared businesses are
    left out.
    """
    rows = it.ground.engine.fetch(it.ground.findings.select("actor_id", "flagged", "declared")).to_pylist()
    listed = {r["actor_id"] for r in rows if r["flagged"] and r["declared"] != "yes"}
    mine = it.lines[it.lines["actor_id"].isin(listed)]
    units = mine.assign(mostly=mine["units"] * mine["mostly_sells"], some=mine["units"] * mine["sells"])
    units = units.groupby("actor_id")[["units", "mostly", "some"]].sum()
    return {
        "listed": len(listed),
        "not_mostly": int((units["mostly"] * 2 < units["units"]).sum()),
        "innocent": int((units["some"] == 0).sum()),
    }


def _growth(it: Analysed) -> list[dict[str, Any]]:
    """One row a part: said, its interval, the truth, and the whole change, to compare with."""
    periods = usual_periods(it.ground.since, it.ground.until)
    assert periods is not None
    new = it.lines["began"] > periods[1].end
    household = it.lines["private"] & ~it.lines["sells"]
    true_of = dict(zip(
        PARTS, (household & ~new, household & new, it.lines["sells"], ~it.lines["private"]), strict=True
    ))  # fmt: skip
    inside = [it.lines["day"].between(p.start, p.end) for p in periods]
    now, before = (it.lines["revenue"].where(mask, 0.0) for mask in inside)
    change = now - before
    return [
        {"part": r["part"], "estimate": r["amount"], "estimate_low": r["amount_low"],
         "estimate_high": r["amount_high"], "true": float(change[true_of[r["part"]]].sum()),
         "change": float(change.sum()), "before": float(before.sum())}
        for r in room.growth(it.ground).to_pylist()
    ]  # fmt: skip


def _displacement(it: Analysed) -> dict[str, Any]:
    """From stores to the web: of the restriction that was, beside the truth, and of the one that never was."""
    rows = [r for r in room.displacement(it.ground).to_pylist() if r["to_channel"] in (TO, None)]
    events = {
        r["event_id"]: r["starts_on"]
        for r in it.ground.engine.fetch(it.ground.events).to_pylist()
        if r["kind"] == "restriction"
    }
    names = ("effect", "effect_low", "effect_high", "placebo_rate", "placebo_dates", "cannot_tell")
    return {
        "never" if r["event_id"] == NEVER else "restriction": {
            **{name: r[name] for name in names}, **_shifts(it.lines, events[r["event_id"]])
        }
        for r in rows
    }  # fmt: skip


def _shifts(lines: pd.DataFrame, starts: date) -> dict[str, float]:
    """The truth in the same weeks, and over all days before and after: less of it is chance."""
    days, one = timedelta(days=WEEKS * WEEK), timedelta(days=1)
    first, last = lines["day"].min(), lines["day"].max()
    return {
        "true": _shift(lines, (starts - days, starts - one), (starts, starts + days - one)),
        "true_over_all": _shift(lines, (first, starts - one), (starts, last)),
    }


def _shift(lines: pd.DataFrame, *spans: tuple[date, date]) -> float:
    """By how much more of their units true sellers buy on the web in the second span, beyond true households."""
    lines = lines[lines["channel"].notna()]
    parts = [
        np.average(mine["channel"] == TO, weights=mine["units"])
        for who in (lines["sells"], lines["private"] & ~lines["sells"])
        for mine in (lines[who & lines["day"].between(*span)] for span in spans)
    ]
    return float((parts[1] - parts[0]) - (parts[3] - parts[2]))


def keep(result: Mapping[str, Any], folder: Path) -> Path:
    """Write one result where `pages` finds it."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"interdependence-{result['seed']}.json"
    path.write_text(json.dumps(result, indent=1))
    return path


def main() -> None:
    """Measure the made market with each of the seeds given."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("seeds", nargs="+", type=int)
    parser.add_argument("--customers", type=int, default=CUSTOMERS)
    parser.add_argument("--out", type=Path, default=Path("build/benchmarks"))
    parser.add_argument("--runs", type=Path, help="where to keep what was discovered, and to find it again")
    asked = parser.parse_args()
    for seed in asked.seeds:
        print(keep(measure(seed, asked.customers, asked.runs), asked.out), flush=True)


if __name__ == "__main__":
    main()
