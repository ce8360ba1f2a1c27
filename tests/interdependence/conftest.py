"""Worlds written by hand, of a dozen buyers, so that every measure can be worked out beside the test."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import ibis
import pyarrow as pa
import pytest

from entrepot.engines.duckdb import DuckDB, connect
from entrepot.interdependence import Ground
from entrepot.orders.tables import LINES
from entrepot.run import Run
from tests.made_once import small_run

SINCE, UNTIL = date(2025, 1, 1), date(2025, 12, 31)
SURE, NEVER = 8.0, -0.5  # of log10 e: nobody doubts the first, and the second is a household like any
FINDINGS = {
    "actor_id": pa.string(), "resale_evidence": pa.float64(), "resale_probability": pa.float64(),
    "flagged": pa.bool_(), "declared": pa.string(), "kind_if_business": pa.string(), "units": pa.float64(),
    "excess_units": pa.float64(), "excess_units_low": pa.float64(), "excess_units_high": pa.float64(),
    "first_on": pa.date32(), "revenue": pa.float64(),
}  # fmt: skip
KNOWABLE = {
    "actor_id": pa.string(), "resale_probability": pa.float64(), "q_value": pa.float64(),
    "flagged": pa.bool_(), "month_end": pa.date32(), "resale_evidence": pa.float64(),
}  # fmt: skip
THEN = {
    "month_end": pa.date32(), "channel": pa.string(), "product_id": pa.string(), "revenue": pa.float64(),
    "revenue_knowable": pa.float64(),
}  # fmt: skip
EVENTS = {
    "event_id": pa.string(), "kind": pa.string(), "starts_on": pa.date32(), "channel": pa.string(),
    "product_id": pa.string(),
}  # fmt: skip
Row = dict[str, Any]


@pytest.fixture(scope="session")
def engine() -> Iterator[DuckDB]:
    opened = connect("2GiB", threads=2)
    yield opened
    opened.close()


def bought(customer: str | None, revenue: float, on: date = date(2025, 6, 1), **what: Any) -> Row:
    """A line: `revenue` spent by a customer, of one unit of one product in one store unless told otherwise."""
    usual = {
        "order_id": None, "product_id": "serum", "category": "care", "channel": "store", "store_id": "S1",
        "quantity": 1.0, "unit_cost": None, "city": None,
    }  # fmt: skip
    return {**usual, "customer_id": customer, "revenue_net": revenue, "ordered_on": on, **what}


def seller(actor: str, kind: str = "stockist", **what: Any) -> Row:
    """A customer-entrepreneur beyond doubt: listed, of probability one, all of its units above personal use."""
    sure = {"resale_evidence": SURE, "resale_probability": 1.0, "flagged": True, "excess_0_1": 1.0}
    return {"actor_id": actor, "kind_if_business": kind, "declared": "no", **sure, **what}


def household(actor: str, **what: Any) -> Row:
    """A household beyond doubt."""
    none = {"resale_evidence": NEVER, "resale_probability": 0.0, "flagged": False, "excess_0_1": 0.0}
    return {"actor_id": actor, "kind_if_business": "stockist", "declared": "no", **none, **what}


def known(actor: str, month_end: date, probability: float = 1.0, **what: Any) -> Row:
    """What was knowable of an actor at a month end: listed, unless told otherwise."""
    usual = {"resale_evidence": SURE, "q_value": 0.0, "flagged": True}
    return {"actor_id": actor, "month_end": month_end, "resale_probability": probability, **usual, **what}


def restriction(starts_on: date, channel: str | None = "store", event: str = "E1", **what: Any) -> Row:
    return {"event_id": event, "kind": "restriction", "starts_on": starts_on, "channel": channel, **what}


def ground_of(
    engine: DuckDB,
    lines: Sequence[Row],
    who: Sequence[Row],
    *,
    customers: Mapping[str, str] | None = None,
    knowable: Sequence[Row] | None = None,
    events: Sequence[Row] | None = None,
    **how: Any,
) -> Ground:
    """The ground of a world: each actor has one customer number, its own name, and those of `customers`."""
    numbers = {row["actor_id"]: row["actor_id"] for row in who} | dict(customers or {})
    actors = pa.table({"customer_id": list(numbers), "actor_id": list(numbers.values())})
    usual = {"since": SINCE, "until": UNTIL, "false_share_0_1": 0.0, "draws": 40}
    return Ground(
        engine=engine,
        lines=engine.keep(engine.hold(_lines(lines)).cast(LINES)),
        findings=engine.hold(_findings(who, lines, numbers)),
        actors=engine.hold(actors),
        knowable=None if knowable is None else engine.hold(_table(knowable, KNOWABLE)),
        knowable_revenue=None
        if knowable is None
        else engine.hold(_table(_then(lines, who, numbers, knowable), THEN)),
        events=None if events is None else engine.hold(_table(events, EVENTS)),
        **(usual | how),
    )


def _then(
    lines: Sequence[Row], who: Sequence[Row], numbers: Mapping[str, str], knowable: Sequence[Row]
) -> list[Row]:
    """What discovery hands on of each month end, one row a line: actors then are actors now."""
    sells_on = {row["actor_id"] for row in who if row["declared"] != "yes"}
    counts = {
        (k["actor_id"], k["month_end"]): k["resale_probability"]
        * (1.75 if 0.6 < k["resale_evidence"] <= 1.6 else 1)
        for k in knowable
        if k["actor_id"] in sells_on
    }
    return [
        {
            "month_end": end, "channel": line["channel"], "product_id": line["product_id"],
            "revenue": line["revenue_net"],
            "revenue_knowable": line["revenue_net"] * counts.get((numbers[line["customer_id"]], end), 0.0),
        }
        for end in sorted({k["month_end"] for k in knowable})
        for line in lines
        if line["customer_id"] in numbers and line["ordered_on"].replace(day=1) == end.replace(day=1)
    ]  # fmt: skip


def _table(rows: Sequence[Row], columns: Mapping[str, pa.DataType]) -> pa.Table:
    return pa.Table.from_pylist(list(rows), pa.schema(dict(columns)))


def _lines(rows: Sequence[Row]) -> pa.Table:
    full = [
        {
            **dict.fromkeys(LINES), **row, "line_key": n, "line_no": 1, "quantity_net": row["quantity"],
            "order_id": row["order_id"] or f"O{n}", "revenue_net": Decimal(str(round(row["revenue_net"], 4))),
        }
        for n, row in enumerate(rows)
    ]  # fmt: skip
    return pa.Table.from_pylist(full, ibis.schema(dict(LINES)).to_pyarrow())


def _findings(who: Sequence[Row], lines: Sequence[Row], numbers: Mapping[str, str]) -> pa.Table:
    rows = []
    for actor in who:
        mine = [r for r in lines if numbers.get(r["customer_id"]) == actor["actor_id"]]
        units = sum(r["quantity"] for r in mine)
        excess = dict.fromkeys(
            ("excess_units", "excess_units_low", "excess_units_high"), actor["excess_0_1"] * units
        )
        began = min((r["ordered_on"] for r in mine), default=None)
        revenue = sum(r["revenue_net"] for r in mine)
        rows.append({"units": units, "revenue": revenue, "first_on": began, **excess, **actor})
    return _table(rows, FINDINGS)


SELLERS = [seller(f"R{n}", kind="stockist" if n <= 4 else "personal shopper") for n in range(1, 7)]
HOUSEHOLDS = [household(f"H{n}") for n in range(1, 6)]
DOZEN = [*SELLERS, *HOUSEHOLDS, seller("D1", declared="yes")]
"""Six who resell, five households, and a business that says so. (Of six, no draw leaves out all.)"""


@pytest.fixture(scope="session")
def made_run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A small made market, discovered; tests that write copy it first."""
    return Run.open(small_run(tmp_path_factory))
