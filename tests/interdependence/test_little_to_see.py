"""Every measure where there is little to see: it says so with empty rows or zeros, and never fails."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from entrepot.interdependence import (
    Assumptions,
    both_directions,
    concentration,
    coverage,
    displacement,
    efficiency_gap,
    growth,
    hindsight,
    path,
    shares,
    stress,
)

from .conftest import DOZEN, HOUSEHOLDS, SINCE, bought, ground_of, known, restriction

ASSUMED = Assumptions((0.5, 0.5, 0.5), (0.0, 0.0, 0.0), (0.4, 0.4, 0.4), (0.0, 0.0, 0.0))
MEASURES = {
    "coverage": coverage, "shares": shares, "both_directions": both_directions, "concentration": concentration,
    "growth": growth, "stress": stress, "path": path, "displacement": displacement,
    "efficiency_gap": lambda ground: efficiency_gap(ground, ASSUMED), "hindsight": lambda ground: hindsight(ground)[0],
}  # fmt: skip
DAY = date(2025, 6, 1)
MONTH = {"until": SINCE + timedelta(days=30)}
WORLDS: dict[str, tuple[list[dict[str, Any]], list[dict[str, Any]], dict[str, Any]]] = {
    "no customer ids at all": ([bought(None, 10.0, DAY), bought(None, 20.0, DAY)], HOUSEHOLDS, {}),
    "nobody suspect": ([bought("H1", 10.0, DAY), bought(None, 20.0, DAY)], HOUSEHOLDS, {}),
    "suspects who bought nothing": ([bought("H1", 10.0, DAY)], DOZEN, {}),
    "one month of history": ([bought("R1", 10.0, SINCE), bought("H1", 20.0, SINCE)], DOZEN, MONTH),
    "one day of history": ([bought("R1", 10.0, SINCE)], DOZEN, {"until": SINCE}),
    "everything given back": ([bought("R1", 0.0, DAY, quantity=0.0)], DOZEN, {}),
    "everything for nothing": ([bought("R1", 0.0, DAY), bought("H1", 0.0, DAY)], DOZEN, {}),
    "no line at all": ([], HOUSEHOLDS, {}),
}


@pytest.fixture(scope="module", params=WORLDS)
def little(request, engine):
    lines, who, how = WORLDS[request.param]
    then, events = [known("R1", SINCE.replace(day=31))], [restriction(DAY)]
    return ground_of(engine, lines, who, knowable=then, events=events, **how)


@pytest.mark.parametrize("measure", MEASURES)
def test_a_measure_holds_where_there_is_little_to_see(little, measure):
    rows = MEASURES[measure](little).to_pylist()
    numbers = [v for row in rows for v in row.values() if isinstance(v, float)]
    assert all(v == v and abs(v) < 1e9 for v in numbers)  # neither NaN nor beyond all measure


def test_of_displacement_nothing_is_claimed(little):
    assert {row["effect"] for row in displacement(little).to_pylist()} == {None}


def test_of_critical_mass_nothing_is_claimed(little):
    dates = hindsight(little)[1].to_pylist()
    assert {row["on"] for row in dates if row["what"].startswith("critical_mass")} == {None}
