"""Tables made by hand and read beside a run: targets, receipts, events. All of a table is right, or none is read."""

from __future__ import annotations

from datetime import date

import ibis
import pyarrow as pa
import pytest

from entrepot.errors import InputError
from entrepot.orders.side import read_beside

TARGET = {"store_id": "S1", "month": "2025-12", "amount": "100", "currency": "KRW"}


@pytest.fixture
def written(tmp_path):
    """A CSV file of rows, all columns of the first."""

    def write(rows, name="table.csv"):
        path = tmp_path / name
        lines = [",".join(rows[0]), *[",".join(str(v) for v in row.values()) for row in rows]]
        path.write_text("\n".join(lines) + "\n", "utf-8")
        return path

    return write


def mistakes_in(engine, name, source, **how):
    with pytest.raises(InputError) as caught:
        read_beside(engine, name, source, **how)
    return [(mistake.what, mistake.got) for mistake in caught.value.mistakes]


def test_a_targets_table_is_read_typed(engine, written):
    rows = engine.fetch(read_beside(engine, "targets", written([TARGET]))).to_pylist()
    assert rows == [{"store_id": "S1", "month": date(2025, 12, 1), "amount": 100.0, "currency": "KRW"}]


@pytest.mark.parametrize("month", ["2025-12", "2025-12-01", "2025-12-31"])
def test_a_month_may_be_written_as_a_month_or_as_any_day_of_it(engine, written, month):
    rows = engine.fetch(read_beside(engine, "targets", written([{**TARGET, "month": month}])))
    assert rows["month"].to_pylist() == [date(2025, 12, 1)]


def test_a_table_of_the_engine_is_read_like_a_file(engine, written):
    table = engine.hold(pa.Table.from_pylist([{**TARGET, "month": date(2025, 12, 9), "amount": 100}]))
    from_file = engine.fetch(read_beside(engine, "targets", written([TARGET])))
    assert engine.fetch(read_beside(engine, "targets", table)) == from_file


def test_a_table_in_memory_is_read_too(engine):
    table = ibis.memtable(pa.Table.from_pylist([TARGET]))
    assert engine.fetch(read_beside(engine, "targets", table)).num_rows == 1


@pytest.mark.parametrize(
    ("wrong", "what", "got"),
    [
        ({"month": "December"}, "month cannot be read", "December"),
        ({"month": "2025-13"}, "month cannot be read", "2025-13"),
        ({"month": ""}, "month is empty", "None"),
        ({"amount": "-1"}, "amount is negative", "-1"),
        ({"amount": "much"}, "amount cannot be read", "much"),
        ({"amount": "nan"}, "amount cannot be read", "nan"),
        ({"store_id": ""}, "store_id is empty", "None"),
        ({"currency": ""}, "currency is empty", "None"),
    ],
)
def test_a_target_that_is_none_is_refused_with_its_value(engine, written, wrong, what, got):
    assert mistakes_in(engine, "targets", written([TARGET, {**TARGET, **wrong}])) == [(what, got)]


def test_every_wrong_row_is_told_up_to_five(engine, written):
    bad = [{**TARGET, "amount": f"-{n}"} for n in range(1, 8)]
    found = mistakes_in(engine, "targets", written([*bad]))
    assert found == [("amount is negative", f"-{n}") for n in range(1, 6)]


@pytest.mark.parametrize("column", list(TARGET))
def test_a_column_that_is_missing_is_named(engine, written, column):
    without = {name: value for name, value in TARGET.items() if name != column}
    with pytest.raises(InputError) as caught:
        read_beside(engine, "targets", written([without]))
    (mistake,) = caught.value.mistakes
    assert (mistake.what, mistake.expected) == ("a required column is missing", column)


def test_money_in_another_currency_than_that_of_the_orders_is_refused(engine, written):
    others = [{**TARGET, "month": f"2026-0{n}", "currency": code} for n, code in enumerate(("USD", "EUR"), 1)]
    source = written([TARGET, *others])
    what = "the money is not in KRW, the currency of the orders"
    assert mistakes_in(engine, "targets", source, currency="KRW") == [(what, "EUR"), (what, "USD")]


def test_where_the_orders_name_no_currency_none_is_refused(engine, written):
    source = written([{**TARGET, "currency": "USD"}])
    assert engine.fetch(read_beside(engine, "targets", source, currency="")).num_rows == 1


@pytest.mark.parametrize(
    ("wrong", "what", "got"),
    [
        ({"sold_at": "soon"}, "sold_at cannot be read", "soon"),
        ({"quantity": "-2"}, "quantity is negative", "-2"),
        ({"quantity": "two"}, "quantity cannot be read", "two"),
        ({"unit_price": "dear"}, "unit_price cannot be read", "dear"),
        ({"receipt_id": ""}, "receipt_id is empty", "None"),
    ],
)
def test_a_receipt_that_is_none_is_refused_with_its_value(engine, written, wrong, what, got):
    row = {"partner": "P", "store_id": "X", "receipt_id": "r1", "sold_at": "2025-12-01T10:00:00Z",
           "product_id": "serum", "quantity": "2", "unit_price": "9.5"}  # fmt: skip
    assert engine.fetch(read_beside(engine, "sellout", written([row]))).num_rows == 1
    assert mistakes_in(engine, "sellout", written([row, {**row, **wrong}])) == [(what, got)]


@pytest.mark.parametrize(
    ("starts_on", "what"), [("", "starts_on is empty"), ("spring", "starts_on cannot be read")]
)
def test_an_event_without_a_day_is_refused(engine, written, starts_on, what):
    row = {"event_id": "E1", "kind": "restriction", "starts_on": starts_on}
    assert [w for w, _ in mistakes_in(engine, "events", written([row]))] == [what]


def test_an_event_of_an_unknown_kind_or_that_ends_before_it_starts_is_refused(engine, written):
    row = {"event_id": "E1", "kind": "restriction", "starts_on": "2026-03-01", "ends_on": "2026-03-31"}
    assert engine.fetch(read_beside(engine, "events", written([row]))).num_rows == 1
    ((what, got),) = mistakes_in(engine, "events", written([{**row, "kind": "restricted"}]))
    assert "restriction" in what and got == "restricted"
    backwards = written([{**row, "ends_on": "2026-02-01"}])
    assert mistakes_in(engine, "events", backwards) == [("ends_on is before starts_on", "2026-02-01")]


def test_two_targets_of_one_store_and_month_are_refused(engine, written):
    source = written([TARGET, {**TARGET, "amount": "200"}, {**TARGET, "month": "2026-01"}])
    assert mistakes_in(engine, "targets", source) == [("store_id and month stand twice", "S1, 2025-12-01")]


def test_an_event_that_stands_twice_is_refused(engine, written):
    row = {"event_id": "E1", "kind": "launch", "starts_on": "2026-03-01"}
    assert mistakes_in(engine, "events", written([row, row])) == [("event_id stand twice", "E1")]


def test_it_is_said_what_a_value_should_look_like(engine, written):
    with pytest.raises(InputError, match="a month such as 2026-03"):
        read_beside(engine, "targets", written([{**TARGET, "month": "Dec 2025"}]))
    with pytest.raises(InputError, match="a number of 0 or more"):
        read_beside(engine, "targets", written([{**TARGET, "amount": "much"}]))


def test_a_file_that_is_not_there_is_told_as_such(engine, tmp_path):
    ((what, _),) = mistakes_in(engine, "targets", tmp_path / "targets.csv")
    assert "targets" in what or "not" in what
