"""What stands around the list: the evidence of everybody, the kinds, and where the firm is exposed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from markupsafe import Markup

from entrepot.report.charts import FARTHEST_LOG10, bars_chart, evidence_chart, interval_chart
from entrepot.report.figures import HALF, Figure, Table
from entrepot.report.headline import undeclared
from entrepot.report.reading import Row, RunFolder
from entrepot.report.words import count, money, plural, share

NEAREST_LOG10 = -3.0
STEP_LOG10 = 0.5
SHOWN_PER_FIGURE = 8
LABEL_WIDTHS = {"product": 175}  # pixels; names are longer than ids
MOST_IN_RUN = 200  # a run keeps no more values of each dimension; how many there are it does not say


def evidence_figure(run: RunFolder) -> Figure | None:
    """How strongly everybody's orders speak against personal use, and where the list begins."""
    values = np.asarray(run.findings["resale_evidence"].to_numpy(zero_copy_only=False), dtype=float)
    values = values[~np.isnan(values)]
    if len(values) == 0:
        return None
    listed = run.listed()
    line = min((_drawn_at(row) for row in listed), default=None)
    bins = _bins(values, line)
    rows = [
        [f"{b['from']:.2f} to {b['until']:.2f}", count(b["actors"]), "yes" if b["listed"] else "no"]
        for b in bins
    ]
    return Figure(
        title=_apart(listed, len(values)),
        subtitle="All buyers by the strength of the evidence against personal use, as odds; the height grows "
        "with the square root of their number, so that single buyers can be seen. "
        "The last bar holds all beyond a trillion to one.",
        draw=lambda width: evidence_chart(
            bins, width, listed_from=line, label=f"listed: {count(len(listed))}"
        ),
        table=Table(["Evidence, log10", "Buyers", "Listed"], rows, frozenset({1})),
    )


def _apart(listed: Sequence[Row], buyers: int) -> str:
    if not listed:
        return f"Of {plural(buyers, 'buyer')} nobody stands apart far enough to be listed"
    declared = sum(row.get("declared") == "yes" for row in listed)
    aside = f", {count(declared)} of them declared businesses" if declared else ""
    return f"{count(len(listed))} of {plural(buyers, 'buyer')} stand apart from the households{aside}"


def _drawn_at(row: Row) -> float:
    """Where evidence stands in the picture, which ends at a trillion to one."""
    return min(float(row.get("resale_evidence") or 0.0), FARTHEST_LOG10 - STEP_LOG10)


def _bins(values: np.ndarray, line: float | None, step: float = STEP_LOG10) -> list[dict[str, float | bool]]:
    """Bins of `step` that begin exactly at the line of the list; empty ones are left out."""
    anchor = line if line is not None else 0.0
    inside = np.clip(values, NEAREST_LOG10, FARTHEST_LOG10 - 1e-6)
    places = np.floor((inside - anchor) / step + 1e-9).astype(int)
    counts = Counter(places.tolist())
    return [
        {
            "from": anchor + place * step,
            "until": anchor + (place + 1) * step,
            "actors": counts[place],
            "listed": line is not None and place >= 0,
        }
        for place in sorted(counts)
    ]


def kinds_figure(run: RunFolder) -> Figure | None:
    """What the buying of the listed looks like; with `kinds.parquet` also the estimate over all buyers."""
    numbers = Counter(str(row.get("kind") or "unclear") for row in undeclared(run.listed()))
    if not numbers:
        return None
    bars = [{"name": kind, "value": number, "label": count(number)} for kind, number in numbers.most_common()]
    return Figure(
        title=_commonest(numbers),
        subtitle="Listed buyers by what their buying looks like; declared businesses are not among them.",
        draw=lambda width: bars_chart(bars, width),
        table=_kinds_table(run, numbers),
        widths=(HALF,),
    )


def _kinds_table(run: RunFolder, numbers: Mapping[str, int]) -> Table:
    kinds = run.table("kinds")
    if kinds is None:
        rows = [[kind, count(number)] for kind, number in numbers.items()]
        return Table(["Kind", "Listed"], rows, frozenset({1}))
    money_columns = ("revenue", "revenue_low", "revenue_high")
    body = [
        [
            str(kind["kind"]),
            count(numbers.get(str(kind["kind"]), 0)),
            count(kind.get("actors")),
            *(money(kind.get(column), run.currency) for column in money_columns),
        ]
        for kind in kinds
    ]
    return Table(
        ["Kind", "Listed", "Buyers, estimate", "Revenue", "from", "to"], body, frozenset(range(1, 6))
    )


