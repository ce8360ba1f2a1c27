"""Who answers blind stays unseen: in a part, in the rest of a whole, in silence, in the gap, and in camps."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrepot.sensemaking import Act, Assessment, make_sense
from entrepot.sensemaking.small_groups import FEWEST, hidden


def answers(sizes, *, leaders=0, score=1.0, status="given", reason_code=""):
    """Blind staff of each unit, and leaders by name."""
    rows = [("staff", unit, n, False) for unit, size in sizes.items() for n in range(size)]
    rows += [("leader", "board", n, True) for n in range(leaders)]
    return [
        Assessment("q", "1", f"{unit}-{level}-{n}", unit, level, dimension, score=score if status == "given" else None,
                   status=status, attributed=named, reason_code=reason_code)
        for level, unit, n, named in rows for dimension in ("legitimacy", "efficiency")
    ]  # fmt: skip


def figures(rows, by):
    return {
        row["value"]: row["n"]
        for row in make_sense(rows)[0].agreement
        if row["by"] == by and row["dimension"] == "legitimacy"
    }


@given(st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 12), min_size=1))
def test_what_is_hidden_is_nobody_or_at_least_five(sizes):
    gone = hidden(sizes)
    together = sum(sizes[name] for name in gone)
    assert not gone or together >= FEWEST or gone == {name for name, size in sizes.items() if size}
    assert all(size >= FEWEST or size == 0 for name, size in sizes.items() if name not in gone)


def test_a_unit_of_three_is_not_shown_nor_the_one_from_which_it_follows():
    assert figures(answers({"sales": 9, "legal": 3, "strategy": 6}), "unit") == {
        "legal": None, "sales": 9, "strategy": None}  # fmt: skip


def test_two_leaders_and_ten_staff_are_shown_by_level():
    assert figures(answers({"sales": 10}, leaders=2), "level") == {"leader": 2, "staff": 10}


def test_of_six_with_two_leaders_neither_the_staff_nor_the_whole_is_shown():
    rows = answers({"sales": 4}, leaders=2)
    assert figures(rows, "level")["staff"] is None
    assert figures(rows, "all") == {"all": None}
    assert make_sense(rows)[0].gap[0]["superiority_0_1"] is None
    assert make_sense(rows)[0].camps is None


def test_a_unit_of_one_is_not_shown():
    assert figures(answers({"sales": 9, "legal": 1}), "unit") == {"legal": None, "sales": None}


def test_who_speaks_by_name_is_shown_however_few():
    assert figures(answers({}, leaders=2), "level") == {"leader": 2}


def test_few_who_withheld_are_not_counted_out():
    rows = answers({"sales": 9}) + answers({"legal": 2}, status="withheld", reason_code="fear_of_rebuke")
    told = make_sense(rows)[0].silence
    assert (told["asked"], told["withheld"], told["given"], told["silent_0_1"], told["reasons"]) == (
        11,
        None,
        None,
        None,
        {},
    )


def test_reasons_for_silence_are_shown_from_five_on():
    rows = answers({"sales": 9}) + answers({"legal": 5}, status="withheld", reason_code="fear_of_rebuke")
    told = make_sense(rows)[0].silence
    assert (told["withheld"], told["reasons"]) == (5, {"fear_of_rebuke": 5})
    assert told["silent_0_1"] == pytest.approx(5 / 14)


def test_two_camps_are_told_from_chance_and_one_cloud_is_not():
    rows = [
        Assessment("q", "1", f"s{n}", "sales", "staff", dimension, score=3.0 if n % 2 else -3.0, attributed=False)
        for n in range(12) for dimension in ("legitimacy", "efficiency")
    ]  # fmt: skip
    parted = make_sense(rows)[0].camps
    assert parted.p_value < 0.05 and len(set(parted.group)) == 2
    cloud = [
        Assessment("q", "1", f"s{n}", "sales", "staff", "legitimacy", score=float(n % 7 - 3), attributed=False)
        for n in range(14)
    ] + [
        Assessment("q", "1", f"s{n}", "sales", "staff", "efficiency", score=float((n * 3) % 7 - 3), attributed=False)
        for n in range(14)
    ]  # fmt: skip
    assert make_sense(cloud)[0].camps.p_value > 0.05


def test_the_type_does_not_tell_what_fewer_than_five_said_blind():
    leaders = answers({}, leaders=2, score=2.0)
    left = [Act("1", "q", "board", "leader", "left_open")]
    few, five = (leaders + answers({"sales": n}, score=-2.0) for n in (FEWEST - 1, FEWEST))
    assert make_sense(few, left)[0].interpretation.account == "forming"
    assert make_sense(five, left)[0].interpretation.account == "open-ended"


def test_camps_are_told_without_the_order_of_those_who_answered():
    rows = answers({"legal": 6}, score=-3.0) + answers({"sales": 6}, score=3.0)
    (said,) = make_sense(rows)
    assert said.camps.p_value < 0.05 and len(said.camps.group) == 12
    assert set(said.as_row()["camps"]) == {"between_0_1", "p_value"}


def test_neither_camps_nor_reliability_are_told_of_four_on_one_dimension():
    rows = [r for r in answers({"sales": 8}, leaders=4) if r.attributed or r.dimension == "legitimacy"]
    rows += [r for r in answers({"sales": FEWEST - 1}, score=-1.0) if r.dimension == "efficiency"]
    rows += [replace(r, horizon="long") for r in rows]
    (said,) = make_sense(rows)
    assert said.camps is None
    assert [row["dimension"] for row in said.reliability] == ["legitimacy"]
