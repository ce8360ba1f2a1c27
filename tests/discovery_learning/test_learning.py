"""What reviews teach, against naive counting and search."""

from __future__ import annotations

from datetime import date, datetime
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pytest
from scipy.stats import binom

from entrepot.discovery import learning, listing

from .conftest import actors_of, label, labels

LINES = pa.table({"order_id": ["o1", "o1", "o9"], "customer_id": ["c1", "c1", "c9"]})


def orders_with(engine, rows):
    return SimpleNamespace(lines=engine.hold(LINES), labels=labels(engine, rows))


def own_verdicts(engine, rows, actor_of):
    matched = learning._matched(orders_with(engine, rows), actors_of(engine, actor_of))
    return engine.fetch(learning.verdicts(matched).order_by("actor_id")).to_pylist()


def row(verdict="rejected", *, flagged=True, chance=1.0, because="listed", log10_e=3.0):
    return {"verdict": verdict, "flagged": flagged, "chance": chance, "because": because, "log10_e": log10_e}


def test_a_label_finds_its_actor_by_actor_customer_or_order(engine):
    rows = [label(actor_id="a1"), label(customer_id="c2"), label(order_id="o9"), label(customer_id="nobody")]
    found = own_verdicts(engine, rows, {"c1": "a1", "c2": "a2", "c9": "a9"})
    assert [r["actor_id"] for r in found] == ["a1", "a2", "a9"]


def test_the_latest_verdict_wins_and_an_earlier_opposite_is_noted(engine):
    rows = [
        label(actor_id="a1", verdict="confirmed", reviewed_at=datetime(2026, 1, 1)),
        label(customer_id="c1", verdict="rejected", reviewed_at=datetime(2026, 2, 1)),
        label(actor_id="a2", verdict="cannot_tell", reviewed_at=datetime(2026, 1, 1)),
        label(actor_id="a2", verdict="confirmed", reviewed_at=datetime(2026, 2, 1)),
    ]
    found = own_verdicts(engine, rows, {"c1": "a1", "c2": "a2"})
    assert [(r["verdict"], r["conflict"]) for r in found] == [("rejected", True), ("confirmed", False)]


def test_of_two_verdicts_at_one_time_the_one_in_favour_of_the_buyer_counts(engine):
    rows = [label(actor_id="a1", verdict=v) for v in ("rejected", "confirmed")]
    assert own_verdicts(engine, rows, {"c1": "a1"})[0]["verdict"] == "rejected"


def test_imported_cases_are_no_verdicts_of_ours(engine):
    assert own_verdicts(engine, [label(actor_id="a1", shown_because="imported")], {"c1": "a1"}) == []


@pytest.mark.parametrize(("found", "number"), [(0, 50), (3, 50), (7, 120), (59, 60)])
def test_the_upper_bound_is_the_share_at_which_so_few_are_seen_once_in_twenty(found, number):
    shares = np.linspace(0, 1, 200_001)
    naive = shares[binom.cdf(found, number, shares) >= 0.05].max()
    assert learning.upper_95(found / number, number) == pytest.approx(naive, abs=1e-5)


def test_no_false_share_is_stated_before_fifty_listed_actors_are_audited():
    rows = [row() for _ in range(49)] + [row(flagged=False) for _ in range(10)]
    assert learning.false_share(rows) == {"audited": 49, "needed": 50, "cannot_tell": 0}


def test_a_verdict_stands_for_as_many_as_its_chance_says():
    rows = [row("confirmed", chance=1.0)] * 40 + [row("rejected", chance=0.1, because="random")] * 10
    said = learning.false_share(rows)
    assert said["estimate"] == pytest.approx(100 / 140)
    assert said["effective_number"] == pytest.approx(140**2 / (40 + 10 * 100))


def test_appeals_and_verdicts_of_unknown_chance_say_nothing_of_the_list():
    silent = [
        row(because="appeal"),
        row(because="not said"),
        row(chance=None),
        row(chance=0.0),
        row(chance=2.0),
    ]
    audited = [row("confirmed")] * 50
    assert learning.false_share(audited + silent)["estimate"] == 0.0


def test_those_of_whom_nobody_can_tell_are_at_worst_ordinary():
    said = learning.false_share([row("confirmed")] * 60 + [row("cannot_tell")] * 20)
    assert said["estimate"] == 0.0
    assert said["upper_95_at_worst"] == learning.upper_95(20 / 80, 80)


def test_the_probability_stays_until_twenty_of_each_are_reviewed():
    rows = [row("confirmed")] * 19 + [row("rejected")] * 100
    assert learning.calibrate(rows, 0.01)[0] is None


def test_the_calibration_is_the_best_of_a_fine_search():
    rng = np.random.default_rng(5)
    rows = [
        row("confirmed" if rng.random() < 0.3 else "rejected", log10_e=float(e), chance=float(c))
        for e, c in zip(rng.uniform(0, 5, 120), rng.choice([0.5, 1.0], 120), strict=True)
    ]
    found, _ = learning.calibrate(rows, 0.01)
    x = np.clip([r["log10_e"] * np.log(10) + np.log(0.01 / 0.99) for r in rows], -13.8155, 13.8155)
    w = np.array([1 / r["chance"] for r in rows])
    w *= w.sum() / (w**2).sum()
    sign = np.array([1 if r["verdict"] == "confirmed" else -1 for r in rows])
    level, slope = np.meshgrid(np.arange(-6, 2, 0.05), np.arange(0, 2, 0.02), indexing="ij")
    misfit = sum(
        wi * np.log1p(np.exp(-si * (level + slope * xi))) for wi, si, xi in zip(w, sign, x, strict=True)
    )
    misfit += (level / 3.0) ** 2 / 2 + ((slope - 1) / 0.5) ** 2 / 2
    best = np.unravel_index(misfit.argmin(), misfit.shape)
    assert (found.level, found.slope) == pytest.approx((level[best], slope[best]), abs=0.06)


