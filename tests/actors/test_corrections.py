"""What people say of who is who is obeyed by the next run: joined, parted, dated, explained."""

from __future__ import annotations

import random
from datetime import date, datetime

import pytest

from entrepot.actors import corrections, explain, resolve
from entrepot.actors.corrections import Correction
from entrepot.errors import InputError

from .test_resolution import AS_OF, crowd, groups
from .test_rings import AS_OF as YEAR_END
from .test_rings import households, queue

NOBODY = [{"customer_id": name, "email": f"{name}@x.example"} for name in "abcde"]


def said(kind: str, *parts: str, name: str = "1", day: int = 1, joins: str = "actor") -> Correction:
    """A correction of customers with one letter each: `said("apart", "ab", "c")`."""
    parted = [sorted(part) for part in parts]
    return Correction(name, kind, joins, parted, "seen at the counter", datetime(2026, 3, day, 12))


def actors(engine, orders, *corrected: Correction, by: str = "actor_id") -> list[set[str]]:
    found = resolve(engine, orders, as_of=AS_OF, fuzzy=False, corrected=corrected)
    return [group for group in groups(engine, found, by) if len(group) > 1]


def one_mailbox(letters: str) -> list[dict]:
    return [{"customer_id": letter, "email": "x@y.example", "name": "Anna Li"} for letter in letters]


def test_customers_whom_a_person_joined_are_one_actor_of_several_persons(engine, make_orders):
    orders = make_orders(NOBODY)
    assert actors(engine, orders, said("together", "ace")) == [{"a", "c", "e"}]
    assert actors(engine, orders, said("together", "ace"), by="person_id") == []


def test_customers_who_are_said_to_be_one_person_are_one_person(engine, make_orders):
    both = said("together", "ac", joins="person")
    assert actors(engine, make_orders(NOBODY), both, by="person_id") == [{"a", "c"}]


def test_customers_without_orders_are_joined_to_nobody(engine, make_orders):
    assert actors(engine, make_orders(NOBODY), said("together", "az")) == []


def test_corrections_of_customers_without_orders_are_told_by_their_names(engine, make_orders):
    orders = make_orders(NOBODY)
    corrected = [said("together", "az", name="first"), said("apart", "b", "yz", name="second", day=2)]
    told = resolve(engine, orders, as_of=AS_OF, fuzzy=False, corrected=corrected).notes
    sentence = told["corrections_without_orders"]
    assert sentence.startswith("Corrections name 2 customers that have no order here")
    assert sentence.endswith(": first, second.")
    told = resolve(engine, orders, as_of=AS_OF, fuzzy=False, corrected=[said("together", "ab")]).notes
    assert told["corrections_without_orders"] == ""


def test_parted_customers_are_two_actors_and_the_groups_stay_whole(engine, make_orders):
    orders = make_orders(one_mailbox("abcd"))
    assert actors(engine, orders, said("apart", "ac", "bd")) == [{"a", "c"}, {"b", "d"}]
    assert actors(engine, orders, said("apart", "ac", "bd"), by="person_id") == [{"a", "c"}, {"b", "d"}]


def test_nobody_in_between_joins_what_a_person_parted(engine, make_orders):
    chain = [
        {"customer_id": "a", "email": "x@y.example"},
        {"customer_id": "b", "email": "x@y.example", "phone": "+82 10 1234 5678"},
        {"customer_id": "c", "phone": "+82 10 1234 5678"},
    ]
    found = actors(engine, make_orders(chain), said("apart", "a", "c"))
    assert len(found) == 1
    assert "b" in found[0]
    assert not {"a", "c"} <= found[0]


def test_the_later_correction_wins(engine, make_orders):
    orders = make_orders(NOBODY)
    joined, parted = said("together", "ab", day=1), said("apart", "a", "b", name="2", day=2)
    assert actors(engine, orders, joined, parted) == []
    joined = said("together", "ab", name="3", day=3)
    assert actors(engine, orders, parted, joined) == [{"a", "b"}]


def test_of_three_parted_groups_a_later_correction_joins_two(engine, make_orders):
    orders = make_orders(one_mailbox("abc"))
    parted, joined = said("apart", "a", "b", "c"), said("together", "ac", name="2", day=2)
    assert actors(engine, orders, parted, joined) == [{"a", "c"}]


