"""Agreement: published values (golden fixtures G1–G6 of the checklist), and naive code on random answers."""

import itertools
import math

import krippendorff
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entrepot.sensemaking import agreement as measures

KRIPPENDORFF = [
    [1, 2, 3, 3, 2, 1, 4, 1, 2, None, None, None],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, None, 3],
    [None, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, None],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, None],
]
FREQUENCIES = st.lists(st.integers(0, 9), min_size=3, max_size=8).filter(any)
RATINGS = st.integers(2, 5).flatmap(
    lambda raters: st.lists(
        st.lists(st.one_of(st.none(), st.integers(1, 5)), min_size=6, max_size=6),
        min_size=raters,
        max_size=raters,
    )
)


def test_van_der_eijk_published():
    frequencies = [30, 40, 210, 130, 530, 50, 10]
    assert measures.agreement(frequencies) == pytest.approx(0.6113333, abs=1e-7)
    assert measures.polarisation(frequencies) == pytest.approx(0.1943333, abs=1e-7)


@pytest.mark.parametrize(
    ("frequencies", "expected"), [([3] * 7, 0), ([5, 0, 0, 0, 0, 0, 5], -1), ([0, 0, 8, 0], 1)]
)
def test_agreement_at_its_ends(frequencies, expected):
    assert measures.agreement(frequencies) == expected


@given(FREQUENCIES)
def test_agreement_lies_between_its_ends_whichever_way_one_reads_the_scale(frequencies):
    found = measures.agreement(frequencies)
    assert -1 <= found <= 1 + 1e-12
    assert measures.agreement(frequencies[::-1]) == pytest.approx(found)


@given(FREQUENCIES, st.integers(2, 5))
def test_agreement_does_not_depend_on_how_many_answer_alike(frequencies, times):
    assert measures.agreement([times * f for f in frequencies]) == pytest.approx(
        measures.agreement(frequencies)
    )


@pytest.mark.parametrize(("split", "expected"), [((0, 10), 1.0), ((9, 10), 0.1)])
def test_ordinal_variation_published(split, expected):
    frequencies = [6 * (level in split) for level in range(11)]
    assert measures.ordinal_variation(frequencies) == pytest.approx(expected)


@given(FREQUENCIES.filter(lambda f: sum(f) > 1))
def test_ordinal_variation_is_the_mean_distance_of_all_pairs_of_the_most(frequencies):
    answers = [level for level, n in enumerate(frequencies) for _ in range(n)]
    apart = sum(abs(a - b) for a, b in itertools.combinations(answers, 2))
    most = (len(frequencies) - 1) * (len(answers) // 2) * (len(answers) - len(answers) // 2)
    assert measures.ordinal_variation(frequencies) == pytest.approx(apart / most)


@pytest.mark.parametrize(
    ("metric", "expected"),
    [("nominal", 0.7434), ("ordinal", 0.8154), ("interval", 0.8491), ("ratio", 0.7974)],
)
def test_alpha_published(metric, expected):
    assert measures.alpha(KRIPPENDORFF, metric) == pytest.approx(expected, abs=5e-5)


def naive_alpha(ratings, metric):
    """From every ordered pair of values within an item, one after the other."""
    items = [[row[n] for row in ratings if row[n] is not None] for n in range(len(ratings[0]))]
    items = [values for values in items if len(values) > 1]
    every = [v for values in items for v in values]

    def distance(a, b):
        if metric == "nominal":
            return float(a != b)
        if metric == "interval":
            return float((a - b) ** 2)
        low, high = sorted((a, b))
        between = sum(every.count(v) for v in sorted(set(every)) if low <= v <= high)
        return (between - (every.count(a) + every.count(b)) / 2) ** 2

    within = sum(
        distance(values[i], values[j]) / (len(values) - 1)
        for values in items for i in range(len(values)) for j in range(len(values)) if i != j
    )  # fmt: skip
    across = sum(distance(every[i], every[j]) for i in range(len(every)) for j in range(len(every)) if i != j)
    return math.nan if across == 0 else 1 - (len(every) - 1) * within / across


@pytest.mark.parametrize("metric", ["nominal", "ordinal", "interval"])
@settings(deadline=None)  # naive code is slow where the machine is busy
@given(ratings=RATINGS)
def test_alpha_is_that_of_naive_code(metric, ratings):
    expected = naive_alpha(ratings, metric)
    assert measures.alpha(ratings, metric) == pytest.approx(expected, nan_ok=True)


@pytest.mark.parametrize("metric", ["nominal", "ordinal", "interval", "ratio"])
def test_alpha_is_that_of_the_package_of_that_name(metric):
    random = np.random.default_rng(7)
    for raters, items in ((2, 4), (3, 20), (5, 60), (12, 9)):
        table = random.integers(1, 6, (raters, items)).astype(float)
        table[random.random(table.shape) < 0.3] = np.nan
        table[:2, 0] = (1.0, 5.0)  # something to disagree about, whatever is missing
        theirs = krippendorff.alpha(reliability_data=table, level_of_measurement=metric)
        ratings = [[None if np.isnan(v) else v for v in row] for row in table]
        assert measures.alpha(ratings, metric) == pytest.approx(theirs, abs=1e-9)


def test_the_interval_of_alpha_holds_it():
    found, low, high = measures.alpha_interval(KRIPPENDORFF, "ordinal")
    assert low < found < high


@pytest.mark.parametrize(
    ("coded", "expected"),
    [((900, 900, 810, 1000), 0.0), ((500, 500, 250, 1000), 0.0), ((400, 400, 300, 1000), 0.583),
     ((200, 200, 180, 10_000), 0.898)],
)  # fmt: skip
def test_kappa_over_characters_counts_those_that_nobody_coded(coded, expected):
    assert measures.kappa_of_characters(*coded) == pytest.approx(expected, abs=5e-4)


def test_agreement_within_a_group_against_chance_over_five_levels():
    scores = [1.0, 3.0]  # variance 2, as of five levels by chance
    assert measures.within_group(scores, levels=5) == 0.0
    assert measures.within_group([3.0, 3.0, 4.0], levels=5) == pytest.approx(1 - (1 / 3) / 2.0)


@given(
    st.lists(st.integers(-3, 3), min_size=1, max_size=9), st.lists(st.integers(-3, 3), min_size=1, max_size=9)
)
def test_superiority_is_the_share_of_pairs_and_turns_round_with_the_groups(a, b):
    found, low, high = measures.superiority(a, b)
    pairs = [1.0 if x > y else 0.5 if x == y else 0.0 for x in a for y in b]
    assert found == pytest.approx(sum(pairs) / len(pairs))
    assert measures.superiority(b, a)[0] == pytest.approx(1 - found)
    assert -1e-9 <= low <= found + 1e-9 and found - 1e-9 <= high <= 1 + 1e-9


def test_the_interval_of_superiority_covers_as_often_as_it_says():
    rng = np.random.default_rng(7)
    truth, held, draws = 0.5 + 0.5 * math.erf(0.5), 0, 400  # normal, one standard deviation apart
    for _ in range(draws):
        _, low, high = measures.superiority(rng.normal(1, 1, 15), rng.normal(0, 1, 15))
        held += low <= truth <= high
    assert held / draws > 0.91
