"""The room with labels and groups, on one small made market: what must not change does not."""

from __future__ import annotations

from dataclasses import replace

import ibis
import pytest
from pandas.testing import assert_frame_equal

from entrepot.discovery import discover

from .conftest import everybody_alone, label, labels, settings


@pytest.fixture(scope="module")
def actors(engine, orders):
    return everybody_alone(engine, orders)


@pytest.fixture(scope="module")
def plain(engine, orders, actors):
    return discover(engine, orders, actors, settings())


@pytest.fixture(scope="module")
def reviewed(engine, orders, actors):
    """With four reviews, too few to learn from, and with groups compared."""
    rows = [label(actor_id=f"a-{n}") for n in ("nobody",)]
    first = engine.fetch(actors.actors.order_by("customer_id").limit(4))["customer_id"].to_pylist()
    rows += [label(customer_id=c, shown_because="random", shown_probability_0_1=0.1) for c in first]
    groups = orders.customers.select("customer_id", group="country")
    how = settings(fairness_basis="a basis for this test")
    return discover(engine, replace(orders, labels=labels(engine, rows)), actors, how, groups)


def of_another_group(orders):
    """The same purchases and links, made by people of other names, scripts, places and telephones."""
    who = orders.identities
    swapped = who.mutate(
        name=ibis.literal("김") + who.name.lower().hexdigest("md5"),
        phone=ibis.literal("+33") + who.phone.re_replace(r"^\+\d+ ", ""),
        address=ibis.literal("서울 ") + who.address,
        city=ibis.literal("파리"),
        country=ibis.ifelse(who.country == "KR", "FR", "KR"),
    )
    theirs = orders.customers.mutate(
        name=ibis.literal("김"), city=ibis.literal("파리"), country=ibis.literal("FR")
    )
    return replace(orders, identities=swapped, customers=theirs)


def assert_same(engine, one, other, *keys):
    """Equal but for the order in which an engine of several threads adds: places of equals may then be swapped."""
    first, second = (engine.fetch(t.order_by(list(keys))).to_pandas() for t in (one, other))
    assert len(first) > 0
    columns = [c for c in first.columns if c != "place"]
    assert_frame_equal(first[columns], second[columns], rtol=1e-9, atol=1e-12)


def test_another_groups_names_places_and_telephones_change_no_signal(engine, orders, actors, plain):
    other = discover(engine, of_another_group(orders), actors, settings())
    assert_same(engine, plain.signals, other.signals, "actor_id", "signal")
    assert_same(engine, plain.findings, other.findings, "actor_id")


def test_a_few_reviews_and_the_comparison_of_groups_change_no_finding(engine, plain, reviewed):
    assert_same(engine, plain.findings, reviewed.findings, "actor_id")
    assert reviewed.gamma == pytest.approx(plain.gamma, rel=1e-9)


def test_a_run_says_what_the_labels_were_and_that_they_are_too_few(plain, reviewed):
    assert plain.notes["labels"] == {"read": 0}
    said = reviewed.notes["labels"]
    assert (said["read"], said["of_nobody_here"], said["actors"]) == (5, 1, 4)
    assert said["shown_because"] == {"random": 4}
    assert said["recalibration"] == {"confirmed": 0, "rejected": 4, "needed_of_each": 20}


def test_groups_are_compared_only_where_a_basis_was_entered(engine, plain, reviewed):
    assert "fairness" not in plain.tables
    assert plain.notes["fairness"] == "off: no legal basis entered"
    rows = engine.fetch(reviewed.tables["fairness"]).to_pylist()
    assert reviewed.notes["fairness"]["groups"] == len(rows) > 0
    assert min(r["customers"] for r in rows) >= 100


def test_every_run_carries_a_random_sample_for_the_next_review(engine, plain):
    drawn = engine.fetch(plain.tables["audit_sample"])
    known = set(engine.fetch(plain.findings.select("actor_id"))["actor_id"].to_pylist())
    assert drawn.num_rows > 0
    assert set(drawn["actor_id"].to_pylist()) <= known
