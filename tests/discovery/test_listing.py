"""The list at a stated rate, beside a plain loop over the definition of e-BH."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entrepot.discovery.evidence import gamma_of
from entrepot.discovery.listing import histogram, listed_at, probability, q_values, share_of_businesses

EVIDENCE = st.lists(st.floats(-5, 12, allow_nan=False), min_size=1, max_size=40)


def naive_list(log10_e, fdr):
    """The number k of e-BH (Wang & Ramdas 2022), by trying every k."""
    e = sorted((10.0**x for x in log10_e), reverse=True)
    return max((k for k in range(1, len(e) + 1) if e[k - 1] >= len(e) / (fdr * k) * (1 - 1e-12)), default=0)


@given(EVIDENCE, st.sampled_from([0.01, 0.05, 0.1, 0.5]))
def test_as_many_are_listed_as_the_definition_lists(values, fdr):
    assert listed_at(np.array(values), fdr) == naive_list(values, fdr)


@settings(max_examples=15, deadline=None)
@given(values=EVIDENCE)
def test_q_value_is_the_smallest_rate_at_which_an_actor_is_listed(engine, values):
    table = engine.hold(pa.table({"actor_id": [f"a{n:03}" for n in range(len(values))], "log10_e": values}))
    rows = engine.fetch(q_values(table).order_by("place")).to_pylist()
    e = sorted((10.0**x for x in values), reverse=True)
    n = len(e)
    expected = [min([1.0] + [n / (j * e[j - 1]) for j in range(k, n + 1)]) for k in range(1, n + 1)]
    assert [row["q_value"] for row in rows] == pytest.approx(expected, rel=1e-9)
    assert [row["place"] for row in rows] == list(range(1, n + 1))


def test_actors_of_equal_evidence_are_placed_by_their_id(engine):
    table = engine.hold(pa.table({"actor_id": ["b", "c", "a"], "log10_e": [1.0, 1.0, 1.0]}))
    assert engine.fetch(q_values(table).order_by("place"))["actor_id"].to_pylist() == ["a", "b", "c"]


def test_nobody_is_listed_where_all_evidence_is_one():
    assert listed_at(np.zeros(1000), 0.05) == 0


def test_share_of_businesses_is_that_of_simulated_groups():
    rng = np.random.default_rng(1)
    shift = 3.0  # log e of a normal shift: N(±shift²/2, shift²)
    groups = np.where(rng.random(20_000) < 0.08, shift**2 / 2, -(shift**2) / 2)
    log10_values = (groups + shift * rng.normal(size=20_000)) / np.log(10)
    assert share_of_businesses(log10_values, np.ones(20_000)) == pytest.approx(0.08, abs=0.01)


def test_share_of_businesses_among_households_alone_is_nearly_none():
    rng = np.random.default_rng(2)
    log10_values = (-4.5 + 3 * rng.normal(size=20_000)) / np.log(10)
    assert share_of_businesses(log10_values, np.ones(20_000)) <= 0.01


def test_probability_is_that_of_bayes(engine):
    table = engine.hold(pa.table({"log10_e": [-300.0, 0.0, 2.0, 300.0]}))
    found = engine.fetch(table.select(p=probability(table.log10_e, 0.1)))["p"].to_pylist()
    assert found == pytest.approx([0.0, 0.1, 10 / (0.9 + 10), 1.0], abs=1e-12)


def test_histogram_rounds_evidence_down_and_counts_everybody(engine):
    values = [0.019, 0.0, -0.001, 5.0]
    table = engine.hold(pa.table({"actor_id": list("abcd"), "log10_e": values}))
    value, weight = histogram(engine, table)
    assert dict(zip(value, weight, strict=True)) == {-0.02: 1, 0.0: 2, 5.0: 1}


@given(st.lists(st.floats(-4, 8, allow_nan=False), min_size=1, max_size=30))
def test_gamma_is_the_largest_power_up_to_one_that_brings_the_mean_to_one(values):
    array, weight = np.array(values), np.ones(len(values))
    gamma = gamma_of(array, weight)

    def mean(power):
        return np.mean(10.0 ** (power * array))

    assert 0 <= gamma <= 1
    assert mean(gamma) <= 1 + 1e-9
    assert gamma == 1 or mean(min(1.0, gamma + 1e-6)) >= 1 - 1e-9
