"""How files become orders: sources, times, customers, money, identities."""

from __future__ import annotations

import gzip
from datetime import date, datetime
from zoneinfo import ZoneInfo

import ibis
import pytest

from entrepot.errors import InputError
from entrepot.orders import check, instants, read

from .conftest import line, rows_of

ROWS = [
    line(f"o{n}", customer_id=f"c{n % 5}", ordered_at=f"2026-03-{n + 1:02d}T10:15:00Z") for n in range(20)
]
CONTENT = ("order_id", "customer_id", "ordered_at", "product_id", "quantity", "unit_price", "revenue_net")


def test_every_kind_of_source_gives_the_same_lines(engine, orders_file, tmp_path):
    plain = orders_file(ROWS, "in/orders.csv")
    table = ibis.memtable({name: [str(row[name]) for row in ROWS] for name in ROWS[0]})
    (tmp_path / "orders.csv.gz").write_bytes(gzip.compress(plain.read_bytes()))
    (tmp_path / "semi.csv").write_text(plain.read_text().replace(",", ";"))
    table.to_parquet(tmp_path / "orders.parquet")
    expected = rows_of(engine, read(engine, plain).lines, *CONTENT)
    sources = [tmp_path / "orders.csv.gz", tmp_path / "semi.csv", tmp_path / "orders.parquet", table,
               tmp_path / "in", str(tmp_path / "in" / "*.csv"), [plain]]  # fmt: skip
    for source in sources:
        assert rows_of(engine, read(engine, source).lines, *CONTENT) == expected


def test_what_was_read_is_named_with_its_hash(engine, orders_file):
    import hashlib

    source = orders_file(ROWS)
    (file,) = read(engine, source).inputs
    expected = hashlib.sha256(source.read_bytes()).hexdigest()
    assert file == {"name": "orders", "path": str(source), "bytes": source.stat().st_size, "sha256": expected}


def test_a_later_delivery_of_an_order_replaces_its_lines(engine, orders_file):
    first = orders_file([line("o1", "A"), line("o1", "B"), line("o2")], "1.csv")
    later = orders_file([line("o1", "C", 7)], "2.csv")
    orders = read(engine, [first, later])
    assert rows_of(engine, orders.lines, "order_id", "product_id") == [("o1", "C"), ("o2", "A")]
    assert orders.counts["replaced"] == 2
    assert rows_of(engine, orders.set_aside, "file", "line", "reason") == [
        (str(first), n, "replaced by a later delivery of the order") for n in (1, 2)
    ]


def test_pieces_of_one_writer_are_one_delivery(engine, orders_file, tmp_path):
    orders_file([line("o1", "A")], "out/part-00000.csv")
    orders_file([line("o1", "B")], "out/part-00001.csv")
    orders = read(engine, tmp_path / "out")
    assert rows_of(engine, orders.lines, "product_id") == [("A",), ("B",)]


def test_identical_lines_of_one_delivery_are_all_kept(read_rows):
    assert read_rows([line(), line(), line()]).counts["lines"] == 3


def test_files_with_other_columns_are_joined_by_name(engine, orders_file):
    files = [orders_file([line("o1")], "1.csv"), orders_file([line("o2", channel="web")], "2.csv")]
    assert rows_of(engine, read(engine, files).lines, "order_id", "channel") == [("o1", None), ("o2", "web")]


def test_a_local_time_is_an_instant_and_a_day_of_its_zone(engine, read_rows):
    rows = [line("o1", ordered_at="2026-03-01 00:30:00"), line("o2", ordered_at="2026-07-01 12:00:00")]
    orders = read_rows(rows, timezone="Europe/London")
    made = rows_of(engine, orders.lines, "order_id", "ordered_at", "ordered_on", "minute_of_day")
    assert [(row[1].hour, str(row[2]), row[3]) for row in made] == [
        (0, "2026-03-01", 30), (11, "2026-07-01", 720)
    ]  # fmt: skip


def test_an_instant_falls_on_the_day_of_the_firm(engine, read_rows):
    orders = read_rows([line(ordered_at="2026-03-01T20:00:00Z")], timezone="Asia/Seoul")
    assert [
        (str(day), minute) for day, minute in rows_of(engine, orders.lines, "ordered_on", "minute_of_day")
    ] == [("2026-03-02", 300)]


@pytest.mark.parametrize("when", ["2026-03-01", "2026-03-01 00:00:00", "2026-03-01T00:00:00+09:00"])
def test_dates_are_not_times_of_day(engine, read_rows, when):
    orders = read_rows([line(f"o{n}", ordered_at=when) for n in range(4)])
    assert {
        (str(day), minute) for day, minute in rows_of(engine, orders.lines, "ordered_on", "minute_of_day")
    } == {("2026-03-01", None)}


