"""From results to the page: the tables of docs/benchmarks.md, each between its markers.

Results are small JSON files, one a population or size, so that a long measurement may be done in parts and the page
be written anew from what there is.
"""

from __future__ import annotations

import json
import math
import os
import platform
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import lead
from benchmarks.discovery import OURS, RATES, TOLD
from benchmarks.interdependence import WORLDS
from benchmarks.judging import KINDS
from benchmarks.measures import binomial_interval
from entrepot.units import month_number

PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"
PACKAGES = ("duckdb", "ibis-framework", "splink", "numpy", "scipy", "scikit-learn", "pyod")
GOAL_OF_TOLD, GOAL_RECALL = 0.85, 0.5
Result = Mapping[str, Any]


def write(section: str, text: str, page: Path = PAGE) -> None:
    """Put `text` and the facts of this machine between the markers of `section`."""
    begin, end = f"<!-- {section}: begin -->", f"<!-- {section}: end -->"
    old = page.read_text("utf-8")
    before, after = old.split(begin)[0], old.split(end)[1]
    page.write_text(f"{before}{begin}\n\n{text}\n\n{facts()}\n\n{end}{after}", "utf-8")


def facts() -> str:
    """Cores, memory and versions, in one line."""
    gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    named = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return (
        f"Measured with {os.cpu_count()} cores, {gib:.0f} GiB, Python {platform.python_version()}, {named}."
    )


