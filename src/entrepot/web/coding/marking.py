"""A text as a page shows it: paragraphs, sentences, and runs over which nobody's coding changes.

Every run knows the code point at which it begins, and holds no line end: a browser counts line ends in its own way, so
places are counted from the run and never from the page.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from entrepot.sensemaking.coding.study import Segment

LINE_ENDS = re.compile(r"\r\n|[\n\r\x0b\x0c\x85\u2028\u2029]")
ENDS_OF_SENTENCES = re.compile(r"(?<=[.!?…])[\"'”’»)\]]*\s+|(?<=[。！？])[”’」』）]*\s*")


@dataclass(frozen=True)
class Run:
    """Letters that share the same segments. `mine` and `others` are how many segments cover them."""

    first: int
    words: str
    mine: int
    others: int

    @property
    def look(self) -> str:
        """The class of its mark: whose it is, and whether several lie over one another."""
        if not self.mine and not self.others:
            return ""
        whose = "mine" if self.mine else "theirs"
        return (
            f"{whose} both"
            if self.mine and self.others
            else f"{whose} deep"
            if self.mine + self.others > 1
            else whose
        )


@dataclass(frozen=True)
class Sentence:
    """The span `first`–`last` of one sentence, and its runs."""

    first: int
    last: int
    runs: tuple[Run, ...]


@dataclass(frozen=True)
class Paragraph:
    """One line of the text with words in it, its sentences, and the segments that begin in it."""

    number: int
    first: int
    last: int
    sentences: tuple[Sentence, ...]
    segments: tuple[Segment, ...]


def paragraphs(text: str, segments: Sequence[Segment], *, coder: str) -> list[Paragraph]:
    """The paragraphs of `text`, with marks for `segments`; those of `coder` are mine.

    >>> [(p.first, p.last) for p in paragraphs("One. Two.\\r\\n😀", [], coder="")]
    [(0, 8), (11, 11)]
    """
    found: list[Paragraph] = []
    for first, end in _lines(text):
        if text[first:end].strip():
            near = [each for each in segments if each.first < end and each.last >= first]
            edges = sorted({each.first for each in near} | {each.last + 1 for each in near})
            sentences = tuple(
                Sentence(a, b - 1, tuple(_runs(text, a, b, near, edges, coder)))
                for a, b in _sentences(text, first, end)
            )
            begin = tuple(sorted((s for s in near if s.first >= first), key=lambda s: (s.first, s.last)))
            found.append(Paragraph(len(found) + 1, first, end - 1, sentences, begin))
    return found


def _lines(text: str) -> Iterator[tuple[int, int]]:
    first = 0
    for end in LINE_ENDS.finditer(text):
        yield first, end.start()
        first = end.end()
    yield first, len(text)


def _sentences(text: str, first: int, end: int) -> Iterator[tuple[int, int]]:
    for stop in ENDS_OF_SENTENCES.finditer(text, first, end):
        if first < stop.end() < end:
            yield first, stop.end()
            first = stop.end()
    yield first, end


def _runs(
    text: str, first: int, end: int, segments: Sequence[Segment], edges: Sequence[int], coder: str
) -> Iterator[Run]:
    stops = [first, *(edge for edge in edges if first < edge < end), end]
    for a, b in pairwise(stops):
        over = [each for each in segments if each.first <= a <= each.last]
        mine = sum(each.coder == coder for each in over)
        yield Run(a, text[a:b], mine, len(over) - mine)
