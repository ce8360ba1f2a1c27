"""Counts, choices, structure, history, member checks, withdrawal, and the paper's Tables 2 and 3 from data."""

from dataclasses import replace

import pytest

from entrepot.errors import InputError
from entrepot.sensemaking import make_sense, read_acts, read_assessments
from entrepot.sensemaking.cases import CASES, STUDY
from entrepot.sensemaking.coding import (
    Check,
    Choice,
    Code,
    Group,
    Informant,
    Intervention,
    Precedence,
    Revision,
    Rule,
    Segment,
    Source,
    add_text,
    as_rows,
    black_out,
    change,
    checked,
    choose,
    effect_on,
    excluded,
    misfits,
    read_study,
    replication,
    rounds,
    structure,
    table_2,
    table_3,
    validity,
    withdraw,
    write_study,
)
from entrepot.sensemaking.coding.quoting import WITHDRAWN
from entrepot.sensemaking.coding.study import TABLES
from entrepot.sensemaking.moments import Moment

from .coding_made import TEXT, study


@pytest.fixture(scope="module")
def example():
    return read_study(STUDY)


def of(rows, code):
    return next(each for each in rows if each.code == code)


def test_the_paper_rests_on_73_interviews_with_41_informants(example):  # G9
    table = table_2(example)
    assert (table.interviews, table.informants, table.collected) == (73, 41, "Dec 2015–Sep 2019")
    assert [(r.interviews, r.informants) for r in table.rows] == [
        (18, 13),
        (15, 7),
        (26, 11),
        (10, 6),
        (2, 2),
        (2, 2),
    ]


def test_one_record_less_is_one_interview_less(example):
    fewer = example.having(sources=tuple(s for s in example.sources if s.source != "DG-I20"))
    assert table_2(fewer).interviews == 72


def test_table_2_says_what_was_collected_and_what_for(example):
    rows = as_rows(table_2(example))
    assert rows[0]["data"].startswith(
        "18 interviews with 13 organizational members (Mar 2016–Sep 2019); asked which"
    )
    assert "1 meeting" in rows[0]["data"]
    assert "researcher intervened: the first author explained" in rows[0]["data"]
    assert "11 observations of social media; each agent for two months" in rows[2]["data"]
    assert rows[-1] == {
        "group": "all",
        "interviews": "73",
        "informants": "41",
        "data": "Dec 2015–Sep 2019",
        "use": "",
    }


def test_table_3_is_made_of_coded_quotes_and_the_rules(example):  # C12
    sense = make_sense(read_assessments(CASES["assessments"]), read_acts(CASES["acts"]))
    called = {s.question: (s.interpretation.integration, s.interpretation.account) for s in sense}
    rows = as_rows(table_3(example, called))
    interpreted = "Interpretation of legitimacy and efficiency compatibilities"
    integrated = "integration of stakeholder perspectives"
    assert [(r["case"], r["part"], r["heading"], r["role"], r["year"], r["line"]) for r in rows] == [
        ("BeautyMore", "a", interpreted, "internal auditor", "2016", "L373"),
        ("BeautyMore", "b", f"Top-down {integrated}", "senior retail strategist", "2018", "L374"),
        ("BeautyMore", "c", "Determined account", "e-commerce team leader", "2017", "L375"),
        ("SkinGood", "a", interpreted, "senior marketing strategist", "2019", "L376"),
        ("SkinGood", "b", f"No {integrated}", "sales team leader", "2018", "L377"),
        ("SkinGood", "b", f"No {integrated}", "senior marketing strategist", "2019", "L377"),
        ("SkinGood", "c", "Open-ended account", "strategy team leader", "2017", "L378"),
    ]  # fmt: skip
    assert rows[1]["quote"].startswith("Why on earth")
    assert rows[1]["quote"].endswith("doesn't listen to us")


def test_without_the_conclusion_the_heading_changes(example):
    acts = [act for act in read_acts(CASES["acts"]) if act.kind != "concluded"]
    sense = make_sense(read_assessments(CASES["assessments"]), acts)
    called = {s.question: (s.interpretation.integration, s.interpretation.account) for s in sense}
    assert "Determined account" not in [cell.heading for cell in table_3(example, called)]


def test_every_code_of_the_example_is_marked_as_rebuilt(example):  # Q17
    assert all(each.reconstruction for each in example.codes)
    assert structure(example).reconstruction
    assert misfits(example) == []


def test_the_example_invents_no_instant(example):
    assert {len(s.at.text) for s in example.sources} <= {0, 4, 7, 10}
    assert all(s.at.text == "2018-02-22" for s in example.sources if len(s.at.text) == 10)
    assert [d.says for d in example.discrepancies] == ["three days' observation of one daigou agent"]