def results(folder: Path, pattern: str) -> list[Any]:
    """What the JSON files of that name hold, in order of their names."""
    return [json.loads(path.read_text()) for path in sorted(folder.glob(pattern))]


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A markdown table.

    >>> print(table(["a", "b"], [["1", "2"]]))
    | a | b |
    |---|---|
    | 1 | 2 |
    """
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(
        "|" + "|".join(cells) + "|" if cells[0] == "---" else "| " + " | ".join(cells) + " |"
        for cells in lines
    )


def discovery(found: Sequence[Result]) -> str:
    """All tables on discovery, world by world."""
    worlds = sorted({(r["world"], r["fuzzy"]) for r in found}, key=lambda w: (w[1], w[0] != "planted"))
    return "\n\n".join(_world([r for r in found if (r["world"], r["fuzzy"]) == world]) for world in worlds)


def _world(found: Sequence[Result]) -> str:
    one = found[0]
    name = one["world"] + (", with fuzzy linking" if one["fuzzy"] else "")
    seeds = ", ".join(str(r["seed"]) for r in found)
    true = sum(sum(r["true"].values()) for r in found)
    about = (
        f"Seeds {seeds}. Each about {round(_mean(r['actors'] for r in found)):,} actors with a purchase; "
        f"{true} true customer-entrepreneurs in all ("
        + ", ".join(f"{sum(r['true'][k] for r in found)} {k}" for k in KINDS)
        + f"). γ: {', '.join('not checked' if r['gamma'] is None else format(r['gamma'], '.2f') for r in found)}."
    )
    parts = [
        f"### {name.capitalize()}",
        about,
        "Average precision, mean over seeds; per kind among that kind and all who are wrong to list.",
        _ranking(found),
        _goals(found),
        "The list, by the rate asked for; seeds added up.",
        _lists(found),
        "Who was listed wrongly, at .05: " + (_wrong(found) or "nobody") + ".",
        "Calibration of `resale_probability`, seeds added up.",
        _tenths(found),
        _coverage(found),
    ]
    return "\n\n".join(parts)


def _mean(values: Any) -> float:
    known = [v for v in values if v is not None and not math.isnan(v)]
    return float(np.mean(known)) if known else float("nan")


def _figure(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:.3f}"


def _of(found: Sequence[Result], method: str, what: str) -> float:
    return _mean(r["methods"][method][what] for r in found)


def _kinds(found: Sequence[Result]) -> list[str]:
    return [kind for kind in KINDS if any(r["true"][kind] for r in found)]


def _ranking(found: Sequence[Result]) -> str:
    columns = ["by actor", "by record", *_kinds(found)]
    rows = [
        [method if method not in (OURS,) else f"**{method}**"]
        + [_figure(_of(found, method, c)) for c in columns]
        + [_figure(_of(found, method, "recall at precision"))]
        for method in found[0]["methods"]
    ]
    return table(["ranked by", *columns, "recall at 95 % precision"], rows)


def _goals(found: Sequence[Result]) -> str:
    """Each goal of the design beside what came."""
    rows = []
    for what in ("by actor", *_kinds(found)):
        share = _of(found, OURS, what) / _of(found, TOLD, what)
        rows.append(
            [
                f"average precision, {what}, ≥ {GOAL_OF_TOLD} × told",
                f"{share:.2f} ×",
                _met(share >= GOAL_OF_TOLD),
            ]
        )
    best = max((m for m in found[0]["methods"] if m not in (TOLD,) and not m.startswith("ours")),
               key=lambda m: _of(found, m, "by actor"))  # fmt: skip
    above = _of(found, OURS, "by actor") > _of(found, best, "by actor")
    rows.append(
        [
            "above every baseline by actor",
            f"{_of(found, OURS, 'by actor'):.3f} against {_of(found, best, 'by actor'):.3f} ({best})",
            _met(above),
        ]
    )
    recall, told = _mean(r["lists"]["0.05"]["recall"] for r in found), _of(found, TOLD, "recall at precision")
    rows.append(
        [
            f"recall at .05 ≥ {GOAL_RECALL} × told at 95 % precision",
            f"{recall:.3f} against {told:.3f}",
            _met(recall >= GOAL_RECALL * told),
        ]
    )
    for rate in RATES:
        wrong, listed = _added(found, rate, "strict")
        share = wrong / max(listed, 1)
        rows.append([f"realised false share at {rate} ≤ {rate}, strict", f"{share:.3f}", _met(share <= rate)])
    return table(["goal", "measured", "met"], rows)


def _met(yes: bool) -> str:
    return "yes" if yes else "no"


def _added(found: Sequence[Result], rate: float, reading: str) -> tuple[int, int]:
    pairs = [r["lists"][str(rate)]["false"][reading] for r in found]
    return sum(p[0] for p in pairs), sum(p[1] for p in pairs)


def _lists(found: Sequence[Result]) -> str:
    rows = []
    for rate in RATES:
        false = [_added(found, rate, r) for r in ("strict", "called resellers", "innocents only")]
        low, high = binomial_interval(*false[0]) if false[0][1] else (0.0, 1.0)
        rows.append(
            [str(rate), str(false[0][1]), _figure(_mean(r["lists"][str(rate)]["recall"] for r in found))]
            + [_figure(_mean(r["lists"][str(rate)][kind] for r in found)) for kind in _kinds(found)]
            + [f"{w / max(n, 1):.3f} ({w} of {n})" for w, n in false]
            + [f"{low:.3f}–{high:.3f}"]
        )
    head = ["fdr", "listed", "recall", *[f"recall, {kind}" for kind in _kinds(found)]]
    return table(
        [*head, "false, strict", "false, called resellers", "false, innocents only", "95 % of strict"], rows
    )


def _wrong(found: Sequence[Result]) -> str:
    counts: dict[str, int] = {}
    for r in found:
        for who, n in r["lists"]["0.05"]["who was wrong"].items():
            counts[who] = counts.get(who, 0) + n
    return ", ".join(f"{n} {who}" for who, n in sorted(counts.items(), key=lambda c: -c[1]))


def _tenths(found: Sequence[Result]) -> str:
    rows = []
    for tenth in range(10):
        mine = [row for r in found for row in r["tenths"] if row[0] == tenth]
        count = sum(row[1] for row in mine)
        if count:
            said, right = (sum(row[1] * row[k] for row in mine) / count for k in (2, 3))
            rows.append(
                [f"{tenth / 10:.1f}–{tenth / 10 + 0.1:.1f}", str(count), f"{said:.3f}", f"{right:.3f}"]
            )
    return table(["probability", "actors", "mean said", "share right"], rows)


def _coverage(found: Sequence[Result]) -> str:
    rows = []
    for among in ("all", "listed"):
        parts = [r["coverage"][among] for r in found if r["coverage"][among]["actors"]]
        inside, count = (sum(part[k] for part in parts) for k in ("inside", "actors"))
        low, high = binomial_interval(round(inside), count) if count else (0.0, 1.0)
        means = [sum(part[k] * part["actors"] for part in parts) / max(count, 1) for k in ("width", "off")]
        covered = f"{inside / max(count, 1):.3f} of {count}"
        rows.append([among, covered, f"{low:.3f}–{high:.3f}", *map(_figure, means)])
    head = ["over", "covered", "95 % of that", "mean width", "excess is off by"]
    return (
        "Coverage of the excess units' interval (stated 95 %) over actors that resell; width and error in parts "
        "of what each bought.\n\n" + table(head, rows)
    )


POPULATIONS = {
    "made": "made",
    "made-merged": "made, merged",
    "real": "real halves",
    "real-merged": "real halves, merged",
}


def households(drawn: Mapping[str, Sequence[Result]], listed: Result | None) -> str:
    """Populations in which nobody resells, by name, and the list of the real baskets as they are."""
    rows = [_draws(POPULATIONS[name], drawn[name]) for name in POPULATIONS if drawn.get(name)]
    head = [
        "population",
        "draws",
        "actors each",
        "draws that list anybody",
        "95 %",
        "draws that list a household",
    ]
    parts = [table([*head, "95 %", "most listed in a draw"], rows)] if rows else []
    parts += [
        _merged(POPULATIONS[name], drawn[name])
        for name in POPULATIONS
        if "merged" in name and drawn.get(name)
    ]
    if listed:
        kinds = ", ".join(f"{n} {kind}" for kind, n in listed["kinds"].items()) or "nobody"
        many = ", ".join(f"× {k}: {n}" for k, n in listed["sensitivity"].items())
        parts.append(
            f"The household baskets as they are: {len(listed['listed'])} of {listed['actors']:,} actors are listed "
            f"at .05 ({kinds}). If heavy households were as common as here or more: {many}."
        )
        if listed["listed"]:
            parts.append(_as_they_are(listed["listed"]))
    return "\n\n".join(parts)


def _merged(name: str, drawn: Sequence[Result]) -> str:
    merged, listed = (sum(row[k] for row in drawn) for k in ("merged", "merged_listed"))
    mean = sum(row["merged"] * (row["merged_mean_e"] or 0.0) for row in drawn) / max(merged, 1)
    return (
        f"{name.capitalize()}: {listed} of {merged:,} merged actors were listed; their mean e-value, which should "
        f"be 1 at most, was {mean:.2f}."
    )


def _draws(name: str, drawn: Sequence[Result]) -> list[str]:
    anybody = sum(row["listed"] > 0 for row in drawn)
    household = sum(row["listed"] > row["offices"] for row in drawn)
    shares = []
    for count in (anybody, household):
        low, high = binomial_interval(count, len(drawn))
        shares += [f"{count} ({count / len(drawn):.3f})", f"{low:.3f}–{high:.3f}"]
    actors = round(_mean(float(row["actors"]) for row in drawn))
    return [name, str(len(drawn)), f"{actors:,}", *shares, str(max(row["listed"] for row in drawn))]


def _as_they_are(rows: Sequence[Result]) -> str:
    cells = [
        [
            r["kind"],
            f"{r['resale_evidence']:.1f}",
            f"{r['units']:,.0f}",
            f"{r['excess_units']:,.0f}",
            f"{float(r['revenue']):,.0f}",
        ]
        for r in rows[:20]
    ]
    return table(["kind", "evidence (log10)", "units", "above personal use", "revenue"], cells)


def linking_million(found: Sequence[Result]) -> str:
    """Near identities with many customers: seconds beside Splink alone on the same records."""
    head = [
        "customers",
        "way",
        "pairs scored",
        "links kept",
        "seconds",
        "CPU seconds",
        "× Splink alone",
        "peak GiB",
    ]
    alone = {r["customers"]: r["cpu_s"] for r in found if r["way"] == "splink"}
    rows = [
        [
            f"{r['customers']:,}", "Splink alone" if r["way"] == "splink" else "**ours**", f"{r['pairs']:,}",
            f"{r['used']:,}" if "used" in r else "", f"{r['seconds']:.1f}", f"{r['cpu_s']:.1f}",
            f"{r['cpu_s'] / alone[r['customers']]:.2f}", f"{r['peak_gib']:.1f}",
        ]
        for r in sorted(found, key=lambda r: (r["customers"], r["way"] != "splink"))
    ]  # fmt: skip
    return table(head, rows)


def speed(found: Sequence[Result]) -> str:
    """Time, memory and growth by size and file format."""
    rows = [
        [
            f"{r['lines']:,}", f"{r['customers']:,}", f"{r['format']}, {r['file_gb']:.2g} GB",
            str(r["hindsight_months"]), f"{r['floor_s']:.1f}", f"{r['scan_s']:.1f}",
            f"{r['read_s']:.1f}", f"{r['resolve_s']:.1f}", f"{r['discover_s']:.1f}", f"{r['total_s']:.1f}",
            f"{r['total_s'] / r['floor_s']:.1f} ×", f"{r['total_s'] / r['scan_s']:.1f} ×", f"{r['measure_s']:.1f}",
            f"{r['peak_gib']:.1f}",
        ]
        for r in sorted(found, key=lambda r: (r["format"], r["hindsight_months"], r["lines"]))
    ]  # fmt: skip
    head = [
        "lines",
        "customers",
        "file",
        "months looked back",
        "DuckDB alone, s",
        "few columns, s",
        "orders, s",
    ]
    head += ["actors, s", "discovery, s", "all, s", "multiple", "of few columns", "measures, s", "peak GiB"]
    return table(head, rows) + "\n\n" + _growth(found)


def _growth(found: Sequence[Result]) -> str:
    """The exponent of the time between the smallest and the largest size, for each kind of run, and of the measures."""
    said = []
    for key in sorted({(r["format"], r["hindsight_months"]) for r in found}):
        mine = sorted(
            (r for r in found if (r["format"], r["hindsight_months"]) == key), key=lambda r: r["lines"]
        )
        if mine[-1]["lines"] > mine[0]["lines"]:
            times = math.log(mine[-1]["lines"] / mine[0]["lines"])
            grown, measured = (
                math.log(mine[-1][name] / mine[0][name]) / times for name in ("total_s", "measure_s")
            )
            said.append(f"{key[0]}, {key[1]} months looked back: {grown:.2f}, measures {measured:.2f}")
    return "Growth exponent of the time: " + ("; ".join(said) if said else "needs two sizes") + "."


def interdependence(found: Sequence[Result]) -> str:
    """The share, the parts of growth and the displacement beside the truth, in each world."""
    seeds = _spans(sorted(r["seed"] for r in found))
    about = f"{len(found)} made markets of {found[0]['customers']:,} people and 24 months, seeds {seeds}."
    head = [
        "world",
        "share of",
        "covered",
        "95 % of that",
        "truth too high, too low",
        "mean truth",
        "mean said",
    ]
    share = [_share(found, world, basis) for world in WORLDS for basis in ("revenue", "units")]
    parts = [
        about,
        "Share of what is linked to a buyer; the interval is meant to hold the truth in 95 of 100.",
        table([*head, "bias", "mean width"], share),
        "The list at .05: *not mostly* resell less than half of what they buy, *innocent* nothing.",
        table(["world", "listed", "not mostly", "95 % of that", "innocent", "95 % of that", "worst market"],
              [_list_of_all(found, world) for world in WORLDS]),
        "Where the bias comes from, in parts of linked revenue, means over the seeds.",
        table(["world", "true", "of it beyond the edge", "counted of sellers", "counted of households", "at least",
               "at least ≤ truth"], [_parts_of_share(found, world) for world in WORLDS]),
        "Parts of growth, last year against the one before, in per cent of the revenue before.",
        table(["world", "part", "covered", "95 % of that", "mean truth", "mean said", "bias", "mean width"],
              [_growth_part(found, world, n) for world in WORLDS for n in range(4)]),
        "Displacement from stores to the web: of the restriction that was, and of one that never was.",
        table(["world", "restriction", "told", "mean truth", "mean said", "interval holds the truth", "95 % of that",
               "interval without 0", "placebo rate ≤ 0.05"],
              [_displaced(found, world, what) for world in WORLDS for what in ("restriction", "never")]),
    ]  # fmt: skip
    return "\n\n".join(parts)


def emergence(found: Sequence[Result]) -> str:
    """Whether the month of critical mass is right, one row over all markets."""
    told = [r for r in found if r["true"] is not None]
    held = sum(
        r["low"] is not None and r["low"] <= r["true"] and (r["high"] is None or r["true"] <= r["high"])
        for r in told
    )
    low, high = binomial_interval(held, len(told))
    off = [r["by_estimate"] - r["true"] for r in told if r["by_estimate"] is not None]
    late = [r["high"] - r["true"] for r in told if r["high"] is not None]
    closed = [r["high"] - r["low"] for r in told if r["low"] is not None and r["high"] is not None]
    cells = [
        f"{held / max(len(told), 1):.3f} ({held} of {len(told)})", f"{low:.3f}–{high:.3f}",
        f"{_mean(closed):.1f} months" if closed else "–", f"{len(closed)} of {len(told)}",
        f"{sum(m == 0 for m in off)} of {len(told)}", f"{sum(abs(m) <= 1 for m in off)} of {len(told)}",
        f"{min(off, default=0):+d} to {max(off, default=0):+d}", f"{sum(m == 0 for m in late)} of {len(told)}",
        f"{sum(abs(m) <= 1 for m in late)} of {len(told)}", f"{min(late, default=0):+d} to {max(late, default=0):+d}",
    ]  # fmt: skip
    head = ["range holds the true month", "95 % of that", "mean width", "with an end", "by the estimate: same month",
            "within a month", "off by", "by the lower end: same month", "within a month", "off by"]  # fmt: skip
    seeds = _spans(sorted(r["seed"] for r in found))
    about = f"{len(found)} made markets of {found[0]['customers']:,} people and 24 months, seeds {seeds}."
    return "\n\n".join([about, table(head, [cells])])


def led(found: Sequence[Result]) -> str:
    """The lead over fixed rules, over all markets."""
    seeds = _spans(sorted(r["seed"] for r in found))
    false, true = (sum(r["listed"]["false"] for r in found), sum(r["true"] for r in found))
    days = [d for r in found for d in r["listed"]["days"]]
    waited = f"{min(days)} to {max(days)} days, median {np.median(days):.0f}" if days else "nobody was"
    about = (
        f"{len(found)} made markets of {found[0]['customers']:,} people, seeds {seeds}; {true} true "
        f"customer-entrepreneurs, {len(days)} of them ever listed, and {false} others. From the start of one to the "
        f"first month end on the list: {waited}. {_knowable(found)}"
    )
    head = [
        "rule",
        "allows, units",
        "trips for true",
        "listed by us",
        "median gain, days at least",
        "never trips for",
    ]
    return "\n\n".join([about, table(head, lead.rows(list(found)))])


def web(found: Result) -> str:
    """What pages of the web app cost one person and twenty, and how soon Chromium paints that of an actor."""
    about = (
        f"A run with {found['actors']:,} actors, {found['listed']:,} of them listed; {found['workers']} processes on "
        f"{os.cpu_count()} cores; one person, and {found['people']} at once who think {found['think_s']:g} s between "
        f"pages. Load of the machine before: {found['load_of_the_machine_before']:.1f}."
    )
    alone, together = found["one_person"], found["twenty"]
    rows = [
        [name, str(of["n"]), _ms(alone[name]) if name in alone else "–", _ms(of)]
        for name, of in together.items()
    ]
    head = [
        "page",
        f"answers with {found['people']}",
        "one person, p50 / p95 ms",
        "all at once, p50 / p95 ms",
    ]
    index = f"Taking the run in took {found['index_s']:.0f} s and {found['index_peak_gib']:.1f} GiB at most."
    parts = [about, table(head, rows), index]
    if painted := found.get("first_paint_of_actor"):
        parts += [
            "The page of an actor in Chromium, cache empty (cold) and not (warm), the answer of the server included.",
            table(["moment", "pages", "p50 / p95 ms", "longest, ms"],
                  [[name.replace("-", " "), str(of["n"]), _ms(of), f"{of['max_ms']:.0f}"]
                   for name, of in painted.items()]),
        ]  # fmt: skip
    return "\n\n".join(parts)


def _ms(of: Mapping[str, float]) -> str:
    return f"{of['p50_ms']:.0f} / {of['p95_ms']:.0f}"


def _knowable(found: Sequence[Result]) -> str:
    """How long after critical mass the share of the population was knowable."""
    dated = [(r["dates"]["critical_mass_until"]["on"], r["dates"]["knowable"]["on"]) for r in found]
    months = [_between(mass, known) for mass, known in dated if "None" not in (mass, known)]
    if not months:
        return "The share of all was knowable on none of them."
    return (
        f"The share of all was knowable on {len(months)} of them, {min(months)} to {max(months)} months after the "
        "month in which its lower end passed 5 % "
        f"(median {np.median(months):.0f}); that month is often the first of the orders."
    )


def _between(first: str, last: str) -> int:
    """Months from the one day to the other.

    >>> _between("2024-12-01", "2025-02-28")
    2
    """
    return month_number(date.fromisoformat(last)) - month_number(date.fromisoformat(first))


def _spans(numbers: Sequence[int]) -> str:
    """Numbers in a row as from–to.

    >>> _spans([1, 2, 3, 7, 9, 10])
    '1–3, 7, 9–10'
    """
    starts = [n for n in numbers if n - 1 not in numbers]
    ends = [n for n in numbers if n + 1 not in numbers]
    return ", ".join(str(a) if a == b else f"{a}–{b}" for a, b in zip(starts, ends, strict=True))


def _covered(rows: Sequence[Result], name: str = "estimate") -> list[str]:
    inside = sum(r[f"{name}_low"] - 1e-6 <= r["true"] <= r[f"{name}_high"] + 1e-6 for r in rows)
    low, high = binomial_interval(inside, len(rows))
    return [f"{inside / max(len(rows), 1):.3f} ({inside} of {len(rows)})", f"{low:.3f}–{high:.3f}"]


def _share(found: Sequence[Result], world: str, basis: str) -> list[str]:
    rows = [r[world]["share"][basis] for r in found]
    high, low = (
        sum(r["true"] > r["estimate_high"] for r in rows),
        sum(r["true"] < r["estimate_low"] for r in rows),
    )
    true, said = _mean(r["true"] for r in rows), _mean(r["estimate"] for r in rows)
    width = _mean(r["estimate_high"] - r["estimate_low"] for r in rows)
    figures = [_figure(true), _figure(said), f"{said - true:+.3f}", _figure(width)]
    return [world, basis, *_covered(rows), f"{high}, {low}", *figures]


def _list_of_all(found: Sequence[Result], world: str) -> list[str]:
    """The realised false share over all lists; an interval as if each listed actor were drawn on its own."""
    rows = [r[world]["list"] for r in found if "list" in r[world]]
    listed = sum(r["listed"] for r in rows)
    cells = []
    for name in ("not_mostly", "innocent"):
        wrong = sum(r[name] for r in rows)
        low, high = binomial_interval(wrong, listed)
        cells += [f"{wrong / max(listed, 1):.3f} ({wrong} of {listed})", f"{low:.3f}–{high:.3f}"]
    worst = max(rows, key=lambda r: r["innocent"], default={"innocent": 0, "listed": 0})
    return [world, str(listed), *cells, f"{worst['innocent']} of {worst['listed']} innocent"]


def _parts_of_share(found: Sequence[Result], world: str) -> list[str]:
    rows = [r[world]["share"]["revenue"] for r in found]
    names = ("true", "true_suspected", "counted_of_sellers", "counted_of_households", "at_least")
    below = sum(r["at_least"] <= r["true"] for r in rows)
    return [world, *(_figure(_mean(r[name] for r in rows)) for name in names), f"{below} of {len(rows)}"]


def _growth_part(found: Sequence[Result], world: str, n: int) -> list[str]:
    rows = [r[world]["growth"][n] for r in found]
    true, said = (100 * _mean(r[name] / r["before"] for r in rows) for name in ("true", "estimate"))
    width = 100 * _mean((r["estimate_high"] - r["estimate_low"]) / r["before"] for r in rows)
    figures = [f"{true:.1f}", f"{said:.1f}", f"{said - true:+.1f}", f"{width:.1f}"]
    return [world, rows[0]["part"], *_covered(rows), *figures]


def _displaced(found: Sequence[Result], world: str, what: str) -> list[str]:
    every = [r[world]["displacement"][what] for r in found]
    rows = [r for r in every if r["cannot_tell"] is None]
    shown = sum(not r["effect_low"] <= 0 <= r["effect_high"] for r in rows)
    rare = sum(r["placebo_rate"] <= 0.05 for r in rows)
    means = [_figure(_mean(r[name] for r in rows)) for name in ("true", "effect")]
    name = "as planted" if what == "restriction" else "none"
    return [world, name, f"{len(rows)} of {len(every)}", *means, *_covered(rows, "effect"),
            f"{shown} of {len(rows)}", f"{rare} of {len(rows)}"]  # fmt: skip


def rewrite(folder: Path) -> None:
    """Write every section for which `folder` holds results."""
    sections: dict[str, Callable[[], str]] = {}
    if found := results(folder, "discovery-*.json"):
        sections["discovery"] = lambda: discovery(found)
    files = {what: results(folder, f"households-{what}.json") for what in (*POPULATIONS, "list")}
    drawn = {what: found[0] for what, found in files.items() if found}
    if drawn:
        listed = drawn.pop("list", None)
        sections["households"] = lambda: households(drawn, listed)
    if linked := results(folder, "linking-million-*.json"):
        sections["linking-million"] = lambda: linking_million(linked)
    if timed := results(folder, "speed-*.json"):
        sections["speed"] = lambda: speed(timed)
    if measured := results(folder, "interdependence-*.json"):
        sections["interdependence"] = lambda: interdependence(measured)
    if began := results(folder, "emergence-*.json"):
        sections["emergence"] = lambda: emergence(began)
    if leads := results(folder, "lead-*.json"):
        sections["lead"] = lambda: led(leads)
    if asked := results(folder, "pages-web-*.json"):
        sections["web"] = lambda: web(max(asked, key=lambda found: found["actors"]))
    for name, text in sections.items():
        write(name, text())
