"""Words of one testimony found again in what others wrote: notes, reasons, names, answers, accounts.

A text is taken as its words, without case, signs and line ends. A passage quotes the testimony if it repeats a run of
six words of it, or if it stands between quotation marks, or alone, with three words of it or more. What somebody else
said too, in a text that stays, is not theirs alone and stays. A paraphrase is found by no rule.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from html import escape, unescape
from typing import Any

WITHDRAWN = "(withdrawn)"
"""What stands where words were taken out."""
RUN, PASSAGE = 12, 6
"""How much a run, and a passage between quotation marks, holds at least; a word counts as `_weight` says."""
SIGN = r"\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
WORD = re.compile(rf"[{SIGN}]|[^\W_{SIGN}]+")
BETWEEN_MARKS = re.compile(
    r"“[^”]+”|„[^“”]+[“”]|‘[^’]+’|«[^»]+»|»[^«]+«|「[^」]+」|『[^』]+』|\"[^\"]+\"|'[^']+'"
)
OF_XML = re.compile(r"(?<=>)[^<>]+(?=<)|(?<==\")[^\"<>]+(?=\")")
Word = tuple[str, int, int]
"""A word as it is compared, and where it stands: first sign, and first sign behind it."""


def _words(text: str) -> list[Word]:
    return [(found.group().casefold(), found.start(), found.end()) for found in WORD.finditer(text)]


def _weight(word: str) -> int:
    """Chinese and Japanese write no spaces: there one sign counts half a word; a Korean word holds one and a half."""
    if re.match(f"[{SIGN}]", word):
        return 1
    return 3 if "\uac00" <= word[0] <= "\ud7a3" else 2


def _runs(words: Sequence[Word]) -> Iterator[tuple[tuple[str, ...], int]]:
    """From each word on the shortest run that is long enough, with the place of its first word."""
    weights = [_weight(word) for word, _first, _end in words]
    end, held = 0, 0
    for first in range(len(words)):
        while held < RUN and end < len(words):
            held += weights[end]
            end += 1
        if held < RUN:
            return
        yield tuple(word for word, _a, _b in words[first:end]), first
        held -= weights[first]


def _joined(words: Iterable[Word]) -> str:
    return f" {' '.join(word for word, _first, _end in words)} "


@dataclass(frozen=True)
class Said:
    """What somebody said in the texts `theirs`, and nobody said in `others`.

    >>> said = Said(("We asked twice. They do not listen to us.",))
    >>> said.without("Strong: “they do not listen”, she said.")
    'Strong: (withdrawn), she said.'
    >>> said.without("We asked twice.") == WITHDRAWN and not said.stands_in("they listen")
    True
    """

    theirs: tuple[str, ...]
    others: tuple[str, ...] = ()

    @cached_property
    def _theirs(self) -> list[list[Word]]:
        return [_words(text) for text in self.theirs]

    @cached_property
    def _others(self) -> list[list[Word]]:
        return [_words(text) for text in self.others]

    @cached_property
    def _known(self) -> frozenset[tuple[str, ...]]:
        found = {run for words in self._theirs for run, _first in _runs(words)}
        for words in self._others if found else ():
            found.difference_update(run for run, _first in _runs(words))
        return frozenset(found)

    @cached_property
    def _whole(self) -> tuple[str, str]:
        return "".join(map(_joined, self._theirs)), "".join(map(_joined, self._others))

    def _is_passage(self, words: Sequence[Word]) -> bool:
        """Whether `words`, which somebody set apart, are theirs alone."""
        if sum(_weight(word) for word, _first, _end in words) < PASSAGE:
            return False
        theirs, others = self._whole
        return _joined(words) in theirs and _joined(words) not in others

    def _spans(self, text: str) -> list[tuple[int, int]]:
        words = _words(text)
        if self._is_passage(words):
            return [(0, len(text))]
        found = [
            (words[first][1], words[first + len(run) - 1][2])
            for run, first in _runs(words)
            if run in self._known
        ]
        for apart in BETWEEN_MARKS.finditer(text):
            if self._is_passage(_words(apart.group())):
                found.append(apart.span())
        return _merged(found)

    def stands_in(self, text: str) -> bool:
        """Whether `text` quotes them."""
        return bool(text) and bool(self._spans(text))

    def without(self, text: str) -> str:
        """`text` with `WITHDRAWN` in place of each passage that quotes them."""
        if not text:
            return text
        for first, end in reversed(self._spans(text)):
            text = text[:first] + WITHDRAWN + text[end:]
        return text

    def out_of(self, value: Any) -> Any:
        """A plain value (text, list, mapping and what they hold) without what quotes them."""
        if isinstance(value, str):
            return self.without(value)
        if isinstance(value, Mapping):
            return {self.out_of(name): self.out_of(each) for name, each in value.items()}
        return [self.out_of(each) for each in value] if isinstance(value, list) else value

    def out_of_xml(self, xml: str) -> str:
        """XML without what quotes them in its texts and attributes; its tags stay."""

        def cut(found: re.Match[str]) -> str:
            was = unescape(found.group())
            now = self.without(was)
            return found.group() if now == was else escape(now)

        return OF_XML.sub(cut, xml)


def _merged(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Spans that touch as one, in order."""
    found: list[tuple[int, int]] = []
    for first, end in sorted(spans):
        if found and first <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((first, end))
    return found
