"""The tables that come in: every wrong row is named, nothing is guessed."""

import json

import pytest

from entrepot.cli import main
from entrepot.errors import InputError
from entrepot.sensemaking import read_acts, read_assessments

GOOD = {"question": "q", "round": "1", "stakeholder": "anna", "unit": "sales", "level": "staff",
        "dimension": "legitimacy", "status": "given", "score": "2"}  # fmt: skip
ACT = {"act": "1", "question": "q", "unit": "board", "level": "leader", "kind": "concluded"}


@pytest.mark.parametrize(("change", "wrong"), [
    ({"score": "4"}, "score is 4, expected -3 to 3"),
    ({"score": "much"}, "score is no number: 'much'"),
    ({"score": ""}, "score is missing where status is given"),
    ({"status": "passed"}, "a score stands where status is passed"),
    ({"status": "asleep"}, "status is 'asleep'"),
    ({"level": "boss"}, "level is 'boss', expected leader, staff"),
    ({"stakeholder": " "}, "stakeholder is empty"),
    ({"dimension": "efficiency", "facet": "aims"}, "efficiency has no facet aims"),
    ({"origin": "coded", "score": "2", "source": "p. 3"}, "expected -1 to 1"),
    ({"origin": "coded", "score": "0.5", "source": "p. 3"}, "a coded score is −1, 0 or 1"),
    ({"origin": "coded", "score": "1"}, "a coded row names no source"),
    ({"answered_at": "last week"}, "answered_at is no instant, day, month or year"),
    ({"attributed": "perhaps"}, "attributed is 'perhaps'"),
])  # fmt: skip
def test_an_answer_that_cannot_be_used_is_named(change, wrong):
    with pytest.raises(InputError, match="row 2") as raised:
        read_assessments([GOOD, GOOD | change])
    assert wrong in str(raised.value)


def test_all_wrong_rows_are_named_at_once():
    with pytest.raises(InputError) as raised:
        read_assessments([GOOD | {"score": "9", "level": "boss"}, GOOD, GOOD | {"status": "?"}])
    assert len(raised.value.mistakes) == 4


@pytest.mark.parametrize(("rows", "wrong"), [
    ([ACT | {"kind": "shouted"}], "kind is 'shouted'"),
    ([ACT | {"kind": "heard"}], "heard answers no act"),
    ([ACT | {"kind": "heard", "answers": "7"}], "act 1 answers an act that is not there"),
    ([ACT, ACT], "an act has the number of another"),
    ([ACT | {"verdict": "guilty"}], "verdict is 'guilty'"),
])  # fmt: skip
def test_an_act_that_cannot_be_used_is_named(rows, wrong):
    with pytest.raises(InputError) as raised:
        read_acts(rows)
    assert wrong in str(raised.value)


def write(path, rows):
    names = list(rows[0])
    path.write_text("\n".join([",".join(names), *[",".join(row[n] for n in names) for row in rows]]), "utf-8")
    return path


def test_the_command_answers_one_object_a_question(tmp_path, capsys):
    table = write(tmp_path / "a.csv", [GOOD, GOOD | {"question": "r"}])
    with pytest.raises(SystemExit) as ended:
        main(["sense", str(table), "--json"])
    found = json.loads(capsys.readouterr().out)["questions"]
    assert ended.value.code == 0
    assert [row["question"] for row in found] == ["q", "r"]
    assert {
        "account",
        "verdict",
        "integration",
        "form",
        "agreement",
        "gap",
        "silence",
        "expected_responses",
    } <= set(found[0])


@pytest.mark.parametrize(("arguments", "said"), [
    (["sense"], "no assessments were given"),
    (["sense", "nowhere.csv"], "there is no such file"),
])  # fmt: skip
def test_a_table_that_is_missing_is_said(arguments, said, capsys):
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert said in capsys.readouterr().err


def test_a_missing_column_is_said(tmp_path, capsys):
    table = write(tmp_path / "a.csv", [{k: v for k, v in GOOD.items() if k not in ("unit", "status")}])
    with pytest.raises(SystemExit):
        main(["sense", str(table)])
    assert (
        "the column unit is missing" in (said := capsys.readouterr().err)
        and "the column status is missing" in said
    )


def test_the_example_is_the_two_firms(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["sense", "--example"])
    assert ended.value.code == 0
    said = capsys.readouterr().out
    assert "BeautyMore: determined, incompatible" in said and "SkinGood: open-ended" in said
