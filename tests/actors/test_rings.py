"""Rings by behaviour: those who queue for one principal and share nothing else."""

from __future__ import annotations

import random
from datetime import date, timedelta

import numpy as np
import pytest
from scipy.stats import poisson

from entrepot.actors import lockstep, resolve, rings

from .conftest import line

START = date(2026, 1, 1)
AS_OF = date(2026, 12, 31)


def households(chance: random.Random, count: int = 100, visits: int = 40) -> list[dict]:
    """Households that buy five things in three stores, each on its own days and at its own hours."""
    rows = []
    for n in range(count):
        store, hour = f"s{n % 3}", chance.randrange(9, 19)
        for _visit in range(visits):
            day = START + timedelta(days=chance.randrange(360))
            minute = hour * 60 + chance.randrange(-60, 120)
            rows.append(
                line(
                    f"h{n:03}",
                    day,
                    product_id=f"p{chance.randrange(5)}",
                    store_id=store,
                    minute_of_day=minute,
                )
            )
    return rows


def queue(chance: random.Random, runners: int, days: int, store: str = "s1") -> list[dict]:
    """Runners who come to one store within twenty minutes, three times out of four, on days of nobody's choosing."""
    rows = []
    for _visit in range(days):
        day, hour = START + timedelta(days=chance.randrange(360)), chance.randrange(10, 18)
        for n in range(runners):
            if chance.random() < 0.75:
                minute = hour * 60 + chance.randrange(20)
                rows.append(line(f"r{n:02}", day, product_id="p1", store_id=store, minute_of_day=minute))
    return rows


def actors_of(engine, orders) -> dict[str, str]:
    return {
        row["customer_id"]: row["actor_id"]
        for row in engine.fetch(resolve(engine, orders, as_of=AS_OF).actors).to_pylist()
    }


def test_households_alone_form_no_ring(engine, make_orders):
    actors = actors_of(engine, make_orders(lines=households(random.Random(1))))
    assert len(set(actors.values())) == 100


@pytest.mark.parametrize("runners", [5, 12, 20])
def test_a_queue_for_one_principal_becomes_one_actor_and_takes_no_household_along(
    engine, make_orders, runners
):
    chance = random.Random(runners)
    actors = actors_of(engine, make_orders(lines=households(chance) + queue(chance, runners, days=30)))
    ring = {actors[f"r{n:02}"] for n in range(runners)}
    assert len(ring) == 1
    assert not ring & {actor for customer, actor in actors.items() if customer[0] == "h"}


def test_rings_are_formed_on_one_half_and_tested_on_the_other(engine, make_orders):
    chance = random.Random(5)
    found = resolve(engine, make_orders(lines=households(chance) + queue(chance, 8, days=30)), as_of=AS_OF)
    tested = engine.fetch(found.lockstep).to_pylist()
    assert sorted(row["half"] for row in tested) == [0, 1]
    assert all(row["log10_e"] > 3 for row in tested)
    formed = engine.fetch(found.rings).to_pylist()
    assert {row["half"] for row in formed} == {0, 1}
    assert {row["actor_id"] for row in formed} == {row["actor_id"] for row in tested}


def test_opening_hour_fans_are_no_ring(engine, make_orders):
    """Sixty people come to the first hour of eight launches, among a hundred others who buy the product later."""
    chance = random.Random(3)
    rows = households(chance)
    for launch in range(8):
        first = START + timedelta(days=30 + 40 * launch)
        for n in range(60):
            if chance.random() < 0.8:
                rows.append(
                    line(
                        f"fan{n:02}",
                        first,
                        product_id=f"new{launch}",
                        minute_of_day=600 + chance.randrange(59),
                    )
                )
        for n in range(100):
            day = first + timedelta(days=int(chance.expovariate(0.3)))
            rows.append(
                line(f"h{n:03}", day, product_id=f"new{launch}", minute_of_day=600 + chance.randrange(500))
            )
    actors = actors_of(engine, make_orders(lines=rows))
    assert len(set(actors.values())) == len(actors)


def weekly_fans(chance: random.Random, stores: tuple[str, ...]) -> list[dict]:
    """In each of `stores` five people come to the first hour of a weekly offer, for a product of that week's."""
    return [
        line(f"{store}-fan{n}", START + timedelta(days=7 * week), product_id=f"offer{week}", store_id=store,
             minute_of_day=600 + chance.randrange(59))
        for week in range(40) for store in stores for n in range(5) if chance.random() < 0.7
    ]  # fmt: skip


