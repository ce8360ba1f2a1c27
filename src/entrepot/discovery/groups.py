"""Two groups in one population: how probable it is that an actor is a business, given its evidence.

An e-value promises an error rate and is therefore a cautious number: it says how strong the evidence is at least,
not how common businesses are among those who show it. For that the population itself is asked (Efron 2008): of all
actors with about this evidence, how many would be there if all were households? Among households e-values thin out
at most like Markov's bound, P(e > x) = a / x. That is the heaviest tail that a mean of one allows, up to logarithms,
and so the slowest to call anybody a business; its height a is read where households are the rule, from evidence of
1 to 4. What is there beyond it is the share of businesses, never falling as the evidence grows.

Below an evidence of 4 nobody can be told from a household. Businesses are there too: new ones, small ones, those who
buy like a family. Their number is thought to be three quarters of that in the decade above the edge, anywhere from
none to half as many again; but none of them is thought to be as large as the largest tenth of those above.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
from scipy.optimize import isotonic_regression

from entrepot.discovery.personal_use import Array

FROM, EDGE, DECADE = 0.0, 0.6, 1.0  # of log10 e: where the tail is read, where it ends, and the decade above
BINS = (0.6, 0.8, 1.0, 1.25, 1.5, 2.0, 2.5, 3.0, 4.0, 6.0, 1000.0)
BELOW = 0.75  # times the businesses in the decade above: so many are thought to be below the edge
LARGEST_BELOW_0_1 = 0.9  # and none with more revenue than this part of the suspects


@dataclass(frozen=True)
class Groups:
    """The probability (0–1) that an actor is a business, as a function of its evidence.

    `at` are log10 e, ascending; `probability` is what holds there, a straight line between. Below the edge it is
    `below` · e: a business there is the more probable the stronger the evidence. `tail` is a.
    """

    at: Array
    probability: Array
    below: float
    tail: float

    def __call__(self, log10_e: Array) -> Array:
        """The probability of each of `log10_e`."""
        high = np.interp(log10_e, self.at, self.probability)
        low = np.minimum(self.below * 10.0 ** np.minimum(log10_e, EDGE), self.probability[0])
        return np.where(log10_e > EDGE, high, low)

    def of(self, log10_e: ir.FloatingValue) -> ir.FloatingValue:
        """As `__call__`, as an expression of the engine."""
        first = float(self.probability[0])
        below = ibis.least(self.below * ibis.literal(10.0) ** ibis.least(log10_e, EDGE), first)
        branches: list[tuple[ir.BooleanValue, ir.Value]] = [(log10_e <= EDGE, below)]
        branches.append((log10_e <= float(self.at[0]), ibis.literal(first)))
        for k in range(len(self.at) - 1):
            (x0, x1), (p0, p1) = self.at[k : k + 2], self.probability[k : k + 2]
            line = float(p0) + (log10_e - float(x0)) * float((p1 - p0) / (x1 - x0))
            branches.append((log10_e <= float(x1), line))
        return ibis.cases(*branches, else_=float(self.probability[-1]))


def in_decade(log10_e: Any) -> Any:
    """Whether evidence lies in the decade above the edge, where an actor stands for those below too."""
    return (log10_e > EDGE) & (log10_e <= EDGE + DECADE)


def stands_for_below(suspects: ir.Table) -> ir.FloatingValue:
    """Of `suspects` (`resale_evidence, revenue`): one in the decade above the edge, for those below it, else nothing.

    The revenue of the largest is taken for no more than that of the `LARGEST_BELOW_0_1` quantile.
    """
    largest = suspects.revenue.quantile(LARGEST_BELOW_0_1).over(ibis.window())
    part = ibis.ifelse(suspects.revenue > largest, largest / suspects.revenue, 1.0)
    return ibis.ifelse(in_decade(suspects.resale_evidence), part, 0.0)


def weight_of(suspects: ir.Table) -> ir.FloatingValue:
    """For how many customer-entrepreneurs each of `suspects` counts: its probability, and those below the edge."""
    return suspects.resale_probability * (1 + BELOW * stands_for_below(suspects))


def two_groups(log10_e: Array, weight: Array, exponent: float = 1.0) -> Groups:
    """Fit the two groups to a histogram: `weight` actors have the evidence `log10_e`.

    With fewer than one actor between 1 and 4 the tail is taken to hold one. `exponent` is that of the tail, 1 for
    Markov's bound: how much another one changes is asked where intervals are drawn.

    >>> households = two_groups(np.array([-0.5, 0.3]), np.array([900.0, 75.0]))
    >>> round(households.tail, 3), float(households(np.array([3.0]))[0])
    (0.103, 0.0)
    >>> mixed = two_groups(np.array([-0.5, 0.3, 3.5]), np.array([900.0, 75.0, 25.0]))
    >>> round(float(mixed(np.array([3.5]))[0]), 3)
    0.996
    """
    everybody = max(float(weight.sum()), 1.0)
    read = (log10_e > FROM) & (log10_e <= EDGE)
    height = max(float(weight[read].sum()), 1.0) / (10.0 ** (-exponent * FROM) - 10.0 ** (-exponent * EDGE))
    edges = np.array(BINS)
    found = np.histogram(log10_e, edges, weights=weight)[0]
    expected = height * (10.0 ** (-exponent * edges[:-1]) - 10.0 ** (-exponent * edges[1:]))
    kept = found > 0
    if not kept.any():
        return Groups(np.array([EDGE]), np.array([0.0]), 0.0, height / everybody)
    raw = np.clip(1 - expected[kept] / found[kept], 0.0, 1.0)
    rising = isotonic_regression(raw, weights=found[kept]).x
    middle = [float(np.average(log10_e[m], weights=weight[m])) for m in _members(log10_e, edges, kept)]
    at = np.array(middle)
    decade = in_decade(log10_e)
    above = float(weight[decade] @ np.interp(log10_e[decade], at, rising))
    low = log10_e <= EDGE
    all_below = float(weight[low] @ 10.0 ** log10_e[low])
    return Groups(at, rising, BELOW * above / max(all_below, 1e-9), height / everybody)


def _members(log10_e: Array, edges: Array, kept: Any) -> list[Any]:
    bins = zip(edges[:-1][kept], edges[1:][kept], strict=True)
    return [(log10_e >= low) & (log10_e < high) for low, high in bins]
