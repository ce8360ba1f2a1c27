"""The pictures of interdependence: each takes plain rows and a width in pixels, and gives an Altair chart.

The grammar is that of `charts`: bands for what is uncertain, labels on the marks, thin labelled rules for dates.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import altair as alt

from entrepot.report.charts import Drawing, names_beside
from entrepot.report.theme import BY_ROLE

Rows = Sequence[Mapping[str, Any]]
HEIGHT = 210
LABEL_ROOM, LABEL_LINE = 104, 15  # pixels, for the words at the end of a line, and from one to the next
LETTER = 7.5  # pixels, of the words beside a mark in the widest of the fonts that may show them
QUARTERS = [0, 0.25, 0.5, 0.75, 1]
LINE_LABELS = {"today": "as known today", "knowable": "knowable then", "recognised": "recognised"}


def _base(rows: Rows) -> alt.Chart:
    return alt.Chart(alt.Data(values=[dict(row) for row in rows]))


def _months(rows: Rows, width: int, *, room: int = 0) -> alt.X:
    """The months of `rows`, with `room` pixels left at the end."""
    axis = alt.Axis(format="%b %Y", tickCount=max(2, width // 120), grid=False, title=None, labelFlush=True)
    ends = [min(row["month"] for row in rows), max(row["month"] for row in rows)]
    if room:
        first, last = (date.fromisoformat(str(end)[:10]) for end in ends)
        ends[1] = (last + (last - first) * (room / (width - room))).isoformat()
    return alt.X("month:T", scale=alt.Scale(type="utc", domain=ends, nice=False), axis=axis)


def _end(low: float, high: float, plot: float, words: Sequence[str]) -> float:
    """Where an axis of `plot` pixels that begins at `low` ends, so that `words` have room beside a mark at `high`."""
    room = min(plot / 2, 14 + LETTER * max(len(word) for word in words))
    return low + (high - low or 1.0) * plot / (plot - room)


def _of_all(top: float) -> alt.Axis:
    """An axis of shares up to `top`, which may lie above 1 to leave room for words: no mark stands there."""
    ticks: dict[str, Any] = {"values": QUARTERS} if top > 1 else {"tickCount": 4}
    return alt.Axis(format=".0%", title=None, **ticks)


def _share(name: str, top: float) -> alt.Y:
    axis = _of_all(top)
    return alt.Y(f"{name}:Q", scale=alt.Scale(domain=[0, top], nice=False), axis=axis)


def _rules(rules: Rows, x: alt.X, top: float) -> list[Any]:
    """Thin rules `month, label, line` (how many lines down the words stand)."""
    layers: list[Any] = []
    for row in rules:
        at = _base([row])
        layers.append(at.mark_rule(stroke=BY_ROLE["second"], strokeDash=[3, 3]).encode(x=x))
        words = at.mark_text(
            align=row.get("align", "left"),
            dx=-5 if row.get("align") == "right" else 5,
            dy=16 * row.get("line", 0),
            baseline="top",
            fill=BY_ROLE["second"],
        )
        layers.append(words.encode(x=x, y=alt.datum(top), text="label:N"))
    return layers


def share_chart(rows: Rows, width: int, *, rules: Rows = ()) -> Drawing:
    """Rows `month, low, middle, high` (shares 0–1) as a line in its band."""
    top = (
        max(float(row["high"]) for row in rows) * (1.25 if rules else 1.1) or 0.1
    )  # words stand above the band
    x, base = _months(rows, width), _base(rows)
    band = base.mark_area(fill=BY_ROLE["accent-soft"], opacity=1).encode(
        x=x, y=_share("low", top), y2="high:Q"
    )
    line = base.mark_line(stroke=BY_ROLE["accent"], strokeWidth=2.5).encode(x=x, y=_share("middle", top))
    dot = _base([rows[-1]]).mark_circle(fill=BY_ROLE["accent"], size=60, opacity=1)
    drawn = alt.layer(band, line, dot.encode(x=x, y=_share("middle", top)), *_rules(rules, x, top))
    return drawn.properties(width=width, height=HEIGHT)


def waterfall_chart(rows: Rows, width: int, *, label_width: int = 160) -> Drawing:
    """Rows `name, from, until, low, high, label, whole`: bars that begin where the last one ended, in money."""
    names = [row["name"] for row in rows]
    ends = [float(row[key]) for row in rows for key in ("from", "until", "low", "high")]
    low, high = min(0.0, *ends), max(0.0, *ends)
    end = _end(low, high, width - label_width, [str(row["label"]) for row in rows])
    scale = alt.Scale(domain=[low, end], nice=False)
    axis = alt.Axis(title=None, tickCount=3, format="~s", labelOverlap="greedy")

    def x(name: str) -> alt.X:
        return alt.X(f"{name}:Q", scale=scale, axis=axis)

    y = names_beside(names, label_width)
    base = _base(rows)
    colour = alt.condition("datum.whole", alt.value(BY_ROLE["line"]), alt.value(BY_ROLE["accent"]))
    band = base.mark_bar(height=20, fill=BY_ROLE["accent-soft"]).encode(x=x("low"), y=y, x2="high:Q")
    bars = base.mark_bar(height=10).encode(x=x("from"), x2="until:Q", y=y, color=colour)
    zero = _base([{"at": 0}]).mark_rule(stroke=BY_ROLE["line"]).encode(x=x("at"))
    words = base.mark_text(align="left", dx=8).encode(x=x("end"), y=y, text="label:N")
    return alt.layer(band, bars, zero, words).properties(width=width - label_width, height=34 * len(rows))


def _words_at_the_end(lines: Sequence[tuple[str, str, Rows]], x: alt.X, top: float, height: int) -> list[Any]:
    """The name of each line (`name, colour, rows`) beside its last point, pushed apart where they would meet."""
    last = sorted(
        ((float(rows[-1][name]), name, colour, rows[-1]) for name, colour, rows in lines), reverse=True
    )
    layers: list[Any] = []
    free = 0.0  # pixels from the top
    for value, name, colour, row in last:
        at = max(height * (1 - value / top), free)
        free = at + LABEL_LINE
        words = _base([{"month": row["month"], "at": top * (1 - at / height), "label": LINE_LABELS[name]}])
        layers.append(
            words.mark_text(align="left", baseline="middle", dx=8, fill=colour).encode(
                x=x, y=_share("at", top), text="label:N"
            )
        )
    return layers


def hindsight_chart(rows: Rows, width: int, *, rules: Rows = (), critical: Rows = ()) -> Drawing:
    """Rows `month, today, low, high, knowable, recognised`: three lines; `critical` has `from, until` of the date."""
    top = max(float(row["high"]) for row in rows) * (1.45 if rules else 1.1) or 0.1
    height = HEIGHT + 20
    x, base = _months(rows, width, room=LABEL_ROOM), _base(rows)
    layers: list[Any] = []
    if critical:
        reached = _base(critical).mark_rect(fill=BY_ROLE["band"], opacity=0.6)
        layers.append(reached.encode(x="from:T", x2="until:T"))
    layers.append(
        base.mark_area(fill=BY_ROLE["accent-soft"], opacity=1).encode(x=x, y=_share("low", top), y2="high:Q")
    )
    lines = (
        ("today", BY_ROLE["accent"], [1, 0]),
        ("knowable", BY_ROLE["second"], [5, 3]),
        ("recognised", BY_ROLE["ink"], [2, 2]),
    )
    drawn = []
    for name, colour, dash in lines:
        known = [row for row in rows if row.get(name) is not None]
        if known:
            line = _base(known).mark_line(stroke=colour, strokeWidth=2.2, strokeDash=dash)
            layers.append(line.encode(x=x, y=_share(name, top)))
            drawn.append((name, colour, known))
    layers += _words_at_the_end(drawn, x, top, height)
    return alt.layer(*layers, *_rules(rules, x, top)).properties(width=width, height=height)


def concentration_chart(rows: Rows, width: int) -> Drawing:
    """Rows `k, low, middle, high`: the part of all revenue that the k largest bring, k on a logarithmic axis."""
    top = max(float(row["high"]) for row in rows) * 1.15 or 0.1
    last = max(int(row["k"]) for row in rows)
    ticks = [k for k in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000) if k <= last]
    axis = alt.Axis(values=ticks, grid=False, title="the largest", titleAnchor="end", format="~d")
    x = alt.X("k:Q", scale=alt.Scale(type="log", domain=[1, max(last, 2)], nice=False), axis=axis)
    base = _base(rows)
    band = base.mark_area(fill=BY_ROLE["accent-soft"], opacity=1).encode(
        x=x, y=_share("low", top), y2="high:Q"
    )
    line = base.mark_line(
        stroke=BY_ROLE["accent"], strokeWidth=2.2, point={"fill": BY_ROLE["accent"], "size": 30}
    )
    return alt.layer(band, line.encode(x=x, y=_share("middle", top))).properties(width=width, height=HEIGHT)


def fan_chart(past: Rows, ahead: Rows, width: int, *, labels: Rows = ()) -> Drawing:
    """Past rows `month, amount`; rows ahead `month, base, low, middle, high`: what a stop for good would leave."""
    top = max([float(row["amount"]) for row in past] + [float(row["high"]) for row in ahead]) * 1.15 or 1.0
    x = _months([*past, *ahead], width)
    scale = alt.Scale(domain=[0, top], nice=False)
    axis = alt.Axis(title=None, tickCount=4, format="~s")

    def y(name: str) -> alt.Y:
        return alt.Y(f"{name}:Q", scale=scale, axis=axis)

    was = _base(past).mark_line(stroke=BY_ROLE["line"], strokeWidth=2.2).encode(x=x, y=y("amount"))
    band = _base(ahead).mark_area(fill=BY_ROLE["accent-soft"], opacity=1).encode(x=x, y=y("low"), y2="high:Q")
    stop = _base(ahead).mark_line(stroke=BY_ROLE["accent"], strokeWidth=2.5).encode(x=x, y=y("middle"))
    goes_on = _base(ahead).mark_line(stroke=BY_ROLE["line"], strokeDash=[4, 3]).encode(x=x, y=y("base"))
    words = _base(labels).mark_text(align="right", dx=-4, baseline="bottom", dy=-4, fill=BY_ROLE["muted"])
    return alt.layer(band, was, goes_on, stop, words.encode(x=x, y=y("amount"), text="label:N")).properties(
        width=width, height=HEIGHT
    )


def before_after_chart(rows: Rows, width: int, *, label_width: int = 130) -> Drawing:
    """Rows `name, before, after, label` (shares 0–1): a hollow dot before, a full one after, a line between."""
    names = [row["name"] for row in rows]
    far = max([float(row[key]) for row in rows for key in ("before", "after")] + [0.05])
    end = _end(0, far, width - label_width, [str(row["label"]) for row in rows])
    x, axis = alt.Scale(domain=[0, end], nice=False), _of_all(end)
    y = names_beside(names, label_width)
    base = _base(rows)
    line = base.mark_rule(stroke=BY_ROLE["line"], strokeWidth=2).encode(
        x=alt.X("before:Q", scale=x, axis=axis), x2="after:Q", y=y
    )
    was = base.mark_point(stroke=BY_ROLE["line"], fill=BY_ROLE["paper"], size=90, opacity=1)
    now = base.mark_circle(fill=BY_ROLE["accent"], size=110, opacity=1)
    words = base.mark_text(align="left", dx=12).encode(x=alt.X("far:Q", scale=x), y=y, text="label:N")
    return alt.layer(
        line,
        was.encode(x=alt.X("before:Q", scale=x), y=y),
        now.encode(x=alt.X("after:Q", scale=x), y=y),
        words,
    ).properties(width=width - label_width, height=36 * len(rows))
