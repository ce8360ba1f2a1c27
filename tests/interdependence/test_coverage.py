"""What can be seen at all, and what the sizes of baskets say of those whom nobody can name."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from entrepot.interdependence import coverage
from entrepot.interdependence.coverage import excess_of

from .conftest import DOZEN, bought, ground_of, household

HUNDRED = [household(f"H{n}") for n in range(1, 101)]
BASKETS = [bought(f"H{n}", 10.0, quantity=1.0 + n % 2) for n in range(1, 101)]  # 50 of one unit, 50 of two


def parts_of(table):
    return {row["part"]: row for row in table.to_pylist()}


def sellout_of(engine, rows):
    """Receipts of a partner: `(receipt_id, units)`, and its name where it is another."""
    full = [{"partner": "P", "store_id": "X", "receipt_id": r[0], "quantity": r[1], "unit_price": 2.0,
             **({"partner": r[2]} if len(r) > 2 else {})} for r in rows]  # fmt: skip
    return engine.hold(pa.Table.from_pylist(full))


def test_revenue_falls_into_linked_without_identity_and_sell_in(engine):
    lines = [bought("R1", 30.0), bought("H1", 20.0), bought("D1", 10.0), bought(None, 40.0)]
    found = {
        name: (r["revenue"], r["share_0_1"])
        for name, r in parts_of(coverage(ground_of(engine, lines, DOZEN))).items()
    }
    assert found == {"linked": (50.0, 0.5), "without identity": (40.0, 0.4), "sell-in": (10.0, 0.1)}


def test_a_part_without_sales_is_a_row_of_nothing(engine):
    row = parts_of(coverage(ground_of(engine, [bought("H1", 20.0)], DOZEN)))["without identity"]
    assert (row["revenue"], row["units"], row["baskets"], row["share_0_1"]) == (0.0, 0.0, 0, 0.0)


def test_lines_of_one_order_are_one_basket(engine):
    lines = [
        bought("H1", 20.0, order_id="A"),
        bought("H1", 5.0, order_id="A"),
        bought("H2", 5.0, order_id="B"),
    ]
    row = parts_of(coverage(ground_of(engine, lines, DOZEN)))["linked"]
    assert (row["baskets"], row["units"]) == (2, 3.0)


def test_baskets_like_those_of_households_hold_no_excess(engine):
    strangers = [bought(None, 10.0, quantity=1.0 + n % 2) for n in range(100)]
    row = parts_of(coverage(ground_of(engine, [*BASKETS, *strangers], HUNDRED)))["without identity"]
    assert (row["excess_0_1"], row["excess_0_1_low"]) == (0.0, 0.0)


def test_what_lies_beyond_the_baskets_of_households_is_excess(engine):
    strangers = [*[bought(None, 10.0, quantity=1.0 + n % 2) for n in range(100)],
                 *[bought(None, 10.0, quantity=30.0) for _ in range(5)]]  # fmt: skip
    row = parts_of(coverage(ground_of(engine, [*BASKETS, *strangers], HUNDRED)))["without identity"]
    assert row["excess_0_1"] == pytest.approx(150 / 300)
    assert 0.2 < row["excess_0_1_low"] < 0.5 < row["excess_0_1_high"] < 0.8


def test_fewer_than_a_hundred_baskets_say_nothing_of_excess(engine):
    strangers = [bought(None, 10.0) for _ in range(99)]
    row = parts_of(coverage(ground_of(engine, [*BASKETS, *strangers], HUNDRED)))["without identity"]
    assert [row[name] for name in ("excess_0_1", "excess_0_1_low", "excess_0_1_high")] == [None] * 3


def test_receipts_of_partners_are_a_part_of_their_own_and_of_no_share(engine):
    sellout = sellout_of(engine, [(f"r{n}", 1.0 + n % 2) for n in range(100)])
    found = parts_of(coverage(ground_of(engine, BASKETS, HUNDRED), sellout))
    row = found["sell-out"]
    assert (row["revenue"], row["units"], row["baskets"], row["share_0_1"]) == (300.0, 150.0, 100, None)
    assert (row["excess_0_1"], found["linked"]["share_0_1"]) == (0.0, 1.0)


def test_receipts_of_two_partners_with_one_number_are_two_baskets(engine):
    rows = [(f"r{n}", 1.0 + n % 2, partner) for n in range(100) for partner in ("P", "Q")]
    row = parts_of(coverage(ground_of(engine, BASKETS, HUNDRED), sellout_of(engine, rows)))["sell-out"]
    assert (row["baskets"], row["excess_0_1"]) == (200, 0.0)


def test_receipts_without_prices_are_counted_in_units(engine):
    sellout = sellout_of(engine, [("r1", 3.0)]).drop("unit_price")
    row = parts_of(coverage(ground_of(engine, BASKETS, HUNDRED), sellout))["sell-out"]
    assert (row["revenue"], row["units"]) == (0.0, 3.0)


baskets = st.lists(st.integers(0, 60), min_size=4, max_size=4).map(lambda n: np.array(n, float))
SIZES = np.array([1.0, 2.0, 5.0, 20.0])


@given(usual=baskets, these=baskets, times=st.floats(0.1, 50))
@example(usual=np.array([0.0, 4, 48, 52]), these=np.array([0.0, 0, 0, 1]), times=11.328209381493235)  # a tie
def test_excess_is_a_part_and_does_not_hang_on_how_many_baskets_are_compared(usual, these, times):
    found = excess_of((SIZES, usual), (SIZES, these))
    assert 0 <= found <= 1
    assert excess_of((SIZES, usual * times), (SIZES, these)) == pytest.approx(found, abs=1e-6)
    assert excess_of((SIZES, usual), (SIZES, these * times)) == pytest.approx(found, abs=1e-6)


@given(usual=baskets, these=baskets, more=st.integers(1, 50))
def test_more_of_the_largest_baskets_never_lessen_the_excess(usual, these, more):
    larger = these + np.array([0, 0, 0, more])
    assert excess_of((SIZES, usual), (SIZES, larger)) >= excess_of((SIZES, usual), (SIZES, these)) - 1e-9
