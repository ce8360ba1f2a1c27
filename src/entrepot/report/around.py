"""The neighbourhood of one record of an actor: whom links reach in one step and in two, and how heavily.

The centre stands in the middle, what it is linked to on a circle around, the next step on a second circle. Every node
is a link that puts it into the middle, so that one walks through; the same stands in a table. Of a hub the heaviest
links are drawn and the rest are counted.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from entrepot.report.charts import odds
from entrepot.report.joins import HOW, what_agrees
from entrepot.report.reading import Row
from entrepot.report.theme import BY_ROLE
from entrepot.report.words import count, day, plural

MIDDLE, MARGIN = (320, 210), 38
MOST = {1: 12, 2: 18}  # nodes on each circle
RADIUS = {1: (130, 105), 2: (265, 178)}
DOT = {0: 22, 1: 17, 2: 14}
BITS_A_TEN = math.log2(10)


@dataclass(frozen=True)
class Node:
    """A record of the actor (`key` is its number) or another actor (`key` is its id)."""

    key: str
    label: str
    called: str
    step: int
    is_own: bool
    is_same_person: bool
    x: float
    y: float


@dataclass(frozen=True)
class Edge:
    """A link between two nodes, in words."""

    a: Node
    b: Node
    what: str
    how: str
    weight: str
    since: str
    kind: str
    used: bool


@dataclass(frozen=True)
class Around:
    """The picture: nodes from the middle outward, edges from the heaviest, and how many nodes are left out."""

    nodes: Sequence[Node]
    edges: Sequence[Edge]
    left_out: int

    @property
    def centre(self) -> Node:
        return self.nodes[0]

    @property
    def sentence(self) -> str:
        """What the picture shows."""
        near, far = (sum(node.step == step for node in self.nodes) for step in (1, 2))
        if not near:
            return f"No link leads from {self.centre.called} to another record"
        second = f", {count(far)} more to those" if far else ""
        more = f"; {count(self.left_out)} more are not drawn" if self.left_out else ""
        return f"{plural(near, 'record is', 'records are')} linked to {self.centre.called}{second}{more}"

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, width and height of what is drawn."""
        across, up = ([getattr(node, axis) for node in self.nodes] for axis in ("x", "y"))
        left, top = min(across) - MARGIN, min(up) - MARGIN
        return left, top, max(across) + MARGIN - left, max(up) + MARGIN - top


def around(told: Row, *, centre: str = "", codes: Mapping[str, str] | None = None) -> Around | None:
    """The neighbourhood in `told` (of `kept.told_of`) of the record number `centre`; of the principal if it is empty.

    `codes` are those of other actors by id. None where there is no such record.
    """
    called = called_of(told["records"])
    links = sorted(told["links"], key=lambda link: -(link.get("weight_log2") or 0.0))
    joined = _joined(links)
    key = centre or _first(told["records"], joined)
    if key not in called and key not in joined:
        return None
    steps, left_out = _steps(key, joined)
    persons = {record["n"]: record.get("person_id") for record in told["records"]}
    nodes = _placed(key, steps, called, persons, codes or {})
    at = {node.key: node for node in nodes}
    edges = [_edge(link, at) for link in links if link["a"] in at and link["b"] in at]
    return Around(nodes, edges, left_out)


def called_of(records: Sequence[Row]) -> dict[str, str]:
    """What each record is called, by its number: `record 3, runner 2`."""
    people: dict[Any, str] = {}
    numbers = {"runner": 0, "person": 0}
    for record in sorted(records, key=lambda r: (r.get("role") != "principal", int(r["n"]))):
        person = record.get("person_id")
        if person not in people:
            said = str(record.get("role"))
            role = said if said in ("principal", "runner") else "person"
            numbers[role] = numbers.get(role, 0) + 1
            people[person] = "principal" if role == "principal" else f"{role} {numbers[role]}"
    several = len(people) > 1
    named = {
        r["n"]: f"record {r['n']}" + (f", {people[r.get('person_id')]}" if several else "") for r in records
    }
    return named  # fmt: skip


def _joined(links: Sequence[Row]) -> dict[str, list[str]]:
    """Whom each node is linked to, by the heaviest link first."""
    joined: dict[str, dict[str, None]] = {}
    for link in links:
        for one, other in ((link["a"], link["b"]), (link["b"], link["a"])):
            joined.setdefault(one, {})[other] = None
    return {key: list(others) for key, others in joined.items()}


def _first(records: Sequence[Row], joined: Mapping[str, Sequence[str]]) -> str:
    """The record in the middle at first: the principal's, else the one with the most links."""

    def rank(record: Row) -> tuple[bool, int, int]:
        return record.get("role") != "principal", -len(joined.get(record["n"], ())), int(record["n"])

    return str(min(records, key=rank)["n"]) if records else ""


