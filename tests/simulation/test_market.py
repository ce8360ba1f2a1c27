"""The made market keeps what it promises: its truth is exact, and nothing but behaviour tells who resells."""

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from entrepot import orders
from entrepot.engines.duckdb import connect
from entrepot.errors import InputError
from entrepot.orders.tables import OPTIONAL, REQUIRED
from entrepot.simulation import market
from entrepot.simulation.market import Market

CUSTOMERS = 4_000
TABLES = ("orders", "customers", "products", "events", "offers")


def frame(made: Market, table: str) -> pd.DataFrame:
    """One table with plain strings instead of categories."""
    read = pd.read_parquet(made.path(table))
    return read.astype(dict.fromkeys(read.columns[read.dtypes == "category"], object))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Market:
    folder = tmp_path_factory.mktemp("market")
    return market.make(folder, customers=CUSTOMERS, seed=3, customer_entrepreneurs=0.02, trap_share=0.12)


@pytest.fixture(scope="module")
def truth(made: Market) -> pd.DataFrame:
    return frame(made, "truth")


@pytest.fixture(scope="module")
def lines(made: Market) -> pd.DataFrame:
    table = frame(made, "orders")
    guest = table.customer_id.isna() & table.email.notna()
    return table.assign(who=table.customer_id.where(~guest, "guest:" + table.order_id))


def small(folder: Path, **settings: float) -> Market:
    return market.make(folder, customers=400, months=6, ends_on=date(2026, 3, 31), **settings)


def test_the_same_seed_makes_the_same_bytes(tmp_path):
    first, second = small(tmp_path / "1", seed=5), small(tmp_path / "2", seed=5)
    names = [*TABLES, "truth"]
    assert [first.path(n).read_bytes() for n in names] == [second.path(n).read_bytes() for n in names]


def test_another_seed_makes_another_market(tmp_path):
    first, second = small(tmp_path / "1", seed=5), small(tmp_path / "2", seed=6)
    assert first.path("orders").read_bytes() != second.path("orders").read_bytes()


@pytest.mark.parametrize("name", TABLES)
def test_every_column_is_one_of_the_contract(made, name):
    columns = set(frame(made, name).columns)
    assert set(REQUIRED[name]) <= columns <= set(REQUIRED[name]) | set(OPTIONAL[name])


def test_the_truth_equals_what_the_reader_makes_of_the_orders(made, truth):
    engine = connect("2GiB", threads=2)
    read = orders.read(engine, str(made.path("orders")), customers=str(made.path("customers")))
    units = read.lines.group_by("customer_id").agg(units=read.lines.quantity_net.sum()).to_pandas()
    engine.close()
    expected = truth[truth.units > 0].set_index("customer_id").units
    actual = units[units.units > 0].dropna().set_index("customer_id").units
    pd.testing.assert_series_equal(
        expected.sort_index(), actual.sort_index(), check_dtype=False, check_names=False
    )


def test_every_customer_in_the_orders_is_in_the_truth_once(lines, truth):
    seen = set(lines.who[lines.quantity > 0].dropna())
    assert truth.customer_id.is_unique
    assert seen <= set(truth.customer_id)


def test_units_to_resell_are_within_units_and_only_with_those_who_resell(truth):
    assert (truth.units_to_resell <= truth.units).all()
    assert (truth.units_to_resell[~truth.is_customer_entrepreneur] == 0).all()
    assert (truth.started_on.notna() == truth.is_customer_entrepreneur).all()


def test_nothing_is_bought_to_resell_before_the_start(lines, truth):
    stockists = truth[truth.kind == "stockist"].assign(start=pd.to_datetime(truth.started_on))
    slow = stockists[stockists.start > stockists.start.min()]
    bought = lines[(lines.quantity > 0) & ~lines.product_id.str.startswith("MASK")]
    bought = bought.merge(slow, left_on="who", right_on="customer_id")
    started = bought.ordered_at.dt.tz_convert("Asia/Seoul").dt.tz_localize(None) >= bought.start
    assert slow.true_person.nunique() > 3
    assert bought.quantity[~started].quantile(0.95) <= 3 < bought.quantity[started].mean()


