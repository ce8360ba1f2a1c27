"""The account as a document: its type proposed and overridden, dissent kept, versions compared, two edits as one."""

from datetime import date

import pytest

from entrepot.errors import InputError
from entrepot.sensemaking.account import Account, difference, following, merged, read_account, standing
from entrepot.sensemaking.integration import Interpretation

DECIDED = Interpretation("determined", "incompatible", "institutionalised", "top-down", "restricted", ("a1",))
UNKNOWN = Interpretation(
    "forming", "incompatible", "institutionalised", "top-down", "minimal", note="decided, not known"
)


def test_the_type_is_that_of_the_rules_until_a_person_says_otherwise_with_a_reason():
    assert standing(Account(owner="sales"), DECIDED).kind == "determined"
    said = standing(Account(owner="sales", kind="open-ended", kind_reason="nobody acts on it"), DECIDED)
    assert (said.kind, said.proposed, said.is_decided_by_person) == ("open-ended", "determined", True)
    with pytest.raises(InputError, match="without a reason"):
        read_account({"kind": "open-ended"})


def test_a_conclusion_that_nobody_promulgated_is_decided_and_not_known():
    said = standing(Account(), UNKNOWN)
    assert (said.kind, said.note) == ("forming", "decided, not known")


@pytest.mark.parametrize(("verdict", "expected"), [
    ("incompatible", [("defiance", "observed", "S23"), ("compromise", "unlikely", "S25")]),
    ("compatible", [("accommodation", "implied", "S24")]),
])  # fmt: skip
def test_what_the_paper_expects_follows_type_and_verdict(verdict, expected):
    said = standing(Account(verdict=verdict), DECIDED)
    assert [(e.response, e.standing, e.row) for e in said.expected] == expected


def test_what_is_to_mind_is_said():
    account = Account(verdict="compatible", priority="emerging", review_on="2026-01-01")
    assert standing(account, DECIDED, on=date(2026, 2, 1)).warnings == [
        "no_owner", "other_verdict", "other_priority", "review_due"]  # fmt: skip


def test_dissent_stays_whatever_a_later_version_leaves_out():
    first = Account(dissent=("retail: we lose growth",))
    both = following(first, Account(dissent=("legal: too late",)))
    assert both.dissent == ("retail: we lose growth", "legal: too late")


def test_versions_are_compared_part_by_part_and_unit_by_unit():
    before = Account(owner="sales", guidelines={"sales": "five", "legal": "none"})
    after = Account(owner="sales", guidelines={"sales": "two"}, dissent=("a", "b"))
    assert [(c.what, c.unit, c.before, c.after) for c in difference(before, after)] == [
        ("guidelines", "legal", "none", ""), ("guidelines", "sales", "five", "two"),
        ("dissent", "", "", "a\nb")]  # fmt: skip
    assert difference(after, after) == []


def test_of_two_edits_nothing_is_lost_and_what_both_changed_is_named():
    base = Account(summary="old", owner="sales", guidelines={"sales": "five"})
    theirs = Account(
        summary="theirs", owner="sales", guidelines={"sales": "five", "legal": "ask"}, dissent=("x",)
    )
    mine = Account(summary="mine", owner="legal", guidelines={"sales": "two"}, evidence=("run 1",))
    both, clashes = merged(base, theirs, mine)
    assert both == Account(
        summary="mine",
        owner="legal",
        guidelines={"sales": "two", "legal": "ask"},
        dissent=("x",),
        evidence=("run 1",),
    )
    assert [(c.what, c.before, c.after) for c in clashes] == [("summary", "theirs", "mine")]


def test_every_mistake_of_an_account_is_named_at_once():
    with pytest.raises(InputError) as raised:
        read_account({"verdict": "fine", "codified": "no", "review_on": "soon", "colour": "red"})
    assert len(raised.value.mistakes) == 4


def test_what_is_kept_is_read_back_as_it_was():
    account = Account(
        verdict="compatible", guidelines={"売り場": "두 개까지 😀"}, dissent=("a",), review_on="2026-03-31"
    )
    assert read_account(account.as_body()) == account
