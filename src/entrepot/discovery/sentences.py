"""The evidence in plain words: three to six sentences with numbers, and what else could explain them.

A sentence states what was counted, what households do, and how many households reach it; it never concludes.
Innocent explanations are those that would produce the same numbers, each with what this buyer's own orders say for
it or against it (`explanations`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from entrepot.discovery.asking import exposure_bin
from entrepot.discovery.circumstances import Facts, circumstances
from entrepot.discovery.evidence import Evidence
from entrepot.discovery.explanations import Answer, explained
from entrepot.discovery.personal_use import most_units
from entrepot.discovery.signals import Count, View
from entrepot.discovery.weighing import Fitted
from entrepot.engines import Engine

MOST_SENTENCES = 6
SPEAKS = 0.3  # log10 e: an answer that is at least twice as likely from a business
MOST_ACTORS = 5000
NEARLY_ALL = 0.999  # of households

SCHEMA = pa.schema(
    [
        ("actor_id", pa.string()), ("place", pa.int32()), ("stance", pa.string()), ("sentence", pa.string()),
        ("explanation", pa.string()), ("for_text", pa.string()), ("against_text", pa.string()),
    ]
)  # fmt: skip


@dataclass(frozen=True)
class Spoken:
    """One answer in words: whether its numbers are `above` what is expected, and `beyond` nearly all households."""

    log10_e: float
    signal: str
    sentence: str
    above: bool
    beyond: bool


def told(engine: Engine, view: View, findings: ir.Table, signals: ir.Table, evidence: Evidence) -> ir.Table:
    """One row a sentence on a listed actor: `actor_id, place, stance` (for, against, innocent), `sentence,
    explanation, for_text, against_text`.

    A row of stance innocent names the `explanation`; its sentence says what the orders of this actor say of it, and
    stands again in `for_text` or in `against_text`, or in neither where they do not tell.
    """
    flagged = findings.filter(findings.flagged).order_by(findings.place).limit(MOST_ACTORS)
    facts = {row["actor_id"]: row for row in engine.fetch(flagged).to_pylist()}
    spoken: dict[str, list[Spoken]] = {name: [] for name in facts}
    numbers = _numbers(engine, view, evidence, flagged)
    for name, (signal, count) in evidence.counts.items():
        for row in _with_most(evidence.weighed.fitted[name], numbers):
            above, beyond = row["count"] > row["expected"], row["count"] > row["most"]
            spoken[row["actor_id"]].append(
                Spoken(row["log10_e"], signal.name, _sentence(count, row), above, beyond)
            )
    for row in engine.fetch(signals.filter(signals.signal == "lockstep")).to_pylist():
        if row["actor_id"] in spoken:
            sentence, above = _lockstep_sentence(row["detail"]), row["log10_e"] > 0
            spoken[row["actor_id"]].append(Spoken(row["log10_e"], "lockstep", sentence, above, above))
    own, others = circumstances(view, flagged)
    rows = [line for name, fact in facts.items() for line in _page(fact, spoken[name], own[name], others)]
    return engine.hold(pa.Table.from_pylist(rows, schema=SCHEMA), "told")


def _numbers(engine: Engine, view: View, evidence: Evidence, flagged: ir.Table) -> list[dict[str, Any]]:
    """What the counts found for listed actors, one row an actor and question, with its `fold` and mean exposure `b`."""
    persons = view.purchases.persons.select("person", "actor", "actor_id").semi_join(flagged, "actor_id")
    row = evidence.weighed.persons.join(persons, "person")
    sizes = row.group_by("question", "actor", "actor_id").agg(
        fold=row.fold.min(), persons=row.count(), exposure=row.exposure.mean()
    )
    found = evidence.by_actor.select("question", "actor", "count", "expected", "log10_e")
    joined = sizes.mutate(b=exposure_bin(sizes.exposure)).join(found, ["question", "actor"])
    return engine.fetch(joined.drop("actor", "exposure")).to_pylist()


def _with_most(fitted: Fitted, numbers: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows of one question, with what 999 of 1,000 households do not exceed: as many as the actor has persons."""

    @cache
    def most(fold: int, b: int, persons: int) -> float:
        exposure = float(fitted.exposure(fold, np.array([b], dtype=float))[0])
        return most_units(fitted.nulls[fold], exposure, persons, at=NEARLY_ALL)

    mine = (row for row in numbers if row["question"] == fitted.number)
    return [row | {"most": most(row["fold"], row["b"], row["persons"])} for row in mine]


def _sentence(count: Count, row: Mapping[str, Any]) -> str:
    one = _count(row["count"]) == "1"
    words = {
        "count": _count(row["count"]),
        "s": "" if one else "s",
        "es": "" if one else "es",
        "are": "is" if one else "are",
        "expected": _expected(row["expected"]),
        "most": _count(row["most"]),
    }
    text = count.sentence.format(**words)
    return text[0].upper() + text[1:] + "."


def _lockstep_sentence(detail: str) -> str:
    numbers = json.loads(detail)
    return (
        f"Its persons bought the same product at the same place and time on {_count(numbers['count'])} days, where "
        f"chance gives about {_expected(numbers['expected'])}."
    )


def _page(
    fact: Mapping[str, Any], spoken: Sequence[Spoken], own: Facts, others: Facts
) -> list[dict[str, Any]]:
    strongest = sorted(spoken, key=lambda s: (s.log10_e, s.signal, s.sentence), reverse=True)
    # Of several persons a few may be unlike households where their sum is not, and a sum beyond households may be less
    # than businesses have. Then the numbers of the sentence would say the contrary of what it stands under.
    speaks = [s for s in strongest if s.log10_e >= SPEAKS and s.above][:MOST_SENTENCES]
    speaks = speaks or [s for s in strongest if s.log10_e > 0 and s.above][:1]
    silent = [s for s in strongest[::-1] if s.log10_e < 0 and not s.beyond][:2]
    lines = [_excess_line(fact), *[s.sentence for s in speaks]]
    rows = [_row("for", sentence=line) for line in lines[:MOST_SENTENCES]]
    rows += [_row("against", sentence="As households: " + s.sentence) for s in silent]
    rows += [
        _innocent_row(*pair) for pair in explained([s.signal for s in speaks or strongest[:1]], own, others)
    ]
    return [{"actor_id": fact["actor_id"], "place": n, **row} for n, row in enumerate(rows)]


def _innocent_row(explanation: str, answer: Answer) -> dict[str, Any]:
    told_in = {"for": {"for_text": answer.sentence}, "against": {"against_text": answer.sentence}}
    texts = told_in.get(answer.stance, {})
    return _row("innocent", explanation=explanation, sentence=answer.sentence, **texts)


def _excess_line(fact: Mapping[str, Any]) -> str:
    return (
        f"{_count(fact['units'])} units since {fact['first_on'].day} {fact['first_on']:%b %Y}, of which about "
        f"{_count(fact['excess_units'])} (between {_count(fact['excess_units_low'])} and "
        f"{_count(fact['excess_units_high'])}) are above the personal use of "
        + ("a household." if fact["persons"] == 1 else f"{fact['persons']} households.")
    )


def _row(stance: str, **texts: str) -> dict[str, Any]:
    return {"stance": stance, **texts}


def _count(value: float) -> str:
    return f"{value:,.0f}"


def _expected(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:.1f}"
