"""What households buy, and the evidence against it, beside second opinions: SciPy, simulation, plain loops."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from entrepot.discovery.personal_use import (
    BUSINESS_FROM,
    Majority,
    PersonalUse,
    burst_of,
    chance_at_most,
    fit,
    log10_e,
    log_likelihood,
    most_units,
    units_between,
)
from entrepot.discovery.weighing import Fitted, Power, each_together, together

NULL = PersonalUse(
    log_rate=0.3, spread=0.6, heavy_share_0_1=0.08, heavy_factor=2.5, business_share_0_1=0.02, burst=0.5
)
COUNTS, EXPOSURES = np.array([0.0, 1.0, 7.0, 130.0]), np.array([0.5, 2.0, 3.0, 40.0])
RATES = np.log(np.array([0.1, 1.0, 4.0]))


def households(rng, persons, null=NULL):
    """Counts, exposures and weights of `persons` drawn from `null`, rates from its own grid."""
    rates = np.exp(rng.choice(null.grid, persons, p=null.household))
    exposure = rng.choice([0.5, 1.0, 2.0, 4.0, 8.0], persons)
    size = rates * exposure / null.burst
    return rng.negative_binomial(size, 1 / (1 + null.burst)).astype(float), exposure, np.ones(persons)


@pytest.mark.parametrize("burst", [0.2, 1.0, 6.0])
def test_likelihood_is_the_negative_binomial_of_scipy(burst):
    mean = EXPOSURES[:, None] * np.exp(RATES)[None, :]
    expected = stats.nbinom.logpmf(COUNTS[:, None], mean / burst, 1 / (1 + burst))
    np.testing.assert_allclose(log_likelihood(COUNTS, EXPOSURES, RATES, burst), expected, rtol=1e-9)


def test_likelihood_without_a_burst_is_the_poisson_of_scipy():
    expected = stats.poisson.logpmf(COUNTS[:, None], EXPOSURES[:, None] * np.exp(RATES)[None, :])
    np.testing.assert_allclose(log_likelihood(COUNTS, EXPOSURES, RATES, 0.0), expected, rtol=1e-9)


def test_counts_and_exposures_of_two_months_may_be_added():
    joined = log_likelihood(np.array([5.0]), np.array([3.0]), RATES, 0.7)
    parts = [
        log_likelihood(np.array([k]), np.array([1.0]), RATES, 0.7)
        + log_likelihood(np.array([5.0 - k]), np.array([2.0]), RATES, 0.7)
        for k in range(6)
    ]
    np.testing.assert_allclose(np.log(np.exp(np.array(parts)).sum(axis=0)), joined, rtol=1e-9)


def test_fit_recovers_the_typical_rate_and_the_spread_of_simulated_households():
    null = fit(*households(np.random.default_rng(1), 6000), burst=NULL.burst)
    assert null.log_rate == pytest.approx(NULL.log_rate, abs=0.15)
    assert null.spread == pytest.approx(NULL.spread, abs=0.12)


def test_fit_recovers_what_a_heavy_household_reaches():
    null = fit(*households(np.random.default_rng(2), 6000), burst=NULL.burst)
    year = np.array([8.0])
    assert units_between(null, year)[2][0] == pytest.approx(units_between(NULL, year)[2][0], rel=0.15)


def test_three_percent_businesses_do_not_stretch_what_households_do():
    rng = np.random.default_rng(3)
    count, exposure, weight = households(rng, 5000)
    clean = fit(count, exposure, weight, burst=NULL.burst)
    shops = 150
    count[:shops] = rng.poisson(np.exp(NULL.log_rate) * exposure[:shops] * rng.uniform(20, 100, shops))
    mixed = fit(count, exposure, weight, burst=NULL.burst)
    top = [units_between(null, np.array([4.0]), high=0.999)[2][0] for null in (clean, mixed)]
    assert top[1] <= 1.25 * top[0]
    assert 0.02 <= mixed.business_share_0_1 <= 0.06


@pytest.mark.parametrize("exposure", [0.5, 4.0, 30.0])
def test_mean_e_over_all_counts_of_a_household_is_at_most_one(exposure):
    counts = np.arange(0.0, 60_000.0)
    same = np.full(len(counts), exposure)
    chance = np.exp(log_likelihood(counts, same, NULL.grid, NULL.burst)) @ NULL.household
    assert chance.sum() == pytest.approx(1.0, abs=1e-3)
    assert chance @ 10.0 ** log10_e(NULL, counts, same) <= 1 + 1e-6


def test_mean_e_over_drawn_households_is_at_most_one_within_its_error():
    count, exposure, _ = households(np.random.default_rng(4), 40_000)
    e = 10.0 ** log10_e(NULL, count, exposure)
    assert e.mean() <= 1 + 3 * e.std() / np.sqrt(len(e))


def test_evidence_is_not_overwhelmed_by_counts_that_no_likelihood_reaches():
    assert np.isfinite(log10_e(NULL, np.array([0.0, 1e6]), np.array([1e-3, 1e-3]))).all()


def test_evidence_grows_with_the_count():
    e = log10_e(NULL, np.arange(2.0, 80.0), np.full(78, 2.0))
    assert (np.diff(e) > 0).all()


def test_three_persons_together_are_the_ratio_of_two_plain_products():
    fitted = Fitted("units", 0, (NULL,) * 5, (Power(0.0, 1.0),) * 5)
    count, bins = np.array([4.0, 9.0, 0.0]), np.array([8.0, 16.0, 0.0])  # eighths of an octave: 2, 4, 1
    one_rate = sum(
        w * np.prod([np.exp(log_likelihood(count[[i]], 2.0 ** (bins[[i]] / 8), NULL.grid[[g]], NULL.burst))[0, 0]
                     for i in range(3)])
        for g, w in enumerate(NULL.business)
    )  # fmt: skip
    own_rates = np.prod([
        sum(w * np.exp(log_likelihood(count[[i]], 2.0 ** (bins[[i]] / 8), NULL.grid[[g]], NULL.burst))[0, 0]
            for g, w in enumerate(NULL.household))
        for i in range(3)
    ])  # fmt: skip
    assert together(fitted, 0, count, bins)[0] == pytest.approx(np.log10(one_rate / own_rates), rel=1e-9)


def test_groups_that_are_weighed_at_once_are_weighed_as_each_alone():
    apart = replace(NULL, tail_share_0_1=0.02, tail_until=40.0, tail_apart=True)
    fitted = Fitted("stock", 0, (apart,) * 5, (Power(0.0, 1.0),) * 5)
    rng = np.random.default_rng(12)
    count, bins, begins = (
        rng.integers(0, 40, 12).astype(float),
        rng.integers(0, 20, 12).astype(float),
        [0, 1, 4, 9],
    )
    at_once = np.array(each_together(fitted, 2, count, bins, np.array(begins)))
    alone = [
        together(fitted, 2, c, b)
        for c, b in zip(np.split(count, begins[1:]), np.split(bins, begins[1:]), strict=True)
    ]
    np.testing.assert_allclose(at_once.T, alone, rtol=1e-9)


def test_one_person_together_is_that_person_alone():
    fitted = Fitted("units", 0, (NULL,) * 5, (Power(0.0, 1.0),) * 5)
    alone = log10_e(NULL, np.array([12.0]), np.array([2.0]))[0]
    assert together(fitted, 3, np.array([12.0]), np.array([8.0])) == pytest.approx((alone, alone), rel=1e-9)


def test_more_heavy_households_leave_less_evidence_where_it_is_strong():
    count, exposure = np.array([30.0, 60.0]), np.array([2.0, 2.0])
    common = NULL.with_heavy_households(4)
    assert common.heavy_share_0_1 == pytest.approx(4 * NULL.heavy_share_0_1)
    assert (log10_e(common, count, exposure) < log10_e(NULL, count, exposure)).all()


@pytest.mark.parametrize("most", [50.0, 500.0, 20_000.0])
def test_the_largest_count_of_all_never_speaks_for_a_household(most):
    """A grid or a business that ends below the data once made of the largest resellers the best households."""
    count, exposure, weight = households(np.random.default_rng(3), 2000)
    count, exposure = np.append(count, most), np.append(exposure, 2.0)
    null = fit(count, exposure, np.append(weight, 1.0), burst=NULL.burst)
    rising = np.geomspace(most / 8, most, 12)
    evidence = log10_e(null, rising, np.full(12, 2.0))
    assert (np.diff(evidence) > -0.3).all()
    assert evidence[-1] > 3


@pytest.mark.parametrize("times", [3.0, 30.0, 1000.0, 1e6])
def test_who_is_far_larger_than_all_that_the_fit_saw_does_not_speak_for_a_household(times):
    """Each fold is judged by the others: the largest of all lies beyond what any of them did."""
    count, exposure, weight = households(np.random.default_rng(3), 2000)
    null = fit(count, exposure, weight, burst=NULL.burst)
    assert log10_e(null, np.array([times * count.max()]), np.array([2.0]))[0] > 3


def test_a_count_that_one_in_twenty_answers_is_fitted_all_the_same():
    rng = np.random.default_rng(4)
    count = np.where(rng.random(2000) < 0.05, 1.0 + rng.poisson(0.3, 2000), 0.0)
    null = fit(count, np.ones(2000), np.ones(2000), burst=1.0)
    assert 0.01 < np.exp(null.grid) @ null.household < 0.5
    assert np.mean(10 ** log10_e(null, count, np.ones(2000))) < 1.2


def test_a_tail_that_is_seen_of_other_products_limits_what_may_be_said():
    far = np.array([4000.0])
    tailed = replace(NULL, tail_share_0_1=0.01, tail_until=1e4, business_until=1e4)
    assert log10_e(tailed, far, np.array([2.0]))[0] == pytest.approx(2.0, abs=0.1)
    apart = replace(tailed, tail_apart=True)
    assert log10_e(apart, far, np.array([2.0]))[0] > 3
    assert log10_e(apart, far, np.array([2.0]), apart.unusual)[0] == pytest.approx(0.0, abs=0.05)


def test_weights_of_each_part_of_the_population_sum_to_one():
    parts = (NULL.ordinary, NULL.heavy, NULL.household, NULL.business)
    assert [part.sum() for part in parts] == pytest.approx([1.0] * 4)


def test_no_business_is_thought_to_buy_as_little_as_a_typical_household():
    assert NULL.grid[NULL.business > 0].min() > NULL.log_rate + np.log(BUSINESS_FROM)


def halves(rng, burst, persons=4000):
    """Counts and exposures of two halves of the days, of persons who keep their rate."""
    half = rng.uniform(1.5, 10, persons)

    def draw():
        if not burst:
            return rng.poisson(half).astype(float)
        return rng.negative_binomial(half / burst, 1 / (1 + burst)).astype(float)

    return draw(), half, draw(), half, np.ones(persons)


def test_burst_of_poisson_counts_is_nearly_none():
    assert burst_of(*halves(np.random.default_rng(5), 0.0)) <= 0.1


@pytest.mark.parametrize("burst", [1.0, 3.0])
def test_burst_of_bursty_counts_is_found_up_to_what_winsorising_takes(burst):
    found = burst_of(*halves(np.random.default_rng(6), burst))
    assert 0.6 * burst <= found <= 1.15 * burst


def test_burst_of_a_handful_of_persons_is_assumed_not_estimated():
    few = np.full(10, 5.0)
    assert burst_of(few, few, few, few, np.ones(10)) == 1.0


def test_units_of_personal_use_bracket_what_is_drawn():
    count, exposure, _ = households(np.random.default_rng(7), 30_000)
    different, of = np.unique(exposure, return_inverse=True)
    low, _, high = (ends[of] for ends in units_between(NULL, different))
    assert 0.93 <= np.mean((count >= low) & (count <= high)) <= 0.985


def test_mean_of_personal_use_is_the_mean_of_what_is_drawn():
    count, exposure, _ = households(np.random.default_rng(8), 40_000)
    different, of = np.unique(exposure, return_inverse=True)
    assert units_between(NULL, different)[1][of].mean() == pytest.approx(count.mean(), rel=0.05)


TAILED = replace(NULL, heavy_factor=4.0, tail_share_0_1=0.01, tail_until=100.0)
"""So far reaching that two thousand steps are wider than a unit."""
LOW_TAILED = replace(NULL, tail_share_0_1=0.01)
"""One in a hundred thousand is far beyond all others."""


@pytest.mark.parametrize(
    ("null", "exposure"), [(NULL, 0.05), (NULL, 3.0), (NULL, 80.0), (TAILED, 40.0), (LOW_TAILED, 40.0)]
)
@pytest.mark.parametrize("persons", [1, 3, 20])
def test_what_nearly_no_group_of_households_exceeds_is_what_drawn_groups_say(null, exposure, persons):
    rng = np.random.default_rng(persons)
    rates = np.exp(rng.choice(null.grid, (100_000, persons), p=null.household))
    sums = rng.negative_binomial(rates * exposure / null.burst, 1 / (1 + null.burst)).sum(axis=1)
    most = most_units(null, exposure, persons, at=0.999)
    near, error = max(1.0, 0.02 * most), 3 * np.sqrt(0.001 / len(sums))
    assert np.mean(sums > most + near) <= 0.001 + error
    assert np.mean(sums >= most - near) >= 0.001 - error


def test_without_a_burst_the_sum_of_households_of_one_rate_is_poisson():
    same = PersonalUse(0.0, 1e-6, 0.0, 1.5, 0.0, burst=0.0)
    for persons in (1, 5, 40):
        expected = stats.poisson.ppf(0.999, 2.0 * persons)
        assert most_units(same, 2.0, persons, at=0.999) == expected


def test_a_crowd_is_taken_as_normal_and_goes_on_where_several_ended():
    edge = [most_units(NULL, 3.0, n, at=0.999) / n for n in (256, 257)]
    assert edge[1] == pytest.approx(edge[0], rel=0.02)


def test_chance_at_most_is_a_distribution_function():
    chance = chance_at_most(NULL, np.arange(0.0, 400.0), np.full(400, 3.0))
    assert (np.diff(chance) >= 0).all()
    assert chance[-1] == pytest.approx(1.0, abs=1e-3)


@pytest.mark.parametrize(
    ("share", "halves_", "seen"),
    [
        (0.99, (0.99, 0.99), True),
        (0.60, (0.60, 0.60), True),
        (0.59, (0.59, 0.59), False),  # no majority
        (0.65, (0.59, 0.71), False),  # not in both halves
        (0.80, (0.74, 0.86), False),  # the halves disagree
    ],
)
def test_household_majority_is_seen_only_where_both_halves_show_it(share, halves_, seen):
    assert Majority("care", 1000, share, halves_).seen is seen
