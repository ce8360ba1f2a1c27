"""What a round offers to whom, and that no subtraction of what is shown comes to one to four people."""

from collections import Counter
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entrepot.sensemaking import Assessment
from entrepot.sensemaking.rounds import (
    ALL_UNITS,
    EVERYBODY,
    OTHER_UNITS,
    Member,
    coarsened,
    movement,
    offer,
    smallest_part,
    stability,
)
from entrepot.sensemaking.silence import KINDS, silence, silence_map
from entrepot.sensemaking.views import views


def members(*groups):
    """(unit, level, how many) …"""
    return [Member(f"{u} {level} {n}", u, level) for u, level, many in groups for n in range(many)]


def sizes(way):
    return {name: len(cell) for name, cell in way.cells.items()}


TWELVE = members(("sales", "leader", 1), ("sales", "staff", 5), ("legal", "leader", 1), ("legal", "staff", 5))


def test_twelve_people_two_of_them_leaders_answer_blind_by_unit():
    found = offer(TWELVE)
    assert [way.mode for way in found.ways] == ["blind_by_unit", "blind", "whole_group", "attributed"]
    assert sizes(found.ways[0]) == {"sales": 5, "legal": 5} and len(found.ways[0].by_name) == 2
    assert sizes(found.way("blind")) == {ALL_UNITS: 10}
    assert sizes(found.way("whole_group")) == {EVERYBODY: 12} and not found.way("whole_group").by_name


def test_six_people_are_offered_their_names_or_the_whole_group_and_told_why():
    found = offer(members(("sales", "leader", 2), ("sales", "staff", 2), ("legal", "staff", 2)))
    assert [way.mode for way in found.ways] == ["whole_group", "attributed"]
    assert found.not_offered == {"blind_by_unit": "few_staff", "blind": "few_staff"}


def test_a_unit_of_one_is_never_a_group_of_its_own():
    found = offer(members(("sales", "staff", 9), ("legal", "staff", 1), ("strategy", "staff", 5)))
    assert sizes(found.way("blind_by_unit")) == {"sales": 9, OTHER_UNITS: 6}
    alone = offer(members(("sales", "staff", 9), ("legal", "staff", 1)))
    assert alone.way("blind_by_unit") is None and alone.not_offered["blind_by_unit"] == "small_units"


def test_one_person_alone_answers_by_name_or_not_at_all():
    found = offer(members(("legal", "staff", 1)))
    assert [way.mode for way in found.ways] == ["attributed"]
    assert offer([]).ways == []


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.sampled_from(["leader", "staff"])), max_size=40))
def test_every_group_that_is_offered_has_five_people_or_more_and_everybody_has_one_place(drawn):
    people = [Member(str(n), unit, level) for n, (unit, level) in enumerate(drawn)]
    for way in offer(people).ways:
        assert all(len(cell) >= 5 for cell in way.cells.values())
        blind = [who for cell in way.cells.values() for who in cell]
        assert sorted([*blind, *way.by_name]) == sorted(p.stakeholder for p in people)


def test_a_newcomer_or_a_leaver_cannot_be_subtracted_from_the_round_before():
    first = offer(TWELVE).way("blind").cells
    more = [*TWELVE, Member("new", "sales", "staff")]
    assert offer(more, [first]).not_offered["blind"] == "differs_from_earlier"
    assert offer(TWELVE[:-1], [first]).not_offered["blind"] == "differs_from_earlier"
    assert offer(TWELVE, [first]).way("blind") is not None
    assert offer([*TWELVE, *members(("retail", "staff", 5))], [first]).way("blind") is not None


def test_leaders_cannot_be_subtracted_from_a_whole_group_after_a_round_of_staff():
    assert (
        offer(TWELVE, [offer(TWELVE).way("blind").cells]).not_offered["whole_group"] == "differs_from_earlier"
    )


def test_somebody_who_changed_units_cannot_be_subtracted():
    six = members(("sales", "staff", 6), ("legal", "staff", 6))
    moved = [*six[:-1], Member(six[-1].stakeholder, "sales", "staff")]
    assert offer(moved, [offer(six).ways[0].cells]).not_offered["blind_by_unit"] == "differs_from_earlier"
    assert offer(moved, [offer(six).ways[0].cells]).way("blind") is not None


rounds_of_people = st.lists(
    st.lists(st.sampled_from(["", "a", "b", "c"]), min_size=16, max_size=16), min_size=1, max_size=3
)


@given(rounds_of_people)
def test_where_a_round_is_allowed_no_sum_of_groups_differs_by_one_to_four_people(drawn):
    rounds = [
        {
            name: frozenset(str(n) for n, cell in enumerate(cells) if cell == name)
            for name in set(cells) - {""}
        }
        for cells in drawn
    ]
    if smallest_part(rounds) < 5:
        return
    unions = [
        frozenset().union(*chosen)
        for cells in rounds
        for many in range(len(cells) + 1)
        for chosen in combinations(cells.values(), many)
    ]
    assert all(len(a ^ b) not in (1, 2, 3, 4) for a in unions for b in unions)


@given(st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 12)))
def test_what_is_kept_after_the_close_is_in_groups_of_five_or_is_not_kept(counts):
    into = coarsened(counts)
    kept = Counter()
    for name, group in into.items():
        kept[group] += counts[name]
    assert all(number >= 5 for number in kept.values())
    assert bool(into) == (sum(counts.values()) >= 5)


