"""REFI-QDA: a round trip loses nothing that the standard can hold; what is broken is refused and nothing is lost."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from entrepot.errors import InputError
from entrepot.sensemaking.cases import STUDY
from entrepot.sensemaking.coding import (
    Code,
    Coder,
    Segment,
    Source,
    Study,
    read_exchange,
    read_study,
    withdraw,
    write_exchange,
)
from entrepot.sensemaking.coding.refi_ids import Project, guid_of, model, parsed, written
from entrepot.sensemaking.moments import Moment

from .coding_made import TEXT, study, zipped

QDE = '<Project xmlns="urn:QDA-XML:project:1.0" name="x"{more}>{inside}</Project>'
G = [f"00000000-0000-0000-0000-{number:012d}" for number in range(20)]
PIECES = [*"ab <&\"'\t中文한😀e\u0301\u2028…\n\r", "\r\n", "👩‍👩‍👧", "]]>"]
SIGNS = st.lists(st.sampled_from(PIECES), max_size=8).map("".join)
LONG = st.lists(SIGNS, min_size=1, max_size=6).map("".join).filter(str.strip)
INSTANTS = st.sampled_from(
    ["", "2016", "2018-05", "2019-05-03", "2020-01-02T03:04:05+00:00", "2021-01-01T00:00:00.123456+09:00"]
)


def round_trip(study, *, side=True, name="made.qdpx"):
    files, _ = write_exchange(study, name)
    data, beside = files[name], files[name.rpartition(".")[0] + ".entrepot.json"]
    return read_exchange(data, name, beside if side else None).study


@st.composite
def studies(draw):
    """Studies with nested codes, several coders, and selections that overlap, in texts of any signs."""
    coders = tuple(Coder(f"c{number}", draw(SIGNS)) for number in range(draw(st.integers(0, 3))))
    codes = []
    for number in range(draw(st.integers(1, 6))):
        parent = draw(st.sampled_from(["", *(each.code for each in codes)]))
        level = draw(st.sampled_from(["concept", "theme", "dimension"]))
        colour = draw(st.sampled_from(["", "#12aB9f", "#fff"]))
        codes.append(Code(f"k{number}", draw(SIGNS), level, parent, draw(SIGNS), colour, draw(st.booleans())))
    texts = {f"s{number}": draw(LONG) for number in range(draw(st.integers(1, 3)))}
    sources = tuple(Source(name, draw(SIGNS), at=Moment.read(draw(INSTANTS))) for name in texts)
    segments = []
    for number in range(draw(st.integers(0, 6))):
        source = draw(st.sampled_from(list(texts)))
        first = draw(st.integers(0, len(texts[source]) - 1))
        last = draw(st.integers(first, len(texts[source]) - 1))
        coder = draw(st.sampled_from(["", *(each.coder for each in coders)]))
        code, at = draw(st.sampled_from(codes)).code, Moment.read(draw(INSTANTS))
        segments.append(Segment(f"g{number}", source, first, last, code, coder, at, note=draw(SIGNS)))
    return Study(
        name=draw(SIGNS),
        coders=coders,
        codes=tuple(codes),
        sources=sources,
        segments=tuple(segments),
        texts=texts,
    )


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(studies())
def test_with_its_side_file_a_study_comes_back_as_it_was(made):
    assert round_trip(made) == made


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(studies())
def test_without_it_all_that_the_standard_holds_comes_back(made):
    back = round_trip(made, side=False)
    assert {each.coder: each.name for each in back.coders} == {
        guid_of("coder", c.coder): c.name for c in made.coders
    }
    assert {(c.code, c.name, c.parent, c.description, c.colour, c.codable, c.level) for c in back.codes} == {
        (guid_of("code", c.code), c.name, guid_of("code", c.parent) if c.parent else "", c.description, c.colour,
         c.codable, c.level) for c in made.codes
    }  # fmt: skip
    assert back.texts == {guid_of("source", name): text for name, text in made.texts.items()}
    assert {(s.source, s.name, s.at.text) for s in back.sources} == {
        (guid_of("source", s.source), s.name, s.at.text) for s in made.sources
    }
    assert {(s.segment, s.source, s.first, s.last, s.code, s.coder, s.note) for s in back.segments} == {
        (guid_of("segment", s.segment), guid_of("source", s.source), s.first, s.last, guid_of("code", s.code),
         guid_of("coder", s.coder) if s.coder else "", s.note) for s in made.segments
    }  # fmt: skip
    instants = {
        guid_of("segment", s.segment): s.at for s in made.segments if s.at and s.at.begins == s.at.ends
    }
    assert {s.segment: (s.at.begins, s.at.ends) for s in back.segments if s.at} == {
        name: (at.begins, at.ends) for name, at in instants.items()
    }


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(studies())
def test_a_codebook_keeps_codes_and_their_levels(made):
    assert round_trip(made, name="made.qdc").codes == made.codes
    bare = round_trip(made, side=False, name="made.qdc")
    assert sorted((c.name, c.level) for c in bare.codes) == sorted((c.name, c.level) for c in made.codes)


def test_the_example_of_the_paper_comes_back_whole():
    example = read_study(STUDY)
    assert round_trip(example) == example


def test_through_the_hands_of_pyrefiqda_itself_nothing_is_lost(tmp_path):
    from pyrefiqda.refiproject import RefiProject

    example = read_study(STUDY)
    files, _ = write_exchange(example, "a.qdpx")
    (tmp_path / "a.qdpx").write_bytes(files["a.qdpx"])
    theirs = RefiProject.load(tmp_path / "a.qdpx", str(tmp_path / "out"))
    RefiProject.save(theirs, tmp_path / "b.qdpx", tmp_path / "out" / "sources")
    back = read_exchange((tmp_path / "b.qdpx").read_bytes(), "b.qdpx", files["a.entrepot.json"]).study
    assert back == example


def test_the_same_study_is_the_same_file():
    assert write_exchange(study(), "a.qdpx") == write_exchange(study(), "a.qdpx")


def test_positions_are_first_and_last_code_point_in_the_file():  # G8
    made = study(segments=(Segment("1", "i1", 4, 4, "C1", "kim"),))
    project = parsed(members_of(made)["project.qde"], Project, "x")
    one = next(
        s for s in project.sources.text_source if s.guid == guid_of("source", "i1")
    ).plain_text_selection[0]
    assert (one.start_position, one.end_position) == (4, 4)
    assert TEXT[4] == "😀"
    assert members_of(made)[f"sources/{guid_of('source', 'i1')}.txt"] == TEXT.encode()


def members_of(made):
    from entrepot.sensemaking.coding.archives import members

    return members(write_exchange(made, "a.qdpx")[0]["a.qdpx"], "a.qdpx")


def test_work_done_in_another_program_counts_over_an_older_side_file():
    files, _ = write_exchange(study(), "a.qdpx")
    other = study(
        codes=tuple(replace(c, name="heard") if c.code == "C1" else c for c in study().codes),
        segments=(*study().segments[1:], Segment("9", "o1", 7, 11, "C2", "lee")),
    )
    there, _ = write_exchange(other, "a.qdpx")
    back = read_exchange(there["a.qdpx"], "a.qdpx", files["a.entrepot.json"]).study
    assert back.code("C1").name == "heard"
    assert [s.segment for s in back.segments] == ["2", "3", "4", guid_of("segment", "9")]
    assert back.source("i1").informants == ("A",)


def test_what_another_program_wrote_beyond_our_tables_is_written_out_again():
    back = read_exchange(foreign(), "a.qdpx")
    assert "1 pictures, 2 notes" in back.notices[0]
    out, _ = write_exchange(back.study, "b.qdpx")
    again = parsed(parts(out["b.qdpx"])["project.qde"], Project, "x")
    assert [note.name for note in again.notes.note] == ["on the words", "elsewhere"]
    assert again.code_book.codes.code[0].note_ref[0].target_guid == G[9]
    assert again.sources.picture_source[0].path == "internal://p.png"
    assert parts(out["b.qdpx"])["sources/p.png"] == b"png"
    assert sorted(each.name or "" for each in again.sources.text_source[0].plain_text_selection) == [
        "",
        "only marked",
    ]
    assert again.origin == "Other 1.0"


def test_a_withdrawn_source_leaves_nothing_in_what_is_carried_along():
    brought = read_exchange(foreign(), "a.qdpx").study
    source = brought.sources[0].source
    from entrepot.sensemaking.coding import Group, Informant

    named = brought.having(
        groups=(Group("g"),), informants=(Informant("A", "g"),),
        sources=tuple(replace(s, group="g", informants=("A",)) if s.source == source else s for s in brought.sources),
    )  # fmt: skip
    left = withdraw(named, "A").study
    assert "on the words" not in left.carried.xml
    assert "elsewhere" in left.carried.xml
    assert "only marked" not in left.carried.xml


def parts(data):
    from entrepot.sensemaking.coding.archives import members

    return members(data, "x")


def foreign():
    note = model.TextSourceType(guid=G[9], name="on the words", plain_text_content="They said it twice")
    other = model.TextSourceType(guid=G[10], name="elsewhere", plain_text_content="x")
    code = model.ProjectCodeType if hasattr(model, "ProjectCodeType") else model.CodeType
    words = model.PlainTextSelectionType(
        guid=G[3], start_position=0, end_position=3, creating_user=G[1], note_ref=[model.NoteRefType(target_guid=G[9])],
        coding=[model.CodingType(guid=G[4], creating_user=G[1], code_ref=model.CodeRefType(target_guid=G[2])),
                model.CodingType(guid=G[5], creating_user=G[1], code_ref=model.CodeRefType(target_guid=G[7]))],
    )  # fmt: skip
    marked = model.PlainTextSelectionType(guid=G[6], name="only marked", start_position=1, end_position=2)
    project = Project(
        name="theirs", origin="Other 1.0", users=model.UsersType(user=[model.UserType(guid=G[1], name="Kim")]),
        code_book=model.CodeBookType(codes=model.CodesType(code=[
            code(guid=G[2], name="one", is_codable=True, note_ref=[model.NoteRefType(target_guid=G[9])]),
            code(guid=G[7], name="two", is_codable=True)])),
        sources=model.SourcesType(
            text_source=[model.TextSourceType(
                guid=G[8], name="t", plain_text_content="words", plain_text_selection=[words, marked])],
            picture_source=[model.PictureSourceType(guid=G[11], path="internal://p.png")],
        ),
        notes=model.NotesType(note=[note, other]),
    )  # fmt: skip
    return zipped({"theirs.qde": written(project), "sources/p.png": b"png"})


def text_source(start, end, text="ab\r\n😀c", more=""):
    return (
        f'<Users><User guid="{G[1]}"/></Users><CodeBook><Codes><Code guid="{G[2]}" name="c" isCodable="true"/></Codes>'
        f'</CodeBook><Sources><TextSource guid="{G[3]}" plainTextPath="internal://t.txt">'
        f'<PlainTextSelection guid="{G[4]}" startPosition="{start}" endPosition="{end}">'
        f'<Coding guid="{G[5]}" creatingUser="{G[1]}"{more}>'
        f'<CodeRef targetGUID="{G[2]}"/></Coding></PlainTextSelection></TextSource></Sources>'
    )


def qdpx(inside, more="", text="ab\r\n😀c"):
    return zipped({"p.qde": QDE.format(inside=inside, more=more), "sources/t.txt": text.encode()})


@pytest.mark.parametrize(("origin", "start", "end", "words"), [
    ("", 4, 4, "😀"), ("ATLAS.ti 9", 3, 3, "😀"), ("ATLAS.ti 9", 2, 4, "\r\n😀c"),
])  # fmt: skip
def test_a_program_that_counts_a_line_end_as_one_is_counted_anew(origin, start, end, words):
    found = read_exchange(
        qdpx(text_source(start, end), f' origin="{origin}"' if origin else ""), "a.qdpx"
    ).study
    assert [found.quote(each) for each in found.segments] == [words]


@pytest.mark.parametrize(("data", "wrong"), [
    (b"words", "broken or no zip"),
    (qdpx(text_source(0, 0))[:200], "broken or no zip"),
    (zipped({"a.txt": "x"}), "this is no REFI-QDA project"),
    (zipped({"p.qde": "<Project"}), "the XML is broken"),
    (zipped({"p.qde": "<a/>"}), "this is no REFI-QDA"),
    (zipped({"p.qde": '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'}), "declares a document type"),
    (zipped({"p.qde": QDE.format(inside="", more=""), "../p": "x"}), "leads out of the archive"),
    (qdpx(text_source(3, 2)), "the selection is empty"),
    (qdpx(text_source(0, 6)), "lies outside the text"),
    (qdpx(text_source(-1, 2)), "lies outside the text"),
    (qdpx(text_source("one", 2)), "this is no REFI-QDA"),
    (qdpx(text_source(0, 1).replace(f'<User guid="{G[1]}"/>', f'<User guid="{G[9]}"/>')), "unknown coder"),
    (qdpx(text_source(0, 1).replace(f'<CodeRef targetGUID="{G[2]}"', f'<CodeRef targetGUID="{G[9]}"')), "unknown code"),
    (qdpx(text_source(0, 1).replace("internal://t.txt", "internal://no.txt")), "is missing"),
    (qdpx(text_source(0, 1).replace("internal://t.txt", "absolute:///etc/passwd")), "is missing"),
])  # fmt: skip
def test_a_broken_project_is_one_clear_error(data, wrong):
    with pytest.raises(InputError) as raised:
        read_exchange(data, "a.qdpx")
    assert wrong in str(raised.value)
    assert len(raised.value.mistakes) == 1


def test_overlapping_selections_are_allowed():
    made = study(segments=(Segment("1", "i1", 0, 9, "C1", "kim"), Segment("2", "i1", 5, 12, "C2", "kim")))
    assert round_trip(made).segments == made.segments


def test_a_side_file_of_something_else_is_refused():
    with pytest.raises(InputError, match="no side file"):
        read_exchange(foreign(), "a.qdpx", b"[]")


def test_a_sealed_source_stays_at_home_unless_asked():
    made = study(
        sources=tuple(replace(s, sensitivity="sealed") if s.source == "i1" else s for s in study().sources)
    )
    files, held = write_exchange(made, "a.qdpx")
    assert held == ("i1",)
    everything = b"".join([*parts(files["a.qdpx"]).values(), files["a.entrepot.json"]]).decode()
    assert "中文. They do not listen" not in everything
    assert guid_of("source", "i1").encode() not in parts(files["a.qdpx"])["project.qde"]
    open_, held = write_exchange(made, "a.qdpx", sealed=True)
    assert held == ()
    assert read_exchange(open_["a.qdpx"], "a.qdpx", open_["a.entrepot.json"]).study == made


def test_a_name_that_xml_cannot_hold_is_named():
    with pytest.raises(InputError, match=r"U\+0007"):
        write_exchange(study(codes=(Code("x", "bell\a"),), segments=()), "a.qdpx")
