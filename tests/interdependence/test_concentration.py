"""On how few it hangs."""

from __future__ import annotations

import pytest

from entrepot.interdependence import concentration

from .conftest import DOZEN, HOUSEHOLDS, SELLERS, bought, ground_of, seller

LINES = [bought(f"R{n}", 10.0 * n) for n in range(1, 7)] + [bought("H1", 190.0)]  # 400


def test_the_largest_come_first_and_their_parts_add_up(engine):
    rows = concentration(ground_of(engine, LINES, DOZEN)).to_pylist()
    assert {r["k"]: pytest.approx(r["share_0_1"] * 400) for r in rows} == {
        1: 60,
        2: 110,
        3: 150,
        4: 180,
        5: 200,
        6: 210,
    }
    assert all(r["share_low_0_1"] == pytest.approx(r["share_high_0_1"]) for r in rows)


def test_a_doubtful_large_one_comes_after_a_sure_smaller_one(engine):
    who = [*SELLERS[:5], seller("R6", resale_probability=0.5), *HOUSEHOLDS]
    rows = concentration(ground_of(engine, LINES, who)).to_pylist()
    assert [pytest.approx(r["share_0_1"] * 400) for r in rows[:3]] == [50, 90, 120]


def test_the_curve_never_falls(engine):
    who = [seller(f"R{n}", resale_probability=n / 7, resale_evidence=2.0) for n in range(1, 7)] + HOUSEHOLDS
    table = concentration(ground_of(engine, LINES, who, draws=100))
    for name in ("share_0_1", "share_low_0_1", "share_high_0_1"):
        assert table[name].to_pylist() == sorted(table[name].to_pylist())


def test_where_nobody_is_suspect_the_curve_is_empty(engine):
    assert concentration(ground_of(engine, LINES, HOUSEHOLDS)).num_rows == 0
