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

from entrepot.report import by_actor
from entrepot.report.reading import Row, RunFolder

MOST_LINKS = 200
KEPT = ("kind", "fields", "weight_log2", "probability", "link_from", "used")
ENDS = ("customer_a", "customer_b")


def links_at(run: RunFolder, own: Mapping[str, str]) -> dict[str, list[Row]]:
    """The links by actor of `own` (customer id → actor id), the heaviest first.

    Each has the columns of links.parquet and `actor_a, actor_b`. After the links of the actor's own records come
    those among the actors to which they lead.
    """
    near = _touching(run, own)
    at = {row[f"customer_{end}"]: row[f"actor_{end}"] for row in near for end in "ab"}
    beyond = {customer: actor for customer, actor in at.items() if actor and customer not in own}
    far = [row for row in _touching(run, beyond) if own.keys().isdisjoint(row[end] for end in ENDS)]
    mine = set(own.values())
    found: dict[str, list[Row]] = defaultdict(list)
    beside: dict[str, set[str]] = defaultdict(set)
    for row in _heaviest(near):
        ends = {row["actor_a"], row["actor_b"]}
        for actor in ends & mine:
            found[actor].append(row)
            for other in ends - {actor}:
                beside[other].add(actor)
    for row in _heaviest(far):
        for actor in beside[row["actor_a"]] | beside[row["actor_b"]]:
            found[actor].append(row)
    return found


def _heaviest(rows: Sequence[Row]) -> list[Row]:
    """`rows` from the heaviest on, without those that lead to nobody who bought."""
    ordered = sorted(rows, key=lambda row: (-(row.get("weight_log2") or 0.0), *(row[end] for end in ENDS)))
    return [row for row in ordered if row["actor_a"] and row["actor_b"]]


def _touching(run: RunFolder, customers: Mapping[str, str]) -> list[Row]:
    """The links at `customers` (customer id → actor id), once each, with the actors at both ends."""
    quick = by_actor.rows(run.folder, "links", set(customers.values())) if customers else None
    if quick is not None:
        rows = [row for row in quick.to_pylist() if not customers.keys().isdisjoint(row[end] for end in ENDS)]
        return list({(row["customer_a"], row["customer_b"], row["kind"]): row for row in rows}.values())
    path = run.folder / "links.parquet"
    if not customers or not path.is_file():
        return []
    ids = pa.array(sorted(customers), pa.string())
    either = pc.field(ENDS[0]).isin(ids) | pc.field(ENDS[1]).isin(ids)
    return _with_actors(run, pq.read_table(path, filters=either).to_pylist(), customers)


def _with_actors(run: RunFolder, rows: Sequence[Row], known: Mapping[str, str]) -> list[Row]:
    actor_of = {**_actors_of(run, {row[end] for row in rows for end in ENDS} - set(known)), **known}
    return [{**row, **{f"actor_{end}": actor_of.get(row[f"customer_{end}"]) for end in "ab"}} for row in rows]


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
