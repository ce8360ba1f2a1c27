"""Counts and exposures in, evidence out: how exposure is scaled, and that nobody is judged by their own data."""

import numpy as np
import pyarrow as pa
import pytest

from entrepot.discovery.weighing import (
    FEWEST_PERSONS,
    Question,
    _power,
    _winsorised,
    count_bin,
    exposure_bin,
    reweigh,
    weigh,
)

PERSONS = 600


def put(engine, count, exposure):
    """A question and its persons: two halves of the days a person, folds in turn."""
    number = np.arange(len(count))
    rows = pa.table(
        {
            "person": pa.array(np.repeat(number, 2), pa.int32()),
            "half": pa.array(np.tile([0, 1], len(count)), pa.int8()),
            "count": np.repeat(count / 2, 2),
            "exposure": np.repeat(exposure / 2, 2),
        }
    )
    persons = pa.table({"person": pa.array(number, pa.int32()), "fold": pa.array(number % 5, pa.int8())})
    return Question("units", engine.hold(rows)), engine.hold(persons)


def made(seed=0):
    rng = np.random.default_rng(seed)
    exposure = rng.choice([2.0, 4.0, 8.0, 16.0], PERSONS)
    return 2.0 * rng.poisson(rng.lognormal(0.0, 0.5, PERSONS) * exposure / 2), exposure


def test_an_actors_own_count_does_not_change_the_null_that_judges_it(engine):
    count, exposure = made()
    before = weigh(engine, [put(engine, count, exposure)[0]], put(engine, count, exposure)[1])
    count[0] = 5000.0  # of fold 0
    question, persons = put(engine, count, exposure)
    after = weigh(engine, [question], persons)
    assert after.fitted["units"].nulls[0] == before.fitted["units"].nulls[0]
    assert after.fitted["units"].powers[0] == before.fitted["units"].powers[0]
    assert after.fitted["units"].nulls[1] != before.fitted["units"].nulls[1]


def test_everybody_with_an_exposure_is_weighed_once(engine):
    count, exposure = made()
    exposure[:7] = 0.0
    question, persons = put(engine, count, exposure)
    rows = engine.fetch(weigh(engine, [question], persons).of("units"))
    assert sorted(rows["person"].to_pylist()) == list(range(7, PERSONS))


def test_a_question_that_too_few_can_answer_is_left_out(engine):
    count, exposure = made()
    question, persons = put(engine, count[: FEWEST_PERSONS - 1], exposure[: FEWEST_PERSONS - 1])
    assert weigh(engine, [question], persons).fitted == {}


def test_a_question_that_all_answer_with_nothing_is_left_out(engine):
    question, persons = put(engine, np.zeros(PERSONS), np.ones(PERSONS))
    assert weigh(engine, [question], persons).fitted == {}


def test_a_question_that_one_fold_alone_answers_is_left_out(engine):
    count, exposure = np.zeros(PERSONS), np.full(PERSONS, 4.0)
    count[[0, 5, 10]] = 6.0  # all of fold 0: the others cannot say what it means
    question, persons = put(engine, count, exposure)
    assert weigh(engine, [question], persons).fitted == {}


def test_reweighing_with_heavy_households_as_common_as_fitted_changes_nothing(engine):
    question, persons = put(engine, *made())
    first = weigh(engine, [question], persons)
    again = reweigh(engine, first, 1.0)
    rows = [engine.fetch(w.of("units").order_by("person"))["log10_e"].to_numpy() for w in (first, again)]
    np.testing.assert_allclose(rows[0], rows[1])


def test_a_bin_never_counts_more_than_was_counted(engine):
    table = engine.hold(pa.table({"count": [0.0, 0.5, 3.0, 16.0, 17.0, 40.0, 1000.0]}))
    rows = engine.fetch(table.select("count", bin=count_bin(table["count"])))
    found, binned = (np.array(rows[name].to_pylist()) for name in ("count", "bin"))
    assert binned.tolist()[:4] == [0.0, 0.0, 3.0, 16.0]
    assert (binned <= found + 1e-9).all()
    assert (binned[3:] >= found[3:] / 2 ** (1 / 8) - 1e-9).all()


def test_an_exposure_stands_for_itself_within_a_sixteenth_of_an_octave(engine):
    table = engine.hold(pa.table({"exposure": [0.3, 1.0, 77.7, 4096.0]}))
    rows = engine.fetch(table.select("exposure", bin=exposure_bin(table.exposure)))
    stood = 2.0 ** (np.array(rows["bin"].to_pylist()) / 8)
    assert np.abs(np.log2(stood / np.array(rows["exposure"].to_pylist()))).max() <= 1 / 16 + 1e-9


