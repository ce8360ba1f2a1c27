"""On what two camps part: the constants of Polis, and that a camp of few is not told apart."""

import numpy as np
import pytest

from entrepot.sensemaking import Assessment, make_sense
from entrepot.sensemaking.opinions import Z90, Z95, apart, most_groups, partings, smoothed_share


def rows(who, legitimacy, efficiency, *, attributed=False):
    common = {
        "question": "q",
        "round": "1",
        "stakeholder": who,
        "unit": "a",
        "level": "staff",
        "horizon": "short",
    }
    return [
        Assessment(**common, dimension=d, score=float(s), attributed=attributed)
        for d, s in (("legitimacy", legitimacy), ("efficiency", efficiency))
    ]


def camps_of(first, second):
    """`first` people see it as fitting, `second` as not; all see it as helpful."""
    found = [row for n in range(first) for row in rows(f"f{n}", 3 - n % 2, 1 + n % 2)]
    return found + [row for n in range(second) for row in rows(f"s{n}", -3 + n % 2, 1 + n % 2)]


def test_the_constants_are_those_of_polis():
    assert (Z90, Z95) == (1.2816, 1.6449)
    assert smoothed_share(3, 4) == pytest.approx((3 + 1) / (4 + 2))
    assert [most_groups(n) for n in (1, 11, 12, 36, 10_000)] == [2, 2, 3, 5, 5]


def test_z_is_that_of_two_shares_with_one_answer_more_on_each_side():
    a, n, b, m = 7, 10, 2, 9
    pooled = (a + 1 + b + 1) / (n + 2 + m + 2)
    by_hand = ((a + 1) / (n + 2) - (b + 1) / (m + 2)) / np.sqrt(
        pooled * (1 - pooled) * (1 / (n + 2) + 1 / (m + 2))
    )
    # n + 2 answers of which a + 1 are in favour: one more on each side
    assert smoothed_share(a, n) - smoothed_share(b, m) == pytest.approx((a + 1) / (n + 2) - (b + 1) / (m + 2))
    assert apart((a, n), (b, m)) == pytest.approx(by_hand)


def test_camps_part_on_what_they_see_differently_and_on_nothing_else():
    given = camps_of(8, 7)
    found = partings(given, {row.stakeholder: int(row.stakeholder[0] == "s") for row in given})
    assert [(p.dimension, p.in_favour, p.answered, p.is_clear) for p in found] == [
        ("legitimacy", (8, 0), (8, 7), True)
    ]


def test_a_camp_of_one_to_four_blind_answers_is_not_told_apart():
    given = camps_of(8, 4)
    assert partings(given, {row.stakeholder: int(row.stakeholder[0] == "s") for row in given}) == []


def test_sense_says_on_what_camps_part_where_there_are_camps():
    (said,) = make_sense([*camps_of(0, 0), *[r for n in range(9) for r in rows(f"a{n}", 3, 3)],
                          *[r for n in range(9) for r in rows(f"b{n}", -3, -3)]])  # fmt: skip
    assert said.camps.p_value < 0.05
    assert {p.dimension for p in said.partings} == {"legitimacy", "efficiency"}
    (alike,) = make_sense([r for n in range(12) for r in rows(f"c{n}", n % 3, (n * 5) % 4)])
    assert alike.partings == []
