"""What holds for any orders: nothing is lost, and neither order nor packing of the rows matters."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import cache

import pytest

from entrepot.orders import Orders, read

from .conftest import line, rows_of, write

WRONG = [
    {"quantity": "1e9"},
    {"quantity": "NaN"},
    {"quantity": 0},
    {"unit_price": "-1"},
    {"unit_price": "0"},
    {"unit_price": ""},
    {"ordered_at": "soon"},
    {"product": ""},
    {"currency": ""},
    {"order_status": "test"},
]
CONTENT = ("order_id", "customer_id", "ordered_at", "product_id", "quantity", "quantity_net", "unit_price",
           "revenue_net", "category")  # fmt: skip


def made(seed: int, orders: int = 80) -> list[dict]:
    """Orders with returns, guests, unattributed lines and bad rows."""
    draw = random.Random(seed)
    rows = []
    for order in range(orders):
        at = f"2026-{draw.randint(1, 6):02d}-{draw.randint(1, 28):02d}T{draw.randint(8, 20):02d}:00:00Z"
        who = draw.choice([{"customer_id": f"c{draw.randint(1, 6)}"}, {"customer_id": "", "email": "a@b.kr"},
                           {"customer_id": ""}])  # fmt: skip
        for _ in range(draw.randint(1, 3)):
            units = draw.choice([1, 1, 2, 5, -1, -2])
            wrong = draw.choice(WRONG) if draw.random() < 0.2 else {}
            fields = {"currency": "EUR", "quantity": units, **who, **wrong}
            rows.append(line(f"o{order}", fields.pop("product", draw.choice("ABC")), ordered_at=at,
                             **fields) if "ordered_at" not in wrong else
                        line(f"o{order}", draw.choice("ABC"), **fields))  # fmt: skip
    return rows


@pytest.fixture(scope="module")
def read_once(engine, tmp_path_factory) -> Callable[[int], Orders]:
    """The orders made of a seed, read for the first test that asks and kept for the others."""

    @cache
    def run(seed: int) -> Orders:
        return read(engine, write(tmp_path_factory.mktemp("made") / "orders.csv", made(seed)), max_bad=1.0)

    return run


@pytest.mark.parametrize("seed", range(4))
def test_every_row_is_in_exactly_one_place(read_once, seed):
    rows = made(seed)
    orders = read_once(seed)
    counts = orders.counts
    assert counts["read"] == len(rows)
    assert counts["lines"] + counts["returned_rows"] + counts["quarantined"] + counts["set_aside"] == len(
        rows
    )
    assert counts["lines"] == orders.lines.count().execute()
    assert counts["quarantined"] == orders.quarantine.count().execute()
    assert counts["set_aside"] == orders.set_aside.count().execute()


@pytest.mark.parametrize("seed", range(4))
def test_every_returned_unit_is_matched_or_told(engine, read_once, seed):
    rows = made(seed)
    orders = read_once(seed)
    bought, net = engine.fetch(
        orders.lines.aggregate(bought=orders.lines.quantity.sum(), net=orders.lines.quantity_net.sum())
    ).to_pylist()[0].values()  # fmt: skip
    came_back = orders.returns.quantity.sum().execute() or 0
    unmatched = orders.unmatched_returns.quantity_unmatched.sum().execute() or 0
    unused = {
        row["line"] for t in (orders.quarantine, orders.set_aside) for row in engine.fetch(t).to_pylist()
    }
    asked = sum(
        -int(r["quantity"]) for n, r in enumerate(rows, 1) if n not in unused and int(r["quantity"]) < 0
    )
    assert bought - net == came_back
    assert came_back + unmatched == asked


@pytest.mark.parametrize("seed", range(4))
def test_the_order_of_the_rows_does_not_matter(engine, read_once, read_rows, seed):
    rows = made(seed)
    first, second = read_once(seed), read_rows(random.Random(seed).sample(rows, len(rows)))
    assert rows_of(engine, second.lines, *CONTENT) == rows_of(engine, first.lines, *CONTENT)
    assert first.counts == second.counts


@pytest.mark.parametrize("seed", range(4))
def test_two_deliveries_of_different_orders_are_one(engine, orders_file, read_once, seed):
    rows = made(seed)
    whole = rows_of(engine, read_once(seed).lines, *CONTENT)
    names = sorted({row["order_id"] for row in rows})[::2]
    halves = [
        orders_file([row for row in rows if row["order_id"] in names], "a.csv"),
        orders_file([row for row in rows if row["order_id"] not in names], "b.csv"),
    ]
    assert rows_of(engine, read(engine, halves, max_bad=1.0).lines, *CONTENT) == whole


def test_money_in_another_scale_scales_all_money(engine, read_once, read_rows):
    rows = made(1)
    cheap = rows_of(engine, read_once(1).lines.order_by("line_key"), "line_key", "revenue_net")
    for row in rows:
        if row["unit_price"] not in ("", "-1", "0"):
            row["unit_price"] = f"{float(row['unit_price']) * 100}"
    dear = rows_of(engine, read_rows(rows).lines, "line_key", "revenue_net")
    assert dear == [(key, money * 100) for key, money in cheap]