@pytest.mark.parametrize("exponent", [0.5, 1.0, 1.5])
def test_the_power_at_which_counts_grow_with_exposure_is_recovered(exponent):
    rng = np.random.default_rng(9)
    b = rng.integers(16, 56, 20_000).astype(float)
    count = rng.poisson(3.0 * (2.0 ** (b / 8)) ** exponent).astype(float)
    power = _power(count, b, np.ones(len(b)))
    assert power.exponent == pytest.approx(exponent, abs=0.05)
    assert np.exp(power.level) == pytest.approx(3.0, rel=0.15)


def test_the_power_is_not_bent_by_the_busiest_two_percent():
    rng = np.random.default_rng(10)
    b = rng.integers(16, 56, 20_000).astype(float)
    b[:400] = 90.0
    count = rng.poisson(3.0 * 2.0 ** (b / 8)).astype(float)
    count[:400] *= 50
    assert _power(count, b, np.ones(len(b))).exponent == pytest.approx(1.0, abs=0.05)


def test_the_mean_count_of_a_place_is_capped_at_what_nine_in_ten_there_reach():
    rng = np.random.default_rng(11)
    count, place = rng.integers(0, 30, 400).astype(float), rng.integers(0, 7, 400)
    found = _winsorised(count, np.ones(400), place)
    for k in range(7):
        mine = np.sort(count[place == k])
        reached = np.arange(1, len(mine) + 1) / len(mine)
        cap = max(mine[np.searchsorted(reached, 0.9)], 1.0)
        assert found[k] == pytest.approx(np.minimum(mine, cap).mean())


def asked_about_sets(engine, rate_of_set, seed=0, persons=2500):
    """Everybody is asked about the products of each fold; a unit of exposure means `rate_of_set[fold]` of them."""
    rng = np.random.default_rng(seed)
    number, fold = np.arange(persons), np.arange(persons) % 5
    own = rng.lognormal(0.0, 0.4, persons)
    parts = []
    for asked, rate in enumerate(rate_of_set):
        count = rng.poisson(own * rate * 10, (2, persons)).astype(float)
        parts += [
            pa.table({
                "person": pa.array(number, pa.int32()), "half": pa.array(np.full(persons, half), pa.int8()),
                "count": count[half], "exposure": np.full(persons, 10.0),
                "asked": pa.array(np.full(persons, asked), pa.int8()),
            })
            for half in (0, 1)
        ]  # fmt: skip
    of_persons = pa.table({"person": pa.array(number, pa.int32()), "fold": pa.array(fold, pa.int8())})
    return engine.hold(pa.concat_tables(parts)), engine.hold(of_persons)


def mean_e_by_fold(engine, rows, persons):
    found = engine.fetch(weigh(engine, [Question("stock", rows)], persons).of("stock")).to_pandas()
    return {fold: float((10 ** part["log10_e"]).mean()) for fold, part in found.groupby("fold")}


def test_folds_that_seek_other_products_are_judged_by_others_asked_about_the_same(engine):
    """A set of one fold that everybody buys more of once made resellers of a third of its households."""
    rows, persons = asked_about_sets(engine, (0.4, 0.1, 0.1, 0.2, 0.1))
    fair = mean_e_by_fold(engine, rows, persons)
    assert max(fair.values()) < 2 and np.mean(list(fair.values())) < 1
    own = rows.join(persons, [(rows.person, persons.person), (rows.asked, persons.fold)])
    each_its_own = own.select("person", "half", "count", "exposure")
    assert mean_e_by_fold(engine, each_its_own, persons)[0] > 10


def test_each_person_is_weighed_once_however_often_it_was_asked(engine):
    rows, persons = asked_about_sets(engine, (0.4, 0.1, 0.1, 0.2, 0.1))
    weighed = weigh(engine, [Question("stock", rows)], persons)
    assert sorted(engine.fetch(weighed.of("stock"))["person"].to_pylist()) == list(range(2500))
    assert engine.fetch(weighed.halves.count()).as_py() == 2500


def test_a_set_that_nobody_buys_of_leaves_the_question_out(engine):
    rows, persons = asked_about_sets(engine, (0.4, 0.1, 0.1, 0.0, 0.1))
    assert weigh(engine, [Question("stock", rows)], persons).fitted == {}
