"""What if they stopped: two weeks, a quarter, for good; and each store against its target."""

from __future__ import annotations

from datetime import date, timedelta

import pyarrow as pa
import pytest

from entrepot.errors import InputError
from entrepot.interdependence import path, stress
from entrepot.interdependence.stress import MONTH, household_growth_a_month

from .conftest import DOZEN, HOUSEHOLDS, SINCE, bought, ground_of

LATELY, EARLIER = date(2025, 12, 1), date(2025, 2, 1)  # in the last 91 days, and long before
LINES = [
    *[bought(f"R{n}", 91.0 * n, LATELY) for n in range(1, 7)],  # 21 a day
    bought("H1", 91.0 * 20, LATELY), bought("D1", 91.0 * 9, LATELY),  # 29 a day
    bought("R1", 500.0, EARLIER), bought("H2", 500.0, EARLIER),
]  # fmt: skip


def targets_of(engine, *rows):
    full = [{"store_id": s, "month": m, "amount": a, "currency": "KRW"} for s, m, a in rows]
    return engine.hold(pa.Table.from_pylist(full))


def row_of(table, scenario, who, days):
    found = [r for r in table.to_pylist() if (r["scenario"], r["who"], r["days"]) == (scenario, who, days)]
    assert len(found) == 1
    return found[0]


@pytest.mark.parametrize(
    ("scenario", "who", "a_day"),
    [("top", "the largest", 6.0), ("top", "the 5 largest", 20.0), ("kind", "stockist", 10.0),
     ("kind", "personal shopper", 11.0), ("all", "all customer-entrepreneurs", 21.0)],
)  # fmt: skip
@pytest.mark.parametrize(("days", "counted"), [(14, 14), (30, 30), (90, 90), (None, 365)])
def test_what_would_be_missing_is_what_they_bought_a_day_lately(
    stressed, scenario, who, a_day, days, counted
):
    row = row_of(stressed, scenario, who, days)
    ends = [row[name] for name in ("shortfall", "shortfall_low", "shortfall_high")]
    assert ends == pytest.approx([a_day * counted] * 3)
    assert row["of_revenue_0_1"] == pytest.approx(a_day / 50)


@pytest.fixture(scope="module")
def stressed(engine):
    return stress(ground_of(engine, LINES, DOZEN))


def test_more_stop_more_is_missing(stressed):
    top = [row_of(stressed, "top", who, 14)["shortfall"] for who in ("the largest", "the 5 largest")]
    assert (
        top == sorted(top)
        and top[-1] <= row_of(stressed, "all", "all customer-entrepreneurs", 14)["shortfall"]
    )


def test_there_is_no_scenario_for_more_than_there_are(stressed):
    assert {r["who"] for r in stressed.to_pylist() if r["scenario"] == "top"} == {
        "the largest",
        "the 5 largest",
    }


def test_recovery_takes_as_long_as_household_growth_needs(engine):
    lines = [bought("H1", 100.0, EARLIER), bought("H1", 465.0, LATELY), bought("R1", 91.0, LATELY)]
    ground = ground_of(engine, lines, DOZEN)
    pace = 365 / 182 * MONTH / (182 / MONTH)  # 365 more in 182 days, a month, a month
    assert household_growth_a_month(ground) == pytest.approx(pace)
    row = row_of(stress(ground), "all", "all customer-entrepreneurs", 30)
    assert row["recovery_months"] == pytest.approx(MONTH / pace)


def test_where_households_do_not_grow_nobody_says_when_it_recovers(engine):
    lines = [bought("H1", 100.0, EARLIER), bought("H1", 100.0, LATELY), bought("R1", 91.0, LATELY)]
    table = stress(ground_of(engine, lines, DOZEN))
    assert set(table["recovery_months"].to_pylist()) == {None}


def test_a_month_of_data_has_a_shortfall_and_no_recovery(engine):
    lines = [bought("R1", 31.0, SINCE), bought("H1", 31.0, SINCE)]
    ground = ground_of(engine, lines, DOZEN, until=SINCE + timedelta(days=30))
    row = row_of(stress(ground), "all", "all customer-entrepreneurs", 14)
    assert (row["shortfall"], row["recovery_months"]) == (pytest.approx(14.0), None)


def test_who_bought_nothing_lately_would_be_missed_by_nothing(engine):
    lines = [bought("R1", 500.0, EARLIER), bought("H1", 91.0, LATELY)]
    ground = ground_of(engine, lines, DOZEN)
    assert row_of(stress(ground), "all", "all customer-entrepreneurs", 14)["shortfall"] == 0.0
    assert path(ground)["without"].to_pylist()[0] == pytest.approx(MONTH)


def test_where_nobody_is_suspect_there_is_no_scenario_and_a_path_without_a_gap(engine):
    ground = ground_of(engine, LINES, HOUSEHOLDS)
    drawn = path(ground, 0).to_pylist()[0]
    assert stress(ground).num_rows == 0
    assert drawn["base"] == drawn["without"] == drawn["without_low"] == drawn["without_high"]


def test_the_path_begins_where_they_stop_and_rises_at_household_growth(engine):
    rows = path(ground_of(engine, [*LINES, bought("H1", 365.0, LATELY)], DOZEN), 12).to_pylist()
    base = (91 * 50 + 365) / 91 * MONTH
    pace = household_growth_a_month(ground_of(engine, [*LINES, bought("H1", 365.0, LATELY)], DOZEN))
    assert rows[0]["base"] == pytest.approx(base)
    assert rows[0]["without"] == pytest.approx(base - 21 * MONTH)
    assert rows[12]["without"] - rows[0]["without"] == pytest.approx(12 * pace)
    assert [r["month"] for r in rows] == list(range(13))


def test_a_store_says_by_how_much_it_would_miss_its_month(engine):
    lines = [bought("R1", 300.0, LATELY), bought("H1", 700.0, LATELY)]
    targets = targets_of(engine, ("S1", date(2025, 11, 1), 1.0), ("S1", date(2025, 12, 1), 1100.0))
    row = next(
        r for r in stress(ground_of(engine, lines, DOZEN), targets).to_pylist() if r["scenario"] == "target"
    )
    left = 1000 - 300 * 14 / MONTH
    assert (row["store_id"], row["days"], row["target"]) == ("S1", 14, 1100.0)
    assert row["expected_without"] == pytest.approx(left)
    assert [row[n] for n in ("shortfall", "shortfall_low", "shortfall_high")] == pytest.approx(
        [1100 - left] * 3
    )


def test_a_store_beyond_its_target_misses_nothing(engine):
    targets = targets_of(engine, ("S1", date(2025, 12, 1), 1.0))
    table = stress(ground_of(engine, LINES, DOZEN), targets)
    assert next(r for r in table.to_pylist() if r["scenario"] == "target")["shortfall"] == 0.0


def test_a_target_of_a_month_without_sales_has_no_row(engine):
    targets = targets_of(engine, ("S1", date(2026, 5, 1), 1.0))
    assert "target" not in stress(ground_of(engine, LINES, DOZEN), targets)["scenario"].to_pylist()


def test_targets_of_unknown_stores_are_refused_together(engine):
    month = date(2025, 12, 1)
    targets = targets_of(engine, *[(f"X{n}", month, 1.0) for n in range(7)], ("S1", month, 1.0))
    with pytest.raises(InputError) as caught:
        stress(ground_of(engine, LINES, DOZEN), targets)
    assert [(m.what, m.got) for m in caught.value.mistakes] == [
        ("a target names a store that the orders do not have", "X0, X1, X2, X3, X4 and 2 more")
    ]
