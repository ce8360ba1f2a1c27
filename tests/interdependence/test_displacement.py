"""Where buying goes after a restriction: planted by hand, and where it cannot be told."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from entrepot.interdependence import displacement
from entrepot.interdependence.displacement import _by_chance, _effect, _placebos

from .conftest import DOZEN, SELLERS, SINCE, UNTIL, bought, ground_of, household, restriction, seller

STARTS = date(2025, 8, 4)
EARLY, LATE = "the data begin on 2025-01-01", "the data end on 2025-12-31"
WEEKS = [SINCE + timedelta(days=7 * n) for n in range(52)]


def weekly(customer, share_web, units=10.0, after=None):
    """Units a week, of which a share goes through the web shop, another share from the restriction on."""
    lines = []
    for week in WEEKS:
        web = after if after is not None and week >= STARTS else share_web
        parts = {"web": units * web, "store": units * (1 - web)}
        lines += [bought(customer, 10.0 * n, week, channel=c, quantity=n) for c, n in parts.items() if n > 0]
    return lines


def moved(engine, lines, events=None, who=DOZEN, **how):
    found = displacement(ground_of(engine, lines, who, events=events or [restriction(STARTS)], **how))
    return found.to_pylist()


def test_what_moves_beyond_what_households_move_is_the_effect(engine):
    (row,) = moved(engine, weekly("R1", 0.2, after=0.8) + weekly("H1", 0.3, after=0.4))
    assert (row["from_channel"], row["to_channel"], row["cannot_tell"]) == ("store", "web", None)
    assert [row[n] for n in ("effect", "before_0_1", "after_0_1")] == pytest.approx([0.5, 0.2, 0.8])


def test_where_no_other_week_shows_any_change_the_interval_has_no_width(engine):
    (row,) = moved(engine, weekly("R1", 0.2, after=0.8) + weekly("H1", 0.3))
    assert [row["effect_low"], row["effect_high"], row["placebo_rate"]] == pytest.approx([0.6, 0.6, 0.0])


def test_what_everybody_does_is_no_displacement(engine):
    (row,) = moved(engine, weekly("R1", 0.2, after=0.5) + weekly("H1", 0.2, after=0.5))
    assert (row["effect"], row["placebo_rate"]) == (pytest.approx(0.0), 1.0)


def test_suspects_count_by_their_probability(engine):
    who = [seller("R1", resale_probability=0.5), *SELLERS[1:], household("H1")]
    lines = weekly("R1", 0.2, after=0.8) + weekly("R2", 0.2) + weekly("H1", 0.2)
    (row,) = moved(engine, lines, who=who)
    seen, mean_probability = 0.6 * 0.5 / 1.5, (0.5 * 0.5 + 1.0 * 1.0) / 1.5
    assert row["effect"] == pytest.approx(seen / mean_probability)


def test_households_among_the_suspects_do_not_make_it_smaller(engine):
    """Of ten suspects of probability one half, five moved: so did all who resell."""
    names = [f"R{n}" for n in range(1, 11)]
    who = [*(seller(name, resale_probability=0.5) for name in names), household("H1")]
    lines = weekly("H1", 0.2)
    for n, name in enumerate(names):
        lines += weekly(name, 0.2, after=0.8 if n < 5 else None)
    (row,) = moved(engine, lines, who=who)
    assert row["effect"] == pytest.approx(0.6)
    assert row["after_0_1"] - row["before_0_1"] == pytest.approx(0.3)


def test_a_restriction_on_one_product_is_asked_of_that_product(engine):
    other = [{**row, "product_id": "cream"} for row in weekly("R1", 0.2) + weekly("H1", 0.2)]
    lines = weekly("R1", 0.2, after=0.8) + weekly("H1", 0.2) + other
    (row,) = moved(engine, lines, [restriction(STARTS, product_id="serum")])
    assert row["effect"] == pytest.approx(0.6)


def test_each_other_channel_has_a_row_and_the_restricted_one_has_none(engine):
    third = [{**row, "channel": "duty-free"} for row in weekly("H2", 0.0, units=1.0)]
    rows = moved(engine, weekly("R1", 0.2, after=0.8) + weekly("H1", 0.3) + third)
    assert [row["to_channel"] for row in rows] == ["duty-free", "web"]


def test_dates_near_another_restriction_are_no_placebos(engine):
    lines = weekly("R1", 0.2, after=0.8) + weekly("H1", 0.3)
    (one,) = moved(engine, lines)
    two = moved(engine, lines, [restriction(STARTS), restriction(date(2025, 4, 1), event="E2")])
    assert [row["placebo_dates"] for row in two] < [one["placebo_dates"]] * 2


@pytest.mark.parametrize(
    ("events", "why"),
    [
        ([restriction(SINCE - timedelta(days=1))], f"{EARLY}, less than 56 days before the restriction"),
        ([restriction(SINCE + timedelta(days=55))], f"{EARLY}, less than 56 days before the restriction"),
        ([restriction(UNTIL - timedelta(days=54))], f"{LATE}, less than 56 days after the restriction"),
        ([restriction(STARTS, channel="kiosk")], "nothing was sold through kiosk"),
        ([restriction(STARTS), restriction(date(2025, 4, 1), event="E2"), restriction(date(2025, 6, 1), event="E3")],
         "too few weeks without a restriction to compare with"),
    ],
)  # fmt: skip
def test_where_it_cannot_be_told_the_row_says_why_and_has_no_number(engine, events, why):
    rows = moved(engine, weekly("R1", 0.2, after=0.8) + weekly("H1", 0.3), events)
    assert {row["cannot_tell"] for row in rows} == {why}
    assert {row[n] for row in rows for n in ("effect", "effect_low", "effect_high", "placebo_rate")} == {None}


def test_where_suspects_bought_too_little_it_cannot_be_told(engine):
    (row,) = moved(engine, weekly("R1", 0.2, units=2.0, after=0.8) + weekly("H1", 0.3))
    assert row["cannot_tell"] == "suspects bought too little"


def test_where_there_is_one_channel_nothing_can_move(engine):
    (row,) = moved(engine, weekly("R1", 0.0) + weekly("H1", 0.0))
    assert row["cannot_tell"] == "there is no other channel"


@pytest.mark.parametrize(
    "events", [None, [], [restriction(STARTS, channel=None)], [{**restriction(STARTS), "kind": "launch"}]]
)
def test_without_a_restriction_of_a_channel_there_is_nothing_to_ask(engine, events):
    lines = weekly("R1", 0.2, after=0.8)
    assert displacement(ground_of(engine, lines, DOZEN, events=events)).num_rows == 0


def test_where_nobody_is_suspect_it_cannot_be_told(engine):
    (row,) = moved(engine, weekly("H1", 0.3), who=[household("H1")])
    assert row["cannot_tell"] == "suspects bought too little"


def test_where_nothing_happened_the_interval_leaves_out_nothing_at_the_stated_rate():
    rng, days, at, left_out = np.random.default_rng(5), 56, 219, 0
    for _ in range(400):
        whole = np.stack([np.full(730, 40.0), np.full(730, 400.0), np.full(730, 36.0)])
        part = rng.beta(2, 6, 730), rng.beta(20, 60, 730)
        channel = whole * np.stack([*part, part[0]])
        effect = _effect(channel, whole, at, days)[0]
        low, high = _by_chance(_placebos(channel, whole, [at, 500], days), days)
        left_out += not effect - high <= 0 <= effect - low
    assert 0.02 < left_out / 400 < 0.08
