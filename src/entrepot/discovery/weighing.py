"""One machinery for every signal: count and exposure in, evidence out.

The engine makes a histogram of counts and exposures; Python fits personal use to it, once for each fold and
without that fold; the engine looks every person up in the answer. An actor is thus judged by households that do
not include it, and Python never sees a person, only how many have the same numbers. Persons who act as one are
judged together: n persons are n independent households under the null and one business under the alternative.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from entrepot.discovery.asking import (
    BINS_AN_OCTAVE,
    PLACES,
    STEPS,
    Question,
    answers_to,
    both,
    cell_of,
    cells_of,
    count_bin,
    exposure_bin,
    halves_alike,
    in_parts,
    of_others,
    only,
    own,
)
from entrepot.discovery.personal_use import (
    Array,
    PersonalUse,
    burst_of,
    fit,
    log10_e_of_both,
    log10_means,
    log_likelihood,
)
from entrepot.discovery.purchases import FOLDS
from entrepot.engines import Engine

__all__ = ["Question", "Weighed", "count_bin", "exposure_bin", "reweigh", "weigh"]

FEWEST_PERSONS = 100
BODY_UP_TO = 0.95
UNUSUAL_IF_UNSEEN_0_1 = 0.01  # of the persons, where no products show how many there are
EVIDENCE = ("log10_e", "log10_e_unusual")
CEILING = 250.0  # of log10 e; more would overflow and says nothing more


@dataclass(frozen=True)
class Power:
    """How the expected count grows with the exposure among households: exp(`level`) · exposure^`exponent`."""

    level: float
    exponent: float

    def __call__(self, exposure: Array) -> Array:
        return np.exp(self.level + self.exponent * np.log(exposure))


@dataclass(frozen=True)
class Fitted:
    """The personal use of one question, for each fold fitted without it, and how its exposure was scaled."""

    name: str
    number: int
    nulls: tuple[PersonalUse, ...]
    powers: tuple[Power, ...]

    def exposure(self, fold: int, b: Array) -> Array:
        """The exposure that bin `b` stands for, scaled as for `fold`."""
        return self.powers[fold](2.0 ** (b / BINS_AN_OCTAVE))


@dataclass(frozen=True)
class Weighed:
    """What the questions answered.

    `persons`: one row a question and person: `question` (number), `person, fold, count, exposure, c, b`, what is
    `expected` of a household, and the evidence against a household, `log10_e`, and against an unusual buyer,
    `log10_e_unusual`. `halves`: the same persons with `count_a, exposure_a` of the one half of the days and
    `count_b, exposure_b` of the other. `fitted`: by name; a question that too few persons could answer is missing.
    `persons` is `judged` (a cell for each) beside what is `said` of the `cells`, a value a cell.
    """

    persons: ir.Table
    halves: ir.Table
    fitted: Mapping[str, Fitted]
    judged: ir.Table
    cells: Mapping[str, Array]
    said: Mapping[str, Array]

    def of(self, name: str) -> ir.Table:
        """The rows of one question."""
        return self.persons.filter(self.persons.question == self.fitted[name].number)

    @property
    def unusual_share_0_1(self) -> float:
        """The part of the persons who may be unusual buyers: the most that any question shows."""
        shares = [n.tail_share_0_1 for f in self.fitted.values() for n in f.nulls if n.tail_apart]
        return max(shares, default=0.0)


def weigh(engine: Engine, questions: Sequence[Question], persons: ir.Table) -> Weighed:
    """Fit personal use by folds and look every person up, for all questions in the same few passes.

    A question that fewer than 100 persons have an exposure for, or that nobody outside some fold answers with more
    than nothing, is left out of `Weighed.fitted`.
    """
    answers = engine.view(answers_to(engine, questions, persons), "answers")
    cells = cells_of(engine, answers)
    bursts = _bursts(engine, answers)
    fitted: dict[str, Fitted] = {}
    for number, question in enumerate(questions):
        mine = only(cells, cells["question"] == number)
        asked = mine["n"][own(mine)].sum()
        if asked >= FEWEST_PERSONS and _each_fold_has_others(mine):
            one = _fitted(question, number, mine, bursts)
            seen = fitted.get(question.tail or "")
            fitted[question.name] = _with_tail(one, seen, question.tail_apart, asked)
    halves = answers.filter(own(answers))
    count, exposure = both(halves)
    judged = halves.select(
        "question", "person", cell=cell_of(halves, count, exposure), count=count, exposure=exposure
    )
    judged, cells = engine.keep(judged, "judged"), only(cells, own(cells))
    said = _said(cells, fitted)
    return Weighed(_looked_up(engine, judged, cells, said), halves, fitted, judged, cells, said)


def reweigh(engine: Engine, weighed: Weighed, times: float) -> Weighed:
    """What the same counts say if heavy households were `times` as common."""
    fitted = {
        name: replace(f, nulls=tuple(null.with_heavy_households(times) for null in f.nulls))
        for name, f in weighed.fitted.items()
    }
    said = _said(weighed.cells, fitted)
    persons = _looked_up(engine, weighed.judged, weighed.cells, said)
    return replace(weighed, persons=persons, fitted=fitted, said=said)


def _bursts(engine: Engine, answers: ir.Table) -> dict[tuple[int, int], float]:
    """The burst of each question, by its number and the fold that it is for: read from the other folds."""
    cells = halves_alike(engine, answers)
    bursts = {}
    for number in np.unique(cells["question"]):
        mine = only(cells, cells["question"] == number)
        for fold in range(FOLDS):
            bursts[int(number), fold] = _burst(only(mine, of_others(mine, fold)))
    return bursts


def _burst(cells: dict[str, Array]) -> float:
    exposure_a, exposure_b = (2.0 ** (cells[name] / BINS_AN_OCTAVE) for name in ("b", "b_other"))
    return burst_of(cells["c"], exposure_a, cells["c_other"], exposure_b, cells["n"])


def _fitted(
    question: Question, number: int, cells: dict[str, Array], bursts: Mapping[tuple[int, int], float]
) -> Fitted:
    """One fit for each fold, from the other folds alone: no number of a fold reaches what judges it."""
    if question.null is not None:
        return Fitted(question.name, number, (question.null,) * FOLDS, (Power(0.0, 1.0),) * FOLDS)
    nulls: list[PersonalUse] = []
    powers: list[Power] = []
    for fold in range(FOLDS):
        others = only(cells, of_others(cells, fold))
        power = _power(others["c"], others["b"], others["n"]) if question.scaled else Power(0.0, 1.0)
        nulls.append(fit(*_alike(others, power), burst=bursts.get((number, fold), 1.0)))
        powers.append(power)
    return Fitted(question.name, number, tuple(nulls), tuple(powers))


def _each_fold_has_others(cells: dict[str, Array]) -> bool:
    """Whether somebody outside each fold answered with more than nothing."""
    counted = cells["n"] * cells["c"]
    return all(counted[of_others(cells, fold)].sum() > 0 for fold in range(FOLDS))


def _with_tail(fitted: Fitted, seen: Fitted | None, apart: bool, persons: float) -> Fitted:
    """The same nulls with the tail that was `seen` of products that nobody seeks, and one person more in it."""
    if seen is None and not apart:
        return fitted
    nulls = []
    for null, other in zip(fitted.nulls, seen.nulls if seen else fitted.nulls, strict=True):
        share = (other.business_share_0_1 * persons + 1) / (persons + 1) if seen else UNUSUAL_IF_UNSEEN_0_1
        until = max(other.business_until, null.business_until) if apart else other.business_until
        nulls.append(replace(null, tail_share_0_1=share, tail_until=until, tail_apart=apart))
    return replace(fitted, nulls=tuple(nulls))


def _alike(cells: dict[str, Array], power: Power) -> tuple[Array, Array, Array]:
    """Count, scaled exposure and number of persons, one row for all who have the same, whatever their fold."""
    places, where = np.unique(cells["cell"] % (STEPS * PLACES), return_inverse=True)
    persons = np.bincount(where, weights=cells["n"]).astype(np.float64)
    same = in_parts(places)
    return same["c"], power(2.0 ** (same["b"] / BINS_AN_OCTAVE)), persons


def _power(c: Array, b: Array, n: Array) -> Power:
    """Fitted on the body: persons in the top 5 % of exposure do not say what twice the exposure means."""
    order = np.argsort(b)
    place = min(int(np.searchsorted(np.cumsum(n[order]) / n.sum(), BODY_UP_TO)), len(b) - 1)
    edge = b[order[place]]
    body = b <= edge
    places, where = np.unique(b[body], return_inverse=True)
    persons = np.bincount(where, weights=n[body])
    count = _winsorised(c[body], n[body], where)
    used = (persons >= 5) & (count > 0)
    if used.sum() < 3:
        return Power(float(np.log((n @ c) / (n @ 2.0 ** (b / BINS_AN_OCTAVE)))), 1.0)
    log_exposure = places[used] * np.log(2) / BINS_AN_OCTAVE
    slope, level = np.polyfit(log_exposure, np.log(count[used]), 1, w=np.sqrt(persons[used]))
    return Power(float(level), float(np.clip(slope, 0.1, 2.0)))


def _winsorised(count: Array, weight: Array, place: NDArray[np.int64]) -> Array:
    """Mean count of the persons in each place, where none counts for more than nine in ten others there do."""
    order = np.lexsort((count, place))
    count, weight, place = count[order], weight[order], place[order]
    begins = np.flatnonzero(np.diff(place, prepend=-1))
    whole = np.add.reduceat(weight, begins)
    reached = np.cumsum(weight) - np.repeat(np.cumsum(whole) - whole, np.diff(begins, append=len(place)))
    below = np.add.reduceat((reached / whole[place] < 0.9).astype(np.int64), begins)
    cap = np.maximum(count[begins + below], 1.0)
    return np.asarray(np.add.reduceat(np.minimum(count, cap[place]) * weight, begins) / whole)


def _looked_up(
    engine: Engine, judged: ir.Table, cells: Mapping[str, Array], said: Mapping[str, Array]
) -> ir.Table:
    """`Weighed.persons`: what is said of each cell that could be answered, beside every person in it."""
    known = ~np.isnan(said["log10_e"])
    kinds = {"cell": pa.int64(), "fold": pa.int8(), "c": pa.float64(), "b": pa.int32()}
    of = {name: pa.array(cells[name][known]).cast(kind) for name, kind in kinds.items()}
    table = engine.hold(pa.table(of | {name: value[known] for name, value in said.items()}), "said")
    found = judged.join(table, "cell")
    columns = [found[name] for name in ("question", "person", "fold", "count", "exposure", "c", "b")]
    expected = found.usual * found.exposure**found.exponent
    return engine.view(found.select(*columns, *EVIDENCE, expected=expected), "weighed")


def _said(cells: Mapping[str, Array], fitted: Mapping[str, Fitted]) -> dict[str, Array]:
    """`EVIDENCE` of each cell, and what households do: usual · exposure^exponent; NaN where nothing was fitted."""
    names = (*EVIDENCE, "usual", "exponent")
    said = {name: np.full(len(cells["n"]), np.nan) for name in names}
    for one in fitted.values():
        for fold, (null, power) in enumerate(zip(one.nulls, one.powers, strict=True)):
            mine = (cells["question"] == one.number) & (cells["fold"] == fold)
            evidence = log10_e_of_both(null, cells["c"][mine], one.exposure(fold, cells["b"][mine]))
            usual = float(np.exp(null.grid) @ null.household) * math.exp(power.level)
            for name, value in zip(names, (*evidence, usual, power.exponent), strict=True):
                said[name][mine] = value
    return said


def together(fitted: Fitted, fold: int, c: Array, b: Array) -> tuple[float, float]:
    """Evidence, log10 e, of persons who act as one: `c` and `b` have one value a person.

    Against as many households and against one unusual buyer. Log-likelihoods are added: under the null over n own
    rates, under the alternative, and of an unusual buyer, over one shared rate.
    """
    households, unusual = each_together(fitted, fold, c, b, np.zeros(1, dtype=np.int64))
    return float(households[0]), float(unusual[0])


def each_together(
    fitted: Fitted, fold: int, c: Array, b: Array, begins: NDArray[np.int64]
) -> tuple[Array, Array]:
    """`together` for many groups of one fold at once; the persons of a group stand in a row from `begins` on."""
    null = fitted.nulls[fold]
    logs = log_likelihood(c, fitted.exposure(fold, b), null.grid, null.burst)
    business, unusual = log10_means(np.add.reduceat(logs, begins), null.business, null.unusual)
    households = np.add.reduceat(log10_means(logs, null.household)[0], begins)
    return business - households, business - (unusual if null.tail_apart else households)
