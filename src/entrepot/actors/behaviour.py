"""Behaviour: the links, rings, tests and roles that lockstep gives to the persons whom identity has made."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
from scipy.special import pdtrc

from entrepot.actors import lockstep, rings
from entrepot.actors.lockstep import Visits
from entrepot.actors.rings import Formed
from entrepot.actors.tables import LINKS
from entrepot.engines import Engine

BEHAVIOUR_AT_MOST = 0.99
"""Conduct never proves identity: no link by behaviour is surer than this."""


@dataclass(frozen=True)
class Lockstep:
    """What was formed: the visits, the linked pairs, and the person (its first customer) behind each code."""

    seen: Visits
    formed: Formed
    person_of: Mapping[int, str]
    days: Mapping[tuple[int, int, int], list]  # (a, b, half) -> the days on which they met

    @property
    def pairs(self) -> list[tuple[str, str, int]]:
        """`person_a, person_b, half` of each linked pair, in the order of `formed.pairs`."""
        p = self.formed.pairs
        return [
            (self.person_of[int(a)], self.person_of[int(b)], int(h))
            for a, b, h in zip(p.a, p.b, p.half, strict=True)
        ]


def form(engine: Engine, lines: ir.Table, customers: ir.Table, persons: ir.Table) -> Lockstep:
    """Find who of `customers` is in lockstep, by `persons` (`customer_id, person`; who is not there is his own)."""
    seen = lockstep.visits(engine, lines, persons)
    formed = rings.form(engine, seen)
    if not len(formed.pairs.a):
        return Lockstep(seen, formed, {}, {})
    codes = engine.hold(
        pa.table({"who": np.unique(np.concatenate([formed.pairs.a, formed.pairs.b]))}), "ring_codes"
    )
    known = customers.left_join(persons, "customer_id")
    named = known.select(person=ibis.coalesce(known.person, known.customer_id)).distinct()
    rows = engine.fetch(named.mutate(who=named.person.hash()).semi_join(codes, "who"))
    person_of = dict(zip(rows["who"].to_pylist(), rows["person"].to_pylist(), strict=True))
    return Lockstep(seen, formed, person_of, _days(engine, seen, formed))


def _days(engine: Engine, seen: Visits, formed: Formed) -> dict[tuple[int, int, int], list]:
    pairs = formed.pairs
    columns = {"a": pairs.a, "b": pairs.b, "half": pairs.half, "ring": np.zeros(len(pairs.a), dtype=np.int64)}
    rows = engine.fetch(lockstep.meetings(engine, seen, engine.hold(pa.table(columns), "linked"))).to_pylist()
    found: dict[tuple[int, int, int], list] = {}
    for row in rows:
        found.setdefault((row["a"], row["b"], row["half"]), []).append(row["day"])
    return {key: sorted(days) for key, days in found.items()}


def links(engine: Engine, found: Lockstep) -> ir.Table:
    """One row a linked pair of persons as in `LINKS`: what they shared on either half, and since when."""
    by_pair: dict[tuple[str, str], list[dict]] = {}
    pairs = found.formed.pairs
    for at, (a, b, half) in enumerate(found.pairs):
        shared, expected = int(pairs.shared[at]), float(pairs.expected[at])
        tests = max(found.formed.possible[half], 1)
        days = found.days[(int(pairs.a[at]), int(pairs.b[at]), half)]
        by_pair.setdefault((min(a, b), max(a, b)), []).append({
            "half": half, "shared_days": shared, "expected_days": expected, "pairs_that_could_have_met": tests,
            "p_value": float(pairs.p_value[at]), "known_on": days[_enough(expected, tests) - 1],
        })  # fmt: skip
    rows = [_link(a, b, halves, found.seen.has_times) for (a, b), halves in sorted(by_pair.items())]
    return engine.hold(pa.Table.from_pylist(rows, schema=ibis.schema(LINKS).to_pyarrow()), "behaviour_links")


def _enough(expected: float, tests: int) -> int:
    """The fewest shared days that would have linked this pair."""
    days = np.arange(lockstep.LEAST_DAYS, 1000)
    return int(days[np.argmax(pdtrc(days - 1, expected) <= rings.FAMILY_WISE / tests)])


def _link(a: str, b: str, halves: list[dict], has_times: bool) -> dict[str, object]:
    best = min(halves, key=lambda half: half["p_value"])
    with np.errstate(divide="ignore"):
        log_p = np.log(pdtrc(best["shared_days"] - 1, best["expected_days"])) / np.log(2)
    together = "within one hour" if has_times else "on one day (the data carry no time of day)"
    days = " and ".join(
        f"{h['shared_days']} days where {h['expected_days']:.2g} are expected" for h in halves
    )
    fields = {"lockstep": {"agreed": halves, "weight_log2": round(float(-log_p), 2)}}
    return {
        "customer_a": a, "customer_b": b, "kind": "behaviour", "joins": "actor",
        "fields": json.dumps(fields, default=str),
        "weight_log2": float(-log_p),
        "probability": min(BEHAVIOUR_AT_MOST, 1 - best["p_value"] * best["pairs_that_could_have_met"]),
        "link_from": min(half["known_on"] for half in halves),
        "used": True,
        "why": f"bought the same product in the same place {together} on {days}; "
        f"weighed against {best['pairs_that_could_have_met']:,} pairs that could have met",
    }  # fmt: skip


def within_actors(found: Lockstep, actor_of: Mapping[str, str]) -> Lockstep:
    """`found` with those pairs only whose two persons are in one actor."""
    kept = np.array([actor_of[a] == actor_of[b] for a, b, _half in found.pairs], dtype=bool)
    pairs = found.formed.pairs.only(kept)
    met = {(int(a), int(b), int(half)) for a, b, half in zip(pairs.a, pairs.b, pairs.half, strict=True)}
    days = {pair: on for pair, on in found.days.items() if pair in met}
    return replace(found, formed=replace(found.formed, pairs=pairs), days=days)


def ring_numbers(found: Lockstep, actor_of: Mapping[str, str]) -> tuple[np.ndarray, list[str]]:
    """The ring of each linked pair as a number, and the actor (its first customer) of each number."""
    actors = sorted({actor_of[a] for a, _b, _half in found.pairs})
    number = {actor: at for at, actor in enumerate(actors)}
    return np.array([number[actor_of[a]] for a, _b, _half in found.pairs], dtype=np.int64), actors


def members(found: Lockstep, actor_of: Mapping[str, str]) -> list[dict[str, object]]:
    """One row a person of a ring and the half on which it was formed: `actor, person, half`."""
    rows = {(actor_of[person], person, half) for a, b, half in found.pairs for person in (a, b)}
    return [{"actor": actor, "person": person, "half": half} for actor, person, half in sorted(rows)]


def occasions(found: Lockstep, actor_of: Mapping[str, str]) -> dict[str, dict[str, int]]:
    """By actor and person: the days on which that person met another of the ring."""
    days: dict[str, dict[str, set]] = {}
    for (a, b, _half), met in found.days.items():
        for code in (a, b):
            person = found.person_of[code]
            days.setdefault(actor_of[person], {}).setdefault(person, set()).update(met)
    return {actor: {person: len(on) for person, on in each.items()} for actor, each in days.items()}
