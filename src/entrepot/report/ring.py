"""The picture of several persons who act together: who is joined to whom, and by what.

In the middle stands the principal, else the one who is joined to at least half of the others. Persons are called
principal, runner 1, runner 2 and so on; no id leaves the run folder.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from entrepot.report.charts import place_ring, ring_chart
from entrepot.report.figures import Figure, Table
from entrepot.report.reading import Row
from entrepot.report.words import count, plural

WIDTH = 260

Pairs = Mapping[tuple[str, str], bool]
"""Two persons, in order, and whether identity details join them (else what they do)."""


def ring_figure(members: Sequence[Row], customers: Sequence[Row], links: Sequence[Row]) -> Figure | None:
    """The ring as a small network; None where fewer than two of its persons are known.

    `members` are its rows of `ring_members.parquet`, `customers` of `actors.parquet`, `links` of `links.parquet`.
    """
    if len(members) < 2:
        return None
    pairs = _pairs({row["customer_id"]: row["person_id"] for row in customers}, links)
    people = _people(members, pairs)
    edges = _edges(people, pairs)
    return Figure(
        title=_title(people),
        subtitle=_subtitle(pairs),
        draw=lambda width: ring_chart(people, edges, width),
        table=Table(["Person", "Units"], [[p["called"], count(p["units"])] for p in people], frozenset({1})),
        widths=(WIDTH,),
    )


def _pairs(person_of: Mapping[str, str], links: Sequence[Row]) -> Pairs:
    """The pairs of persons that links join; identity outweighs conduct."""
    pairs: dict[tuple[str, str], bool] = {}
    for link in links:
        one, other = (person_of.get(link[end]) for end in ("customer_a", "customer_b"))
        if one is not None and other is not None and one != other:
            pair = (min(one, other), max(one, other))
            pairs[pair] = pairs.get(pair, False) or link.get("kind") != "behaviour"
    return pairs


def _people(members: Sequence[Row], pairs: Pairs) -> list[dict[str, Any]]:
    """The persons with their spots and what they are called, the one in the middle first."""
    joined = Counter(person for pair in pairs for person in pair)

    def rank(member: Row) -> tuple[bool, int, float, str]:
        person = member["person_id"]
        half = 2 * joined[person] >= len(members) - 1
        return member.get("role") != "principal", -joined[person] * half, -(member.get("units") or 0), person

    ordered = sorted(members, key=rank)
    first = ordered[0]
    has_centre = first.get("role") == "principal" or 2 * joined[first["person_id"]] >= len(members) - 1
    spots = place_ring(len(ordered), has_centre=has_centre)
    names = _names([str(member.get("role")) for member in ordered])
    return [
        {
            "person": member["person_id"],
            "called": name,
            "name": name if name == "principal" else "",
            "principal": name == "principal",
            "units": float(member.get("units") or 0),
            "x": x,
            "y": y,
        }
        for member, name, (x, y) in zip(ordered, names, spots, strict=True)
    ]


def _names(roles: Sequence[str]) -> list[str]:
    """What persons are called: nothing that tells who they are.

    >>> _names(["principal", "runner", "runner"])
    ['principal', 'runner 1', 'runner 2']
    """
    names, number = [], 0
    for role in roles:
        number += role != "principal"
        names.append(
            "principal" if role == "principal" else f"{'runner' if role == 'runner' else 'person'} {number}"
        )
    return names


def _edges(people: Sequence[Row], pairs: Pairs) -> list[dict[str, Any]]:
    spot = {person["person"]: person for person in people}
    return [
        {"x": spot[a]["x"], "y": spot[a]["y"], "x2": spot[b]["x"], "y2": spot[b]["y"], "identity": solid}
        for (a, b), solid in sorted(pairs.items())
        if a in spot and b in spot
    ]


def _title(people: Sequence[Row]) -> str:
    if sum(person["principal"] for person in people) == 1:
        return f"Acting together: one principal and {plural(len(people) - 1, 'runner')}"
    return f"Acting together: {plural(len(people), 'person')}"


def _subtitle(pairs: Pairs) -> str:
    lines = {True: "a shared telephone, card or the like", False: "bought together again and again"}
    drawn = set(pairs.values())
    if not drawn:
        return "A circle is a person, its size their units."
    if len(drawn) == 1:
        return f"A circle is a person, its size their units. A line: {lines[drawn.pop()]}."
    return f"A circle is a person, its size their units. Solid line: {lines[True]}; dashed: {lines[False]}."
