"""Own use of those who resell: what is predicted holds for households who also buy for a trade."""

import numpy as np
import pytest

from entrepot.discovery import own_use
from entrepot.discovery.excess import tail_of_listed
from entrepot.discovery.own_use import Bought, Buyers


def people(rng, count, everyday=0.4):
    """Households: units by time and own rate, on days of about four units each, a part of everyday goods."""
    time = rng.uniform(100, 700, count)
    units = 1 + rng.poisson(time / 20 * rng.lognormal(0, 0.6, count)).astype(float)
    days = np.maximum(np.rint(units / rng.lognormal(1.4, 0.3, count)), 1.0)
    return Bought(units, rng.binomial(units.astype(int), everyday).astype(float), time, days, np.ones(count))


@pytest.fixture
def usual():
    return own_use.households(people(np.random.default_rng(1), 4_000))


def sellers(rng, usual, count, resold_everyday):
    """The same, each with a trade of its own on days of its own; and its true own use."""
    own = people(rng, count)
    resold = np.ceil(rng.pareto(0.8, count) * 10)
    everyday = own.everyday + np.rint(resold * resold_everyday)
    predicted = usual.own_use(own.time, own.days + rng.integers(0, 30, count))
    return Buyers(own.units + resold, everyday, np.ones(count), predicted), own.units


@pytest.mark.parametrize("resold_everyday", [0.0, 0.3])
def test_the_interval_holds_the_own_use_of_most_who_resell(usual, resold_everyday):
    buyers, own = sellers(np.random.default_rng(2), usual, 600, resold_everyday)
    mix = own_use.resold_mix(buyers, np.ones(600), usual.shares)
    _, low, high = own_use.ends(buyers, usual.shares, mix, (0.025,))
    assert np.mean((low <= own) & (own <= high)) >= 0.93


def test_what_is_resold_of_everyday_goods_is_learned_from_the_suspects(usual):
    means = []
    for resold in (0.0, 0.35):
        buyers, _ = sellers(np.random.default_rng(3), usual, 300, resold)
        means.append(own_use.resold_mix(buyers, np.ones(300), usual.shares) @ own_use.RESOLD_SHARES)
    assert means[0] < 0.1 < 0.25 < means[1] < 0.45


def test_whoever_resells_no_everyday_goods_shows_its_own_use_by_them(usual):
    nothing_everyday = np.eye(len(own_use.RESOLD_SHARES))[0]
    own = usual.own_use(np.array([650.0, 650.0]), np.array([100.0, 100.0]))
    buyers = Buyers(np.array([2_000.0, 2_000.0]), np.array([12.0, 80.0]), np.ones(2), own)
    middle, _, high = own_use.ends(buyers, usual.shares, nothing_everyday, (0.025,))
    assert middle == pytest.approx([12 / 0.4, 80 / 0.4], rel=0.35)
    assert high[0] < middle[1]


def test_who_bought_like_a_household_may_have_nothing_to_resell(usual):
    own = usual.own_use(np.array([400.0]), np.array([5.0]))
    buyers = Buyers(np.array([20.0]), np.array([8.0]), np.ones(1), own)
    _, low, high = own_use.ends(
        buyers, usual.shares, own_use.resold_mix(buyers, np.ones(0), usual.shares), (0.025,)
    )
    assert low[0] < 20 <= high[0]


def test_twice_as_many_alike_persons_have_twice_the_own_use(usual):
    one = usual.own_use(np.array([300.0]), np.array([10.0]))
    assert one.shape == (1, 2 * len(own_use.LEVELS))
    both = Buyers(np.array([4_000.0]), np.array([0.0]), np.array([2.0]), 2 * one)
    alone = Buyers(np.array([2_000.0]), np.array([0.0]), np.array([1.0]), one)
    even = np.full(len(own_use.RESOLD_SHARES), 1 / len(own_use.RESOLD_SHARES))
    highs = [own_use.ends(b, np.zeros(9), even, (0.025,))[2][0] for b in (both, alone)]
    assert highs[0] == pytest.approx(2 * highs[1], rel=0.05)


def test_the_level_for_listed_actors_rises_with_how_few_of_those_who_resell_are_listed():
    assert tail_of_listed(5, 50.0) == pytest.approx(0.0025)
    assert tail_of_listed(60, 50.0) == tail_of_listed(0, 0.0) == 0.025
