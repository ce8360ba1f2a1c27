"""The pictures: each takes plain rows and a width in pixels, and gives an Altair chart without a title.

Titles and subtitles are text on the page (`Figure`), where they wrap, can be read aloud and searched.
Bars start at zero; what is uncertain is a band; people are never red; labels stand on the marks instead
of in a legend.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt

from entrepot.report.theme import BY_ROLE
from entrepot.report.words import figures

Rows = Sequence[Mapping[str, Any]]

Drawing = alt.LayerChart | alt.FacetChart

ROW_HEIGHT = 26
END_LABEL = 100  # pixels for the words at the end of a bar
WIDER_FONT = 1.2  # than that by which names are measured here: the reader's may be so much wider
MONTHS_HEIGHT = 120  # of the purchases of every month
MONTHS_AROUND = (29, MONTHS_HEIGHT + 44)  # what its axes and words add to the width, and the height with them
FARTHEST_LOG10 = 12.0  # a trillion to one; beyond it nobody tells the difference, and pictures end


def _base(rows: Rows) -> alt.Chart:
    return alt.Chart(alt.Data(values=[dict(row) for row in rows]))


def odds(log10_e: float) -> str:
    """Evidence as odds in words.

    >>> [odds(e) for e in (0, 3, 6, 12)]
    ['1 to 1', '1,000 to 1', '1 million to 1', '1 trillion to 1']
    """
    if log10_e < 0:
        return f"1 to {figures(10**-log10_e, 1):,.0f}"
    names = {6: "million", 9: "billion", 12: "trillion"}
    if log10_e < 6:
        return f"{figures(10**log10_e, 1):,.0f} to 1"
    group = min(12, int(log10_e // 3) * 3)
    return f"{figures(10 ** (log10_e - group), 1):,.0f} {names[group]} to 1"


def _odds_axis(until: float) -> alt.Axis:
    ticks = [value for value in range(-3, 13, 3) if value <= until]
    flush = alt.condition(f"datum.value > {until - 1}", alt.value("right"), alt.value("center"))
    words = " : ".join(f"datum.value == {value} ? '{odds(value)}'" for value in ticks)
    return alt.Axis(values=ticks, labelExpr=f"{words} : ''", grid=False, title=None, labelAlign=flush)


def evidence_chart(bins: Rows, width: int, *, listed_from: float | None, label: str) -> Drawing:
    """Bins `from, until, actors, listed` of log10 evidence as bars, and the line of the list."""
    start, end = min(bins[0]["from"], -1.5), max(bins[-1]["until"], 4.0)
    x = alt.X("from:Q", scale=alt.Scale(domain=[start, end], nice=False), axis=_odds_axis(end))
    y = alt.Y(
        "actors:Q", scale=alt.Scale(type="sqrt"), axis=alt.Axis(title="buyers", tickCount=4, format=",d")
    )
    colour = alt.condition("datum.listed", alt.value(BY_ROLE["accent"]), alt.value(BY_ROLE["line"]))
    bars = (
        _base(bins)
        .mark_rect(stroke=BY_ROLE["paper"], strokeWidth=0.5)
        .encode(x=x, x2="until:Q", y=y, color=colour)
    )
    layers: list[Any] = [bars.encode(y2=alt.datum(0))]
    if listed_from is not None:
        line = _base([{"at": listed_from, "label": label}])
        layers.append(line.mark_rule(stroke=BY_ROLE["second"], strokeWidth=1.5).encode(x="at:Q"))
        far = (listed_from - start) / (end - start) > 0.7
        words = line.mark_text(
            align="right" if far else "left",
            dx=-6 if far else 6,
            y=8,
            fill=BY_ROLE["second"],
            fontWeight="bold",
        )
        layers.append(words.encode(x="at:Q", text="label:N"))
    return alt.layer(*layers).properties(width=width, height=150)


def bars_chart(rows: Rows, width: int, *, label_width: int = 150) -> Drawing:
    """Rows `name, value, label` as horizontal bars from zero with the label at the end of each."""
    names = [row["name"] for row in rows]
    longest = max((float(row["value"]) for row in rows), default=1.0) or 1.0
    x = alt.X("value:Q", scale=alt.Scale(domain=[0, longest * 1.45]), axis=None)
    y = names_beside(names, label_width)
    base = _base(rows)
    bars = base.mark_bar(height=14, fill=BY_ROLE["accent"]).encode(x=x, y=y)
    labels = base.mark_text(align="left", dx=6).encode(x=x, y=y, text="label:N")
    return alt.layer(bars, labels).properties(width=width - label_width, height=ROW_HEIGHT * len(rows))


def interval_chart(rows: Rows, width: int, *, label_width: int = 150) -> Drawing:
    """Rows `name, low, middle, high, label` (units) as a band with a dot on the estimate, from zero."""
    names = [row["name"] for row in rows]
    far = max((float(row["high"]) for row in rows), default=1.0) or 1.0
    ticks = alt.Axis(
        format=",~f", title=None, tickCount=3, orient="bottom", labelOverlap="greedy", labelSeparation=12
    )
    plot = width - label_width
    scale = alt.Scale(domain=[0, far * plot / (plot - END_LABEL)], nice=False)
    x = alt.X("low:Q", scale=scale, axis=ticks)
    y = names_beside(names, label_width)
    base = _base(rows)
    band = base.mark_bar(height=10, fill=BY_ROLE["accent-soft"], cornerRadius=3).encode(x=x, x2="high:Q", y=y)
    dots = base.mark_circle(size=60, fill=BY_ROLE["accent"], opacity=1).encode(x="middle:Q", y=y)
    labels = base.mark_text(align="left", dx=8).encode(x="high:Q", y=y, text="label:N")
    return alt.layer(band, dots, labels).properties(width=plot, height=ROW_HEIGHT * len(rows))


def purchases_chart(rows: Rows, width: int, *, since: str | None = None) -> Drawing:
    """Rows `month, until, bar_from, bar_until, units, low, high`: units as bars before the grey band."""
    highest = max(float(row["high"]) for row in rows)
    top = max([highest, *(float(row["units"]) for row in rows)]) or 1.0
    scale = alt.Scale(type="utc", domain=[rows[0]["month"], rows[-1]["until"]], nice=False)
    axis = alt.Axis(format="%b %Y", tickCount=max(2, width // 110), grid=False, title=None, labelFlush=True)
    x = alt.X("month:T", scale=scale, axis=axis)
    y = alt.Y(
        "units:Q", scale=alt.Scale(domain=[0, top * 1.12]), axis=alt.Axis(title="units a month", tickCount=3)
    )
    base = _base(rows)
    band = base.mark_rect(fill=BY_ROLE["band"], stroke=BY_ROLE["band"], strokeWidth=0.6).encode(
        x=x, x2="until:T", y=alt.Y("low:Q"), y2="high:Q"
    )
    bars = base.mark_rect(fill=BY_ROLE["accent"]).encode(
        x=alt.X("bar_from:T"), x2="bar_until:T", y=y, y2=alt.datum(0)
    )
    layers: list[Any] = [band, bars]
    if since is not None:
        rule = _base([{"since": since}]).mark_rule(stroke=BY_ROLE["second"], strokeDash=[3, 3])
        layers.append(rule.encode(x="since:T"))
    return alt.layer(*layers).properties(width=width, height=MONTHS_HEIGHT)


def names_beside(names: Sequence[str], label_width: int) -> alt.Y:
    """One row a name, in their order; a name is cut so that it stays on the page in whatever font.

    Our own longest word takes two lines.
    """
    limit = round((label_width - 16) / WIDER_FONT)
    lines = "split(replace(datum.label, 'customer-', 'customer-\\n'), '\\n')"
    axis = alt.Axis(labelLimit=limit, minExtent=label_width, labelExpr=lines)
    return alt.Y("name:N", sort=names, title=None, axis=axis)


def place_ring(size: int, *, has_centre: bool) -> list[tuple[float, float]]:
    """Where the persons of a ring stand: the principal in the middle, others around, two circles from 17 on.

    >>> place_ring(2, has_centre=True)
    [(0.0, 0.0), (0.0, 1.0)]
    """
    around = size - 1 if has_centre else size
    inner = around // 3 if around > 16 else 0
    circles = [(0.55, inner), (1.0, around - inner)]
    spots = [(0.0, 0.0)] if has_centre else []
    for radius, places in circles:
        angles = [math.pi / 2 - 2 * math.pi * n / places for n in range(places)]
        spots += [(round(radius * math.cos(a), 4), round(radius * math.sin(a), 4)) for a in angles]
    return spots


def ring_chart(nodes: Rows, edges: Rows, width: int) -> Drawing:
    """Nodes `x, y, units, name, principal`, edges `x, y, x2, y2, identity`: solid if by identity."""
    flat = alt.Scale(domain=[-1.25, 1.25])
    x, y = alt.X("x:Q", scale=flat, axis=None), alt.Y("y:Q", scale=flat, axis=None)
    dash = alt.condition("datum.identity", alt.value([1, 0]), alt.value([3, 3]))
    layers: list[Any] = []
    if edges:
        lines = _base(edges).mark_rule(stroke=BY_ROLE["line"], strokeWidth=1.2)
        layers.append(lines.encode(x=x, y=y, x2="x2:Q", y2="y2:Q", strokeDash=dash))
    dots = _base(nodes).mark_circle(opacity=1, stroke=BY_ROLE["paper"], strokeWidth=1.5)
    size = alt.Size("units:Q", scale=alt.Scale(range=[90, 700], domainMin=0), legend=None)
    colour = alt.condition("datum.principal", alt.value(BY_ROLE["second"]), alt.value(BY_ROLE["accent"]))
    layers.append(dots.encode(x=x, y=y, size=size, color=colour))
    names = _base([node for node in nodes if node["name"]]).encode(x=x, y=y, text="name:N")
    layers.append(names.mark_text(dy=-20, stroke=BY_ROLE["paper"], strokeWidth=4, strokeJoin="round"))
    layers.append(names.mark_text(dy=-20))
    return alt.layer(*layers).properties(width=width, height=min(width, 230))
