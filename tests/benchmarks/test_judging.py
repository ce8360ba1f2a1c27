"""The rule of evaluation, on actors small enough to judge by hand."""

import pandas as pd

from benchmarks.judging import judge
from benchmarks.measures import NOBODY

TRUTH = pd.DataFrame(
    [
        # customer, true actor, kind, trap, units, to resell
        ("c1", "A1", "stockist", None, 10, 8),
        ("c2", "A2", "ring", None, 10, 9),
        ("c3", "A2", "ring", None, 10, 9),
        ("c4", "A3", "personal shopper", None, 10, 2),
        ("c5", "A4", "household", "gift season", 50, 0),
        ("c6", "A5", "household", None, 30, 0),
    ],
    columns=["customer_id", "true_actor", "kind", "trap", "units", "units_to_resell"],
).astype({"kind": "category", "trap": "category"})


def _judged(actor_of, kinds=None):
    customers = pd.DataFrame({"customer_id": list(actor_of), "actor_id": list(actor_of.values())})
    ids = sorted(set(actor_of.values()))
    findings = pd.DataFrame({"actor_id": ids, "kind": kinds or ["stockist"] * len(ids)})
    return judge(findings, customers, TRUTH)


def _each_alone():
    return {f"c{n}": f"a{n}" for n in range(1, 7)}


def test_a_true_one_buys_at_least_half_to_resell():
    judged = _judged(_each_alone())
    assert sorted(judged.true["true_kind"]) == ["ring", "stockist"]
    assert judged.right.tolist() == [True, True, True, False, False, False]


def test_two_pieces_of_one_ring_have_one_owner():
    owner = _judged(_each_alone()).actors["owner"]
    assert owner["a2"] == owner["a3"] != NOBODY


def test_an_actor_that_swallowed_its_neighbours_is_wrong_and_its_reseller_missed():
    judged = _judged(_each_alone() | {"c1": "a6"})
    listed = (judged.actors.index == "a6") | (judged.actors.index == "a2")
    assert judged.recall(listed) == 0.5
    assert judged.false_shares(listed)["strict"] == (1, 2)


def test_the_three_readings_of_a_wrong_listing():
    kinds = ["stockist", "ring", "ring", "stockist", "organisation, own use", "stockist"]
    judged = _judged(_each_alone(), kinds)
    everybody = judged.actors["units_bought"].gt(0).to_numpy()
    assert judged.false_shares(everybody) == {
        "strict": (3, 6),
        "called resellers": (2, 5),
        "innocents only": (2, 6),
    }


def test_by_record_each_runner_counts():
    judged = _judged(_each_alone())
    score = judged.actors["units_to_resell"].to_numpy().astype(float)
    assert judged.records["resells"].sum() == 4
    assert judged.average_precision_by_record(score) == 1.0


def test_a_kind_is_ranked_among_its_own_and_the_innocent():
    judged = _judged(_each_alone())
    stockist_last = -judged.actors["units_to_resell"].to_numpy().astype(float)
    assert judged.average_precision(stockist_last, "ring") == 1 / 4
