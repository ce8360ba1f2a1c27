"""The account, by the rules of contracts.md: the two firms of the paper, and each rule with one act more or less."""

import csv
from datetime import UTC, datetime

import pytest

from entrepot.sensemaking import Act, Assessment, make_sense, read_acts, read_assessments
from entrepot.sensemaking.cases import CASES
from entrepot.sensemaking.integration import in_order, interpret
from entrepot.sensemaking.moments import Moment

FIRMS = {
    sense.question: sense
    for sense in make_sense(read_assessments(CASES["assessments"]), read_acts(CASES["acts"]))
}


def without(kind):
    acts = [act for act in read_acts(CASES["acts"]) if act.kind != kind]
    return {s.question: s.interpretation for s in make_sense(read_assessments(CASES["assessments"]), acts)}


def acts(*rows):
    """Acts in the order given: (kind, unit, level, more…)."""
    made = []
    for place, (kind, unit, level, more) in enumerate(rows):
        at = Moment.read(more.pop("at", ""))
        made.append(
            Act(act=f"a{place}", question="q", unit=unit, level=level, kind=kind, place=place, at=at, **more)
        )
    return made


def view(who, score, **more):
    given = {"unit": "sales", "level": "staff", "dimension": "legitimacy", **more}
    return Assessment(question="q", round="1", stakeholder=who, score=score, **given)


BOTH = {"verdict": "incompatible", "priority": "institutionalised", "owner": "sales"}
CONCLUDED = ("concluded", "board", "leader", BOTH)
PROMOTED = ("promoted", "board", "leader", {"verdict": "incompatible", "to_units": frozenset({"all"})})
OPPOSED = [view("anna", 2.0), view("bo", -1.0)]


def test_beautymore_is_determined_top_down_and_restricted_and_expected_to_defy():
    said = FIRMS["BeautyMore"]
    assert (said.interpretation.account, said.interpretation.verdict) == ("determined", "incompatible")
    assert (said.interpretation.integration, said.interpretation.form) == ("top-down", "restricted")
    assert [(e.response, e.standing, e.row) for e in said.expected_responses] == [
        ("defiance", "observed", "S23"), ("compromise", "unlikely", "S25")]  # fmt: skip


def test_skingood_is_open_ended_with_no_integration_and_a_repertoire_with_decoupling():
    said = FIRMS["SkinGood"]
    assert (said.interpretation.account, said.interpretation.integration) == ("open-ended", "none")
    assert said.interpretation.form == "minimal"
    assert [(e.response, e.row) for e in said.expected_responses] == [
        ("a repertoire", "S27"),
        ("decoupling", "S27"),
    ]


@pytest.mark.parametrize(("kind", "firm"), [("concluded", "BeautyMore"), ("left_open", "SkinGood")])
def test_deleting_one_act_changes_the_answer(kind, firm):
    assert without(kind)[firm].account == "forming"


def test_both_sides_of_each_contradiction_are_kept():
    rows = [
        r for r in read_assessments(CASES["assessments"]) if r.question == "SkinGood" and r.level == "leader"
    ]
    assert {(r.stakeholder, r.score) for r in rows} == {("senior management", -1.0), ("CEO", 0.0)}


def test_what_was_read_from_a_text_counts_for_no_agreement_and_names_its_place():
    assert FIRMS["BeautyMore"].agreement == []
    with CASES["assessments"].open(encoding="utf-8") as file:
        assert all("Park, Ritala & Velu 2020" in row["source"] for row in csv.DictReader(file))


def test_silence_is_told_with_its_reasons():
    told = {row["reason_code"] for row in FIRMS["SkinGood"].silence["told_of"]}
    assert told == {"fear_of_rebuke", "brand_ruin"}


def test_a_conclusion_that_nobody_promulgated_is_decided_but_not_known():
    said = interpret(acts(CONCLUDED), [])
    assert (said.account, said.note) == ("forming", "decided, not known")


def test_a_promotion_that_misses_a_unit_that_carries_it_out_is_not_enough():
    concluded = ("concluded", "board", "leader", {**BOTH, "to_units": frozenset({"sales", "retail"})})
    to_sales = ("promoted", "board", "leader", {"to_units": frozenset({"sales"})})
    to_retail = ("promoted", "board", "leader", {"to_units": frozenset({"retail"})})
    assert interpret(acts(concluded, to_sales), []).account == "forming"
    assert interpret(acts(concluded, to_sales, to_retail), []).account == "determined"


@pytest.mark.parametrize("level", ["staff"])
def test_what_staff_promote_makes_nothing_known(level):
    promoted = ("promoted", "sales", level, {"to_units": frozenset({"all"})})
    assert interpret(acts(CONCLUDED, promoted), []).account == "forming"