def test_a_concept_is_counted_by_informants_sources_and_kinds():
    rows = replication(study())
    assert [(r.informants, r.sources, r.kinds, r.confirmed, r.proposed) for r in rows] == [
        (2, 2, 1, False, "kept"), (1, 1, 1, False, "excluded"),
    ]  # fmt: skip


def test_two_kinds_of_source_confirm():
    more = study(segments=(*study().segments, Segment("5", "o1", 0, 3, "C1", "kim")))
    assert of(replication(more), "C1").confirmed


def test_one_informant_in_two_interviews_is_one_informant():
    same = study(
        sources=tuple(replace(s, informants=("A",)) if s.source == "i2" else s for s in study().sources)
    )
    assert (of(replication(same), "C1").informants, of(replication(same), "C1").proposed) == (1, "excluded")


def test_where_several_spoke_only_a_named_speaker_counts():
    meeting = study(
        sources=tuple(replace(s, informants=("A", "B")) if s.source == "i1" else s for s in study().sources)
    )
    found = of(replication(meeting), "C1")
    assert (found.informants, found.unattributed) == (1, 2)
    named = meeting.having(
        segments=tuple(replace(s, informant="A") if s.source == "i1" else s for s in meeting.segments)
    )
    assert (of(replication(named), "C1").informants, of(replication(named), "C1").unattributed) == (2, 0)


def test_the_rule_proposes_and_a_person_excludes():
    assert excluded(study()) == frozenset()
    chosen = choose(study(), Choice("C2", "excluded", "one informant only", "kim"))
    assert excluded(chosen) == {"C2"}
    assert (chosen.choices[0].informants, chosen.choices[0].sources, chosen.choices[0].kinds) == (1, 1, 1)
    assert [c.code for c in structure(chosen).left_out] == ["C2"]
    back = choose(chosen, Choice("C2", "kept", "a striking event", "lee"))
    assert excluded(back) == frozenset()
    assert "decided against the rule" in of(replication(back), "C2").mind
    assert len(back.choices) == 2


def test_a_choice_needs_a_reason_and_a_concept():
    with pytest.raises(InputError, match="gives no reason"):
        choose(study(), Choice("C2", "excluded", " "))
    with pytest.raises(InputError, match="unknown concept"):
        choose(study(), Choice("T", "excluded", "x"))


def test_counts_that_changed_since_a_choice_are_told():
    chosen = choose(study(), Choice("C1", "kept", "often said"))
    more = chosen.having(segments=(*chosen.segments, Segment("5", "o1", 0, 3, "C1", "kim")))
    assert of(replication(more), "C1").mind == "the counts have changed since it was decided"


def test_what_was_said_after_the_researcher_intervened_is_flagged():  # A18
    told = Intervention("I", "firm", "explained the agents", at=Moment.read("2017"))
    made = study(interventions=(told,), segments=(Segment("3", "i2", 0, 9, "C1", "kim"),))
    assert of(replication(made), "C1").after_intervention
    assert not of(replication(study(interventions=(told,))), "C1").after_intervention


def test_the_rule_can_be_stricter():
    assert of(replication(study(), Rule(informants=3)), "C1").proposed == "excluded"


def test_the_structure_has_three_columns_with_live_quotes():
    [dimension] = structure(study()).dimensions
    [theme] = dimension.themes
    assert (dimension.code.name, theme.code.name) == ("Silence", "Nobody hears")
    assert next((q.words, q.role, q.year) for q in theme.concepts[0].quotes) == (
        TEXT[12:38],
        "auditor",
        "2016",
    )


def test_nothing_coded_is_missing_from_the_structure():
    loose = study(
        codes=(
            *study().codes,
            Code("C3", "waits"),
            Code("T2", "waits too", "theme"),
            Code("C4", "odd", parent="D"),
        )
    )
    found = structure(loose)
    names = [c.code.code for d in found.dimensions for t in d.themes for c in t.concepts]
    assert sorted(names) == ["C1", "C2", "C3", "C4"]
    assert [(d.code, [t.code.code if t.code else None for t in d.themes]) for d in found.dimensions][-1] == (
        None, ["T2", None],
    )  # fmt: skip
    assert sorted(m.what for m in misfits(loose)) == [
        "odd has no place",
        "waits has no place",
        "waits too has no place",
    ]


