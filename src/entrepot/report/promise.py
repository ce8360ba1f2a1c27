"""What the promise rests on, how long the list would be in another world, and what the run was told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from entrepot.report.charts import bars_chart
from entrepot.report.figures import HALF, Figure, Table
from entrepot.report.headline import state_of
from entrepot.report.reading import RunFolder
from entrepot.report.words import NONE, count, day, in_hundred, known, listing, plural, share

FILES = ("rates", "personal_use", "labels", "corrections")
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


def _lengths(said: Mapping[str, Any] | None) -> dict[int, int]:
    return {round(float(times)): int(listed) for times, listed in (said or {}).items()}


@dataclass(frozen=True)
class Promise:
    """What holds the promise up, in sentences, and what was learned of households."""

    checked: bool
    sentences: Sequence[str]
    households: Table | None
    categories: Table | None


def promise(run: RunFolder) -> Promise:
    """What the promise of the run rests on."""
    gamma = run.about.get("gamma")
    if state_of(run, run.listed()) in ("cannot tell", "nobody"):
        return Promise(False, ["Nobody is listed, so nothing is promised."], None, _categories(run))
    sentences = [
        f"At most {in_hundred(run.fdr)} of the listed are ordinary customers, on average over many such "
        "lists, if households are as described here: most buy little, some buy much, and the heavy ones are "
        "part of the picture, not cut off.",
        "Each buyer is judged by a picture of personal use learned from other buyers only.",
        _gamma_sentence(gamma, run.discovery.get("controls") or {}),
        _linking_sentence(run.about.get("actors") or {}),
    ]
    return Promise(gamma is not None, sentences, _households(run), _categories(run))


def _gamma_sentence(gamma: float | None, controls: Mapping[str, Any]) -> str:
    if gamma is None:
        return (
            "Not checked: no control products or audited buyers were found, so nothing outside the "
            "model says whether the evidence is too strong. A table of products with categories, or reviews of a "
            "random sample, would open this check."
        )
    found = (
        "and the evidence counts in full"
        if gamma >= 1
        else f"which is too strong, so all evidence was reduced to the power {gamma:.2f}"
    )
    return f"Checked {_control_words(controls)}, {found}."


def _control_words(controls: Mapping[str, Any]) -> str:
    products, mean = controls.get("products"), controls.get("mean_e")
    where = f"on {plural(products, 'product')} that nobody seeks" if products else "against controls"
    if mean is None or not known(mean):
        return where
    return f"{where}: the mean evidence of households there is {mean:.2f}, where it should be at most 1"


def _told(name: str, value: object) -> str:
    """A setting as the page has it; of files the name only, since folders may name people."""
    if name in FILES and value:
        return PurePath(str(value)).name
    if isinstance(value, Mapping):
        return listing([f"{ours} is {theirs}" for ours, theirs in value.items()]) or "none"
    if isinstance(value, list):
        return listing([str(part) for part in value]) or "none"
    return _value(value)


def _value(value: object) -> str:
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: "none"}[value]
    if isinstance(value, float):
        return f"{value:,.4g}"
    return count(value) if isinstance(value, int) else str(value)


def _linking_sentence(notes: Mapping[str, Any]) -> str:
    fuzzy = notes.get("fuzzy")  # a sentence where near agreement was not looked for
    precision = fuzzy.get("expected_precision") if isinstance(fuzzy, Mapping) else None
    if precision is None or not known(precision):
        return "Records are joined where identity details agree exactly; wrong joins were not estimated in this run."
    return (
        f"Of the records joined because they nearly agree, an estimated {share(1 - precision)} are joined wrongly; "
        "records that agree exactly are joined unless too many share the detail."
    )


ASPECTS = {"amount": "how much", "choice": "what", "manner": "in what manner", "together": "who with"}


def _households(run: RunFolder) -> Table | None:
    """What was learned of households, one row a count."""
    nulls = run.discovery.get("nulls") or {}
    aspects = run.discovery.get("aspects") or {}
    rows = [
        [
            str(name),
            share(null.get("heavy_share_0_1")),
            f"{null['heavy_factor']:.1f} times" if null.get("heavy_factor") else NONE,
            share(null.get("business_share_0_1")),
            ASPECTS.get(aspects[name], aspects[name]),
        ]
        for name, null in nulls.items()
        if name in aspects  # the others only serve checks and intervals
    ]
    head = [
        "What is counted",
        "Heavy households",
        "how much more",
        "Possible businesses",
        "Part of the evidence",
    ]
    return Table(head, rows, frozenset({1, 2, 3})) if rows else None


def _categories(run: RunFolder, most: int = 20) -> Table | None:
    """Where a majority of households can be seen, one row a category, the most doubtful first."""
    categories, stated = run.discovery.get("categories") or {}, run.discovery.get("stated_personal_use") or ()
    ordered = sorted(
        categories.items(), key=lambda item: (item[1].get("household_share_0_1") or 0.0, item[0])
    )
    rows = [
        [
            str(name),
            count(about.get("persons")),
            share(about.get("household_share_0_1")),
            "stated" if name in stated else "yes" if about.get("seen") else "no: cannot tell",
        ]
        for name, about in ordered
    ]
    more = "" if len(rows) <= most else f"{count(len(rows) - most)} more are in run.json."
    head = ["Category", "Persons", "like households", "Majority seen"]
    return Table(head, rows[:most], frozenset({1, 2}), more) if rows else None


def settings_table(run: RunFolder) -> Table:
    """What the run was told and when, as pairs."""
    about = run.about
    first = [
        ("data up to", day(about.get("as_of"))),
        ("data from", day(about.get("window_from"))),
        ("purpose", str(about.get("purpose") or "not stated")),
        ("keep until", day(about.get("retain_until"))),
        ("made", day(about.get("created_at"))),
    ]
    told = [
        (name.replace("_", " "), _told(name, value))
        for name, value in (about.get("settings") or {}).items()
        if name != "as_of"
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
