"""The text of a file: plain, docx or pdf, code point by code point as it stands there.

A segment's place counts code points, so nothing is normalised: line ends stay, and so do signs that look alike. What
cannot be read is refused with one error; nothing is guessed.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath
from xml.etree import ElementTree

from entrepot.errors import InputError, Mistake
from entrepot.sensemaking.coding.apart import read_apart
from entrepot.sensemaking.coding.archives import members, plain_xml

MOST_BYTES = 64 * 2**20
MOST_PAGES = 2000
MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
DOCUMENT, KINDS_OF_PARTS = "word/document.xml", "[Content_Types].xml"
SIGNS = {f"{WORD}tab": "\t", f"{WORD}br": "\n", f"{WORD}cr": "\n", f"{WORD}noBreakHyphen": "\u2011"}


@dataclass(frozen=True)
class Text:
    """The words of a file, and `notices`: what was left out, for the reader to know."""

    text: str
    notices: tuple[str, ...] = ()


def read_text(path: Path | str) -> Text:
    """The text of a txt, docx or pdf file; `InputError` where it cannot be read."""
    path = Path(path)
    if not path.is_file():
        raise InputError(Mistake("there is no such file", str(path), "a txt, docx or pdf file"))
    if path.stat().st_size > MOST_BYTES:
        raise _too_large(path.name)
    return text_of(path.read_bytes(), path.name)


def text_of(data: bytes, name: str) -> Text:
    """The text of a file's bytes; its name tells what kind it is. A docx or pdf is read in a process of its own, within
    bounds of time and memory (`apart`).

    >>> text_of("ab\\r\\n😀c".encode(), "note.txt").text.index("😀")
    4
    """
    read = kind_of(name)
    if len(data) > MOST_BYTES:
        raise _too_large(name)
    found = read(data, name) if read is _plain else read_apart(data, name)
    if not found.text.strip():
        raise InputError(Mistake("there is no text in it", name, do="give a file with words in it"))
    return found


def kind_of(name: str) -> Callable[[bytes, str], Text]:
    """What reads a file of this name, here and now; `InputError` where nothing does."""
    read = READ.get(PurePath(name.lower()).suffix)
    if read is None:
        raise InputError(
            Mistake("this kind of file cannot be read", name, ", ".join(READ), do="save it as one of them")
        )
    return read


def _too_large(name: str) -> InputError:
    return InputError(
        Mistake("the file is too large", name, f"up to {MOST_BYTES // 2**20} MiB", do="split it")
    )


def _plain(data: bytes, name: str) -> Text:
    encoding = next((encoding for mark, encoding in MARKS if data.startswith(mark)), "utf-8")
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise InputError(
            Mistake(
                "the text is not in UTF-8",
                name,
                got=f"byte {error.start}",
                do="save it as UTF-8 (in the editor: Save as)",
            )
        ) from error
    if "\0" in text:
        raise InputError(
            Mistake("this is no text", name, "words", "a zero byte", "save it as text, docx or pdf")
        )
    return Text(text)


def _docx(data: bytes, name: str) -> Text:
    parts = members(data, name, only=(DOCUMENT, KINDS_OF_PARTS), most=MOST_BYTES)
    if DOCUMENT not in parts:
        raise InputError(Mistake("this is no docx", name, f"a member {DOCUMENT}", do="save it anew as docx"))
    if b"macroEnabled" in parts.get(KINDS_OF_PARTS, b"") or b"vbaProject" in parts.get(KINDS_OF_PARTS, b""):
        raise InputError(
            Mistake(
                "the docx holds macros",
                name,
                "none",
                do="save it as docx without macros, or as text; none was run",
            )
        )
    body = ElementTree.fromstring(plain_xml(parts[DOCUMENT], name))
    paragraphs = ["".join(_words(each)) for each in _paragraphs(body)]
    return Text("\n".join(paragraphs), ("Headers, footnotes and comments of the docx were left out.",))


def _paragraphs(element: ElementTree.Element) -> list[ElementTree.Element]:
    """Paragraphs in order; one inside another (a text box) follows it."""
    found, waiting = [], [element]
    while waiting:
        each = waiting.pop()
        if each.tag == FALLBACK:
            continue
        found += [each] if each.tag == f"{WORD}p" else []
        waiting += reversed(each)
    return found


def _words(paragraph: ElementTree.Element) -> list[str]:
    """The words of a paragraph without those of paragraphs inside it; deleted words are no words."""
    found, waiting = [], list(reversed(paragraph))
    while waiting:
        each = waiting.pop()
        if each.tag in (f"{WORD}p", f"{WORD}pPr", FALLBACK):
            continue
        found.append((each.text or "") if each.tag == f"{WORD}t" else SIGNS.get(str(each.tag), ""))
        waiting += reversed(each)
    return found


def _pdf(data: bytes, name: str) -> Text:
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    try:
        reader = PdfReader(io.BytesIO(data))
        if reader.is_encrypted:
            raise InputError(Mistake("the pdf is encrypted", name, do="save a copy without a password"))
        if len(reader.pages) > MOST_PAGES:
            raise InputError(
                Mistake("the pdf is too long", name, f"up to {MOST_PAGES} pages", str(len(reader.pages)))
            )
        pages = [page.extract_text() for page in reader.pages]
    except InputError:
        raise
    except (
        PyPdfError,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        IndexError,
        OSError,
        RecursionError,
    ) as error:
        raise InputError(
            Mistake(
                "the pdf is broken",
                name,
                got=str(error).split("\n")[0][:200],
                do="save it anew as pdf or as text",
            )
        ) from error
    if not any(page.strip() for page in pages):
        raise InputError(
            Mistake(
                "the pdf is scanned: it holds pictures and no text", name, do="recognise its text first (OCR)"
            )
        )
    empty = [str(number) for number, page in enumerate(pages, start=1) if not page.strip()]
    notices = (f"Pages without text: {', '.join(empty)}.",) if empty else ()
    return Text("\n\n".join(pages).replace("\0", ""), notices)


READ: Mapping[str, Callable[[bytes, str], Text]] = {".txt": _plain, ".docx": _docx, ".pdf": _pdf}
"""How each kind of file is read. Markdown and notes of an editor are plain text: name them .txt."""
