"""Each wrong input: one clear error, or a row in the quarantine with its place, value and reason."""

from __future__ import annotations

import gzip
import os
from datetime import date
from pathlib import Path

import ibis
import pytest

from entrepot.errors import InputError
from entrepot.orders import read

from .conftest import HEAD, line, rows_of

GOOD = [line(f"o{n}", customer_id=f"c{n % 40}") for n in range(400)]


def refused(engine, source, **how) -> InputError:
    with pytest.raises(InputError) as caught:
        read(engine, source, **how)
    return caught.value


@pytest.mark.parametrize(
    ("wrong", "column", "value", "reason"),
    [
        ({"quantity": "1e9"}, "quantity", "1e9", "quantity is impossible (beyond 1,000,000 units)"),
        ({"quantity": "NaN"}, "quantity", "NaN", "quantity is empty or not a number"),
        ({"quantity": "inf"}, "quantity", "inf", "quantity is empty or not a number"),
        ({"unit_price": "-3"}, "unit_price", "-3", "unit_price is negative"),
        ({"unit_price": "NaN"}, "unit_price", "NaN", "unit_price is empty or not a number"),
        ({"unit_price": "12,50"}, "unit_price", "12,50", "unit_price is empty or not a number"),
        ({"ordered_at": "soon"}, "ordered_at", "soon", "ordered_at is empty or not a date that we can read"),
        ({"ordered_at": "2031-01-01T10:00:00Z"}, "ordered_at", "2031-01-01T10:00:00Z",
         "ordered_at is before 1970 or in the future"),
        ({"ordered_at": "0001-01-01T10:00:00Z"}, "ordered_at", "0001-01-01T10:00:00Z",
         "ordered_at is before 1970 or in the future"),
        ({"product": ""}, "product_id", None, "product_id is empty"),
        ({"order": ""}, "order_id", None, "order_id is empty"),
        ({"discount": "11"}, "discount", "11", "discount is not a number, negative, or more than the line costs"),
        ({"cancelled_at": "perhaps"}, "cancelled_at", "perhaps", "cancelled_at is not a date that we can read"),
        ({"quantity_asked": "-1"}, "quantity_asked", "-1",
         "quantity_asked is not a number from 0 to the bound of quantity"),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else "",
)  # fmt: skip
def test_a_bad_row_is_quarantined_with_its_place_value_and_reason(
    engine, orders_file, wrong, column, value, reason
):
    source = orders_file([*GOOD, line(**wrong)])
    orders = read(engine, source, today=date(2026, 6, 1))
    assert rows_of(engine, orders.quarantine, "file", "line", "column", "value", "reason") == [
        (str(source), 401, column, value, reason)
    ]
    assert orders.counts["lines"] == 400


def test_a_currency_that_is_missing_where_others_have_one_is_quarantined(engine, orders_file):
    rows = [{**row, "currency": "KRW"} for row in GOOD]
    orders = read(engine, orders_file([*rows, line("x", currency="")]))
    assert (orders.currency, orders.counts["quarantined"]) == ("KRW", 1)
    assert rows_of(engine, orders.quarantine, "reason") == [("currency is missing, other rows have one",)]


def test_too_many_bad_rows_stop_with_the_commonest_reasons_and_three_examples(engine, orders_file):
    bad = [line(f"b{n}", quantity="1e9") for n in range(5)] + [line("p", unit_price="-1")]
    error = refused(engine, orders_file([*GOOD, *bad]))
    message = str(error)
    assert "6 of 406 rows cannot be used" in message and "at most 1.00%" in message
    assert "quantity is impossible (beyond 1,000,000 units) (5); unit_price is negative (1)" in message
    assert message.count("orders.csv row") == 3
    assert "row 401 below the column names: quantity is '1e9'" in message


def test_a_value_that_is_missing_is_called_empty(engine, orders_file):
    assert "product_id is empty" in str(refused(engine, orders_file([line(product="")])))
    assert "None" not in str(refused(engine, orders_file([line(product="")])))


@pytest.mark.parametrize(
    ("wrong", "way_out"),
    [
        ({"unit_price": "12,50"}, "--decimal comma"),
        ({"ordered_at": "01.03.2026"}, "--time-format"),
        ({"ordered_at": "3/1/2026 9:05"}, "--time-format"),
    ],
)
def test_the_way_out_is_told_where_the_values_show_it(engine, orders_file, wrong, way_out):
    assert way_out in str(refused(engine, orders_file([line(**wrong)])))


@pytest.mark.parametrize("wrong", [{"unit_price": "free"}, {"ordered_at": "soon"}, {"quantity": "1e9"}])
def test_no_way_out_is_promised_that_would_lead_nowhere(engine, orders_file, wrong):
    message = str(refused(engine, orders_file([line(**wrong)])))
    assert "--decimal" not in message and "--time-format" not in message


def test_a_column_that_stands_twice_must_be_chosen(engine, tmp_path):
    head = "order_id,ordered_at,product_id,quantity,unit_price,Unit_Price"
    (tmp_path / "orders.csv").write_text(f"{head}\no1,2026-03-01,A,1,3,4\n")
    assert "unit_price" in str(refused(engine, tmp_path / "orders.csv"))
    chosen = read(engine, tmp_path / "orders.csv", mapping={"unit_price": "Unit_Price (6)"})
    assert rows_of(engine, chosen.lines, "revenue_net") == [(4,)]


def test_a_file_is_unpacked_by_what_it_is_and_not_by_its_name(engine, orders_file, tmp_path):
    plain = orders_file(GOOD)
    (tmp_path / "packed.csv").write_bytes(gzip.compress(plain.read_bytes()))
    (tmp_path / "unpacked.csv.gz").write_bytes(plain.read_bytes())
    for name in ("packed.csv", "unpacked.csv.gz"):
        assert read(engine, tmp_path / name).counts["lines"] == 400


def test_lines_that_are_no_rows_are_quarantined_by_their_line(engine, orders_file):
    source = orders_file(GOOD)
    with source.open("a", encoding="utf-8", newline="") as file:
        file.write("o9,2026-03-01T10:15:00Z,A\r\n")
        file.write("o9,2026-03-01T10:15:00Z,A,1,10,c1,one,too,many\r\n")
    orders = read(engine, source)
    assert rows_of(engine, orders.quarantine, "line", "reason") == [
        (402, "missing columns"),
        (403, "too many columns"),
    ]
    assert (orders.counts["read"], orders.counts["lines"]) == (402, 400)


def test_mixed_line_endings_are_one_clear_error(engine, orders_file):
    source = orders_file(GOOD)
    source.write_bytes(source.read_bytes() + b"o9,2026-03-01T10:15:00Z,A,1,10,c1\n" * 3)
    assert "one kind of line ending" in str(refused(engine, source))


def test_all_missing_columns_and_paths_are_told_at_once(engine, tmp_path):
    (tmp_path / "orders.csv").write_text("Order,When\n1,2026-01-01\n")
    error = refused(engine, tmp_path / "orders.csv", customers="nobody.csv", products=tmp_path / "none")
    assert len(error.mistakes) == 3
    assert "order_id, ordered_at, product_id, quantity, unit_price" in str(error)
    assert "nobody.csv" in str(error) and "--map" in str(error)


@pytest.mark.parametrize(
    ("content", "got"),
    [
        (b"", "an empty file"),
        (b"  \n ", "an empty file"),
        (b"PK\x03\x04rest", "a zip archive or an Excel workbook"),
        (b'{"orders": []}', "JSON"),
        (b"<html><body>", "a web page"),
        (b"\x00\x01\x02\x03", "a binary file"),
    ],
)
def test_what_is_no_csv_is_called_by_its_name(engine, tmp_path, content, got):
    (tmp_path / "orders.csv").write_bytes(content)
    assert got in str(refused(engine, tmp_path / "orders.csv"))


def test_column_names_without_rows_are_an_error(engine, orders_file):
    assert "no rows" in str(refused(engine, orders_file([])))


@pytest.mark.parametrize("content", [b"PAR1 broken", b"no Parquet"])
def test_broken_parquet_is_one_clear_error(engine, tmp_path, content):
    (tmp_path / "orders.parquet").write_bytes(content)
    assert "orders.parquet" in str(refused(engine, tmp_path / "orders.parquet"))


def test_a_cut_gzip_is_one_clear_error(engine, orders_file, tmp_path):
    big = [line(f"o{n}", product=f"p{n * 7919 % 10007}", customer_id=f"c{n}") for n in range(20_000)]
    whole = gzip.compress(orders_file(big).read_bytes())
    (tmp_path / "cut.csv.gz").write_bytes(whole[: len(whole) // 2])
    assert "cut.csv.gz" in str(refused(engine, tmp_path / "cut.csv.gz"))


def test_another_encoding_is_told_with_the_way_out_and_the_way_out_works(engine, tmp_path):
    rows = [f"o{n},2026-03-01T10:15:00Z,에센스,1,10,c{n}" for n in range(50)]
    source = tmp_path / "orders.csv"
    source.write_bytes("\n".join([",".join(HEAD), *rows]).encode("cp949"))
    assert "encoding" in str(refused(engine, source))
    orders = read(engine, source, encoding="cp949")
    assert {product for (product,) in rows_of(engine, orders.lines, "product_id")} == {"에센스"}


def test_an_unknown_encoding_is_an_error(engine, orders_file):
    assert "klingon" in str(refused(engine, orders_file(GOOD), encoding="klingon"))


def test_a_path_that_does_not_exist_and_a_glob_without_files_are_errors(engine, tmp_path):
    assert "does not exist" in str(refused(engine, tmp_path / "nothing.csv"))
    assert "no file matches" in str(refused(engine, str(tmp_path / "*.csv")))


def test_a_folder_without_tables_is_an_error(engine, tmp_path):
    assert "holds no table" in str(refused(engine, tmp_path))


def test_a_folder_without_rights_is_an_error(engine, tmp_path, monkeypatch):
    if os.geteuid() == 0:  # root may read everything: say no in its place

        def forbidden(self):
            raise PermissionError(13, "Permission denied", str(self))

        monkeypatch.setattr(Path, "iterdir", forbidden)
    else:
        tmp_path.chmod(0)
    error = refused(engine, tmp_path)
    tmp_path.chmod(0o700)
    assert "may not be read" in str(error)


def test_csv_and_parquet_in_one_source_are_an_error(engine, orders_file, tmp_path):
    source = orders_file(GOOD)
    ibis.memtable({"order_id": ["1"]}).to_parquet(tmp_path / "b.parquet")
    assert "mixed" in str(refused(engine, [source, tmp_path / "b.parquet"]))


def test_unknown_preset_zone_and_map_are_told_together(engine, orders_file):
    error = refused(engine, orders_file(GOOD), preset="amazon", timezone="Mars/Base", mapping={"colour": "x"})
    assert len(error.mistakes) == 3
    assert all(text in str(error) for text in ("shopify", "Mars/Base", "colour"))


def test_a_map_to_a_column_that_is_not_there_is_an_error(engine, orders_file):
    message = str(refused(engine, orders_file(GOOD), mapping={"quantity": "Menge"}))
    assert "Menge" in message and "file_no" not in message


def test_times_without_a_zone_need_one(engine, orders_file):
    source = orders_file(
        [line(f"o{n}", ordered_at="2026-03-01 10:15:00", customer_id=f"c{n}") for n in range(9)]
    )
    assert "--timezone" in str(refused(engine, source))
    assert read(engine, source, timezone="Asia/Seoul").counts["lines"] == 9


def test_several_currencies_without_rates_name_their_shares(engine, orders_file):
    rows = [{**row, "currency": "KRW" if n % 4 else "USD"} for n, row in enumerate(GOOD)]
    assert "KRW 75.0%, USD 25.0%" in str(refused(engine, orders_file(rows)))


EURO_AND_DOLLAR = [{**row, "currency": "EUR" if n % 4 else "USD"} for n, row in enumerate(GOOD)]


@pytest.mark.parametrize(
    ("rates", "what"),
    [
        ({"currency": ["EUR", "USD", "usd"], "rate": [1.0, 0.9, 0.8]}, "two rates for one day"),
        ({"currency": ["EUR", "USD", "USD"], "rate": [1.0, 0.9, 0.8], "on": [None, "2026-01-01", "2026-01-01"]},
         "two rates for one day"),
        ({"currency": ["EUR", "USD"], "rate": [1.0, 0.0]}, "rate is not above 0"),
    ],
)  # fmt: skip
def test_rates_that_would_change_money_or_lines_are_refused(engine, orders_file, rates, what):
    assert what in str(refused(engine, orders_file(EURO_AND_DOLLAR), rates=ibis.memtable(rates), max_bad=1.0))


def test_too_many_rows_without_a_rate_stop_the_reading(engine, orders_file):
    rates = ibis.memtable(
        {"currency": ["EUR", "USD"], "rate": [1.0, 0.9], "on": ["2020-01-01", "2026-05-01"]}
    )
    source = orders_file(EURO_AND_DOLLAR)
    error = str(refused(engine, source, rates=rates))
    assert "100 of 400 rows" in error and "USD (100)" in error
    orders = read(engine, source, rates=rates, max_bad=0.3)
    assert orders.counts["quarantined"] == 100
    assert rows_of(engine, orders.quarantine.select("value").distinct()) == [("USD",)]


def test_one_customer_on_half_of_the_rows_must_be_explained(engine, orders_file):
    rows = [line(f"o{n}", customer_id="walk-in" if n % 2 else f"c{n}") for n in range(600)]
    source = orders_file(rows)
    error = str(refused(engine, source))
    assert "50% of the rows" in error and "'walk-in'" in error and "anonymous" in error
    assert read(engine, source, anonymous=["walk-in"]).counts["unattributed"] == 300
    assert read(engine, source, placeholder_share=0.9).counts["unattributed"] == 0


def test_values_that_stand_for_no_customer_are_unattributed(engine, orders_file):
    rows = [line(f"o{n}", customer_id=who) for n, who in enumerate(["0", "NULL", "guest", "N/A", "c7", ""])]
    assert read(engine, orders_file(rows)).counts["unattributed"] == 5


def test_formulas_and_markup_are_data(engine, orders_file):
    nasty = [
        '=HYPERLINK("http://x")',
        "</script><script>alert(1)</script>",
        "'; DROP TABLE orders; --",
        "💥\u202e",
    ]
    rows = [line(f"o{n}", product=text, name=text, customer_id=text) for n, text in enumerate(nasty)]
    orders = read(engine, orders_file(rows))
    assert rows_of(engine, orders.lines, "product_id") == sorted(((text,) for text in nasty), key=repr)
    assert rows_of(engine, orders.identities, "customer_id", "name") == sorted(
        ((text, text) for text in nasty), key=repr
    )


@pytest.mark.parametrize(
    ("table", "rows", "missing"),
    [
        ("customers", {"name": ["x"]}, "customer_id"),
        ("products", {"name": ["x"]}, "product_id"),
        ("events", {"event_id": ["x"]}, "kind, starts_on"),
        ("offers", {"product_id": ["x"]}, "market, price, currency, seen_on"),
        (
            "labels",
            {"verdict": ["confirmed"], "reviewed_at": ["2026-01-01"]},
            "customer_id, actor_id or order_id",
        ),
    ],
)
def test_a_table_beside_the_orders_without_its_columns_is_an_error(engine, orders_file, table, rows, missing):
    assert missing in str(refused(engine, orders_file(GOOD), **{table: ibis.memtable(rows)}))


def test_a_bad_row_of_a_table_beside_the_orders_is_quarantined(engine, orders_file):
    labels = ibis.memtable({"customer_id": ["c1", "c2"], "verdict": ["confirmed", "guilty"],
                            "reviewed_at": ["2026-01-01", "2026-01-01"]})  # fmt: skip
    orders = read(engine, orders_file(GOOD), labels=labels)
    assert rows_of(engine, orders.quarantine, "table", "value", "reason") == [
        ("labels", "guilty", "verdict is none of confirmed, rejected, cannot_tell")
    ]


def test_a_table_beside_the_orders_of_which_most_is_bad_stops_the_reading(engine, orders_file, tmp_path):
    goods = [f"P{n};cream;12,50" for n in range(20)]
    (tmp_path / "products.csv").write_text("\n".join(["product_id;category;list_price", *goods]))
    source = orders_file(GOOD)
    error = str(refused(engine, source, products=tmp_path / "products.csv"))
    assert "20 of 20 rows" in error and "'12,50'" in error and "--decimal comma" in error
    assert read(engine, source, products=tmp_path / "products.csv", max_bad=1.0).counts["quarantined"] == 20
    theirs = orders_file([{**row, "unit_price": "10,00"} for row in GOOD], "theirs.csv")
    told = read(engine, theirs, products=tmp_path / "products.csv", decimal="comma")
    assert told.counts["quarantined"] == 0


def test_the_reason_that_a_reviewer_gave_is_read(engine, orders_file):
    labels = ibis.memtable({"customer_id": ["c1"], "verdict": ["rejected"], "reviewed_at": ["2026-01-01"],
                            "reason": ["a large household"]})  # fmt: skip
    orders = read(engine, orders_file(GOOD), labels=labels)
    assert rows_of(engine, orders.labels, "reason") == [("a large household",)]