@pytest.mark.parametrize("zone", ["Asia/Seoul", "Europe/London", "America/New_York", "Australia/Lord_Howe"])
def test_offsets_are_those_of_the_zone(engine, zone):
    where = ZoneInfo(zone)
    walls = [datetime(2025, month, day, hour, 30) for month in range(1, 13) for day in (1, 30 if month != 2 else 27)
             for hour in (0, 5, 13)]  # fmt: skip
    table = ibis.memtable({"wall": walls})
    made = table.select("wall", at=instants.to_utc(table.wall, where, min(walls), max(walls)))
    back = made.mutate(again=instants.to_local(made["at"], where, min(walls), max(walls)))
    for row in engine.fetch(back).to_pylist():
        assert row["at"] == row["wall"].replace(tzinfo=where)
        assert row["again"] == row["wall"]


def test_a_guest_with_an_identity_is_a_customer_of_one_order(engine, read_rows):
    orders = read_rows([line("o1", customer_id="", email="kim@mail.example"), line("o2", customer_id=""),
                        line("o3", customer_id="", ship_country="KR")])  # fmt: skip
    assert rows_of(engine, orders.lines, "order_id", "customer_id") == [
        ("o1", "guest:o1"), ("o2", None), ("o3", None)
    ]  # fmt: skip
    assert orders.counts["unattributed"] == 2


def test_identities_are_kept_a_set_each_with_buyer_and_recipient_apart(engine, read_rows):
    rows = [
        line("o1", name="김민지", phone="010-1", ship_name="이서연", ship_address="서울시 강남구 1"),
        line("o2", name="김민지", phone="010-2", ship_name="", ordered_at="2026-04-01T10:00:00Z"),
        line("o3", name="김민지", phone="010-1", ship_name="", ordered_at="2026-05-01T10:00:00Z"),
    ]
    customers = ibis.memtable(
        {"customer_id": ["c1", "c9"], "name": ["김 민지", "x"], "type": ["person", "business"]}
    )
    orders = read_rows(rows, customers=customers)
    made = rows_of(engine, orders.identities, "name", "phone", "address", "is_recipient", "type", "orders")
    assert made == [
        ("김 민지", None, None, False, "person", 0),
        ("김민지", "010-1", None, False, None, 2),
        ("김민지", "010-2", None, False, None, 1),
        ("이서연", None, "서울시 강남구 1", True, None, 1),
    ]


def test_money_in_several_currencies_is_put_into_the_one_of_rate_1(engine, read_rows):
    rows = [line("o1", currency="KRW", unit_price=13000), line("o2", currency="usd", unit_price=10),
            line("o3", currency="KRW", unit_price=13000, ordered_at="2026-06-01T10:00:00Z"),
            line("o4", currency="KRW", unit_price=13000, ordered_at="2025-06-01T10:00:00Z")]  # fmt: skip
    rates = ibis.memtable({"currency": ["USD", "KRW", "KRW"], "rate": [1.0, 0.001, 0.0005],
                           "on": ["2025-12-01", "2026-01-01", "2026-05-01"]})  # fmt: skip
    orders = read_rows(rows, rates=rates)
    assert [(o, float(r)) for o, r in rows_of(engine, orders.lines, "order_id", "revenue_net")] == [
        ("o1", 13.0), ("o2", 10.0), ("o3", 6.5)
    ]  # fmt: skip
    assert orders.currency == "USD"
    assert rows_of(engine, orders.quarantine, "reason") == [
        ("no rate for this currency on or before this day",)
    ]


def test_a_discount_is_money_off_the_line_and_goes_back_with_what_came_back(engine, read_rows):
    rows = [line("o1", quantity=4, discount=8), line("r", quantity=-1, ordered_at="2026-03-02T10:00:00Z")]
    assert [float(r) for (r,) in rows_of(engine, read_rows(rows).lines, "revenue_net")] == [24.0]


def test_the_category_is_that_of_the_products_table(engine, read_rows):
    products = ibis.memtable({"product_id": ["A"], "category": ["serum"]})
    orders = read_rows(
        [line("o1", "A"), line("o2", "B", category="cream"), line("o3", "C")], products=products
    )
    assert rows_of(engine, orders.lines, "product_id", "category") == [
        ("A", "serum"), ("B", "cream"), ("C", "all")
    ]  # fmt: skip


def test_labels_reviewed_after_the_as_of_date_are_not_read(engine, read_rows):
    labels = ibis.memtable({"customer_id": ["c1", "c2"], "verdict": ["confirmed", "rejected"],
                            "reviewed_at": ["2026-03-01", "2026-05-01"]})  # fmt: skip
    orders = read_rows([line()], labels=labels, as_of=date(2026, 4, 1))
    assert rows_of(engine, orders.labels, "customer_id") == [("c1",)]


def test_columns_are_mapped_and_found_in_any_case(engine, orders_file):
    source = orders_file([{**line(), "Menge": 3}])
    source.write_text(source.read_text().replace("order_id", "Order_ID"))
    orders = read(engine, source, mapping={"quantity": "Menge"})
    assert rows_of(engine, orders.lines, "order_id", "quantity") == [("o1", 3.0)]


