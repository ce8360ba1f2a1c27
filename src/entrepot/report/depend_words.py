"""What the measures of interdependence say, in sentences computed from their tables.

Each has its interval, and says so where the data cannot tell. The order of `sentences` is that of the report.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from entrepot.report.depend import Depend
from entrepot.report.headline import Number
from entrepot.report.reading import Row
from entrepot.report.words import about, count, day, known, month, plural, share
from entrepot.units import month_number

DAYS_TOLD = 30
MONTHS_OF_A_TREND = 3


def range_of(low: float | None, high: float | None) -> str:
    """Two shares as a range: 23 % to 31 %."""
    return share(low) if share(low) == share(high) else f"{share(low)} to {share(high)}"


def share_sentence(d: Depend) -> str:
    """How much of the revenue that we can see came from customer-entrepreneurs, and since when that was knowable."""
    row = d.share
    if row is None or not row["seen_share"]:
        return "No order names a buyer: how much hangs on customer-entrepreneurs cannot be told."
    if not d.can_tell:
        return "How much hangs on customer-entrepreneurs cannot be told: most buyers here may be businesses."
    low, high = _of_what_we_see(row)
    seen = "" if row["seen_share"] > 0.995 else f" ({share(row['seen_share'])} of all)"
    if high < 0.001:
        return (
            f"No part of the revenue that we can see{seen} can be told to come from customer-entrepreneurs."
        )
    between = (
        f"Between {share(low)} and {share(high)}" if share(low) != share(high) else f"About {share(low)}"
    )
    return f"{between} of the revenue that we can see{seen} came from customer-entrepreneurs{_knowable(d)}."


def _of_what_we_see(row: Row) -> tuple[float, float]:
    """The ends of the share as parts of the revenue that is linked to a buyer."""
    low, high = (min(1.0, row[f"estimate_{end}"] / row["seen_share"]) for end in ("low", "high"))
    return low, high


def _knowable(d: Depend) -> str:
    found = date_of(d, "knowable")
    if found is None or found["on"] is None:
        return ""
    if found["or_before"]:
        return f"; it was knowable in {month(found['on'])}, as far back as the run looked"
    return f"; it was knowable in {month(found['on'])}"


def date_of(d: Depend, what: str, scope: str = "all") -> Row | None:
    return next((r for r in d.rows("hindsight_dates") if r["scope"] == scope and r["what"] == what), None)


def evident_sentence(d: Depend) -> str:
    """How many are evident, and that of the rest we cannot tell."""
    row = d.share
    evident = f"{plural(d.evident, 'buyer is', 'buyers are')} evident"
    if row is None or not row["seen_share"]:
        return f"{evident}."
    least = row["at_least"] / row["seen_share"]
    return (
        f"{evident} and bring at least {share(least)}; of the rest we say how probable, and cannot tell who."
    )


def trend_sentence(d: Depend) -> str:
    """Whether the share rose or fell from the first three whole months to the last three."""
    rows = monthly(d)
    if len(rows) < 2 * MONTHS_OF_A_TREND:
        return "Too few whole months to tell a trend"
    first, last = rows[:MONTHS_OF_A_TREND], rows[-MONTHS_OF_A_TREND:]
    was, now = _mean(first, "middle"), _mean(last, "middle")
    ends = f"{share(was)} in {month(first[0]['month'])} to {month(first[-1]['month'])}, {share(now)} in the last three"
    if _mean(first, "low") <= now <= _mean(first, "high") or _mean(last, "low") <= was <= _mean(last, "high"):
        return f"Their share shows no clear trend: {ends} months"
    return f"Their share {'rose' if now > was else 'fell'}: {ends} months"


def _mean(rows: Sequence[Row], name: str) -> float:
    return sum(float(r[name]) for r in rows) / len(rows)


def growth_sentence(d: Depend) -> str:
    """What part of the change of revenue customer-entrepreneurs brought."""
    rows = {r["part"]: r for r in d.rows("growth")}
    if not rows:
        return "Too short a time to say where growth came from"
    total = sum(r["amount"] for r in rows.values())
    low, high = (rows["customer-entrepreneurs"][f"amount_{end}"] for end in ("low", "high"))
    change = f"Revenue {'grew' if total >= 0 else 'fell'} by {about(abs(total), d.currency)}"
    if low <= 0 <= high:
        theirs = f"({about(low, d.currency)} to {about(high, d.currency)})"
        return (
            f"{change}; whether customer-entrepreneurs added to that or took from it cannot be told {theirs}"
        )
    brought = "brought" if low > 0 else "took away"
    small, large = sorted((abs(low), abs(high)))
    between = f"between {about(small, d.currency)} and {about(large, d.currency)}"
    return f"{change}; customer-entrepreneurs {brought} {between}"


def stop_sentence(d: Depend, days: int = DAYS_TOLD) -> str:
    """What would be missing if all of them stopped for a month."""
    row = stop_of(d, days)
    if row is None:
        return "What a stop would cost cannot be told"
    low, high = about(row["shortfall_low"], d.currency), about(row["shortfall_high"], d.currency)
    again = _recovery(row)
    return f"If all of them stopped for {days} days, {low} to {high} would be missing{again}"


def stop_of(d: Depend, days: int | None) -> Row | None:
    return next((r for r in d.rows("stress") if r["scenario"] == "all" and r["days"] == days), None)


def _recovery(row: Row) -> str:
    months = row["recovery_months"]
    if not known(months):
        return "; households do not grow, and would not make up for it"
    if months < 1:
        return "; households would make up for it within a month"
    if months >= 120:
        return "; households grow too slowly to make up for it in ten years"
    return f"; at the pace at which households grow, they make up for it in {count(months)} months"


def hindsight_sentence(d: Depend) -> str:
    """The dates and the lags between them."""
    dates = {
        what: date_of(d, what)
        for what in ("knowable", "critical_mass_from", "critical_mass_until", "recognised")
    }
    on = {what: r["on"] for what, r in dates.items() if r is not None and r["on"] is not None}
    before = {what for what, r in dates.items() if r is not None and r["or_before"]}
    said = []
    if "critical_mass_from" in on:
        said.append(f"a critical mass was reached {_when_critical(on, before)}")
    if "knowable" in on:
        when = ", as far back as the run looked" if "knowable" in before else ""
        said.append(f"it could have been known in {month(on['knowable'])}{when}")
    if "recognised" in on:
        said.append(f"it was recognised in {month(on['recognised'])}" + _lag(on))
    sentence = "; ".join(said)
    return sentence[:1].upper() + sentence[1:] if said else "No critical mass can be told in this time"


def _when_critical(on: Mapping[str, date], before: set[str]) -> str:
    first = month(on["critical_mass_from"])
    if "critical_mass_until" not in on:
        return f"in {first} at the earliest"
    last = month(on["critical_mass_until"])
    if "critical_mass_from" in before:
        return f"by {last}" + ("" if first != last else ", when the orders begin")
    return f"in {first}" if first == last else f"between {first} and {last}"


def _lag(on: Mapping[str, date]) -> str:
    if "knowable" not in on:
        return ""
    months = month_number(on["recognised"]) - month_number(on["knowable"])
    if months == 0:
        return ", in the same month"
    return f", {plural(abs(months), 'month')} {'later' if months > 0 else 'earlier'}"


def concentration_sentence(d: Depend) -> str:
    """How much the ten largest bring."""
    rows = d.rows("concentration")
    if not rows:
        return "Nobody is probable enough to ask how much hangs on a few"
    row = next((r for r in rows if r["k"] == 10), rows[-1])
    who = "largest brings" if row["k"] == 1 else f"{count(row['k'])} largest bring"
    return f"The {who} {range_of(row['share_low_0_1'], row['share_high_0_1'])} of all revenue"


def displacement_sentence(event: Row, rows: Sequence[Row]) -> str:
    """Where buying went after one restriction."""
    where = f"After the restriction in {event['channel']} on {day(event['starts_on'])}"
    told = [r for r in rows if known(r["effect"])]
    if not told:
        return f"{where}, where their buying went cannot be told: {rows[0]['cannot_tell']}"
    most = max(told, key=lambda r: r["effect"])
    if most["effect_low"] <= 0:
        return f"{where}, no shift of their buying can be told from chance"
    points = f"{most['effect'] * 100:.0f} of 100 units more"
    return f"{where}, {points} went through {most['to_channel']} than before, beyond what households changed"


def coverage_sentence(d: Depend) -> str:
    """What can be seen, and the bounds for all."""
    parts = {r["part"]: r for r in d.rows("coverage")}
    row = d.share
    if row is None:
        return "Nothing was sold"
    unseen = parts.get("without identity", {}).get("share_0_1") or 0.0
    bounds = range_of(row["estimate_low"], min(1.0, row["estimate_high"] + 1 - row["seen_share"]))
    if unseen < 0.001:
        return "Every order names a buyer"
    if not d.can_tell:
        return f"{share(unseen)} of revenue names no buyer"
    either = "if none or all of it were theirs, their share of all is"
    return f"{share(unseen)} of revenue names no buyer; {either} {bounds}"


def efficiency_sentence(d: Depend) -> str:
    """What conforming would cost, by the firm's own assumptions."""
    row = next((r for r in d.rows("efficiency") if r["item"] == "efficiency gap"), None)
    if row is None:
        return ""
    low, high = about(row["amount_low"], d.currency), about(row["amount_high"], d.currency)
    if row["amount_low"] <= 0 <= row["amount_high"]:
        unclear = "Whether conforming costs more than it saves cannot be told from these assumptions"
        return f"{unclear}: {low} to {high} a year"
    word = "costs" if row["amount_low"] > 0 else "saves"
    ends = sorted((abs(row["amount_low"]), abs(row["amount_high"])))
    return f"By these assumptions conforming {word} {about(ends[0], d.currency)} to {about(ends[1], d.currency)} a year"


