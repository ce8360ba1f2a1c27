"""What the promise rests on, how long the list would be in another world, and what the run was told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from entrepot.report.charts import bars_chart
from entrepot.report.figures import HALF, Figure, Table
from entrepot.report.reading import RunFolder
from entrepot.report.words import count, day, in_hundred, known, listing

TIMES = {1: "as estimated", 2: "twice as common", 4: "four times as common"}


def sensitivity_figure(run: RunFolder) -> Figure | None:
    """The length of the list if heavy households were commoner; None where the run did not ask."""
    lengths = _lengths(run.discovery.get("sensitivity"))
    if len(lengths) < 2 or not any(lengths.values()):
        return None
    bars = [
        {
            "name": TIMES.get(times, f"{times} times as common"),
            "value": lengths[times],
            "label": count(lengths[times]),
        }
        for times in sorted(lengths)
    ]
    last = max(lengths)
    far = TIMES.get(last, f"{last} times as common")
    words = f"{count(lengths[last])} would still be listed if heavy households were {far}"
    return Figure(
        title=words,
        subtitle="Buyers on the list, declared businesses included. The larger the fall, the more the list "
        "depends on our picture of heavy households.",
        draw=lambda width: bars_chart(bars, width),
        table=Table(
            ["Heavy households", "Listed"], [[str(b["name"]), str(b["label"])] for b in bars], frozenset({1})
        ),
        widths=(HALF,),
    )


def _lengths(said: Any) -> dict[int, int]:
    """`{times: listed}` from either form in which a run may state it: an object, or rows `times, listed`."""
    if isinstance(said, Mapping):
        return {round(float(times)): int(listed) for times, listed in said.items() if known(listed)}
    return {round(float(row["times"])): int(row["listed"]) for row in said or ()}


@dataclass(frozen=True)
class Promise:
    """What holds the promise up, in sentences, and personal use by category."""

    checked: bool
    sentences: Sequence[str]
    personal_use: Table | None


def promise(run: RunFolder) -> Promise:
    """What the promise of the run rests on."""
    gamma = run.about.get("gamma")
    sentences = [
        f"At most {in_hundred(run.fdr)} of the listed are ordinary customers, on average over many "
        "such lists, "
        "if households are as described here: most buy little, some buy much, and the heavy ones are "
        "part of the "
        "picture, not cut off.",
        "Each buyer is judged by a picture of personal use learned from other buyers only.",
        _gamma_sentence(gamma, run.discovery.get("controls")),
        _linking_sentence(run.about.get("actors") or {}),
    ]
    return Promise(gamma is not None, [s for s in sentences if s], _personal_use(run.discovery.get("nulls")))


def _gamma_sentence(gamma: float | None, controls: Any) -> str:
    if gamma is None:
        return (
            "Not checked: no control products or audited buyers were given, so nothing outside the "
            "model says "
            "whether the evidence is too strong. Name products that nobody resells, or review a "
            "random sample, "
            "and run again."
        )
    told = _pairs(controls)
    behind = f" ({told})" if told else ""
    found = (
        "the evidence stayed as weak as it should; it counts in full"
        if gamma >= 1
        else f"the evidence was too strong, so all of it was reduced to the power {gamma:.2f}"
    )
    return f"Checked against controls{behind}: where nobody resells, {found}."


def _pairs(controls: Any) -> str:
    if not isinstance(controls, Mapping):
        return ""
    plain = [
        f"{str(k).replace('_', ' ')}: {_value(v)}"
        for k, v in controls.items()
        if isinstance(v, int | float | str)
    ]
    return listing(plain)


def _value(value: object) -> str:
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: "none"}[value]
    if isinstance(value, float):
        return f"{value:,.4g}"
    return count(value) if isinstance(value, int) else str(value)


def _linking_sentence(notes: Mapping[str, Any]) -> str:
    precision = notes.get("expected_precision")
    if not isinstance(precision, float) or not known(precision):
        return (
            "Records that carry the same identity are joined; no estimate of wrong joins was made "
            "in this run."
        )
    return f"Of the records joined as one person, an estimated {precision * 100:.1f} in 100 joins are right."


def _personal_use(nulls: Any) -> Table | None:
    if not isinstance(nulls, Mapping) or not nulls:
        return None
    columns = sorted(
        {
            name
            for null in nulls.values()
            if isinstance(null, Mapping)
            for name, v in null.items()
            if isinstance(v, int | float | str)
        }
    )
    head = ["Category", *(name.replace("_", " ") for name in columns)]
    rows = [
        [str(category), *(_value(null.get(name, "")) for name in columns)]
        for category, null in nulls.items()
        if isinstance(null, Mapping)
    ]
    return Table(
        head, rows[:40], frozenset(range(1, len(head))), "" if len(rows) <= 40 else "More in run.json."
    )


def settings_table(run: RunFolder) -> Table:
    """What the run was told and when, as pairs."""
    about = run.about
    first = [
        ("data up to", day(about.get("as_of"))),
        ("data from", day(about.get("window_from"))),
        ("purpose", str(about.get("purpose") or "not stated")),
        ("keep until", day(about.get("retain_until"))),
        ("made", day(about.get("created_at"))),
        ("seed", str(about.get("seed"))),
    ]
    told = [
        (str(k).replace("_", " "), _value(v))
        for k, v in (about.get("settings") or {}).items()
        if not isinstance(v, dict | list)
    ]
    versions = [(f"version of {k}", str(v)) for k, v in (about.get("versions") or {}).items()]
    return Table(["Setting", "Value"], [list(pair) for pair in first + told + versions])


def inputs_table(run: RunFolder) -> Table:
    """The files read, by name, size and the beginning of their hash; never their place on the disk."""
    rows = [
        [
            str(i.get("name") or ""),
            PurePath(str(i.get("path") or "")).name,
            count(i.get("bytes")),
            str(i.get("sha256") or "")[:16],
        ]
        for i in run.about.get("inputs") or ()
    ]
    return Table(["Table", "File", "Bytes", "SHA-256, first 16"], rows, frozenset({2}))
