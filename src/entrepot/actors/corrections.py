"""What people say of who is who: these customers are one actor, or those are several. The next run obeys.

*Together* is a link of the kind `reviewed`. *Apart* takes links away until no chain joins two of its groups, also none
through somebody whom nobody named: links are taken strongest first, and one that would bring parted groups together is
kept as weighed and not used, so that whoever stands between goes with whom they are bound to most. A later correction
wins over an earlier one. What was corrected after the as-of date is not read.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa
from ibis import _

from entrepot.actors import components
from entrepot.actors.tables import LINKS
from entrepot.engines import Engine
from entrepot.errors import InputError, Mistake
from entrepot.orders.side import read_beside

REVIEWED, TOGETHER, APART = "reviewed", "together", "apart"
KINDS = (REVIEWED, "exact", "fuzzy", "behaviour")
"""Kinds of links, the one that is believed most first."""

MOST_TOLD = 5  # names of corrections in one sentence

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Correction:
    """One thing that a person said at `at`: `groups` of customer ids, one with `together`, two or more with `apart`."""

    name: str
    kind: str
    joins: str  # with `together`: person (one household) or actor (persons who act together)
    groups: Sequence[Sequence[str]]
    reason: str
    at: datetime

    @property
    def on(self) -> date:
        return self.at.date()


def read(engine: Engine, path: Path | str | None, *, until: date | None = None) -> list[Correction]:
    """The corrections in the table at `path`, the earliest first; none without one.

    Columns as in contracts "Tables in", corrections: one row a customer. What is dated after `until` is left out.
    Raises `InputError` with every correction that cannot be used.
    """
    if path is None:
        return []
    rows = engine.fetch(read_beside(engine, "corrections", path)).to_pylist()
    by_name: dict[str, list[Row]] = {}
    for row in rows:
        by_name.setdefault(row["correction"], []).append(row)
    mistakes = [mistake for name, each in by_name.items() for mistake in _wrong(name, each)]
    if mistakes:
        raise InputError(*mistakes)
    made = [_correction(name, each) for name, each in by_name.items()]
    known = [each for each in made if until is None or each.on <= until]
    return sorted(known, key=lambda each: (each.at, each.name))


def _wrong(name: str, rows: Sequence[Row]) -> Iterator[Mistake]:
    where = f"the table corrections, correction {name}"
    kinds = {(row["kind"], row.get("joins"), row["corrected_at"]) for row in rows}
    groups = _groups(rows)
    customers = [customer for group in groups for customer in group]
    if len(kinds) > 1:
        yield Mistake("its rows contradict each other", where, "one kind, one corrected_at and one joins")
    elif rows[0]["kind"] == APART and len(groups) < 2:
        yield Mistake("one group cannot be parted", where, "two groups or more", do="number them in `group`")
    elif rows[0]["kind"] == TOGETHER and len(set(customers)) < 2:
        yield Mistake("one customer cannot be joined", where, "two customers or more")
    if rows[0]["kind"] == APART and len(set(customers)) < len(customers):
        yield Mistake("a customer stands in two of its groups", where, "each customer in one group")


def _groups(rows: Sequence[Row]) -> list[list[str]]:
    """The customers by group, or all as one where the correction joins them."""
    found: dict[str, set[str]] = {}
    for row in rows:
        group = "" if row["kind"] == TOGETHER else str(row.get("group") or "")
        found.setdefault(group, set()).add(row["customer_id"])
    return [sorted(found[group]) for group in sorted(found)]


def _correction(name: str, rows: Sequence[Row]) -> Correction:
    first = rows[0]
    joins = first.get("joins") or "actor"
    return Correction(name, first["kind"], joins, _groups(rows), first["reason"], first["corrected_at"])


def named_here(engine: Engine, customers: ir.Table, corrections: Sequence[Correction]) -> frozenset[str]:
    """Who is named in `corrections` and has orders (`customers`: `customer_id`)."""
    named = sorted({c for each in corrections for group in each.groups for c in group})
    here = customers.semi_join(engine.hold(pa.table({"customer_id": named})), "customer_id")
    return frozenset(engine.fetch(here)["customer_id"].to_pylist())


def join(
    engine: Engine, links: ir.Table, known: Collection[str], corrections: Sequence[Correction]
) -> ir.Table:
    """`links` with those that people made, between customers with orders (`known`)."""
    made = {}
    for each in corrections:
        if each.kind == TOGETHER:
            members = [customer for customer in each.groups[0] if customer in known]
            for other in members[1:]:
                made[members[0], other] = _link(members[0], other, each, each.joins, "a person joined them")
    return _added(engine, links, made.values())


def _link(a: str, b: str, said: Correction, joins: str, what: str) -> dict[str, object]:
    fields = {REVIEWED: {"agreed": said.reason, "weight_log2": 0.0}}
    return {
        "customer_a": min(a, b), "customer_b": max(a, b), "kind": REVIEWED, "joins": joins,
        "fields": json.dumps(fields, ensure_ascii=False), "weight_log2": 0.0, "probability": 1.0,
        "link_from": said.on, "used": True, "why": f"{what} on {said.on}: {said.reason}",
    }  # fmt: skip


def _added(engine: Engine, links: ir.Table, rows: Iterable[Mapping[str, object]]) -> ir.Table:
    table = pa.Table.from_pylist([dict(row) for row in rows], schema=ibis.schema(LINKS).to_pyarrow())
    return engine.keep(ibis.union(links, engine.hold(table)), "links") if table.num_rows else links


def part(engine: Engine, links: ir.Table, corrections: Sequence[Correction]) -> ir.Table:
    """`links` with those not used that would bring together what people parted; `why` says so.

    Who stood in one group, and was joined before, stays joined: a link of the kind `reviewed` takes the place of what
    was lost. Only the actors that hold somebody named leave the engine.
    """
    rules = _rules(corrections)
    if not rules:
        return links
    grouped = components.group(engine, links.filter(_.used))
    named = engine.hold(pa.table({"customer_id": sorted({c for rule in rules.values() for c in rule})}))
    touched = grouped.semi_join(grouped.semi_join(named, "customer_id"), "actor")
    before = engine.fetch(touched).to_pylist()
    inside = links.filter(_.used).semi_join(touched, [("customer_a", "customer_id")])
    edges = sorted(engine.fetch(inside).to_pylist(), key=_strongest_first)
    said = {each.name: each for each in corrections}
    forest = Forest(rules)
    cut = [(edge, said[by]) for edge in edges if (by := forest.join(edge["customer_a"], edge["customer_b"]))]
    made = [
        _link(a, b, said[name], joins, "kept together by a person who parted their actor")
        for name, a, b, joins in _lost(before, rules, forest)
    ]
    return _added(engine, _unused(engine, links, cut), made)


def _rules(corrections: Sequence[Correction]) -> dict[str, dict[str, int]]:
    """What still parts, by correction: the number of each customer's group. A later `together` undoes it."""
    rules: dict[str, dict[str, int]] = {}
    for each in corrections:
        if each.kind == APART:
            rules[each.name] = {c: n for n, group in enumerate(each.groups) for c in group}
            continue
        for rule in rules.values():
            joined = sorted({rule[c] for c in each.groups[0] if c in rule})
            rule.update({c: joined[0] for c, n in rule.items() if n in joined})
    return {name: rule for name, rule in rules.items() if len(set(rule.values())) > 1}


