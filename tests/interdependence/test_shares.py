"""How far the firm depends on them: shares of a dozen buyers, worked out by hand."""

from __future__ import annotations

from datetime import date

import pytest

from entrepot.interdependence import shares

from .conftest import DOZEN, HOUSEHOLDS, SELLERS, bought, ground_of, household, seller

SPENT = [(f"R{n}", 10.0 * n) for n in range(1, 7)]  # 210
LINES = [
    *[bought(who, spent) for who, spent in SPENT],
    *[bought(f"H{n}", 20.0) for n in range(1, 6)],  # 100
    bought("D1", 50.0),
    bought(None, 40.0),
]  # 400 in all


def row_of(table, by="all", value="all", basis="revenue"):
    return next(r for r in table.to_pylist() if (r["by"], r["value"], r["basis"]) == (by, value, basis))


def numbers_of(row, *names):
    return [row[name] for name in names]


def test_the_share_is_what_sellers_bought_of_all_that_was_sold(engine):
    row = row_of(shares(ground_of(engine, LINES, DOZEN)))
    assert row["total"] == 400.0
    assert numbers_of(row, "seen_share", "estimate") == pytest.approx([360 / 400, 210 / 400])


def test_where_nobody_is_doubted_the_interval_has_no_width(engine):
    row = row_of(shares(ground_of(engine, LINES, DOZEN)))
    assert row["estimate_low"] == row["estimate_high"] == pytest.approx(210 / 400)
    assert row["excess_low"] == row["excess_high"] == pytest.approx(210 / 400)


def test_at_least_is_the_listed_less_the_false_share_of_the_list(engine):
    who = [*SELLERS[:3], *[{**s, "flagged": False} for s in SELLERS[3:]], *HOUSEHOLDS, DOZEN[-1]]
    row = row_of(shares(ground_of(engine, LINES, who, false_share_0_1=0.1)))
    assert row["at_least"] == pytest.approx(60 / 400 * 0.9)
    assert row["estimate"] == pytest.approx(210 / 400)


def test_excess_only_leaves_out_what_they_use_themselves(engine):
    who = [*[{**s, "excess_0_1": 0.75} for s in SELLERS], *HOUSEHOLDS, DOZEN[-1]]
    row = row_of(shares(ground_of(engine, LINES, who)))
    assert numbers_of(row, "excess", "excess_low", "excess_high") == pytest.approx([0.75 * 210 / 400] * 3)


def test_a_declared_business_is_seen_and_is_no_customer_entrepreneur(engine):
    declared = [{**row, "declared": "yes"} for row in DOZEN]
    row = row_of(shares(ground_of(engine, LINES, declared)))
    assert numbers_of(row, "seen_share", "at_least", "estimate") == [0.9, 0.0, 0.0]


def test_an_organisation_for_its_own_use_is_no_customer_entrepreneur(engine):
    who = [{**row, "kind_if_business": "organisation, own use"} for row in DOZEN]
    assert row_of(shares(ground_of(engine, LINES, who)))["estimate"] == 0.0


def test_units_are_counted_as_units(engine):
    lines = [bought("R1", 10.0, quantity=30.0), bought("H1", 90.0, quantity=10.0)]
    row = row_of(shares(ground_of(engine, lines, [*SELLERS, *HOUSEHOLDS])), basis="units")
    assert numbers_of(row, "total", "estimate") == [40.0, 0.75]


def test_margin_is_taken_over_the_lines_that_have_a_cost(engine):
    lines = [
        bought("R1", 10.0, quantity=2.0, unit_cost=2.0), bought("H1", 20.0, unit_cost=8.0), bought("R2", 99.0),
    ]  # fmt: skip
    row = row_of(shares(ground_of(engine, lines, [*SELLERS, *HOUSEHOLDS])), basis="margin")
    assert numbers_of(row, "total", "estimate") == pytest.approx([6.0 + 12.0, 6 / 18])


