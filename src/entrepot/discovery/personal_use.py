"""What households buy for themselves: the null, fitted to a population that contains the very actors we look for.

Every question asks for a count given an exposure: extra units given purchases, trips given days. Given its own
rate λ an actor's count is negative binomial with mean λ·exposure and variance (1 + burst)·mean, so that counts
and exposures of months may be added. Rates differ between households: log λ is normal, and a share of *heavy
households* is like the others times a factor (that is the modelled tail; nothing is cut off). A third part,
businesses, has rates spread evenly from `BUSINESS_FROM` times the household's to beyond the data; it is there
so that businesses in the data do not teach us what households do.

Sources: Ehrenberg 1959 and Goodhardt, Ehrenberg & Chatfield 1984 (NBD–Dirichlet) for the count; Efron 2008 for
reading two groups from one population. The log-normal rate instead of a Gamma and the heavy households of the
same spread are ours; docs/decisions/0001 says what was measured.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.fft import irfft, rfft
from numpy.typing import NDArray
from scipy.special import gammaln, ndtr, ndtri

Array = NDArray[np.float64]

OCTAVES_BELOW, OCTAVES_ABOVE, STEPS_AN_OCTAVE = 5, 14, 3
ROUNDS, CLOSE_ENOUGH = 60, 1e-3
BUSINESS_FROM, BUSINESS_UNTIL = 2.5, 10_000.0  # times the rate of a typical household
BEYOND_THE_MOST = 2.0  # businesses are thought to reach twice as far as anything that the fit saw
LARGER_THAN_SEEN_0_1 = 0.001  # of them are larger still: whoever is judged is not among those that were seen
HEAVY_FACTOR = (1.5, 3.0)  # bounds of the factor of a heavy household
HEAVY_SPREADS = 2.5  # and at most as many standard deviations of log λ
HEAVY_SHARE = (0.01, 0.20)
MOST_BUSINESSES = 0.40
SPREAD = (0.15, 1.30)  # bounds of the standard deviation of log λ
STEPS_OF_UNITS, STEPS_A_PERSON, LEAST_STEPS = 512, 8, 32  # on which the chances of one household are followed
AROUND = 1.5  # times further, until the sum of all persons ends before
SEVERAL = 256  # persons; the sum of more is taken as normal
HOUSEHOLD_PACKS = 3.0
HOUSEHOLD_MAJORITY = 0.6


@dataclass(frozen=True)
class PersonalUse:
    """A fitted null: what to expect of a household, as a mixture over its own rate.

    `log_rate` and `spread` are mean and standard deviation of log λ among ordinary households; `heavy_share_0_1`
    of the households have λ times `heavy_factor`; `business_share_0_1` is the part of the population that the
    fit gave to neither; `burst` is the extra variance of a count given λ, relative to its mean.
    `tail_share_0_1` of the innocent reach as high as `tail_until` times the typical rate, as is seen of products
    that nobody seeks; they are households of their own habits, or, where the tail is `tail_apart`, unusual
    buyers (offices, clubs), who are weighed apart because they are so in every respect at once.
    Businesses reach from `BUSINESS_FROM` to `business_until` times the typical rate, twice as far as anything
    that was seen, and one in a thousand beyond, so that no count is too large for a business.
    """

    log_rate: float
    spread: float
    heavy_share_0_1: float
    heavy_factor: float
    business_share_0_1: float
    burst: float
    business_until: float = BUSINESS_UNTIL
    tail_share_0_1: float = 0.0
    tail_until: float = 2 * BUSINESS_FROM
    tail_apart: bool = False

    @cached_property
    def grid(self) -> Array:
        """Values of log λ at which everything is evaluated."""
        step = np.log(2) / STEPS_AN_OCTAVE
        return self.log_rate + step * np.arange(
            -OCTAVES_BELOW * STEPS_AN_OCTAVE, OCTAVES_ABOVE * STEPS_AN_OCTAVE + 1, dtype=np.float64
        )

    @cached_property
    def ordinary(self) -> Array:
        """Weight of each grid point among ordinary households; sums to 1."""
        return _normal(self.grid, self.log_rate, self.spread)

    @cached_property
    def heavy(self) -> Array:
        """Weight of each grid point among heavy households; sums to 1."""
        return _normal(self.grid, self.log_rate + np.log(self.heavy_factor), self.spread)

    @cached_property
    def household(self) -> Array:
        """Weight of each grid point among all households; sums to 1."""
        personal = (1 - self.heavy_share_0_1) * self.ordinary + self.heavy_share_0_1 * self.heavy
        share = 0.0 if self.tail_apart else self.tail_share_0_1
        return (1 - share) * personal + share * self.unusual

    @cached_property
    def unusual(self) -> Array:
        """Weight of each grid point in the tail, which is that of unusual buyers where it is `tail_apart`."""
        return _spread_evenly(self.grid - self.log_rate, self.tail_until)

    @cached_property
    def business(self) -> Array:
        """Weight of each grid point among businesses; sums to 1."""
        return _spread_evenly(self.grid - self.log_rate, self.business_until)

    def with_heavy_households(self, times: float) -> PersonalUse:
        """The same null if heavy households were `times` as common."""
        return replace(
            self,
            heavy_share_0_1=min(0.9, self.heavy_share_0_1 * times),
            tail_share_0_1=min(0.5, self.tail_share_0_1 * times),
        )


def _spread_evenly(relative: Array, until: float) -> Array:
    """Weights over log rates relative to the typical one: even up to `until`, and a little for all beyond."""
    beyond = relative >= math.log(until)
    inside = (relative > math.log(BUSINESS_FROM)) & ~beyond
    n_beyond, n_inside = int(beyond.sum()), int(inside.sum())
    if not n_beyond or not n_inside:
        return (inside | beyond) / max(n_beyond + n_inside, 1)
    return inside * ((1 - LARGER_THAN_SEEN_0_1) / n_inside) + beyond * (LARGER_THAN_SEEN_0_1 / n_beyond)


def _normal(grid: Array, mean: float, deviation: float) -> Array:
    weight = np.exp(-0.5 * ((grid - mean) / deviation) ** 2)
    return weight / max(weight.sum(), 1e-300)


def log_likelihood(count: Array, exposure: Array, log_rates: Array, burst: float) -> Array:
    """log P(count | λ, exposure), one row an actor, one column a rate: negative binomial with linear variance.

    With mean μ = λ·exposure and burst φ the size is μ/φ, so that sums over months stay in the family; φ → 0 is
    Poisson.

    >>> float(np.exp(log_likelihood(np.array([0.0]), np.array([2.0]), np.array([0.0]), burst=0.0))[0, 0])
    0.1353352832366127
    """
    rates, n = np.exp(log_rates)[None, :], count[:, None]
    if burst < 1e-3:
        mean = exposure[:, None] * rates
        return n * np.log(mean) - mean - gammaln(n + 1)
    different, of = np.unique(exposure, return_inverse=True)
    size = different[:, None] * rates / burst
    of_exposure = gammaln(size) + size * np.log1p(burst)  # the dear part, once for all who have the same
    of_count = n * (np.log(burst) - np.log1p(burst)) - gammaln(n + 1)
    return gammaln(n + size[of]) - of_exposure[of] + of_count


def fit(
    count: Array,
    exposure: Array,
    weight: Array,
    *,
    burst: float,
    rounds: int = ROUNDS,
) -> PersonalUse:
    """Fit ordinary households, heavy households and businesses by expectation–maximisation.

    `count` and `exposure` describe a cell of a histogram and `weight` says how many actors are in it. Only
    the ordinary households move location and spread, so what lies far above them cannot stretch the null.
    """
    used = weight > 0
    count, exposure, weight = count[used], exposure[used], weight[used]
    now = _first_guess(count, exposure, weight, burst)
    grid = now.grid
    likelihood = _scaled(log_likelihood(count, exposure, grid, now.burst))
    for _ in range(rounds):
        before = now
        now = _step(now, grid, likelihood, weight)
        if _alike(before, now):
            break
    return now


def _heavy_factor(factor: float, spread: float) -> float:
    low, high = HEAVY_FACTOR
    return _between(factor, low, max(low, min(high, math.exp(HEAVY_SPREADS * spread))))


def _between(value: float, low: float, high: float) -> float:
    return float(min(max(value, low), high))


def _alike(a: PersonalUse, b: PersonalUse) -> bool:
    pairs = [
        (a.log_rate, b.log_rate),
        (a.spread, b.spread),
        (a.heavy_share_0_1, b.heavy_share_0_1),
        (a.business_share_0_1, b.business_share_0_1),
    ]
    return all(abs(x - y) < CLOSE_ENOUGH for x, y in pairs)


def _first_guess(count: Array, exposure: Array, weight: Array, burst: float) -> PersonalUse:
    rate = count / exposure
    told = count > 0
    most_told = _quantile(rate[told], weight[told], 0.9) if told.any() else 0.0
    typical = np.average(np.minimum(rate, most_told), weights=weight)
    most = float(rate.max()) / max(float(typical), 1e-9)
    until = float(np.clip(BEYOND_THE_MOST * most, 2 * BUSINESS_FROM, BUSINESS_UNTIL))
    return PersonalUse(float(np.log(max(typical, 1e-9))), 0.5, 0.05, 2.0, 0.02, burst, until)


def _scaled(log_values: Array) -> Array:
    return np.exp(log_values - log_values.max(axis=1, keepdims=True))


def _step(now: PersonalUse, grid: Array, likelihood: Array, weight: Array) -> PersonalUse:
    shares = (1 - now.heavy_share_0_1, now.heavy_share_0_1)
    prior = (1 - now.business_share_0_1) * np.stack([
        shares[0] * _normal(grid, now.log_rate, now.spread),
        shares[1] * _normal(grid, now.log_rate + math.log(now.heavy_factor), now.spread),
    ])  # fmt: skip
    business = now.business_share_0_1 * _spread_evenly(grid - now.log_rate, now.business_until)
    share = weight / np.maximum(likelihood @ (prior[0] + prior[1] + business), 1e-300)
    at_grid = share @ likelihood  # expected actors at each grid point, for a unit of prior
    moments = (at_grid * prior) @ np.stack([np.ones_like(grid), grid], axis=1)
    (ordinary, ordinary_sum), (heavy, heavy_sum) = moments.tolist()
    mean = ordinary_sum / ordinary
    deviation = math.sqrt(float((at_grid * prior[0]) @ (grid - mean) ** 2) / ordinary)
    return replace(
        now,
        log_rate=mean,
        spread=_between(deviation, *SPREAD),
        heavy_factor=_heavy_factor(math.exp(heavy_sum / max(heavy, 1e-300) - mean), deviation),
        heavy_share_0_1=_between(heavy / (ordinary + heavy), *HEAVY_SHARE),
        business_share_0_1=_between(float(at_grid @ business / weight.sum()), 1e-4, MOST_BUSINESSES),
    )


def log10_e(null: PersonalUse, count: Array, exposure: Array, against: Array | None = None) -> Array:
    """Evidence against personal use: log10 of P(count | business) / P(count | household), one value a row.

    Its mean of 10^x is at most 1 over households that are as `null` says (Vovk & Wang 2021). `against` are other
    weights on the grid to hold it against, such as `null.unusual`.
    """
    logs = log_likelihood(count, exposure, null.grid, null.burst)
    business, innocent = log10_means(logs, null.business, null.household if against is None else against)
    return business - innocent


def log10_e_of_both(null: PersonalUse, count: Array, exposure: Array) -> tuple[Array, Array]:
    """Evidence as `log10_e`, against a household and against an unusual buyer; the same where the tail is not apart."""
    logs = log_likelihood(count, exposure, null.grid, null.burst)
    business, household, unusual = log10_means(logs, null.business, null.household, null.unusual)
    return business - household, business - (unusual if null.tail_apart else household)


def log10_means(logs: Array, *weights: Array) -> list[Array]:
    """log10 Σ weight · exp(log) for each of `weights` over the columns of `logs`, one value a row.

    A sum below 1e-300 of the row's largest term counts as that much: what cannot be told apart from nothing.
    """
    top = logs.max(axis=1, keepdims=True)
    values, scale = np.exp(logs - top), top[:, 0] / np.log(10)
    return [np.log10(values @ weight + 1e-300) + scale for weight in weights]


def burst_of(count_a: Array, exposure_a: Array, count_b: Array, exposure_b: Array, weight: Array) -> float:
    """How much more than Poisson an actor's own count varies, from its two halves of days.

    Given the total of both halves the first is binomial where counts are Poisson; the squared deviation in units
    of the binomial variance, less one, estimates the burst. The upper 5 % are winsorised: they are events, not habit.
    """
    total = count_a + count_b
    enough = (total >= 3) & (exposure_a > 0) & (exposure_b > 0)
    if enough.sum() < 20:
        return 1.0
    share = exposure_a[enough] / (exposure_a[enough] + exposure_b[enough])
    expected = total[enough] * share
    squared = (count_a[enough] - expected) ** 2 / (expected * (1 - share))
    capped = np.minimum(squared, _quantile(squared, weight[enough], 0.95))
    return float(max(0.0, np.average(capped, weights=weight[enough]) - 1))


def _quantile(value: Array, weight: Array, at: float) -> float:
    order = np.argsort(value)
    reached = np.cumsum(weight[order]) / weight.sum()
    place = min(int(np.searchsorted(reached, at)), len(value) - 1)
    return float(value[order[place]])


@dataclass(frozen=True)
class Majority:
    """Whether a household majority can be seen in a category.

    A product's *pack* is the smallest customary purchase: what a fifth of its purchases do not exceed. A person
    buys as a household where the geometric mean of units a purchase is at most `HOUSEHOLD_PACKS` packs.
    `share_0_1` is the part of the persons who do, `share_of_halves` the same in two halves of the persons.
    (Measured: 99.8 % of grocery households, 48 % of the customers of a giftware web shop.)
    """

    category: str
    persons: int
    share_0_1: float
    share_of_halves: tuple[float, float]

    @property
    def seen(self) -> bool:
        """True where at least 60 % buy as households, in both halves, and the halves agree within 10 points."""
        low, high = sorted(self.share_of_halves)
        return min(self.share_0_1, low) >= HOUSEHOLD_MAJORITY and high - low <= 0.1


def units_between(
    null: PersonalUse, exposure: Array, *, low: float = 0.025, high: float = 0.975
) -> tuple[Array, Array, Array]:
    """Units that a household buys in `exposure`: quantile `low`, mean, quantile `high`, one value a row.

    The quantiles are those of the mixture over λ, with the count given λ taken as normal (`chance_at_most`).
    """
    return (
        _quantile_of_count(null, exposure, low),
        exposure * float(np.exp(null.grid) @ null.household),
        _quantile_of_count(null, exposure, high),
    )


def _quantile_of_count(null: PersonalUse, exposure: Array, at: float) -> Array:
    lower, upper = np.zeros(len(exposure)), exposure * float(np.exp(null.grid[-1])) + 10
    for _ in range(60):
        middle = (lower + upper) / 2
        below = chance_at_most(null, middle, exposure)
        lower, upper = np.where(below < at, middle, lower), np.where(below < at, upper, middle)
    return np.ceil(upper - 1e-6)


def most_units(null: PersonalUse, exposure: float, persons: int, *, at: float) -> float:
    """Units that `persons` independent households of this `exposure` each do not exceed together, `at` of 1 times.

    The chances of one household are convolved with themselves: on whole units where so many steps reach far enough
    (negative binomial), else on wider ones (`chance_at_most`). The sum of very many is taken as normal.

    >>> null = PersonalUse(0.0, 0.5, 0.05, 2.0, 0.0, burst=0.5)
    >>> [round(most_units(null, 10.0, n, at=0.999)) for n in (1, 4, 16)]
    [62, 124, 316]
    """
    if persons > SEVERAL:
        return _most_of_many(null, exposure, persons, at)
    furthest = AROUND * persons * exposure * math.exp(null.log_rate) + LEAST_STEPS
    # Below `furthest` the sum is as likely as it is, however far one household could go: a coarser way from far above
    # would round to nothing what nearly all buy.
    while (most := _most_up_to(null, exposure, persons, at, furthest)) >= furthest:
        furthest *= AROUND
    return most


def _most_of_many(null: PersonalUse, exposure: float, persons: int, at: float) -> float:
    """`most_units` where the sum is taken as normal."""
    mean = exposure * np.exp(null.grid)
    variance = (1 + null.burst) * mean @ null.household + (mean - mean @ null.household) ** 2 @ null.household
    return float(np.ceil(persons * (mean @ null.household) + ndtri(at) * math.sqrt(persons * variance)))


def _most_up_to(null: PersonalUse, exposure: float, persons: int, at: float, furthest: float) -> float:
    """`most_units` where a household that bought `furthest` or more counts as having bought so much."""
    step = max(1.0, np.ceil(furthest / max(STEPS_OF_UNITS, STEPS_A_PERSON * persons)))
    counts = step * np.arange(np.ceil(furthest / step) + 1)
    exposed = np.full(len(counts), exposure)
    if step > 1:
        chance = np.diff(chance_at_most(null, counts + (step - 1) / 2, exposed), prepend=0.0)
    else:
        chance = np.exp(log_likelihood(counts, exposed, null.grid, null.burst)) @ null.household
    chance[-1] += max(0.0, 1 - chance.sum())
    length = persons * (len(counts) - 1) + 1
    together = irfft(rfft(chance, length) ** persons, length)
    return float(step * np.searchsorted(np.cumsum(together), at))


def chance_at_most(null: PersonalUse, count: Array, exposure: Array) -> Array:
    """P(a household's count ≤ `count` | exposure), by a normal with the count's variance, continuity corrected."""
    mean = exposure[:, None] * np.exp(null.grid)[None, :]
    deviation = np.sqrt(mean * (1 + null.burst))
    return ndtr((count[:, None] + 0.5 - mean) / deviation) @ null.household
