"""Customers to persons to actors, by exact keys."""

from __future__ import annotations

from datetime import date

import pytest

from entrepot.actors import resolve
from entrepot.actors.tables import Actors

AS_OF = date(2026, 6, 30)


def persons(engine, orders, **options) -> list[set[str]]:
    """The sets of customers that are one person, largest first."""
    return groups(engine, found(engine, orders, **options), "person_id")


def found(engine, orders, **options) -> Actors:
    return resolve(engine, orders, as_of=AS_OF, fuzzy=False, **options)


def groups(engine, resolved: Actors, by: str) -> list[set[str]]:
    sets: dict[str, set[str]] = {}
    for row in engine.fetch(resolved.actors).to_pylist():
        sets.setdefault(row[by], set()).add(row["customer_id"])
    return sorted(sets.values(), key=lambda group: (-len(group), min(group)))


def crowd(count: int, **same) -> list[dict]:
    """Customers who have nothing in common but `same`."""
    return [
        {"customer_id": f"c{n:03}", "name": f"first{n} last{n}", "email": f"c{n}@mail.example"} | same
        for n in range(count)
    ]


def test_customers_with_one_mailbox_are_one_person(engine, make_orders):
    orders = make_orders(
        [
            {"customer_id": "a", "email": "Anna.Li+serum@gmail.com"},
            {"customer_id": "b", "email": "annali@googlemail.com"},
            {"customer_id": "c", "email": "anna.li@post.example"},
        ]
    )
    assert persons(engine, orders) == [{"a", "b"}, {"c"}]


def test_a_chain_of_keys_is_one_person(engine, make_orders):
    orders = make_orders(
        [
            {"customer_id": "a", "email": "x@y.example"},
            {"customer_id": "b", "email": "x@y.example", "phone": "+82 10 1234 5678"},
            {"customer_id": "c", "phone": "010-1234-5678", "country": "KR"},
        ]
    )
    assert persons(engine, orders) == [{"a", "b", "c"}]


def test_without_identity_columns_every_customer_is_one_person(engine, make_orders):
    orders = make_orders([{"customer_id": "a", "country": "KR"}, {"customer_id": "b", "country": "KR"}])
    assert persons(engine, orders) == [{"a"}, {"b"}]


def test_a_block_of_flats_joins_nobody_but_its_namesakes(engine, make_orders):
    people = crowd(40, address="1 High Street", postcode="AB1 2CD")
    people.append(
        {"customer_id": "again", "name": "LAST7 first7", "address": "1 high st.", "postcode": "ab12cd"}
    )
    assert persons(engine, make_orders(people))[0] == {"again", "c007"}


def test_a_crowded_telephone_joins_an_actor_and_not_one_household(engine, make_orders):
    people = crowd(12, phone="+44 20 7946 0018") + [
        {"customer_id": f"z{n:03}", "phone": f"+44 20 7946 1{n:03}"} for n in range(300)
    ]
    resolved = found(engine, make_orders(people))
    assert [len(group) for group in groups(engine, resolved, "actor_id")][:2] == [12, 1]
    assert len(groups(engine, resolved, "person_id")[0]) == 1


def test_a_shops_terminal_is_a_hub_and_joins_nobody(engine, make_orders):
    people = crowd(30, device_id="terminal") + [
        {"customer_id": f"c{n:03}", "device_id": f"own{n}"} for n in range(30)
    ]
    resolved = resolve(engine, make_orders(people), as_of=AS_OF, fuzzy=False)
    hubs = [(h["key_kind"], h["customers"]) for h in engine.fetch(resolved.hubs).to_pylist() if h["is_hub"]]
    assert hubs == [("device_id", 30)]
    assert engine.fetch(resolved.actors.actor_id.nunique()).as_py() == 30


def test_what_is_first_seen_after_the_as_of_date_joins_nobody(engine, make_orders):
    orders = make_orders(
        [
            {"customer_id": "a", "email": "x@y.example"},
            {"customer_id": "b", "email": "x@y.example", "first_on": date(2026, 7, 1)},
        ]
    )
    assert persons(engine, orders) == [{"a"}, {"b"}]


def test_a_link_is_dated_by_the_later_of_its_two_sightings(engine, make_orders):
    orders = make_orders(
        [
            {"customer_id": "a", "email": "x@y.example", "first_on": date(2026, 1, 5)},
            {"customer_id": "b", "email": "x@y.example", "first_on": date(2026, 3, 9)},
        ]
    )
    link = engine.fetch(resolve(engine, orders, as_of=AS_OF, fuzzy=False).links).to_pylist()[0]
    assert (link["customer_a"], link["customer_b"], link["link_from"]) == ("a", "b", date(2026, 3, 9))


PLACES = [*crowd(5), {"customer_id": "twin", "email": "c1@mail.example"}]


@pytest.fixture(scope="module")
def persons_without_place(engine, make_orders):
    return persons(engine, make_orders(PLACES))


@pytest.mark.parametrize("column", ["country", "city"])
def test_country_and_city_change_no_link(engine, make_orders, persons_without_place, column):
    with_place = [row | {column: "Busan"} for row in PLACES]
    assert persons(engine, make_orders(with_place)) == persons_without_place
