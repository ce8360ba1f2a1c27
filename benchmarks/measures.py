"""What a ranking or a list is worth against the truth: plain arrays in, one number out.

`owner` says for each estimated actor which true customer-entrepreneur it stands for, −1 where it stands for none.
Each true one counts once: of several estimated actors with one owner the highest ranked is the hit, the others are
left out, neither hit nor false. `total` is how many true ones there are, found or not.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from scipy.stats import beta

Floats: TypeAlias = npt.NDArray[np.float64]
Ints: TypeAlias = npt.NDArray[np.int64]
Bools: TypeAlias = npt.NDArray[np.bool_]

NOBODY = -1


def steps(score: Floats, owner: Ints) -> tuple[Ints, Ints]:
    """Hits and rows so far at the end of each run of equal scores, from the highest score down.

    >>> steps(np.array([3.0, 2.0, 2.0, 1.0]), np.array([0, -1, 1, 0]))
    (array([1, 2, 2]), array([1, 3, 3]))
    """
    order = np.argsort(-score, kind="stable")
    scores, owners = score[order], owner[order]
    hit = owners != NOBODY
    first = np.zeros(len(owners), bool)
    first[np.unique(owners, return_index=True)[1]] = True
    counted = ~hit | first
    ends = np.flatnonzero(np.diff(scores, append=-np.inf))
    return np.cumsum(hit & first)[ends], np.cumsum(counted)[ends]


def average_precision(score: Floats, owner: Ints, total: int) -> float:
    """Σ precision × gain in recall, from the highest score down; NaN where there is nothing to find.

    >>> average_precision(np.array([3.0, 2.0, 1.0]), np.array([0, -1, 1]), 2)
    0.8333333333333333
    """
    if not total:
        return float("nan")
    hits, rows = steps(score, owner)
    gained = np.diff(hits, prepend=0)
    return float((gained * hits / np.maximum(rows, 1)).sum() / total)


def recall_at_precision(score: Floats, owner: Ints, total: int, precision: float) -> float:
    """The largest recall of any cut whose precision is at least `precision`; 0 where no cut has it."""
    if not total:
        return float("nan")
    hits, rows = steps(score, owner)
    good = hits >= precision * np.maximum(rows, 1)
    return float(hits[good].max(initial=0) / total)


def binomial_interval(successes: int, trials: int, level: float = 0.95) -> tuple[float, float]:
    """The exact interval of Clopper and Pearson (1934).

    >>> [round(x, 3) for x in binomial_interval(0, 20)]
    [0.0, 0.168]
    """
    tail = (1 - level) / 2
    low = 0.0 if successes == 0 else float(beta.ppf(tail, successes, trials - successes + 1))
    high = 1.0 if successes == trials else float(beta.ppf(1 - tail, successes + 1, trials - successes))
    return low, high


def tenths(probability: Floats, right: Bools) -> list[tuple[int, int, float, float]]:
    """For each tenth of probability that holds anybody: tenth (0–9), actors, mean probability, share right."""
    tenth = np.minimum((probability * 10).astype(int), 9)
    return [
        (t, int((tenth == t).sum()), float(probability[tenth == t].mean()), float(right[tenth == t].mean()))
        for t in range(10)
        if (tenth == t).any()
    ]
