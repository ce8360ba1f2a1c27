"""The efficiency gap: with assumptions that are points it can be worked out; wrong ones are refused together."""

from __future__ import annotations

import json
from datetime import date

import pytest

from entrepot.errors import InputError
from entrepot.interdependence import Assumptions, efficiency_gap
from entrepot.interdependence.efficiency import FILE

from .conftest import DOZEN, HOUSEHOLDS, bought, ground_of

LINES = [bought("R1", 60.0), bought("R2", 40.0), bought("H1", 500.0), bought("D1", 900.0), bought(None, 70.0)]
GIVEN = {"stopped_share": "[0.5, 0.5, 0.5]", "comes_back_share": "[0.2, 0.2, 0.2]",
         "contribution_share": "[0.4, 0.4, 0.4]", "households_lost_share": "[0.01, 0.01, 0.01]"}  # fmt: skip
A_YEAR = 365.25 / 365


@pytest.fixture
def written(tmp_path):
    """A file of assumptions, with changes: `written(stopped_share="[1]")`, None leaves one out."""

    def write(**changes):
        path = tmp_path / "assumptions.toml"
        lines = [f"{name} = {value}" for name, value in {**GIVEN, **changes}.items() if value is not None]
        path.write_text("\n".join(lines), "utf-8")
        return path

    return write


def mistakes_in(path):
    with pytest.raises(InputError) as caught:
        Assumptions.read(path)
    return [(mistake.what, mistake.got) for mistake in caught.value.mistakes]


def gap(ground, path):
    return {row["item"]: row for row in efficiency_gap(ground, Assumptions.read(path)).to_pylist()}


def test_with_assumptions_that_are_points_the_gap_is_worked_out(engine, written):
    found = gap(ground_of(engine, LINES, DOZEN), written())
    forgone, lost = 100 * 0.4 * 0.5 * 0.8 * A_YEAR, 500 * 0.4 * 0.01 * A_YEAR
    for end in ("amount", "amount_low", "amount_high"):
        amounts = [
            found[i][end] for i in ("forgone contribution", "cost of lost legitimacy", "efficiency gap")
        ]
        assert amounts == pytest.approx([forgone, lost, forgone - lost])


def test_where_costs_are_known_the_contribution_is_the_margin(engine, written):
    lines = [bought("R1", 60.0, unit_cost=20.0), bought("H1", 500.0, unit_cost=100.0)]
    found = gap(ground_of(engine, lines, DOZEN), written())
    assert found["forgone contribution"]["amount"] == pytest.approx(40 * 0.5 * 0.8 * A_YEAR)
    assert found["cost of lost legitimacy"]["amount"] == pytest.approx(400 * 0.01 * A_YEAR)


def test_ranges_make_the_interval_wide_and_stand_beside_the_result(engine, written):
    row = gap(ground_of(engine, LINES, DOZEN, draws=200), written(stopped_share="[0, 0.5, 1]"))[
        "forgone contribution"
    ]
    assert row["amount_low"] < 0.5 * row["amount"] and row["amount_high"] > 1.5 * row["amount"]
    assert json.loads(row["assumptions"])["stopped_share"] == [0.0, 0.5, 1.0]
    assert json.loads(row["assumptions"])["basis"] == "revenue"


def test_half_a_year_counts_for_a_year(engine, written):
    whole = gap(ground_of(engine, LINES, DOZEN), written())["efficiency gap"]["amount"]
    half = gap(ground_of(engine, LINES, DOZEN, until=date(2025, 7, 1)), written())["efficiency gap"]["amount"]
    assert half == pytest.approx(whole * 365 / 182)


def test_where_nobody_is_suspect_nothing_is_forgone(engine, written):
    assert gap(ground_of(engine, LINES, HOUSEHOLDS), written())["forgone contribution"]["amount"] == 0.0


def test_suspects_of_whom_no_line_counts_forgo_nothing(engine, written):
    assert (
        gap(ground_of(engine, [bought("H1", 500.0)], DOZEN), written())["forgone contribution"]["amount"]
        == 0.0
    )


def test_the_file_of_the_documentation_can_be_read(tmp_path):
    path = tmp_path / "assumptions.toml"
    path.write_text(FILE, "utf-8")
    assert Assumptions.read(path).stopped_share == (0.5, 0.8, 1.0)


@pytest.mark.parametrize(
    "value", ["[0.5]", "[0.5, 0.4, 0.6]", "[0.5, 0.6, 1.1]", "[-0.1, 0, 0]", "[nan, 0.5, 1]", "0.5", '["a", "b", "c"]',
              "[true, true, true]"]
)  # fmt: skip
def test_a_range_that_does_not_rise_from_0_to_1_is_refused(written, value):
    ((what, _),) = mistakes_in(written(stopped_share=value))
    assert what == "stopped_share is out of range"


def test_everything_that_is_wrong_is_told_at_once(written):
    path = written(stopped_share=None, comes_back_share="[2, 2, 2]", hope="[1, 1, 1]")
    assert mistakes_in(path) == [
        ("an assumption that we do not know", "hope"),
        ("stopped_share is missing", "nothing"),
        ("comes_back_share is out of range", "[2, 2, 2]"),
    ]


@pytest.mark.parametrize(
    "content", [b"stopped_share = [0.1,", b"\xff\xfe\x00", None], ids=["not TOML", "not UTF-8", "absent"]
)
def test_a_file_that_cannot_be_read_is_told_as_such(tmp_path, content):
    path = tmp_path / "assumptions.toml"
    if content is not None:
        path.write_bytes(content)
    ((what, _),) = mistakes_in(path)
    assert what == "the assumptions cannot be read"
