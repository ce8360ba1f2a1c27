"""What the benchmark of the month takes out, and how the page counts."""

import pandas as pd
import pytest

from benchmarks import pages
from benchmarks.emergence import begin_late
from entrepot.simulation import market


def test_resellers_buy_nothing_before_the_month_in_which_they_begin(tmp_path):
    made = market.make(tmp_path, customers=300, months=20, seed=3)
    truth = pd.read_parquet(made.path("truth"))
    sells = truth.loc[truth["is_customer_entrepreneur"] == True, "customer_id"]  # noqa: E712
    before = pd.read_parquet(made.path("orders"))
    begins = begin_late(tmp_path, seed=3)
    after = pd.read_parquet(made.path("orders"))
    days = after.loc[after["customer_id"].isin(sells), "ordered_at"].dt.date
    assert days.min() >= begins
    others = ~before["customer_id"].isin(sells)
    assert len(after.loc[~after["customer_id"].isin(sells)]) == others.sum()


@pytest.mark.parametrize(
    ("low", "high", "held"), [(3, 7, 1), (5, 5, 1), (3, None, 1), (6, 9, 0), (None, None, 0)]
)
def test_a_range_holds_the_true_month_or_not(low, high, held):
    said = [{"seed": 1, "customers": 10, "planted": 4, "true": 5, "by_estimate": 6, "low": low, "high": high}]
    text = pages.emergence(said)
    assert f"({held} of 1)" in text
    assert "+1 to +1" in text