def monthly(d: Depend) -> list[dict[str, Any]]:
    rows = [r for r in d.rows("hindsight") if r["scope"] == "all"]
    return [
        {
            "month": r["month"],
            "low": r["share_today_low"],
            "middle": r["share_today"],
            "high": r["share_today_high"],
            "knowable": r["share_knowable"],
            "recognised": r["share_recognised"],
        }
        for r in d.whole(rows)
    ]


def restricted(d: Depend) -> list[Row]:
    found = [r for r in d.events if r.get("kind") == "restriction" and r.get("channel")]
    return sorted(found, key=lambda r: (r["starts_on"], r["event_id"]))


def restrictions(d: Depend) -> list[tuple[Row, list[Row]]]:
    rows = d.rows("displacement")
    events = {r["event_id"]: r for r in restricted(d)}
    groups = {
        event: [r for r in rows if r["event_id"] == event]
        for event in dict.fromkeys(r["event_id"] for r in rows)
    }
    return [(events[event], found) for event, found in groups.items() if event in events]


def lede(d: Depend) -> list[str]:
    """The two sentences under the first: the growth, and what a stop would cost."""
    return [f"{growth_sentence(d)}.", f"{stop_sentence(d)}."]


def sentences(d: Depend) -> list[str]:
    """The answer, sentence by sentence, in the order of the report."""
    if not d.can_tell:
        return [share_sentence(d), f"{coverage_sentence(d)}."]
    said = [
        share_sentence(d),
        evident_sentence(d),
        coverage_sentence(d),
        trend_sentence(d),
        growth_sentence(d),
    ]
    said += [stop_sentence(d), hindsight_sentence(d), concentration_sentence(d)]
    said += [displacement_sentence(event, rows) for event, rows in restrictions(d)]
    said += [efficiency_sentence(d)]
    return [s if s.endswith(".") else f"{s}." for s in said if s]