def _strongest_first(link: Row) -> tuple[Any, ...]:
    of_actor = link["joins"] != "person"
    strength = (-link["probability"], -link["weight_log2"])
    return (KINDS.index(link["kind"]), of_actor, *strength, link["customer_a"], link["customer_b"])


class Forest:
    """Customers joined one link at a time; a tree remembers which parted groups it holds, and refuses a second."""

    def __init__(self, rules: Mapping[str, Mapping[str, int]]) -> None:
        self._above: dict[str, str] = {}
        self._holds: dict[str, dict[str, int]] = {}
        for name, rule in rules.items():
            for customer, group in rule.items():
                self._holds.setdefault(customer, {})[name] = group

    def root(self, customer: str) -> str:
        """Who stands for the tree of `customer`."""
        while (above := self._above.get(customer, customer)) != customer:
            self._above[customer] = self._above.get(above, above)
            customer = above
        return customer

    def join(self, a: str, b: str) -> str | None:
        """Join the trees of `a` and `b`, or name the correction that forbids it."""
        one, other = self.root(a), self.root(b)
        if one == other:
            return None
        mine, theirs = self._holds.get(one, {}), self._holds.get(other, {})
        for name in sorted(mine.keys() & theirs.keys()):
            if mine[name] != theirs[name]:
                return name
        self._above[other] = one
        self._holds[one] = {**theirs, **mine}
        return None


def _lost(
    before: Sequence[Row], rules: Mapping[str, Mapping[str, int]], forest: Forest
) -> Iterator[tuple[str, str, str, str]]:
    """Pairs of one group that were joined before and no longer are: correction, two customers, and how joined."""
    stood = {row["customer_id"]: row for row in before}
    for name, rule in rules.items():
        first: dict[tuple[int, str], str] = {}
        for by in ("person", "actor"):
            for customer in sorted(c for c in rule if c in stood):
                eldest = first.setdefault((rule[customer], stood[customer][by]), customer)
                apart = forest.root(eldest) != forest.root(customer)
                if apart and forest.join(eldest, customer) is None:
                    yield name, eldest, customer, by


def _unused(engine: Engine, links: ir.Table, cut: Sequence[tuple[Row, Correction]]) -> ir.Table:
    if not cut:
        return links
    rows = [
        {**link, "used": False, "why": f"{link['why']}; not used: parted by a person on {by.on}: {by.reason}"}
        for link, by in cut
    ]
    held = engine.hold(pa.Table.from_pylist(rows, schema=ibis.schema(LINKS).to_pyarrow()))
    kept = links.anti_join(held, ["customer_a", "customer_b", "kind"])
    return engine.keep(ibis.union(kept, held), "links")


def notes(corrections: Sequence[Correction]) -> dict[str, int]:
    """How many corrections of each kind were read."""
    return {kind: sum(each.kind == kind for each in corrections) for kind in (TOGETHER, APART)}


def without_orders(known: Collection[str], corrections: Sequence[Correction]) -> str:
    """Which corrections name how many customers that have no orders (are not `known`): a sentence, or nothing.

    Customers are not named: the sentence stands in a report, which knows them by their codes only.
    """
    named = {c: each.name for each in reversed(corrections) for group in each.groups for c in group}
    unknown = named.keys() - known
    if not unknown:
        return ""
    by = sorted({named[customer] for customer in unknown})
    told = ", ".join(by[:MOST_TOLD]) + (f" and {len(by) - MOST_TOLD} more" if len(by) > MOST_TOLD else "")
    have = "customer that has" if len(unknown) == 1 else "customers that have"
    return f"Corrections name {len(unknown):,} {have} no order here, which changes nothing: {told}."
