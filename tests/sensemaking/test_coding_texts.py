"""Texts come in sign by sign; what cannot be read is refused with one error that says what to do."""

import pytest

from entrepot.errors import InputError
from entrepot.sensemaking.coding import read_text, text_of
from entrepot.sensemaking.coding.archives import members, plain_xml
from entrepot.sensemaking.coding.texts import kind_of

from .coding_made import docx, pdf, zipped

P = "<w:p><w:r><w:t>{}</w:t></w:r></w:p>"
MACROS = '<Override ContentType="application/vnd.ms-word.document.macroEnabled.main+xml"/>'
BOMB = '<!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;">]><w:document xmlns:w="w">&c;</w:document>'


@pytest.mark.parametrize(
    "text", ["ab\r\n😀c", "한국어 中文\u2028x", "e\u0301 is not \u00e9", "\r\r\n\n", "\ta "]
)
def test_a_text_is_kept_sign_by_sign(text):
    assert text_of(f"{text}.".encode(), "a.txt").text == f"{text}."


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_the_mark_of_an_encoding_is_no_part_of_the_text(encoding):
    assert text_of("中😀".encode(encoding), "a.txt").text == "中😀"


def test_an_emoji_after_a_line_end_of_two_signs_stands_at_four():  # G8
    text = text_of("ab\r\n😀c".encode(), "a.txt").text
    assert [text.index("😀"), text[4:5]] == [4, "😀"]


def test_a_docx_gives_its_paragraphs_and_not_what_was_deleted():
    body = (
        P.format("One 😀") + "<w:p><w:r><w:t>T</w:t><w:tab/><w:t>wo</w:t><w:br/><w:t>x</w:t></w:r>"
        "<w:del><w:r><w:delText>gone</w:delText></w:r></w:del></w:p>"
        "<w:tbl><w:tr><w:tc>" + P.format("cell") + "</w:tc></w:tr></w:tbl>"
    )
    found = text_of(docx(body), "a.docx")
    assert found.text == "One 😀\nT\two\nx\ncell"
    assert "left out" in found.notices[0]


def test_a_text_box_is_read_once():
    body = (
        f'<w:p xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"><w:r><mc:AlternateContent>'
        f"<mc:Choice><w:pict>{P.format('box')}</w:pict></mc:Choice><mc:Fallback>{P.format('box')}</mc:Fallback>"
        f"</mc:AlternateContent><w:t>around</w:t></w:r></w:p>"
    )
    assert text_of(docx(body), "a.docx").text == "around\nbox"


def test_a_pdf_gives_its_words():
    assert text_of(pdf("They do not listen"), "a.pdf").text.strip() == "They do not listen"


@pytest.mark.parametrize(("data", "name", "wrong"), [
    (b"\xff\xfeq\xd8", "a.txt", "not in UTF-8"),
    ("Größe".encode("latin-1"), "a.txt", "Got: byte 2"),
    (b"a\0b", "a.txt", "this is no text"),
    (b" \n", "a.txt", "there is no text in it"),
    (b"words", "a.rtf", "this kind of file cannot be read"),
    (b"words", "a.docx", "broken or no zip archive"),
    (zipped({"x": "y"}), "a.docx", "this is no docx"),
    (docx(P.format("x"), MACROS), "a.docx", "the docx holds macros"),
    (docx(P.format("x"), '<x PartName="/word/vbaProject.bin"/>'), "a.docx", "the docx holds macros"),
    (docx(""), "a.docx", "there is no text in it"),
    (docx("<w:p>"), "a.docx", "the XML is broken"),
    (zipped({"word/document.xml": BOMB}), "a.docx", "declares a document type"),
    (zipped({"word/document.xml": b"\xff\xfe" + BOMB.encode("utf-16-le")}), "a.docx", "declares a document type"),
    (zipped({"../x": "y", "word/document.xml": "z"}), "a.docx", "leads out of the archive"),
    (b"words", "a.pdf", "the pdf is broken"),
    (pdf("words")[:300], "a.pdf", "pdf"),
    (pdf("words", password="secret"), "a.pdf", "the pdf is encrypted"),
    (pdf(), "a.pdf", "the pdf is scanned"),
])  # fmt: skip
def test_what_cannot_be_read_is_one_clear_error(data, name, wrong):
    with pytest.raises(InputError) as raised:
        text_of(data, name)
    assert wrong in str(raised.value)
    assert len(raised.value.mistakes) == 1


def test_macros_are_never_opened(monkeypatch):
    data = docx(P.format("x"), MACROS, **{"word/vbaProject.bin": "code"})
    opened = []
    monkeypatch.setattr(
        "entrepot.sensemaking.coding.archives._contents",
        lambda archive, info, name, **_: opened.append(info.filename) or archive.read(info),
    )
    with pytest.raises(InputError):
        kind_of("a.docx")(data, "a.docx")  # what reads it apart, here to be watched
    assert sorted(opened) == ["[Content_Types].xml", "word/document.xml"]


def test_a_bomb_is_stopped_while_it_unpacks():
    data = zipped({"project.qde": b"0" * 3_000_000})
    assert len(data) < 10_000
    with pytest.raises(InputError, match="unpacks to more than can be right"):
        members(data, "a.qdpx", most=1_000_000)


def test_a_bomb_of_many_files_is_counted_together():
    data = zipped({str(number): b"0" * 400_000 for number in range(3)})
    with pytest.raises(InputError, match="unpacks to more"):
        members(data, "a.qdpx", most=1_000_000)


@pytest.mark.parametrize("name", ["../a", "/etc/a", "x/../../a", "..\\a", "C:\\a"])
def test_no_member_leads_out_of_its_archive(name):
    with pytest.raises(InputError, match="leads out of the archive"):
        members(zipped({name: "x"}), "a.qdpx")


def test_two_members_of_one_name_are_refused():
    with pytest.warns(UserWarning):
        import io
        import zipfile

        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            archive.writestr("a", "1")
            archive.writestr("a", "2")
    with pytest.raises(InputError, match="two files in it have one name"):
        members(out.getvalue(), "a.qdpx")


def test_plain_xml_passes():
    assert plain_xml(b"<a>\xe4\xb8\xad</a>", "x") == b"<a>\xe4\xb8\xad</a>"


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(InputError, match="there is no such file"):
        read_text(tmp_path / "no.txt")
