"""Halves side by side, and answers in cells: every number comes back out as it was put in."""

from collections import Counter

import numpy as np
import pyarrow as pa

from entrepot.discovery.asking import (
    Question,
    answers_to,
    cells_of,
    count_bin,
    count_step,
    counted_in,
    exposure_bin,
)
from entrepot.discovery.purchases import Read

ROWS = [
    {"person": person, "half": half, "units": float(7 * person % 40), "days": 1.0 + person % 5, "trips": person % 3}
    for person in range(60)
    for half in (0, 1)
    if (person + half) % 4  # some came on one half of the days only
]  # fmt: skip


def asked(engine):
    """Two questions read from the same rows, and one of them also from rows of its own."""
    rows = engine.hold(pa.Table.from_pylist(ROWS))
    of_its_own = rows.select("person", "half", count="units", exposure="days")
    questions = [
        Question("units", rows, read={-1: Read("units", "days")}),
        Question("trips", rows, read={-1: Read("trips", "units")}),
        Question("again", of_its_own),
    ]
    fold = pa.table(
        {"person": pa.array(range(60), pa.int32()), "fold": pa.array(np.arange(60) % 5, pa.int8())}
    )
    return answers_to(engine, questions, engine.hold(fold))


def test_the_halves_of_a_person_stand_side_by_side_whatever_rows_they_are_read_from(engine):
    found = engine.fetch(asked(engine)).to_pylist()
    first = {r["person"]: (r["count_a"], r["count_b"], r["exposure_a"]) for r in found if r["question"] == 0}
    units = {(r["person"], r["half"]): r["units"] for r in ROWS}
    days = {(r["person"], r["half"]): r["days"] for r in ROWS}
    assert first == {
        p: (units.get((p, 0), 0.0), units.get((p, 1), 0.0), days.get((p, 0), 0.0))
        for p in range(60) if (p, 0) in days or (p, 1) in days
    }  # fmt: skip
    again = [{**r, "question": 0} for r in found if r["question"] == 2]
    assert sorted(map(str, again)) == sorted(str(r) for r in found if r["question"] == 0)


def test_who_has_no_exposure_gives_no_answer(engine):
    trips = {r["person"] for r in engine.fetch(asked(engine)).to_pylist() if r["question"] == 1}
    assert trips == {r["person"] for r in ROWS if r["units"] > 0}


def test_a_cell_taken_apart_is_what_was_counted_one_by_one(engine):
    answers = asked(engine)
    count, exposure = answers.count_a + answers.count_b, answers.exposure_a + answers.exposure_b
    rows = engine.fetch(answers.select("question", "fold", c=count_bin(count), b=exposure_bin(exposure)))
    cells = cells_of(engine, answers)
    names = ("question", "fold", "c", "b")
    parts = [tuple(float(cells[name][k]) for name in names) for k in range(len(cells["n"]))]
    found = {part: int(n) for part, n in zip(parts, cells["n"], strict=True)}
    assert found == Counter(tuple(float(row[name]) for name in names) for row in rows.to_pylist())


def test_a_step_stands_for_the_same_count_in_the_engine_and_in_python(engine):
    table = engine.hold(pa.table({"count": [0.0, 0.7, 16.0, 16.9, 17.5, 40.0, 12_345.0, 3e7]}))
    rows = engine.fetch(table.select(step=count_step(table["count"]), stood=count_bin(table["count"])))
    np.testing.assert_allclose(counted_in(rows["step"].to_numpy()), rows["stood"].to_numpy(), rtol=1e-12)
