"""How answers are merged: a mean within an aspect, a product over aspects, and never more than unusual buyers allow."""

import numpy as np
import pyarrow as pa
import pytest

from entrepot.discovery.evidence import INNOCENT_LOCKSTEP_0_1, _lockstep, _over_aspects, against_both, aspects
from entrepot.discovery.signals import SIGNALS


def merged(engine, answers, aspect_of):
    """log10 of what the answers (name -> log10 e) of one actor come to."""
    table = engine.hold(
        pa.table({"actor_id": ["a"] * len(answers), "question": list(answers), "e": list(answers.values())})
    )
    row = table.group_by("actor_id").agg(said=_over_aspects(table, "e", aspect_of))
    return engine.fetch(row)["said"][0].as_py()


def test_every_count_belongs_to_one_of_four_aspects():
    of = aspects({count.name: (signal, count) for signal in SIGNALS for count in signal.counts})
    assert set(of.values()) == {"amount", "choice", "manner", "together"}


def test_within_an_aspect_the_mean_is_taken_and_over_aspects_the_product(engine):
    answers = {"volume": 3.0, "trips": 1.0, "stock": 2.0}
    aspect_of = {"volume": "amount", "trips": "amount", "stock": "choice", "depth": "choice"}
    amount, choice = (1000 + 10) / 2, (100 + 1) / 2  # depth did not answer: one
    expected = np.log10((1 + amount) / 2) + np.log10((1 + choice) / 2)
    assert merged(engine, answers, aspect_of) == pytest.approx(expected, abs=1e-9)


def test_an_aspect_that_says_nothing_costs_nothing_and_one_against_it_at_most_a_half(engine):
    aspect_of = {"volume": "amount", "stock": "choice"}
    assert merged(engine, {"volume": 2.0, "stock": 0.0}, aspect_of) == merged(
        engine, {"volume": 2.0}, aspect_of
    )
    against = merged(engine, {"volume": 2.0, "stock": -300.0}, aspect_of)
    assert against == pytest.approx(merged(engine, {"volume": 2.0}, aspect_of) - np.log10(2), abs=1e-9)


def test_merged_evidence_of_independent_answers_has_mean_one(engine):
    """Each answer is a ratio of two Poisson likelihoods, drawn under the null."""
    counts = np.random.default_rng(5).poisson(2.0, (20_000, 2))
    log10_e = (counts * np.log(3.0) - 2.0 * 2.0) / np.log(10)
    table = engine.hold(
        pa.table({
            "actor_id": pa.array(np.repeat(np.arange(20_000), 2)),
            "question": ["volume", "stock"] * 20_000,
            "e": log10_e.ravel(),
        })
    )  # fmt: skip
    row = table.group_by("actor_id").agg(
        said=_over_aspects(table, "e", {"volume": "amount", "stock": "choice"})
    )
    e = 10.0 ** engine.fetch(row)["said"].to_numpy()
    assert e.mean() == pytest.approx(1.0, abs=4 * e.std() / np.sqrt(len(e)))


@pytest.mark.parametrize(
    ("household", "unusual", "expected"),
    [(8.0, 0.0, 1.7), (8.0, 3.0, 4.7), (1.0, 1.0, 0.7), (0.0, -200.0, -198.3)],
)
def test_what_an_unusual_buyer_would_do_as_well_is_believed_a_hundredfold_at_most(
    engine, household, unusual, expected
):
    table = engine.hold(pa.table({"household": [household], "unusual": [unusual]}))
    said = engine.fetch(table.select(e=against_both(table.household, table.unusual, 0.01)))["e"][0].as_py()
    assert said == pytest.approx(expected, abs=0.01)


def test_meeting_again_and_again_alone_lists_nobody(engine):
    class Formed:
        lockstep = engine.hold(
            pa.table({
                "actor_id": ["friends"], "half": [0], "log10_e": [40.0], "shared_days": [90], "expected_days": [1.0]
            })
        )  # fmt: skip

    said = engine.fetch(_lockstep(Formed()))["log10_e"][0].as_py()
    assert said == pytest.approx(-np.log10(INNOCENT_LOCKSTEP_0_1), abs=0.01)
