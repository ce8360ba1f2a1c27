"""Innocent explanations stand with the numbers of the buyer's own orders, as counted by hand."""

from datetime import date, timedelta
from types import SimpleNamespace

import pyarrow as pa
import pytest

from entrepot.discovery.circumstances import circumstances
from entrepot.discovery.explanations import ANSWERS, explained
from entrepot.discovery.signals import SIGNALS

UNTIL = date(2026, 3, 31)
SERUM, SOAP = 1, 2  # the soap is an everyday product
OTHERS = {"units": 100.0, "purchases": 80, "everyday_units": 50.0, "most": 8.0,
          "timed_orders": 10, "office_orders": 4}  # fmt: skip
PLAIN = {
    "customers": 1, "persons": 1, "units": 40.0, "purchases": 20, "months": 8, "season_units": 4.0,
    "everyday_units": 20.0, "launch_units": None, "orders": 10, "timed_orders": 10, "weekday_orders": 8,
    "office_orders": 7, "most": 6.0, "products": 10, "singles": 5,
}  # fmt: skip


def view_of(engine, bought, *, actors, identities=(), launches=()):
    """`bought`: (person, product, day, units); `actors`: of each person; `identities`: (customer, kind, value)."""
    first = [min(p for p in actors if actors[p] == actor) for actor in actors.values()]
    persons = pa.table({"person": list(actors), "actor": first, "actor_id": list(actors.values())})
    products = pa.table({"product": [SERUM, SOAP], "product_id": ["serum", "soap"]})
    row = [dict(zip(("person", "product", "day", "units"), each, strict=True)) for each in bought]
    lines = [
        {"person": r["person"], "order_id": f"o{n}", "ordered_on": r["day"], "minute_of_day": 600}
        for n, r in enumerate(row)
    ]
    kinds = ("email", "phone", "payment_token", "device_id", "address")
    seen = [
        {"customer_id": c, "first_on": UNTIL, "is_recipient": kind == "address", kind: value}
        for c, kind, value in identities
    ]
    of_identities = pa.schema(
        [("customer_id", pa.string()), ("first_on", pa.date32()), ("is_recipient", pa.bool_())]
        + [(kind, pa.string()) for kind in kinds]
    )
    of_events = pa.schema([("kind", pa.string()), ("product_id", pa.string()), ("starts_on", pa.date32())])
    events = [{"kind": "launch", "product_id": "serum", "starts_on": day} for day in launches]
    customers = pa.table({"customer_id": [f"c{p}" for p in actors], "actor_id": list(actors.values())})
    held = engine.hold(pa.Table.from_pylist(row))
    return SimpleNamespace(
        engine=engine,
        until=UNTIL,
        purchases=SimpleNamespace(persons=engine.hold(persons), products=engine.hold(products)),
        traits=engine.hold(pa.table({"product": [SERUM, SOAP], "everyday": [False, True]})),
        customers=engine.hold(customers),
        bought=lambda: held,
        lines=lambda: engine.hold(pa.Table.from_pylist(lines)),
        orders=SimpleNamespace(
            identities=engine.hold(pa.Table.from_pylist(seen, schema=of_identities)),
            events=engine.hold(pa.Table.from_pylist(events, schema=of_events)),
        ),
    )


def facts_of(engine, bought, *, actors, **how):
    """The facts of actor `a`, who is listed, and of the others."""
    people = sum(actor == "a" for actor in actors.values())
    flagged = engine.hold(pa.table({"actor_id": ["a"], "customers": [people], "persons": [people]}))
    own, others = circumstances(view_of(engine, bought, actors=actors, **how), flagged)
    return own["a"], others


def test_units_are_told_apart_by_season_everyday_goods_and_launches(engine):
    bought = [
        (1, SERUM, date(2025, 11, 5), 3.0), (1, SERUM, date(2025, 11, 6), 5.0), (1, SOAP, date(2025, 12, 31), 2.0),
        (2, SOAP, date(2026, 1, 1), 1.0), (2, SERUM, date(2026, 1, 1), 1.0),
    ]  # fmt: skip
    own, others = facts_of(engine, bought, actors={1: "a", 2: "b"}, launches=[date(2025, 11, 4)])
    names = (
        "units",
        "season_units",
        "everyday_units",
        "launch_units",
        "months",
        "most",
        "products",
        "singles",
    )
    assert [own[n] for n in names] == [10, 7, 2, 8, 2, 8, 2, 0]
    assert [others[n] for n in names] == [2, 0, 1, 0, 1, 1, 2, 2]


def test_orders_are_told_apart_by_working_days(engine):
    week = [date(2026, 3, 2) + timedelta(days=n) for n in range(7)]  # a Monday and the six days after it
    own, _ = facts_of(engine, [(1, SERUM, day, 1.0) for day in week], actors={1: "a"})
    assert [own[n] for n in ("orders", "timed_orders", "weekday_orders", "office_orders")] == [7, 7, 5, 5]


def test_days_on_which_two_persons_buy_the_same_product_are_shared(engine):
    days = [date(2026, 3, n) for n in (1, 2, 3)]
    bought = [(1, SERUM, day, 1.0) for day in days] + [(2, SERUM, days[0], 1.0), (2, SOAP, days[1], 1.0)]
    own, _ = facts_of(engine, bought, actors={1: "a", 2: "a"})
    assert own["shared_days"] == 1


