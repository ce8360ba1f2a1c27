"""How strongly the orders speak against personal use: one e-value an actor, from all signals.

The counts of a signal are averaged, the signals are averaged with fixed weights, and so is one product of two
counts that ask different things (`TOGETHER`). A weighted mean of e-values is an e-value under any dependence; the
product is one where its factors are independent among households, and the controls test that. What is missing
says nothing, which is an e-value of one. Where controls show that households are not quite as described, all
evidence is brought to the power γ.

Sources: Vovk & Wang 2021 (merging e-values); Wang & Ramdas 2022 (e-BH).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from entrepot.actors.tables import Actors
from entrepot.discovery.personal_use import Array, PersonalUse
from entrepot.discovery.signals import SIGNALS, Count, Signal, View
from entrepot.discovery.weighing import (
    Weighed,
    count_bin,
    exposure_bin,
    reweigh,
    together,
    weigh,
    weigh_given,
)
from entrepot.engines import Engine

TOGETHER = ("stock", "no habit")
TOGETHER_WEIGHT = 0.15
CEILING = 250.0  # of log10 e; more would overflow and says nothing more


@dataclass(frozen=True)
class Answer:
    """One count, weighed: `actors` has `actor_id, log10_e, count, expected`, one row an actor with an exposure."""

    signal: Signal
    count: Count
    weighed: Weighed
    counted: ir.Table
    actors: ir.Table


@dataclass(frozen=True)
class Evidence:
    """All answers and what they add up to.

    `combined`: one row an actor, `actor_id, log10_e` (before γ). `signals`: one row an actor and signal that has
    something to say, `actor_id, signal, log10_e, detail`. `abstained`: signal -> what would open it.
    """

    answers: Sequence[Answer]
    combined: ir.Table
    signals: ir.Table
    abstained: Mapping[str, str]
    members: ir.Table
    lockstep: ir.Table


def collect(
    view: View, actors: Actors, present: frozenset[str], given: Sequence[tuple[Count, PersonalUse]] = ()
) -> Evidence:
    """Put every question to the orders of `view`; `present` are the columns and tables that came with values.

    `given` are counts whose personal use the user has stated, because the orders cannot show it.
    """
    answers: list[Answer] = []
    abstained: dict[str, str] = {}
    members = _members(view, actors)
    for signal in SIGNALS:
        missing = signal.needs - present
        if missing:
            abstained[signal.name] = f"needs {', '.join(sorted(missing))}"
            continue
        for count in signal.counts:
            answer = _answer(view, signal, count, members)
            if answer is None:
                abstained.setdefault(signal.name, "too few persons have anything to count")
            else:
                answers.append(answer)
    stock = next(s for s in SIGNALS if s.name == "stock")
    for count, null in given:
        counted = view.engine.keep(count.of(view), "counts")
        weighed = weigh_given(view.engine, counted, view.purchases.persons, null)
        answers.append(Answer(stock, count, weighed, counted, _by_actor(view, weighed, counted, members)))
    lockstep = _lockstep(view.engine, actors)
    return _merged(view, answers, abstained, members, lockstep)


def _merged(
    view: View, answers: Sequence[Answer], abstained: Mapping[str, str], members: ir.Table, lockstep: ir.Table
) -> Evidence:
    combined = _combine(view, answers, lockstep)
    return Evidence(
        answers, combined, _by_signal(view.engine, answers, lockstep), abstained, members, lockstep
    )


def if_heavy_households_were(view: View, evidence: Evidence, times: float) -> ir.Table:
    """The combined evidence (`actor_id, log10_e`) if heavy households were `times` as common as was fitted."""
    again = []
    for answer in evidence.answers:
        weighed = reweigh(view.engine, answer.weighed, times)
        table = _by_actor(view, weighed, answer.counted, evidence.members)
        again.append(replace(answer, weighed=weighed, actors=table))
    return _combine(view, again, evidence.lockstep)


def _members(view: View, actors: Actors) -> ir.Table:
    """Persons of actors of several: `actor_id, person, fold, test_half` (null: all days).

    A ring that was formed by conduct on one half of the days is tested on the other.
    """
    persons = view.purchases.persons
    sizes = persons.group_by("actor_id").agg(persons=persons.count())
    several = sizes.filter(sizes.persons > 1)
    rings = actors.rings.select("actor_id", "person_id", test_half=(1 - actors.rings.half).cast("int8"))
    by_conduct = rings.join(persons.select("person_id", "person", "fold"), "person_id")
    by_conduct = by_conduct.select("actor_id", "person", "fold", "test_half")
    plain = persons.semi_join(several, "actor_id").anti_join(rings, "actor_id")
    plain = plain.select("actor_id", "person", "fold", test_half=ibis.null("int8"))
    return view.engine.keep(ibis.union(by_conduct, plain), "members")


def _answer(view: View, signal: Signal, count: Count, members: ir.Table) -> Answer | None:
    counted = count.of(view)
    if counted is None:
        return None
    counted = view.engine.keep(counted, "counts")
    weighed = weigh(view.engine, counted, view.purchases.persons, scaled=count.scaled)
    if weighed is None:
        return None
    return Answer(signal, count, weighed, counted, _by_actor(view, weighed, counted, members))


def _by_actor(view: View, weighed: Weighed, counted: ir.Table, members: ir.Table) -> ir.Table:
    engine = view.engine
    usual = engine.hold(
        pa.table({
            "fold": pa.array(range(len(weighed.nulls)), pa.int8()),
            "level": [p.level for p in weighed.powers],
            "exponent": [p.exponent for p in weighed.powers],
            "rate": [float(np.exp(n.grid) @ n.household) for n in weighed.nulls],
        }),
        "usual",
    )  # fmt: skip
    row = weighed.persons.join(usual, "fold").join(
        view.purchases.persons.select("person", "actor_id"), "person"
    )
    row = row.mutate(expected=row.rate * row.level.exp() * row.exposure**row.exponent)
    each = row.group_by("actor_id").agg(
        log10_e=row.log10_e.max(), count=row["count"].sum(), expected=row.expected.sum(), persons=row.count()
    )
    joint = engine.hold(_joint(engine, weighed, counted, members), "joint")
    both = each.left_join(joint, "actor_id")
    several = members.select("actor_id").distinct().mutate(several=True)
    both = both.select(*each.columns, "joint").left_join(several, "actor_id")
    said = ibis.ifelse(both.several.notnull(), both.joint.fill_null(0.0), both.log10_e)
    return engine.keep(
        both.select("actor_id", "count", "expected", log10_e=ibis.least(said, CEILING)), "by_actor"
    )


def _joint(engine: Engine, weighed: Weighed, counted: ir.Table, members: ir.Table) -> pa.Table:
    """`actor_id, joint` (log10 e) of actors of several persons, each tested on the days that did not form it."""
    answers: dict[str, list[float]] = {}
    for half in (None, 0, 1):
        mine = members.filter(members.test_half.isnull() if half is None else members.test_half == half)
        days = counted if half is None else counted.filter(counted.half == half)
        found = days.group_by("person").agg(
            count=days["count"].sum().cast("float64"), exposure=days.exposure.sum()
        )
        found = found.filter(found.exposure > 0).join(mine, "person")
        rows = found.select("actor_id", "fold", c=count_bin(found["count"]), b=exposure_bin(found.exposure))
        tested = together(weighed, engine.fetch(rows))
        for actor, value in tested.items():
            answers.setdefault(actor, []).extend([value] if half is not None else [value, value])
    names = sorted(answers)
    return pa.table(
        {"actor_id": pa.array(names, pa.string()), "joint": [_mean_of_halves(answers[n]) for n in names]}
    )


def _mean_of_halves(log10_values: Sequence[float]) -> float:
    """log10 of the mean of two e-values; a half without a test counts as one."""
    padded = [min(v, CEILING) for v in log10_values] + [0.0] * (2 - len(log10_values))
    return float(np.log10(np.mean(10.0 ** np.array(padded))))


def _lockstep(engine: Engine, actors: Actors) -> ir.Table:
    """`actor_id, log10_e, count, expected` of rings; halves averaged, a half without a test counts as one."""
    rows = actors.lockstep
    power = ibis.literal(10.0) ** ibis.least(rows.log10_e, CEILING)
    each = rows.group_by("actor_id").agg(
        total=power.sum(),
        halves=rows.count(),
        count=rows.shared_days.sum(),
        expected=rows.expected_days.sum(),
    )
    mean = (each.total + ibis.greatest(2 - each.halves, 0)) / ibis.greatest(each.halves, 2)
    return engine.keep(each.select("actor_id", "count", "expected", log10_e=mean.log10()), "lockstep")


def weights(answers: Sequence[Answer], with_lockstep: bool) -> dict[str, float]:
    """The part of each count in the mean, by the count's name; with `TOGETHER` and lockstep they sum to one."""
    parts = {a.count.name: a.signal.weight / sum(b.signal is a.signal for b in answers) for a in answers}
    if all(name in parts for name in TOGETHER):
        parts["together"] = TOGETHER_WEIGHT
    if with_lockstep:
        parts["lockstep"] = next(s.weight for s in SIGNALS if s.name == "lockstep")
    total = sum(parts.values()) or 1.0
    return {name: part / total for name, part in parts.items()}


