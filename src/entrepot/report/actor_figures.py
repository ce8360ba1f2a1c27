"""Two pictures of one listed actor: its months against personal use, and who buys together.

The persons of a ring are called principal, runner 1, runner 2 and so on; no id leaves the run folder.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from entrepot.report.charts import place_ring, purchases_chart, ring_chart
from entrepot.report.figures import NARROW, Figure, Table
from entrepot.report.reading import Row
from entrepot.report.words import count, day, month, plural

CARD, CARD_RING = 800, 300  # pixels across a card, and of them the ring's where there is one


def _next_month(start: date) -> date:
    return (start.replace(day=1) + timedelta(days=32)).replace(day=1)


def _every_month(months: Sequence[Row], first: date | None, last: date | None) -> list[dict[str, Any]]:
    """`month, units, low, high` for each month from `first` to `last`, also those without a purchase."""
    bought = {_day(row["month"]).replace(day=1): row for row in months}
    here = min(bought) if first is None else min(min(bought), first.replace(day=1))
    until = max(bought) if last is None else max(max(bought), last.replace(day=1))
    points, band = [], bought[min(bought)]
    while here <= until:
        row = bought.get(here)
        band = row or band
        low, high = (float(band.get(f"personal_use_{end}") or 0) for end in ("low", "high"))
        points.append({"month": here, "units": float(row["units"]) if row else 0.0, "low": low, "high": high})
        here = _next_month(here)
    return points


def _day(when: date | str) -> date:
    """A day, also of an instant or a text."""
    return date.fromisoformat(str(when)[:10])


def _drawn(point: Row) -> dict[str, Any]:
    """A month as the chart has it: its ends, and a bar with air on both sides."""
    month_from: date = point["month"]
    ends = {"month": month_from, "until": _next_month(month_from)}
    bar = {"bar_from": month_from.replace(day=5), "bar_until": month_from.replace(day=27)}
    dates = {name: when.isoformat() for name, when in (ends | bar).items()}
    return {**dates, "units": point["units"], "low": point["low"], "high": point["high"]}


def purchases_figure(
    row: Row, months: Sequence[Row], *, first: date | None = None, last: date | None = None
) -> Figure | None:
    """Units a month from `first` to `last` on the band of personal use; None where no month is known."""
    if not months:
        return None
    points = _every_month(months, first, last)
    drawn = [_drawn(point) for point in points]
    above = sum(point["units"] > point["high"] for point in points)
    evident = row.get("first_evident_on")
    inside = evident is not None and drawn[0]["month"] <= str(evident)[:10] <= drawn[-1]["until"]
    since = str(evident)[:10] if inside else None
    return Figure(
        title=f"More than personal use in {count(above)} of {plural(len(points), 'month')}",
        subtitle=_purchases_subtitle(row, since),
        draw=lambda width: purchases_chart(drawn, width, since=since),
        table=_purchases_table(points),
        widths=(CARD - CARD_RING, NARROW) if (row.get("persons") or 1) > 1 else (CARD, NARROW),
    )


def _purchases_subtitle(row: Row, since: str | None) -> str:
    persons = row.get("persons") or 1
    whose = (
        "95 in 100 households buy" if persons == 1 else f"{count(persons)} households buy, 95 times in 100"
    )
    return f"Units a month. Grey: what {whose}" + (f". Dashed: evident since {day(since)}." if since else ".")


def _purchases_table(points: Sequence[Row]) -> Table:
    head = ["Month", "Units", "Personal use, from", "to"]
    rows = [[month(p["month"]), *(count(p[c]) for c in ("units", "low", "high"))] for p in points]
    return Table(head, rows, frozenset({1, 2, 3}))


def _people(members: Sequence[Row]) -> list[dict[str, Any]]:
    """The persons of a ring with names that tell nothing (principal, runner 1, …) and their spots."""
    ordered = sorted(
        members, key=lambda m: (m.get("role") != "principal", -(m.get("units") or 0), m["person_id"])
    )
    has_centre = bool(ordered) and ordered[0].get("role") == "principal"
    people, number = [], 0
    for member, (x, y) in zip(ordered, place_ring(len(ordered), has_centre=has_centre), strict=True):
        principal = member.get("role") == "principal"
        number += not principal
        role = "runner" if member.get("role") == "runner" else "person"
        name = "principal" if principal else f"{role} {number}"
        people.append(
            {
                "person": member["person_id"],
                "name": name,
                "principal": principal,
                "units": float(member.get("units") or 0),
                "x": x,
                "y": y,
            }
        )
    return people


def _edges(people: Sequence[Row], customers: Sequence[Row], links: Sequence[Row]) -> list[dict[str, Any]]:
    spot = {person["person"]: person for person in people}
    person_of = {row["customer_id"]: row["person_id"] for row in customers}
    identity: dict[tuple[str, str], bool] = {}
    for link in links:
        ends = person_of.get(link["customer_a"]), person_of.get(link["customer_b"])
        if ends[0] in spot and ends[1] in spot and ends[0] != ends[1]:
            pair = (min(str(e) for e in ends), max(str(e) for e in ends))
            identity[pair] = identity.get(pair, False) or link.get("kind") != "behaviour"
    return [
        {"x": spot[a]["x"], "y": spot[a]["y"], "x2": spot[b]["x"], "y2": spot[b]["y"], "identity": solid}
        for (a, b), solid in sorted(identity.items())
    ]


def ring_figure(members: Sequence[Row], customers: Sequence[Row], links: Sequence[Row]) -> Figure | None:
    """The ring as a small network; None where fewer than two of its persons are known."""
    if len(members) < 2:
        return None
    people = _people(members)
    edges = _edges(people, customers, links)
    principals = sum(person["principal"] for person in people)
    nodes = [{**person, "name": person["name"] if person["principal"] else ""} for person in people]
    others = (
        f"one principal and {plural(len(people) - 1, 'runner')}"
        if principals == 1
        else plural(len(people), "person")
    )
    return Figure(
        title=f"Buying together: {others}",
        subtitle="A circle is a person, its size their units. Dashed: bought together; "
        "solid: shared identity details.",
        draw=lambda width: ring_chart(nodes, edges, width),
        table=Table(["Person", "Units"], [[p["name"], count(p["units"])] for p in people], frozenset({1})),
        widths=(CARD_RING - 40,),
    )
