"""Errors are compared between groups as a naive count has them, and only where a legal basis was entered."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from scipy.optimize import brentq

from entrepot.discovery import fairness
from entrepot.errors import InputError

from .conftest import actors_of, settings

ON = settings(fairness_basis="audit order of the data protection officer")


def compared(engine, rows, *, verdicts=None, how=ON):
    """`rows`: (group, units, listed) of customers, each an actor."""
    ids = [f"c{n}" for n in range(len(rows))]
    group, units, flagged = zip(*rows, strict=True)
    findings = pa.table(
        {
            "actor_id": ids,
            "units": [float(u) for u in units],
            "flagged": list(flagged),
            "declared": ["no"] * len(ids),
        }
    )
    groups = engine.hold(pa.table({"customer_id": ids, "group": pa.array(group, pa.string())}))
    if verdicts is not None:
        verdicts = engine.hold(pa.Table.from_pylist(verdicts))
    found = fairness.compare(
        engine, engine.hold(findings), actors_of(engine, {i: i for i in ids}), verdicts, groups, how
    )
    return engine.fetch(found.tables["fairness"]).to_pylist(), found.notes


def test_without_a_legal_basis_nothing_is_compared(engine):
    found = fairness.compare(engine, None, None, None, None, settings())
    assert (found.tables, found.notes) == ({}, "off: no legal basis entered")


@pytest.mark.parametrize(("basis", "column"), [("a basis", None), (None, "country"), ("a basis", "tongue")])
def test_half_a_wish_to_compare_is_an_error(engine, basis, column):
    customers = engine.hold(pa.table({"customer_id": ["c1"], "country": ["KR"]}))
    with pytest.raises(InputError):
        fairness.read_groups(engine, customers, basis=basis, column=column)


def test_groups_are_read_from_any_column_of_the_customers(engine):
    customers = engine.hold(pa.table({"customer_id": [1, 2], "reads": ["A", ""]}))
    rows = fairness.read_groups(engine, customers, basis="a basis", column="reads")
    assert engine.fetch(rows.order_by("customer_id")).to_pylist() == [
        {"customer_id": "1", "group": "A"},
        {"customer_id": "2", "group": None},
    ]


def test_small_groups_are_merged_and_smaller_ones_are_not_shown(engine):
    rows = [("A", n, False) for n in range(150)] + [(g, n, False) for g in "BCD" for n in range(40)]
    assert [(r["group"], r["customers"]) for r in compared(engine, rows)[0]] == [
        ("A", 150),
        ("smaller groups", 120),
    ]
    shown = compared(engine, rows[:190])[0]
    assert [r["group"] for r in shown] == ["A"]


def test_a_group_that_buys_more_is_listed_more_without_a_gap(engine):
    heavy = [("heavy", 2, n % 10 == 0) for n in range(300)] + [("heavy", 1, False) for _ in range(100)]
    light = [("light", 2, n % 10 == 0) for n in range(100)] + [("light", 1, False) for _ in range(300)]
    rows, notes = compared(engine, heavy + light)
    assert [round(r["listed_share"], 3) for r in rows] == [0.075, 0.025]
    assert [round(r["equal_purchases_share"], 3) for r in rows] == [0.05, 0.05]
    assert not notes["gap_beyond_bound"]


def test_a_group_that_is_listed_more_for_equal_purchases_is_named(engine):
    rows = [("A", n, n % 5 == 0) for n in range(200)] + [("B", n, n % 50 == 0) for n in range(200)]
    shown, notes = compared(engine, rows)
    assert notes["groups_beyond_bound"] == ["A", "B"]
    assert notes["largest_gap_0_1"] == pytest.approx(max(abs(r["gap"]) for r in shown))
    assert shown[0]["gap"] == pytest.approx(0.2 - 0.11, abs=0.01)


def test_the_standardised_share_is_the_naive_one(engine):
    rng = np.random.default_rng(2)
    rows = [
        (str(g), int(u), bool(rng.random() < u / 40))
        for g, u in zip(rng.choice(list("AB"), 900), rng.integers(0, 8, 900), strict=True)
    ]
    shown, _ = compared(engine, rows)
    units = np.array([r[1] for r in rows])
    stratum = sum((units > e).astype(int) for e in np.quantile(units, fairness.EDGES))
    for group, row in zip("AB", shown, strict=True):
        naive = 0.0
        for s in set(stratum):
            mine = [r[2] for r, at in zip(rows, stratum, strict=True) if at == s and r[0] == group]
            naive += np.mean(stratum == s) * np.mean(mine)
        assert row["equal_purchases_share"] == pytest.approx(naive, rel=1e-12)


def test_a_ring_is_one_error_however_many_customers_it_has(engine):
    ids = [f"c{n}" for n in range(120)]
    actor = {c: ("ring" if n < 90 else c) for n, c in enumerate(ids)}
    names = sorted(set(actor.values()))
    findings = {
        "actor_id": names,
        "units": [1.0] * 31,
        "flagged": [n == "ring" for n in names],
        "declared": ["no"] * 31,
    }
    findings = engine.hold(pa.table(findings))
    groups = engine.hold(pa.table({"customer_id": ids, "group": ["A"] * 120}))
    found = fairness.compare(engine, findings, actors_of(engine, actor), None, groups, ON)
    row = engine.fetch(found.tables["fairness"]).to_pylist()[0]
    assert (row["customers"], row["customers_listed"], row["actors"], row["listed"]) == (120, 90, 31, 1)
    assert row["listed_share"] == 1 / 31


def test_those_confirmed_are_not_ordinary_and_those_drawn_at_random_stand_beside(engine):
    rows = [("A", 1, n < 20) for n in range(200)]
    confirmed = [
        {"actor_id": f"c{n}", "verdict": "confirmed", "because": "listed", "chance": 1.0} for n in range(15)
    ]
    drawn = [
        {"actor_id": f"c{n}", "verdict": "rejected", "because": "random", "chance": 0.2}
        for n in range(18, 58)
    ]
    row = compared(engine, rows, verdicts=confirmed + drawn)[0][0]
    assert (row["customers"], row["listed"], row["audited"], row["audited_listed"]) == (185, 5, 40, 2)
    assert row["audited_share"] == 2 / 40


@pytest.mark.parametrize(("share", "number"), [(0.0, 30), (0.04, 200), (0.5, 17.5), (1.0, 8)])
def test_the_interval_is_where_the_score_test_stops_rejecting(share, number):
    def distance(p):
        return (share - p) ** 2 - fairness.Z_95**2 * p * (1 - p) / number

    low = 0.0 if share == 0 else brentq(distance, 1e-12, min(share, 1 - 1e-6))
    high = 1.0 if share == 1 else brentq(distance, max(share, 1e-6), 1 - 1e-12)
    assert fairness.wilson(share, number) == pytest.approx((low, high), abs=1e-9)
