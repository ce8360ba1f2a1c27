"""Excess units: what an actor bought above the personal use of a household in the same time, with an interval.

A household's units in a time are predicted by the fitted null of all units over time; the actor's units less that
are the excess, floored at zero. The interval is predictive: 2.5 % of households would buy more than what is taken
off for the lower end. Where the numbers are read on listed actors only, the level is raised to 1 − 0.05·R/n for R
listed of n (Benjamini & Yekutieli 2005, false coverage rate), so that 95 % still holds over those that are read.
"""

from __future__ import annotations

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from entrepot.discovery.evidence import UNITS
from entrepot.discovery.personal_use import units_between
from entrepot.discovery.signals import View
from entrepot.discovery.weighing import Fitted, Weighed


def personal_use(view: View, weighed: Weighed, listed_share: float, stated: Sequence[str] = ()) -> ir.Table:
    """Units of personal use, one row an actor: `actor_id, own_mean, own_low, own_high` and the wider
    `own_low_listed, own_high_listed` for reading on listed actors only.

    An actor of n persons is n households: means add, distances to the ends add in squares. `stated` names the counts of
    units whose personal use was stated for a category; they are added to what the orders show of the others.
    """
    persons = view.purchases.persons.select("person", "actor_id")
    names = [name for name in (UNITS, *stated) if name in weighed.fitted]
    if not names:
        nothing = persons.select("actor_id").distinct().mutate(own_mean=ibis.literal(0.0))
        ends = ("own_low", "own_high", "own_low_listed", "own_high_listed")
        return view.engine.keep(nothing.mutate(**dict.fromkeys(ends, ibis.literal(0.0))), "personal_use")
    own = ibis.union(*[_of(view, weighed, name, listed_share) for name in names], distinct=False)
    row = own.join(persons, "person")
    added = row.group_by("actor_id").agg(
        own_mean=row.mean.sum(),
        **{
            name: ((row[name] - row.mean) ** 2).sum().sqrt()
            for name in ("low", "high", "low_listed", "high_listed")
        },
    )
    return view.engine.keep(
        added.select(
            "actor_id",
            "own_mean",
            own_low=(added.own_mean - added.low).clip(lower=0),
            own_high=added.own_mean + added.high,
            own_low_listed=(added.own_mean - added.low_listed).clip(lower=0),
            own_high_listed=added.own_mean + added.high_listed,
        ),
        "personal_use",
    )


def _of(view: View, weighed: Weighed, name: str, listed_share: float) -> ir.Table:
    """Personal use of one count: one row a person."""
    mine = weighed.of(name)
    joined = mine.join(_table(view, mine, weighed.fitted[name], listed_share), ["fold", "b"])
    return joined.select("person", "low", "mean", "high", "low_listed", "high_listed")


def _table(view: View, rows: ir.Table, fitted: Fitted, listed_share: float) -> ir.Table:
    cells = view.engine.fetch(rows.select("fold", "b").distinct().order_by("fold", "b"))
    fold, b = cells["fold"].to_numpy(), cells["b"].to_numpy().astype(float)
    columns = {name: np.zeros(len(b)) for name in ("low", "mean", "high", "low_listed", "high_listed")}
    tail = 0.025 * max(listed_share, 1e-6)
    for k, null in enumerate(fitted.nulls):
        mine = fold == k
        exposure = fitted.exposure(k, b[mine])
        low, mean, high = units_between(null, exposure)
        wide_low, _, wide_high = units_between(null, exposure, low=tail, high=1 - tail)
        for name, value in zip(columns, (low, mean, high, wide_low, wide_high), strict=True):
            columns[name][mine] = value
    return view.engine.hold(
        pa.table({"fold": pa.array(fold, pa.int8()), "b": pa.array(b.astype(np.int32)), **columns}),
        "personal_units",
    )