def test_a_pure_market_has_no_customer_entrepreneur(tmp_path):
    pure = frame(small(tmp_path, customer_entrepreneurs=0, trap_share=0), "truth")
    assert set(pure.kind) == {"household"}
    assert pure.units_to_resell.sum() == 0
    assert pure.trap.isna().all()


def test_every_kind_and_every_trap_is_there(truth):
    assert set(truth.kind) == {
        *("household", "stockist", "personal shopper", "ring", "wholesaler", "organisation"),
    }
    assert set(truth.trap.dropna()) == {
        *("large family", "gift season", "office", "registered twice", "flats", "launch fan"),
        *("parcel locker", "students", "friends"),
    }


def test_half_of_the_rings_share_no_key(made, truth):
    customers = frame(made, "customers").merge(truth, on="customer_id")
    lines = frame(made, "orders").merge(truth, on="customer_id")
    rings = customers[customers.kind == "ring"]
    keys = [
        rings[["true_actor", "true_person", "phone"]].set_axis(["ring", "person", "key"], axis=1),
        *(
            lines[lines.kind == "ring"][["true_actor", "true_person", key]].set_axis(
                ["ring", "person", "key"], axis=1
            )
            for key in ("payment_token", "ship_address")
        ),
    ]
    pairs = pd.concat(keys).dropna().drop_duplicates()
    pairs = pairs[pairs.key != "+82 10-0000-0000"]
    shared = pairs.groupby(["ring", "key"]).person.nunique().groupby("ring").max() > 1
    assert len(shared) >= 8
    assert shared.mean() == pytest.approx(0.5, abs=0.1)


def test_a_ring_of_twenty_straw_buyers_has_one_principal(truth):
    rings = truth[truth.kind == "ring"].drop_duplicates("true_person")
    sizes = rings.groupby("true_actor").true_person.count()
    assert (rings[rings.role == "principal"].groupby("true_actor").size() == 1).all()
    assert sizes.max() >= 20


def test_one_household_registered_twice_is_one_person_with_two_customer_numbers(truth):
    twice = truth[(truth.trap == "registered twice") & ~truth.customer_id.str.startswith("guest")]
    assert (twice.groupby("true_person").customer_id.nunique() == 2).all()
    assert (twice.groupby("true_person").true_actor.nunique() == 1).all()


@pytest.mark.parametrize(
    "column", ["postcode", "city", "country", "mail provider", "script", "phone prefix", "digit"]
)
def test_no_column_that_is_not_behaviour_gives_the_kind_away(made, truth, column):
    customers = frame(made, "customers").merge(truth, on="customer_id")
    sole = customers[customers.role == "sole"]
    value = {
        "mail provider": sole.email.str.split("@")
        .str[-1]
        .where(lambda s: s.groupby(s).transform("size") > 20),
        "script": sole.name.str.contains("[a-z]"),
        "phone prefix": sole.phone.str[:4],
        "digit": sole.customer_id.str[-1],
        "postcode": sole.postcode.str[:2],
    }.get(column, sole.get(column))
    counts = pd.crosstab(value, sole.is_customer_entrepreneur)
    assert stats.chi2_contingency(counts).pvalue > 0.001


def test_customer_numbers_say_nothing_about_who_resells(truth):
    registered = truth[~truth.customer_id.str.startswith("guest")].sort_values("customer_id")
    ranks = np.arange(len(registered))
    sells = registered.is_customer_entrepreneur.to_numpy()
    assert stats.mannwhitneyu(ranks[sells], ranks[~sells]).pvalue > 0.001


def test_sales_happen_while_the_store_is_open(lines):
    store = lines[(lines.channel != "web") & (lines.quantity > 0)]
    local = store.ordered_at.dt.tz_convert("Asia/Seoul")
    minute = local.dt.hour * 60 + local.dt.minute
    assert minute.min() >= 540
    assert minute.max() < 1320


