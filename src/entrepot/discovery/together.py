"""Persons who act together are judged together: n households under the null, one business under the alternative.

What one person answers stands for most actors. Of actors of several the counts are added up, and the evidence is joint
(`weighing.each_together`). A ring that was formed by conduct on one half of the days is tested on the other.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from entrepot.actors.tables import Actors
from entrepot.discovery.asking import count_bin, exposure_bin
from entrepot.discovery.personal_use import Array
from entrepot.discovery.signals import View
from entrepot.discovery.weighing import CEILING, Fitted, Weighed, each_together
from entrepot.engines import Engine

JOINT = pa.schema(
    [
        ("question", pa.int16()),
        ("actor", pa.int32()),
        ("joint", pa.float64()),
        ("joint_unusual", pa.float64()),
    ]
)


def members_of_several(view: View, actors: Actors) -> ir.Table:
    """Persons of actors of several: `actor, person, test_half` (null: all days).

    A ring that was formed by conduct on one half of the days is tested on the other.
    """
    persons = view.purchases.persons
    sizes = persons.group_by("actor").agg(persons=persons.count())
    several = sizes.filter(sizes.persons > 1)
    rings = actors.rings.select("actor_id", "person_id", test_half=(1 - actors.rings.half).cast("int8"))
    by_conduct = rings.join(persons.select("person_id", "person"), "person_id")
    numbers = persons.select("actor_id", "actor").distinct()
    by_conduct = by_conduct.join(numbers, "actor_id").select("actor", "person", "test_half")
    plain = persons.semi_join(several, "actor").anti_join(rings, "actor_id")
    plain = plain.select("actor", "person", test_half=ibis.null("int8"))
    return view.engine.keep(ibis.union(by_conduct, plain), "members")


def persons_of_several(view: View, members: ir.Table) -> ir.Table:
    """`person, actor` of every actor that is not one person alone."""
    persons = view.purchases.persons.select("person", "actor")
    others = persons.filter(persons.person != persons.actor).select("actor")
    return persons.semi_join(ibis.union(others, members.select("actor")), "actor")


def added_up(row: ir.Table, joint: ir.Table, members: ir.Table) -> ir.Table:
    """The answers `row` of persons of several, one row a question and actor."""
    each = row.group_by("question", "actor").agg(
        log10_e=row.log10_e.max(),
        log10_e_unusual=row.log10_e_unusual.max(),
        count=row["count"].sum(),
        expected=row.expected.sum(),
    )
    both = each.left_join(joint, ["question", "actor"]).select(*each.columns, "joint", "joint_unusual")
    rings = members.select(ring="actor").distinct()
    both = both.left_join(rings, both.actor == rings.ring)
    ring = both.ring.notnull()
    return both.mutate(
        log10_e=ibis.least(ibis.ifelse(ring, both.joint.fill_null(0.0), both.log10_e), CEILING),
        log10_e_unusual=ibis.least(
            ibis.ifelse(ring, both.joint_unusual.fill_null(0.0), both.log10_e_unusual), CEILING
        ),
    )


def in_turn_of(engine: Engine, weighed: Weighed, members: ir.Table) -> pa.Table:
    """The answers of `members`: `question, fold, actor, half, c, b`, sorted by these, one row a person.

    Those who were joined by conduct are tested on the days that did not form them (`half`; -1: on all days).
    """
    of = ("question", "fold", "actor")
    whole = weighed.persons.join(members.filter(members.test_half.isnull()), "person")
    whole = whole.select(*of, "c", "b", half=ibis.literal(-1, "int8"))
    tested = weighed.halves.join(members.filter(members.test_half.notnull()), "person")
    first = tested.test_half == 0
    count = ibis.ifelse(first, tested.count_a, tested.count_b)
    exposure = ibis.ifelse(first, tested.exposure_a, tested.exposure_b)
    tested = tested.filter(exposure > 0).select(
        *of, c=count_bin(count), b=exposure_bin(exposure), half=tested.test_half
    )
    rows = engine.fetch(ibis.union(whole, tested))
    return rows.sort_by([(name, "ascending") for name in (*of, "half")])


def joint_of(in_turn: pa.Table, weighed: Weighed, counts: Collection[str]) -> pa.Table:
    """`question, actor, joint, joint_unusual` (log10 e) of actors of several persons."""
    parts = [_of_question(in_turn, fitted) for fitted in weighed.fitted.values() if fitted.name in counts]
    return pa.concat_tables([JOINT.empty_table(), *parts])


def _of_question(rows: pa.Table, fitted: Fitted) -> pa.Table:
    """`JOINT` of one question, from `question, fold, actor, half, c, b`, sorted by these, one row a person."""
    rows = rows.filter(pc.equal(rows["question"], fitted.number))
    if not rows.num_rows:
        return JOINT.empty_table()
    fold, actor, half, c, b = (
        rows[name].to_numpy().astype(float) for name in ("fold", "actor", "half", "c", "b")
    )
    begins = _beginnings(actor, half)  # of the persons of an actor who are tested on one half
    of_fold = [(int(k), fold == k, fold[begins] == k) for k in np.unique(fold)]
    parts = [
        each_together(fitted, k, c[persons], b[persons], begins[tests] - begins[tests][0])
        for k, persons, tests in of_fold
    ]
    found = [np.concatenate(values) for values in zip(*parts, strict=True)]
    actors = _beginnings(actor[begins])
    numbers = [np.full(len(actors), fitted.number, np.int16), actor[begins][actors].astype(np.int32)]
    joint = [_mean_of_halves(log10_e, half[begins], actors) for log10_e in found]
    return pa.table([*map(pa.array, numbers), *joint], schema=JOINT)


def _beginnings(*keys: NDArray[Any]) -> NDArray[np.int64]:
    """The places of sorted rows at which one of `keys` is another than before."""
    other = np.any([np.concatenate([[True], key[1:] != key[:-1]]) for key in keys], axis=0)
    return np.flatnonzero(other)


def _mean_of_halves(log10_values: Array, half: Array, begins: NDArray[np.int64]) -> Array:
    """log10 of the mean of an actor's two e-values, its rows in a row from `begins` on.

    A half without a test counts as one; a test on all days (`half` below 0) stands alone.
    """
    power = 10.0 ** np.minimum(log10_values, CEILING)
    without = 2 - np.diff(begins, append=len(half))
    mean = (np.add.reduceat(power, begins) + without) / 2
    return np.where(half[begins] < 0, log10_values[begins], np.log10(np.maximum(mean, 1e-300)))
