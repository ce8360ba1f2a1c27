"""The pictures and tables of interdependence: each carries the one sentence that it says."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any

from entrepot.interdependence.growth import PARTS
from entrepot.report import depend_charts as charts
from entrepot.report import depend_words as said
from entrepot.report.depend import Depend
from entrepot.report.depend_words import monthly, range_of, restricted, restrictions
from entrepot.report.figures import HALF, Figure, Table
from entrepot.report.reading import Row
from entrepot.report.words import count, day, known, money, month, plural, share
from entrepot.units import first_of_month, month_number


def _dated(rows: Sequence[Row]) -> list[dict[str, Any]]:
    return [{**r, **{k: v.isoformat() for k, v in r.items() if isinstance(v, date)}} for r in rows]


def share_figure(d: Depend) -> Figure | None:
    """The share over time with its band."""
    rows = monthly(d)
    if len(rows) < 2:
        return None
    rules = [
        {"month": r["starts_on"].isoformat(), "label": f"limit in {r['channel']}", "line": n}
        for n, r in enumerate(restricted(d))
        if rows[0]["month"] <= r["starts_on"] <= rows[-1]["month"]
    ]
    body = [[month(r["month"]), share(r["middle"]), share(r["low"]), share(r["high"])] for r in rows]
    return Figure(
        title=said.trend_sentence(d),
        subtitle="Customer-entrepreneurs' share of the revenue that is linked to a buyer, by month. "
        "Line: estimate; band: where it lies, 95 times in 100.",
        draw=lambda width: charts.share_chart(_dated(rows), width, rules=rules),
        table=Table(["Month", "Share", "from", "to"], body, frozenset({1, 2, 3})),
    )


def growth_figure(d: Depend) -> Figure | None:
    """Where growth came from, as a waterfall."""
    rows = {r["part"]: r for r in d.rows("growth")}
    if not rows:
        return None
    bars, at = [], 0.0
    for part in PARTS:
        r = rows[part]
        ends = (at, at + r["amount"], at + r["amount_low"], at + r["amount_high"])
        bars.append(_bar(part, *ends, label=money(r["amount"], d.currency), whole=False))
        at += r["amount"]
    bars.append(_bar("change in all", 0.0, at, at, at, label=money(at, d.currency), whole=True))
    first = rows[PARTS[0]]
    body = [
        [
            p,
            money(rows[p]["amount"], d.currency),
            money(rows[p]["amount_low"], d.currency),
            money(rows[p]["amount_high"], d.currency),
        ]
        for p in PARTS
    ]
    return Figure(
        title=said.growth_sentence(d),
        subtitle=f"Change of revenue, {day(first['period_from'])} to {day(first['period_until'])} against "
        f"{day(first['against_from'])} to {day(first['against_until'])}, by who brought it. Each begins where "
        "the last one ended; band: where it ends, 95 times in 100. Other: baskets without a buyer, declared "
        "businesses.",
        draw=partial(charts.waterfall_chart, bars),
        table=Table(["Part", "Change", "from", "to"], body, frozenset({1, 2, 3})),
        widths=(HALF,),
    )


def _bar(
    name: str, start: float, end: float, low: float, high: float, *, label: str, whole: bool
) -> dict[str, Any]:
    return {
        "name": name,
        "from": start,
        "until": end,
        "low": low,
        "high": high,
        "label": label,
        "whole": whole,
        "end": max(start, end, low, high),
    }


def hindsight_figure(d: Depend) -> Figure | None:
    """The share as known today, as knowable then, and as recognised."""
    rows = monthly(d)
    if len(rows) < 2:
        return None
    named = [{**r, "today": r["middle"]} for r in rows]
    on = {
        r["what"]: r["on"] for r in d.rows("hindsight_dates") if r["scope"] == "all" and r["on"] is not None
    }
    inside = {w: o for w, o in on.items() if rows[0]["month"] <= o <= rows[-1]["month"]}
    rules = [
        {"month": inside[what].isoformat(), "label": label, "line": n, "align": _align(inside[what], rows)}
        for n, (what, label) in enumerate((("knowable", "knowable"), ("recognised", "recognised")))
        if what in inside
    ]
    first, last = inside.get("critical_mass_from"), inside.get("critical_mass_until")
    critical = (
        [{"from": first.isoformat(), "until": last.isoformat()}] if first and last and first < last else []
    )
    body = [
        [
            month(r["month"]),
            share(r["middle"]),
            f"{share(r['low'])} to {share(r['high'])}",
            _or_dash(r["knowable"]),
            _or_dash(r["recognised"]),
        ]
        for r in rows
    ]
    return Figure(
        title=said.hindsight_sentence(d),
        subtitle="Share of the revenue linked to a buyer, by month: as known today, with its band; as a run of that "
        "month end would have said; and as the firm recognised. Grey: when a critical mass was reached, as far as can "
        "be told.",
        draw=lambda width: charts.hindsight_chart(_dated(named), width, rules=rules, critical=critical),
        table=Table(
            ["Month", "As known today", "95 in 100", "Knowable then", "Recognised"],
            body,
            frozenset({1, 2, 3, 4}),
        ),
    )


def _align(when: date, rows: Sequence[Row]) -> str:
    span = (rows[-1]["month"] - rows[0]["month"]).days or 1
    return "right" if (when - rows[0]["month"]).days / span > 0.75 else "left"


def _or_dash(value: float | None) -> str:
    return share(value) if known(value) else "–"


def concentration_figure(d: Depend) -> Figure | None:
    """On how few it hangs."""
    rows = d.rows("concentration")
    if len(rows) < 2:
        return None
    drawn = [
        {"k": r["k"], "low": r["share_low_0_1"], "middle": r["share_0_1"], "high": r["share_high_0_1"]}
        for r in rows
    ]
    body = [[count(r["k"]), share(r["middle"]), share(r["low"]), share(r["high"])] for r in drawn]
    return Figure(
        title=said.concentration_sentence(d),
        subtitle="Part of all revenue that the largest probable customer-entrepreneurs bring. "
        "Line: estimate; band: where it lies, 95 times in 100.",
        draw=lambda width: charts.concentration_chart(drawn, width),
        table=Table(["The largest", "Share of revenue", "from", "to"], body, frozenset({0, 1, 2, 3})),
        widths=(HALF,),
    )


def stress_figure(d: Depend) -> Figure | None:
    """The path of revenue if they stop for good."""
    path = d.rows("stress_path")
    months = [r for r in d.rows("shares") if r["by"] == "month" and r["basis"] == "revenue"]
    past = d.whole([{"month": date.fromisoformat(r["value"][:10]), "amount": r["total"]} for r in months])
    if not path or len(past) < 2 or d.last_day is None:
        return None
    last = past[-1]["month"]
    ahead = [
        {
            "month": first_of_month(month_number(last) + r["month"]),
            "base": r["base"],
            "low": r["without_low"],
            "middle": r["without"],
            "high": r["without_high"],
        }
        for r in path
    ]
    labels = [
        {"month": ahead[-1]["month"], "amount": ahead[-1]["base"], "label": "as in the last quarter"},
        {"month": ahead[-1]["month"], "amount": ahead[-1]["high"], "label": "without them"},
    ]
    return Figure(
        title=said.stop_sentence(d),
        subtitle="Revenue a month: what was, what the last quarter says, and what remains if all of them stop for good "
        "while households go on as in the last year. Band: 95 times in 100.",
        draw=lambda width: charts.fan_chart(_dated(past), _dated(ahead), width, labels=_dated(labels)),
        table=_stress_table(d),
        widths=(HALF,),
    )


def _stress_table(d: Depend) -> Table:
    rows = [r for r in d.rows("stress") if r["scenario"] != "target"]
    body = [
        [
            str(r["who"]),
            "for good, a year" if r["days"] is None else plural(r["days"], "day"),
            *(money(r[c], d.currency) for c in ("shortfall", "shortfall_low", "shortfall_high")),
            share(r["of_revenue_0_1"]),
        ]
        for r in rows
    ]
    return Table(
        ["Who stops", "How long", "Missing", "from", "to", "of sales"], body, frozenset({2, 3, 4, 5})
    )


def targets_table(d: Depend) -> Table | None:
    """What each store would miss of its target; None where no targets were given."""
    rows = [r for r in d.rows("stress") if r["scenario"] == "target"]
    if not rows:
        return None
    body = [
        [
            str(r["store_id"]),
            *(
                money(r[c], d.currency)
                for c in ("target", "expected_without", "shortfall", "shortfall_low", "shortfall_high")
            ),
        ]
        for r in sorted(rows, key=lambda r: -r["shortfall"])
    ]
    head = ["Store", "Target", "Sales without them", "Missing", "from", "to"]
    return Table(
        head,
        body[:50],
        frozenset(range(1, 6)),
        "" if len(body) <= 50 else "More in interdependence/stress.parquet.",
    )


def displacement_figures(d: Depend) -> list[Figure]:
    """Before and after each restriction, by channel."""
    return [
        _displacement(event, rows) for event, rows in restrictions(d) if any(known(r["effect"]) for r in rows)
    ]


def untold_displacements(d: Depend) -> list[str]:
    """The restrictions of which nothing can be told, and why."""
    return [
        f"{said.displacement_sentence(e, rows)}."
        for e, rows in restrictions(d)
        if not any(known(r["effect"]) for r in rows)
    ]


def _displacement(event: Row, rows: Sequence[Row]) -> Figure:
    told = sorted((r for r in rows if known(r["before_0_1"])), key=lambda r: -(r["effect"] or 0.0))
    rest = {
        "name": event["channel"],
        "before": 1 - sum(r["before_0_1"] for r in told),
        "after": 1 - sum(r["after_0_1"] for r in told),
    }
    drawn = [{"name": r["to_channel"], "before": r["before_0_1"], "after": r["after_0_1"]} for r in told]
    drawn.append(rest)
    for r in drawn:
        r |= {
            "far": max(r["before"], r["after"]),
            "label": f"{share(max(0.0, r['before']))} to {share(max(0.0, r['after']))}",
        }
    body = [
        [
            str(r["to_channel"]),
            share(r["before_0_1"]),
            share(r["after_0_1"]),
            _points(r["effect"]),
            _points(r["effect_low"]),
            _points(r["effect_high"]),
            share(r["placebo_rate"]) if known(r["placebo_rate"]) else "–",
        ]
        for r in told
    ]
    return Figure(
        title=said.displacement_sentence(event, rows),
        subtitle="Part of their units that went through each channel in the eight weeks before (hollow) and after "
        "(full). The table has the shift beyond that of households, and how often other weeks show as much by chance.",
        draw=lambda width: charts.before_after_chart(drawn, width),
        table=Table(
            ["Channel", "Before", "After", "Shift, points", "from", "to", "By chance"],
            body,
            frozenset(range(1, 7)),
        ),
        widths=(HALF,),
    )


def _points(value: float | None) -> str:
    return "–" if value is None or not known(value) else f"{value * 100:+.0f}".replace("-", "−")


def coverage_table(d: Depend) -> Table:
    """What can be seen, part by part."""
    names = {
        "linked": "linked to a buyer",
        "without identity": "without identity",
        "sell-in": "sold to declared businesses",
        "sell-out": "what partners sold on",
    }
    body = [
        [
            names[r["part"]],
            money(r["revenue"], d.currency),
            share(r["share_0_1"]) if known(r["share_0_1"]) else "–",
            count(r["baskets"]),
            _excess(r),
        ]
        for r in d.rows("coverage")
    ]
    return Table(
        ["Part", "Revenue", "of all", "Baskets", "Units beyond household baskets"],
        body,
        frozenset({1, 2, 3, 4}),
    )


def _excess(row: Row) -> str:
    return range_of(row["excess_0_1_low"], row["excess_0_1_high"]) if known(row["excess_0_1"]) else "–"


def efficiency_table(d: Depend) -> Table | None:
    """The efficiency gap with the assumptions that it rests on; None where none were given."""
    rows = d.rows("efficiency")
    if not rows:
        return None
    body = [
        [r["item"], *(money(r[c], d.currency) for c in ("amount", "amount_low", "amount_high"))] for r in rows
    ]
    given = json.loads(rows[0]["assumptions"])
    assumed = [
        f"{name.replace('_', ' ')} {share(v[0])} to {share(v[2])}, likely {share(v[1])}"
        for name, v in given.items()
        if isinstance(v, list)
    ]
    return Table(
        ["A year", "Amount", "from", "to"], body, frozenset({1, 2, 3}), f"Assumed: {'; '.join(assumed)}."
    )


def mutual_table(d: Depend, codes: Mapping[str, str], most: int = 10) -> Table | None:
    """Both directions for the largest, by their codes."""
    rows = d.rows("mutual")
    if not rows:
        return None
    body = [
        [
            codes.get(r["actor_id"], "not listed"),
            str(r["kind"]),
            share(r["firm_depends_0_1"]),
            month(r["since"]),
            f"{count(r['months_bought'])} of {count(r['months'])}",
            share(r["probability"]),
        ]
        for r in rows[:most]
    ]
    more = (
        f"{count(len(rows) - most)} more are in interdependence/mutual.parquet." if len(rows) > most else ""
    )
    head = [
        "Buyer",
        "Looks like",
        "Share of the firm's revenue",
        "Buys since",
        "Months with a purchase",
        "Probability",
    ]
    return Table(head, body, frozenset({2, 4, 5}), more)


def figures(d: Depend) -> list[Figure]:
    """The pictures of the section, in its order; the share over time stands on the first screen."""
    made = [growth_figure(d), stress_figure(d), concentration_figure(d), *displacement_figures(d)]
    return [f for f in made if f is not None]
