"""One machinery for every signal: count and exposure in, evidence out.

The engine makes a histogram of counts and exposures; Python fits personal use to it, once for each fold and
without that fold; the engine looks every person up in the answer. An actor is thus judged by households that do
not include it, and Python never sees a person, only how many have the same numbers. Persons who act as one are
judged together: n persons are n independent households under the null and one business under the alternative.
"""

from __future__ import annotations

from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from entrepot.discovery.personal_use import (
    Array,
    PersonalUse,
    burst_of,
    fit,
    log10_e,
    log10_ratio,
    log_likelihood,
    units_between,
)
from entrepot.discovery.purchases import FOLDS
from entrepot.engines import Engine

BINS_AN_OCTAVE = 8
EXACT_UP_TO = 32
FEWEST_PERSONS = 100
BODY_UP_TO = 0.95


@dataclass(frozen=True)
class Power:
    """How the expected count grows with the exposure among households: exp(`level`) · exposure^`exponent`."""

    level: float
    exponent: float

    def __call__(self, exposure: Array) -> Array:
        return np.exp(self.level + self.exponent * np.log(exposure))


@dataclass(frozen=True)
class Weighed:
    """What one signal says: `persons` has one row a person: `person, fold, log10_e, count, exposure, c, b`.

    `nulls` holds the personal use of each fold, fitted without it, and `powers` how the exposure was scaled.
    """

    persons: ir.Table
    nulls: tuple[PersonalUse, ...]
    powers: tuple[Power, ...]

    def exposure(self, fold: int, b: Array) -> Array:
        """The exposure that bin `b` stands for, scaled as for `fold`."""
        return self.powers[fold](2.0 ** (b / BINS_AN_OCTAVE))


def count_bin(count: ir.NumericValue) -> ir.FloatingValue:
    """Counts up to 32 as they are, larger ones rounded down to an eighth of an octave: never more than counted."""
    rounded = ibis.literal(2.0) ** ((count.log2() * BINS_AN_OCTAVE).floor() / BINS_AN_OCTAVE)
    return ibis.ifelse(count <= EXACT_UP_TO, count.floor().cast("float64"), rounded)


def exposure_bin(exposure: ir.NumericValue) -> ir.IntegerValue:
    """Number of eighths of an octave, to the nearest."""
    return (exposure.log2() * BINS_AN_OCTAVE).round().cast("int32")


def whole(engine: Engine, counted: ir.Table, persons: ir.Table) -> ir.Table:
    """Add the two halves of the days: `person, fold, count, exposure, c, b`, one row a person with an exposure."""
    both = counted.group_by("person").agg(
        count=counted["count"].sum().cast("float64"), exposure=counted.exposure.sum()
    )
    both = both.filter(both.exposure > 0).join(persons.select("person", "fold"), "person")
    return engine.keep(both.mutate(c=count_bin(both["count"]), b=exposure_bin(both.exposure)), "counted")


def weigh(engine: Engine, counted: ir.Table, persons: ir.Table, *, scaled: bool) -> Weighed | None:
    """Fit personal use by folds and look every person up; None where fewer than 100 persons have an exposure.

    `counted` has one row a person and half of the days: `person, half, count, exposure`.
    """
    added = whole(engine, counted, persons)
    cells = _histogram(engine, added)
    if cells["n"].sum() < FEWEST_PERSONS or not (cells["n"] @ cells["c"]):
        return None
    burst = _burst(engine, counted)
    nulls: list[PersonalUse] = []
    powers: list[Power] = []
    for fold in range(FOLDS):
        others = cells["fold"] != fold
        c, b, n = cells["c"][others], cells["b"][others], cells["n"][others]
        power = _power(c, b, n) if scaled else Power(0.0, 1.0)
        nulls.append(fit(c, power(2.0 ** (b / BINS_AN_OCTAVE)), n, burst=burst))
        powers.append(power)
    weighed = Weighed(added, tuple(nulls), tuple(powers))
    return Weighed(_look_up(engine, added, cells, weighed), weighed.nulls, weighed.powers)


def weigh_given(engine: Engine, counted: ir.Table, persons: ir.Table, null: PersonalUse) -> Weighed:
    """The same with a personal use that the user has stated: nothing is fitted."""
    added = whole(engine, counted, persons)
    weighed = Weighed(added, (null,) * FOLDS, (Power(0.0, 1.0),) * FOLDS)
    return Weighed(_look_up(engine, added, _histogram(engine, added), weighed), weighed.nulls, weighed.powers)


def reweigh(engine: Engine, weighed: Weighed, times: float) -> Weighed:
    """What the same counts say if heavy households were `times` as common."""
    added = weighed.persons.drop("log10_e")
    nulls = tuple(null.with_heavy_households(times) for null in weighed.nulls)
    now = Weighed(added, nulls, weighed.powers)
    return Weighed(_look_up(engine, added, _histogram(engine, added), now), nulls, weighed.powers)


def _histogram(engine: Engine, added: ir.Table) -> dict[str, Array]:
    cells = engine.fetch(added.group_by("fold", "c", "b").agg(n=added.count()).order_by("fold", "c", "b"))
    return {name: np.asarray(cells[name].to_numpy(), dtype=np.float64) for name in ("fold", "c", "b", "n")}