def test_without_a_cost_nothing_is_said_of_margin(engine):
    table = shares(ground_of(engine, LINES, DOZEN))
    assert {r["basis"] for r in table.to_pylist()} == {"revenue", "units"}


@pytest.mark.parametrize(
    ("by", "column", "values"),
    [("channel", "channel", ("store", "web")), ("store", "store_id", ("S1", "S2")),
     ("category", "category", ("care", "hair")), ("product", "product_id", ("cream", "serum"))],
)  # fmt: skip
def test_each_dimension_has_a_row_for_each_of_its_values(engine, by, column, values):
    lines = [
        bought("R1", 30.0, **{column: values[0]}), bought("H1", 10.0, **{column: values[0]}),
        bought("R2", 10.0, **{column: values[1]}), bought(None, 10.0, **{column: values[1]}),
    ]  # fmt: skip
    table = shares(ground_of(engine, lines, [*SELLERS, *HOUSEHOLDS]))
    found = {value: numbers_of(row_of(table, by, value), "seen_share", "estimate") for value in values}
    assert found == {values[0]: [1.0, 0.75], values[1]: [0.5, 0.5]}


def test_months_are_named_by_their_first_day(engine):
    lines = [bought("R1", 30.0, date(2025, 3, 31)), bought("H1", 10.0, date(2025, 4, 1))]
    table = shares(ground_of(engine, lines, [*SELLERS, *HOUSEHOLDS]))
    found = {
        r["value"]: r["estimate"] for r in table.to_pylist() if (r["by"], r["basis"]) == ("month", "revenue")
    }
    assert found == {"2025-03-01": 1.0, "2025-04-01": 0.0}


def test_kinds_are_shares_of_all_and_add_up_to_all(engine):
    table = shares(ground_of(engine, LINES, DOZEN))
    kinds = [row_of(table, "kind", kind)["estimate"] for kind in ("stockist", "personal shopper")]
    assert kinds == pytest.approx([100 / 400, 110 / 400])


def test_a_dimension_without_its_column_has_no_rows(engine):
    lines = [bought("R1", 10.0, store_id=None), bought("H1", 10.0, store_id=None)]
    table = shares(ground_of(engine, lines, [*SELLERS, *HOUSEHOLDS]))
    assert {r["by"] for r in table.to_pylist()} == {"all", "month", "channel", "category", "product", "kind"}


@pytest.mark.parametrize(
    ("small", "expected"),
    [
        (5, {"Big": 50.0, "Middle": 60.0, "(others)": 50.0}),
        (4, {"Middle": 60.0, "(others)": 90.0}),
        (0, {"Big": 50.0, "Middle": 60.0}),
    ],
)  # fmt: skip
def test_places_with_fewer_than_five_buyers_are_others_and_these_are_no_small_group_either(
    engine, small, expected
):
    names = [f"B{n}" for n in range(20)]
    lines = [
        *[bought(name, 12.0, city="Middle") for name in names[:5]],
        *[bought(name, 10.0, city="Big") for name in names[5:10]],
        *[bought(name, 10.0, city=f"Small {n % 2}") for n, name in enumerate(names[10 : 10 + small])],
    ]  # fmt: skip
    table = shares(ground_of(engine, lines, [*SELLERS, *(household(name) for name in names)]))
    found = {
        r["value"]: r["total"]
        for r in table.to_pylist()
        if (r["by"], r["basis"]) == ("destination", "revenue")
    }
    assert found == expected


def test_at_least_is_never_more_than_the_estimate(engine):
    who = [seller("R1", resale_probability=0.4), seller("R2", resale_probability=0.99), *HOUSEHOLDS]
    lines = [bought("R1", 50.0), bought("R2", 20.0, channel="web"), bought("H1", 30.0)]
    rows = [r for r in shares(ground_of(engine, lines, who)).to_pylist() if r["basis"] == "revenue"]
    assert all(r["at_least"] <= r["estimate"] and r["excess"] <= r["estimate"] for r in rows)
    (store,) = [r for r in rows if (r["by"], r["value"]) == ("channel", "store")]
    assert store["at_least"] == pytest.approx(0.4 * 50 / 80)


