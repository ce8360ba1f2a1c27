from datetime import date, timedelta

import pyarrow as pa
import pytest

from entrepot.engines.duckdb import connect
from entrepot.units import fold_of, folds_of, half_of_day, half_of_days


@pytest.fixture
def engine():
    engine = connect("1GiB")
    yield engine
    engine.close()


def test_the_engine_puts_each_day_in_the_half_that_python_does(engine):
    days = [date(2026, 1, 1) + timedelta(days=n) for n in range(400)]
    table = engine.hold(pa.table({"day": days}))
    halves = engine.fetch(table.select("day", half=half_of_days(table.day)).order_by("day"))[
        "half"
    ].to_pylist()
    assert halves == [half_of_day(day) for day in days]


def test_the_engine_puts_each_id_in_the_fold_that_python_does(engine):
    ids = sorted(f"客户-{n}" for n in range(300))
    table = engine.hold(pa.table({"id": ids}))
    folds = engine.fetch(table.select("id", fold=folds_of(table.id, 5)).order_by("id"))
    assert folds["fold"].to_pylist() == [fold_of(i, 5) for i in folds["id"].to_pylist()]


def test_halves_are_about_equal():
    days = [date(2020, 1, 1) + timedelta(days=n) for n in range(2000)]
    assert 0.45 < sum(map(half_of_day, days)) / len(days) < 0.55
