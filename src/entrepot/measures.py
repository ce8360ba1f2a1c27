"""One call a measure: a table and a picture of how far the firm and its customer-entrepreneurs depend on each other.

    from entrepot import measures
    measures.growth("runs/0001")            # in a notebook: the sentence, the picture, the table
    measures.shares("runs/0001").save("shares.csv")

Each takes a run (or its folder) and gives a `Measure`. Nothing is written into the run; `entrepot.measure` does that
for all of them at once.
"""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
import pyarrow.parquet as pq
import vl_convert

from entrepot import interdependence as room
from entrepot.errors import InputError, Mistake
from entrepot.exports import being_saved, write_csv
from entrepot.interdependence import Assumptions, Ground, Period
from entrepot.interdependence.hindsight import THRESHOLD_0_1
from entrepot.measuring import Source, beside, ground
from entrepot.report import depend_figures as drawn
from entrepot.report import depend_words as words
from entrepot.report.depend import Depend
from entrepot.report.figures import Figure, svg
from entrepot.report.theme import CONFIG
from entrepot.run import Run

SHOWN_ROWS = 20
PNG_SCALE = 2.0


@dataclass(frozen=True)
class Measure:
    """A measure: `sentence`, what it says; `table`, its rows; `figure`, its picture, or None where there is none."""

    name: str
    sentence: str
    table: pa.Table
    figure: Figure | None = None

    @property
    def chart(self) -> Any:
        """The picture as an Altair chart; None where the data have nothing to draw."""
        return None if self.figure is None else self.figure.draw(max(self.figure.widths))

    def save(self, path: str | Path) -> Path:
        """Write the table (`.csv`, `.parquet`) or the picture (`.svg`, `.png`), by the ending of `path`."""
        target = Path(path)
        kind = target.suffix.lower()
        if kind == ".csv":
            write_csv(ibis.memtable(self.table), target)
        elif kind == ".parquet":
            with being_saved(target) as partial:
                pq.write_table(self.table, partial, compression="zstd")
        elif kind in (".svg", ".png"):
            self._draw(target, kind)
        else:
            endings = ".csv, .parquet, .svg or .png"
            raise InputError(
                Mistake("a measure cannot be saved so", str(target), endings, kind or "no ending")
            )
        return target

    def _draw(self, target: Path, kind: str) -> None:
        if self.chart is None:
            raise InputError(
                Mistake(
                    f"{self.name} has no picture here", str(target), do="save the table as .csv or .parquet"
                )
            )
        spec = self.chart.to_dict(validate=False)
        with being_saved(target) as partial:
            if kind == ".svg":
                partial.write_text(vl_convert.vegalite_to_svg(spec, config=CONFIG), encoding="utf-8")
            else:
                partial.write_bytes(vl_convert.vegalite_to_png(spec, config=CONFIG, scale=PNG_SCALE))

    def __repr__(self) -> str:
        return (
            f"{self.name}: {self.sentence}\n{self.table.num_rows} rows: {', '.join(self.table.column_names)}"
        )

    def _repr_html_(self) -> str:
        picture = "" if self.figure is None else svg(self.chart, self.sentence)
        head = "".join(f"<th>{html.escape(name)}</th>" for name in self.table.column_names)
        rows = self.table.slice(0, SHOWN_ROWS).to_pylist()
        body = "".join("<tr>" + "".join(_cell(v) for v in row.values()) + "</tr>" for row in rows)
        more = self.table.num_rows - len(rows)
        rest = f"<p>{more:,} more rows in <code>.table</code></p>" if more > 0 else ""
        return (
            f"<p><strong>{html.escape(self.sentence)}</strong></p>{picture}"
            f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{rest}"
        )


def _cell(value: object) -> str:
    shown = "" if value is None else f"{value:,.3g}" if isinstance(value, float) else str(value)
    return f"<td>{html.escape(shown)}</td>"


