"""Populations without resellers: the draws run, and what is said of them equals a count."""

from collections import Counter

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


def test_half_of_the_households_are_merged_into_actors_of_two_to_twenty():
    groups = dict(households._random_groups([f"a{n}" for n in range(400)], seed=3))
    sizes = Counter(groups.values())
    assert 195 <= len(groups) <= 200 and all(2 <= n <= 20 for n in sizes.values())
    assert groups == dict(households._random_groups([f"a{n}" for n in range(400)], seed=3))


def test_merged_households_are_counted_as_actors_of_several(tmp_path):
    made = market.make(tmp_path, customers=150, months=4, seed=9, customer_entrepreneurs=0.0)
    plain, merged = households._one_made(made), households._one_made(made, merge_seed=1)
    assert plain["merged"] == 0 < merged["merged"]
    assert merged["actors"] < plain["actors"]
    assert 0 <= merged["merged_listed"] <= merged["listed"]


def test_the_page_says_how_many_merged_actors_were_listed():
    row = {"actors": 10, "listed": 1, "offices": 0, "merged": 4, "merged_listed": 1, "merged_mean_e": 0.5}
    text = pages.households({"made-merged": [row, row]}, None)
    assert "| made, merged |" in text and "2 of 8 merged actors" in text
