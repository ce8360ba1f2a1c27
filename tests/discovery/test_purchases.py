"""Purchases, sums and the calendar of thirty lines, beside plain loops over the same lines."""

from collections import defaultdict
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pytest

from entrepot.discovery.purchases import FOLDS, calendar, in_time, majorities, mask_of, number, sums, traits
from entrepot.units import fold_of, half_of_day

FIRST = date(2026, 1, 5)
UNTIL = FIRST + timedelta(days=80)
WHO = {"c1": "p1", "c2": "p1", "c3": "p3", "c4": "p4", "c5": "p5", "c6": "p6"}
BUYERS = ["c1", "c2", "c3", "c1", "c4", "c3", "c5", "c5", "c1", "c2"] * 3


def line(customer, day, product, units):
    return {
        "customer_id": customer,
        "ordered_on": FIRST + timedelta(days=day),
        "product_id": product,
        "category": {"serum": "skin"}.get(product, "care"),
        "quantity_net": float(units),
        "revenue_net": units * {"serum": 30.0, "cream": 20.0, "soap": 5.0}[product],
    }


LINES = [
    *[line(who, 7 * n % 83, ("serum", "cream", "soap")[n % 3], 1 + n % 4) for n, who in enumerate(BUYERS)],
    line("c1", 0, "serum", 2),  # the same day and product as the first line
    line(None, 0, "serum", 9),  # nobody's
    line("c6", 0, "soap", 0),  # came back whole
]


@pytest.fixture(scope="module")
def bought(engine):
    who = pa.table(
        {"customer_id": list(WHO), "person_id": list(WHO.values()), "actor_id": list(WHO.values())}
    )
    return number(engine, engine.hold(pa.Table.from_pylist(LINES)), engine.hold(who))


def by_name(engine, bought, table):
    """Rows with the person's own id instead of its number."""
    return engine.fetch(table.join(bought.persons.select("person", "person_id"), "person")).to_pylist()


def naive():
    """person, product, day -> units, of lines that somebody bought and kept."""
    units = defaultdict(float)
    for line in LINES:
        if line["customer_id"] and line["quantity_net"] > 0:
            units[WHO[line["customer_id"]], line["product_id"], line["ordered_on"]] += line["quantity_net"]
    return units


def test_a_purchase_is_what_a_person_bought_of_one_product_on_one_day(engine, bought):
    rows = by_name(engine, bought, bought.bought.join(bought.products, "product"))
    assert {(r["person_id"], r["product_id"], r["day"]): r["units"] for r in rows} == dict(naive())


def test_first_marks_the_first_day_of_a_product_and_opening_that_of_the_person(engine, bought):
    rows = by_name(engine, bought, bought.bought.join(bought.products, "product"))
    days, opened = defaultdict(list), defaultdict(list)
    for person, product, day in naive():
        days[person, product].append(day)
        opened[person].append(day)
    assert all(r["first"] == (r["day"] == min(days[r["person_id"], r["product_id"]])) for r in rows)
    assert all(r["opening"] == (r["day"] == min(opened[r["person_id"]])) for r in rows)


def test_who_bought_nothing_is_no_person_and_folds_go_by_actor(engine, bought):
    rows = engine.fetch(bought.persons).to_pylist()
    assert {r["person_id"]: r["fold"] for r in rows} == {p: fold_of(p, 5) for p in ("p1", "p3", "p4", "p5")}


def test_sums_are_those_of_a_plain_loop(engine, bought):
    table = sums(engine, bought, traits(engine, bought, UNTIL), after=None, until=UNTIL)
    found = {(r["person_id"], r["half"]): (r["occasions"], r["units"], r["trips"], r["different"])
             for r in by_name(engine, bought, table)}  # fmt: skip
    first = {}
    for person, product, day in sorted(naive(), key=lambda key: key[2]):
        first.setdefault((person, product), day)
    expected = defaultdict(lambda: [0, 0.0, set(), 0])
    for (person, product, day), units in naive().items():
        if day <= UNTIL:
            row = expected[person, half_of_day(day)]
            row[0] += 1
            row[1] += units
            row[2].add(day)
            row[3] += first[person, product] == day
    assert found == {key: (n, u, len(days), new) for key, (n, u, days, new) in expected.items()}


def test_sums_of_two_spans_add_up_to_those_of_the_whole(engine, bought):
    middle = FIRST + timedelta(days=40)
    known = traits(engine, bought, UNTIL)
    total = {}
    for name, after, until in (("whole", None, UNTIL), ("early", None, middle), ("late", middle, UNTIL)):
        rows = engine.fetch(sums(engine, bought, known, after=after, until=until))
        total[name] = {
            c: sum(rows[c].to_pylist()) for c in ("occasions", "units", "trips", "different", "revenue")
        }
    assert {c: total["early"][c] + total["late"][c] for c in total["whole"]} == pytest.approx(total["whole"])


