"""What is asked of everybody, and how many gave the same answer.

A question reads a count and an exposure from rows of a person and half of the days. The halves are put side by side,
once for all questions that read the same rows, and each answer falls into a *cell*: question, fold, count and exposure
in one number. The engine groups and looks up by that number; Python sees only how many persons are in a cell.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
from numpy.typing import NDArray

from entrepot.discovery.personal_use import Array, PersonalUse
from entrepot.discovery.purchases import FOLDS, Read
from entrepot.engines import Engine

ANYBODY = -1  # asked about the same, whatever the fold
BINS_AN_OCTAVE = 8
EXACT_UP_TO = 16
STEPS, PLACES = 2**10, 2**11  # of counts and of exposures, as many as a cell can number


@dataclass(frozen=True)
class Question:
    """A count to be weighed: `rows` has one row a person and half of the days, `person, half` and numbers.

    `read` names the numbers that are the count and the exposure. Where the folds are asked about different things it
    names those of each fold, and everybody is asked about all of them (or `rows` has a column `asked`, the fold). A
    person is judged by the answer about those of its own fold, against others asked about the same.

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
    read: Mapping[int, Read] = field(default_factory=lambda: {ANYBODY: Read("count", "exposure")})


def count_step(count: ir.NumericValue) -> ir.IntegerValue:
    """Counts up to 16 as they are, larger ones in eighths of an octave, rounded down: never more than counted."""
    octaves = int(math.log2(EXACT_UP_TO))
    larger = EXACT_UP_TO + (count.log2() * BINS_AN_OCTAVE).floor() - octaves * BINS_AN_OCTAVE
    return ibis.ifelse(count <= EXACT_UP_TO, count.floor(), larger).cast("int32")


def counted_in(step: Any) -> Any:
    """The count that a step stands for; of an array or of a column."""
    octaves = math.log2(EXACT_UP_TO) + (step - EXACT_UP_TO) / BINS_AN_OCTAVE
    if isinstance(step, np.ndarray):
        return np.where(step <= EXACT_UP_TO, step, 2.0**octaves)
    return ibis.ifelse(step <= EXACT_UP_TO, step.cast("float64"), ibis.literal(2.0) ** octaves)


def count_bin(count: ir.NumericValue) -> ir.FloatingValue:
    """The count that stands for all of the same step."""
    return counted_in(count_step(count))


def exposure_bin(exposure: ir.NumericValue) -> ir.IntegerValue:
    """Number of eighths of an octave, to the nearest."""
    return (exposure.log2() * BINS_AN_OCTAVE).round().cast("int32")


def answers_to(engine: Engine, questions: Sequence[Question], persons: ir.Table) -> ir.Table:
    """The two halves of the days side by side, one row a question and person with an exposure.

    Columns: `question, asked, person, fold, count_a, count_b, exposure_a, exposure_b`. What several questions read
    from the same rows is put side by side in one pass.
    """
    names: dict[Any, set[str]] = {}
    for question in questions:
        of = names.setdefault(question.rows.op(), set())
        of.update(name for read in question.read.values() for name in (read.count, read.exposure))
    wide = {op: _side_by_side(engine, op.to_expr(), sorted(of), persons) for op, of in names.items()}
    return ibis.union(
        *[
            _answer(wide[question.rows.op()], number, asked, read)
            for number, question in enumerate(questions)
            for asked, read in question.read.items()
        ],
        distinct=False,
    )


def _side_by_side(engine: Engine, rows: ir.Table, names: Sequence[str], persons: ir.Table) -> ir.Table:
    """The numbers `names` of `rows`, one row a person: `_a` of the one half of the days, `_b` of the other; kept.

    The halves are joined: adding them up in groups is three times as dear.
    """
    rows = rows.join(persons.select("person", "fold"), "person")
    who = [name for name in ("person", "fold", "asked") if name in rows.columns]
    a, b = (
        rows.filter(rows.half == number).select(
            **{f"{name}_{half}": rows[name] for name in who},
            **{f"{name}_{half}": rows[name].cast("float64") for name in names},
        )
        for number, half in enumerate("ab")
    )
    sides = a.outer_join(b, [a[f"{name}_a"] == b[f"{name}_b"] for name in who])
    wide = sides.select(
        **{name: sides[f"{name}_a"].coalesce(sides[f"{name}_b"]) for name in who},
        **{name: sides[name].fill_null(0.0) for half in "ab" for name in (f"{n}_{half}" for n in names)},
    )
    return engine.keep(wide, "side_by_side")


