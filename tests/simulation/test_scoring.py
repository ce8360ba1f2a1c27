import ibis
import pyarrow as pa
import pytest

from entrepot.simulation.scoring import revenue_share, score


@pytest.fixture
def truth():
    rows = {
        "customer_id": ["r1", "r2", "s1", "q1", "h1", "h2", "h3"],
        "true_actor": ["ring", "ring", "stockist", "quiet", "h1", "h2", "h3"],
        "is_customer_entrepreneur": [True, True, True, True, False, False, False],
        "kind": ["ring", "ring", "stockist", "stockist", "household", "household", "organisation"],
        "units": [50, 50, 80, 10, 5, 5, 300],
        "units_to_resell": [45, 45, 80, 10, 0, 0, 0],
    }
    return ibis.memtable(pa.table(rows))


def listing(actors: dict[str, str], flagged: set[str], declared: tuple[str, ...] = ()):
    ids = sorted(set(actors.values()))
    findings = {"actor_id": ids, "flagged": [i in flagged for i in ids], "revenue": [10.0] * len(ids)}
    findings["declared"] = ["yes" if i in declared else "no" for i in ids]
    joined = {"customer_id": list(actors), "actor_id": list(actors.values())}
    return ibis.memtable(pa.table(findings)), ibis.memtable(pa.table(joined))


def test_a_ring_that_was_split_counts_once_and_the_quiet_one_is_missed(truth):
    apart = {c: c for c in ("r1", "r2", "s1", "q1", "h1", "h2", "h3")}
    got = score(*listing(apart, {"r1", "r2", "s1", "h3"}), truth)
    assert (got.listed, got.wrongly_listed, got.found, got.missed) == (4, 1, 2, 1)
    assert got.false_share_0_1 == pytest.approx(0.25)
    assert got.wrong_kinds == {"organisation": 1}
    assert got.revenue_share_0_1 == pytest.approx(4 / 7)
    assert (got.resold_found, got.resold, got.resold_share_0_1) == (170, 180, pytest.approx(170 / 180))


def test_an_actor_that_swallowed_a_large_family_is_wrong(truth):
    swallowed = {"r1": "x", "r2": "x", "h3": "x", "s1": "s1", "q1": "q1", "h1": "h1", "h2": "h2"}
    got = score(*listing(swallowed, {"x"}), truth)
    assert (got.listed, got.wrongly_listed, got.found, got.missed) == (1, 1, 0, 3)
    assert got.resold_found == 0


def test_an_empty_list_has_no_false_share(truth):
    got = score(*listing({"s1": "s1", "h1": "h1"}, set()), truth)
    assert (got.listed, got.false_share_0_1, got.found, got.missed) == (0, 0.0, 0, 3)


def test_a_declared_business_is_never_wrongly_listed_and_is_found_where_it_resells(truth):
    got = score(*listing({"s1": "s1", "h3": "h3"}, {"s1", "h3"}, declared=("s1", "h3")), truth)
    assert (got.listed, got.wrongly_listed, got.found) == (0, 0, 1)


def test_the_true_share_is_of_the_revenue_linked_to_a_buyer(truth):
    rows = {"customer_id": ["r1", "s1", "h1", "h3", None], "revenue_net": [10.0, 20.0, 30.0, 60.0, 500.0]}
    assert revenue_share(ibis.memtable(pa.table(rows)), truth) == pytest.approx(0.25)
