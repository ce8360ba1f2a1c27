"""A figure: the finding as its title, what is drawn and in which unit, the chart, and the same data as a
table.

Charts become SVG inside the page: no script, sharp in print, recoloured by the style sheet. A figure may
be drawn in two widths; the style sheet shows the one that fits the screen.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import vl_convert
from markupsafe import Markup, escape

from entrepot.report.theme import CONFIG

WIDE, HALF, NARROW = 880, 400, 300


@dataclass(frozen=True)
class Table:
    """Columns of text and rows of text; `numeric` names the columns that are set flush right."""

    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    numeric: frozenset[int] = frozenset()
    more: str = ""  # what is not shown and where it is


@dataclass(frozen=True)
class Figure:
    """One picture with everything that stands around it; `draw(width)` gives the Altair chart.

    `around` is known before it is drawn: how many pixels its SVG is wider than `width`, give or take a digit of its
    axis, and how high it is; nothing where nobody needs it.
    """

    title: str
    subtitle: str
    draw: Callable[[int], Any]
    table: Table
    widths: tuple[int, ...] = field(default=(WIDE, NARROW))
    around: tuple[int, int] = (0, 0)


def svg(chart: Any, label: str) -> Markup:
    """The chart as one SVG element that assistive technology reads as one image called `label`."""
    drawn = vl_convert.vegalite_to_svg(chart.to_dict(validate=False), config=CONFIG)
    size = re.search(r'width="([\d.]+)" height="([\d.]+)"', drawn)
    assert size is not None, "vl-convert writes width and height"
    width, height = size[1], size[2]
    box = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    head = f'<svg role="img" aria-label="{escape(label)}" {box}>'
    body = drawn.split(">", 1)[1]
    return Markup(head + _lighter(body))


def _lighter(body: str) -> str:
    """The drawing without what only Vega's own viewer reads; about a third of its size."""
    body = re.sub(r' (?:class|role|aria-[a-z]+|pointer-events|font-family|xlink:[a-z]+)="[^"]*"', "", body)
    body = re.sub(r'<path d=""[^>]*display="none"/>|<path d="M0,0h0v0h0Z"/>', "", body)
    return re.sub(r"<g></g>", "", body)


def pictures(figure: Figure) -> list[tuple[str, Markup]]:
    """Each width's name (`wide`, `narrow`; `only` if there is one) with its SVG."""
    label = f"{figure.title}. {figure.subtitle}"
    names = ("only",) if len(figure.widths) == 1 else ("wide", "narrow")
    return [(name, svg(figure.draw(width), label)) for name, width in zip(names, figure.widths, strict=True)]