def _commonest(numbers: Counter[str]) -> str:
    """The commonest kind as a finding; ties are said."""
    total, (kind, first) = numbers.total(), numbers.most_common(1)[0]
    if len(numbers) == 1:
        return f"All {count(total)} listed look alike: {kind}" if total > 1 else f"The one listed: {kind}"
    if sum(number == first for number in numbers.values()) == 1:
        return f"{kind.capitalize()} is the commonest pattern: {count(first)} of {count(total)} listed"
    return f"No one pattern prevails among the {count(total)} listed"


def exposure_figures(run: RunFolder) -> list[Figure]:
    """One figure each for channels, stores, categories and products, where the run knows them."""
    rows = run.table("exposure") or ()
    groups = {
        by: [row for row in rows if row["by"] == by] for by in ("channel", "category", "store", "product")
    }
    told = [
        group for group in groups.items() if len(group[1]) > 1 and any(r["excess_units"] for r in group[1])
    ]
    return [_exposure(run, by, group) for by, group in told]


def _exposure(run: RunFolder, by: str, group: Sequence[Row]) -> Figure:
    ordered = sorted(group, key=lambda row: (-(row.get("excess_units") or 0), str(row["value"])))
    names = _distinct_names(ordered)
    shown = [_excess_row(row, name) for row, name in zip(ordered[:SHOWN_PER_FIGURE], names, strict=False)]
    first, row = shown[0], ordered[0]
    many = {"category": "categories"}.get(by, by + "s")
    of = f" of {count(len(group))} {many}" if len(group) < MOST_IN_RUN else ""
    cut = f", the {SHOWN_PER_FIGURE} with most such units{of}" if len(group) > len(shown) else ""
    return Figure(
        title=f"{count(row['excess_units'])} units beyond personal use in {first['name']}, the most of any {by}",
        subtitle=f"Units beyond personal use, and in brackets their share of all units sold there{cut}. "
        "Dot: estimate; band: where it lies, 95 times in 100.",
        draw=lambda width: interval_chart(shown, width, label_width=LABEL_WIDTHS.get(by, 130)),
        table=_exposure_table(run, by, ordered),
        widths=(HALF,),
    )


def _distinct_names(rows: Sequence[Row]) -> list[str]:
    """What each row is called in a picture: its name, with its id where another has the same name."""
    called = [str(row.get("name") or row.get("value") or "not named") for row in rows]
    often = Counter(called)
    return [
        f"{name} ({row['value']})" if often[name] > 1 and row.get("name") else name
        for name, row in zip(called, rows, strict=True)
    ]


def _name_and_id(row: Row) -> str:
    """The cell of a table: the name with the id small behind it, or the id alone."""
    if not row.get("name") or row["name"] == row["value"]:
        return str(row["value"])
    return Markup('{} <span class="id">{}</span>').format(row["name"], row["value"])


def _excess_row(row: Row, name: str) -> dict[str, str | float]:
    low, middle, high = (
        float(row.get(c) or 0) for c in ("excess_units_low", "excess_units", "excess_units_high")
    )
    total = float(row.get("units_total") or 0)
    label = f"{count(middle)} ({share(min(1.0, middle / total))})" if total else count(middle)
    return {"name": name, "low": low, "middle": middle, "high": high, "label": label}


def _exposure_table(run: RunFolder, by: str, rows: Sequence[Row], most: int = 50) -> Table:
    head = [by.capitalize(), "Revenue", "of the listed", "Units", "beyond personal use", "from", "to"]
    body = [
        [
            _name_and_id(row),
            money(row.get("revenue_total"), run.currency),
            money(row.get("revenue_flagged"), run.currency),
            *(
                count(row.get(c))
                for c in ("units_total", "excess_units", "excess_units_low", "excess_units_high")
            ),
        ]
        for row in rows[:most]
    ]
    more = f"{count(len(rows) - most)} more are in exposure.parquet." if len(rows) > most else ""
    return Table(head, body, frozenset(range(1, 7)), more)
