"""Feasts that follow the moon, and months that end."""

from datetime import date

import pytest

from entrepot.simulation import calendar

LUNAR_NEW_YEARS = {
    2020: date(2020, 1, 25), 2021: date(2021, 2, 12), 2022: date(2022, 2, 1), 2023: date(2023, 1, 22),
    2024: date(2024, 2, 10), 2025: date(2025, 1, 29), 2026: date(2026, 2, 17), 2027: date(2027, 2, 7),
}  # fmt: skip
HARVEST_FEASTS = {
    2020: date(2020, 10, 1), 2021: date(2021, 9, 21), 2022: date(2022, 9, 10), 2023: date(2023, 9, 29),
    2024: date(2024, 9, 17), 2025: date(2025, 10, 6), 2026: date(2026, 9, 25),
}  # fmt: skip


@pytest.mark.parametrize("year", LUNAR_NEW_YEARS)
def test_lunar_new_year_is_within_a_day_of_the_almanac(year):
    assert abs((calendar.lunar_new_year(year) - LUNAR_NEW_YEARS[year]).days) <= 1


@pytest.mark.parametrize("year", HARVEST_FEASTS)
def test_the_harvest_feast_is_within_a_day_of_the_almanac(year):
    assert abs((calendar.harvest_feast(year) - HARVEST_FEASTS[year]).days) <= 1


@pytest.mark.parametrize(
    ("ends_on", "months", "starts_on"),
    [
        (date(2026, 9, 30), 24, date(2024, 10, 1)),
        (date(2026, 3, 15), 1, date(2026, 2, 16)),
        (date(2026, 3, 31), 1, date(2026, 3, 1)),
    ],
)
def test_a_window_of_whole_months_begins_the_day_after(ends_on, months, starts_on):
    assert calendar.months_before(ends_on, months) == starts_on


def test_the_gift_season_is_winter_and_the_weeks_before_feasts():
    made = calendar.make(date(2025, 1, 1), date(2025, 12, 31))
    gifts = {d for d in range(made.days) if made.gift_season[d]}
    assert made.day_of(date(2025, 12, 10)) in gifts
    assert made.day_of(date(2025, 1, 20)) in gifts
    assert made.day_of(date(2025, 6, 1)) not in gifts
