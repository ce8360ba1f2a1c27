"""Why two customers are one: the chain of links between them, in plain words.

Among all chains the likeliest is told: the one whose product of link probabilities is largest. Where two are
not joined, that is said, with what was weighed between them and found too light, or parted by a person.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Protocol

import ibis.expr.types as ir
import rustworkx as rx

from entrepot.actors.corrections import REVIEWED
from entrepot.errors import InputError, Mistake


class HasWhoIsWho(Protocol):
    """A run, or what `resolve` returns: the tables `actors` and `links`."""

    @property
    def actors(self) -> ir.Table: ...

    @property
    def links(self) -> ir.Table: ...


@dataclass(frozen=True)
class Explanation:
    """`verdict`: same person | same actor | not joined; `steps`: the links of the chain, in order."""

    a: str
    b: str
    verdict: str
    probability: float | None  # of the whole chain, were its links independent
    steps: Sequence[Mapping[str, Any]]
    weighed: Sequence[Mapping[str, Any]]  # links between the two that are not used
    text: str


def explain(run: HasWhoIsWho, a: str, b: str) -> Explanation:
    """Say why customers `a` and `b` are one person, one actor, or neither; raises `InputError` for unknown ids."""
    rows = {row["customer_id"]: row for row in _rows(run.actors, run.actors.customer_id.isin([a, b]))}
    unknown = [
        Mistake(
            "no such customer in this run",
            expected="a customer_id of the orders",
            got=c,
            do="write it as the orders do; a guest is called guest: and the order_id",
        )
        for c in (a, b)
        if c not in rows
    ]
    if unknown:
        raise InputError(*unknown)
    if rows[a]["actor_id"] != rows[b]["actor_id"]:
        return _not_joined(run, a, b)
    verdict = "same person" if rows[a]["person_id"] == rows[b]["person_id"] else "same actor"
    steps = _chain(run, a, b, rows[a]["actor_id"])
    probability = math.prod(step["probability"] for step in steps)
    return Explanation(a, b, verdict, probability, steps, [], _text(a, b, verdict, probability, steps))


def _rows(table: ir.Table, condition: ir.BooleanValue) -> list[dict[str, Any]]:
    return table.filter(condition).to_pyarrow().to_pylist()


def _not_joined(run: HasWhoIsWho, a: str, b: str) -> Explanation:
    links = run.links
    low, high = min(a, b), max(a, b)
    weighed = [
        _step(row)
        for row in _rows(links, (links.customer_a == low) & (links.customer_b == high) & ~links.used)
    ]
    text = f"{a} and {b} are not joined: nothing that was found makes them one person or one actor."
    text += "".join(f"\n  Weighed and not used: {step['why']}." for step in weighed)
    return Explanation(a, b, "not joined", None, [], weighed, text)


def _chain(run: HasWhoIsWho, a: str, b: str, actor_id: str) -> list[dict[str, Any]]:
    if a == b:
        return []
    members = run.actors.filter(run.actors.actor_id == actor_id).customer_id.to_pyarrow().to_pylist()
    graph: rx.PyGraph = rx.PyGraph()
    node: dict[str, int] = {}
    for row in _links_around(run.links, set(members)):
        ends = [row["customer_a"], row["customer_b"]]
        for name in ends:
            node[name] = node[name] if name in node else graph.add_node(name)
        graph.add_edge(node[ends[0]], node[ends[1]], row)
    nodes = list(rx.dijkstra_shortest_paths(graph, node[a], node[b], weight_fn=_cost)[node[b]])
    return [_step(_best(graph, one, other), turned=graph[one]) for one, other in pairwise(nodes)]


def _links_around(links: ir.Table, customers: set[str]) -> list[dict[str, Any]]:
    """The used links of `customers` and of whoever stands between them: a customer without orders is in the
    links, not in the actors."""
    while True:
        known = sorted(customers)
        rows = _rows(links, links.used & (links.customer_a.isin(known) | links.customer_b.isin(known)))
        reached = {row[end] for row in rows for end in ("customer_a", "customer_b")}
        if reached <= customers:
            return sorted(rows, key=lambda row: (row["customer_a"], row["customer_b"], row["kind"]))
        customers = customers | reached


def _cost(row: Mapping[str, Any]) -> float:
    return -math.log(max(row["probability"], 1e-12)) + 1e-6


def _best(graph: rx.PyGraph, one: int, other: int) -> dict[str, Any]:
    return min(graph.get_all_edge_data(one, other), key=_cost)


def _step(row: Mapping[str, Any], turned: str | None = None) -> dict[str, Any]:
    """A link as a step, told in the direction of the chain."""
    first, second = row["customer_a"], row["customer_b"]
    if turned == second:
        first, second = second, first
    names = ("kind", "joins", "probability", "weight_log2", "why")
    told = {
        "from": first,
        "to": second,
        "fields": json.loads(row["fields"]),
        "link_from": str(row["link_from"]),
    }
    return told | {name: row[name] for name in names}


def _text(a: str, b: str, verdict: str, probability: float, steps: Sequence[Mapping[str, Any]]) -> str:
    if a == b:
        return f"{a} is one customer."
    how = "one person, by identity" if verdict == "same person" else "one actor: persons who act together"
    through = "one link" if len(steps) == 1 else f"a chain of {len(steps)} links"
    lines = [f"{a} and {b} are {how}, through {through} (probability {probability:.1%}):"]
    lines += [f"  {step['from']} – {step['to']}: {step['why']} ({_sure(step)})" for step in steps]
    if any(step["joins"] == "actor" for step in steps):
        lines.append(
            "  A link between persons who act together may hold or ask; it proves nothing of either alone."
        )
    return "\n".join(lines)


def _sure(step: Mapping[str, Any]) -> str:
    if step["kind"] == REVIEWED:
        return "reviewed by a person"
    return f"{step['kind']}, weight {step['weight_log2']:.1f} bits, probability {step['probability']:.1%}"