def test_reviews_that_reject_half_of_the_list_halve_its_probability(engine):
    rows = [row("confirmed", log10_e=6.0), row("rejected", log10_e=6.0)] * 200
    found, _ = learning.calibrate(rows, 0.01)
    table = engine.hold(pa.table({"log10_e": [6.0]}))
    said = engine.fetch(table.select(p=found(table.log10_e, 0.01)))["p"][0].as_py()
    assert said == pytest.approx(0.5, abs=0.05)


def test_a_calibration_that_changes_nothing_gives_the_uncalibrated_probability(engine):
    table = engine.hold(pa.table({"log10_e": [-1.0, 0.0, 2.0, 5.0]}))
    same = learning.Calibration(0.0, 1.0)(table.log10_e, 0.02)
    both = engine.fetch(table.select(a=same, b=listing.probability(table.log10_e, 0.02)))
    assert both["a"].to_pylist() == pytest.approx(both["b"].to_pylist(), rel=1e-9)


def test_imported_cases_are_compared_with_the_list_by_source(engine):
    rows = [
        label(actor_id=f"a{n}", shown_because="imported", source="block list", verdict="confirmed")
        for n in (1, 2, 2, 3)
    ]
    actors = actors_of(engine, {f"c{n}": f"a{n}" for n in range(1, 5)})
    placed = engine.hold(
        pa.table(
            {
                "actor_id": [f"a{n}" for n in range(1, 5)],
                "log10_e": [5.0] * 4,
                "q_value": [0.01, 0.2, 0.3, 0.01],
            }
        )
    )
    said = learning.learn(engine, orders_with(engine, rows), actors, placed, 0.01, 0.05)
    assert said.notes["agreement"] == [
        {"source": "block list", "verdict": "confirmed", "actors": 3, "listed": 1}
    ]
    assert said.calibration is None


def audited(engine, number, log10_e):
    ids = [f"a{n}" for n in range(number)]
    rows = [label(actor_id=a, shown_because="random", shown_probability_0_1=0.1) for a in ids]
    view = SimpleNamespace(engine=engine, orders=orders_with(engine, rows), until=date(2026, 9, 30))
    combined = engine.hold(pa.table({"actor_id": ids, "log10_e": [log10_e] * number}))
    return view, actors_of(engine, {f"c{n}": a for n, a in enumerate(ids)}), combined


def test_ordinary_customers_found_at_random_check_the_evidence_where_nothing_else_can(engine):
    gamma, controls = learning.with_audited(*audited(engine, 50, -0.3), None, {})
    assert gamma == 1.0
    assert controls == {"audited_actors": 50.0, "audited_mean_e": pytest.approx(10**-0.3)}


def test_evidence_against_ordinary_customers_found_at_random_is_discounted(engine):
    view, actors, combined = audited(engine, 60, -1.0)
    combined = combined.mutate(log10_e=(combined.actor_id == "a7").ifelse(3.0, combined.log10_e))
    gamma, _ = learning.with_audited(view, actors, combined, 0.9, {})
    assert 0 < gamma < 0.9
    assert (10 ** (3 * gamma) + 59 * 10**-gamma) / 60 == pytest.approx(1.0, rel=1e-6)


def test_the_check_stays_as_it_was_with_fewer_than_fifty(engine):
    view, actors, combined = audited(engine, 49, 2.0)
    assert learning.with_audited(view, actors, combined, 0.8, {"mean_e": 1.0}) == (0.8, {"mean_e": 1.0})


def test_a_review_after_the_last_order_checks_the_evidence_too(engine):
    view, actors, combined = audited(engine, 60, 2.0)
    view.until = date(2026, 8, 31)  # reviewed in September
    assert learning.with_audited(view, actors, combined, 0.8, {})[0] < 0.8


def sample(engine, number, seed=0, log10_e=0.0):
    ids = [f"actor-{n}" for n in range(number)]
    placed = engine.hold(pa.table({"actor_id": ids, "log10_e": [log10_e] * number}))
    return engine.fetch(learning.audit_sample(engine, placed, seed, date(2026, 9, 30)))


def test_the_audit_sample_is_about_a_hundred_with_their_exact_chance(engine):
    drawn = sample(engine, 20_000)
    assert 60 <= drawn.num_rows <= 140  # four standard deviations of 100
    assert set(drawn["shown_probability_0_1"].to_pylist()) == {int(0.005 * 2**32) / 2**32}
    assert set(drawn["shown_because"].to_pylist()) == {"random"}


def test_the_audit_sample_is_drawn_whatever_the_evidence_and_anew_by_seed(engine):
    first, same, other = (sample(engine, 2_000, **how) for how in ({}, {"log10_e": 9.0}, {"seed": 1}))
    assert first["actor_id"].to_pylist() == same["actor_id"].to_pylist()
    assert first["actor_id"].to_pylist() != other["actor_id"].to_pylist()


def test_of_few_actors_all_are_audited(engine):
    drawn = sample(engine, 80)
    assert drawn.num_rows == 80
    assert set(drawn["shown_probability_0_1"].to_pylist()) == {1.0}
