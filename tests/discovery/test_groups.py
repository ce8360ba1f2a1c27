"""Two groups in one population, against simulation and a library."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from entrepot.discovery.groups import EDGE, two_groups


def households(rng, n, height=0.03):
    """Evidence of `n` actors of whom the part `height` thins out as 1 / e from 1 upwards."""
    tail = -np.log10(rng.random(n))
    return np.where(rng.random(n) < height, tail, -rng.random(n))


def population(seed, businesses):
    rng = np.random.default_rng(seed)
    z = np.concatenate([households(rng, 20_000), rng.normal(3.0, 1.0, businesses)])
    return z, np.concatenate([np.zeros(20_000), np.ones(businesses)])


@pytest.mark.parametrize("businesses", [60, 400, 2000])
def test_the_businesses_above_the_edge_are_counted_within_a_tenth_of_the_tail(businesses):
    z, true = population(7, businesses)
    p = two_groups(z, np.ones(len(z)))(z)
    above = z > EDGE
    assert p[above].sum() == pytest.approx(true[above].sum(), abs=0.1 * above.sum() + 10)


def test_actors_of_a_stated_probability_are_businesses_that_often():
    z, true = population(11, 1500)
    p = two_groups(z, np.ones(len(z)))(z)
    for low in (0.2, 0.4, 0.6, 0.8):
        stated = (p >= low) & (p < low + 0.2) & (z > EDGE)
        if stated.sum() >= 50:
            assert true[stated].mean() == pytest.approx(p[stated].mean(), abs=0.15)


def test_among_households_alone_nearly_nobody_is_probable():
    rng = np.random.default_rng(3)
    shares = [
        (two_groups(z, np.ones(len(z)))(z) > 0.5).mean() for z in (households(rng, 5_000) for _ in range(50))
    ]
    assert np.mean(shares) < 0.001


def test_stronger_evidence_never_makes_a_business_less_probable():
    z, _ = population(5, 300)
    p = two_groups(z, np.ones(len(z)))(np.linspace(-3, 400, 5_000))
    assert (np.diff(p) >= -1e-12).all() and p.min() >= 0 and p.max() <= 1


def test_the_engine_says_what_numpy_says(engine):
    z, _ = population(9, 500)
    groups = two_groups(z, np.ones(len(z)))
    at = np.concatenate([np.linspace(-2, 12, 300), [EDGE, 300.0], groups.at])
    table = engine.hold(pa.table({"n": np.arange(len(at)), "z": at}))
    said = engine.fetch(table.select("n", p=groups.of(table.z)).order_by("n"))["p"].to_numpy()
    assert said == pytest.approx(groups(at), abs=1e-12)


def test_a_histogram_says_what_its_actors_say():
    z = np.floor(population(2, 300)[0] * 50) / 50
    values, counts = np.unique(z, return_counts=True)
    assert two_groups(values, counts.astype(float))(z) == pytest.approx(two_groups(z, np.ones(len(z)))(z))


def test_nobody_beyond_the_edge_is_nobody_probable():
    groups = two_groups(np.array([-0.5, 0.3]), np.array([100.0, 3.0]))
    assert groups(np.array([-0.5, 0.3, 5.0])).tolist() == [0.0, 0.0, 0.0]


def test_an_empty_population_has_no_businesses():
    assert two_groups(np.array([]), np.array([]))(np.array([1.0])).tolist() == [0.0]
