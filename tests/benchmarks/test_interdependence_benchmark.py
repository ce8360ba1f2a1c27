"""What the benchmark of interdependence hides, counts and writes."""

from types import SimpleNamespace

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from benchmarks import pages
from benchmarks.interdependence import (
    IDENTITY,
    WORLDS,
    Analysed,
    _listed,
    _shift,
    hide_half_of_the_stores,
)
from entrepot.engines.duckdb import connect
from entrepot.simulation import market


def test_half_of_the_stores_lose_every_identity_and_nothing_else(tmp_path):
    made = market.make(tmp_path, customers=300, months=3, seed=5)
    before = pq.read_table(made.path("orders")).to_pandas()
    hide_half_of_the_stores(tmp_path, seed=5)
    after = pq.read_table(made.path("orders")).to_pandas()
    named = after.groupby("store_id", observed=True)["customer_id"].count()
    stores = before.loc[before["channel"] == "store", "store_id"].nunique()
    assert (named == 0).sum() == (stores + 1) // 2
    assert (
        after.drop(columns=list(IDENTITY)).astype(str).equals(before.drop(columns=list(IDENTITY)).astype(str))
    )
    shown = after["store_id"].map(named > 0).astype(bool)
    assert after.loc[~shown, list(IDENTITY)].isna().all().all()
    assert after.loc[shown, "customer_id"].equals(before.loc[shown, "customer_id"].astype(object))


def test_the_true_shift_is_that_of_sellers_beyond_households():
    rows = [("web", 2, 1, True), ("store", 8, 1, True), ("web", 7, 2, True), ("store", 3, 2, True),
            ("web", 1, 1, False), ("store", 1, 1, False), ("web", 6, 2, False), ("store", 4, 2, False)]  # fmt: skip
    lines = pd.DataFrame(rows, columns=["channel", "units", "day", "sells"]).assign(private=True)
    assert _shift(lines, (1, 1), (2, 2)) == pytest.approx((0.7 - 0.2) - (0.6 - 0.5))


def test_coverage_counts_the_intervals_that_hold_the_truth():
    rows = [{"true": t, "estimate_low": 0.2, "estimate_high": 0.4} for t in (0.1, 0.2, 0.3, 0.4, 0.5)]
    assert pages._covered(rows)[0] == "0.600 (3 of 5)"


def test_the_page_holds_a_row_for_each_world_and_part():
    share = dict.fromkeys(("estimate", "estimate_low", "estimate_high", "true", "at_least", "true_suspected",
                           "counted_of_sellers", "counted_of_households"), 0.25)  # fmt: skip
    parts = [{"part": p, "before": 10.0, **dict.fromkeys(("estimate", "estimate_low", "estimate_high", "true"), 1.0)}
             for p in ("a", "b", "c", "d")]  # fmt: skip
    effect = dict.fromkeys(("effect", "effect_low", "effect_high", "true"), 0.5)
    told = {"placebo_rate": 0.01, "cannot_tell": None, **effect}
    silent = {**dict.fromkeys(told), "true": 0.1, "cannot_tell": "too few weeks"}
    listed = {"listed": 3, "not_mostly": 2, "innocent": 0}
    world = {"list": listed, "share": {"revenue": share, "units": share}, "growth": parts,
             "displacement": {"restriction": told, "never": silent}}  # fmt: skip
    text = pages.interdependence([{"seed": 1, "customers": 100, **dict.fromkeys(WORLDS, world)}])
    assert text.count("1.000 (1 of 1)") == 2 * 2 + 2 * 4 + 2
    assert text.count("0 of 1") == 2
    assert "seeds 1." in text and text.count("0.667 (2 of 3)") == 2


def test_the_list_is_wrong_where_it_names_who_resells_little_or_nothing(tmp_path):
    """R resells all it buys, S a tenth, H nothing, D is a declared business."""
    lines = pd.DataFrame(
        [("R", 5.0, True, True), ("S", 9.0, True, False), ("H", 4.0, False, False), ("N", 9.0, True, True)],
        columns=["actor_id", "units", "sells", "mostly_sells"],
    )
    engine = connect("1GiB")
    findings = engine.hold(pa.table({
        "actor_id": ["R", "S", "H", "N", "D"], "flagged": [True, True, True, False, True],
        "declared": ["no", "no", "no", "no", "yes"],
    }))  # fmt: skip
    found = _listed(Analysed(SimpleNamespace(engine=engine, findings=findings), lines))
    engine.close()
    assert found == {"listed": 3, "not_mostly": 2, "innocent": 1}