def blind(place, unit, score, status="given", reason=""):
    common = {"question": "q", "round": "1", "stakeholder": str(place), "unit": unit, "level": "staff"}
    return Assessment(**common, dimension="legitimacy", horizon="short", score=score if status == "given" else None,
                      status=status, reason_code=reason, attributed=False)  # fmt: skip


answers = st.lists(
    st.tuples(st.sampled_from("abcd"), st.sampled_from(KINDS), st.integers(-3, 3)), min_size=5, max_size=60
)


@settings(max_examples=150, deadline=None)
@given(answers)
def test_no_subtraction_of_shown_groups_comes_to_one_to_four_blind_people(drawn):
    given_ = [blind(n, unit, score) for n, (unit, kind, score) in enumerate(drawn) if kind == "given"]
    rows = views(given_)
    whole = sum(r["n"] or 0 for r in rows if r["by"] == "all")
    shown = [r["n"] for r in rows if r["by"] == "unit" and r["n"]]
    assert all(r["n"] is None or r["n"] >= 5 for r in rows)
    assert not whole or whole - sum(shown) == 0 or whole - sum(shown) >= 5


def views_tell(rows, unit):
    told = views([row for row in rows if row.status == "given"])
    return any(r["n"] for r in told if r["by"] == "unit" and r["value"] == unit)


def found_by_sums(table, gone):
    """The hidden counts that the sums of rows, which all know, and of the other cells come to exactly."""
    cells = sorted(gone)
    if not cells:
        return set()
    lines = [[at[0] == row for at in cells] for row in table]
    lines += [[at[1] == kind for at in cells] for kind in KINDS if shown_total(table)[kind] is not None]
    matrix = np.array(lines, dtype=float)
    rank = np.linalg.matrix_rank(matrix)
    found = set()
    for place, at in enumerate(cells):
        alone = np.zeros(len(cells))
        alone[place] = 1
        if np.linalg.matrix_rank(np.vstack([matrix, alone])) == rank:
            found.add(at)
    return found


def shown_total(table):
    rows = [
        blind(f"{r}{k}{n}", r, 0.0, k)
        for r, counts in table.items()
        for k, many in counts.items()
        for n in range(many)
    ]
    return silence(rows)


@settings(max_examples=150, deadline=None)
@given(answers)
def test_no_count_of_silence_below_five_follows_from_the_others(drawn):
    rows = [blind(n, unit, score, kind) for n, (unit, kind, score) in enumerate(drawn)]
    table = {}
    for unit, kind, _ in drawn:
        table.setdefault(unit, dict.fromkeys(KINDS, 0))[kind] += 1
    shown = {row["unit"]: row for row in silence_map(rows)}
    gone = {(u, k) for u, counts in table.items() for k in counts if shown[u][k] is None}
    assert all(n >= 5 or (u, k) in gone for u, counts in table.items() for k, n in counts.items() if n)
    seen = {(u, "given") for u in table if views_tell(rows, u)}  # the plane shows how many gave an answer
    assert not found_by_sums(table, gone - seen) & {(u, k) for u, k in gone if 0 < table[u][k] < 5}


def test_stability_is_apart_from_agreement():
    split = [blind(n, "a", 3.0 if n % 2 else -3.0) for n in range(10)]
    (row,) = [r for r in stability(views(split), views(split)) if r.by == "all"]
    assert row.is_stable and row.moved_0_1 == 0 and row.agreement_now == pytest.approx(-1)
    alike = views([blind(n, "a", 3.0) for n in range(10)])
    (moved,) = [r for r in stability(views(split), alike) if r.by == "all"]
    assert not moved.is_stable and moved.moved_0_1 == 0.5 and moved.agreement_now == 1


def test_nobody_is_followed_who_answered_blind_in_either_round():
    def named(score, attributed=True):
        return Assessment(
            "q", "1", "anna", "sales", "leader", "legitimacy", "short", score=score, attributed=attributed
        )

    (move,) = movement([named(-2.0)], [named(1.0)])
    assert (move.stakeholder, move.before, move.now) == ("anna", -2.0, 1.0)
    assert movement([named(-2.0, attributed=False)], [named(1.0)]) == []


def test_a_leader_who_passed_by_name_is_not_subtracted_from_all_who_passed():
    rows = [blind(n, "a", 1.0) for n in range(6)] + [blind(f"p{n}", "a", 0, "passed") for n in range(4)]
    leader = Assessment(
        "q", "1", "anna", "a", "leader", "legitimacy", "short", status="passed", attributed=True
    )
    said = silence([*rows, leader])
    assert (said["asked"], said["given"], said["passed"], said["withheld"]) == (11, None, None, None)


def test_how_the_one_was_silent_whom_the_plane_lacks_is_not_shown():
    rows = [blind(n, "a", 1.0) for n in range(6)] + [blind("w", "a", 0, "withheld", "fear_of_rebuke")]
    (row,) = silence_map(rows)
    assert row["asked"] == 7 and [row[kind] for kind in KINDS] == [None] * 4
    assert silence(rows)["reasons"] == {}


def test_a_reason_is_not_shown_where_the_others_would_follow_from_it():
    rows = [blind(n, "a", 0, "withheld", "fear_of_rebuke") for n in range(6)]
    assert silence(rows)["reasons"] == {"fear_of_rebuke": 6}
    assert silence([*rows, blind("x", "a", 0, "withheld", "brand_ruin")])["reasons"] == {}
