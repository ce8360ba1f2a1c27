"""A list of actors against the truth of a made market: found, missed, wrongly listed.

A listed actor is right if at least half of the units that its customers bought were bought to resell, so an
actor that swallowed its neighbours is wrong. Each true reseller counts once, however many actors it was
split into.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import ibis
import ibis.expr.types as ir


@dataclass(frozen=True)
class Score:
    """What a list is worth. `wrong_kinds` says what the wrongly listed really are. Counts are actors;
    `revenue` is money, net of returns; `resold` are units, those that all resellers bought to resell and those
    that the found ones did."""

    listed: int
    wrongly_listed: int
    wrong_kinds: Mapping[str, int]
    found: int
    missed: int
    revenue: float
    revenue_listed: float
    resold: int
    resold_found: int

    @property
    def false_share_0_1(self) -> float:
        """The realised share of the list that is wrong; 0 for an empty list."""
        return self.wrongly_listed / self.listed if self.listed else 0.0

    @property
    def revenue_share_0_1(self) -> float:
        """The share of the revenue of all actors that the listed ones brought."""
        return self.revenue_listed / self.revenue if self.revenue else 0.0

    @property
    def resold_share_0_1(self) -> float:
        """The share of all units bought to resell that the found resellers bought; 0 where nothing was resold."""
        return self.resold_found / self.resold if self.resold else 0.0


def score(findings: ir.Table, actors: ir.Table, truth: ir.Table) -> Score:
    """Compare the flagged rows of `findings` with `truth`; `actors` says which customers are one actor.

    `findings` has one row an actor (`actor_id, flagged, declared, revenue`), `actors` one row a customer
    (`customer_id, actor_id`), `truth` one row a customer as `market.make` writes it. Businesses that declared
    themselves stand apart: one that resells is found, and none is wrongly listed.
    """
    known = actors.select("customer_id", "actor_id").join(truth, "customer_id")
    flagged = _right_or_wrong(known, findings.filter(findings.flagged))
    listed = flagged.filter(flagged.declared != "yes")
    caught = known.join(flagged.filter(flagged.right), "actor_id").filter(ibis._.is_customer_entrepreneur)
    real = truth.filter(truth.is_customer_entrepreneur, truth.units_to_resell > 0)
    kinds = listed.filter(~listed.right).kind.value_counts(name="n").to_pyarrow().to_pylist()
    found = int(caught.true_actor.nunique().to_pyarrow().as_py())
    resold = _one(real.aggregate(all=real.units_to_resell.sum()))["all"]
    theirs = _one(caught.aggregate(all=caught.units_to_resell.sum()))["all"]
    named = findings.flagged & (findings.declared != "yes")
    money = _one(findings.aggregate(all=findings.revenue.sum(), listed=findings.revenue.sum(where=named)))
    return Score(
        listed=int(listed.count().to_pyarrow().as_py()),
        wrongly_listed=sum(row["n"] for row in kinds),
        wrong_kinds={row["kind"]: row["n"] for row in kinds},
        found=found,
        missed=int(real.true_actor.nunique().to_pyarrow().as_py()) - found,
        revenue=float(money["all"] or 0),
        revenue_listed=float(money["listed"] or 0),
        resold=int(resold or 0),
        resold_found=int(theirs or 0),
    )


def revenue_share(lines: ir.Table, truth: ir.Table) -> float:
    """The true share (0–1) of customer-entrepreneurs in the revenue linked to a buyer.

    `lines` has one row an order line (`customer_id, revenue_net`), `truth` one row a customer; declared businesses
    that resell are among them.
    """
    row = lines.join(truth.select("customer_id", "is_customer_entrepreneur"), "customer_id")
    revenue = row.revenue_net.cast("float64")
    found = _one(row.aggregate(all=revenue.sum(), theirs=revenue.sum(where=row.is_customer_entrepreneur)))
    return float(found["theirs"] or 0) / float(found["all"] or 1)


def _right_or_wrong(known: ir.Table, listed: ir.Table) -> ir.Table:
    units = known.group_by("actor_id").aggregate(
        units=ibis._.units.sum(), resold=ibis._.units_to_resell.sum(), kind=ibis._.kind.argmax(ibis._.units)
    )
    joined = listed.select("actor_id", "declared").left_join(units, "actor_id")
    right = ((joined.units > 0) & (joined.resold * 2 >= joined.units)).fill_null(False)
    return joined.select(joined.actor_id, joined.declared, joined.kind, right=right)


def _one(row: ir.Table) -> dict[str, Any]:
    rows: list[dict[str, Any]] = row.to_pyarrow().to_pylist()
    return rows[0]
