"""One machinery for every signal: count and exposure in, evidence out.

The engine makes a histogram of counts and exposures; Python fits personal use to it, once for each fold and
without that fold; the engine looks every person up in the answer. An actor is thus judged by households that do
not include it, and Python never sees a person, only how many have the same numbers. Persons who act as one are
judged together: n persons are n independent households under the null and one business under the alternative.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

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

ANYBODY = -1  # asked about the same, whatever the fold
BINS_AN_OCTAVE = 8
EXACT_UP_TO = 16
FEWEST_PERSONS = 100
BODY_UP_TO = 0.95
UNUSUAL_IF_UNSEEN_0_1 = 0.01  # of the persons, where no products show how many there are


@dataclass(frozen=True)
class Question:
    """A count to be weighed: `rows` has `person, half, count, exposure`, one row a person and half of the days.

    Where the folds are asked about different things `rows` has a column `asked` too: everybody is asked about those of
    each fold. A person is judged by the answer about those of its own fold, against others asked about the same.

    `tail` names the question, put before, that shows the tail of the innocent, and `tail_apart` says that those
    are unusual buyers (`evidence`).
    `scaled`: bring the exposure to a fitted power first. `null`: personal use that the user has stated; then
    nothing is fitted.
    """

    name: str
    rows: ir.Table
    scaled: bool = True
    null: PersonalUse | None = None
    tail: str | None = None
    tail_apart: bool = False


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

    `persons`: one row a question and person: `question` (number), `person, fold, count, exposure, c, b`, and the
    evidence against a household, `log10_e`, and against an unusual buyer, `log10_e_unusual`.
    `halves`: the same persons with `count_a, exposure_a` of the one half of the days and `count_b, exposure_b` of the
    other. `fitted`: by name; a question that too few persons could answer is missing.
    """

    persons: ir.Table
    halves: ir.Table
    fitted: Mapping[str, Fitted]

    def of(self, name: str) -> ir.Table:
        """The rows of one question."""
        return self.persons.filter(self.persons.question == self.fitted[name].number)

    @property
    def unusual_share_0_1(self) -> float:
        """The part of the persons who may be unusual buyers: the most that any question shows."""
        shares = [n.tail_share_0_1 for f in self.fitted.values() for n in f.nulls if n.tail_apart]
        return max(shares, default=0.0)


def count_bin(count: ir.NumericValue) -> ir.FloatingValue:
    """Counts up to 16 as they are, larger ones rounded down to an eighth of an octave: never more than counted."""
    rounded = ibis.literal(2.0) ** ((count.log2() * BINS_AN_OCTAVE).floor() / BINS_AN_OCTAVE)
    return ibis.ifelse(count <= EXACT_UP_TO, count.floor().cast("float64"), rounded)


def exposure_bin(exposure: ir.NumericValue) -> ir.IntegerValue:
    """Number of eighths of an octave, to the nearest."""
    return (exposure.log2() * BINS_AN_OCTAVE).round().cast("int32")


def weigh(engine: Engine, questions: Sequence[Question], persons: ir.Table) -> Weighed:
    """Fit personal use by folds and look every person up, for all questions in the same few passes.

    A question that fewer than 100 persons have an exposure for, or that nobody outside some fold answers with more
    than nothing, is left out of `Weighed.fitted`.
    """
    asked = ibis.union(*[_numbered(q, n) for n, q in enumerate(questions)], distinct=False)
    added = _added(engine, asked, persons)
    cells = _arrays(engine, _cells(added))
    bursts = _bursts(engine, added)
    fitted: dict[str, Fitted] = {}
    for number, question in enumerate(questions):
        mine = _only(cells, cells["question"] == number)
        answers = mine["n"][_own(mine)].sum()
        if answers >= FEWEST_PERSONS and _each_fold_has_others(mine):
            one = _fitted(question, number, mine, bursts)
            seen = fitted.get(question.tail or "")
            fitted[question.name] = _with_tail(one, seen, question.tail_apart, answers)
    judged = added
    if any("asked" in q.rows.columns for q in questions):
        judged = engine.keep(added.filter(_own(added)), "judged")
    return Weighed(_look_up(engine, judged, _only(cells, _own(cells)), fitted), judged, fitted)


def reweigh(engine: Engine, weighed: Weighed, times: float) -> Weighed:
    """What the same counts say if heavy households were `times` as common."""
    fitted = {
        name: replace(f, nulls=tuple(null.with_heavy_households(times) for null in f.nulls))
        for name, f in weighed.fitted.items()
    }
    cells = _arrays(engine, _cells(weighed.persons))
    return Weighed(_look_up(engine, weighed.persons, cells, fitted), weighed.halves, fitted)


def _cells(added: ir.Table) -> ir.Table:
    asked = added.asked if "asked" in added.columns else ibis.literal(ANYBODY, "int8")
    return added.group_by("question", "fold", "c", "b", asked=asked).agg(n=added.count())


def _only(cells: dict[str, Array], those: NDArray[np.bool_]) -> dict[str, Array]:
    return {name: value[those] for name, value in cells.items()}


def _own(answers: Any) -> Any:
    """The answers by which persons are judged: of a table, or of arrays by name."""
    return (answers["asked"] == ANYBODY) | (answers["asked"] == answers["fold"])


def _others(cells: dict[str, Array], fold: int) -> NDArray[np.bool_]:
    """The answers of persons of other folds about what `fold` is asked about."""
    return (cells["fold"] != fold) & ((cells["asked"] == ANYBODY) | (cells["asked"] == fold))


