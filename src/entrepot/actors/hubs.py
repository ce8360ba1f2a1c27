"""Hubs: keys that more people share than personal life explains.

A family shares a telephone, a couple a card; a block of flats, a parcel locker, an office or a hotel shares an
address among strangers. What personal life explains is read from the population: the numbers of people behind
the keys of one kind fall geometrically in its body (one person, two, three), and whatever stands well above
that line is not family. Such a key of a place joins nobody by itself. Such a key that is held in the hand
joins people who *act* together, never into one household, unless it is a device most of whose people have
another of their own, as they would beside a shop's terminal, or stands for more people than any ring has, as a
made-up number does: then it is a hub too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import pyarrow as pa
from ibis import _

from entrepot.actors.keys import PERSONAL_KINDS, names_at_doors
from entrepot.actors.tables import HUBS
from entrepot.engines import Engine

MOST_HANDS = 30
"""A telephone or card behind more people is a made-up value; the largest known ring is about twenty."""

COINCIDENCE = 0.05
"""Equal names behind one door are one person where fewer than this many namesakes are expected there."""


@dataclass(frozen=True)
class Sharing:
    """How one kind of key is shared: `keys_by_people[n]` keys stand for n people, n = 1, 2, …"""

    keys_by_people: Mapping[int, int]

    @property
    def ratio(self) -> float:
        """The share of keys with one more person, read where most keys are: f(2) / f(1), with half a key added."""
        alone, pairs = self.keys_by_people.get(1, 0), self.keys_by_people.get(2, 0)
        return min((pairs + 0.5) / (alone + 1.0), 0.9)

    def expected(self, people: int, until: float = float("inf")) -> float:
        """Keys with at least `people` and fewer than `until` people that personal life would make."""
        alone = self.keys_by_people.get(1, 0) + 1
        tail = alone * self.ratio ** (people - 1) / (1 - self.ratio)
        return tail if until == float("inf") else tail - self.expected(int(until))

    def observed(self, people: int, until: int) -> int:
        return sum(keys for n, keys in self.keys_by_people.items() if people <= n < until)

    @property
    def limit(self) -> int:
        """The most people for whom personal life is the likelier reason; at least two.

        Up to here half of the keys seen (between n and 2n people) are expected, and one such key at least.
        """
        people = 2
        while self.expected(people + 1) >= 0.5 and self._is_personal(people + 1):
            people += 1
        return people

    def _is_personal(self, people: int) -> bool:
        return 2 * self.expected(people, 2 * people) >= self.observed(people, 2 * people)

    def probability(self, people: int) -> float:
        """That a key with this many people is shared in one household: expected over seen, half a key added.

        >>> sharing = Sharing({1: 1000, 2: 100, 3: 10, 40: 3})
        >>> [sharing.limit, round(sharing.probability(2), 3), round(sharing.probability(40), 3)]
        [4, 0.995, 0.125]
        """
        if people < 2:
            return 1.0 - 1.0 / (sum(self.keys_by_people.values()) + 2.0)
        expected = self.expected(people, people + 1)
        return (expected + 0.5) / (max(self.observed(people, people + 1), expected) + 1.0)


def shared_keys(engine: Engine, keys: ir.Table) -> tuple[ir.Table, dict[str, int]]:
    """The rows of `keys` that two or more customers share, one row a customer and key (kept); and the number of
    keys of each kind, shared or not.

    Grouped by 64-bit codes first: a code that two keys share lets a row through that the next step drops.
    """
    coded = keys.select("key_kind", code=keys.value.hash(), who=keys.customer_id.hash())
    low_high = coded.group_by("key_kind", "code").aggregate(low=_.who.min(), high=_.who.max())
    codes = engine.keep(low_high.select("key_kind", "code", is_shared=_.low != _.high), "key_codes")
    totals = engine.fetch(codes.group_by("key_kind").aggregate(keys=_.count())).to_pylist()
    rows = keys.mutate(code=keys.value.hash()).semi_join(codes.filter(_.is_shared), ["key_kind", "code"])
    once = rows.group_by("key_kind", "value", "place", "customer_id")
    kept = engine.keep(once.aggregate(name=_.name.min(), first_on=_.first_on.min()), "shared_rows")
    kept = engine.keep(ibis.union(kept, names_at_doors(kept)), "shared_rows")
    return kept, {row["key_kind"]: row["keys"] for row in totals}


def count_people(engine: Engine, shared: ir.Table) -> ir.Table:
    """One row a key of two customers or more: `key_kind, value, place, centre, customers, people, named`; kept.

    `people` are different names; a customer without a name counts as one.
    """
    people = ibis.coalesce(shared.name, shared.customer_id)
    counted = shared.group_by("key_kind", "value").aggregate(
        place=shared.place.max(),
        centre=shared.customer_id.min(),
        centre_first_on=shared.first_on.argmin(shared.customer_id),
        customers=shared.customer_id.nunique(),
        people=people.nunique(),
        named=shared.name.count(),
    )
    return engine.keep(counted.filter(_.customers > 1), "shared_keys")


def sharing_by_kind(engine: Engine, counted: ir.Table, totals: Mapping[str, int]) -> dict[str, Sharing]:
    """`Sharing` of each kind in `totals` (keys of that kind), from the counts of shared keys by people."""
    histogram = engine.fetch(counted.group_by("key_kind", "people").aggregate(keys=_.count())).to_pylist()
    found: dict[str, dict[int, int]] = {kind: {} for kind in totals}
    for row in histogram:
        if row["key_kind"] in totals:
            found[row["key_kind"]][row["people"]] = row["keys"]
    for kind, total in totals.items():
        found[kind][1] = found[kind].get(1, 0) + total - sum(found[kind].values())
    return {kind: Sharing(counts) for kind, counts in sorted(found.items())}


def judge_keys(
    engine: Engine, rows: ir.Table, keys: ir.Table, counted: ir.Table, sharing: Mapping[str, Sharing]
) -> ir.Table:
    """`counted` with what each key joins: `joins` (person, actor, null), `is_hub`, `probability`; kept.

    `rows` are the normalised identities, for the frequency of names. Also: `family` (people that personal
    life explains), `namesakes` (people of this name expected behind this door by chance).
    """
    known = counted.left_join(_probabilities(sharing, counted, engine), ["key_kind", "people"])
    known = known.select(*counted.columns, "family", "odds_of_household")
    known = engine.keep(_with_namesakes(known, rows), "keys_by_name")
    known = _with_other_keys(engine, known, keys)
    return engine.keep(_verdict(known, rows.customer_id.nunique().as_scalar()), "judged_keys")


def _probabilities(sharing: Mapping[str, Sharing], shared: ir.Table, engine: Engine) -> ir.Table:
    sizes = engine.fetch(shared.select("key_kind", "people").distinct()).to_pylist()
    judged = []
    for row in sizes:
        of = sharing.get(row["key_kind"], sharing.get("address", Sharing({})))
        judged.append({**row, "family": of.limit, "odds_of_household": of.probability(row["people"])})
    schema = pa.schema([("key_kind", pa.string()), ("people", pa.int64()), ("family", pa.int64()),
                        ("odds_of_household", pa.float64())])  # fmt: skip
    return ibis.memtable(pa.Table.from_pylist(judged, schema=schema))


def _with_namesakes(known: ir.Table, rows: ir.Table) -> ir.Table:
    """Add `door_people` and `namesakes`: people at the door × the share of customers elsewhere with this name."""
    doors = known.filter(_.key_kind == "address").select(
        door=_.place, door_people=_.people, door_limit=_.family
    )
    names = rows.filter(_.name.notnull()).group_by("name").aggregate(bearers=_.customer_id.nunique())
    named = names.filter(_.bearers > 1).mutate(all_bearers=names.bearers.sum().as_scalar())
    columns = [*known.columns, "door_people", "door_limit"]
    known = known.left_join(doors, [("place", "door")]).select(*columns)
    person = ibis.ifelse(known.key_kind == "door_name", known.value.split("|")[2], ibis.null("string"))
    known = known.mutate(person_name=person).left_join(named, [("person_name", "name")])
    elsewhere = (known.bearers - known.customers).clip(lower=0)
    expected = ((known.door_people - 1) * elsewhere / known.all_bearers).fill_null(0.0)
    return known.select(*columns, namesakes=expected)


def _with_other_keys(engine: Engine, known: ir.Table, keys: ir.Table) -> ir.Table:
    """Add `elsewhere_0_1`: of the customers behind a crowded device, those with another of its kind."""
    crowded = known.filter(_.key_kind == "device_id", _.people > _.family).select("key_kind", "value")
    if not engine.fetch(crowded.count()).as_py():
        return known.mutate(elsewhere_0_1=0.0)
    held = keys.select("key_kind", "value", "customer_id")
    holders = engine.keep(held.semi_join(crowded, ["key_kind", "value"]).distinct(), "holders")
    theirs = held.semi_join(holders, ["key_kind", "customer_id"])
    counts = theirs.group_by("key_kind", "customer_id").aggregate(values=_.value.nunique())
    share = holders.inner_join(counts, ["key_kind", "customer_id"]).group_by("key_kind", "value")
    share = share.aggregate(elsewhere_0_1=(_.values > 1).cast("float64").mean())
    joined = known.left_join(share, ["key_kind", "value"])
    return joined.select(*known.columns, elsewhere_0_1=joined.elsewhere_0_1.fill_null(0.0))


def _verdict(known: ir.Table, all_customers: ir.Scalar) -> ir.Table:
    personal, kind = known.key_kind.isin(PERSONAL_KINDS), known.key_kind
    crowded = known.people > known.family
    terminal = (kind == "device_id") & (known.elsewhere_0_1 > 0.5)
    strangers = personal & crowded & (terminal | (known.people > MOST_HANDS))
    quiet_door = known.door_people.fill_null(1) <= known.door_limit.fill_null(2)
    one_person = (
        (personal & ~crowded)
        | ((kind == "address") & (known.named == 0) & ~crowded)
        | ((kind == "address_name") & quiet_door)
        | ((kind == "door_name") & (known.namesakes <= COINCIDENCE))
    )
    together = (personal & crowded & ~strangers) | ((kind == "recipient") & crowded)
    joins = ibis.cases((one_person, "person"), (together, "actor"))
    return known.mutate(
        joins=joins,
        is_hub=strangers | ((kind == "address") & crowded),
        probability=ibis.ifelse(kind == "door_name", 1 / (1 + known.namesakes), known.odds_of_household),
        weight_log2=(all_customers / known.customers).log2(),
    )


def hub_table(judged: ir.Table) -> ir.Table:
    """One row a shared key as in `HUBS`; the value itself is hashed."""
    people, limit = judged.people.cast("string"), judged.family.cast("string")
    crowd = people + " people share it; personal life explains up to " + limit
    why = ibis.cases(
        (judged.is_hub & (judged.key_kind == "address"), crowd + ": a place of many, no link by itself"),
        (judged.is_hub, crowd + ", and most of them also use another: a shared terminal or a made-up value"),
        (judged.joins == "actor", crowd + ": they act together"),
        (judged.joins == "person", people + " people share it; personal life explains up to " + limit),
        else_="shared, but no link by itself",
    )
    return judged.select(
        "key_kind", "customers", "people", "is_hub",
        key_hash=(judged.key_kind + "|" + judged.value).hexdigest("md5").substr(0, 16),
        expected_customers=judged.family.cast("float64"),
        why=why,
    ).select(*HUBS).cast(dict(HUBS))  # fmt: skip
