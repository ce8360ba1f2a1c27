"""What this room hands on: every customer with its person and its actor, and why.

Two kinds of joining are kept apart. A *person* is joined by identity; an *actor* may also be several persons
who act together: through one phone or card, or by queueing for one principal. Only the first makes several
customers one household, so the second may hold or ask, never count as proof.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import ibis.expr.types as ir

ACTORS: Mapping[str, str] = {
    "customer_id": "string",
    "person_id": "string",
    "actor_id": "string",
    "role": "string",  # sole | principal | runner | unknown
    "link_kind": "string",  # exact | fuzzy | behaviour | reviewed: the weakest that was needed; null for sole
    "link_probability": "float64",  # of the best link that joins this customer; null for sole
    "link_from": "date",  # the first day on which a link of this customer could be known
    "why": "string",
}
"""The columns of `Actors.actors`, one row a customer."""

LINKS: Mapping[str, str] = {
    "customer_a": "string",
    "customer_b": "string",
    "kind": "string",  # exact | fuzzy | behaviour | reviewed (a person joined them)
    "joins": "string",  # person: one household; actor: persons who act together
    "fields": "string",  # JSON: field -> {"agreed": what, "weight_log2": number}
    "weight_log2": "float64",
    "probability": "float64",
    "link_from": "date",
    "used": "boolean",  # false: weighed and found too light, or parted by a person
    "why": "string",
}
"""The columns of `Actors.links`, one row a pair of customers and kind, `customer_a` < `customer_b`."""

HUBS: Mapping[str, str] = {
    "key_kind": "string",
    "key_hash": "string",
    "customers": "int64",
    "people": "int64",  # different names among them; a customer without a name counts as one
    "expected_customers": "float64",  # the most people that personal life explains for this kind
    "is_hub": "boolean",
    "why": "string",
}
"""The columns of `Actors.hubs`, one row a key that two or more customers share."""

RINGS: Mapping[str, str] = {"actor_id": "string", "person_id": "string", "half": "int64"}
"""The columns of `Actors.rings`, one row a person of a ring and the half of days on which it was formed."""

LOCKSTEP: Mapping[str, str] = {
    "actor_id": "string",
    "half": "int64",  # the half of days on which the ring was tested; it was formed on the other
    "log10_e": "float64",
    "shared_days": "int64",
    "expected_days": "float64",
    "detail": "string",  # JSON
}
"""The columns of `Actors.lockstep`, one row a ring and testing half."""

CHANGES: Mapping[str, str] = {"actor_id": "string", "was": "string", "change": "string", "at": "date"}
"""The columns of `Actors.changes`: `change` is same, merged, split, new or gone."""


@dataclass(frozen=True)
class Actors:
    """Who is who. Each field is an Ibis table with the columns named above; `notes` goes into `run.json`."""

    actors: ir.Table
    links: ir.Table
    hubs: ir.Table
    rings: ir.Table
    lockstep: ir.Table
    changes: ir.Table
    notes: Mapping[str, object]