def test_fans_of_a_weekly_offer_are_no_ring_where_other_stores_show_the_offer(engine, make_orders):
    chance = random.Random(11)
    rows = households(chance) + weekly_fans(chance, ("s0", "s1", "s2"))
    actors = actors_of(engine, make_orders(lines=rows))
    assert len(set(actors.values())) == len(actors)


def test_a_stranger_whose_order_is_split_in_three_makes_no_event(engine, make_orders):
    chance = random.Random(12)
    rows = households(chance) + queue(chance, 6, days=30)
    queued = sorted({(row["ordered_on"]) for row in rows if row["customer_id"].startswith("r")})
    for day in queued:
        rows += [line("h000", day, product_id="p1", store_id="s2", minute_of_day=700) for _again in range(3)]
    actors = actors_of(engine, make_orders(lines=rows))
    assert len({actors[f"r{n:02}"] for n in range(6)}) == 1


def test_links_by_behaviour_read_nothing_after_the_as_of_date(engine, make_orders):
    chance = random.Random(9)
    orders = make_orders(lines=households(chance) + queue(chance, 8, days=30))
    early = date(2026, 5, 1)
    links = engine.fetch(resolve(engine, orders, as_of=AS_OF).links)
    known_early = engine.fetch(resolve(engine, orders, as_of=early).links)
    assert all(day <= early for day in known_early["link_from"].to_pylist())
    assert len(known_early) < len(links)


def test_without_times_of_day_the_evidence_says_so(engine, make_orders):
    chance = random.Random(11)
    rows = [
        row | {"minute_of_day": None} for row in households(chance, visits=20) + queue(chance, 6, days=40)
    ]
    found = resolve(engine, make_orders(lines=rows), as_of=AS_OF)
    assert found.notes["lockstep"]["cells_are"] == "days"
    assert all("no time of day" in why for why in engine.fetch(found.links)["why"].to_pylist())


def test_shared_days_agree_with_naive_counting(engine, make_orders):
    rows = households(random.Random(2), count=12, visits=80)
    orders = make_orders(lines=rows)
    empty = orders.identities.select("customer_id", person="customer_id").limit(0)
    seen = lockstep.visits(engine, orders.lines, empty)
    pairs = engine.fetch(lockstep.meeting_pairs(engine, seen))["shared_days"].to_pylist()
    assert sorted(pairs) == sorted(naive_shared_days(rows))


def naive_shared_days(rows: list[dict]) -> list[int]:
    from entrepot.units import half_of_day

    days: dict[tuple, set] = {}
    for a in rows:
        for b in rows:
            same = all(a[k] == b[k] for k in ("product_id", "store_id", "ordered_on"))
            if (
                same
                and a["customer_id"] < b["customer_id"]
                and a["minute_of_day"] // 60 == b["minute_of_day"] // 60
            ):
                key = (a["customer_id"], b["customer_id"], half_of_day(a["ordered_on"]))
                days.setdefault(key, set()).add(a["ordered_on"])
    return [len(on) for on in days.values() if len(on) >= lockstep.LEAST_DAYS]


@pytest.mark.parametrize("level", [1e-3, 1e-9])
def test_the_p_value_of_a_pair_is_below_a_level_where_scipy_puts_it_there(level):
    chance = np.random.default_rng(3)
    expected = chance.gamma(0.5, 4.0, 5_000)
    shared = chance.poisson(expected) + chance.integers(0, 12, 5_000)
    number = np.arange(5_000)
    found = rings.Pairs(number, number, number % 2, shared, expected).p_value <= level
    below = poisson.sf(shared - 1, expected) <= level
    assert 0 < found.sum() < 5_000
    assert np.flatnonzero(found).tolist() == np.flatnonzero(below).tolist()


@pytest.mark.parametrize("expected", [0.01, 0.4, 3.0])
def test_the_e_value_has_mean_one_where_days_are_as_the_null_says(expected):
    days = np.arange(1000)
    log_evidence = rings.log10_e(days, np.full(len(days), expected)) * np.log(10)
    assert np.sum(np.exp(poisson.logpmf(days, expected) + log_evidence)) == pytest.approx(1.0, abs=1e-6)


def test_a_crowd_is_cut_down_to_those_who_share_the_most_days():
    left = np.array([0] * 39 + [1])
    right = np.array([*range(1, 40), 2])
    shared = np.array([9, 9] + [3] * 37 + [9])
    groups = rings.split_crowds(40, left, right, shared)
    assert [int(g) for g in np.flatnonzero(groups == groups[0])] == [0, 1, 2]
