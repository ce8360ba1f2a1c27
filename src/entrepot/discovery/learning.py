"""What reviews teach: how often the list is wrong, what the probability should say, how to draw the next sample.

A label is a verdict of a person on an actor, and the reason why that actor was shown. Only verdicts on actors that
were shown from the list or at random, with a known chance, say something of those that were not shown: each weighs
one divided by its chance. Appeals choose themselves, and cases of other tools have rules of their own: both are
counted and compared, never learned from. A model that learns from its own list only confirms itself, so every run
carries a random sample of all actors, drawn by hash, for the next review.

Weights of signals stay fixed: an e-value may not be weighted by the data that it is made from.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
from scipy.special import betaincinv

from entrepot.actors.tables import Actors
from entrepot.discovery.evidence import gamma_of
from entrepot.discovery.groups import Groups
from entrepot.discovery.personal_use import Array
from entrepot.discovery.signals import View
from entrepot.engines import Engine
from entrepot.orders.tables import OPTIONAL, REQUIRED, Orders

FEWEST_AUDITED = 50  # listed actors with a verdict, before a share is stated
FEWEST_OF_EACH = 20  # confirmed and rejected actors, before the probability is set anew
FEWEST_CONTROLS = 50  # actors audited at random and rejected, before they check the evidence
SAMPLE = 100  # actors to draw at random for the next review
LEARNED_FROM = ("listed", "random")
MOST_LOG_ODDS = float(np.log(1e6))  # beyond a million to one the evidence says no more about a verdict
LEVEL_SPREAD, SLOPE_SPREAD = 3.0, 0.5  # how far the calibration may move before much was reviewed
_HASH = 2**32

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Calibration:
    """Log-odds as reviews have them: `level` + `slope` · log-odds as the evidence has them; (0, 1) changes nothing."""

    level: float
    slope: float

    def __call__(self, log10_e: ir.FloatingValue, share: float) -> ir.FloatingValue:
        """The probability (0–1) of evidence `log10_e` where the part `share` of all actors are businesses."""
        log_odds = log10_e * float(np.log(10)) + float(np.log(share / (1 - share)))
        capped = log_odds.clip(lower=-MOST_LOG_ODDS, upper=MOST_LOG_ODDS)
        return 1 / (1 + (-(self.level + self.slope * capped)).exp())


@dataclass(frozen=True)
class Learned:
    """What the labels changed (`calibration`, None: nothing), what they say for `run.json`, and the `verdicts`."""

    calibration: Calibration | None
    notes: Mapping[str, Any]
    verdicts: ir.Table | None = None

    def probability(self, log10_e: ir.FloatingValue, share: float, groups: Groups) -> ir.FloatingValue:
        """The probability of resale, as the two `groups` have it or, where enough was reviewed, as reviews have it."""
        return self.calibration(log10_e, share) if self.calibration else groups.of(log10_e)


def learn(
    engine: Engine, orders: Orders, actors: Actors, placed: ir.Table, share: float, fdr: float
) -> Learned:
    """What the labels of `orders` say of the list `placed` (`actor_id, log10_e, place, q_value`) at `fdr`.

    `share` (0–1) is the part of actors that are businesses. Without labels nothing changes.
    """
    if orders.labels is None:
        return Learned(None, {"read": 0})
    matched = engine.keep(_matched(orders, actors), "labels")
    own = engine.keep(verdicts(matched), "verdicts")
    seen = placed.select("actor_id", "log10_e", flagged=placed.q_value <= fdr)
    rows = engine.fetch(own.join(seen, "actor_id").order_by("actor_id")).to_pylist()
    calibration, why = calibrate(rows, share)
    notes = {
        **_counted(engine, matched, rows),
        "false_share": false_share(rows),
        "recalibration": why,
        "agreement": agreement(engine, matched, seen),
        "weights_of_signals": "fixed",
    }
    return Learned(calibration, notes, own)


def _matched(orders: Orders, actors: Actors) -> ir.Table:
    """The labels with `matched_id`, the actor that each speaks of: by its id, else its customer, else its order."""
    assert orders.labels is not None
    given = orders.labels.columns
    absent = [c for c in (*REQUIRED["labels"], *OPTIONAL["labels"]) if c not in given]
    kinds = {"shown_probability_0_1": "float64"}
    row = orders.labels.mutate(**{c: ibis.null(kinds.get(c, "string")) for c in absent})
    of_customer = actors.actors.select(its_customer="customer_id", by_customer="actor_id")
    known = actors.actors.select(by_id="actor_id").distinct()
    row = row.left_join(known, row.actor_id == known.by_id)
    row = row.left_join(of_customer, row.customer_id == of_customer.its_customer)
    if "order_id" in given:
        of_order = _actors_of_orders(orders, of_customer)
        row = row.left_join(of_order, row.order_id == of_order.its_order)
    else:
        row = row.mutate(by_order=ibis.null("string"))
    return row.select(
        matched_id=ibis.coalesce(row.by_id, row.by_customer, row.by_order),
        **{c: row[c] for c in ("verdict", "reviewed_at", "source", "shown_because", "shown_probability_0_1")},
    )


def _actors_of_orders(orders: Orders, of_customer: ir.Table) -> ir.Table:
    assert orders.labels is not None
    lines = orders.lines.semi_join(orders.labels, "order_id")
    row = lines.join(of_customer, lines.customer_id == of_customer.its_customer)
    return row.group_by(its_order="order_id").agg(by_order=row.by_customer.min())


def verdicts(matched: ir.Table) -> ir.Table:
    """The firm's own verdicts, one row an actor: the latest wins; of two at one time, the one in its favour.

    Columns `actor_id, verdict, because, chance` (of being shown, 0–1 or null) and `conflict`: another time the
    actor got the opposite verdict.
    """
    own = matched.filter(
        matched.matched_id.notnull() & (matched.shown_because.fill_null("not said") != "imported")
    )
    latest = ibis.window(group_by=own.matched_id, order_by=[own.reviewed_at.desc(), own.verdict.desc()])
    both = own.verdict.isin(["confirmed", "rejected"])
    ever = ibis.window(group_by=own.matched_id)
    row = own.mutate(
        nth=ibis.row_number().over(latest),
        least=own.verdict.nullif("cannot_tell").min().over(ever),
        most=ibis.ifelse(both, own.verdict, ibis.null("string")).max().over(ever),
    )
    row = row.filter(row.nth == 0)
    return row.select(
        actor_id=row.matched_id,
        verdict=row.verdict,
        because=row.shown_because.fill_null("not said"),
        chance=row.shown_probability_0_1,
        conflict=(row.least != row.most).fill_null(False),
    )


def _counted(engine: Engine, matched: ir.Table, rows: Sequence[Row]) -> dict[str, Any]:
    number = engine.fetch(matched.aggregate(read=matched.count(), known=matched.matched_id.count()))
    read, known = number["read"][0].as_py(), number["known"][0].as_py()
    return {
        "read": read,
        "of_nobody_here": read - known,
        "actors": len(rows),
        "verdicts": dict(Counter(row["verdict"] for row in rows)),
        "shown_because": dict(Counter(row["because"] for row in rows)),
        "conflicts": sum(row["conflict"] for row in rows),
        "without_chance": sum(row["because"] in LEARNED_FROM and not _weight(row) for row in rows),
    }


def _weight(row: Row) -> float:
    """How many actors this one stands for; 0 where the chance of being shown is not known."""
    chance = row["chance"] or 0.0
    return 1.0 / chance if row["because"] in LEARNED_FROM and 0 < chance <= 1 else 0.0


def _usable(rows: Sequence[Row]) -> tuple[list[Row], Array, Array]:
    """The rows to learn from that say yes or no; their weights; and 1.0 for each that was rejected."""
    used = [r for r in rows if _weight(r) and r["verdict"] != "cannot_tell"]
    rejected = [r["verdict"] == "rejected" for r in used]
    return used, np.array([_weight(r) for r in used]), np.array(rejected, dtype=np.float64)


def effective_number(weights: Array) -> float:
    """How many equally weighted verdicts say as much: (Σw)² / Σw² (Kish 1965).

    >>> effective_number(np.array([1.0, 1.0, 2.0]))
    2.6666666666666665
    """
    return float(weights.sum() ** 2 / (weights**2).sum())


def upper_95(share: float, number: float) -> float:
    """The share (0–1) at which no more than `share` of `number` is seen once in twenty (Clopper & Pearson 1934).

    >>> round(upper_95(0.0, 50.0), 4)
    0.0582
    """
    found = share * number
    return 1.0 if found >= number else float(betaincinv(found + 1, number - found, 0.95))


def false_share(rows: Sequence[Row]) -> dict[str, Any]:
    """The part of the list that reviews found to be ordinary customers, once 50 listed actors are audited.

    `estimate` and `upper_95` (0–1) weigh each verdict by 1 / its chance of being shown; `upper_95_at_worst` also
    counts those of whom reviewers could not tell as ordinary customers.
    """
    listed = [row for row in rows if row["flagged"]]
    used, weights, rejected = _usable(listed)
    unclear = [_weight(row) for row in listed if row["verdict"] == "cannot_tell" and _weight(row)]
    notes: dict[str, Any] = {"audited": len(used), "needed": FEWEST_AUDITED, "cannot_tell": len(unclear)}
    if len(used) < FEWEST_AUDITED:
        return notes
    number = effective_number(weights)
    share = float(np.average(rejected, weights=weights))
    everybody = np.concatenate([weights, unclear])
    worst = (weights @ rejected + sum(unclear)) / everybody.sum()
    return notes | {
        "estimate": share,
        "upper_95": upper_95(share, number),
        "upper_95_at_worst": upper_95(float(worst), effective_number(everybody)),
        "effective_number": number,
    }


def calibrate(rows: Sequence[Row], share: float) -> tuple[Calibration | None, dict[str, Any]]:
    """The probability as verdicts have it: a logistic regression on the log-odds of the evidence.

    Weighted by 1 / chance (scaled to the effective number) and drawn towards no change; a stronger evidence never
    gives a smaller probability. None until 20 confirmed and 20 rejected actors of known chance are there.
    """
    used, weights, rejected = _usable(rows)
    counts = {"confirmed": int(len(used) - rejected.sum()), "rejected": int(rejected.sum())}
    if min(counts.values()) < FEWEST_OF_EACH:
        return None, {**counts, "needed_of_each": FEWEST_OF_EACH}
    log10_e = np.array([row["log10_e"] for row in used])
    log_odds = np.clip(log10_e * np.log(10) + np.log(share / (1 - share)), -MOST_LOG_ODDS, MOST_LOG_ODDS)
    found = _fit(log_odds, 1 - rejected, weights * effective_number(weights) / weights.sum())
    return found, {**counts, "level": found.level, "slope": found.slope}


def _fit(log_odds: Array, confirmed: Array, weights: Array) -> Calibration:
    from scipy.optimize import minimize  # dear to import, and seldom needed

    def loss(at: Array) -> float:
        said = at[0] + at[1] * log_odds
        misfit = weights @ (np.logaddexp(0, said) - confirmed * said)
        return float(misfit + (at[0] / LEVEL_SPREAD) ** 2 / 2 + ((at[1] - 1) / SLOPE_SPREAD) ** 2 / 2)

    best = minimize(loss, np.array([0.0, 1.0]), method="L-BFGS-B", bounds=[(None, None), (0.0, None)])
    return Calibration(float(best.x[0]), float(best.x[1]))


def agreement(engine: Engine, matched: ir.Table, seen: ir.Table) -> list[Row]:
    """How imported cases agree with the list: one row a source and verdict, with `actors` and how many are `listed`."""
    theirs = matched.filter(matched.matched_id.notnull() & (matched.shown_because == "imported"))
    theirs = theirs.select(
        "verdict", actor_id="matched_id", source=theirs.source.fill_null("not said")
    ).distinct()
    row = theirs.join(seen, "actor_id")
    each = row.group_by("source", "verdict").agg(actors=row.count(), listed=row.flagged.sum())
    found: list[Row] = engine.fetch(each.order_by("source", "verdict")).to_pylist()
    return found


def with_audited(
    view: View, actors: Actors, combined: ir.Table, gamma: float | None, controls: Mapping[str, float]
) -> tuple[float | None, Mapping[str, float]]:
    """γ and its controls, with those audited at random and found to be ordinary customers.

    The labels are those that `view.orders` has: of an earlier day, those known by then. Their mean e may not exceed
    one either: the smaller γ of the two counts. Below 50 of them nothing changes. `combined` has `actor_id, log10_e`
    before γ.
    """
    if view.orders.labels is None:
        return gamma, controls
    audited = verdicts(_matched(view.orders, actors))
    audited = audited.filter((audited.verdict == "rejected") & (audited.because == "random"))
    rows = view.engine.fetch(audited.join(combined, "actor_id").order_by("actor_id")).to_pylist()
    used, weights, _ = _usable(rows)
    if len(used) < FEWEST_CONTROLS:
        return gamma, controls
    log10_e = np.array([row["log10_e"] for row in used])
    mean = float(np.average(10.0 ** np.minimum(log10_e, 200.0), weights=weights))
    found = {**controls, "audited_actors": float(len(used)), "audited_mean_e": mean}
    return min(1.0 if gamma is None else gamma, gamma_of(log10_e, weights)), found


def audit_sample(engine: Engine, placed: ir.Table, seed: int, as_of: date) -> ir.Table:
    """About 100 of all actors, drawn by hash whatever the evidence: `actor_id, shown_because, shown_probability_0_1`.

    Another `seed` or day draws others; the chance is the same for all and exact.
    """
    number = engine.fetch(placed.aggregate(n=placed.count()))["n"][0].as_py()
    chance = min(_HASH, int(_HASH * SAMPLE / max(number, 1)))
    digest = (ibis.literal(f"audit {seed} {as_of} ") + placed.actor_id).hexdigest("md5").substr(0, 8)
    drawn = placed if chance == _HASH else placed.filter(digest < f"{chance:08x}")
    sample = drawn.select(
        "actor_id", shown_because=ibis.literal("random"), shown_probability_0_1=ibis.literal(chance / _HASH)
    )
    return engine.keep(sample.order_by("actor_id"), "audit_sample")