def test_a_move_is_a_row_of_the_history():
    more = study(codes=(*study().codes, Code("T2", "Fear", "theme", "D")))
    moved = change(more, Revision("C1", "parent", now="T2", why="fits better", source="i2", by="kim"))
    assert moved.code("C1").parent == "T2"
    assert moved.revisions == (Revision("C1", "parent", "T", "T2", "fits better", "i2", "kim"),)
    assert change(moved, Revision("C1", "parent", now="T2")) == moved


@pytest.mark.parametrize(("revision", "wrong"), [
    (Revision("D", "parent", now="C1"), "stands below itself"), (Revision("C1", "parent", now="no"), "unknown parent"),
    (Revision("no", "name", now="x"), "unknown code"), (Revision("C1", "segments", now="x"), "cannot be changed"),
])  # fmt: skip
def test_a_move_that_cannot_be_leaves_everything(revision, wrong):
    with pytest.raises(InputError, match=wrong):
        change(study(), revision)


def test_member_checks_say_what_they_changed():
    at = Moment.read("2019-05")
    made = study(checks=(
        Check("1", "A", "C1", at, at, "yes"), Check("1", "B", "C1", at, at, "no", "we did ask", "renamed", "C1"),
        Check("1", "C", "C1", at, fits="no", correction="never"), Check("2", "A", "account 1", at),
    ))  # fmt: skip
    first, second = rounds(checked(made))
    assert (first.sent, first.seen, first.fits, first.does_not_fit, first.silent) == (3, 2, 1, 2, 0)
    assert (first.waiting, first.changed) == (("C",), ("C1",))
    assert (second.silent, second.waiting) == (1, ())
    assert [c.informant for c in effect_on(made, "C1")] == ["B"]


def test_the_checklist_of_validity_is_computed(example):
    met = {point.asks: point.met for point in validity(example)}
    assert (met["several cases"], met["followed over time"], met["other theories were tried"]) == (
        True,
        True,
        True,
    )
    assert not met[
        "informants have checked the findings"
    ]  # the paper says that it was done, and publishes no answer
    assert met["each concept confirmed by two kinds of source"] is False


@pytest.mark.parametrize(("changed", "wrong"), [
    ({"segments": (Segment("1", "i1", 5, 4, "C1"),)}, "the selection is empty"),
    ({"segments": (Segment("1", "i1", 0, len(TEXT), "C1"),)}, "lies outside the text"),
    ({"segments": (Segment("1", "i1", -1, 2, "C1"),)}, "lies outside the text"),
    ({"segments": (Segment("1", "i1", 0, 2, "C1", "nobody"),)}, "unknown coder 'nobody'"),
    ({"segments": (Segment("1", "no", 0, 2, "C1"),)}, "unknown source 'no'"),
    ({"segments": (Segment("1", "i1", 0, 2, "C9"),)}, "unknown code 'C9'"),
    ({"segments": (Segment("1", "i1", 0, 2, "C1"),) * 2}, "a segment has the id of another"),
    ({"codes": (Code("D", "d", "dimension", "T"), *study().codes[1:])}, "stands below itself"),
    ({"informants": (*study().informants, Informant("Z", "no"))}, "unknown group"),
    ({"sequence": (Precedence("T", "no"),)}, "unknown after"),
])  # fmt: skip
def test_what_cannot_be_is_named(changed, wrong):
    with pytest.raises(InputError) as raised:
        checked(study(**changed))
    assert wrong in str(raised.value)


def test_the_last_sign_is_inside():
    whole = study(segments=(Segment("1", "i1", 0, len(TEXT) - 1, "C1"), Segment("2", "i1", 4, 4, "C1")))
    assert [whole.quote(s) for s in checked(whole).segments] == [TEXT, "😀"]


def test_all_mistakes_are_named_at_once():
    with pytest.raises(InputError) as raised:
        checked(study(segments=(Segment("1", "i1", 5, 4, "no", "nobody"), Segment("2", "i1", 0, 999, "C1"))))
    assert len(raised.value.mistakes) == 4


def test_withdrawal_takes_words_and_quotes_and_leaves_the_count():
    made = study(checks=(Check("1", "A", correction="my words"),))
    done = withdraw(made, "A", at=Moment.read("2020-01-01"))
    left = done.study
    assert (done.sources, done.segments, done.named_in_their_words) == (("i1",), 2, ("C1", "C2"))
    assert "i1" not in left.texts
    assert [s.source for s in left.segments] == ["i2", "o1"]
    assert left.source("i1") == Source(
        "i1", kind="interview", group="firm", informants=("A",), at=Moment.read("2016"), withdrawn=True
    )
    assert left.informants[0] == Informant(
        "A", "firm", consent="withdrawn", withdrawn_at=Moment.read("2020-01-01")
    )
    assert left.checks[0].correction == WITHDRAWN
    assert table_2(left).interviews == table_2(made).interviews
    checked(left)