def test_the_summary_says_what_is_missing_and_what_it_would_open(engine, read_rows):
    summary = check(engine, read_rows([line(), line("o2", channel="web", quantity="1e9")]))
    assert (summary.customers, summary.window_from, summary.window_until) == (
        1,
        date(2026, 3, 1),
        date(2026, 3, 2),
    )
    assert "channel" in summary.present and "store_id" in summary.missing
    assert sum(summary.quarantine.values()) == 1


@pytest.mark.parametrize(
    ("decimal", "written", "meant"),
    [
        ("point", "1,234.50", 1234.5),
        ("point", "12,000", 12000),
        ("point", "1 234.5", 1234.5),
        ("point", '="12.50"', 12.5),
        ("point", "1'234.50", 1234.5),
        ("comma", "12,50", 12.5),
        ("comma", "1.234,50", 1234.5),
        ("comma", "1.234", 1234),
        ("comma", "1\u00a0234,5", 1234.5),
        ("comma", "47", 47),
    ],
)
def test_a_price_is_read_as_a_spreadsheet_writes_it(engine, read_rows, decimal, written, meant):
    orders = read_rows([line(unit_price=written)], decimal=decimal)
    assert rows_of(engine, orders.lines, "revenue_net") == [(meant,)]


@pytest.mark.parametrize(
    ("decimal", "written"), [("point", "12,50"), ("point", "1,23,456"), ("comma", "12.50")]
)
def test_what_may_mean_two_numbers_is_none(engine, read_rows, decimal, written):
    orders = read_rows([line("o1"), line("o2", unit_price=written, quantity=1)], decimal=decimal)
    assert (written,) in rows_of(engine, orders.quarantine, "value")


def test_quantities_and_prices_beside_the_orders_use_the_same_decimals(engine, read_rows, tmp_path):
    (tmp_path / "products.csv").write_text("product_id;list_price\nA;1.012,50\n")
    orders = read_rows(
        [line(quantity="1.000", unit_price="9,99")], decimal="comma", products=tmp_path / "products.csv"
    )
    assert rows_of(engine, orders.lines, "quantity") == [(1000,)]
    assert rows_of(engine, orders.products, "list_price") == [(1012.5,)]


@pytest.mark.parametrize(
    ("time_format", "written"),
    [
        ("%d.%m.%Y", "01.03.2026"),
        ("%m/%d/%Y %H:%M", "3/1/2026 9:05"),
        ("%m/%d/%y %H:%M", "3/1/26 9:05"),
        ("%Y년 %m월 %d일", "2026년 3월 1일"),
        ("%Y%m%d", "20260301"),
        ("%d.%m.%Y", "2026-03-01"),
    ],
)
def test_a_time_is_read_as_it_is_said_to_be_written(engine, read_rows, time_format, written):
    orders = read_rows([line(ordered_at=written)], time_format=time_format, timezone="Asia/Seoul")
    assert rows_of(engine, orders.lines, "ordered_on") == [(date(2026, 3, 1),)]


@pytest.mark.parametrize("wrong", ["dd.mm.yyyy", "%d.%m", "%d.%m.%Y %p", "%d.%m.%Y %y"])
def test_a_way_to_write_times_that_names_no_day_is_an_error(engine, orders_file, wrong):
    with pytest.raises(InputError, match="--time-format"):
        read(engine, orders_file([line()]), time_format=wrong)


def test_a_table_of_another_database_is_read_like_a_file(engine, orders_file, tmp_path):
    plain = orders_file(ROWS)
    expected = rows_of(engine, read(engine, plain).lines, *CONTENT)
    theirs = ibis.duckdb.connect(tmp_path / "shop.duckdb")
    theirs.raw_sql(f"CREATE TABLE sold AS FROM read_csv('{plain}', all_varchar = true)")
    theirs.raw_sql("CREATE TABLE customers AS SELECT DISTINCT customer_id FROM sold")
    sold = theirs.table("sold")
    orders = read(engine, sold, customers=theirs.table("customers"))
    assert rows_of(engine, orders.lines, *CONTENT) == expected
    assert read(engine, sold.filter(sold.order_id == "o1")).counts["lines"] == 1


def test_arrow_tables_and_data_frames_are_read_too(engine, orders_file):
    import pandas as pd
    import pyarrow.csv as arrow

    plain = orders_file(ROWS)
    expected = rows_of(engine, read(engine, plain).lines, *CONTENT)
    for table in (arrow.read_csv(plain), pd.read_csv(plain)):
        assert rows_of(engine, read(engine, table).lines, *CONTENT) == expected


@pytest.mark.parametrize("wrong", [3, [], [1, 2], {"order_id": [1]}])
def test_what_is_no_table_is_an_error(engine, wrong):
    with pytest.raises(InputError, match="no table"):
        read(engine, wrong)


def test_a_table_that_its_database_has_lost_is_an_error(engine, tmp_path):
    theirs = ibis.duckdb.connect(tmp_path / "shop.duckdb")
    theirs.raw_sql("CREATE TABLE sold AS SELECT 1 AS order_id")
    lost = theirs.table("sold")
    theirs.raw_sql("DROP TABLE sold")
    with pytest.raises(InputError, match="a table cannot be read"):
        read(engine, lost)