def test_households_buy_as_real_households_do(lines, truth):
    """Bounds around the household baskets of 2017: see the page on the made market."""
    homes = truth[(truth.kind == "household") & truth.trap.isna()]
    bought = lines[lines.quantity > 0].merge(homes, left_on="who", right_on="customer_id")
    single = bought[~bought.product_id.str.startswith("MASK")]
    trips = bought[~bought.who.str.startswith("guest")].groupby("who").order_id.nunique()
    repeats = bought.groupby(["true_person", "product_id"]).order_id.nunique()
    assert (single.quantity == 1).mean() == pytest.approx(0.79, abs=0.05)
    assert trips.std() / trips.mean() == pytest.approx(1.1, abs=0.15)
    assert trips.quantile(0.99) / trips.mean() == pytest.approx(5.3, abs=1)
    assert (repeats > 1).mean() == pytest.approx(0.25, abs=0.05)


def test_heavier_markets_have_a_longer_upper_tail(tmp_path):
    def upper(folder: Path, heavy: float) -> float:
        made = market.make(folder, customers=2_000, months=12, heavy=heavy, customer_entrepreneurs=0)
        return float(frame(made, "truth").groupby("true_person").units.sum().quantile(0.98))

    assert upper(tmp_path / "8", 8) > 1.2 * upper(tmp_path / "1", 1)


def test_sizes_of_resellers_span_orders_of_magnitude_and_most_are_small(truth):
    sizes = truth[truth.is_customer_entrepreneur].groupby("true_actor").units_to_resell.sum()
    sizes = sizes[sizes > 0]
    assert sizes.max() / sizes.min() > 100
    assert sizes.median() < sizes.mean() / 1.5


def test_after_the_restriction_resale_moves_online_and_households_do_not(made, lines, truth):
    events = frame(made, "events")
    restricted = pd.Timestamp(events.starts_on[events.kind == "restriction"].item(), tz="Asia/Seoul")
    bought = lines[lines.quantity > 0].merge(truth, left_on="who", right_on="customer_id")
    bought = bought[bought.kind.isin(["household", "stockist", "personal shopper"])]
    online = bought.assign(web=bought.channel == "web", later=bought.ordered_at >= restricted)
    share = online.groupby(["is_customer_entrepreneur", "later"]).web.mean()
    assert share[True, True] - share[True, False] > 0.15
    assert abs(share[False, True] - share[False, False]) < 0.03


def test_after_the_restriction_no_line_in_a_store_passes_the_limit(made, lines):
    events = frame(made, "events")
    rule = events[events.kind == "restriction"].iloc[0]
    limit = int(rule.note.split()[2])
    stores = lines[lines.channel == "store"]
    later = stores.ordered_at >= pd.Timestamp(rule.starts_on, tz="Asia/Seoul")
    assert stores.quantity[later].max() == limit < stores.quantity[~later].max()


def test_friends_are_two_actors_who_shop_together(lines, truth):
    friends = truth[truth.trap == "friends"]
    assert friends.true_person.nunique() == friends.true_actor.nunique()
    bought = lines[(lines.quantity > 0) & (lines.channel == "store")].merge(
        friends, left_on="who", right_on="customer_id"
    )
    trips = bought.assign(day=bought.ordered_at.dt.date).drop_duplicates(["true_person", "store_id", "day"])
    meetings = trips.merge(trips, on=["store_id", "day"]).query("true_person_x < true_person_y")
    pairs = meetings.groupby(["true_person_x", "true_person_y"]).size()
    assert pairs.nlargest(friends.true_person.nunique() // 3).min() >= 3


def test_all_mistakes_in_the_arguments_are_named_together(tmp_path):
    with pytest.raises(InputError) as wrong:
        market.make(tmp_path, customers=5, months=0, customer_entrepreneurs=2.0)
    assert [m.where for m in wrong.value.mistakes] == ["customers", "months", "customer_entrepreneurs"]
    assert list(tmp_path.iterdir()) == []
