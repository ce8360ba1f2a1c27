"""Why several records are one actor: which details agree, in how many pairs, since when.

Only the names of the fields are read, never what stood in them; what agrees is told as on every other page.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence

from entrepot.actors.exact import WORDS
from entrepot.report.figures import Table
from entrepot.report.reading import Row
from entrepot.report.words import count, day, listing

HOW = {"exact": "exactly", "fuzzy": "nearly", "behaviour": "by what they do", "reviewed": "as a person says"}


def joins_table(customers: Sequence[Row], links: Sequence[Row]) -> Table | None:
    """The reasons that join the records of one actor; None where it has one record or no link is known.

    `customers` are its rows of `actors.parquet`, `links` the used rows of `links.parquet`.
    """
    own = {row["customer_id"] for row in customers}
    inside = [link for link in links if link["customer_a"] in own and link["customer_b"] in own]
    groups: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for link in inside:
        groups[what_agrees(link), HOW.get(str(link.get("kind")), str(link.get("kind")))].append(link)
    ordered = sorted(groups.items(), key=lambda item: (-len(item[1]), item[0]))
    rows = [[what, how, count(len(pairs)), _since(pairs)] for (what, how), pairs in ordered]
    return Table(["What agrees", "How", "Pairs", "Known since"], rows, frozenset({2, 3})) if rows else None


def what_agrees(link: Row) -> str:
    """What agrees, in words; never what stood in the fields."""
    if link.get("kind") == "reviewed":
        return "a person who looked at them"
    if link.get("kind") == "behaviour":
        return "buying the same, at the same place and time, again and again"
    try:
        fields = sorted(json.loads(link.get("fields") or "{}"))
    except (TypeError, ValueError):
        fields = []
    return listing([WORDS.get(field, field.replace("_", " ")) for field in fields]) or "identity details"


def _since(pairs: Sequence[Row]) -> str:
    days = [pair["link_from"] for pair in pairs if pair.get("link_from")]
    return day(min(days)) if days else "the beginning"
