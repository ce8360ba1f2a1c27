"""How good discovery is where the truth is known, beside its peers on the same actors.

Two worlds: resellers planted into real household baskets, and the made market. Each is analysed as a firm would, and
the ranking by resale evidence, the list at three rates, the probability and the excess units are compared with the
truth. Whoever else ranks (counts, outlier detectors, a model told the truth) is given the very same actors.

    python -m benchmarks.discovery planted 1 2 3 --out FOLDER
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import pandas as pd

from benchmarks import judging, measures, peers, planting
from benchmarks.judging import KINDS, Judged
from benchmarks.measures import Floats
from entrepot import actors as actors_room
from entrepot import discovery as discovery_room
from entrepot import orders as orders_room
from entrepot.engines.duckdb import connect
from entrepot.settings import Settings
from entrepot.simulation import market

RATES = (0.01, 0.05, 0.1)
CUSTOMERS = 4_000
PRECISION = 0.95
OURS, TOLD = "ours: resale evidence", "told the truth (supervised)"
SIDE_TABLES = ("customers", "products", "events", "offers")


@dataclass(frozen=True)
class Analysed:
    """One analysis of one population: findings (one row an actor) beside the truth, features, seconds by step."""

    judged: Judged
    features: pd.DataFrame
    gamma: float | None
    seconds: Mapping[str, float]


def planted(folder: Path, seed: int) -> None:
    """All households of the baskets, with resellers and hard negatives among them."""
    planting.plant(folder, seed=seed)


def made(folder: Path, seed: int) -> None:
    """The made market, two years."""
    market.make(folder, customers=CUSTOMERS, seed=seed)


WORLDS: Mapping[str, Callable[[Path, int], None]] = {"planted": planted, "made market": made}


def analyse(folder: Path, *, fuzzy: bool = False) -> Analysed:
    """Read, resolve and discover the tables of `folder` (orders, truth and what else is there)."""
    seconds, began = {}, perf_counter()
    engine = connect("6GiB")
    try:
        sides = {n: str(folder / f"{n}.parquet") for n in SIDE_TABLES if (folder / f"{n}.parquet").exists()}
        orders = orders_room.read(engine, str(folder / "orders.parquet"), **sides)
        as_of: date = engine.fetch(orders.lines.aggregate(on=orders.lines.ordered_on.max()))["on"][0].as_py()
        seconds["orders"], began = perf_counter() - began, perf_counter()
        actors = actors_room.resolve(engine, orders, as_of=as_of, fuzzy=fuzzy)
        seconds["actors"], began = perf_counter() - began, perf_counter()
        asked = Settings.checked(as_of=as_of, hindsight_months=0)
        found = discovery_room.discover(engine, orders, actors, asked)
        seconds["discovery"] = perf_counter() - began
        judged = judging.judge(
            engine.fetch(found.findings).to_pandas(),
            engine.fetch(actors.actors).to_pandas(),
            pd.read_parquet(folder / "truth.parquet"),
        )
        table = peers.features(engine, orders, actors).reindex(judged.actors.index).fillna(0.0)
        return Analysed(judged, table, found.gamma, seconds)
    finally:
        engine.close()


def measure(world: str, seed: int, *, fuzzy: bool = False) -> dict[str, Any]:
    """Everything that is said of one population, as plain numbers."""
    with tempfile.TemporaryDirectory() as scratch:
        WORLDS[world](Path(scratch), seed)
        analysed = analyse(Path(scratch), fuzzy=fuzzy)
    judged = analysed.judged
    return {
        "world": world,
        "seed": seed,
        "fuzzy": fuzzy,
        "actors": len(judged.actors),
        "customers": len(judged.records),
        "true": {kind: int((judged.true["true_kind"] == kind).sum()) for kind in KINDS},
        "gamma": analysed.gamma,
        "seconds": analysed.seconds,
        "methods": _methods(analysed, seed),
        "lists": {str(rate): _list_at(judged, rate) for rate in RATES},
        "tenths": measures.tenths(judged.actors["resale_probability"].to_numpy(), judged.right),
        "coverage": coverage(judged),
    }


def _methods(analysed: Analysed, seed: int) -> dict[str, dict[str, Any]]:
    actors, judged = analysed.judged.actors, analysed.judged
    ours = {
        OURS: actors["resale_evidence"].to_numpy(),
        "ours: resale probability": actors["resale_probability"].to_numpy(),
    }
    ranked = {
        name: _worth(judged, score)
        for name, score in {**ours, **peers.untold(analysed.features, seed=seed)}.items()
    }
    told = [_worth(judged, score) for score in peers.told(analysed.features, judged.right, seed=seed)]
    return ranked | {TOLD: _mean_of(told)}


def _worth(judged: Judged, score: Floats) -> dict[str, Any]:
    return {
        "by actor": judged.average_precision(score),
        "by record": judged.average_precision_by_record(score),
        "recall at precision": judged.recall_at_precision(score, PRECISION),
        **{kind: judged.average_precision(score, kind) for kind in KINDS},
        **{f"{kind}, recall": judged.recall_at_precision(score, PRECISION, kind) for kind in KINDS},
    }


def _mean_of(rows: list[dict[str, float]]) -> dict[str, float]:
    return {name: float(np.mean([row[name] for row in rows])) for name in rows[0]}


def _list_at(judged: Judged, rate: float) -> dict[str, Any]:
    listed = (judged.actors["q_value"] <= rate).to_numpy()
    wrong = judged.actors[listed & ~judged.right]
    return {
        "recall": judged.recall(listed),
        **{kind: judged.recall(listed, kind) for kind in KINDS},
        "false": judged.false_shares(listed),
        "who was wrong": wrong["true_kind"].value_counts().to_dict(),
    }


def coverage(judged: Judged) -> dict[str, dict[str, float]]:
    """Of the actors that do resell, how many have their true excess within the interval: over all, over the listed.

    `width` is the mean width in parts of what was bought, and `off` how far the excess itself is from the truth.
    """
    actors = judged.actors[judged.actors["units_to_resell"] > 0]
    true, units = actors["units_to_resell"], actors["units"]
    low, high = actors["excess_units_low"], actors["excess_units_high"]
    rows = pd.DataFrame(
        {
            "inside": within(true.to_numpy(), low.to_numpy(), high.to_numpy(), units.to_numpy()),
            "width": ((high - low) / units).to_numpy(),
            "off": ((actors["excess_units"] - true).abs() / units).to_numpy(),
        }
    )
    listed = actors["flagged"].to_numpy()
    return {name: _covered(rows[those]) for name, those in (("all", listed | True), ("listed", listed))}


def _covered(rows: pd.DataFrame) -> dict[str, float]:
    means = {name: float(rows[name].mean()) for name in ("width", "off")} if len(rows) else {}
    return {"inside": float(rows["inside"].sum()), "actors": len(rows), **means}


def within(true: Floats, low: Floats, high: Floats, most: Floats) -> Floats:
    """How much of each whole number `true` lies between `low` and `high` (0–1), randomised over ± one half.

    An interval from 0 or up to the `most` that is possible is open at that end.

    >>> within(np.array([5.0, 5.0]), np.array([1.0, 5.0]), np.array([9.0, 9.0]), np.array([9.0, 9.0])).tolist()
    [1.0, 0.5]
    """
    low, high = np.where(low <= 0, -np.inf, low), np.where(high >= most, np.inf, high)
    return np.clip(np.minimum(high, true + 0.5) - np.maximum(low, true - 0.5), 0.0, 1.0)


def keep(result: Mapping[str, Any], folder: Path) -> Path:
    """Write one result where `pages` finds it."""
    folder.mkdir(parents=True, exist_ok=True)
    fuzzy = "-fuzzy" if result["fuzzy"] else ""
    path = folder / f"discovery-{result['world'].replace(' ', '-')}-{result['seed']}{fuzzy}.json"
    path.write_text(json.dumps(result, indent=1))
    return path


def main() -> None:
    """Measure one world with each of the seeds given."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("world", choices=list(WORLDS))
    parser.add_argument("seeds", nargs="+", type=int)
    parser.add_argument("--out", type=Path, default=Path("build/benchmarks"))
    parser.add_argument("--fuzzy", action="store_true")
    asked = parser.parse_args()
    for seed in asked.seeds:
        print(keep(measure(asked.world, seed, fuzzy=asked.fuzzy), asked.out))


if __name__ == "__main__":
    main()