def test_a_text_that_others_spoke_in_goes_unless_it_is_kept_and_blacked_out():
    both = study(sources=tuple(replace(s, informants=("A", "B")) if s.source == "i1" else s for s in study().sources),
                 segments=(Segment("1", "i1", 12, 37, "C1", "kim", informant="A"),
                           Segment("2", "i1", 40, 45, "C2", "kim", informant="B")))  # fmt: skip
    assert "i1" not in withdraw(both, "A").study.texts
    kept = withdraw(both, "A", keep=["i1"]).study
    assert len(kept.texts["i1"]) == len(TEXT)
    assert "listen" not in kept.texts["i1"]
    assert [kept.quote(s) for s in kept.segments] == [TEXT[40:46]]
    with pytest.raises(InputError, match="nobody else spoke"):
        withdraw(study(), "A", keep=["i1"])
    with pytest.raises(InputError, match="unknown informant"):
        withdraw(study(), "nobody")


def test_blacking_out_moves_nothing():
    black = black_out(study(), "i1", 0, 3)
    assert black.texts["i1"] == "████" + TEXT[4:]
    assert black.segments == study().segments
    with pytest.raises(InputError, match="empty or outside"):
        black_out(study(), "i1", 3, 2)


def test_a_folder_gives_back_what_was_written(tmp_path, example):
    for made in (study(), example, study(name='a "name", ;\n')):
        back = read_study(write_study(made, tmp_path / "s"))
        assert back.having(sources=made.sources) == made
        assert [replace(s, file="") for s in back.sources] == [replace(s, file="") for s in made.sources]


def test_a_folder_that_is_something_else_is_left_alone(tmp_path):
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "letter.doc").write_text("dear")
    with pytest.raises(InputError, match="something else stands there"):
        write_study(study(), tmp_path / "x")
    assert (tmp_path / "x" / "letter.doc").read_text() == "dear"


def test_a_failure_while_writing_leaves_the_old_study(tmp_path, monkeypatch):
    write_study(study(), tmp_path / "s")
    monkeypatch.setattr("entrepot.sensemaking.coding.folder._with_files", lambda _: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        write_study(study(name="other"), tmp_path / "s")
    monkeypatch.undo()
    assert read_study(tmp_path / "s").name == "made"
    assert [each.name for each in tmp_path.iterdir()] == ["s"]


def test_wrong_rows_of_several_tables_are_named_together(tmp_path):
    write_study(study(), tmp_path / "s")
    (tmp_path / "s" / "coders.csv").write_text("coder,name\n,Kim\n")
    (tmp_path / "s" / "segments.csv").write_text("segment,source,first,last,code\n1,i1,one,2,C1\n2,i1,0,2,\n")
    with pytest.raises(InputError) as raised:
        read_study(tmp_path / "s")
    assert [m.what for m in raised.value.mistakes] == [
        "first is 'one', expected a whole number", "code is empty", "coder is empty",
    ] or len(raised.value.mistakes) == 3  # fmt: skip


def test_a_text_may_not_lie_outside_the_folder(tmp_path):
    write_study(study(), tmp_path / "s")
    (tmp_path / "secret.txt").write_text("x")
    rows = (tmp_path / "s" / "sources.csv").read_text("utf-8").replace("i1.txt", "../../secret.txt")
    (tmp_path / "s" / "sources.csv").write_text(rows, "utf-8")
    with pytest.raises(InputError, match="is missing"):
        read_study(tmp_path / "s")


def test_a_new_text_brings_its_group_and_its_speaker():
    grown = add_text(
        study(), Source("n", group="new", informants=("N",), role="buyer"), b"Words.", "n.txt"
    ).study
    assert (grown.groups[-1], grown.informants[-1]) == (Group("new"), Informant("N", "new", "buyer"))
    assert grown.texts["n"] == "Words."
    with pytest.raises(InputError, match="a source has the id of another"):
        add_text(grown, Source("n"), b"x", "n.txt")
    with pytest.raises(InputError, match="a new informant has no group"):
        add_text(study(), Source("n", informants=("N",)), b"x", "n.txt")


def test_every_table_has_rows_that_come_back_from_text(example):
    from entrepot.sensemaking.coding.rows import row_of, rows_of

    for table in TABLES:
        rows = getattr(example, table)
        assert rows_of(table, [row_of(row) for row in rows]) == rows
