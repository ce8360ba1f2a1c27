"""Since when they could have known: months and dates worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from entrepot.interdependence import hindsight

from .conftest import DOZEN, HOUSEHOLDS, UNTIL, bought, ground_of, known

ENDS = [date(2025, 9, 30), date(2025, 10, 31), date(2025, 11, 30), UNTIL]
MONTHS = [date(2025, m, 1) for m in range(1, 13)]


def sold(share_of):
    """A hundred a month, of which `share_of(month)` to R1."""
    parts = [(month, share_of(month.month)) for month in MONTHS]
    return [bought("R1", 100 * s, m) for m, s in parts if s > 0] + [
        bought("H1", 100 * (1 - s), m) for m, s in parts
    ]


RISING = sold(lambda m: (m - 4) / 100 if m > 4 else 0.0)  # nothing up to April, 1 % in May … 8 % in December


def lines_of(tables, scope="all"):
    return [row for row in tables[0].to_pylist() if row["scope"] == scope]


def dates_of(tables, scope="all"):
    return {row["what"]: row["on"] for row in tables[1].to_pylist() if row["scope"] == scope}


def before_of(tables, scope="all"):
    return {row["what"] for row in tables[1].to_pylist() if row["scope"] == scope and row["or_before"]}


def test_the_share_today_is_that_of_each_months_linked_revenue(engine):
    rows = lines_of(hindsight(ground_of(engine, [*RISING, bought(None, 500.0, MONTHS[8])], DOZEN)))
    shares = [max(m - 4, 0) / 100 for m in range(1, 13)]
    for name in ("share_today", "share_today_low", "share_today_high"):
        assert [row[name] for row in rows] == pytest.approx(shares)
    assert [row["month"] for row in rows] == MONTHS


def test_the_share_then_is_what_was_then_known_of_that_month(engine):
    then = [known("R1", ENDS[1], 0.25), known("R1", ENDS[2]), known("R1", ENDS[3], 0.5)]
    rows = lines_of(hindsight(ground_of(engine, RISING, DOZEN, knowable=then)))
    assert [row["share_knowable"] for row in rows] == [None] * 9 + [
        pytest.approx(v) for v in (0.06 * 0.25, 0.07, 0.04)
    ]


def test_who_is_a_declared_business_or_buys_for_its_own_use_was_not_knowable(engine):
    then = [known("D1", ENDS[3]), known("R1", ENDS[3])]
    rows = lines_of(hindsight(ground_of(engine, [*RISING, bought("D1", 300.0, UNTIL)], DOZEN, knowable=then)))
    assert rows[-1]["share_knowable"] == pytest.approx(8 / 400)


def test_just_beyond_the_edge_one_stood_for_others_then_too(engine):
    then = [known("R1", ENDS[3], 0.5, resale_evidence=1.0, flagged=False)]
    rows = lines_of(hindsight(ground_of(engine, RISING, DOZEN, knowable=then)))
    assert rows[-1]["share_knowable"] == pytest.approx(0.08 * 0.5 * 1.75)


def test_a_month_end_at_which_nobody_was_probable_was_looked_at_all_the_same(engine):
    then = [known("R1", ENDS[0]), known("R1", ENDS[2]), known("R1", ENDS[3])]
    tables = hindsight(ground_of(engine, RISING, DOZEN, knowable=then))
    assert [row["share_knowable"] for row in lines_of(tables)[8:]] == pytest.approx([0.05, 0.0, 0.07, 0.08])
    assert (dates_of(tables)["first listed"], before_of(tables)) == (ENDS[2], set())


def test_critical_mass_is_the_first_of_three_months_that_pass(engine):
    found = dates_of(hindsight(ground_of(engine, RISING, DOZEN)))
    assert (found["critical_mass_from"], found["critical_mass_until"]) == (date(2025, 9, 1), date(2025, 9, 1))


def test_two_months_that_pass_are_no_critical_mass(engine):
    lines = sold(lambda m: 0.3 if m in (3, 4, 6, 7, 11, 12) else 0.01)
    assert dates_of(hindsight(ground_of(engine, lines, DOZEN)))["critical_mass_until"] is None


def test_months_on_either_side_of_one_without_sales_do_not_follow_each_other(engine):
    lines = [
        row
        for row in sold(lambda m: 0.3 if m > 9 or m in (5, 6, 8) else 0.01)
        if row["ordered_on"].month != 7
    ]
    assert dates_of(hindsight(ground_of(engine, lines, DOZEN)))["critical_mass_until"] == date(2025, 10, 1)


def test_a_higher_threshold_is_never_passed_earlier(engine):
    ground = ground_of(engine, RISING, DOZEN)
    found = [dates_of(hindsight(ground, threshold_0_1=t))["critical_mass_until"] for t in (0.02, 0.05, 0.06)]
    assert found == [date(2025, 6, 1), date(2025, 9, 1), date(2025, 10, 1)]


def test_the_share_was_knowable_at_the_first_of_three_month_ends_that_pass(engine):
    then = [known("R1", ENDS[0], 0.1), *[known("R1", end) for end in ENDS[1:]]]
    assert dates_of(hindsight(ground_of(engine, RISING, DOZEN, knowable=then)))["knowable"] == ENDS[1]


def test_what_was_so_at_the_first_month_asked_may_have_been_so_before(engine):
    then = [known("R1", end) for end in ENDS]
    tables = hindsight(ground_of(engine, sold(lambda m: 0.3), DOZEN, knowable=then))
    asked = {"first listed", "knowable", "critical_mass_from", "critical_mass_until"}
    assert before_of(tables) == asked
    assert dates_of(tables)["first listed"] == ENDS[0]


def test_a_list_that_was_empty_in_between_begins_after_the_gap(engine):
    then = [known("R1", end, flagged=end != ENDS[1]) for end in ENDS]
    assert dates_of(hindsight(ground_of(engine, RISING, DOZEN, knowable=then)))["first listed"] == ENDS[2]


def test_recognised_is_nothing_up_to_the_month_in_which_they_noticed(engine):
    tables = hindsight(ground_of(engine, RISING, DOZEN), recognised_on=date(2025, 11, 3))
    assert [r["share_recognised"] for r in lines_of(tables)] == [0.0] * 10 + [
        pytest.approx(0.07),
        pytest.approx(0.08),
    ]
    assert dates_of(tables)["recognised"] == date(2025, 11, 3)


def test_without_that_day_nothing_is_said_of_it(engine):
    tables = hindsight(ground_of(engine, RISING, DOZEN))
    assert {r["share_recognised"] for r in lines_of(tables)} == {None}
    assert dates_of(tables)["recognised"] is None


def test_each_channel_and_the_products_on_which_most_hangs_are_scopes(engine):
    lines = RISING + [bought("R1", 10.0 + n, product_id=f"p{n}", channel="web") for n in range(6)]
    scopes = {row["scope"] for row in hindsight(ground_of(engine, lines, DOZEN))[1].to_pylist()}
    assert scopes == {
        "all",
        "channel store",
        "channel web",
        "product serum",
        *[f"product p{n}" for n in range(2, 6)],
    }


def test_of_one_month_only_there_is_a_share_and_no_date(engine):
    lines = [bought("R1", 30.0, date(2025, 1, 3)), bought("H1", 70.0, date(2025, 1, 9))]
    tables = hindsight(ground_of(engine, lines, DOZEN, until=date(2025, 1, 31)))
    assert [row["share_today"] for row in lines_of(tables)] == [pytest.approx(0.3)]
    assert set(dates_of(tables).values()) == {None}


def test_a_month_cut_off_at_its_begin_is_shown_and_decides_nothing(engine):
    lines = sold(lambda m: 0.3 if m < 4 else 0.01)
    tables = hindsight(ground_of(engine, lines, DOZEN, since=date(2025, 1, 2)))
    assert lines_of(tables)[0]["share_today"] == pytest.approx(0.3)
    assert dates_of(tables)["critical_mass_until"] is None


def test_where_nobody_is_suspect_the_share_is_nothing_and_has_no_date(engine):
    tables = hindsight(ground_of(engine, RISING, HOUSEHOLDS, customers={"R1": "R1"}))
    assert {row["share_today"] for row in lines_of(tables)} == {0.0}
    assert set(dates_of(tables).values()) == {None}


def test_month_ends_before_anybody_was_probable_count_as_asked_where_the_run_says_so(engine):
    then = [known("R1", end) for end in ENDS[1:]]
    ground = ground_of(engine, sold(lambda m: 0.2), DOZEN, knowable=then)
    asked = replace(ground, looked_back_to=ENDS[0])
    assert "knowable" in before_of(hindsight(ground)) and "knowable" not in before_of(hindsight(asked))
    shares = {row["month"]: row["share_knowable"] for row in lines_of(hindsight(asked))}
    assert shares[date(2025, 9, 1)] == 0.0 and shares[date(2025, 8, 1)] is None
