"""Every link can be explained."""

from __future__ import annotations

from datetime import date
from math import prod

import pytest

from entrepot.actors import explain, resolve
from entrepot.errors import InputError

AS_OF = date(2026, 6, 30)
CHAIN = [
    {"customer_id": "a", "email": "x@y.example"},
    {"customer_id": "b", "email": "x@y.example", "phone": "+82 10 1234 5678"},
    {"customer_id": "c", "phone": "010-1234-5678", "country": "KR"},
    {"customer_id": "d", "phone": "010-9999-5678", "country": "KR"},
]


@pytest.fixture(scope="module")
def found(engine, make_orders):
    return resolve(engine, make_orders(CHAIN), as_of=AS_OF)


def test_a_chain_is_told_link_by_link_in_plain_words(found):
    told = explain(found, "a", "c")
    assert told.verdict == "same person"
    assert [(step["from"], step["to"], list(step["fields"])) for step in told.steps] == [
        ("a", "b", ["email"]),
        ("b", "c", ["phone"]),
    ]
    assert "a – b: the same mailbox, known since 2026-01-05" in told.text
    assert told.probability == pytest.approx(prod(step["probability"] for step in told.steps))


def test_two_who_are_not_joined_are_said_to_be_not_joined(found):
    assert explain(found, "a", "d").verdict == "not joined"


def test_both_unknown_customers_are_named_at_once(found):
    with pytest.raises(InputError) as raised:
        explain(found, "nobody", "neither")
    assert [mistake.got for mistake in raised.value.mistakes] == ["nobody", "neither"]
