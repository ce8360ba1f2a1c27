"""Since when it could be known: everything is asked again at earlier month ends, of what was there by then.

At each month end the orders are taken back to it, who is who is found out anew, and the evidence is weighed anew, by
the functions that do it for today. So a month end says what `discover --as-of` that day would have said: no later
order, return, link, ring, season or review has a part in it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from entrepot import actors as actors_room
from entrepot import orders as orders_room
from entrepot.actors.corrections import read as read_corrections
from entrepot.actors.tables import Actors
from entrepot.discovery.findings import Found, found_at
from entrepot.discovery.groups import weight_of
from entrepot.discovery.kinds import suspected
from entrepot.engines import Engine
from entrepot.orders.tables import Orders

WORTH_KEEPING = 0.01  # of probability, in what was knowable
KNOWABLE = {
    "month_end": pa.date32(), "actor_id": pa.string(), "resale_probability": pa.float64(), "q_value": pa.float64(),
    "flagged": pa.bool_(), "resale_evidence": pa.float64(), "kind_if_business": pa.string(), "declared": pa.string(),
}  # fmt: skip
KNOWABLE_REVENUE = {
    "month_end": pa.date32(), "channel": pa.string(), "product_id": pa.string(), "revenue": pa.float64(),
    "revenue_knowable": pa.float64(),
}  # fmt: skip


@dataclass(frozen=True)
class Then:
    """What could be known at `month_end`.

    `knowable` has one row an actor that was listed or not quite improbable (`KNOWABLE`; ids are those of then, since
    who was one actor may have changed), `revenue` one a channel and product sold in that month to somebody known
    (`KNOWABLE_REVENUE`: all of it, and the part of customer-entrepreneurs, by probability). `listed` are the customers
    of the listed actors.
    """

    month_end: date
    knowable: pa.Table
    revenue: pa.Table
    listed: Collection[str]


def month_ends_before(day: date, first: date) -> list[date]:
    """Month ends before `day`, latest first, from the second month of the data on.

    >>> month_ends_before(date(2026, 3, 31), date(2026, 1, 5))
    [datetime.date(2026, 2, 28), datetime.date(2026, 1, 31)]
    """
    ends, end = [], day.replace(day=1) - timedelta(days=1)
    while end > first:
        ends.append(end)
        end = end.replace(day=1) - timedelta(days=1)
    return ends


def month_ends(engine: Engine, orders: Orders, settings: Any) -> list[date]:
    """The month ends to ask at, latest first: `settings.hindsight_months` of them at most."""
    if not settings.hindsight_months:
        return []
    known = orders.lines.filter(orders.lines.customer_id.notnull() & (orders.lines.quantity_net > 0))
    first = engine.fetch(known.aggregate(d=known.ordered_on.min()))["d"][0].as_py()
    if first is None:
        return []
    return month_ends_before(settings.as_of, first)[: settings.hindsight_months]


def look_back(
    engine: Engine, orders: Orders, settings: Any, ends: Sequence[date], stated: Mapping[str, Any],
    tell: Callable[[str], None] | None = None,
) -> list[Then]:  # fmt: skip
    """What could be known at each of `ends`; `settings` as for `discover`, with `fuzzy` and `seed` besides."""
    found = []
    for n, end in enumerate(ends, 1):
        found.append(asked_at(engine, orders, settings, end, stated))
        if tell is not None:
            tell(f"look back: {n} of {len(ends)} month ends")
    return found


def asked_at(
    engine: Engine, orders: Orders, settings: Any, month_end: date, stated: Mapping[str, Any]
) -> Then:
    """What could be known at `month_end`; nothing that it needed stays in the engine."""
    with engine.passing():
        then = orders_room.up_to(engine, orders, month_end)
        corrected = read_corrections(engine, settings.corrections, until=month_end)
        who = actors_room.resolve(
            engine, then, as_of=month_end, fuzzy=settings.fuzzy, seed=settings.seed, corrected=corrected
        )
        found = found_at(engine, then, who, settings, month_end, stated)
        return then_of(engine, then, who, found, month_end)


def then_of(engine: Engine, orders: Orders, actors: Actors, found: Found, month_end: date) -> Then:
    """What `found` says, kept small."""
    row = found.findings
    worth = row.filter(row.flagged | (row.resale_probability >= WORTH_KEEPING))
    kept = worth.select(**{name: _dated(worth, name, month_end) for name in KNOWABLE})
    listed = actors.actors.semi_join(row.filter(row.flagged), "actor_id").select("customer_id")
    return Then(
        month_end,
        engine.fetch(kept.order_by("actor_id")).cast(pa.schema(KNOWABLE)),
        _revenue(engine, orders, actors, row, month_end),
        frozenset(engine.fetch(listed)["customer_id"].to_pylist()),
    )


def _dated(table: ir.Table, name: str, month_end: date) -> ir.Value:
    return ibis.literal(month_end) if name == "month_end" else table[name]


def _revenue(engine: Engine, orders: Orders, actors: Actors, findings: ir.Table, month_end: date) -> pa.Table:
    known = findings.filter(suspected(findings))
    known = known.select("actor_id", weight=weight_of(known))
    who = actors.actors.select("customer_id", "actor_id").left_join(known, "actor_id")
    line = orders.lines
    sold = line.filter(
        (line.ordered_on >= month_end.replace(day=1)) & (line.ordered_on <= month_end), line.quantity_net > 0
    )
    sold = sold.inner_join(who.select("customer_id", "weight"), "customer_id")
    amount = sold.revenue_net.cast("float64")
    sums = sold.group_by("channel", "product_id").agg(
        revenue=amount.sum(), revenue_knowable=(amount * sold.weight.fill_null(0.0)).sum()
    )
    sums = sums.select(**{name: _dated(sums, name, month_end) for name in KNOWABLE_REVENUE})
    return engine.fetch(sums.order_by("channel", "product_id")).cast(pa.schema(KNOWABLE_REVENUE))


def evident_since(as_of: date, earlier: Sequence[Then], actor_of: Mapping[str, str]) -> dict[str, date]:
    """The first month end of the unbroken stretch, up to `as_of`, on which each actor listed today was listed.

    `earlier` is latest first; `actor_of` says of each customer of an actor listed today which one that is. An actor
    was listed when one that held any of its customers was.
    """
    since = dict.fromkeys(actor_of.values(), as_of)
    still = set(since)
    for then in earlier:
        still &= {actor_of[customer] for customer in then.listed if customer in actor_of}
        since.update(dict.fromkeys(still, then.month_end))
    return since
