"""Near identities, weighed by Splink, in a made population of a few hundred."""

from __future__ import annotations

import random
from datetime import date

from entrepot.actors import resolve

AS_OF = date(2026, 6, 30)
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def population(twins: int, typos: int) -> list[dict]:
    """600 people; the first `twins` are registered twice with one mailbox, the next `typos` with typing errors."""
    chance = random.Random(7)
    word = lambda: "".join(chance.choices(LETTERS, k=8))  # noqa: E731
    people = [
        {
            "customer_id": f"c{n:03}", "name": f"{word()} {word()}", "email": f"{word()}@mail.example",
            "phone": f"+44{chance.randrange(10**9, 10**10)}", "address": f"{n} {word()} street",
            "postcode": f"{word()[:2]}{chance.randrange(100, 999)}",
        }
        for n in range(600)
    ]  # fmt: skip
    again = []
    for n in range(twins):
        again.append(people[n] | {"customer_id": f"t{n:03}", "phone": None})
    for n in range(twins, twins + typos):
        wrong = people[n]["name"][:-1] + "x"
        mail = people[n]["email"].replace("mail", "post")
        phone = people[n]["phone"][:-1] + ("1" if people[n]["phone"][-1] != "1" else "2")
        again.append(people[n] | {"customer_id": f"x{n:03}", "name": wrong, "email": mail, "phone": phone})
    return people + again


def test_typing_errors_are_found_and_strangers_are_not_joined(engine, make_orders):
    people = [row | ({"address": f"{row['address']}s"} if row["customer_id"][0] == "x" else {})
              for row in population(150, 50)]  # fmt: skip
    resolved = resolve(engine, make_orders(people), as_of=AS_OF)
    rows = engine.fetch(resolved.actors).to_pylist()
    person = {row["customer_id"]: row["person_id"] for row in rows}
    found = sum(person[f"x{n:03}"] == person[f"c{n:03}"] for n in range(150, 200))
    assert found >= 48
    assert len(set(person.values())) == 800 - 150 - found
    assert resolved.notes["fuzzy"]["expected_precision"] > 0.95


def test_too_few_pairs_teach_nothing_and_the_notes_say_so(engine, make_orders):
    resolved = resolve(engine, make_orders(population(3, 0)), as_of=AS_OF)
    assert resolved.notes["fuzzy"].startswith("not done: 3 pairs")
