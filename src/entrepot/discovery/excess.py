"""Excess units: what an actor bought above its own use, with an interval that answers for those who resell.

Own use is predicted as a distribution (`own_use`): from how long and on how many days an actor has been shopping,
and from the everyday goods in its baskets. The bought units less its middle are the excess, floored at zero. The
interval is meant to hold the truth of 95 in 100 of those who buy to resell at all: its lower end is zero where a
household might have bought as much, and its upper end is all that was bought where own use may be nothing.

Ends that are read on listed actors only are chosen. Of about m actors that resell R are listed; their level is raised
to 1 − 0.05·R/m (Benjamini & Yekutieli 2005, false coverage rate), so that 95 % still holds over those that are read.
m is the sum of the probabilities: of households nothing is said, since the interval is of those who resell.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from entrepot.discovery import own_use
from entrepot.discovery.evidence import UNITS
from entrepot.discovery.own_use import Bought, Buyers, Households
from entrepot.discovery.personal_use import Array, units_between
from entrepot.discovery.signals import View
from entrepot.discovery.weighing import Fitted, Weighed, count_bin

TAIL = 0.025
SUSPECT = 0.5  # probability of resale from which a person helps to say what is resold
CHANCES = 1024  # steps of a probability
BINS_AN_OCTAVE_OF_TIME, BINS_AN_OCTAVE_OF_DAYS = 32, 4
ENDS = ("own_middle", "own_low", "own_high", "own_low_listed", "own_high_listed")
CELL = ("units", "everyday", "time", "days")


def personal_use(view: View, weighed: Weighed, suspicion: ir.Table, stated: Sequence[str] = ()) -> ir.Table:
    """Own use, one row an actor: `actor_id, own_mean` (of as many households), `own_middle, own_low, own_high`, and
    `own_low_listed, own_high_listed` for reading on listed actors only.

    `suspicion` is `actor_id, resale_probability, flagged`. `stated` names the counts of units whose personal use was
    stated for a category; they are added to what the orders show of the others.
    """
    many = suspicion.aggregate(listed=suspicion.flagged.sum(), resell=suspicion.resale_probability.sum())
    (counts,) = view.engine.fetch(many).to_pylist()
    tail = tail_of_listed(counts["listed"] or 0, counts["resell"] or 0.0)
    nothing = view.purchases.persons.select("actor_id").distinct()
    parts = [nothing.mutate(own_mean=ibis.literal(0.0), **_zeros())]
    if UNITS in weighed.fitted:
        usual = _stated(view, weighed, UNITS, tail).select("actor_id", "own_mean")
        parts += [usual.mutate(**_zeros()), _shown(view, suspicion, tail).mutate(own_mean=ibis.literal(0.0))]
    parts += [_stated(view, weighed, name, tail) for name in stated if name in weighed.fitted]
    columns = ("own_mean", *ENDS)
    every = ibis.union(*[part.select("actor_id", *columns) for part in parts], distinct=False)
    added = every.group_by("actor_id").agg(**{name: every[name].sum() for name in columns})
    return view.engine.keep(added, "personal_use")


def _zeros() -> dict[str, ir.FloatingValue]:
    return {name: ibis.literal(0.0) for name in ENDS}


def tail_of_listed(listed: int, resell: float) -> float:
    """The chance to leave at either end of an interval that is read on `listed` of about `resell` who resell.

    >>> tail_of_listed(10, 40.0), tail_of_listed(50, 40.0)
    (0.00625, 0.025)
    """
    return TAIL * max(listed, 1) / max(listed, resell, 1.0)


def _shown(view: View, suspicion: ir.Table, tail: float) -> ir.Table:
    """Own use as the orders show it: `actor_id` and `ENDS`.

    Of persons who are alone Python sees how many bought alike; of several who act as one, what each bought.
    """
    persons = view.engine.keep(_persons(view, suspicion), "own_use_of_persons")
    cells = _arrays(view, _cells(persons), by=("alone", *CELL))
    usual = own_use.households(Bought(**{c: cells[c] for c in CELL}, weight=cells["households"]))
    alone = {name: values[cells["alone"] > 0] for name, values in cells.items()}
    rows = persons.filter(~persons.alone).select("actor", "person", "chance", *CELL)
    several = _arrays(view, rows, by=("actor", "person"))
    begins = np.flatnonzero(np.diff(several["actor"], prepend=-1))
    like, of_cell = _alike(usual, alone)
    buyers = _together(_buyers(usual, like), _added(_buyers(usual, several), begins))
    suspects = np.concatenate([like["suspects"], _suspects(several["chance"][begins])])
    mix = own_use.resold_mix(buyers.only(suspects > 0), suspects[suspects > 0], usual.shares)
    ends = dict(zip(ENDS, own_use.ends(buyers, usual.shares, mix, (TAIL, tail)), strict=True))
    cell_ends = {name: value[of_cell] for name, value in ends.items()}
    for_cells = view.engine.hold(pa.table({c: alone[c] for c in CELL} | cell_ends))
    numbers = pa.array(several["actor"][begins].astype(np.int32))
    n = len(like["units"])
    for_actors = view.engine.hold(pa.table({"actor": numbers} | {k: v[n:] for k, v in ends.items()}))
    ids = persons.select("actor", "actor_id").distinct()
    found = (persons.filter(persons.alone).join(for_cells, CELL), ids.join(for_actors, "actor"))
    return ibis.union(*[table.select("actor_id", *ENDS) for table in found], distinct=False)


def _alike(usual: Households, alone: dict[str, Array]) -> tuple[dict[str, Array], Any]:
    """Cells whose own use is the same, since their times are of one group, as one; and which one each cell is."""
    group = usual.group_of(alone["time"])
    keys = np.stack([alone["units"], alone["everyday"], alone["days"], group])
    _, first, which = np.unique(keys, axis=1, return_index=True, return_inverse=True)
    like = {name: alone[name][first] for name in CELL}
    like["suspects"] = np.bincount(which.ravel(), alone["suspects"], len(first)).astype(np.float64)
    return like, which.ravel()


def _persons(view: View, suspicion: ir.Table) -> ir.Table:
    """Who bought anything, one row a person: `person, actor, actor_id, alone, chance` and the values of its `CELL`."""
    sums = view.sums.group_by("person").agg(
        units=view.sums.units.sum(), everyday=view.sums.units_everyday.sum(),
        time=view.sums.passed.sum(), days=view.sums.trips.sum(),
    )  # fmt: skip
    people = view.purchases.persons.select("person", "actor", "actor_id")
    several = people.group_by("actor").agg(persons=people.count())
    row = sums.filter(sums.units > 0).join(people, "person").join(several, "actor")
    row = row.left_join(suspicion.select("actor_id", "resale_probability"), "actor_id").drop("actor_id_right")
    # binary fractions add up to the same in any order
    chance = (row.resale_probability.fill_null(0.0) * CHANCES).round() / CHANCES
    return row.select(
        "person", "actor", "actor_id", alone=row.persons == 1, chance=chance,
        units=count_bin(row.units), everyday=count_bin(row.everyday),
        time=_rounded(row.time, BINS_AN_OCTAVE_OF_TIME), days=_rounded(row.days, BINS_AN_OCTAVE_OF_DAYS),
    )  # fmt: skip


def _rounded(value: ir.NumericValue, bins_an_octave: int) -> ir.FloatingValue:
    """To the nearest of so many steps between each power of two and the next; at least one half."""
    power = (value.clip(lower=0.5).log2() * bins_an_octave).round() / bins_an_octave
    return ibis.literal(2.0) ** power


def _cells(persons: ir.Table) -> ir.Table:
    """How many persons bought alike: `CELL`, `alone`, and the expected numbers of `households` and of `suspects`."""
    suspects = persons.chance.sum(where=persons.chance >= SUSPECT).fill_null(0.0)
    return persons.group_by(*CELL, "alone").agg(households=(1 - persons.chance).sum(), suspects=suspects)


def _suspects(chance: Array) -> Array:
    return np.where(chance >= SUSPECT, chance, 0.0)


def _arrays(view: View, table: ir.Table, by: Sequence[str]) -> dict[str, Array]:
    rows = view.engine.fetch(table.order_by(list(by)))
    return {name: pc.cast(rows[name], pa.float64()).to_numpy() for name in rows.column_names}


def _buyers(usual: Households, rows: dict[str, Array]) -> Buyers:
    own = usual.own_use(rows["time"], rows["days"])
    return Buyers(rows["units"], rows["everyday"], np.ones(len(own)), own)


def _added(persons: Buyers, begins: Any) -> Buyers:
    """Persons of one actor in a row, from `begins` on, added."""
    if not len(begins):
        return persons
    columns = (persons.units, persons.everyday, persons.persons, persons.own)
    return Buyers(*[np.add.reduceat(column, begins, axis=0) for column in columns])


def _together(one: Buyers, other: Buyers) -> Buyers:
    pairs = ((getattr(b, name) for b in (one, other)) for name in ("units", "everyday", "persons", "own"))
    return Buyers(*[np.concatenate(list(pair)) for pair in pairs])


def _stated(view: View, weighed: Weighed, name: str, tail: float) -> ir.Table:
    """`actor_id, own_mean` and `ENDS` by the null of one count: n persons are n households, whose means add, and
    distances to the ends in squares."""
    row = _of(view, weighed, name, tail).join(view.purchases.persons.select("person", "actor_id"), "person")
    names = {
        "own_low": "low",
        "own_high": "high",
        "own_low_listed": "low_listed",
        "own_high_listed": "high_listed",
    }
    added = row.group_by("actor_id").agg(
        own_mean=row["mean"].sum(),
        **{end: ((row[column] - row["mean"]) ** 2).sum().sqrt() for end, column in names.items()},
    )
    mean = added.own_mean
    ends = {e: (mean - added[e]).clip(lower=0) if "low" in e else mean + added[e] for e in names}
    return added.select("actor_id", own_mean=mean, own_middle=mean, **ends)


def _of(view: View, weighed: Weighed, name: str, tail: float) -> ir.Table:
    """Personal use of one count: one row a person."""
    mine = weighed.of(name)
    joined = mine.join(_table(view, mine, weighed.fitted[name], tail), ["fold", "b"])
    return joined.select("person", "low", "mean", "high", "low_listed", "high_listed")


def _table(view: View, rows: ir.Table, fitted: Fitted, tail: float) -> ir.Table:
    cells = view.engine.fetch(rows.select("fold", "b").distinct().order_by("fold", "b"))
    fold, b = cells["fold"].to_numpy(), cells["b"].to_numpy().astype(float)
    columns = {name: np.zeros(len(b)) for name in ("low", "mean", "high", "low_listed", "high_listed")}
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
