"""From pairs to groups: connected components over the few that are linked; singletons never leave the engine."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
from ibis import _
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from entrepot.engines import Engine


def components_of(nodes: int, left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """The component of each of `nodes` nodes under the edges `left[i]`-`right[i]`.

    >>> components_of(4, np.array([0, 2]), np.array([1, 1])).tolist()
    [0, 0, 0, 1]
    """
    graph = coo_array((np.ones(len(left), dtype=np.int8), (left, right)), shape=(nodes, nodes))
    return connected_components(graph, directed=False)[1]


def group(engine: Engine, links: ir.Table) -> ir.Table:
    """One row a linked customer: `customer_id, person, actor`, each the smallest customer_id of its group; kept.

    `links` are the used ones: `customer_a, customer_b, joins`. Persons follow the links that join a person,
    actors all of them.
    """
    ends = ibis.union(
        links.select(customer_id=_.customer_a), links.select(customer_id=_.customer_b), distinct=True
    )
    nodes = engine.keep(ends.mutate(node=ibis.row_number().over(order_by=ends.customer_id)), "nodes")
    a, b = nodes.view(), nodes.view()
    coded = links.join(a, [("customer_a", "customer_id")]).join(b, [("customer_b", "customer_id")])
    edges = engine.fetch(coded.select(left=a.node, right=b.node, is_person=links.joins == "person"))
    left, right = (edges[end].to_numpy().astype(np.int64) for end in ("left", "right"))
    is_person = edges["is_person"].to_numpy(zero_copy_only=False).astype(bool)
    count = engine.fetch(nodes.count()).as_py()
    groups = pa.table({
        "node": np.arange(count),
        "person_group": components_of(count, left[is_person], right[is_person]),
        "actor_group": components_of(count, left, right),
    })  # fmt: skip
    members = engine.hold(groups, "groups").join(nodes, "node")
    return engine.keep(
        members.select(
            "customer_id",
            person=members.customer_id.min().over(group_by=members.person_group),
            actor=members.customer_id.min().over(group_by=members.actor_group),
        ),
        "grouped",
    )