def test_of_many_products_the_smallest_are_one_row(engine):
    lines = [bought("R1", 1000.0 - n, product_id=f"p{n:03d}") for n in range(203)]
    table = shares(ground_of(engine, lines, [*SELLERS, *HOUSEHOLDS]))
    products = {
        r["value"]: r["total"] for r in table.to_pylist() if (r["by"], r["basis"]) == ("product", "revenue")
    }
    assert (len(products), products["(others)"]) == (201, 798.0 + 799.0 + 800.0)


def test_each_suspect_just_beyond_the_edge_stands_for_three_quarters_of_one_below_it(engine):
    who = [*SELLERS, seller("R7", resale_evidence=1.0), *HOUSEHOLDS]
    row = row_of(shares(ground_of(engine, [bought("R7", 5.0), bought("R1", 5.0), bought("H1", 190.0)], who)))
    assert row["estimate"] == pytest.approx((1.75 * 5 + 5) / 200)


def test_nobody_below_the_edge_is_thought_as_large_as_the_largest_tenth_above(engine):
    who = [*(seller(f"R{n}", resale_evidence=1.0) for n in range(1, 11)), *HOUSEHOLDS]
    lines = [bought(f"R{n}", 10.0) for n in range(1, 10)] + [bought("R10", 100.0), bought("H1", 810.0)]
    row = row_of(shares(ground_of(engine, lines, who)))
    ninth_tenth = 10.0 + 0.1 * (100.0 - 10.0)
    assert row["estimate"] == pytest.approx((9 * 10 * 1.75 + 100 + 0.75 * ninth_tenth) / 1000)


def test_no_share_is_beyond_what_is_seen(engine):
    who = [*SELLERS, seller("R7", resale_evidence=1.0), *HOUSEHOLDS]
    row = row_of(shares(ground_of(engine, [bought("R7", 20.0), bought(None, 20.0)], who)))
    assert numbers_of(row, "estimate", "estimate_high", "excess_high") == [0.5, 0.5, 0.5]


def test_what_came_back_whole_is_in_no_share(engine):
    lines = [*LINES, bought("R1", 0.0, quantity=0.0)]
    assert row_of(shares(ground_of(engine, lines, DOZEN))) == row_of(shares(ground_of(engine, LINES, DOZEN)))


def test_of_doubtful_ones_the_interval_has_width_and_holds_the_estimate(engine):
    doubtful = [
        seller(f"R{n}", resale_probability=0.5, flagged=False, resale_evidence=2.0) for n in range(1, 7)
    ]
    row = row_of(shares(ground_of(engine, LINES, [*doubtful, *HOUSEHOLDS, household("D1")], draws=200)))
    assert row["estimate"] == pytest.approx(0.5 * 210 / 400)
    assert row["estimate_low"] < row["estimate"] - 0.05 and row["estimate_high"] > row["estimate"] + 0.05


def test_the_same_seed_says_the_same(engine):
    doubtful = [
        seller(f"R{n}", resale_probability=0.5, flagged=False, resale_evidence=2.0) for n in range(1, 7)
    ]
    world = LINES, [*doubtful, *HOUSEHOLDS, household("D1")]
    assert shares(ground_of(engine, *world, seed=4)) == shares(ground_of(engine, *world, seed=4))
    assert shares(ground_of(engine, *world, seed=4)) != shares(ground_of(engine, *world, seed=5))


def test_where_everything_is_without_identity_nothing_is_seen_and_nothing_said(engine):
    row = row_of(shares(ground_of(engine, [bought(None, 40.0)], HOUSEHOLDS)))
    assert numbers_of(row, "total", "seen_share", "at_least", "estimate", "excess") == [40.0, 0, 0, 0, 0]
