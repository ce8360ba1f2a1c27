"""How far coders agree, character by character: Cohen's κ for two, Krippendorff's α for all.

Both count every character of the texts that the coders read, coded or not, and chance agreement adds up over both
answers: p_e = p_a·p_b + (1 − p_a)(1 − p_b). A program that counts coded characters only, or multiplies where chance
adds, reports .817 where κ is 0. Characters of one text hang together, so the interval leaves out one source at a time
(jackknife) and is given from three sources on.

Sources: Cohen 1960; Krippendorff 2011.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import TypeVar

from entrepot.sensemaking.agreement import Z95, alpha, kappa_of_characters
from entrepot.sensemaking.coding.study import Study

OVERALL = ""


@dataclass(frozen=True)
class Reliability:
    """Agreement on one code, or overall (`code` empty): κ of two `coders`, or α of all.

    `characters` is the number of those compared; `coded` how many each coder put under the code. The bounds are NaN
    below three sources; the value is NaN where nobody or everybody coded everything, and agreement by chance is sure.
    """

    code: str
    measure: str
    coders: tuple[str, ...]
    sources: int
    characters: int
    coded: tuple[int, ...]
    value: float
    low: float
    high: float


def reliability(study: Study, codes: Collection[str] | None = None) -> list[Reliability]:
    """κ of each two coders and α of all who read in common, per code and overall.

    `codes` are those to compare, each with what is below it; by default every code that has segments of its own.
    Overall, each pair of character and code is one answer.
    """
    chosen = list(codes) if codes is not None else _used(study)
    read, coded = readings(study), _Coded(study)
    people = sorted({coder for them in read.values() for coder in them})
    found = []
    for code in [*chosen, OVERALL] if chosen else []:
        of = [coded.below(each) for each in ([code] if code else chosen)]
        for two in combinations(people, 2):
            shared = [source for source, them in read.items() if set(two) <= them]
            found += [_kappa(coded, code, of, two, shared)] if shared else []
        if len(people) > 1:
            shared = [source for source, them in read.items() if len(them) > 1]
            found += (
                [_alpha(coded, code, of, people, {name: read[name] for name in shared})] if shared else []
            )
    return found


def readings(study: Study) -> dict[str, frozenset[str]]:
    """Who read each source that has a text: who said so, and who coded anything in it."""
    said: dict[str, set[str]] = {name: set() for name in study.texts}
    for reading in study.readings:
        said.get(reading.source, set()).add(reading.coder)
    for segment in study.segments:
        if segment.coder:
            said.get(segment.source, set()).add(segment.coder)
    return {name: frozenset(them) for name, them in said.items()}


def _used(study: Study) -> list[str]:
    used = {each.code for each in study.segments}
    return [each.code for each in study.codes if each.code in used]


Spans = Sequence[tuple[int, int]]


class _Coded:
    """What each coder put where, by source, coder and code; looked up many times, so gathered once. Overall asks for
    each code again, and is answered with what was counted for the code."""

    def __init__(self, study: Study) -> None:
        self._study = study
        self._spans: dict[tuple[str, str, frozenset[str]], Spans] = {}
        self._pairs: dict[tuple[str, tuple[str, str], frozenset[str]], tuple[int, int, int]] = {}
        self._answers: dict[tuple[str, frozenset[str]], Answers] = {}
        self._at: dict[tuple[str, str], dict[str, list[tuple[int, int]]]] = {}
        for each in study.segments:
            there = self._at.setdefault((each.source, each.coder), {})
            there.setdefault(each.code, []).append((each.first, each.last + 1))

    def below(self, code: str) -> frozenset[str]:
        return self._study.below(code)

    def length(self, source: str) -> int:
        return len(self._study.texts[source])

    def spans(self, source: str, coder: str, codes: frozenset[str]) -> Spans:
        """What a coder put under any of `codes` in a source, as half-open spans, joined where they overlap or touch."""
        key = source, coder, codes
        if key not in self._spans:
            self._spans[key] = self._joined(*key)
        return self._spans[key]

    def pair(self, source: str, two: tuple[str, str], codes: frozenset[str]) -> tuple[int, int, int]:
        """How many characters each of two coders put under `codes`, and both of them."""
        key = source, two, codes
        if key not in self._pairs:
            a, b = (self.spans(source, coder, codes) for coder in two)
            self._pairs[key] = _length(a), _length(b), _both(a, b)
        return self._pairs[key]

    def answers(
        self, source: str, codes: frozenset[str], people: Sequence[str], readers: Collection[str]
    ) -> Answers:
        """How often which answers were given on `codes`; a source has the same readers each time."""
        key = source, codes
        if key not in self._answers:
            of = {coder: self.spans(source, coder, codes) for coder in people if coder in readers}
            self._answers[key] = _answers(of, self.length(source), people)
        return self._answers[key]

    def _joined(self, source: str, coder: str, codes: frozenset[str]) -> Spans:
        there = self._at.get((source, coder), {})
        found: list[tuple[int, int]] = []
        for first, end in sorted(span for code in there.keys() & codes for span in there[code]):
            if found and first <= found[-1][1]:
                found[-1] = found[-1][0], max(found[-1][1], end)
            else:
                found.append((first, end))
        return found


def _both(first: Spans, second: Spans) -> int:
    """The characters in both lists of joined spans."""
    return sum(max(0, min(b, d) - max(a, c)) for a, b in first for c, d in second)


def _length(of: Spans) -> int:
    return sum(end - first for first, end in of)


def _kappa(
    coded: _Coded, code: str, codes: Sequence[frozenset[str]], two: tuple[str, str], sources: Sequence[str]
) -> Reliability:
    counts = []
    for source in sources:
        pairs = [coded.pair(source, two, each) for each in codes]
        first, second, both = (sum(column) for column in zip(*pairs, strict=True))
        total = coded.length(source) * len(codes)
        counts.append(Counter(total=total, first=first, second=second, both=both))

    def of(n: Counter[str]) -> float:
        return kappa_of_characters(n["first"], n["second"], n["both"], n["total"]) if n["total"] else math.nan

    value, low, high = _jackknife(of, counts)
    n = _together(counts)
    return Reliability(
        code, "kappa", two, len(sources), n["total"], (n["first"], n["second"]), value, low, high
    )


Answers = Counter[tuple[float | None, ...]]
"""How many characters got the same answers: one place a coder, None for who did not read them."""


def _alpha(
    coded: _Coded, code: str, codes: Sequence[frozenset[str]], people: Sequence[str],
    read: Mapping[str, Collection[str]],
) -> Reliability:  # fmt: skip
    counts = [
        _together([coded.answers(source, each, people, readers) for each in codes])
        for source, readers in read.items()
    ]

    def of(n: Answers) -> float:
        columns = list(n)
        ratings = [[answers[at] for answers in columns] for at in range(len(people))]
        return alpha(ratings, "nominal", times=[n[each] for each in columns])

    value, low, high = _jackknife(of, counts)
    n = _together(counts)
    numbers = tuple(
        sum(times for answers, times in n.items() if answers[at] == 1) for at in range(len(people))
    )
    return Reliability(code, "alpha", tuple(people), len(read), n.total(), numbers, value, low, high)


def _answers(of: Mapping[str, Spans], length: int, people: Sequence[str]) -> Answers:
    """How many characters of a text got which answers; between two ends of spans all answers are the same."""
    found: Answers = Counter()
    ends = sorted({0, length, *(end for each in of.values() for span in each for end in span)})
    for first, end in pairwise(ends):
        answers = tuple(
            float(any(a <= first < b for a, b in of[coder])) if coder in of else None for coder in people
        )
        found[answers] += end - first
    return found


Key = TypeVar("Key")


def _together(rows: Sequence[Counter[Key]]) -> Counter[Key]:
    found: Counter[Key] = Counter()
    for row in rows:
        for key, times in row.items():
            found[key] += times
    return found


def _jackknife(
    of: Callable[[Counter[Key]], float], rows: Sequence[Counter[Key]]
) -> tuple[float, float, float]:
    """A value of counts, with its 95 % interval by leaving out one source at a time; NaN bounds below three."""
    all_of_them = _together(rows)
    whole = of(all_of_them)
    without = [of(all_of_them - row) for row in rows] if len(rows) > 2 else []
    known = [value for value in without if not math.isnan(value)]
    if len(known) < 3 or math.isnan(whole):
        return whole, math.nan, math.nan
    mean = sum(known) / len(known)
    error = math.sqrt((len(known) - 1) / len(known) * sum((value - mean) ** 2 for value in known))
    return whole, max(-1.0, whole - Z95 * error), min(1.0, whole + Z95 * error)