def _power(c: Array, b: Array, n: Array) -> Power:
    """Fitted on the body: persons in the top 5 % of exposure do not say what twice the exposure means."""
    order = np.argsort(b)
    edge = b[order][min(np.searchsorted(np.cumsum(n[order]) / n.sum(), BODY_UP_TO), len(b) - 1)]
    body = b <= edge
    places, where = np.unique(b[body], return_inverse=True)
    persons = np.bincount(where, weights=n[body])
    count = np.array([_winsorised(c[body][where == k], n[body][where == k]) for k in range(len(places))])
    used = (persons >= 5) & (count > 0)
    if used.sum() < 3:
        return Power(float(np.log((n @ c) / (n @ 2.0 ** (b / BINS_AN_OCTAVE)))), 1.0)
    log_exposure = places[used] * np.log(2) / BINS_AN_OCTAVE
    slope, level = np.polyfit(log_exposure, np.log(count[used]), 1, w=np.sqrt(persons[used]))
    return Power(float(level), float(np.clip(slope, 0.1, 2.0)))


def _winsorised(count: Array, weight: Array) -> float:
    """Mean count of the persons in one place, where none counts for more than nine in ten others do."""
    order = np.argsort(count)
    reached = np.cumsum(weight[order]) / weight.sum()
    cap = count[order][np.searchsorted(reached, 0.9)]
    return float(np.average(np.minimum(count, max(cap, 1.0)), weights=weight))


def _burst(engine: Engine, counted: ir.Table) -> float:
    halves = counted.group_by("person").agg(
        count_a=counted["count"].sum(where=counted.half == 0).fill_null(0),
        count_b=counted["count"].sum(where=counted.half == 1).fill_null(0),
        exposure_a=counted.exposure.sum(where=counted.half == 0).fill_null(0),
        exposure_b=counted.exposure.sum(where=counted.half == 1).fill_null(0),
    )
    able = halves.filter(
        (halves.exposure_a > 0) & (halves.exposure_b > 0) & (halves.count_a + halves.count_b >= 3)
    )
    cells = able.select(
        a=count_bin(able.count_a), b=count_bin(able.count_b), x=exposure_bin(able.exposure_a), y=exposure_bin(able.exposure_b)
    )  # fmt: skip
    found = engine.fetch(cells.group_by("a", "b", "x", "y").agg(n=ibis._.count()))
    value = {name: np.asarray(found[name].to_numpy(), dtype=np.float64) for name in ("a", "b", "x", "y", "n")}
    exposures = [2.0 ** (value[name] / BINS_AN_OCTAVE) for name in ("x", "y")]
    return burst_of(value["a"], exposures[0], value["b"], exposures[1], value["n"])


def _look_up(engine: Engine, added: ir.Table, cells: dict[str, Array], weighed: Weighed) -> ir.Table:
    answer = np.zeros(len(cells["n"]))
    for fold, null in enumerate(weighed.nulls):
        mine = cells["fold"] == fold
        answer[mine] = log10_e(null, cells["c"][mine], weighed.exposure(fold, cells["b"][mine]))
    said = engine.hold(
        pa.table({
            "fold": pa.array(cells["fold"].astype(np.int8)), "c": cells["c"],
            "b": pa.array(cells["b"].astype(np.int32)), "log10_e": answer,
        }),
        "said",
    )  # fmt: skip
    return engine.keep(added.join(said, ["fold", "c", "b"]), "weighed")


def together(weighed: Weighed, rows: pa.Table, actor: str = "actor_id") -> dict[str, float]:
    """Evidence of actors of several persons: log10 e by actor.

    `rows` (`actor_id, fold, c, b`, one row a person) is small. Log-likelihoods are added: under the null over n
    own rates, under the alternative over one shared rate.
    """
    answer: dict[str, float] = {}
    grouped: dict[str, list[dict[str, float]]] = {}
    for row in rows.to_pylist():
        grouped.setdefault(str(row[actor]), []).append(row)
    for name, members in grouped.items():
        fold = int(members[0]["fold"])
        null = weighed.nulls[fold]
        c = np.array([m["c"] for m in members], dtype=np.float64)
        exposure = weighed.exposure(fold, np.array([m["b"] for m in members], dtype=np.float64))
        logs = log_likelihood(c, exposure, null.grid, null.burst)
        answer[name] = _joint(null, logs)
    return answer


def _joint(null: PersonalUse, logs: Array) -> float:
    shared = logs.sum(axis=0)
    top = shared.max()
    business = np.log(np.exp(shared - top) @ null.business + 1e-300) + top
    own_top = logs.max(axis=1, keepdims=True)
    households = (np.log(np.exp(logs - own_top) @ null.household + 1e-300) + own_top[:, 0]).sum()
    return float((business - households) / np.log(10))


def expected(weighed: Weighed, fold: int, b: Array) -> tuple[Array, Array, Array]:
    """What households with exposure bin `b` do: quantile 2.5 %, mean, quantile 97.5 % of the count."""
    return units_between(weighed.nulls[fold], weighed.exposure(fold, b))


__all__ = ["Weighed", "expected", "log10_ratio", "together", "weigh"]
