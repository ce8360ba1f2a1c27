"""What counts as quoting testimony, and that a withdrawal reaches every column in which somebody may have quoted it."""

from dataclasses import fields, replace

import pytest

from entrepot.sensemaking.coding import Check, Choice, Code, Guide, Revision, Segment, choose, withdraw
from entrepot.sensemaking.coding.checking import REFERENCES
from entrepot.sensemaking.coding.quoting import WITHDRAWN, Said
from entrepot.sensemaking.coding.replication import latest_choice
from entrepot.sensemaking.coding.study import ID, TABLES, Carried
from entrepot.sensemaking.coding.withdrawing import WRITTEN

from .coding_made import study

HERON = "The grey heron counts our boxes every night."
SAID = Said(
    (f"We waited long. {HERON} Then it rains.",), ("Another says: what is going on in your shop today?",)
)


@pytest.mark.parametrize(("text", "left"), [
    ("Note: the GREY heron\n counts our boxes – every night, she says", f"Note: {WITHDRAWN}, she says"),
    ("“grey heron counts”: vivid", f"{WITHDRAWN}: vivid"), ("grey heron counts", WITHDRAWN),
    ("“grey heron”", "“grey heron”"), ("they count boxes at night", "they count boxes at night"),
    ("he counts our boxes and leaves", "he counts our boxes and leaves"), ("", ""),
])  # fmt: skip
def test_a_long_run_or_a_passage_set_apart_is_a_quote_and_no_other_words_are(text, left):
    assert SAID.without(text) == left
    assert SAID.stands_in(text) == (left != text)


@pytest.mark.parametrize(("theirs", "text"), [
    ("他们不听我们的话，从来不问我们为什么。", "备注：他们不听我们的话，从来不问我们为什么"),
    ("그들은 매장의 말을 전혀 듣지 않습니다.", "메모: 매장의 말을 전혀 듣지"),
])  # fmt: skip
def test_languages_without_spaces_or_with_few_words_are_found_too(theirs, text):
    assert WITHDRAWN in Said((theirs,)).without(text)


def test_what_others_said_too_is_not_theirs_alone():
    asked = "what is going on in your shop today?"
    both = Said((f"Q: {asked} A: nothing at all",), (f"Q: {asked} A: much",))
    assert both.without(f"asked “{asked}”") == f"asked “{asked}”"
    assert both.without("“nothing at all”") == WITHDRAWN


def test_xml_keeps_its_tags():
    xml = '<a name="n &quot;grey heron counts&quot;"><b>x &amp; the grey heron counts our boxes every night</b></a>'
    assert SAID.out_of_xml(xml) == f'<a name="n {WITHDRAWN}"><b>x &amp; {WITHDRAWN}</b></a>'


def test_every_column_of_text_is_looked_through_or_holds_no_words():
    bound = {("guides", "asked"), ("guides", "version"), ("checks", "round"), ("choices", "by"), ("sequence", "by"),
             ("lenses", "by"), ("revisions", "by"), ("revisions", "code"), ("revisions", "what"),
             ("revisions", "source"), ("sources", "file"), ("codes", "colour"), ("segments", "selection")}  # fmt: skip
    bound |= set(ID.items()) | {(table, column) for table, column, _into in REFERENCES}
    left = {
        (table, each.name)
        for table, kind in TABLES.items()
        for each in fields(kind)
        if each.type == "str" and not each.metadata.get("one_of") and each.name not in WRITTEN.get(table, ())
    }
    assert left - bound - {("groups", "case")} == set()


def full():
    """A study in which every column of `WRITTEN`, and what is carried along, quotes A's testimony."""
    made = study(
        name="Of “grey heron counts”", guides=(Guide("G", "firm", "What is going on?"),), checks=(Check("1", "B"),),
        revisions=(Revision("C2", "colour", at=study().sources[0].at),), choices=(Choice("C2", "kept"),),
    )  # fmt: skip
    made = made.having(
        texts={**made.texts, "i1": f"{made.texts['i1']} {HERON}"},
        carried=Carried(
            f'<Project xmlns="urn:QDA-XML:project:1.0" name="p"><Description>{HERON}</Description></Project>'
        ),
    )
    said = f"memo of mine: {HERON} Odd."
    needed = {"sequence": {"before": "C1", "after": "C2"}, "lenses": {"lens": "L"},
              "interventions": {"intervention": "I", "group": "firm", "what": "x"}, "sampling": {"group": "firm"},
              "uses": {"group": "firm", "use": ""}, "scope": {"limit": "", "what": ""},
              "discrepancies": dict.fromkeys(("about", "says", "where", "but_says", "but_where"), "")}  # fmt: skip
    tables = {}
    for table, columns in WRITTEN.items():
        rows = getattr(made, table) or (TABLES[table](**needed[table]),)
        tables[table] = tuple(replace(row, **dict.fromkeys(columns, said)) for row in rows)
    return made.having(**tables)


def test_a_withdrawal_leaves_no_quote_in_any_column():
    before = full()
    assert all("heron" in str(getattr(before, table)) for table in WRITTEN)
    done = withdraw(before, "A")
    left = {name: str(getattr(done.study, name)) for name in (*TABLES, "carried", "name")}
    assert [name for name, text in left.items() if "heron" in text] == []
    assert done.study.texts.keys() == before.texts.keys() - {"i1"}
    assert set(done.emptied) == set(WRITTEN)
    assert not any("heron" in text for text in done.study.texts.values())


def test_what_was_written_about_their_words_alone_goes_without_a_quote_too():
    made = study(
        codes=(*study().codes, Code("X", "a heron", description="paraphrased")),
        segments=(*study().segments, Segment("x", "i1", 0, 3, "X", "kim")),
        revisions=(Revision("X", "name", "heron", "a heron", why="vivid image of his"),
                   Revision("C2", "colour", why="red is warmer", source="i1")),
        checks=(Check("1", "A", fits="no", correction="not so"), Check("1", "B", correction="mine stays")),
    )  # fmt: skip
    made = choose(choose(made, Choice("X", "kept", "he alone saw it")), Choice("C1", "kept", "many say so"))
    left = withdraw(made, "A").study
    assert (left.code("X").description, left.choices[0].reason) == (WITHDRAWN, WITHDRAWN)
    assert [each.why for each in left.revisions] == [WITHDRAWN, WITHDRAWN]
    assert (left.checks[0].correction, left.checks[0].action) == (WITHDRAWN, WITHDRAWN)
    assert (left.checks[1].correction, left.choices[1].reason) == ("mine stays", "many say so")
    assert latest_choice(left, "X").decision == "kept"
