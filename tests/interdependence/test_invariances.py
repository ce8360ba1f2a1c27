"""What must not change a share, and in which direction something else may change it."""

from __future__ import annotations

import random
from datetime import date

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from entrepot.interdependence import concentration, displacement, growth, hindsight, shares, stress

from .conftest import HOUSEHOLDS, bought, ground_of, household, known, restriction, seller

WHO = [seller(f"R{n}", kind="stockist" if n < 4 else "wholesaler", resale_probability=n / 7, resale_evidence=2.0 + n,
              flagged=n > 3, excess_0_1=0.5) for n in range(1, 7)] + HOUSEHOLDS  # fmt: skip
DAYS = [date(2025, month, 5) for month in range(1, 13)]
LINES = [
    bought(row["actor_id"], 10.0 + 3 * n + m, day, quantity=2.0 + n % 3, channel=("web", "store")[(n + m) % 2],
           product_id=f"p{m % 3}", store_id=f"S{n % 2}", city=f"city {m % 2}")
    for n, row in enumerate(WHO) for m, day in enumerate(DAYS)
] + [bought(None, 33.0, day) for day in DAYS]  # fmt: skip
THEN = [known("R6", date(2025, 11, 30), 0.5), known("R6", date(2025, 12, 31))]
EVENTS = [restriction(date(2025, 7, 1))]


def everything(engine, lines=LINES, who=WHO, **how):
    """The tables of all measures, as rows."""
    then = (
        [{**row, "actor_id": how["renamed"][row["actor_id"]]} for row in THEN] if "renamed" in how else THEN
    )
    ground = ground_of(engine, lines, who, knowable=then, events=EVENTS)
    tables = [shares(ground), concentration(ground), growth(ground), stress(ground), displacement(ground),
              *hindsight(ground)]  # fmt: skip
    return [table.to_pylist() for table in tables]


def same(tables, others, times=1.0):
    """Equal up to rounding, money multiplied by `times`."""
    money = {"total", "amount", "amount_low", "amount_high", "shortfall", "shortfall_low", "shortfall_high"}
    for rows, other in zip(tables, others, strict=True):
        assert len(rows) == len(other)
        for one, two in zip(rows, other, strict=True):
            factor = 1.0 if one.get("basis") == "units" else times
            expected = {k: v * factor if k in money and v is not None else v for k, v in one.items()}
            assert two == {k: pytest.approx(v) if isinstance(v, float) else v for k, v in expected.items()}


@pytest.fixture(scope="module")
def usual(engine):
    return everything(engine)


def test_the_order_of_rows_changes_nothing(engine, usual):
    shuffled = random.Random(3).sample(
        [{**row, "order_id": f"O{n}"} for n, row in enumerate(LINES)], len(LINES)
    )
    same(usual, everything(engine, shuffled, random.Random(4).sample(WHO, len(WHO))))


def test_splitting_a_line_in_two_changes_nothing(engine, usual):
    halves = [{**row, "order_id": f"O{n}", "quantity": row["quantity"] / 2, "revenue_net": row["revenue_net"] / 2}
              for n, row in enumerate(LINES) for _ in range(2)]  # fmt: skip
    same(usual, everything(engine, halves))


def test_money_in_another_unit_leaves_every_share_as_it_is(engine, usual):
    same(
        usual,
        everything(engine, [{**row, "revenue_net": row["revenue_net"] * 100} for row in LINES]),
        times=100.0,
    )


def test_other_names_that_sort_alike_change_nothing(engine, usual):
    names = {row["actor_id"]: f"someone {row['actor_id']}" for row in WHO} | {None: None}
    lines = [{**row, "customer_id": names[row["customer_id"]]} for row in LINES]
    who = [{**row, "actor_id": names[row["actor_id"]]} for row in WHO]
    same(usual, everything(engine, lines, who, renamed=names))


