"""Files as strangers send them, and a small study with two coders."""

import io
import zipfile

from entrepot.sensemaking.coding import Code, Coder, Group, Informant, Segment, Source, Study
from entrepot.sensemaking.moments import Moment

TEXT = "ab\r\n😀c 中文. They do not listen to us. Nobody asked."
WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def zipped(members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


def docx(body, types="", **more):
    xml = f'<w:document xmlns:w="{WORD}"><w:body>{body}</w:body></w:document>'
    return zipped({"[Content_Types].xml": f"<Types>{types}</Types>", "word/document.xml": xml, **more})


def pdf(words="", *, password=""):
    """A pdf of one page, with or without words, made by hand and pypdf."""
    from pypdf import PdfReader, PdfWriter

    stream = f"BT /F1 12 Tf 20 100 Td ({words}) Tj ET".encode() if words else b""
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]  # fmt: skip
    out, places = b"%PDF-1.4\n", []
    for number, each in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj%s endobj\n" % (number, each)
    begins = len(out)
    out += b"xref\n0 6\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % begins
    if not password:
        return out
    writer, made = PdfWriter(clone_from=PdfReader(io.BytesIO(out))), io.BytesIO()
    writer.encrypt(password, algorithm="RC4-128")
    writer.write(made)
    return made.getvalue()


def study(**changed):
    """Two firms' people in three texts of two kinds, coded by two people."""
    made = Study(
        name="made",
        groups=(Group("firm", case="firm"), Group("stores")),
        informants=(
            Informant("A", "firm", "auditor"), Informant("B", "firm", "buyer"), Informant("C", "stores", "manager"),
        ),
        sources=(
            Source("i1", kind="interview", group="firm", informants=("A",), at=Moment.read("2016")),
            Source("i2", kind="interview", group="firm", informants=("B",), at=Moment.read("2018-05-03")),
            Source("o1", kind="observation", group="stores", informants=("C",), at=Moment.read("2019")),
        ),
        coders=(Coder("kim", "Kim"), Coder("lee", "Lee")),
        codes=(
            Code("D", "Silence", "dimension"), Code("T", "Nobody hears", "theme", "D", step="integration"),
            Code("C1", "“They do not listen”", "concept", "T"), Code("C2", "“Nobody asked”", "concept", "T"),
        ),
        segments=(
            Segment("1", "i1", 12, 37, "C1", "kim", quoted=True), Segment("2", "i1", 15, 37, "C1", "lee"),
            Segment("3", "i2", 0, 9, "C1", "kim"), Segment("4", "o1", 0, 4, "C2", "kim"),
        ),
        texts={"i1": TEXT, "i2": "Once more: they do not listen.", "o1": "Nobody asked there."},
    )  # fmt: skip
    return made.having(**changed)
