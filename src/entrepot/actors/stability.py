"""Ids that last: an actor keeps its id while most of its customers stay together.

Matched to the previous run by shared customers, largest overlap first, each id once. What did not keep an id is
recorded: actors that merged into another, split from one, are new, or gone. Nearly all match one to one and
never leave the engine; only the others are settled one by one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date

import ibis
import ibis.expr.types as ir
import pyarrow as pa
from ibis import _

from entrepot.actors.tables import CHANGES
from entrepot.engines import Engine


def match(overlaps: Sequence[tuple[str, str, int]]) -> dict[str, str]:
    """Which new actor keeps which old id, from `(new, old, shared customers)`, largest overlap first.

    >>> match([("x", "a", 3), ("x", "b", 2), ("y", "b", 1)])
    {'x': 'a', 'y': 'b'}
    """
    kept: dict[str, str] = {}
    used: set[str] = set()
    for new, old, _shared in sorted(overlaps, key=lambda row: (-row[2], row[1], row[0])):
        if new not in kept and old not in used:
            kept[new] = old
            used.add(old)
    return kept


def keep_ids(engine: Engine, actors: ir.Table, previous: ir.Table, *, at: date) -> tuple[ir.Table, ir.Table]:
    """The new name of each actor (`actor_id, kept`, kept) and what became of the old ones (`CHANGES`, kept).

    `actors` and `previous` hold `customer_id, actor_id`, one row a customer.
    """
    before = previous.select("customer_id", was=_.actor_id)
    pairs = actors.join(before, "customer_id").group_by("actor_id", "was").aggregate(shared=_.count())
    pairs = pairs.mutate(olds=_.count().over(group_by=_.actor_id), news=_.count().over(group_by=_.was))
    pairs = engine.keep(pairs, "overlaps")
    plain = pairs.filter(_.olds == 1, _.news == 1).select("actor_id", "was")
    tangled = engine.fetch(
        pairs.filter((_.olds > 1) | (_.news > 1)).select("actor_id", "was", "shared")
    ).to_pylist()
    overlaps = [(row["actor_id"], row["was"], row["shared"]) for row in tangled]
    kept = match(overlaps)
    settled = _two_columns(engine, "actor_id", "kept", sorted(kept.items()))
    matched = engine.keep(ibis.union(plain.select("actor_id", kept=_.was), settled), "matched")
    names = engine.keep(ibis.union(matched, _unmatched(engine, actors, matched, at)), "names")
    return names, engine.keep(
        _changes(engine, actors, before, pairs, plain, overlaps, kept, names, at), "changes"
    )


def _two_columns(engine: Engine, first: str, second: str, rows: Sequence[tuple[str, str]]) -> ir.Table:
    schema = pa.schema([(first, pa.string()), (second, pa.string())])
    return engine.hold(pa.Table.from_pylist([{first: a, second: b} for a, b in rows], schema=schema))


def _unmatched(engine: Engine, actors: ir.Table, matched: ir.Table, at: date) -> ir.Table:
    """Actors that keep no old id: their own, or another where an old actor already bears it."""
    rest = engine.keep(actors.select("actor_id").distinct().anti_join(matched, "actor_id"), "unmatched")
    taken = rest.semi_join(matched.select(actor_id=_.kept), "actor_id")
    clash = [row["actor_id"] for row in engine.fetch(taken).to_pylist()]
    renamed = [(name, "a" + hashlib.md5(f"{name}|{at}".encode()).hexdigest()[:16]) for name in sorted(clash)]
    other = _two_columns(engine, "actor_id", "kept", renamed)
    return ibis.union(rest.anti_join(other, "actor_id").select("actor_id", kept=_.actor_id), other)


def _changes(
    engine: Engine,
    actors: ir.Table,
    before: ir.Table,
    pairs: ir.Table,
    plain: ir.Table,
    overlaps: Sequence[tuple[str, str, int]],
    kept: dict[str, str],
    names: ir.Table,
    at: date,
) -> ir.Table:
    said = [
        {"new": new, "was": old, "change": "same" if kept.get(new) == old else _what(old, kept)}
        for new, old, _shared in sorted(overlaps)
    ]
    schema = pa.schema([("new", pa.string()), ("was", pa.string()), ("change", pa.string())])
    told = engine.hold(pa.Table.from_pylist(said, schema=schema), "told")
    tangled = told.join(names, [("new", "actor_id")]).select(actor_id=_.kept, was=_.was, change=_.change)
    same = plain.select(actor_id=_.was, was=_.was, change=ibis.literal("same"))
    fresh = actors.select("actor_id").distinct().anti_join(pairs, "actor_id").join(names, "actor_id")
    new = fresh.select(actor_id=_.kept, was=ibis.null("string"), change=ibis.literal("new"))
    lost = before.select("was").distinct().anti_join(pairs, "was")
    gone = lost.select(actor_id=ibis.null("string"), was=_.was, change=ibis.literal("gone"))
    return ibis.union(same, tangled, new, gone).mutate(at=ibis.literal(at)).select(*CHANGES)


def _what(old: str, kept: dict[str, str]) -> str:
    """A pair that keeps no id: its old actor went on elsewhere (split), or ended in this one (merged)."""
    return "split" if old in kept.values() else "merged"
