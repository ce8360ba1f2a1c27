"""A docx or pdf that would be read for years, or into all memory, is given up within its bounds and named."""

import subprocess
import sys
import time
import zlib

import pytest

from entrepot.errors import InputError
from entrepot.sensemaking.coding import apart, text_of
from entrepot.sensemaking.coding.apart import read_apart

from .coding_made import docx, pdf


def pdf_of(objects):
    """A pdf of these objects, the first its catalog."""
    out, places = b"%PDF-1.4\n", []
    for number, each in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj%s endobj\n" % (number, each)
    begins, count = len(out), len(objects) + 1
    out += b"xref\n0 %d\n0000000000 65535 f \n" % count + b"".join(b"%010d 00000 n \n" % at for at in places)
    return out + b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (count, begins)


def stream(data, about=b""):
    packed = zlib.compress(data, 9)
    return b"<<%s/Length %d/Filter/FlateDecode>>stream\n%s\nendstream" % (about, len(packed), packed)


def of_forms_in_forms(depth=12, each=10, pages=400):
    """A page that draws a form ten times, which draws one ten times, and so on: ten to the power of twelve words. The
    reader stops at so many forms a page, and so the page stands there four hundred times."""
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R/Resources<</XObject<</F 6 0 R>>>>>>"
    font = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"
    kids = b"<</Type/Pages/Kids[%s]/Count %d>>" % (b"3 0 R " * pages, pages)
    objects = [b"<</Type/Catalog/Pages 2 0 R>>", kids, page, stream(b"/F Do " * each), font]
    for place in range(depth):
        below = b"/XObject<</F %d 0 R>>" % (7 + place) if place < depth - 1 else b"/Font<</F1 5 0 R>>"
        drawn = b"/F Do " * each if place < depth - 1 else b"BT /F1 9 Tf (word) Tj ET "
        objects.append(stream(drawn, b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<<%s>>" % below))
    return pdf_of(objects)


def of_a_huge_stream():
    """A page whose few kilobytes of content unpack to millions of words, each drawn by itself."""
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>"
    font = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"
    words = b"BT /F1 9 Tf 1 0 0 1 5 5 Tm (word) Tj ET " * 1_500_000
    return pdf_of(
        [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>", page, stream(words), font]
    )


@pytest.mark.parametrize("made", [of_forms_in_forms, of_a_huge_stream])
def test_a_pdf_that_is_read_for_ever_is_given_up_in_time(made):
    data = made()
    assert len(data) < 300_000
    began = time.monotonic()
    with pytest.raises(InputError, match="reading it takes too") as raised:
        read_apart(data, "talk.pdf", seconds=4)
    assert time.monotonic() - began < 60  # of years; a busy machine takes a while to start and end a process
    assert "talk.pdf" in str(raised.value)
    assert "save it anew" in str(raised.value)


def test_a_docx_that_fills_memory_is_given_up():
    cell = "<w:p><w:r><w:t>a</w:t></w:r></w:p>"
    data = docx(cell * 1_700_000)
    assert len(data) < 1_000_000
    with pytest.raises(InputError, match=r"too much memory|broke off"):
        read_apart(data, "talk.docx", memory=400 * 2**20, seconds=300)  # a slow machine meets memory first


def test_a_reader_that_is_ended_from_outside_is_told(monkeypatch):
    real = subprocess.run
    ends = [sys.executable, "-c", "import os, signal; os.kill(os.getpid(), signal.SIGTERM)"]
    monkeypatch.setattr(apart.subprocess, "run", lambda _command, **how: real(ends, **how))
    with pytest.raises(InputError, match="reading it broke off"):
        read_apart(pdf("words"), "talk.pdf")


def test_what_is_read_apart_is_what_the_file_says_with_its_notices_and_mistakes():
    assert read_apart(pdf("They do not listen"), "a.PDF").text.strip() == "They do not listen"
    found = text_of(docx("<w:p><w:r><w:t>中文 😀</w:t></w:r></w:p>"), "a.docx")
    assert found.text == "中文 😀"
    assert "left out" in found.notices[0]
    with pytest.raises(InputError, match="the docx holds macros") as raised:
        text_of(docx("", types="macroEnabled"), "b.docx")
    assert raised.value.mistakes[0].where == "b.docx"
