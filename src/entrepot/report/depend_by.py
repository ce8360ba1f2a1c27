"""The shares by one dimension (channel, store, product, kind …) as a picture with its sentence and table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt

from entrepot.report.charts import Drawing, names_beside
from entrepot.report.depend_words import range_of
from entrepot.report.figures import Figure, Table
from entrepot.report.reading import Row
from entrepot.report.theme import BY_ROLE
from entrepot.report.words import count, money, share

MOST = 12
BASES = {"revenue": "revenue", "units": "units", "margin": "contribution"}


def by_figure(
    rows: Sequence[Row], by: str, basis: str, *, currency: str = "", names: Mapping[str, str] | None = None
) -> Figure | None:
    """Rows of `interdependence/shares` by one dimension and basis, the largest first; None where there are none.

    `names` says what a value is called, where it is a code.
    """
    mine = sorted((r for r in rows if r["by"] == by and r["basis"] == basis), key=lambda r: -r["total"])
    if not mine:
        return None
    called = [{**r, "name": (names or {}).get(r["value"], r["value"])} for r in mine]
    drawn = [_drawn(r) for r in called[:MOST]]
    whole = "everything sold" if by == "kind" else f"what was sold in each {by}"
    few = "" if len(mine) <= MOST else f", the {MOST} largest of {count(len(mine))}"
    return Figure(
        title=by_sentence(called[:MOST], by),
        subtitle=f"Customer-entrepreneurs' part of the {BASES[basis]} of {whole}{few}. Line: estimate; band: where it "
        "lies, 95 times in 100; thin mark: what those on the list bring at least.",
        draw=lambda width: by_chart(drawn, width),
        table=_table(called, by, basis, currency),
    )


def by_sentence(rows: Sequence[Row], by: str) -> str:
    """Where the part is largest, if that can be told."""
    most, least = max(rows, key=lambda r: r["estimate"]), min(rows, key=lambda r: r["estimate"])
    if len(rows) == 1:
        return f"Their part in {most['name']} is {_range(most)}"
    if most["estimate_low"] <= least["estimate_high"]:
        return f"No {by} can be told from another: their part is {_range(least)} to {_range(most)}"
    return f"Their part is largest in {most['name']}, {_range(most)}, and smallest in {least['name']}, {_range(least)}"


def _range(row: Row) -> str:
    return range_of(row["estimate_low"], row["estimate_high"])


def _drawn(row: Row) -> dict[str, Any]:
    ends = {"low": row["estimate_low"], "middle": row["estimate"], "high": row["estimate_high"]}
    return {"name": row["name"], "least": row["at_least"], "label": _range(row), **ends}


def _table(rows: Sequence[Row], by: str, basis: str, currency: str) -> Table:
    body = [
        [
            str(r["name"]),
            count(r["total"]) if basis == "units" else money(r["total"], currency),
            share(r["seen_share"]),
            share(r["at_least"]),
            f"{share(r['estimate'])} ({_range(r)})",
            f"{share(r['excess'])} ({range_of(r['excess_low'], r['excess_high'])})",
        ]
        for r in rows
    ]
    head = [
        by.capitalize(),
        f"All {BASES[basis]}",
        "Linked to a buyer",
        "At least",
        "Estimate",
        "Beyond personal use",
    ]
    return Table(head, body, frozenset(range(1, 6)))


def by_chart(rows: Sequence[Mapping[str, Any]], width: int) -> Drawing:
    """Rows `name, low, middle, high, least, label` (shares 0–1): a band a row with its words behind it."""
    label_width = min(180, width // 3)
    far = max(float(row["high"]) for row in rows) or 0.05
    scale = alt.Scale(domain=[0, far * 1.45], nice=False)
    axis = alt.Axis(format=".0%", title=None, tickCount=3)
    y = names_beside([row["name"] for row in rows], label_width)
    base = alt.Chart(alt.Data(values=[dict(row) for row in rows]))

    def x(name: str) -> alt.X:
        return alt.X(f"{name}:Q", scale=scale, axis=axis)

    band = base.mark_bar(height=14, fill=BY_ROLE["accent-soft"]).encode(x=x("low"), x2="high:Q", y=y)
    middle = base.mark_tick(thickness=3, size=18, color=BY_ROLE["accent"]).encode(x=x("middle"), y=y)
    least = base.mark_tick(thickness=1, size=18, color=BY_ROLE["ink"]).encode(x=x("least"), y=y)
    words = base.mark_text(align="left", dx=8).encode(x=x("high"), y=y, text="label:N")
    return alt.layer(band, least, middle, words).properties(width=width - label_width, height=30 * len(rows))
