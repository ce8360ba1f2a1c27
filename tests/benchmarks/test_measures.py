"""Each measure against a second opinion: scikit-learn, or a loop that anyone can read."""

import numpy as np
import pytest

from benchmarks import measures
from benchmarks.measures import NOBODY

metrics = pytest.importorskip("sklearn.metrics")


def _drawn(seed, rows=80):
    rng = np.random.default_rng(seed)
    owner = np.where(rng.random(rows) < 0.3, rng.integers(0, 15, rows), NOBODY)
    return rng.integers(0, 12, rows).astype(float), owner


def _naive_average_precision(score, owner, total):
    """Walk down the distinct scores; an owner met again is skipped."""
    met, rows, hits_before, area = set(), 0, 0, 0.0
    for value in sorted(set(score), reverse=True):
        for who in owner[score == value]:
            if who == NOBODY:
                rows += 1
            elif who not in met:
                met.add(who)
                rows += 1
        area += (len(met) - hits_before) * len(met) / max(rows, 1)
        hits_before = len(met)
    return area / total


@pytest.mark.parametrize("seed", range(5))
def test_average_precision_equals_that_of_scikit_learn_where_nobody_is_split(seed):
    score, owner = _drawn(seed)
    owner = np.where(owner == NOBODY, NOBODY, np.arange(len(owner)))
    expected = metrics.average_precision_score(owner != NOBODY, score)
    assert measures.average_precision(score, owner, int((owner != NOBODY).sum())) == pytest.approx(expected)


@pytest.mark.parametrize("seed", range(5))
def test_average_precision_equals_a_walk_down_the_ranking_with_split_and_missed_ones(seed):
    score, owner = _drawn(seed)
    expected = _naive_average_precision(score, owner, 20)
    assert measures.average_precision(score, owner, 20) == pytest.approx(expected)


@pytest.mark.parametrize("seed", range(5))
def test_recall_at_a_precision_is_the_best_of_all_cuts(seed):
    score, owner = _drawn(seed)
    best = 0.0
    for cut in set(score):
        owners = owner[score >= cut]
        hits, wrong = len(set(owners) - {NOBODY}), (owners == NOBODY).sum()
        if hits >= 0.5 * (hits + wrong):
            best = max(best, hits / 20)
    assert measures.recall_at_precision(score, owner, 20, 0.5) == pytest.approx(best)


def test_a_true_one_in_three_pieces_counts_once():
    score, owner = np.array([4.0, 3.0, 2.0, 1.0]), np.array([0, 0, 0, 1])
    assert measures.average_precision(score, owner, 2) == 1.0


def test_a_ranking_that_misses_half_of_them_reaches_half():
    assert measures.average_precision(np.array([2.0, 1.0]), np.array([0, NOBODY]), 2) == 0.5


def test_the_binomial_interval_is_that_of_the_tables():
    assert measures.binomial_interval(10, 200) == pytest.approx((0.0242, 0.0900), abs=1e-4)


def test_every_actor_stands_in_one_tenth():
    probability = np.array([0.0, 0.05, 0.55, 1.0])
    rows = measures.tenths(probability, np.array([False, False, True, True]))
    assert [(t, n, share) for t, n, _, share in rows] == [(0, 2, 0.0), (5, 1, 1.0), (9, 1, 1.0)]
