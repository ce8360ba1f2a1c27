"""What stands around the findings says of products what the firm calls them."""

from datetime import date
from types import SimpleNamespace

import pyarrow as pa
import pytest

from entrepot.discovery.surroundings import exposure

FINDINGS = pa.table(
    {
        "actor_id": ["a"], "flagged": [True], "units": [10.0], "excess_units": [5.0],
        "excess_units_low": [4.0], "excess_units_high": [6.0],
    }
)  # fmt: skip
LINES = pa.table(
    {
        "customer_id": ["c1", "c1"], "ordered_on": [date(2026, 1, 1)] * 2, "channel": ["P1", "web"],
        "product_id": ["P1", "P2"], "category": ["all", "all"], "store_id": pa.array([None, None], pa.string()),
        "quantity_net": [6.0, 4.0], "revenue_net": [60.0, 40.0],
    }
)  # fmt: skip


@pytest.mark.parametrize(
    ("products", "named"),
    [
        (None, {}),
        ({"product_id": ["P1"]}, {}),
        ({"product_id": ["P1", "P1", "P2"], "name": ["Serum", "Serum", None]}, {("product", "P1"): "Serum"}),
    ],
)
def test_only_products_with_a_name_are_named(engine, products, named):
    orders = SimpleNamespace(lines=engine.hold(LINES), products=products and engine.hold(pa.table(products)))
    customers = engine.hold(pa.table({"customer_id": ["c1"], "actor_id": ["a"]}))
    view = SimpleNamespace(engine=engine, orders=orders, customers=customers, until=date(2026, 1, 31))
    rows = engine.fetch(exposure(view, engine.hold(FINDINGS))).to_pylist()
    assert {(r["by"], r["value"]): r["name"] for r in rows if r["name"]} == named
    assert len(rows) == 5  # two channels, one category, two products
