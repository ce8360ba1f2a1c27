"""Agreement: the share, kappa and its interval, against a table by hand and a simulation."""

import random

import pytest

from entrepot.web.discovery.agreeing import agreement

FOUR = [("yes", "yes")] * 20 + [("yes", "no")] * 5 + [("no", "yes")] * 10 + [("no", "no")] * 15


def test_full_agreement_has_kappa_one():
    found = agreement([("a", "a"), ("b", "b"), ("c", "c")])
    assert (found.share, found.kappa) == (1.0, 1.0)


def test_where_all_say_the_same_kappa_cannot_be_told():
    assert agreement([("a", "a")] * 9).kappa is None


def test_nobody_twice_says_nothing():
    assert (agreement([]).n, agreement([]).share) == (0, None)


def drawn(chance):
    first = chance.choices("abc", (5, 3, 2))[0]
    return first, first if chance.random() < 0.7 else chance.choices("abc", (5, 3, 2))[0]


def test_the_interval_of_kappa_covers_the_truth_19_times_in_20():
    chance = random.Random(3)
    covered = 0
    for _ in range(400):
        found = agreement([drawn(chance) for _ in range(200)])
        covered += found.kappa_low <= 0.7 <= found.kappa_high
    assert covered / 400 == pytest.approx(0.95, abs=0.03)


def test_the_error_of_kappa_is_that_of_a_resample():
    chance = random.Random(1)
    found = agreement(FOUR)
    again = sorted(agreement(chance.choices(FOUR, k=len(FOUR))).kappa for _ in range(4000))
    assert found.kappa_low == pytest.approx(again[100], abs=0.03)
    assert found.kappa_high == pytest.approx(again[3900], abs=0.03)
