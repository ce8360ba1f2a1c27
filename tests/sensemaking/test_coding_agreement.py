"""Agreement of coders counts every character, and adds chance agreement up: the golden values and a second opinion."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entrepot.sensemaking.agreement import alpha, alpha_interval
from entrepot.sensemaking.coding import Code, Coder, Reading, Segment, Source, Study, reliability

GOLDEN = [((900, 900, 810, 1000), 0.0), ((500, 500, 250, 1000), 0.0), ((400, 400, 300, 1000), 0.583),
          ((200, 200, 180, 10_000), 0.898)]  # fmt: skip


def coded(*spans, length=40, sources=("s",), read=()):
    """Spans as (coder, source, code, first, last) over texts of one length."""
    return Study(
        coders=(Coder("a"), Coder("b"), Coder("c")), codes=(Code("x"), Code("y")),
        sources=tuple(Source(name) for name in sources), texts=dict.fromkeys(sources, "." * length),
        segments=tuple(Segment(str(n), source, first, last, code, coder)
                       for n, (coder, source, code, first, last) in enumerate(spans)),
        readings=tuple(Reading(source, coder) for source, coder in read),
    )  # fmt: skip


def of(study, measure, code="x"):
    return next(each for each in reliability(study) if (each.measure, each.code) == (measure, code))


@pytest.mark.parametrize(("counts", "expected"), GOLDEN)
def test_kappa_over_all_characters_is_the_golden_value(counts, expected):  # G5
    first, second, both, total = counts
    made = coded(
        ("a", "s", "x", 0, first - 1), ("b", "s", "x", first - both, first - both + second - 1), length=total
    )
    found = of(made, "kappa")
    assert round(abs(found.value), 3) == expected
    assert (found.characters, found.coded) == (total, (first, second))


def by_character(study, coder, source, code):
    chosen = [s for s in study.segments if (s.coder, s.source, s.code) == (coder, source, code)]
    return [float(any(s.first <= at <= s.last for s in chosen)) for at in range(len(study.texts[source]))]


def naive_kappa(first, second):
    n = len(first)
    agree = sum(a == b for a, b in zip(first, second, strict=True)) / n
    chance = sum((first.count(v) / n) * (second.count(v) / n) for v in (0.0, 1.0))
    return math.nan if chance == 1 else (agree - chance) / (1 - chance)


SPAN = st.tuples(
    st.sampled_from("abc"),
    st.sampled_from("st"),
    st.sampled_from("xy"),
    st.integers(0, 19),
    st.integers(0, 19),
)
SPANS = st.lists(SPAN.filter(lambda s: s[3] <= s[4]), min_size=1, max_size=8)
READ = [(source, coder) for source in "st" for coder in "abc"]


@settings(max_examples=60, deadline=None)
@given(SPANS)
def test_kappa_and_alpha_are_what_one_gets_character_by_character(spans):
    made = coded(*spans, length=20, sources="st", read=READ)
    for code in {span[2] for span in spans}:
        each = {
            coder: by_character(made, coder, "s", code) + by_character(made, coder, "t", code)
            for coder in "abc"
        }
        kappas = {
            found.coders: found.value
            for found in reliability(made)
            if (found.measure, found.code) == ("kappa", code)
        }
        for two, value in kappas.items():
            assert value == pytest.approx(naive_kappa(each[two[0]], each[two[1]]), nan_ok=True)
        assert of(made, "alpha", code).value == pytest.approx(
            alpha(list(each.values()), "nominal"), nan_ok=True
        )


@settings(max_examples=40, deadline=None)
@given(SPANS)
def test_overall_each_pair_of_character_and_code_is_one_answer(spans):
    made = coded(*spans, length=20, sources="st", read=READ)
    codes = sorted({span[2] for span in spans})
    each = {
        coder: [v for code in codes for source in "st" for v in by_character(made, coder, source, code)]
        for coder in "abc"
    }
    assert of(made, "alpha", "").value == pytest.approx(alpha(list(each.values()), "nominal"), nan_ok=True)


def test_items_that_count_several_times_are_that_many_items():
    once = [[1, 1, 0, 0, None], [1, 0, 0, 1, 1]]
    many = [[v for v, n in zip(row, (3, 2, 4, 1, 5), strict=True) for _ in range(n)] for row in once]
    assert alpha(once, "nominal", times=[3, 2, 4, 1, 5]) == pytest.approx(alpha(many, "nominal"))


def test_what_one_coder_did_not_read_is_not_compared():
    made = coded(("a", "s", "x", 0, 9), ("b", "s", "x", 0, 9), ("a", "t", "x", 0, 9), sources="st")
    assert [of(made, "kappa").characters, of(made, "kappa").value] == [40, 1.0]
    both = coded(
        ("a", "s", "x", 0, 9), ("b", "s", "x", 0, 9), ("a", "t", "x", 0, 9), sources="st", read=[("t", "b")]
    )
    assert of(both, "kappa").characters == 80
    assert of(both, "kappa").value < 1


def test_overlapping_selections_of_one_coder_count_once():
    twice = coded(("a", "s", "x", 0, 9), ("a", "s", "x", 5, 14), ("b", "s", "x", 0, 14))
    assert of(twice, "kappa").coded == (15, 15)
    assert of(twice, "kappa").value == 1.0


def test_a_code_counts_with_what_stands_below_it():
    made = coded(("a", "s", "x", 0, 9), ("b", "s", "y", 0, 9))
    nested = made.having(codes=(Code("x"), Code("y", parent="x")))
    assert of(made, "kappa").value == pytest.approx(naive_kappa([1.0] * 10 + [0.0] * 30, [0.0] * 40))
    assert of(nested, "kappa").value == 1.0


def test_an_interval_needs_three_sources_and_holds_the_value():
    two = coded(("a", "s", "x", 0, 9), ("b", "s", "x", 3, 12), sources="s")
    assert math.isnan(of(two, "kappa").low)
    pairs = [(source, at, coder) for source in "stuv" for at, coder in enumerate("ab", ord(source) % 5)]
    four = coded(*[(coder, source, "x", at, 9 + at) for source, at, coder in pairs], sources="stuv")
    found = of(four, "alpha")
    assert -1 <= found.low <= found.value <= found.high <= 1


def test_the_interval_over_items_of_equal_weight_is_that_of_alpha():
    rows = [[1, 0, 1, 1, 0], [1, 0, 0, 1, 0]]
    made = coded(*[(c, str(at), "x", 0, 0) for c, row in zip("ab", rows, strict=True) for at, v in enumerate(row) if v],
                 sources="01234", length=1, read=[(str(at), c) for at in range(5) for c in "ab"])  # fmt: skip
    found = of(made, "alpha")
    assert (found.value, found.low, found.high) == pytest.approx(alpha_interval(rows, "nominal"))


def test_where_nobody_coded_or_one_person_alone_nothing_is_said():
    assert reliability(coded(("a", "s", "x", 0, 9))) == []
    assert reliability(coded()) == []
