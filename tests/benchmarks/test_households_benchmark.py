"""Populations without resellers: the draws run, and what is said of them equals a count."""

import pytest

from entrepot.simulation import market

households = pytest.importorskip("benchmarks.households")
pages = pytest.importorskip("benchmarks.pages")


def test_a_draw_says_how_many_actors_were_looked_at_and_how_many_listed(tmp_path):
    made = market.make(tmp_path, customers=150, months=4, seed=9, customer_entrepreneurs=0.0)
    row = households._one_made(made)
    assert 0 < row["actors"] <= made.rows["truth"]
    assert 0 <= row["offices"] <= row["listed"]


def test_draws_that_list_only_an_office_are_counted_apart():
    rows = [
        {"actors": 10, "listed": n, "offices": offices} for n, offices in ((0, 0), (1, 1), (2, 1), (0, 0))
    ]
    cells = pages._draws("made", rows)
    assert cells[3].startswith("2 (0.500)") and cells[5].startswith("1 (0.250)")


def test_a_half_holds_half_of_the_actors_and_is_the_same_for_the_same_seed(tmp_path):
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    pq.write_table(pa.table({"actor_id": [f"a{n}" for n in range(10)]}), tmp_path / "actors.parquet")
    halves = [households._half(tmp_path / "actors.parquet", seed) for seed in (1, 1, 2)]
    assert len(halves[0]) == 5 and halves[0] == halves[1] != halves[2]