def test_reopening_undoes_a_conclusion_and_its_promotion():
    reopened = ("reopened", "board", "leader", {})
    assert interpret(acts(PROMOTED, CONCLUDED, reopened), []).account == "forming"
    assert interpret(acts(PROMOTED, CONCLUDED, reopened, CONCLUDED), []).note == "decided, not known"


def test_a_conclusion_without_priority_is_none():
    half = ("concluded", "board", "leader", {"verdict": "incompatible"})
    assert interpret(acts(half, PROMOTED), []).integration == "none"


def test_open_ended_needs_views_of_opposite_sign_and_somebody_who_left_it_open():
    left = ("left_open", "board", "leader", {})
    assert interpret(acts(left), OPPOSED).account == "open-ended"
    assert interpret(acts(left), [view("anna", 2.0), view("bo", 1.0)]).account == "forming"
    assert interpret(acts(), OPPOSED).account == "forming"
    assert interpret(acts(left), OPPOSED, round_is_open=True).account == "forming"


def test_staff_are_not_entitled_to_leave_it_open():
    assert interpret(acts(("left_open", "sales", "staff", {})), OPPOSED).account == "forming"


def test_a_day_of_review_that_passed_leaves_it_open():
    due = ("informed", "board", "leader", {"review_on": Moment.read("2026-03-01")})
    before, after = datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)
    assert interpret(acts(due), OPPOSED, now=before).account == "forming"
    assert interpret(acts(due), OPPOSED, now=after).account == "open-ended"


def test_the_last_answer_of_a_stakeholder_stands():
    changed = [
        view("anna", 2.0),
        view("bo", -1.0),
        Assessment("q", "2", "bo", "sales", "staff", "legitimacy", score=2.0),
    ]
    assert interpret(acts(("left_open", "board", "leader", {})), changed).account == "forming"


def voiced(unit, verdict="compatible", level="staff"):
    return ("voiced", unit, level, {"verdict": verdict})


def heard(name):
    return ("heard", "board", "leader", {"answers": name})


@pytest.mark.parametrize(("rows", "mode"), [
    ([PROMOTED, CONCLUDED], "top-down"),
    ([voiced("sales"), PROMOTED, CONCLUDED], "top-down"),
    ([voiced("sales"), ("dismissed", "board", "leader", {"answers": "a0"}), CONCLUDED], "top-down"),
    ([voiced("sales"), heard("a0"), voiced("legal", "incompatible"), heard("a2"), PROMOTED, CONCLUDED], "negotiated"),
    ([voiced("sales", "incompatible"), heard("a0"), PROMOTED, CONCLUDED], "bottom-up"),
    ([PROMOTED, voiced("sales", "incompatible"), heard("a1"), CONCLUDED], "negotiated"),
    ([PROMOTED, CONCLUDED, voiced("sales"), heard("a2")], "top-down"),
    ([voiced("sales"), heard("a0")], "none"),
])  # fmt: skip
def test_how_views_were_brought_together(rows, mode):
    assert interpret(acts(*rows), []).integration == mode


INFORMED = ("informed", "board", "leader", {"to_units": frozenset({"sales", "retail", "legal"})})


@pytest.mark.parametrize(("rows", "form"), [
    ([INFORMED, voiced("sales"), voiced("legal"), CONCLUDED], "guided"),
    ([INFORMED, voiced("sales"), voiced("legal")], "fragmented"),
    ([INFORMED, voiced("sales"), PROMOTED], "restricted"),
    ([INFORMED, voiced("sales"), voiced("sales")], "minimal"),
])  # fmt: skip
def test_form_is_control_and_animation(rows, form):
    assert interpret(acts(*rows), []).form == form


def test_dispersion_never_changes_the_type():
    split = [view(f"s{n}", 3.0 if n % 2 else -3.0) for n in range(10)]
    assert interpret(acts(PROMOTED, CONCLUDED), split).account == "determined"


def test_a_missing_owner_is_a_warning():
    nobodys = ("concluded", "board", "leader", {**BOTH, "owner": ""})
    said = interpret(acts(PROMOTED, nobodys), [])
    assert (said.account, said.warnings) == ("determined", ("the conclusion has no owner",))


def test_acts_happen_in_the_order_of_their_times_and_where_these_overlap_of_the_table():
    told = acts(("voiced", "a", "staff", {"at": "2018-05"}), ("voiced", "b", "staff", {"at": "2016"}),
                ("voiced", "c", "staff", {"at": "2018"}))  # fmt: skip
    assert [a.unit for a in in_order(told)] == ["b", "a", "c"]
