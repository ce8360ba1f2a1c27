"""The list: who is on it at a stated false discovery rate, and how probable each is.

e-BH lists the k actors with the largest e-values, for the largest k with e_k ≥ n / (fdr · k); at most `fdr` of
them are households, whatever the dependence, if households are as described (Wang & Ramdas 2022). The
probability is another number: two groups in one population (Efron 2008), for ranking and for sums.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
import numpy as np

from entrepot.discovery.personal_use import Array
from entrepot.engines import Engine

LEAST_SHARE = 1e-6
STEPS_AN_ORDER = 50  # of magnitude, in the histogram of evidence


def q_values(evidence: ir.Table) -> ir.Table:
    """Add `place` (1 = strongest) and `q_value`, the smallest rate at which an actor would be listed, to `evidence`.

    q of place k is the least of n / (j · e_j) over all places j ≥ k, at most 1.
    """
    n = evidence.count()
    order = [evidence.log10_e.desc(), evidence.actor_id]
    placed = evidence.mutate(
        place=ibis.row_number().over(ibis.window(order_by=order)) + 1, n=n.over(ibis.window())
    )
    rate = ibis.literal(10.0) ** (placed.n.log10() - placed.place.log10() - placed.log10_e)
    placed = placed.mutate(rate=rate)
    onwards = ibis.window(order_by=placed.place, preceding=0, following=None)
    return placed.mutate(q_value=ibis.least(placed.rate.min().over(onwards), 1.0)).drop("rate", "n")


def listed_at(log10_e: Array, fdr: float, everybody: int | None = None) -> int:
    """How many are listed: the largest k with e_k ≥ n / (fdr · k).

    Evidence below 1 / fdr plays no part: it may be missing, if `everybody` says how many n are with it.

    >>> listed_at(np.array([3.0, 2.0, 0.0, 0.0]), 0.05)
    2
    """
    ordered = np.sort(log10_e)[::-1]
    places = np.arange(1, len(ordered) + 1)
    n = len(ordered) if everybody is None else everybody
    enough = np.nonzero(ordered + np.log10(places) >= np.log10(n / fdr))[0]
    return int(enough[-1]) + 1 if len(enough) else 0


def histogram(engine: Engine, evidence: ir.Table) -> tuple[Array, Array]:
    """Evidence in fiftieths of an order of magnitude, rounded down: values and number of actors."""
    binned = (evidence.log10_e * STEPS_AN_ORDER).floor() / STEPS_AN_ORDER
    rows = engine.fetch(evidence.group_by(value=binned).agg(n=evidence.count()).order_by("value"))
    return rows["value"].to_numpy().astype(float), rows["n"].to_numpy().astype(float)


def share_of_businesses(log10_values: Array, weight: Array, rounds: int = 200) -> float:
    """The part ε of actors that are businesses, by maximum likelihood of the mixture (1 − ε) + ε·e; the least of all
    parts where there are no actors.

    >>> round(share_of_businesses(np.array([-1.0, 6.0]), np.array([90.0, 10.0])), 2)
    0.11
    """
    if not weight.sum():
        return LEAST_SHARE
    e = 10.0 ** np.minimum(log10_values, 250.0)
    share = 0.05
    for _ in range(rounds):
        belongs = share * e / (1 - share + share * e)
        share = float(np.clip(np.average(belongs, weights=weight), LEAST_SHARE, 0.9))
    return share


def businesses_among(engine: Engine, evidence: ir.Table) -> float:
    """The part of the actors of `evidence` (`actor_id, log10_e`) that are businesses."""
    return share_of_businesses(*histogram(engine, evidence))


def probability(log10_e: ir.FloatingValue, share: float) -> ir.FloatingValue:
    """ε·e / (1 − ε + ε·e), between 0 and 1."""
    odds = ibis.literal(share / (1 - share)) * ibis.literal(10.0) ** ibis.least(log10_e, 250.0)
    return odds / (1 + odds)
