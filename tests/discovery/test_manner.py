"""What the counts of manner count, on a few lines written by hand."""

from datetime import date
from types import SimpleNamespace

import pyarrow as pa
import pytest

from entrepot.discovery.purchases import number, sums, traits
from entrepot.discovery.signals import View, channel_move, pace

UNTIL = date(2026, 3, 31)
EVENTS = pa.schema(
    [("kind", pa.string()), ("starts_on", pa.date32()), ("product_id", pa.string()), ("channel", pa.string())]
)


def line(customer, day, channel="store", product="serum", units=1.0):
    return {
        "customer_id": customer, "ordered_on": day, "product_id": product, "category": "skin", "channel": channel,
        "quantity_net": units, "revenue_net": 30.0 * units,
    }  # fmt: skip


def view_of(engine, lines, events):
    table = engine.hold(pa.Table.from_pylist(lines))
    names = sorted({row["customer_id"] for row in lines})
    who = engine.hold(pa.table({"customer_id": names, "person_id": names, "actor_id": names}))
    bought = number(engine, table, who)
    seen = traits(engine, bought, UNTIL)
    customers = who.join(bought.persons.select("person_id", "person"), "person_id")
    sides = SimpleNamespace(lines=table, events=engine.hold(pa.Table.from_pylist(events, schema=EVENTS)))
    return View(
        engine=engine, orders=sides,
        purchases=bought, traits=seen, sums=sums(engine, bought, seen, after=None, until=UNTIL), calendar=None,
        customers=customers, until=UNTIL,
    )  # fmt: skip


def answers(engine, view, rows):
    """By customer: count and exposure over both halves of the days."""
    named = rows.join(view.purchases.persons.select("person", "person_id"), "person")
    added = named.group_by("person_id").agg(count=named["count"].sum(), exposure=named.exposure.sum())
    return {row["person_id"]: (row["count"], row["exposure"]) for row in engine.fetch(added).to_pylist()}


def event(kind, starts_on, product=None, channel=None):
    return {"kind": kind, "starts_on": starts_on, "product_id": product, "channel": channel}


def test_a_launch_and_a_restock_one_day_apart_count_a_purchase_once(engine):
    events = [event("launch", date(2026, 1, 1), "serum"), event("restock", date(2026, 1, 2), "serum")]
    view = view_of(engine, [line("a", date(2026, 1, 2), units=5.0), line("b", date(2026, 2, 9))], events)
    assert {who: count for who, (count, _) in answers(engine, view, pace.counted(view)).items()} == {
        "a": 5,
        "b": 0,
    }


@pytest.mark.parametrize(
    "after", [[date(2026, 2, 3), date(2026, 2, 4)], [date(2026, 2, 5), date(2026, 2, 20)]]
)
def test_a_move_is_counted_in_days_against_earlier_days_there_and_one(engine, after):
    lines = [line("a", date(2026, 1, 5)), *[line("a", day, "web", units=12.0) for day in [*after, after[0]]]]
    lines += [line("b", date(2026, 1, 5)), line("b", date(2026, 1, 9), "web"), line("b", after[0], "web")]
    lines += [line("c", after[0], "web")]  # never bought in the store
    view = view_of(engine, lines, [event("restriction", date(2026, 2, 1), channel="store")])
    assert answers(engine, view, channel_move.counted(view)) == {"a": (2, 1.0), "b": (1, 2.0)}
