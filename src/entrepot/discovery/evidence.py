"""How strongly the orders speak against personal use: one e-value an actor, from all signals.

Four things may give a business away: how much it buys, what it chooses, in what manner it shops, and that several
act together. Within an aspect the e-values of its counts are averaged: a mean of e-values is an e-value under any
dependence. Over the aspects the product of (1 + e) / 2 is taken: a business shows in each of them or does not. A
product is an e-value where the aspects are independent among households, and the controls test that. What is
missing says nothing, which is an e-value of one. Where controls show that households are not quite as described,
all evidence is brought to the power γ.

What is asked of sought products is also asked of two lots of products that nobody seeks. The first shows how often
somebody is far from a household who is no reseller: an office, a club, an enthusiast. Such *unusual buyers* are as
extreme as a business in amount and in some manners, but choose as households choose; the null is a mixture of both,
so that amount alone is believed up to 1 / (2u) at most. The second lot is the control.

Sources: Vovk & Wang 2021 (merging e-values); Wang & Ramdas 2022 (e-BH). docs/decisions/0004 says what was measured.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from entrepot.actors.tables import Actors
from entrepot.discovery.asking import ANYBODY, Question
from entrepot.discovery.personal_use import Array, PersonalUse
from entrepot.discovery.purchases import FOLDS, Read
from entrepot.discovery.signals import SIGNALS, Count, Signal, View, depth
from entrepot.discovery.signals.trips import over_time
from entrepot.discovery.together import added_up, in_turn_of, joint_of, members_of_several, persons_of_several
from entrepot.discovery.weighing import CEILING, EVIDENCE, Weighed, reweigh, weigh
from entrepot.engines import Engine

LOCKSTEP = next(s for s in SIGNALS if s.name == "lockstep")
LOCKSTEP_ASPECT = "together"
TAIL, CONTROL = "tail: ", "control: "
UNUSUAL_IS_SEEN_IN = "volume"
INNOCENT_LOCKSTEP_0_1 = 0.01  # friends and families who shop together, among groups that do
UNITS, EVERYDAY = "units", "everyday"
BY_ACTOR = ("question", "actor", "count", "expected", "log10_e", "log10_e_unusual")
IN_LOCKSTEP = -1  # the number of the question that the actors' room has answered


@dataclass(frozen=True)
class Evidence:
    """What all questions answered, and what it adds up to.

    `counts`: the signal and count of each answered question, by its name. `by_actor`: one row a question and actor,
    by their numbers: `question, actor, count, expected`, `log10_e` (against households) and `log10_e_unusual`
    (against unusual buyers); `of` looks one up by its name.
    `combined`: one row an actor, `actor_id, log10_e` (before γ).
    `abstained`: signal -> what would open it. `weighed` also holds the controls and all units over time.
    """

    weighed: Weighed
    counts: Mapping[str, tuple[Signal, Count]]
    by_actor: ir.Table
    combined: ir.Table
    abstained: Mapping[str, str]
    members: ir.Table
    in_turn: pa.Table  # of `members`: what the joint evidence of each actor is computed from

    def of(self, view: View, name: str) -> ir.Table:
        """What the question `name` found, one row an actor, with its `actor_id`."""
        mine = self.by_actor.filter(self.by_actor.question == self.weighed.fitted[name].number)
        return mine.join(numbers_of_actors(view), "actor").drop("question", "actor")


def collect(
    view: View,
    actors: Actors,
    present: frozenset[str],
    given: Sequence[tuple[Count, PersonalUse]] = (),
    signals: Sequence[Signal] = SIGNALS,
) -> Evidence:
    """Put every question to the orders of `view`; `present` are the columns and tables that came with values.

    `given` are counts whose personal use the user has stated, because the orders cannot show it.
    """
    stock = next(s for s in SIGNALS if s.name == "stock")
    abstained = {
        s.name: f"needs {', '.join(sorted(s.needs - present))}" for s in signals if s.needs - present
    }
    asked = {c.name: (s, c) for s in signals if s.name not in abstained for c in s.counts}
    controlled = [c for _, c in asked.values() if c.controlled]
    tail, control = view.about("tail"), view.about("control")
    questions = [_question(tail, c, "tail", TAIL + c.name) for c in controlled]
    questions += [_question(control, c, "control", CONTROL + c.name) for c in controlled]
    questions += [_question(view, count, "sought", count.name) for _, count in asked.values()]
    questions += [_question(view, count, "sought", count.name, null) for count, null in given]
    questions.append(Question(UNITS, view.sums, read={ANYBODY: over_time("units")}))
    questions.append(Question(EVERYDAY, view.sums, read={ANYBODY: depth.counted(view.about("everyday"))}))
    asked |= {count.name: (stock, count) for count, _ in given}
    weighed = weigh(view.engine, [q for q in questions if q is not None], view.purchases.persons)
    answered = {name: pair for name, pair in asked.items() if name in weighed.fitted}
    for signal, count in asked.values():
        if count.name not in answered:
            abstained.setdefault(signal.name, "too few persons have anything to count")
    members = members_of_several(view, actors)
    in_turn = in_turn_of(view.engine, weighed, members)
    by_actor = _by_actor(view, weighed, answered, in_turn, members, actors)
    combined = _combined(view, by_actor, answered, weighed)
    return Evidence(weighed, answered, by_actor, combined, abstained, members, in_turn)


def if_heavy_households_were(
    view: View, evidence: Evidence, actors: Actors, times: float, at_least: float
) -> ir.Table:
    """The combined evidence (`actor_id, log10_e`) if heavy households were `times` as common as was fitted, of every
    actor for whom it might then be `at_least` (log10 e): nobody gains more than `_most_gained`."""
    weighed = reweigh(view.engine, evidence.weighed, times)
    able = evidence.combined.log10_e >= at_least - _most_gained(evidence, weighed)
    persons = view.purchases.persons
    near = persons.semi_join(evidence.combined.filter(able), "actor_id")
    near = ibis.union(near, persons.semi_join(evidence.members, "actor"), distinct=True)
    near = view.engine.keep(near, "near")
    view = replace(view, purchases=replace(view.purchases, persons=near))
    weighed = replace(weighed, persons=weighed.persons.semi_join(near, "person"))
    by_actor = _by_actor(view, weighed, evidence.counts, evidence.in_turn, evidence.members, actors)
    return _combined(view, by_actor, evidence.counts, weighed)


def _most_gained(evidence: Evidence, again: Weighed) -> float:
    """How much more log10 e one person can have when weighed `again`: the most that any answer gains, in each aspect.

    A mean gains no more than the largest of its parts, nor does the mixture with unusual buyers, except that these are
    taken to be more common. (Several persons together may gain more.)
    """
    first = evidence.weighed
    answer = max(
        0.0, *(float(np.nanmax(again.said[name] - first.said[name], initial=0.0)) for name in EVIDENCE)
    )
    mixture = math.log10((1 - first.unusual_share_0_1) / (1 - again.unusual_share_0_1))
    return answer * len(set(aspects(evidence.counts).values())) + max(0.0, mixture)


def _question(
    view: View, count: Count, products: str, name: str, null: PersonalUse | None = None
) -> Question | None:
    """The question of `count` about the sought `products` of `view`, or about those put in their place."""
    tail = TAIL + count.name if count.controlled else TAIL + UNUSUAL_IS_SEEN_IN if count.unusual_too else None
    tail = None if products == "tail" else tail
    about = (count.scaled, null, tail, count.unusual_too)
    found = count.of(view)
    if not isinstance(found, Read):
        return None if found is None else Question(name, found, *about)
    by_fold = view.sets_differ and count.controlled and products == "sought"
    views = {fold: view.as_for(fold) for fold in range(FOLDS)} if by_fold else {ANYBODY: view}
    read = {asked: said for asked, of in views.items() if isinstance(said := count.of(of), Read)}
    return Question(name, view.sums, *about, read)


def _by_actor(
    view: View,
    weighed: Weighed,
    counts: Mapping[str, tuple[Signal, Count]],
    in_turn: pa.Table,
    members: ir.Table,
    actors: Actors,
) -> ir.Table:
    """`Evidence.by_actor`: most actors are one person, whose answers stand; what several say is added up and kept."""
    numbers = [weighed.fitted[name].number for name in counts]
    row = weighed.persons.filter(weighed.persons.question.isin(numbers or [IN_LOCKSTEP]))
    several = persons_of_several(view, members)
    alone = row.anti_join(several, "person").rename(actor="person")
    alone = alone.mutate(
        **{name: ibis.least(alone[name], CEILING) for name in ("log10_e", "log10_e_unusual")}
    )
    lockstep = _lockstep(actors).join(numbers_of_actors(view), "actor_id").select(*BY_ACTOR)
    joint = view.engine.hold(joint_of(in_turn, weighed, counts), "joint")
    added = added_up(row.join(several, "person"), joint, members).select(*BY_ACTOR)
    together = view.engine.keep(ibis.union(added, lockstep), "together")
    return view.engine.view(ibis.union(alone.select(*BY_ACTOR), together), "by_actor")


def numbers_of_actors(view: View) -> ir.Table:
    """`actor` (number), `actor_id`, one row an actor: that of the person whose number it has."""
    persons = view.purchases.persons
    return persons.filter(persons.person == persons.actor).select("actor", "actor_id")


def _lockstep(actors: Actors) -> ir.Table:
    """`question, actor_id, log10_e, count, expected` of rings; halves averaged, a half without a test counts as one."""
    rows = actors.lockstep
    power = ibis.literal(10.0) ** ibis.least(rows.log10_e, CEILING)
    each = rows.group_by("actor_id").agg(
        total=power.sum(),
        halves=rows.count(),
        count=rows.shared_days.sum(),
        expected=rows.expected_days.sum(),
    )
    mean = (each.total + ibis.greatest(2 - each.halves, 0)) / ibis.greatest(each.halves, 2)
    mean = 1 / ((1 - INNOCENT_LOCKSTEP_0_1) / mean + INNOCENT_LOCKSTEP_0_1)
    return each.select(
        "actor_id",
        question=ibis.literal(IN_LOCKSTEP, "int16"),
        log10_e=mean.log10(),
        log10_e_unusual=mean.log10(),
        count=each["count"].cast("float64"),
        expected=each.expected.cast("float64"),
    )


def aspects(counts: Mapping[str, tuple[Signal, Count]]) -> dict[str, str]:
    """The aspect of each count that was answered, by its name, and of lockstep."""
    return {name: count.aspect for name, (_, count) in counts.items()} | {LOCKSTEP.name: LOCKSTEP_ASPECT}


def _combined(
    view: View, by_actor: ir.Table, counts: Mapping[str, tuple[Signal, Count]], weighed: Weighed
) -> ir.Table:
    """The product over the aspects of (1 + mean e) / 2, one row an actor: `actor_id, log10_e`."""
    aspect_of: dict[int, str] = {IN_LOCKSTEP: LOCKSTEP_ASPECT}
    aspect_of |= {weighed.fitted[name].number: count.aspect for name, (_, count) in counts.items()}
    merged = _merged(view, by_actor, "actor", aspect_of, weighed.unusual_share_0_1)
    named = merged.join(numbers_of_actors(view), "actor")
    return view.engine.keep(named.select("actor_id", "log10_e"), "combined")


def _merged(
    view: View, answers: ir.Table, who: str, aspect_of: Mapping[int, str], unusual_share_0_1: float
) -> ir.Table:
    """`answers` (`who, question, log10_e, log10_e_unusual`) merged, one row each who is known: `who, log10_e`.

    What did not answer is an e-value of one. The null is a mixture: with the chance `unusual_share_0_1` somebody
    innocent is an unusual buyer in every respect, else a household in every respect.
    """
    said = answers.group_by(said_of=answers[who]).agg(
        household=_over_aspects(answers, "log10_e", aspect_of),
        unusual=_over_aspects(answers, "log10_e_unusual", aspect_of),
    )
    said = said.select("said_of", log10_e=against_both(said.household, said.unusual, unusual_share_0_1))
    known = view.purchases.persons.filter(view.purchases.persons.first_on <= view.until)
    every = known.select(who).distinct()
    every = every.left_join(said, every[who] == said.said_of)
    return every.select(who, log10_e=ibis.least(every.log10_e.fill_null(0.0), CEILING))


def _over_aspects(answers: ir.Table, column: str, aspect_of: Mapping[int, str]) -> ir.FloatingValue:
    told = ibis.literal(0.0)
    for aspect in sorted(set(aspect_of.values())):
        numbers = [number for number, of in aspect_of.items() if of == aspect]
        asked = answers.question.isin(numbers)
        more = (ibis.literal(10.0) ** answers[column] - 1).sum(where=asked).fill_null(0.0) / len(numbers)
        told = told + ibis.greatest(1 + more / 2, 1e-300).log10()
    return told


def against_both(
    household: ir.FloatingValue, unusual: ir.FloatingValue, unusual_share_0_1: float
) -> ir.FloatingValue:
    """log10 of ½ / ((1 − u) / e_household + u / e_unusual): evidence against the mixture of both.

    The two are e-values with numerators of their own; half of their harmonic mean is one whatever these are.
    """
    if not unusual_share_0_1:
        return household
    ten = ibis.literal(10.0)
    household, unusual = ibis.least(household, CEILING), ibis.least(unusual, CEILING)
    return (
        -math.log10(2)
        - ((1 - unusual_share_0_1) * ten ** (-household) + unusual_share_0_1 * ten ** (-unusual)).log10()
    )


def signals_table(view: View, evidence: Evidence, listed: ir.Table) -> ir.Table:
    """One row an actor and signal that speaks (log10 e above 0), and every signal of those who are `listed`
    (`actor_id`): `actor_id, signal, log10_e, detail`; kept.

    The detail (JSON) names the strongest count of the signal with its number and what is expected of households.
    """
    row = evidence.by_actor.join(_names(view.engine, evidence), "question")
    named = listed.select("actor_id").join(numbers_of_actors(view), "actor_id")
    on_list = named.select(on_list="actor")
    row = row.left_join(on_list, row.actor == on_list.on_list)
    speaks = row.filter((row.log10_e > 0) | row.on_list.notnull()).select("actor", "signal_number")
    row = view.engine.keep(row.semi_join(speaks, ["actor", "signal_number"]), "speaking")
    each = row.group_by("actor", "signal_number").agg(
        log10_e=((ibis.literal(10.0) ** row.log10_e).sum() / row.parts.max()).log10(),
        question=row.question.argmax(row.log10_e),
        listed=row.on_list.notnull().any(),
    )
    kept = each.filter((each.log10_e > 0) | each.listed).join(numbers_of_actors(view), "actor")
    strongest = row.select("actor", "question", "name", "signal", "count", "expected")
    named = kept.join(strongest, ["actor", "question"])
    detail = (
        ibis.literal('{"counted": "')
        + named.name
        + '", "count": '
        + named["count"].round(2).cast("string")
        + ', "expected": '
        + named.expected.round(3).cast("string")
        + "}"
    )
    return view.engine.keep(named.select("actor_id", "signal", "log10_e", detail=detail), "signals")


def _names(engine: Engine, evidence: Evidence) -> ir.Table:
    """`question, name, signal, signal_number, parts` (questions of that signal), one row a question."""
    asked = [(evidence.weighed.fitted[name].number, name, s.name) for name, (s, _) in evidence.counts.items()]
    asked.append((IN_LOCKSTEP, LOCKSTEP.name, LOCKSTEP.name))
    numbers, names, signals = (list(column) for column in zip(*asked, strict=True))
    columns = {
        "question": pa.array(numbers, pa.int16()),
        "name": names,
        "signal": signals,
        "signal_number": pa.array([signals.index(signal) for signal in signals], pa.int16()),
        "parts": [signals.count(signal) for signal in signals],
    }
    return engine.hold(pa.table(columns), "names")


def control_evidence(view: View, evidence: Evidence) -> ir.Table:
    """What the evidence is where there is nothing to find: `person, log10_e` from products that nobody seeks.

    The controlled counts are merged as the real ones are; persons are judged one by one.
    """
    aspect_of = {
        fitted.number: count.aspect
        for name, (_, count) in evidence.counts.items()
        if (fitted := evidence.weighed.fitted.get(CONTROL + name))
    }
    rows = evidence.weighed.persons
    answers = rows.filter(rows.question.isin(list(aspect_of) or [IN_LOCKSTEP])).mutate(
        log10_e=ibis.least(rows.log10_e, CEILING),
        log10_e_unusual=ibis.least(rows.log10_e_unusual, CEILING),
    )
    return _merged(view, answers, "person", aspect_of, evidence.weighed.unusual_share_0_1)


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
