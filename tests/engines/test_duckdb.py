"""What an engine keeps, names and forgets."""

import pyarrow as pa
import pytest

from entrepot.engines.duckdb import connect


@pytest.fixture
def engine():
    opened = connect("1GiB", threads=1)
    yield opened
    opened.close()


@pytest.fixture
def bought(engine):
    return engine.hold(pa.table({"who": ["a", "a", "b"], "units": [1, 2, 5]}))


def units(engine, table):
    return {row["who"]: row["units"] for row in engine.fetch(table).to_pylist()}


def test_a_kept_table_says_what_its_query_said(engine, bought):
    added = bought.group_by("who").agg(units=bought.units.sum())
    assert units(engine, engine.keep(added)) == units(engine, added) == {"a": 3, "b": 5}


def test_the_columns_of_a_kept_table_are_those_that_the_engine_stored(engine, bought):
    kept = engine.keep(bought.mutate(at=bought.units.cast("timestamp"), part=bought.units / 2), "kept")
    assert kept.schema() == engine.backend.table(kept.op().name, database=("temp", "main")).schema()


def test_a_view_says_what_its_query_says(engine, bought):
    many = engine.view(bought.filter(bought.units > 1), "many")
    assert units(engine, many.filter(many.who == "a")) == {"a": 2}


def test_what_is_kept_in_passing_is_forgotten_and_calculated_anew(engine, bought):
    found, names = [], []
    for least in (1, 2, 5):
        with engine.passing():
            kept = engine.keep(bought.filter(bought.units >= least), "large")
            seen = engine.view(kept.filter(kept.units < 9), "seen")
            found.append(engine.fetch(engine.keep(seen.agg(units=seen.units.sum())))["units"][0].as_py())
            names.append(kept.op().name)
    assert found == [8, 7, 5]
    assert len(set(names)) == 1
    still_there = "SELECT count(*) FROM duckdb_tables() WHERE table_name = ?"
    assert engine.backend.con.execute(still_there, names[:1]).fetchall() == [(0,)]


def test_a_passing_calculation_within_another_takes_no_name_of_it(engine, bought):
    with engine.passing():
        before = engine.keep(bought, "large")
        with engine.passing():
            engine.keep(bought.limit(0), "large")
        after = engine.keep(bought, "large")
        assert (
            units(engine, before.filter(before.who == "b"))
            == units(engine, after.filter(after.who == "b"))
            == {"b": 5}
        )


def test_tables_around_a_passing_calculation_stay(engine, bought):
    before = engine.keep(bought, "large")
    with engine.passing():
        engine.keep(bought, "large")
    assert units(engine, before.filter(before.who == "b")) == {"b": 5}