def test_names_that_sort_otherwise_leave_every_estimate_as_it_is(engine):
    names = {row["actor_id"]: f"{99 - n} {row['actor_id']}" for n, row in enumerate(WHO)} | {None: None}
    renamed = ground_of(
        engine, [{**row, "customer_id": names[row["customer_id"]]} for row in LINES],
        [{**row, "actor_id": names[row["actor_id"]]} for row in WHO],
    )  # fmt: skip
    for name in ("total", "seen_share", "at_least", "estimate", "excess"):
        one, two = (shares(ground)[name].to_pylist() for ground in (ground_of(engine, LINES, WHO), renamed))
        assert two == pytest.approx(one)


def test_two_customer_numbers_of_one_actor_are_one_buyer(engine, usual):
    lines = [{**row, "customer_id": "second"} if row["customer_id"] == "R6" and n % 2 else row
             for n, row in enumerate(LINES)]  # fmt: skip
    ground = ground_of(engine, lines, WHO, customers={"second": "R6"})
    same([usual[1]], [concentration(ground).to_pylist()])


@pytest.mark.parametrize("by", ["month", "channel", "product", "store", "kind"])
@pytest.mark.parametrize("name", ["at_least", "estimate", "excess"])
def test_the_parts_of_a_dimension_add_up_to_all(usual, by, name):
    rows = [r for r in usual[0] if r["basis"] == "revenue"]
    whole = next(r for r in rows if r["by"] == "all")
    parts = [r["total"] * r[name] for r in rows if r["by"] == by]
    assert sum(parts) == pytest.approx(whole["total"] * whole[name])


def test_growth_by_all_ways_adds_up_in_every_interval_too(usual):
    change = sum(row["amount"] for row in usual[2])
    seller_part = next(row for row in usual[2] if row["part"] == "customer-entrepreneurs")
    assert seller_part["amount_low"] <= seller_part["amount"] <= seller_part["amount_high"]
    lines = [
        (row["revenue_net"] if row["ordered_on"] > date(2025, 7, 2) else -row["revenue_net"]) for row in LINES
    ]
    assert change == pytest.approx(sum(lines))


@settings(
    max_examples=8, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip
@given(
    spent=st.integers(1, 5000), units=st.integers(1, 50), day=st.sampled_from(DAYS),
    channel=st.sampled_from(["web", "store"]),
)  # fmt: skip
def test_a_purchase_of_a_household_never_raises_a_share(engine, usual, spent, units, day, channel):
    more = bought(
        "H9", float(spent), day, quantity=float(units), channel=channel, product_id="p0", store_id="S0"
    )
    found = shares(
        ground_of(engine, [*LINES, more], [*WHO, household("H9", resale_evidence=-0.5)])
    ).to_pylist()
    before = {(r["by"], r["value"], r["basis"]): r for r in usual[0]}
    for row in found:
        was = before.get((row["by"], row["value"], row["basis"]))
        for name in ("at_least", "estimate", "excess"):
            assert was is None or row[name] <= was[name] + 1e-12


@settings(
    max_examples=8, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip
@given(
    who=st.lists(
        st.tuples(st.floats(0, 1), st.floats(-2, 12), st.booleans(), st.floats(0, 1), st.sampled_from(["no", "yes"])),
        min_size=1, max_size=12,
    )
)  # fmt: skip
def test_whoever_buys_no_share_leaves_its_bounds(engine, who):
    names = ("resale_probability", "resale_evidence", "flagged", "excess_0_1", "declared")
    rows = [seller(f"A{n}", **dict(zip(names, one, strict=True))) for n, one in enumerate(who)]
    lines = [bought(f"A{n}", 10.0 + n) for n in range(len(who))] + [bought(None, 20.0)]
    for row in shares(ground_of(engine, lines, rows)).to_pylist():
        tops = [row[n] for n in ("at_least", "estimate", "estimate_high", "excess", "excess_high")]
        assert max(tops) <= row["seen_share"] + 1e-9 or row["by"] == "kind"
        assert row["excess"] <= row["estimate"] + 1e-9
        assert (
            0 <= row["estimate_low"] <= row["estimate_high"] and 0 <= row["excess_low"] <= row["excess_high"]
        )
