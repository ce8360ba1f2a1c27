"""The evidence in plain words: three to six sentences with numbers, and what else could explain them.

A sentence states what was counted, what households do, and how many households reach it; it never concludes.
Innocent explanations are those that would produce the same numbers, each with what this buyer's own orders say for
it or against it (`explanations`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from entrepot.discovery.asking import exposure_bin
from entrepot.discovery.circumstances import Facts, circumstances
from entrepot.discovery.evidence import Evidence
from entrepot.discovery.explanations import Answer, explained
from entrepot.discovery.personal_use import units_between
from entrepot.discovery.signals import Count, View
from entrepot.discovery.weighing import Fitted
from entrepot.engines import Engine

MOST_SENTENCES = 6
SPEAKS = 0.3  # log10 e: an answer that is at least twice as likely from a business
MOST_ACTORS = 5000

SCHEMA = pa.schema(
    [
        ("actor_id", pa.string()), ("place", pa.int32()), ("stance", pa.string()), ("sentence", pa.string()),
        ("explanation", pa.string()), ("for_text", pa.string()), ("against_text", pa.string()),
    ]
)  # fmt: skip


def told(engine: Engine, view: View, findings: ir.Table, signals: ir.Table, evidence: Evidence) -> ir.Table:
    """One row a sentence on a listed actor: `actor_id, place, stance` (for, against, innocent), `sentence,
    explanation, for_text, against_text`.

    A row of stance innocent names the `explanation`; its sentence says what the orders of this actor say of it, and
    stands again in `for_text` or in `against_text`, or in neither where they do not tell.
    """
    flagged = findings.filter(findings.flagged).order_by(findings.place).limit(MOST_ACTORS)
    facts = {row["actor_id"]: row for row in engine.fetch(flagged).to_pylist()}
    spoken: dict[str, list[tuple[float, str, str]]] = {name: [] for name in facts}
    numbers = _numbers(engine, view, evidence, flagged)
    for name, (signal, count) in evidence.counts.items():
        for row in _with_most(evidence.weighed.fitted[name], numbers):
            spoken[row["actor_id"]].append((row["log10_e"], signal.name, _sentence(count, row)))
    for row in engine.fetch(signals.filter(signals.signal == "lockstep")).to_pylist():
        if row["actor_id"] in spoken:
            spoken[row["actor_id"]].append((row["log10_e"], "lockstep", _lockstep_sentence(row["detail"])))
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
    """The rows of one question, with what 999 of 1,000 households do not exceed."""
    rows = [row for row in numbers if row["question"] == fitted.number]
    for fold in {row["fold"] for row in rows}:
        mine = [row for row in rows if row["fold"] == fold]
        exposure = fitted.exposure(fold, np.array([row["b"] for row in mine], dtype=float))
        _, mean, most = units_between(fitted.nulls[fold], exposure, high=0.999)
        for row, middle, top in zip(mine, mean, most, strict=True):
            n = row["persons"]
            row["most"] = n * middle + np.sqrt(n) * (top - middle)
    return rows


def _sentence(count: Count, row: Mapping[str, Any]) -> str:
    words = {
        "count": _count(row["count"]),
        "expected": _expected(row["expected"]),
        "most": _count(np.ceil(row["most"])),
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
    fact: Mapping[str, Any], spoken: Sequence[tuple[float, str, str]], own: Facts, others: Facts
) -> list[dict[str, Any]]:
    strongest = sorted(spoken, reverse=True)
    speaks = [s for s in strongest if s[0] >= SPEAKS][:MOST_SENTENCES] or strongest[:1]
    silent = [s for s in strongest[::-1] if s[0] < 0][:2]
    lines = [_excess_line(fact), *[s[2] for s in speaks]]
    rows = [_row("for", sentence=line) for line in lines[:MOST_SENTENCES]]
    rows += [_row("against", sentence="As households: " + s[2]) for s in silent]
    rows += [_innocent_row(*pair) for pair in explained([s[1] for s in speaks], own, others)]
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
