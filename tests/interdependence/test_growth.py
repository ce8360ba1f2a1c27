"""Where growth came from: the parts of a change worked out by hand, and that they add up whatever comes."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from entrepot.errors import InputError
from entrepot.interdependence import Period, growth
from entrepot.interdependence.growth import PARTS

from .conftest import DOZEN, HOUSEHOLDS, SELLERS, SINCE, UNTIL, bought, ground_of, seller

BEFORE, NOW = date(2025, 3, 1), date(2025, 9, 1)
LATE, EARLY = Period(date(2025, 7, 1), UNTIL), Period(SINCE, date(2025, 6, 30))
LINES = [
    bought("H1", 10.0, BEFORE), bought("H1", 25.0, NOW),  # existing: +15
    bought("H2", 10.0, BEFORE),  # existing: −10
    bought("H3", 40.0, NOW),  # new: +40
    bought("R1", 50.0, BEFORE), bought("R1", 90.0, NOW),  # sells: +40
    bought("R2", 70.0, NOW),  # sells, and is new: +70
    bought("D1", 20.0, NOW), bought(None, 30.0, BEFORE), bought(None, 5.0, NOW),  # other: +20 − 25
]  # fmt: skip


def amounts(table, name="amount"):
    return {row["part"]: pytest.approx(row[name]) for row in table.to_pylist()}


def refused(engine, period, against):
    with pytest.raises(InputError) as caught:
        growth(ground_of(engine, LINES, DOZEN), period, against)
    return caught.value.mistakes


@pytest.mark.parametrize("end", ["amount", "amount_low", "amount_high"])
def test_each_part_is_what_its_buyers_bought_more(engine, end):
    found = amounts(growth(ground_of(engine, LINES, DOZEN), LATE, EARLY), end)
    assert found == dict(zip(PARTS, (5.0, 40.0, 110.0, -5.0), strict=True))


def test_who_began_in_the_earlier_period_is_no_new_household(engine):
    lines = [bought("H1", 10.0, EARLY.end), bought("H1", 25.0, NOW), bought("H2", 7.0, LATE.start)]
    found = amounts(growth(ground_of(engine, lines, DOZEN), LATE, EARLY))
    assert found == dict(zip(PARTS, (15.0, 7.0, 0.0, 0.0), strict=True))


def test_what_a_doubtful_one_bought_more_is_split_by_its_probability(engine):
    who = [*SELLERS[1:], seller("R1", resale_probability=0.25), *HOUSEHOLDS]
    lines = [bought("R1", 20.0, BEFORE), bought("R1", 60.0, NOW)]
    found = amounts(growth(ground_of(engine, lines, who), LATE, EARLY))
    assert found == dict(zip(PARTS, (30.0, 0.0, 10.0, 0.0), strict=True))


def test_by_default_the_last_half_is_compared_with_the_one_before(engine):
    row = growth(ground_of(engine, LINES, DOZEN)).to_pylist()[0]
    ends = [row[name] for name in ("against_from", "against_until", "period_from", "period_until")]
    assert ends == [date(2025, 1, 2), date(2025, 7, 2), date(2025, 7, 3), UNTIL]


def test_a_period_alone_is_compared_with_as_many_days_before_it(engine):
    row = growth(ground_of(engine, LINES, DOZEN), Period(date(2025, 4, 11), date(2025, 5, 10))).to_pylist()[0]
    assert (row["against_from"], row["against_until"]) == (date(2025, 3, 12), date(2025, 4, 10))


def test_less_than_eight_weeks_cannot_tell(engine):
    ground = ground_of(engine, [bought("R1", 10.0, SINCE)], DOZEN, until=SINCE + timedelta(days=54))
    assert growth(ground).num_rows == 0


def test_a_period_may_reach_a_week_beyond_the_first_and_last_order(engine):
    early, late = Period(date(2024, 12, 27), EARLY.end), Period(LATE.start, date(2026, 1, 5))
    assert growth(ground_of(engine, LINES, DOZEN), late, early).num_rows == len(PARTS)


@pytest.mark.parametrize(
    ("period", "against", "what"),
    [
        (Period(date(2031, 1, 1), date(2031, 2, 1)), EARLY, ["the period lies outside the data"]),
        (LATE, Period(date(2020, 1, 1), date(2020, 2, 1)), ["the period to compare with lies outside the data"]),
        (Period(UNTIL, date(2025, 7, 1)), EARLY, ["the period ends before it begins"]),
        (LATE, Period(SINCE, date(2025, 7, 1)), ["the two periods overlap"]),
        (Period(LATE.start, date(2026, 3, 1)), EARLY, ["the period reaches beyond the data"]),
        (LATE, Period(date(2024, 12, 20), EARLY.end), ["the period to compare with reaches beyond the data"]),
        (EARLY, LATE, ["the two periods overlap"]),
        (Period(date(2031, 2, 1), date(2031, 1, 1)), Period(date(2020, 1, 1), date(2020, 2, 1)),
         ["the period lies outside the data", "the period to compare with lies outside the data",
          "the period ends before it begins"]),
    ],
)  # fmt: skip
def test_periods_that_cannot_be_compared_are_refused_with_every_mistake(engine, period, against, what):
    assert [mistake.what for mistake in refused(engine, period, against)] == what


def test_a_buyer_without_a_finding_is_an_ordinary_customer(engine):
    lines = [*LINES, bought("X1", 30.0, BEFORE), bought("X1", 31.0, NOW), bought("X2", 8.0, NOW)]
    found = growth(ground_of(engine, lines, DOZEN, customers={"X1": "X1", "X2": "X2"}), LATE, EARLY)
    assert amounts(found) == dict(zip(PARTS, (6.0, 48.0, 110.0, -5.0), strict=True))


purchases = st.lists(
    st.tuples(
        st.sampled_from(["H1", "H2", "R1", "R2", "R7", "D1", "X1", None]),
        st.integers(1, 500).map(float),
        st.dates(SINCE, UNTIL),
    ),
    max_size=12,
)


@settings(
    max_examples=15, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip
@given(purchases=purchases)
def test_the_parts_add_up_to_the_change_whoever_bought_what(engine, purchases):
    who = [*DOZEN, seller("R7", resale_probability=0.3, resale_evidence=1.2)]
    lines = [bought(customer, revenue, on) for customer, revenue, on in purchases]
    found = growth(ground_of(engine, lines, who, customers={"X1": "X1"}), LATE, EARLY).to_pylist()
    change = sum(revenue if on >= LATE.start else -revenue for _, revenue, on in purchases)
    assert sum(row["amount"] for row in found) == pytest.approx(change)
    assert all(row["amount_low"] <= row["amount_high"] for row in found)