def _answer(wide: ir.Table, number: int, asked: int, read: Read) -> ir.Table:
    """The answers to question `number` about what fold `asked` is asked about."""
    row = wide.select(
        "person", "fold",
        question=ibis.literal(number, "int16"),
        asked=wide.asked if "asked" in wide.columns else ibis.literal(asked, "int8"),
        count_a=wide[f"{read.count}_a"], count_b=wide[f"{read.count}_b"],
        exposure_a=wide[f"{read.exposure}_a"], exposure_b=wide[f"{read.exposure}_b"],
    )  # fmt: skip
    return row.filter(row.exposure_a + row.exposure_b > 0)


def both(answers: ir.Table) -> tuple[ir.FloatingValue, ir.FloatingValue]:
    """Count and exposure of all days."""
    return answers.count_a + answers.count_b, answers.exposure_a + answers.exposure_b


def _place(count: ir.FloatingValue, exposure: ir.FloatingValue) -> ir.IntegerValue:
    """One number for a count and an exposure; what is grouped and looked up by it is so several times as fast."""
    return count_step(count).cast("int64") * PLACES + exposure_bin(exposure) + PLACES // 2


def cell_of(answers: ir.Table, count: ir.FloatingValue, exposure: ir.FloatingValue) -> ir.IntegerValue:
    """One number for question, fold, count and exposure; `in_parts` takes it apart."""
    asked_of = answers.question.cast("int64") * FOLDS + answers.fold
    return asked_of * (STEPS * PLACES) + _place(count, exposure)


def in_parts(cell: NDArray[Any]) -> dict[str, Array]:
    """`question, fold, c` (the count that the cell stands for) and `b` (the bin of its exposure) of each cell."""
    rest, b = np.divmod(cell, PLACES)
    rest, step = np.divmod(rest, STEPS)
    question, fold = np.divmod(rest, FOLDS)
    numbers = {"question": question, "fold": fold, "c": counted_in(step), "b": b - PLACES // 2}
    return {name: value.astype(np.float64) for name, value in numbers.items()}


def cells_of(engine: Engine, answers: ir.Table) -> dict[str, Array]:
    """How many persons gave the same answer, by `cell` and as `question, fold, c, b`."""
    grouped = answers.group_by("asked", cell=cell_of(answers, *both(answers))).agg(n=answers.count())
    rows = _arrays(engine, grouped)
    return rows | in_parts(rows["cell"])


def only(cells: dict[str, Array], those: NDArray[np.bool_]) -> dict[str, Array]:
    """The cells that are marked in `those`."""
    return {name: value[those] for name, value in cells.items()}


def own(answers: Any) -> Any:
    """The answers by which persons are judged: of a table, or of arrays by name."""
    return (answers["asked"] == ANYBODY) | (answers["asked"] == answers["fold"])


def of_others(cells: dict[str, Array], fold: int) -> NDArray[np.bool_]:
    """The answers of persons of other folds about what `fold` is asked about."""
    return (cells["fold"] != fold) & ((cells["asked"] == ANYBODY) | (cells["asked"] == fold))


def _arrays(engine: Engine, table: ir.Table) -> dict[str, Array]:
    rows = engine.fetch(table.order_by([c for c in table.columns if c != "n"]))
    return {name: rows[name].to_numpy() for name in rows.column_names}


def halves_alike(engine: Engine, answers: ir.Table) -> dict[str, Array]:
    """How many persons gave the same answer in each half of the days, of those who counted three or more: as `cells_of`
    the one half, with `c_other, b_other` of the other."""
    often = answers.count_a + answers.count_b >= 3
    able = answers.filter((answers.exposure_a > 0) & (answers.exposure_b > 0) & often)
    grouped = able.group_by(
        asked=able.asked,
        cell=cell_of(able, able.count_a, able.exposure_a),
        place=_place(able.count_b, able.exposure_b),
    ).agg(n=able.count())
    rows = _arrays(engine, grouped)
    other = in_parts(rows["place"])
    return rows | in_parts(rows["cell"]) | {"c_other": other["c"], "b_other": other["b"]}
