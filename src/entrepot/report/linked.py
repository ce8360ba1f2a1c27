"""The links at the records of some actors, and one step further, with numbers instead of customer ids.

A link to a record of another actor names that actor; from there the links among other actors follow, so that a
picture can show two steps around.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from entrepot.report.reading import Row, RunFolder

MOST_LINKS = 200
KEPT = ("kind", "fields", "weight_log2", "probability", "link_from", "used")
ENDS = ("customer_a", "customer_b")


def links_at(run: RunFolder, own: Mapping[str, str]) -> dict[str, list[dict[str, Any]]]:
    """The links by actor of `own` (customer id → actor id), the heaviest first.

    Each has the columns of links.parquet and `actor_a, actor_b`. After the links of the actor's own records come
    those among the actors to which they lead.
    """
    near = _touching(run, own)
    beyond = {row[end] for row in near for end in ENDS} - set(own)
    actor_of = {**_actors_of(run, beyond), **own}
    far = [row for row in _touching(run, beyond & set(actor_of)) if not {row[end] for end in ENDS} & set(own)]
    mine, found, beside = set(own.values()), defaultdict(list), defaultdict(set)
    for row in _named(near, actor_of):
        ends = {row["actor_a"], row["actor_b"]}
        for actor in ends & mine:
            found[actor].append(row)
            for other in ends - {actor}:
                beside[other].add(actor)
    for row in _named(far, actor_of):
        for actor in beside[row["actor_a"]] | beside[row["actor_b"]]:
            found[actor].append(row)
    return found


def _named(rows: Sequence[Row], actor_of: Mapping[str, str]) -> list[dict[str, Any]]:
    """`rows` with the actors at their ends, the heaviest first; without those that lead to nobody who bought."""
    ordered = sorted(rows, key=lambda row: -(row.get("weight_log2") or 0.0))
    named = [{**r, "actor_a": actor_of.get(r[ENDS[0]]), "actor_b": actor_of.get(r[ENDS[1]])} for r in ordered]
    return [row for row in named if row["actor_a"] and row["actor_b"]]


def _touching(run: RunFolder, customers: Collection[str]) -> list[Row]:
    path = run.folder / "links.parquet"
    if not customers or not path.is_file():
        return []
    ends = pa.array(sorted(customers), pa.string())
    either = pc.field(ENDS[0]).isin(ends) | pc.field(ENDS[1]).isin(ends)
    return list(pq.read_table(path, filters=either).to_pylist())


def _actors_of(run: RunFolder, customers: Collection[str]) -> dict[str, str]:
    path = run.folder / "actors.parquet"
    if not customers or not path.is_file():
        return {}
    those = pc.field("customer_id").isin(pa.array(sorted(customers), pa.string()))
    rows = pq.read_table(path, columns=["customer_id", "actor_id"], filters=those).to_pylist()
    return {row["customer_id"]: row["actor_id"] for row in rows}


def numbered(records: Sequence[Row], links: Sequence[Row]) -> dict[str, Any]:
    """`records, links, of_links` of one actor: its records are `1`, `2`, …; another actor is its id."""
    ordered = sorted(records, key=lambda row: str(row["customer_id"]))
    number = {row["customer_id"]: str(n) for n, row in enumerate(ordered, start=1)}
    names = ("person_id", "role", "link_kind", "link_probability", "link_from")
    kept = [{"n": number[r["customer_id"]], **{name: r.get(name) for name in names}} for r in ordered]
    pairs = []
    for row in links:
        a, b = (
            number.get(row[end], row[actor]) for end, actor in zip(ENDS, ("actor_a", "actor_b"), strict=True)
        )
        if a != b:
            pairs.append({"a": a, "b": b, **{name: row.get(name) for name in KEPT}})
    return {"records": kept, "links": pairs[:MOST_LINKS], "of_links": len(pairs)}
