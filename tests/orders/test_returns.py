"""Last in, first out, by window sums; a naive stack is the second opinion."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import date

import pytest

from entrepot.orders import read, up_to

from .conftest import SHARED, line, rows_of


def by_stacks(events):
    """Pairs (purchase, return) → units, and what is left of each return, by a stack a customer and product."""
    stacks, pairs, left = defaultdict(list), {}, {}
    for key, group, units in events:
        if units > 0:
            stacks[group].append([key, units])
        else:
            need = -units
            while need and stacks[group]:
                taken = min(need, stacks[group][-1][1])
                pairs[stacks[group][-1][0], key] = taken
                need -= taken
                stacks[group][-1][1] -= taken
                if not stacks[group][-1][1]:
                    stacks[group].pop()
            if need:
                left[key] = need
    return pairs, left


@pytest.mark.parametrize("seed", range(8))
def test_returns_are_matched_as_by_a_stack(engine, read_rows, seed):
    draw = random.Random(seed)
    events = [
        (f"o{n:03d}", (draw.choice("xy"), draw.choice("AB")), draw.choice([1, 2, 3, 7, -1, -2, -4]))
        for n in range(120)
    ]
    rows = [
        line(
            key, product, units, customer_id=customer, ordered_at=f"2026-01-01T{n // 60:02d}:{n % 60:02d}:00Z"
        )
        for n, (key, (customer, product), units) in enumerate(events)
    ]
    draw.shuffle(rows)
    orders = read_rows(rows)
    pairs, left = by_stacks(events)
    bought = orders.lines.select("line_key", "order_id", "quantity", "quantity_net")
    gone = defaultdict(float)
    for (order, _), units in pairs.items():
        gone[order] += units
    assert rows_of(engine, bought.filter(bought.quantity_net < bought.quantity), "order_id") == sorted(
        (order,) for order in gone
    )
    assert rows_of(engine, orders.unmatched_returns, "order_id", "quantity_unmatched") == sorted(left.items())
    net = dict(rows_of(engine, bought, "order_id", "quantity_net"))
    assert {order: units - net[order] for order, _, units in events if units > 0 and order in gone} == gone
    assert orders.returns.count().execute() == len(pairs)


def test_a_return_counts_from_its_own_date_against_the_latest_purchase(engine, read_rows):
    orders = read_rows([
        line("o1", quantity=3, ordered_at="2026-01-01T10:00:00Z"),
        line("o2", quantity=2, ordered_at="2026-02-01T10:00:00Z"),
        line("r1", quantity=-4, ordered_at="2026-03-05T10:00:00Z"),
        line("o3", quantity=5, ordered_at="2026-04-01T10:00:00Z"),
    ])  # fmt: skip
    assert rows_of(engine, orders.lines, "order_id", "quantity_net") == [
        ("o1", 1.0),
        ("o2", 0.0),
        ("o3", 5.0),
    ]
    days = {str(day) for day, _ in rows_of(engine, orders.returns, "returned_on", "quantity")}
    assert days == {"2026-03-05"}


def test_a_return_that_names_its_order_reduces_that_order_first(engine, read_rows):
    orders = read_rows([
        line("o1", quantity=3, ordered_at="2026-01-01T10:00:00Z"),
        line("o2", quantity=2, ordered_at="2026-02-01T10:00:00Z"),
        line("r1", quantity=-4, ordered_at="2026-03-05T10:00:00Z", returns_order_id="o1"),
    ])  # fmt: skip
    assert rows_of(engine, orders.lines, "order_id", "quantity_net") == [("o1", 0.0), ("o2", 1.0)]


def test_a_cancelled_line_comes_back_whole_on_the_day_of_its_cancellation(engine, read_rows):
    orders = read_rows([
        line("o1", quantity=3, order_status="cancelled", cancelled_at="2026-03-04 09:00:00"),
        line("o2", quantity=2, order_status="wc-refunded"),
        line("o3", quantity=1, order_status="completed", returned_at="2026-04-01"),
        line("o4", quantity=1, order_status="completed"),
    ])  # fmt: skip
    assert rows_of(engine, orders.lines, "order_id", "quantity_net") == [
        ("o1", 0.0), ("o2", 0.0), ("o3", 0.0), ("o4", 1.0)
    ]  # fmt: skip
    days = [str(day) for (day,) in rows_of(engine, orders.returns, "returned_on")]
    assert days == ["2026-03-01", "2026-03-04", "2026-04-01"]


def test_what_came_back_after_the_as_of_date_has_not_come_back_yet(engine, read_rows):
    from datetime import date

    rows = [line("o1", quantity=3), line("r1", quantity=-1, ordered_at="2026-05-01T10:00:00Z"),
            line("o2", product="B", returned_at="2026-05-01")]  # fmt: skip
    orders = read_rows(rows, as_of=date(2026, 4, 1))
    assert rows_of(engine, orders.lines, "order_id", "quantity_net") == [("o1", 3.0), ("o2", 1.0)]
    assert orders.counts["set aside: after the as-of date"] == 1


def test_why_a_return_is_unmatched_is_said(engine, read_rows):
    orders = read_rows([
        line("o1", quantity=1),
        line("r1", quantity=-3, ordered_at="2026-03-02T10:00:00Z"),
        line("r2", product="B", quantity=-1),
        line("r3", quantity=-1, customer_id=""),
    ])  # fmt: skip
    assert rows_of(engine, orders.unmatched_returns, "order_id", "quantity_unmatched", "reason") == [
        ("r1", 2.0, "more came back than was bought before"),
        ("r2", 1.0, "this customer had not bought this product before"),
        ("r3", 1.0, "the return names no customer"),
    ]


def test_fractions_of_a_unit_come_back_exactly(engine, read_rows):
    rows = [line("o1", quantity="0.3"), line("r1", quantity="-0.1", ordered_at="2026-03-02T10:00:00Z"),
            line("r2", quantity="-0.2", ordered_at="2026-03-03T10:00:00Z")]  # fmt: skip
    orders = read_rows(rows)
    assert rows_of(engine, orders.lines, "quantity_net") == [(0.0,)]
    assert orders.unmatched_returns.count().execute() == 0


@pytest.mark.skipif(not (SHARED / "online_retail.csv.gz").exists(), reason="online_retail.csv.gz is absent")
def test_1306_of_the_8905_named_returns_of_online_retail_have_no_earlier_purchase(engine):
    """Read plainly, stock codes that are no products included; the preset sets 201 of these returns aside."""
    theirs = {"order_id": "InvoiceNo", "product_id": "StockCode", "quantity": "Quantity",
              "ordered_at": "InvoiceDate", "unit_price": "UnitPrice", "customer_id": "CustomerID"}  # fmt: skip
    orders = read(engine, SHARED / "online_retail.csv.gz", mapping=theirs, timezone="Europe/London")
    unmatched = orders.unmatched_returns
    reasons = dict(rows_of(engine, unmatched.group_by("reason").aggregate(n=unmatched.count())))
    named = orders.counts["returned_rows"] - reasons["the return names no customer"]
    assert (named, reasons["this customer had not bought this product before"]) == (8905, 1306)


def test_orders_taken_back_to_a_day_are_those_that_a_reading_of_that_day_makes(engine, read_rows):
    rows = [
        line(f"o{n:02d}", "AB"[n % 2], n, customer_id=f"c{n % 3}", ordered_at=f"2026-03-{n:02d}T10:00:00Z",
             cancelled_at="2026-03-17" if n == 7 else "")
        for n in range(1, 19)
    ] + [
        line("r1", "B", -4, customer_id="c1", ordered_at="2026-03-15T10:00:00Z"),
        line("r2", "A", -9, customer_id="c1", ordered_at="2026-03-18T10:00:00Z"),
        line("r3", "B", -2, customer_id="c2", ordered_at="2026-03-18T11:00:00Z", returns_order_id="o05"),
    ]  # fmt: skip
    rows = [{**row, "name": f"{row['customer_id']} of {row['order_id']}"} for row in rows]
    whole = read_rows(rows)
    for day in (date(2026, 3, 4), date(2026, 3, 16), date(2026, 3, 17), date(2026, 3, 18)):
        then = read_rows(rows, as_of=day)
        back = up_to(engine, whole, day)
        for name in ("lines", "returns", "unmatched_returns", "identities"):
            assert table(engine, back, name) == table(engine, then, name)
        assert (table(engine, back, "lines") != table(engine, whole, "lines")) == (day.day < 18)


def table(engine, orders, name):
    rows = engine.fetch(getattr(orders, name)).to_pylist()
    return sorted(rows, key=lambda row: [str(value) for value in row.values()])