def test_in_time_everybody_has_both_halves_and_nothing_is_added_or_lost(engine, bought):
    counted = sums(engine, bought, traits(engine, bought, UNTIL), after=None, until=UNTIL)
    passed = calendar(engine, bought, UNTIL)
    whole = engine.fetch(in_time(engine, bought, counted, passed, UNTIL))
    halves = {(r["person"], r["half"]) for r in whole.to_pylist()}
    assert len(halves) == whole.num_rows == 2 * len({person for person, _ in halves})
    for name in ("occasions", "units", "trips"):
        assert sum(whole[name].to_pylist()) == pytest.approx(sum(engine.fetch(counted)[name].to_pylist()))
    starts = bought.persons.select("person", "first_on")
    since = {r["person"]: r["first_on"] for r in engine.fetch(starts).to_pylist()}
    passed = [(since[r["person"]], -r["passed"]) for r in whole.to_pylist() if r["half"] == 0]
    assert [x for _, x in sorted(passed)] == sorted(x for _, x in passed)  # who came later has seen less


def test_a_mask_has_the_bits_of_the_folds_for_which_it_holds(engine, bought):
    mask = mask_of(lambda fold: bought.persons.fold == fold)
    rows = engine.fetch(bought.persons.select("fold", mask=mask)).to_pylist()
    assert all(row["mask"] == 2 ** row["fold"] < 2**FOLDS for row in rows)


def test_the_number_of_an_actor_is_the_smallest_of_its_persons(engine, town):
    persons = number(engine, town.orders.lines, town.actors.actors).persons
    rows = engine.fetch(
        persons.group_by("actor_id").agg(
            first=persons.person.min(), actors=persons.actor.nunique(), actor=persons.actor.max()
        )
    )
    assert rows["first"].to_pylist() == rows["actor"].to_pylist()
    assert set(rows["actors"].to_pylist()) == {1}


def test_price_and_buyers_of_a_product_are_those_of_a_plain_loop(engine, bought):
    table = traits(engine, bought, UNTIL).join(bought.products, "product")
    found = {
        r["product_id"]: (r["price"], r["buyers"], r["purchases"]) for r in engine.fetch(table).to_pylist()
    }
    kept = [x for x in LINES if x["customer_id"] and x["quantity_net"] and x["ordered_on"] <= UNTIL]
    for product, (price, buyers, purchases) in found.items():
        mine = [x for x in kept if x["product_id"] == product]
        assert price == pytest.approx(
            sum(x["revenue_net"] for x in mine) / sum(x["quantity_net"] for x in mine)
        )
        assert buyers == len({WHO[x["customer_id"]] for x in mine})
        assert purchases == sum(p == product and d <= UNTIL for _, p, d in naive())


def test_no_product_is_sought_and_a_control_at_once(engine, town):
    who = number(engine, town.orders.lines, town.actors.actors)
    rows = engine.fetch(traits(engine, who, date(2026, 9, 30))).to_pylist()
    assert {(r["sought"], r["control"]) for r in rows} == {(True, False), (False, True), (False, False)}


def test_the_calendar_adds_up_each_day_in_its_half_with_a_weight_by_month(engine, bought):
    rows = engine.fetch(calendar(engine, bought, UNTIL).order_by("half", "day")).to_pylist()
    days = [FIRST + timedelta(days=n) for n in range((UNTIL - FIRST).days + 1)]
    for half in (0, 1):
        steps = np.diff([0.0] + [r["passed"] for r in rows if r["half"] == half])
        assert [step > 0 for step in steps] == [half_of_day(day) == half for day in days]
    weights = {(day.month, round(step, 9)) for half in (0, 1) for day, step in zip(
        days, np.diff([0.0] + [r["passed"] for r in rows if r["half"] == half]), strict=True) if step > 0}  # fmt: skip
    assert len(weights) == len({day.month for day in days})


def test_households_buy_by_the_pack_and_businesses_by_the_case(engine):
    sizes = {"household": 6.0, "shop": 60.0}
    lines = [
        {"customer_id": f"{kind}{n}", "ordered_on": FIRST + timedelta(days=k), "product_id": f"six{k}",
         "quantity_net": sizes[kind], "revenue_net": sizes[kind], "category": "drinks"}
        for kind, count in (("household", 30), ("shop", 10)) for n in range(count) for k in range(2)
    ]  # fmt: skip
    ids = sorted({line["customer_id"] for line in lines})
    who = engine.hold(pa.table({"customer_id": ids, "person_id": ids, "actor_id": ids}))
    bought = number(engine, engine.hold(pa.Table.from_pylist(lines)), who)
    [found] = majorities(engine, bought, traits(engine, bought, UNTIL), UNTIL)
    assert (found.category, found.persons, found.share_0_1) == ("drinks", 40, 0.75)
