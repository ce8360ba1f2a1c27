"""How far they depend on the firm, as far as its orders show."""

from __future__ import annotations

from datetime import date

import pytest

from entrepot.interdependence import both_directions

from .conftest import DOZEN, HOUSEHOLDS, SELLERS, bought, ground_of, seller

LINES = [
    bought("R1", 10.0, date(2024, 11, 20)), bought("R1", 20.0, date(2025, 2, 8)),
    bought("R1", 30.0, date(2025, 2, 28), channel="web"), bought("R2", 100.0, date(2025, 12, 31)),
    bought("H1", 40.0),
]  # fmt: skip


def test_each_is_told_with_what_it_bought_since_when_and_how_steadily(engine):
    row = both_directions(ground_of(engine, LINES, DOZEN, since=date(2024, 11, 1))).to_pylist()[1]
    assert row == {
        "actor_id": "R1", "kind": "stockist", "probability": 1.0, "flagged": True, "revenue": 60.0,
        "firm_depends_0_1": 60 / 200, "since": date(2024, 11, 20), "last_on": date(2025, 2, 28), "months": 14,
        "months_bought": 2, "they_depend_0_1": 2 / 14, "last_year_revenue": 50.0, "channels": 2,
        "days_between_orders": 50.0,
    }  # fmt: skip


def test_the_largest_comes_first_and_households_are_not_among_them(engine):
    table = both_directions(ground_of(engine, LINES, DOZEN))
    assert table["actor_id"].to_pylist() == ["R2", "R1"]


def test_after_one_day_nothing_is_said_of_the_days_between(engine):
    assert both_directions(ground_of(engine, LINES, DOZEN)).to_pylist()[0]["days_between_orders"] is None


@pytest.mark.parametrize(
    ("flagged", "probability", "told"), [(False, 0.49, 0), (False, 0.5, 1), (True, 0.1, 1)]
)
def test_only_the_listed_and_the_probable_are_told(engine, flagged, probability, told):
    one = seller("R1", flagged=flagged, resale_probability=probability)
    table = both_directions(ground_of(engine, LINES, [one, *SELLERS[2:], *HOUSEHOLDS]))
    assert table["actor_id"].to_pylist() == ["R1"] * told


def test_where_nobody_is_suspect_nobody_is_told(engine):
    assert both_directions(ground_of(engine, LINES, HOUSEHOLDS)).num_rows == 0