def _combine(view: View, answers: Sequence[Answer], lockstep: ir.Table) -> ir.Table:
    engine = view.engine
    names = view.purchases.persons.select("actor_id").distinct()
    if not answers:
        return engine.keep(names.mutate(log10_e=ibis.literal(0.0)), "combined")
    part = weights(answers, with_lockstep=True)
    wide = names
    for answer in answers:
        one = answer.actors.select("actor_id", value=answer.actors.log10_e)
        wide = wide.left_join(one, "actor_id").drop("actor_id_right").rename({answer.count.name: "value"})
    one = lockstep.select("actor_id", value=lockstep.log10_e)
    wide = wide.left_join(one, "actor_id").drop("actor_id_right").rename(lockstep="value")
    total = ibis.literal(0.0)
    for name, weight in part.items():
        value = _product(wide) if name == "together" else wide[name].fill_null(0.0)
        total = total + weight * ibis.literal(10.0) ** value
    return engine.keep(wide.select("actor_id", log10_e=total.log10()), "combined")


def _product(wide: ir.Table) -> ir.FloatingValue:
    """log10 of Π (1 + e) / 2: each factor is an e-value, so one strong and one silent answer lose little."""
    factors = [((1 + ibis.literal(10.0) ** wide[name].fill_null(0.0)) / 2).log10() for name in TOGETHER]
    return ibis.least(sum(factors[1:], start=factors[0]), CEILING)