def _steps(key: str, joined: Mapping[str, Sequence[str]]) -> tuple[dict[int, list[str]], int]:
    """The nodes in one step and in two, cut to what can be drawn, and how many were cut."""
    near = list(joined.get(key, ()))
    drawn = near[: MOST[1]]
    seen, far = {key, *near}, []
    for node in drawn:
        new = [other for other in joined[node] if other not in seen]
        seen.update(new)
        far += new
    left_out = len(near) - len(drawn) + max(0, len(far) - MOST[2])
    return {1: drawn, 2: far[: MOST[2]]}, left_out


def _placed(
    key: str,
    steps: Mapping[int, Sequence[str]],
    called: Mapping[str, str],
    persons: Mapping[str, Any],
    codes: Mapping[str, str],
) -> list[Node]:
    def node(name: str, step: int, x: float, y: float) -> Node:
        own = name in called
        label = name if own else codes.get(name, "other")
        words = called.get(name) or f"a record of {codes.get(name, 'another actor')}"
        same = own and persons.get(name) == persons.get(key)
        return Node(name, label, words, step, own, same, round(x, 1), round(y, 1))

    nodes = [node(key, 0, *MIDDLE)]
    for step, names in steps.items():
        for n, name in enumerate(names):
            angle = 2 * math.pi * (n + 0.5 * (step == 2)) / len(names)
            across, up = RADIUS[step]
            nodes.append(
                node(name, step, MIDDLE[0] + across * math.cos(angle), MIDDLE[1] + up * math.sin(angle))
            )
    return nodes


def _edge(link: Row, at: Mapping[str, Node]) -> Edge:
    return Edge(
        a=at[link["a"]],
        b=at[link["b"]],
        what=what_agrees(link),
        how=HOW.get(str(link.get("kind")), str(link.get("kind") or "")),
        weight=weight_of(link),
        since=day(link.get("link_from")),
        kind=str(link.get("kind") or ""),
        used=bool(link.get("used", True)),
    )


def weight_of(link: Row) -> str:
    """The weight of a link as odds that the two are one, before anything else is known."""
    bits = link.get("weight_log2")
    return "not weighed" if bits is None else odds(min(12.0, float(bits) / BITS_A_TEN))


def svg(picture: Around, address: Callable[[Node], str]) -> Markup:
    """The picture as one SVG whose nodes link to `address`; read aloud as a list of links."""
    lines = Markup("").join(_line(edge) for edge in reversed(picture.edges))
    dots = Markup("").join(_dot(node, address(node)) for node in reversed(picture.nodes))
    left, top, width, height = picture.box
    head = '<svg role="group" aria-label="{}" viewBox="{:g} {:g} {:g} {:g}" width="{:g}" height="{:g}">'
    opened = Markup(head).format(picture.sentence, left, top, width, height, width, height)
    return opened + lines + dots + Markup("</svg>")


def _line(edge: Edge) -> Markup:
    dashes = "2 4" if not edge.used else "5 4" if edge.kind == "behaviour" else "none"
    drawn = '<line x1="{}" y1="{}" x2="{}" y2="{}" stroke="{}" stroke-width="{}" stroke-dasharray="{}"/>'
    width = 1 if edge.a.step and edge.b.step else 2
    ends = (edge.a.x, edge.a.y, edge.b.x, edge.b.y)
    return Markup(drawn).format(*ends, BY_ROLE["line"], width, dashes)


def _dot(node: Node, address: str) -> Markup:
    fill, ink = _colours(node)
    rim = BY_ROLE["second"] if node.step == 0 else BY_ROLE["paper"]
    circle = Markup('<circle cx="{}" cy="{}" r="{}" fill="{}" stroke="{}" stroke-width="3"/>')
    drawn = circle.format(node.x, node.y, DOT[node.step], fill, rim)
    if node.is_own:
        text = '<text x="{}" y="{}" text-anchor="middle" dominant-baseline="central" font-size="13" fill="{}">{}</text>'
        drawn += Markup(text).format(node.x, node.y, ink, node.label)
    else:
        below = '<text x="{}" y="{}" text-anchor="middle" font-size="12" fill="{}">{}</text>'
        drawn += Markup(below).format(node.x, node.y + DOT[node.step] + 14, BY_ROLE["ink"], node.label)
    words = f"{node.called}, in the middle" if node.step == 0 else f"put {node.called} into the middle"
    return Markup('<a href="{}" aria-label="{}" class="node">{}</a>').format(address, words, drawn)


def _colours(node: Node) -> tuple[str, str]:
    if not node.is_own:
        return BY_ROLE["band"], BY_ROLE["ink"]
    return (
        (BY_ROLE["accent"], BY_ROLE["paper"])
        if node.is_same_person
        else (BY_ROLE["accent-soft"], BY_ROLE["ink"])
    )
