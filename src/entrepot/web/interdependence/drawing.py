"""Answers as a page shows them: plain values, so that they can be kept and shown again without drawing.

Each figure keeps its picture in every width, the table beside it as words, and the rows behind it as numbers, which a
download gives.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from entrepot.report import depend_figures as drawn
from entrepot.report import depend_words as words
from entrepot.report.depend import Depend
from entrepot.report.depend_by import by_figure
from entrepot.report.figures import Figure, Table, pictures
from entrepot.report.listed import KIND_NAMES
from entrepot.run import plain

Said = dict[str, Any]
KNOWABLE_SINCE = "Knowable since"


def whole(d: Depend, codes: Mapping[str, str]) -> Said:
    """Everything that the run's own tables say: six pictures, their sentences, and the tables beside."""
    coverage = drawn.coverage_table(d) if d.rows("coverage") else None
    tables = [("What can be seen", coverage), ("They depend on the firm, too", drawn.mutual_table(d, codes))]
    tables += [("Targets of stores, if all stopped for two weeks", drawn.targets_table(d))]
    tables += [(words.efficiency_sentence(d), drawn.efficiency_table(d))]
    figures = _figures(d) if d.can_tell else []
    if d.can_tell:
        figures += _displacements(d)
        figures += _some([("hindsight", drawn.hindsight_figure(d), d.rows("hindsight"))])
    return {
        "sentence": words.share_sentence(d),
        "detail": [*words.lede(d), words.evident_sentence(d)] if d.can_tell else [],
        "numbers": [asdict(n) for n in words.numbers(d)] if d.can_tell else [],
        "coverage": f"{words.coverage_sentence(d)}." if d.rows("coverage") else "",
        "figures": figures,
        "tables": [_titled(title, table) for title, table in tables if table is not None and table.rows],
        "untold": drawn.untold_displacements(d),
    }


def part(d: Depend, hindsight: Depend | None, *, kind: str, untold: Sequence[str]) -> Said:
    """What the measures of a part say; `untold` names what cannot be told of it."""
    figures = _figures(d) if d.can_tell else []
    if hindsight is not None and d.can_tell:
        figures += _some([("hindsight", drawn.hindsight_figure(hindsight), hindsight.rows("hindsight"))])
    numbers = [asdict(n) for n in words.numbers(d) if n.name != KNOWABLE_SINCE] if d.can_tell else []
    growth = [f"{words.growth_sentence(d)}."] if d.rows("growth") else []
    return {
        "sentence": _of_kind(words.share_sentence(d), kind),
        "detail": [_of_kind(s, kind) for s in (*growth, f"{words.stop_sentence(d)}.")] if d.can_tell else [],
        "numbers": numbers,
        "coverage": "",
        "figures": [{**f, "title": _of_kind(f["title"], kind)} for f in figures],
        "tables": [],
        "untold": list(untold),
    }


def split(d: Depend, by: str, basis: str, names: Mapping[str, str]) -> Said:
    """The shares by one dimension as one figure; `names` says what values are called.

    `figure` is None where the orders lack it.
    """
    rows = [r for r in d.rows("shares") if r["by"] == by and r["basis"] == basis]
    figure = by_figure(rows, by, basis, currency=d.currency, names=names) if d.can_tell else None
    return {"figure": None if figure is None else _kept("by", figure, rows)}


def _figures(d: Depend) -> list[Said]:
    months = [r for r in d.rows("shares") if r["by"] == "month" and r["basis"] == "revenue"]
    return _some(
        [
            ("share", drawn.share_figure(d), months),
            ("growth", drawn.growth_figure(d), d.rows("growth")),
            ("stress", drawn.stress_figure(d), d.rows("stress")),
            ("concentration", drawn.concentration_figure(d), d.rows("concentration")),
        ]
    )


def _displacements(d: Depend) -> list[Said]:
    events = [rows for _, rows in words.restrictions(d) if any(r["effect"] is not None for r in rows)]
    pairs = zip(drawn.displacement_figures(d), events, strict=False)
    return _some([(f"displacement-{n}", figure, rows) for n, (figure, rows) in enumerate(pairs, start=1)])


def _some(named: Sequence[tuple[str, Figure | None, Sequence[Mapping[str, Any]]]]) -> list[Said]:
    return [_kept(name, figure, rows) for name, figure, rows in named if figure is not None]


def _kept(name: str, figure: Figure, rows: Sequence[Mapping[str, Any]]) -> Said:
    return {
        "name": name,
        "title": figure.title,
        "subtitle": figure.subtitle,
        "pictures": [[width, str(picture)] for width, picture in pictures(figure)],
        "is_wide": len(figure.widths) > 1,
        "table": _table(figure.table),
        "rows": plain([dict(row) for row in rows]),
    }


def _titled(title: str, table: Table) -> Said:
    return {"title": title, "table": _table(table)}


def _table(table: Table) -> Said:
    """`table` with its cells told apart, since a template cannot count: text, whether a number, whether the first."""
    numeric = table.numeric
    return {
        "head": [[text, n in numeric] for n, text in enumerate(table.head)],
        "rows": [[[text, n in numeric] for n, text in enumerate(row)] for row in table.rows],
        "more": table.more,
    }


def _of_kind(sentence: str, kind: str) -> str:
    """The sentence about one kind: it is part of all customer-entrepreneurs, and must not be read as all."""
    return (
        sentence.replace("customer-entrepreneurs", f"those who look like: {KIND_NAMES.get(kind, kind)}")
        if kind
        else sentence
    )