def coverage(run: Run | str | Path, *, sellout: Source | None = None) -> Measure:
    """What can be seen at all; see `interdependence.coverage`."""
    with ground(run) as it:
        table = room.coverage(it, beside(it, "sellout", sellout))
        said = _said(it, {"coverage": table, "shares": room.shares(it, ("all",))})
        return Measure("coverage", words.coverage_sentence(said), table)


def shares(run: Run | str | Path) -> Measure:
    """The firm's dependence, by everything; see `interdependence.shares`. The picture is the share over time."""
    with ground(run) as it:
        table, (months, dates) = room.shares(it), room.hindsight(it)
        said = _said(it, {"shares": table, "hindsight": months, "hindsight_dates": dates})
        return Measure("shares", words.share_sentence(said), table, drawn.share_figure(said))


def both_directions(run: Run | str | Path) -> Measure:
    """How far each depends on the other; see `interdependence.both_directions`."""
    with ground(run) as it:
        table = room.both_directions(it)
        return Measure("both directions", f"{table.num_rows} are listed or probable", table)


def concentration(run: Run | str | Path) -> Measure:
    """On how few it hangs; see `interdependence.concentration`."""
    with ground(run) as it:
        table = room.concentration(it)
        said = _said(it, {"concentration": table})
        return Measure(
            "concentration", words.concentration_sentence(said), table, drawn.concentration_figure(said)
        )


def growth(run: Run | str | Path, period: Period | None = None, against: Period | None = None) -> Measure:
    """Where growth came from; see `interdependence.growth`."""
    with ground(run) as it:
        table = room.growth(it, period, against)
        said = _said(it, {"growth": table})
        return Measure("growth", words.growth_sentence(said), table, drawn.growth_figure(said))


def stress(run: Run | str | Path, *, targets: Source | None = None) -> Measure:
    """What would be missing if they stopped; see `interdependence.stress`."""
    with ground(run) as it:
        table = room.stress(it, beside(it, "targets", targets))
        months = room.shares(it, ("month",))
        said = _said(it, {"stress": table, "stress_path": room.path(it), "shares": months})
        return Measure("stress", words.stop_sentence(said), table, drawn.stress_figure(said))


def hindsight(
    run: Run | str | Path, *, threshold: float = THRESHOLD_0_1, recognised_on: date | None = None
) -> Measure:
    """Since when it was knowable; see `interdependence.hindsight`. The dates are in the sentence."""
    with ground(run) as it:
        months, dates = room.hindsight(it, threshold_0_1=threshold, recognised_on=recognised_on)
        said = _said(it, {"hindsight": months, "hindsight_dates": dates})
        return Measure("hindsight", words.hindsight_sentence(said), months, drawn.hindsight_figure(said))


def displacement(run: Run | str | Path, *, events: Source | None = None) -> Measure:
    """Where buying went after a restriction; see `interdependence.displacement`. The picture is of the first."""
    with ground(run, events=events) as it:
        table = room.displacement(it)
        said = _said(it, {"displacement": table})
        told = [words.displacement_sentence(event, rows) for event, rows in words.restrictions(said)]
        figures = drawn.displacement_figures(said)
        sentence = told[0] if told else "No restriction of a channel is among the events"
        return Measure("displacement", sentence, table, figures[0] if figures else None)


def efficiency_gap(run: Run | str | Path, assumptions: str | Path | Assumptions) -> Measure:
    """What conforming costs, by assumptions of the firm; see `interdependence.efficiency_gap`."""
    assumed = assumptions if isinstance(assumptions, Assumptions) else Assumptions.read(assumptions)
    with ground(run) as it:
        table = room.efficiency_gap(it, assumed)
        return Measure("efficiency gap", words.efficiency_sentence(_said(it, {"efficiency": table})), table)


def _said(it: Ground, tables: Mapping[str, pa.Table]) -> Depend:
    events: Sequence[Mapping[str, Any]] = () if it.events is None else it.engine.fetch(it.events).to_pylist()
    return Depend(
        tables={name: table.to_pylist() for name, table in tables.items()},
        currency=it.currency,
        first_day=it.since,
        last_day=it.until,
        evident=int(it.suspects.flagged.sum()),
        events=events,
    )