def numbers(d: Depend) -> list[Number]:
    """Four figures: the share, the growth, a stop, and since when it was knowable."""
    row, stop = d.share, stop_of(d, DAYS_TOLD)
    said = []
    if row is not None and row["seen_share"]:
        said.append(Number("Their share", range_of(*_of_what_we_see(row)), "of the revenue that we can see"))
    grown = next((r for r in d.rows("growth") if r["part"] == "customer-entrepreneurs"), None)
    if grown is not None:
        ends = f"{about(grown['amount_low'], d.currency)} to {about(grown['amount_high'], d.currency)}"
        against = f"against the {_span(grown)} before"
        unclear = grown["amount_low"] <= 0 <= grown["amount_high"]
        value, note = (
            ("cannot tell", f"{ends}, {against}")
            if unclear
            else (ends, f"their part of the change {against}")
        )
        said.append(Number("Growth that is theirs", value, note))
    if stop is not None:
        low, high = about(stop["shortfall_low"], d.currency), about(stop["shortfall_high"], d.currency)
        part = (stop["of_revenue_0_1"] or 0.0) / max(stop["shortfall"], 1e-9)
        ends = range_of(part * stop["shortfall_low"], part * stop["shortfall_high"])
        said.append(Number("If they stop for 30 days", f"{low}–{high}", f"would be missing, {ends} of sales"))
    since_row = date_of(d, "knowable")
    if since_row is not None and since_row["on"] is not None:
        note = (
            "or before: the run looked no further back"
            if since_row["or_before"]
            else "from the orders up to then"
        )
        said.append(Number("Knowable since", month(since_row["on"]), note))
    else:
        said.append(Number("Knowable since", "not yet", "no three months above the threshold"))
    return said


def _span(row: Row) -> str:
    days = (row["period_until"] - row["period_from"]).days + 1
    return "year" if days >= 365 else plural(days, "day")