@pytest.fixture(scope="module")
def ring(engine, make_orders):
    chance = random.Random(8)
    orders = make_orders(lines=households(chance) + queue(chance, 8, days=30))
    first, rest = [f"r{n:02}" for n in range(3)], [f"r{n:02}" for n in range(3, 8)]
    parted = Correction("1", "apart", "actor", [first, rest], "two families", datetime(2026, 3, 1))
    return first, rest, resolve(engine, orders, as_of=YEAR_END, corrected=[parted])


def test_a_ring_that_a_person_parted_is_two_actors(engine, ring):
    first, rest, found = ring
    assert groups(engine, found, "actor_id")[:2] == [set(rest), set(first)]


def test_no_ring_is_tested_across_parted_persons(engine, ring):
    _first, _rest, found = ring
    of = {row["person_id"]: row["actor_id"] for row in engine.fetch(found.actors).to_pylist()}
    rows = engine.fetch(found.rings).to_pylist()
    assert rows
    assert all(row["actor_id"] == of[row["person_id"]] for row in rows)
    assert {row["actor_id"] for row in engine.fetch(found.lockstep).to_pylist()} <= set(of.values())


def test_no_used_link_joins_parted_persons(engine, ring):
    first, rest, found = ring
    across = found.links.filter(found.links.customer_a.isin(first) & found.links.customer_b.isin(rest))
    rows = engine.fetch(across).to_pylist()
    assert rows
    assert not any(row["used"] for row in rows)
    assert all(
        row["why"].endswith("not used: parted by a person on 2026-03-01: two families") for row in rows
    )


def test_the_other_actors_are_as_they_were(engine, make_orders):
    people = [
        *crowd(12, phone="+44 20 7946 0018"),
        {"customer_id": "a", "email": "c1@mail.example"},
        *NOBODY[1:],
    ]
    orders = make_orders(people)
    before = actors(engine, orders)
    assert actors(engine, orders, said("together", "de")) == [*before, {"d", "e"}]


def test_explain_says_who_joined_them_and_who_parted_them(engine, make_orders):
    orders = make_orders(one_mailbox("ab") + NOBODY[2:])
    corrected = [said("together", "cd"), said("apart", "a", "b", name="2")]
    found = resolve(engine, orders, as_of=AS_OF, fuzzy=False, corrected=corrected)
    fetched = type("Run", (), {"actors": found.actors, "links": found.links})()
    assert (
        "a person joined them on 2026-03-01: seen at the counter (reviewed by a person)"
        in explain(fetched, "c", "d").text
    )
    assert "parted by a person on 2026-03-01: seen at the counter" in explain(fetched, "a", "b").text


TABLE = """correction,kind,group,customer_id,reason,corrected_at
1,apart,1,a,"two, not one",2026-03-01T10:00:00Z
1,apart,2,b,"two, not one",2026-03-01T10:00:00Z
2,together,,c,same hand,2026-02-01T10:00:00Z
2,together,,d,same hand,2026-02-01T10:00:00Z
"""


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "corrections.csv"
    path.write_text(TABLE)
    return path


def test_the_table_is_read_earliest_first(engine, table):
    read = corrections.read(engine, table)
    assert [(each.name, each.kind, each.groups, each.reason) for each in read] == [
        ("2", "together", [["c", "d"]], "same hand"),
        ("1", "apart", [["a"], ["b"]], "two, not one"),
    ]


def test_what_is_corrected_after_the_as_of_date_is_not_read(engine, table):
    assert [each.name for each in corrections.read(engine, table, until=date(2026, 2, 28))] == ["2"]


@pytest.mark.parametrize(("old", "new", "said"), [
    ("1,apart,2,b", "1,apart,1,b", "one group cannot be parted"),
    ("1,apart,2,b", "1,apart,2,a", "a customer stands in two of its groups"),
    ("2,together,,d", "2,apart,2,d", "its rows contradict each other"),
    ("2,together,,d", "2,together,,c", "one customer cannot be joined"),
    ("1,apart,2,b", "1,parted,2,b", "kind is none of together, apart"),
])  # fmt: skip
def test_a_correction_that_cannot_be_used_is_named(engine, table, old, new, said):
    table.write_text(TABLE.replace(old, new))
    with pytest.raises(InputError, match=said):
        corrections.read(engine, table)
