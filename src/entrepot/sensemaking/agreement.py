"""How far people agree: numbers for few raters and ordered answers, each with what it rests on.

Ordered answers are no amounts, so the first number is van der Eijk's A, which asks for one peak; the index of ordinal
variation is the second opinion. Reliability of several raters over several items is Krippendorff's alpha.

Sources: van der Eijk 2001 (A); Berry & Mielke 1992 (IOV); James, Demaree & Wolf 1984 (r_wg); Krippendorff 2011 (α);
Agresti 1980 (probability of superiority).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Z95 = 1.959963984540054
SLIGHTLY_SKEWED = {5: 1.34, 7: 2.90}
Metric = Callable[[Array, Array], Array]


def agreement(frequencies: Sequence[float] | Array) -> float:
    """Van der Eijk's A of answers on ordered levels: 1 all on one level, 0 evenly spread, −1 half at either end.

    The frequencies are taken apart into layers, each a pattern of levels that are used or not. A layer's agreement is
    U · (1 − (S − 1) / (K − 1)), with S levels used of K, and U = ((K − 2)·tu − (K − 1)·tdu) / ((K − 2)(tu + tdu))
    from its triples: tu that rise or fall without a gap, tdu that have one. A is their mean, weighted by size.

    >>> round(agreement([30, 40, 210, 130, 530, 50, 10]), 7)
    0.6113333
    >>> [agreement([1] * 7), agreement([5, 0, 0, 5]), agreement([0, 9, 0])]
    [0.0, -1.0, 1.0]
    """
    rest = np.asarray(frequencies, dtype=float)
    total = rest.sum()
    if total <= 0:
        return math.nan
    found = 0.0
    while rest.max() > 1e-12:
        used = rest > 1e-12
        depth = rest[used].min()
        found += depth * used.sum() / total * _of_layer(used)
        rest = np.where(used, rest - depth, 0.0)
    return float(found)


def agreement_interval(frequencies: Sequence[float]) -> tuple[float, float, float]:
    """`agreement` with a 95 % interval by leaving out one answer at a time (jackknife); NaN bounds below three answers.

    Where all answered alike that tells nothing: the low end is then A with one more answer as far away as can be.

    >>> [round(end, 2) for end in agreement_interval([0, 0, 0, 0, 2, 6, 2])]
    [0.8, 0.59, 1.0]
    """
    counts = np.asarray(frequencies, dtype=float)
    whole, n = agreement(counts), counts.sum()
    if n < 3:
        return whole, math.nan, math.nan
    used = np.flatnonzero(counts)
    if len(used) == 1:
        counts[0 if used[0] >= len(counts) / 2 else -1] += 1
        return whole, agreement(counts), 1.0
    without = np.array([agreement(counts - (np.arange(len(counts)) == level)) for level in used])
    weights = counts[used]
    middle = float((weights * without).sum() / n)
    error = math.sqrt((n - 1) / n * float((weights * (without - middle) ** 2).sum()))
    return whole, max(-1.0, whole - Z95 * error), min(1.0, whole + Z95 * error)


def _of_layer(used: NDArray[np.bool_]) -> float:
    """The agreement of one pattern of used and empty levels."""
    levels, filled = len(used), int(used.sum())
    if filled == levels:
        return 0.0
    if filled == 1 or levels < 3:
        return 1.0
    unimodal, bimodal = _triples(used)
    peak = (levels - 2) * unimodal - (levels - 1) * bimodal
    return peak / ((levels - 2) * (unimodal + bimodal)) * (1 - (filled - 1) / (levels - 1))


def _triples(used: NDArray[np.bool_]) -> tuple[int, int]:
    """Triples of levels with two used neighbours and an empty end, and those with an empty middle."""
    levels = len(used)
    unimodal = bimodal = 0
    for i in range(levels - 2):
        for j in range(i + 1, levels - 1):
            for k in range(j + 1, levels):
                pattern = (used[i], used[j], used[k])
                unimodal += pattern in ((True, True, False), (False, True, True))
                bimodal += pattern == (True, False, True)
    return unimodal, bimodal


def polarisation(frequencies: Sequence[float]) -> float:
    """(1 − A) / 2: 0 all on one level, ½ evenly spread, 1 half at either end."""
    return (1 - agreement(frequencies)) / 2


def ordinal_variation(frequencies: Sequence[float]) -> float:
    """Berry and Mielke's IOV: the mean distance in levels between two answers, of the most that n answers allow (0–1).

    >>> ordinal_variation([5] + [0] * 9 + [5]), round(ordinal_variation([0] * 9 + [5, 5]), 3)
    (1.0, 0.1)
    """
    counts = np.asarray(frequencies, dtype=float)
    n, levels = counts.sum(), len(counts)
    if n < 2:
        return math.nan
    below = np.cumsum(counts)[:-1]
    apart = float((below * (n - below)).sum())  # each gap between levels parts so many pairs
    most = (levels - 1) * math.floor(n / 2) * math.ceil(n / 2)
    return apart / most


def within_group(scores: Sequence[float], *, levels: int, skewed: bool = False) -> float:
    """r_wg: 1 − variance / variance if all answered by chance, floored at 0.

    By chance means evenly over the levels, variance (levels² − 1) / 12; `skewed`, leaning slightly to one side, as
    people do who are polite: the variances of LeBreton and Senter 2008, for 5 and 7 levels.

    >>> (5**2 - 1) / 12
    2.0
    """
    if len(scores) < 2:
        return math.nan
    by_chance = SLIGHTLY_SKEWED[levels] if skewed else (levels**2 - 1) / 12
    return max(0.0, 1 - float(np.var(scores, ddof=1)) / by_chance)


def superiority(first: Sequence[float], second: Sequence[float]) -> tuple[float, float, float]:
    """The chance that somebody of `first` scores higher than somebody of `second`, a tie as half; with 95 % interval.

    The interval is that of Brunner and Munzel on the logit scale, which does not leave 0–1; with complete separation it
    is the one-sided bound for as many pairs of independent draws.
    """
    a, b = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    if not len(a) or not len(b):
        return math.nan, math.nan, math.nan
    wins = (a[:, None] > b[None, :]) + 0.5 * (a[:, None] == b[None, :])
    found = float(wins.mean())
    spread = _spread(wins)
    fewest = min(len(a), len(b))
    if found in (0.0, 1.0) or not math.isfinite(spread):
        bound = 0.05 ** (1 / fewest)
        return (
            (found, bound, 1.0)
            if found > 0.5
            else (found, 0.0, 1 - bound)
            if found < 0.5
            else (found, 0.0, 1.0)
        )
    logit, width = math.log(found / (1 - found)), Z95 * spread / (found * (1 - found))
    return found, _expit(logit - width), _expit(logit + width)


def _spread(wins: Array) -> float:
    """The standard error of the mean of `wins` (one row a member of the first group)."""
    rows, columns = wins.mean(axis=1), wins.mean(axis=0)
    if len(rows) < 2 or len(columns) < 2:
        return math.inf
    variance = rows.var(ddof=1) / len(rows) + columns.var(ddof=1) / len(columns)
    return math.sqrt(variance) if variance > 0 else math.inf


def _expit(x: float) -> float:
    return 1 / (1 + math.exp(-x)) if x > -700 else 0.0


def _nominal(values: Array, counts: Array) -> Array:
    return (values[:, None] != values[None, :]).astype(float)


def _interval(values: Array, counts: Array) -> Array:
    return np.asarray((values[:, None] - values[None, :]) ** 2, dtype=float)


def _ratio(values: Array, counts: Array) -> Array:
    total = values[:, None] + values[None, :]
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(total == 0, 0.0, ((values[:, None] - values[None, :]) / total) ** 2)


def _ordinal(values: Array, counts: Array) -> Array:
    reach = np.cumsum(counts) - counts / 2
    return np.asarray((reach[:, None] - reach[None, :]) ** 2, dtype=float)


METRICS: Mapping[str, Metric] = {
    "nominal": _nominal,
    "ordinal": _ordinal,
    "interval": _interval,
    "ratio": _ratio,
}


def alpha(
    ratings: Sequence[Sequence[float | None]], metric: str = "ordinal", *, times: Sequence[int] | None = None
) -> float:
    """Krippendorff's α: one row a rater, one column an item, None where a rater gave nothing; NaN without sense.

    `times`: how many like items each column stands for (a text's characters come in long runs); once by default.

    α = 1 − observed / expected disagreement, over all pairs of values within an item, each item weighted by its values
    (Krippendorff 2011, section D).
    """
    table = np.array([[math.nan if v is None else v for v in row] for row in ratings], dtype=float)
    many = np.ones(table.shape[-1]) if times is None else np.asarray(times, dtype=float)
    enough = (~np.isnan(table)).sum(axis=0) >= 2
    pairable, many = table[:, enough], many[enough]
    values = np.unique(pairable[~np.isnan(pairable)])
    if len(values) < 2:
        return math.nan
    per_item = np.array([[(column == v).sum() for v in values] for column in pairable.T], dtype=float)
    sizes, counts = per_item.sum(axis=1), per_item.T @ many
    distance = METRICS[metric](values, counts)
    together = np.einsum("ia,ib->iab", per_item, per_item) - np.einsum(
        "ia,ab->iab", per_item, np.eye(len(values))
    )
    observed = float((together * distance * (many / (sizes - 1))[:, None, None]).sum())
    n = counts.sum()
    expected = float((np.outer(counts, counts) * distance).sum() / (n - 1))
    return 1 - observed / expected


def alpha_interval(
    ratings: Sequence[Sequence[float | None]], metric: str = "ordinal"
) -> tuple[float, float, float]:
    """`alpha` with a 95 % interval by leaving out one item at a time (jackknife); NaN bounds below three items."""
    table = [list(row) for row in ratings]
    whole, items = alpha(table, metric), len(table[0]) if table else 0
    if items < 3 or math.isnan(whole):
        return whole, math.nan, math.nan
    without = np.array([alpha([row[:n] + row[n + 1 :] for row in table], metric) for n in range(items)])
    known = without[~np.isnan(without)]
    if len(known) < 3:
        return whole, math.nan, math.nan
    error = math.sqrt((len(known) - 1) / len(known) * float(((known - known.mean()) ** 2).sum()))
    return whole, max(-1.0, whole - Z95 * error), min(1.0, whole + Z95 * error)


def kappa_of_characters(first: int, second: int, both: int, total: int) -> float:
    """Cohen's κ of two coders over the characters of a text: `first` and `second` coded by each, `both` by both.

    >>> [abs(round(kappa_of_characters(*c), 3)) for c in ((900, 900, 810, 1000), (500, 500, 250, 1000))]
    [0.0, 0.0]
    >>> [round(kappa_of_characters(*c), 3) for c in ((400, 400, 300, 1000), (200, 200, 180, 10_000))]
    [0.583, 0.898]
    """
    a, b = first / total, second / total
    agree = (both + total - first - second + both) / total
    by_chance = a * b + (1 - a) * (1 - b)
    return math.nan if by_chance == 1 else (agree - by_chance) / (1 - by_chance)
