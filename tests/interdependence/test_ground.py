"""What every measure stands on: who is suspect, how unsure that is, and what they bought."""

from __future__ import annotations

import numpy as np
import pytest

from entrepot.interdependence.ground import interval

from .conftest import DOZEN, HOUSEHOLDS, SELLERS, bought, ground_of, household, seller


def who_of(ground):
    return ground.suspects.actor_id


def crowd(near, suspects=40, evidence=2.2, probability=0.8, far=400):
    """Households of whom `near` show evidence of 1 to 4, and suspects somewhat beyond."""
    return [
        *[household(f"N{n}", resale_evidence=0.3) for n in range(near)],
        *[household(f"F{n}") for n in range(far)],
        *[seller(f"R{n}", resale_evidence=evidence, resale_probability=probability, flagged=False)
          for n in range(suspects)],
    ]  # fmt: skip


def relative_width(engine, size):
    """Of the interval of the number of customer-entrepreneurs, in a population of `size` tenths."""
    who = crowd(12 * size, 4 * size, evidence=1.7, far=60 * size)
    ground = ground_of(engine, [bought("R1", 1.0)], who, draws=400)
    low, high = interval(ground.suspects.draws.sum(axis=0))
    return float((high - low) / ground.suspects.weight.sum())


@pytest.mark.parametrize(
    ("changes", "suspect"),
    [({"resale_evidence": 0.6, "flagged": False}, False), ({"resale_evidence": 0.61, "flagged": False}, True),
     ({"resale_evidence": 0.1, "flagged": True}, True), ({"declared": "yes"}, False), ({"declared": "in part"}, True),
     ({"kind_if_business": "unclear"}, False), ({"kind_if_business": "organisation, own use"}, False)],
)  # fmt: skip
def test_suspects_are_beyond_the_edge_or_listed_undeclared_and_of_a_kind_that_sells_on(
    engine, changes, suspect
):
    ground = ground_of(engine, [bought("R1", 1.0)], [{**SELLERS[0], **changes}, *HOUSEHOLDS])
    assert who_of(ground) == (["R1"] if suspect else [])


def test_far_beyond_the_edge_a_draw_is_yes_or_no(engine):
    ground = ground_of(engine, [bought("R1", 1.0)], crowd(20))
    assert set(np.unique(ground.suspects.draws)) <= {0.0, 1.0}


def test_in_the_decade_above_the_edge_a_yes_stands_for_up_to_one_and_a_half_more(engine):
    drawn = ground_of(engine, [bought("R1", 1.0)], crowd(20, evidence=1.2)).suspects.draws
    assert ((drawn == 0) | ((drawn >= 1) & (drawn <= 2.5))).all() and drawn.max() > 2


def test_the_fewer_there_are_to_read_the_tail_from_the_wider_is_the_interval(engine):
    many, some, few = (relative_width(engine, size) for size in (50, 10, 2))
    assert few > 1.2 * some > 1.2 * many


def test_draws_of_the_sure_are_all_yes(engine):
    assert ground_of(engine, [bought("R1", 1.0)], DOZEN).suspects.draws.min() == 1.0


def test_the_excess_of_a_draw_is_never_more_than_the_draw(engine):
    who = [
        seller(f"R{n}", excess_units=3.0, excess_units_low=0.0, excess_units_high=9.0, units=6.0)
        for n in range(9)
    ]
    suspects = ground_of(engine, [bought("R1", 1.0)], who).suspects
    assert suspects.excess_0_1 == pytest.approx(0.5)
    assert (suspects.excess_draws >= 0).all() and (suspects.excess_draws <= suspects.draws).all()
    assert suspects.excess_draws.std() > 0.1


def test_interval_ends_are_the_quantiles_of_each_row():
    draws = np.vstack([np.arange(1001), 5 * np.arange(1001)]).astype(float)
    low, high = interval(draws)
    assert [*low, *high] == pytest.approx([25.0, 125.0, 975.0, 4875.0])


def test_each_line_is_of_one_part(engine):
    lines = [
        bought("R1", 1.0),
        bought("H1", 2.0),
        bought("D1", 4.0),
        bought(None, 8.0),
        bought("stranger", 16.0),
    ]
    row = ground_of(engine, lines, DOZEN).amounts
    found = engine.fetch(row.group_by("part").agg(revenue=row.revenue.sum())).to_pylist()
    assert {r["part"]: r["revenue"] for r in found} == {
        "suspect": 1.0, "household": 2.0, "sell-in": 4.0, "without identity": 24.0,
    }  # fmt: skip


def test_amounts_of_suspects_are_one_row_a_suspect_and_one_column_a_value(engine):
    lines = [bought("R2", 5.0), bought("R2", 3.0, channel="web"), bought("R4", 2.0), bought("H1", 9.0)]
    values, table = ground_of(engine, lines, DOZEN).of_suspects("channel", "revenue")
    assert values == ["store", "web"]
    assert table.tolist() == [[0, 0], [5, 3], [0, 0], [2, 0], [0, 0], [0, 0]]


def test_of_suspects_who_bought_nothing_there_is_a_column_of_nothing(engine):
    values, table = ground_of(engine, [bought("H1", 9.0)], DOZEN).of_suspects(None, "revenue")
    assert (values, table.shape, table.sum()) == (["all"], (6, 1), 0.0)