def test_records_share_what_is_written_alike_and_neighbours_are_other_buyers(engine):
    identities = [
        ("c1", "address", "1 High St."), ("c2", "address", "1, high st"), ("c3", "address", "1 High St"),
        ("c1", "phone", "+1 555 01"), ("c4", "phone", "+1 555 01"),
    ]  # fmt: skip
    actors = {1: "a", 2: "a", 3: "b", 4: "c"}
    bought = [(person, SERUM, UNTIL, 1.0) for person in actors]
    own, _ = facts_of(engine, bought, actors=actors, identities=identities)
    assert [own[n] for n in ("door_records", "hand_records", "at_door", "addresses")] == [2, 0, 1, 1]


@pytest.mark.parametrize(
    ("name", "changes", "stance"),
    [
        ("gift season", {"season_units": 20.0}, "for"),
        ("gift season", {"season_units": 4.0}, "against"),
        ("gift season", {"season_units": 4.0, "months": 5}, "unknown"),
        ("large family", {"everyday_units": 16.0}, "for"),
        ("large family", {"everyday_units": 16.0, "most": 9.0}, "unknown"),
        ("large family", {"everyday_units": 9.0}, "against"),
        ("large family", {"everyday_units": 12.0}, "unknown"),
        ("office or club", {"office_orders": 8}, "for"),
        ("office or club", {"office_orders": 5}, "against"),
        ("office or club", {"timed_orders": 0}, "for"),
        ("office or club", {"everyday_units": 1.0}, "against"),
        ("enthusiast or collector", {"singles": 8}, "for"),
        ("enthusiast or collector", {"singles": 8, "most": 9.0}, "against"),
        ("enthusiast or collector", {}, "unknown"),
        ("one household registered twice", {"customers": 2, "door_records": 2}, "for"),
        ("one household registered twice", {"customers": 2}, "against"),
        ("one household registered twice", {"customers": 2, "persons": 2, "hand_records": 2}, "unknown"),
        ("neighbours", {"customers": 2, "door_records": 2, "at_door": 3}, "for"),
        ("neighbours", {"customers": 2, "hand_records": 2}, "against"),
        ("neighbours", {"customers": 2}, "unknown"),
        ("friends who buy together", {"persons": 2, "shared_days": 6}, "for"),
        ("friends who buy together", {"persons": 2, "shared_days": 12}, "against"),
        ("friends who buy together", {"persons": 2, "shared_days": 7}, "unknown"),
        ("fans who come to every opening", {"launch_units": 20.0}, "for"),
        ("fans who come to every opening", {"launch_units": 4.0}, "against"),
        ("fans who come to every opening", {}, "unknown"),
        ("moved house or changed habits", {"purchases": 40}, "unknown"),
        ("moved house or changed habits", {}, "against"),
    ],
)
def test_an_explanation_is_for_or_against_only_beyond_its_threshold(name, changes, stance):
    assert ANSWERS[name](PLAIN | changes, OTHERS).stance == stance


def test_hours_in_which_nobody_shops_are_not_held_against_an_office():
    elsewhere = OTHERS | {"office_orders": 1}
    assert ANSWERS["office or club"](PLAIN | {"office_orders": 1}, elsewhere).stance == "for"


def test_every_explanation_of_a_signal_is_answered_from_the_orders():
    assert {i.name for signal in SIGNALS for i in signal.innocent} == set(ANSWERS)


def test_what_cannot_be_is_not_offered():
    names = {name for name, _ in explained(["trips", "no habit", "many hands"], PLAIN, OTHERS)}
    assert names == {"large family", "office or club", "gift season", "enthusiast or collector"}


def test_what_the_orders_speak_for_comes_first():
    ring = PLAIN | {"customers": 3, "persons": 3, "shared_days": 30, "season_units": 30.0}
    stances = [answer.stance for _, answer in explained(["lockstep"], ring, OTHERS)]
    assert stances == sorted(stances, key=("for", "unknown", "against").index)
    assert stances[0] == "for"


def test_a_listed_buyer_s_sentences_hold_when_everybody_is_listed():
    nobody = {"units": 0.0, "purchases": 0.0, "everyday_units": 0.0, "most": 0.0}
    assert [a.stance for n, a in explained(["stock"], PLAIN, nobody) if n == "large family"] == ["unknown"]


def test_names_places_and_means_of_payment_play_no_part(engine):
    """Every value written otherwise, what is equal left equal, changes no fact."""
    bought, actors = [(1, SERUM, UNTIL, 3.0), (2, SERUM, UNTIL, 1.0)], {1: "a", 2: "a"}
    seen = [
        ("c1", "payment_token", "visa 11"),
        ("c2", "payment_token", "visa 11"),
        ("c1", "address", "Rua A 1"),
    ]
    other = [
        (customer, kind, {"visa 11": "银联 7", "Rua A 1": "雪花路 3"}[value])
        for customer, kind, value in seen
    ]
    one, two = (facts_of(engine, bought, actors=actors, identities=i)[0] for i in (seen, other))
    assert one == two