def _numbered(question: Question, number: int) -> ir.Table:
    rows = question.rows
    return rows.select(
        "person",
        "half",
        question=ibis.literal(number, "int16"),
        asked=rows.asked if "asked" in rows.columns else ibis.literal(ANYBODY, "int8"),
        count=rows["count"].cast("float64"),
        exposure=rows.exposure.cast("float64"),
    )


def _added(engine: Engine, halves: ir.Table, persons: ir.Table) -> ir.Table:
    """The two halves of the days together, and binned, one row a question and person with an exposure."""
    a, b = halves.half == 0, halves.half == 1
    both = halves.group_by("question", "person", "asked").agg(
        count_a=halves["count"].sum(where=a).fill_null(0),
        count_b=halves["count"].sum(where=b).fill_null(0),
        exposure_a=halves.exposure.sum(where=a).fill_null(0),
        exposure_b=halves.exposure.sum(where=b).fill_null(0),
    )
    both = both.mutate(count=both.count_a + both.count_b, exposure=both.exposure_a + both.exposure_b)
    both = both.filter(both.exposure > 0).join(persons.select("person", "fold"), "person")
    return engine.keep(both.mutate(c=count_bin(both["count"]), b=exposure_bin(both.exposure)), "added")


def _arrays(engine: Engine, table: ir.Table) -> dict[str, Array]:
    rows = engine.fetch(table.order_by([c for c in table.columns if c != "n"]))
    return {name: np.asarray(rows[name].to_numpy(), dtype=np.float64) for name in rows.column_names}


def _bursts(engine: Engine, added: ir.Table) -> dict[tuple[int, int], float]:
    """The burst of each question, by its number and the fold that it is for: read from the other folds."""
    able = added.filter((added.exposure_a > 0) & (added.exposure_b > 0) & (added["count"] >= 3))
    cells = able.group_by(
        question=able.question,
        asked=able.asked,
        fold=able.fold,
        c_a=count_bin(able.count_a),
        c_b=count_bin(able.count_b),
        b_a=exposure_bin(able.exposure_a),
        b_b=exposure_bin(able.exposure_b),
    ).agg(n=able.count())
    rows = _arrays(engine, cells)
    answer = {}
    for number in np.unique(rows["question"]):
        for fold in range(FOLDS):
            others = (rows["question"] == number) & _others(rows, fold)
            answer[int(number), fold] = _burst(_only(rows, others))
    return answer


def _burst(cells: dict[str, Array]) -> float:
    exposure_a, exposure_b = (2.0 ** (cells[name] / BINS_AN_OCTAVE) for name in ("b_a", "b_b"))
    return burst_of(cells["c_a"], exposure_a, cells["c_b"], exposure_b, cells["n"])


def _fitted(
    question: Question, number: int, cells: dict[str, Array], bursts: Mapping[tuple[int, int], float]
) -> Fitted:
    """One fit for each fold, from the other folds alone: no number of a fold reaches what judges it."""
    if question.null is not None:
        return Fitted(question.name, number, (question.null,) * FOLDS, (Power(0.0, 1.0),) * FOLDS)
    nulls: list[PersonalUse] = []
    powers: list[Power] = []
    for fold in range(FOLDS):
        others = _only(cells, _others(cells, fold))
        power = _power(others["c"], others["b"], others["n"]) if question.scaled else Power(0.0, 1.0)
        nulls.append(fit(*_alike(others, power), burst=bursts.get((number, fold), 1.0)))
        powers.append(power)
    return Fitted(question.name, number, tuple(nulls), tuple(powers))


def _each_fold_has_others(cells: dict[str, Array]) -> bool:
    """Whether somebody outside each fold answered with more than nothing."""
    counted = cells["n"] * cells["c"]
    return all(counted[_others(cells, fold)].sum() > 0 for fold in range(FOLDS))


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
    keys, where = np.unique(np.stack([cells["c"], cells["b"]]), axis=1, return_inverse=True)
    persons = np.bincount(where.ravel(), weights=cells["n"])
    return keys[0], power(2.0 ** (keys[1] / BINS_AN_OCTAVE)), persons.astype(np.float64)


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


def _look_up(
    engine: Engine, added: ir.Table, cells: dict[str, Array], fitted: Mapping[str, Fitted]
) -> ir.Table:
    answer, unusual = np.full(len(cells["n"]), np.nan), np.full(len(cells["n"]), np.nan)
    for one in fitted.values():
        for fold, null in enumerate(one.nulls):
            mine = (cells["question"] == one.number) & (cells["fold"] == fold)
            exposure = one.exposure(fold, cells["b"][mine])
            answer[mine], unusual[mine] = log10_e_of_both(null, cells["c"][mine], exposure)
    known = ~np.isnan(answer)
    said = engine.hold(
        pa.table(
            {
                "question": pa.array(cells["question"][known].astype(np.int16)),
                "fold": pa.array(cells["fold"][known].astype(np.int8)),
                "c": cells["c"][known],
                "b": pa.array(cells["b"][known].astype(np.int32)),
                "log10_e": answer[known],
                "log10_e_unusual": unusual[known],
            }
        ),
        "said",
    )
    columns = [added[name] for name in ("question", "person", "fold", "count", "exposure", "c", "b")]
    found = added.join(said, ["question", "fold", "c", "b"])
    return engine.keep(found.select(*columns, said.log10_e, said.log10_e_unusual), "weighed")


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