def _by_signal(engine: Engine, answers: Sequence[Answer], lockstep: ir.Table) -> ir.Table:
    """One row an actor and signal; the detail names the strongest count with its number and what is expected."""
    rows = [
        a.actors.select(
            "actor_id", "log10_e", "count", "expected", signal=ibis.literal(a.signal.name),
            counted=ibis.literal(a.count.name), parts=ibis.literal(sum(b.signal is a.signal for b in answers)),
        )
        for a in answers
    ]  # fmt: skip
    rows.append(
        lockstep.select(
            "actor_id", "log10_e", count=lockstep["count"].cast("float64"), expected=lockstep.expected,
            signal=ibis.literal("lockstep"), counted=ibis.literal("lockstep"), parts=ibis.literal(1),
        )
    )  # fmt: skip
    columns = ["actor_id", "signal", "counted", "parts", "log10_e", "count", "expected"]
    every = ibis.union(*[r.select(*columns) for r in rows]) if len(rows) > 1 else rows[0].select(*columns)
    detail = every.select(*columns).mutate(
        detail=ibis.literal('{"counted": "') + every.counted + '", "count": ' + every["count"].round(2).cast("string")
        + ', "expected": ' + every.expected.round(3).cast("string") + "}"
    )  # fmt: skip
    merged = detail.group_by("actor_id", "signal").agg(
        log10_e=((ibis.literal(10.0) ** detail.log10_e).sum() / detail.parts.max()).log10(),
        detail=detail.detail.argmax(detail.log10_e),
    )
    return engine.keep(merged, "signals")


def control_evidence(view: View) -> ir.Table:
    """What the evidence of households is where there is nothing to find: `person, log10_e` from control products.

    The controlled counts are combined as the real ones are; persons are judged one by one.
    """
    engine = view.engine
    found: dict[str, ir.Table] = {}
    for signal in SIGNALS:
        for count in signal.counts:
            counted = count.control(view) if count.control else None
            weighed = counted is not None and weigh(
                engine, engine.keep(counted, "counts"), view.purchases.persons, scaled=count.scaled
            )
            if weighed:
                found[count.name] = weighed.persons.select("person", value=weighed.persons.log10_e)
    wide = view.purchases.persons.select("person")
    for name, one in found.items():
        wide = wide.left_join(one, "person").drop("person_right").rename({name: "value"})
    if not found:
        return engine.keep(wide.mutate(log10_e=ibis.literal(0.0)), "controls")
    parts = [ibis.literal(10.0) ** wide[name].fill_null(0.0) for name in found]
    if all(name in found for name in TOGETHER):
        parts.append(ibis.literal(10.0) ** _product(wide))
    mean = sum(parts[1:], start=parts[0]) / len(parts)
    return engine.keep(wide.select("person", log10_e=mean.log10()), "controls")


def gamma_of(log10_values: Array, weight: Array) -> float:
    """The largest γ ≤ 1 for which the weighted mean of e^γ is at most one.

    >>> gamma_of(np.array([0.0, -1.0]), np.array([1.0, 1.0]))
    1.0
    >>> round(gamma_of(np.array([2.0, -2.0]), np.array([1.0, 99.0])), 3)
    0.998
    """

    def mean(gamma: float) -> float:
        return float(np.average(10.0 ** (gamma * np.minimum(log10_values, CEILING)), weights=weight))

    if mean(1.0) <= 1:
        return 1.0
    low, high = 0.0, 1.0
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if mean(middle) <= 1 else (low, middle)
    return low
