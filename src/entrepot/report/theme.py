"""One look for every picture and page: two accents, no red, the same in light, dark and print.

Charts are drawn once, in the light colours. Each role has a colour that no other role has, so the style
sheet can find it in the drawn SVG (`[fill="#0b6a87"]`) and give it its dark value where the reader
prefers dark. No script, no second picture. Contrast is checked by tests, not by eye.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Noto Sans CJK SC", sans-serif'


@dataclass(frozen=True)
class Colour:
    """A role on the page with its value by day and by night."""

    role: str
    light: str
    dark: str


COLOURS = (
    Colour("paper", "#ffffff", "#14181d"),
    Colour("panel", "#f5f7f9", "#1c2229"),
    Colour("ink", "#1b222c", "#e9ecef"),
    Colour("muted", "#55606e", "#a7b1bc"),
    Colour("grid", "#e3e7eb", "#2c343d"),
    Colour("line", "#8a95a3", "#6d7986"),
    Colour("band", "#d3d9e0", "#3d4752"),
    Colour("accent", "#0b6a87", "#5dbbd6"),
    Colour("accent-soft", "#a9d0dd", "#265766"),
    Colour("second", "#8a5a00", "#e2ad50"),
)
"""Ink and muted are for words, grid to band for quiet marks, accent for the listed, second for lines."""

BY_ROLE = {colour.role: colour.light for colour in COLOURS}

CONFIG: dict[str, Any] = {
    "background": None,
    "font": FONT,
    "padding": 2,
    "view": {"stroke": None},
    "axis": {
        "domain": False,
        "ticks": False,
        "gridColor": BY_ROLE["grid"],
        "labelColor": BY_ROLE["muted"],
        "titleColor": BY_ROLE["muted"],
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "labelPadding": 6,
        "labelLimit": 190,
    },
    "axisY": {"titleAnchor": "start", "titleAngle": 0, "titleAlign": "left", "titleY": -10},
    "bar": {"fill": BY_ROLE["accent"]},
    "rule": {"stroke": BY_ROLE["line"]},
    "text": {"fill": BY_ROLE["ink"], "fontSize": 12},
    "legend": {"disable": True},
}
"""The Vega-Lite configuration of every chart, in the report, in a notebook and on the web."""


def _variables(night: bool) -> str:
    return "".join(f"--{c.role}: {c.dark if night else c.light};" for c in COLOURS)


def _repaint() -> str:
    rules = (
        f'svg [{part}="{c.light}"] {{ {part}: var(--{c.role}); }}'
        for c in COLOURS
        for part in ("fill", "stroke")
    )
    return "\n".join(rules)


def style_sheet() -> str:
    """The colours as CSS: variables by day and, on a screen that prefers it, by night; print is day."""
    night = f":root {{ color-scheme: dark; {_variables(night=True)} }}"
    return "\n".join(
        [
            f":root {{ color-scheme: light; {_variables(night=False)} --font: {FONT}; }}",
            f"@media screen and (prefers-color-scheme: dark) {{ {night} }}",
            _repaint(),
        ]
    )
