"""How far coders agree, character by character: Cohen's κ for two, Krippendorff's α for all.

Both count every character of the texts that the coders read, coded or not, and chance agreement adds up over both
answers: p_e = p_a·p_b + (1 − p_a)(1 − p_b). A program that counts coded characters only, or multiplies where chance
adds, reports .817 where κ is 0. Characters of one text hang together, so the interval leaves out one source at a time
(jackknife) and is given from three sources on.

Sources: Cohen 1960; Krippendorff 2011.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Sequence
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
    read = readings(study)
    people = sorted({coder for them in read.values() for coder in them})
    found = []
    for code in [*chosen, OVERALL] if chosen else []:
        of = [code] if code else chosen
        for two in combinations(people, 2):
            shared = [source for source, them in read.items() if set(two) <= them]
            found += [_kappa(study, code, of, two, shared)] if shared else []
        if len(people) > 1:
            shared = [source for source, them in read.items() if len(them) > 1]
            found += [_alpha(study, code, of, people, shared, read)] if shared else []
    return found


def readings(study: Study) -> dict[str, frozenset[str]]:
    """Who read each source that has a text: who said so, and who coded anything in it."""
    said = {(each.source, each.coder) for each in study.readings}
    said |= {(each.source, each.coder) for each in study.segments if each.coder}
    return {name: frozenset(coder for source, coder in said if source == name) for name in study.texts}


def _used(study: Study) -> list[str]:
    used = {each.code for each in study.segments}
    return [each.code for each in study.codes if each.code in used]


def spans(study: Study, source: str, coder: str, codes: Collection[str]) -> list[tuple[int, int]]:
    """What a coder put under any of `codes` in a source, as half-open spans, joined where they overlap or touch."""
    found: list[tuple[int, int]] = []
    theirs = [
        each for each in study.segments if (each.source, each.coder) == (source, coder) and each.code in codes
    ]
    for first, end in sorted((each.first, each.last + 1) for each in theirs):
        if found and first <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], end)
        else:
            found.append((first, end))
    return found


def both(first: Sequence[tuple[int, int]], second: Sequence[tuple[int, int]]) -> int:
    """The characters in both lists of joined spans."""
    return sum(max(0, min(b, d) - max(a, c)) for a, b in first for c, d in second)


def _length(of: Sequence[tuple[int, int]]) -> int:
    return sum(end - first for first, end in of)


def _kappa(
    study: Study, code: str, codes: Sequence[str], two: tuple[str, str], sources: Sequence[str]
) -> Reliability:
    counts = []
    for source in sources:
        sums = [0, 0, 0, 0]
        for each in codes:
            a, b = (spans(study, source, coder, study.below(each)) for coder in two)
            for at, number in enumerate((_length(a), _length(b), both(a, b), len(study.texts[source]))):
                sums[at] += number
        counts.append(sums)

    def of(rows: Sequence[list[int]]) -> float:
        first, second, together, total = (sum(row[at] for row in rows) for at in range(4))
        return kappa_of_characters(first, second, together, total) if total else math.nan

    value, low, high = _jackknife(of, counts)
    coded = tuple(sum(row[at] for row in counts) for at in range(2))
    return Reliability(
        code, "kappa", two, len(sources), sum(row[3] for row in counts), coded, value, low, high
    )


Runs = list[tuple[tuple[float | None, ...], int]]


def _alpha(
    study: Study, code: str, codes: Sequence[str], people: Sequence[str], sources: Sequence[str],
    read: dict[str, frozenset[str]],
) -> Reliability:  # fmt: skip
    runs = [_runs(study, source, codes, people, read[source]) for source in sources]

    def of(rows: Sequence[Runs]) -> float:
        columns = [run for row in rows for run in row]
        ratings = [[answers[at] for answers, _ in columns] for at in range(len(people))]
        return alpha(ratings, "nominal", times=[times for _, times in columns])

    value, low, high = _jackknife(of, runs)
    total = sum(times for row in runs for _, times in row)
    coded = tuple(
        sum(times for row in runs for answers, times in row if answers[at] == 1) for at in range(len(people))
    )
    return Reliability(code, "alpha", tuple(people), len(sources), total, coded, value, low, high)


def _runs(
    study: Study, source: str, codes: Sequence[str], people: Sequence[str], readers: Collection[str]
) -> Runs:
    """Stretches of a text over which nobody's answer changes: the answers (None: did not read it), and how long."""
    found: Runs = []
    for code in codes:
        below = study.below(code)
        of = {coder: spans(study, source, coder, below) for coder in people if coder in readers}
        ends = sorted(
            {0, len(study.texts[source]), *(end for each in of.values() for span in each for end in span)}
        )
        for first, end in pairwise(ends):
            answers = tuple(
                float(any(a <= first < b for a, b in of[coder])) if coder in of else None for coder in people
            )
            found.append((answers, end - first))
    return found


Row = TypeVar("Row")


def _jackknife(of: Callable[[Sequence[Row]], float], rows: Sequence[Row]) -> tuple[float, float, float]:
    """A value with its 95 % interval by leaving out one source at a time; NaN bounds below three."""
    whole = of(rows)
    without = [of([*rows[:at], *rows[at + 1 :]]) for at in range(len(rows))] if len(rows) > 2 else []
    known = [value for value in without if not math.isnan(value)]
    if len(known) < 3 or math.isnan(whole):
        return whole, math.nan, math.nan
    mean = sum(known) / len(known)
    error = math.sqrt((len(known) - 1) / len(known) * sum((value - mean) ** 2 for value in known))
    return whole, max(-1.0, whole - Z95 * error), min(1.0, whole + Z95 * error)
