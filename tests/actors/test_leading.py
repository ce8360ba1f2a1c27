"""Who leads a ring: named where payments, doors or the trade tell, unknown where nothing does."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

from entrepot.actors import resolve
from entrepot.actors.leading import principal

from .conftest import line
from .test_rings import AS_OF, START, households, queue


def alone(customer: str, times: int, product: str = "p1") -> list[dict]:
    """One customer who buys on days of its own."""
    chance = random.Random(customer)
    days = [START + timedelta(days=chance.randrange(360)) for _time in range(times)]
    return [line(customer, day, product_id=product, store_id="s2", minute_of_day=700) for day in days]


def roles(engine, make_orders, *, runners: int, extra: list[dict]) -> dict[str, str]:
    """The roles of those who queue for the product p1, with what they buy besides, among households."""
    chance = random.Random(runners)
    rows = households(chance) + queue(chance, runners, days=40) + extra
    found = engine.fetch(resolve(engine, make_orders(lines=rows), as_of=AS_OF, fuzzy=False).actors)
    return {row["customer_id"]: row["role"] for row in found.to_pylist() if row["customer_id"][0] == "r"}


def test_who_buys_the_goods_of_the_ring_on_many_other_days_too_is_the_principal(engine, make_orders):
    found = roles(engine, make_orders, runners=5, extra=alone("r03", 30) + alone("r01", 2))
    assert found == {f"r{n:02}": "principal" if n == 3 else "runner" for n in range(5)}


def test_who_buys_other_goods_on_many_days_is_no_principal(engine, make_orders):
    found = roles(engine, make_orders, runners=5, extra=alone("r03", 30, product="soap"))
    assert set(found.values()) == {"unknown"}


def test_of_two_who_buy_together_nobody_is_called_principal(engine, make_orders):
    found = roles(engine, make_orders, runners=2, extra=alone("r01", 30))
    assert set(found.values()) == {"unknown"}


@pytest.mark.parametrize(
    ("paid", "sent", "goods", "leads"),
    [
        ({"a": 3}, {"b": 3}, {"a": 0, "b": 0, "c": 40}, "a"),
        ({}, {"b": 3}, {"a": 0, "b": 0, "c": 40}, "b"),
        ({}, {}, {"a": 0, "b": 0, "c": 40}, "c"),
        ({}, {}, {"a": 30, "b": 40, "c": 0}, None),
    ],
)
def test_a_card_says_more_than_a_door_and_a_door_more_than_the_trade(paid, sent, goods, leads):
    assert principal({"a": 9, "b": 9, "c": 9}, paid, sent, goods)[0] == leads
