"""The contact data of one actor, read on demand: of its own customers, and nobody else's."""

from datetime import date

import pyarrow.parquet as pq
import pytest

import entrepot
from entrepot import identities
from entrepot.simulation import market


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("market")
    made = market.make(folder / "tables", customers=150, months=6, seed=3, ends_on=date(2026, 9, 30))
    return entrepot.discover(
        str(made.path("orders")), str(made.path("customers")), out=folder / "run", hindsight_months=0
    )


def test_the_names_of_an_actor_are_those_of_its_customers(run):
    actors = pq.read_table(run.folder / "actors.parquet").to_pylist()
    actor = next(row["actor_id"] for row in actors if row["customer_id"].startswith("C"))
    rows = identities.of_actor(run, actor)
    assert {row["customer_id"] for row in rows} == {
        r["customer_id"] for r in actors if r["actor_id"] == actor
    }
    assert any(row["name"] for row in rows)


def test_an_unknown_actor_has_no_names(run):
    assert identities.of_actor(run, "nobody") == []
