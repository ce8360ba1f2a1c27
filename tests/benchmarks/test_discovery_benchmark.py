"""The benchmark of discovery runs from end to end on a market of a few hundred, and its features are right."""

import ibis
import numpy as np
import pandas as pd
import pytest

from entrepot import actors as actors_room
from entrepot import orders as orders_room
from entrepot.engines.duckdb import connect
from entrepot.simulation import market

pytest.importorskip("pyod")
discovery = pytest.importorskip("benchmarks.discovery")
pages = pytest.importorskip("benchmarks.pages")
peers = pytest.importorskip("benchmarks.peers")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = market.make(
        tmp_path_factory.mktemp("market"), customers=300, months=6, seed=4, customer_entrepreneurs=0.06
    )
    return made.folder


@pytest.fixture(scope="module")
def measured(folder):
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(discovery.WORLDS, "made market", lambda into, seed: _copied(folder, into))
        return discovery.measure("made market", 4)


def _copied(folder, into):
    for path in folder.glob("*.parquet"):
        (into / path.name).write_bytes(path.read_bytes())


def test_features_equal_sums_made_by_pandas(folder):
    engine = connect("1GiB")
    orders = orders_room.read(engine, str(folder / "orders.parquet"))
    until = engine.fetch(orders.lines.aggregate(on=orders.lines.ordered_on.max()))["on"][0].as_py()
    actors = actors_room.resolve(engine, orders, as_of=until, fuzzy=False)
    table = peers.features(engine, orders, actors)
    lines = engine.fetch(orders.lines.filter(ibis._.quantity_net > 0)).to_pandas()
    lines = lines.merge(engine.fetch(actors.actors).to_pandas(), on="customer_id")
    engine.close()
    by_actor = lines.groupby("actor_id")
    expected = pd.DataFrame(
        {
            "units": by_actor["quantity_net"].sum(),
            "products": by_actor["product_id"].nunique(),
            "days": by_actor["ordered_on"].nunique(),
            "most_of_one": lines.groupby(["actor_id", "product_id"])["quantity_net"]
            .sum()
            .groupby("actor_id")
            .max(),
        }
    ).astype(float)
    pd.testing.assert_frame_equal(table[list(expected)], expected, check_names=False)


def test_every_method_ranks_the_same_actors_and_is_between_nothing_and_perfect(measured):
    assert {"units", "ECOD", discovery.OURS, discovery.TOLD} <= set(measured["methods"])
    for worth in measured["methods"].values():
        assert 0 <= worth["by actor"] <= 1 and 0 <= worth["by record"] <= 1


def test_a_longer_list_finds_no_fewer(measured):
    recalls = [measured["lists"][str(rate)]["recall"] for rate in discovery.RATES]
    assert recalls == sorted(recalls)


def test_everybody_stands_in_one_tenth(measured):
    assert sum(row[1] for row in measured["tenths"]) == measured["actors"]


def test_results_become_a_page(measured, tmp_path):
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- discovery: begin -->\nyesterday\n<!-- discovery: end -->\nafter\n")
    discovery.keep(measured, tmp_path)
    pages.write("discovery", pages.discovery(pages.results(tmp_path, "discovery-*.json")), page)
    text = page.read_text()
    assert text.startswith("before") and text.endswith("after\n") and "yesterday" not in text
    assert f"**{discovery.OURS}**" in text


def test_a_whole_number_at_the_end_of_an_interval_counts_by_half_and_open_ends_are_open():
    true, most = np.array([5.0, 5.0, 1.0, 9.0, 7.0]), np.full(5, 9.0)
    low, high = np.array([5.0, 1.0, 0.0, 6.0, 1.0]), np.array([8.0, 5.0, 3.0, 9.0, 6.0])
    assert discovery.within(true, low, high, most).tolist() == [0.5, 0.5, 1.0, 1.0, 0.0]


def test_coverage_is_over_who_resells_and_apart_over_the_listed(measured):
    every, listed = measured["coverage"]["all"], measured["coverage"]["listed"]
    assert every["actors"] > 0 and listed["actors"] <= every["actors"]
    assert 0 <= every["inside"] <= every["actors"] and 0 <= every["width"] <= 1
