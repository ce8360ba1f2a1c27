"""What came back: each return reduces the latest earlier purchases of the same customer and product.

Seen along time, the purchases of one customer and product are a stack: a purchase puts units on it, a return
takes units from the top. Let S be the running sum of units bought less units returned. A purchase covers the
levels from S before it to S after it, a return the levels from S after it to S before it, and along one level
the two alternate. So a returned unit belongs to the last purchase that crossed its level, and a return that
crosses a level never reached before is unmatched. Both are window sums; nothing is looped over.

Two windows say how much of each purchase comes back and how much of each return is matched. What remains is a
balanced sequence, cut where its sum is zero, in which purchases and returns are paired. Units are counted in
millionths, as integers, so that sums are exact.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from entrepot.engines import Engine

MICRO = 1_000_000
_GROUP = ("group_1", "group_2")
_ORDER = ("at", "is_return", "tie", "key")


def match(
    engine: Engine, purchases: ir.Table, returns: ir.Table, *, by: tuple[str, str]
) -> tuple[ir.Table, ir.Table]:
    """Pairs and what is left of the returns, matched last in, first out, within the groups `by`.

    `purchases`: one row a line with line_key, ordered_at, units, a tie-breaking text `tie`, the columns
    `by`; lines of groups without returns are sorted for nothing. `returns`: one row a return with
    return_key, ordered_at, returned_on, units, `tie` and the columns `by`. Returns (pairs: line_key,
    return_key, returned_on, units; left: return_key, units, bought_before). What has a null in `by` is
    left. Units are millionths, as int64.
    """
    asked = returns.filter(returns[by[0]].notnull(), returns[by[1]].notnull())
    events = engine.keep(_crossings(_events(purchases, asked, by)), "crossings")
    pairs = engine.keep(_pairs(_balanced(events.filter(events.units != 0))), "pairs")
    dated = pairs.join(returns.select("return_key", "returned_on"), "return_key")
    matched = pairs.group_by("return_key").aggregate(matched=pairs.units.sum().cast("int64"))
    before = events.filter(events.is_return == 1).select(return_key="key", bought_before="bought_before")
    rest = returns.left_join(matched, "return_key").drop("return_key_right").left_join(before, "return_key")
    left = rest.select(
        "return_key",
        units=(rest.units - rest.matched.fill_null(0)).cast("int64"),
        bought_before=rest.bought_before.fill_null(False),
    ).filter(lambda t: t.units > 0)
    return dated.select("line_key", "return_key", "returned_on", "units"), left


def _events(purchases: ir.Table, returns: ir.Table, by: tuple[str, str]) -> ir.Table:
    up = purchases.select(
        group_1=purchases[by[0]],
        group_2=purchases[by[1]],
        at=purchases.ordered_at.cast("timestamp"),
        is_return=ibis.literal(0),
        tie=purchases.tie,
        key=purchases.line_key,
        units=purchases.units,
    )
    down = returns.select(
        group_1=returns[by[0]],
        group_2=returns[by[1]],
        at=returns.ordered_at.cast("timestamp"),
        is_return=ibis.literal(1),
        tie=returns.tie,
        key=returns.return_key,
        units=-returns.units,
    )
    return ibis.union(up, down)


def _crossings(events: ir.Table) -> ir.Table:
    """Of each event the units that meet a partner: `units` shrinks to what is returned, or is matched."""
    until_now = ibis.window(group_by=_GROUP, order_by=_ORDER, preceding=None, following=0)
    from_now = ibis.window(group_by=_GROUP, order_by=_ORDER, preceding=0, following=None)
    level = events.mutate(
        after=events.units.sum().over(until_now).cast("int64"),
        bought_before=(events.is_return == 0).any().over(until_now),
    )
    reach = level.mutate(
        lowest=level.after.min().over(until_now), lowest_ahead=level.after.min().over(from_now)
    )
    before = reach.mutate(
        start=reach.after - reach.units,
        floor=ibis.least(
            reach.lowest.lag(1).over(ibis.window(group_by=_GROUP, order_by=_ORDER)).fill_null(0), 0
        ),
    )
    kept = _clamp(before.lowest_ahead - before.start, before.units)
    matched = _clamp(before.start - ibis.greatest(before.after, before.floor), -before.units)
    units = (before.is_return == 0).ifelse(before.units - kept, -matched).cast("int64")
    return before.mutate(units=units).drop("after", "lowest", "lowest_ahead", "start", "floor")


def _clamp(value: ir.IntegerValue, high: ir.IntegerValue) -> ir.IntegerValue:
    return ibis.least(ibis.greatest(value, 0), high)


def _balanced(events: ir.Table) -> ir.Table:
    """Places, levels and blocks: within a block the sum rises from zero and comes back to zero once."""
    until_now = ibis.window(group_by=_GROUP, order_by=_ORDER, preceding=None, following=0)
    level = events.mutate(
        after=events.units.sum().over(until_now).cast("int64"),
        place=ibis.row_number().over(ibis.window(group_by=_GROUP, order_by=_ORDER)),
    )
    by_place = ibis.window(group_by=_GROUP, order_by="place", preceding=None, following=0)
    zeros = (level.after == 0).cast("int64")
    return level.mutate(block=zeros.sum().over(by_place) - zeros)


def _pairs(level: ir.Table) -> ir.Table:
    """Each purchase with the returns that take from it: the levels that fall for the first time since."""
    up = level.filter(level.is_return == 0).select(
        *_GROUP, "block", "place", line_key="key", low=lambda t: t.after - t.units, high="after"
    )
    down = level.filter(level.is_return == 1).select(
        *_GROUP, "block", return_key="key", return_place="place", down_to="after"
    )
    both = up.join(down, [*_GROUP, "block", up.place < down.return_place])
    reached = both.mutate(to=ibis.least(ibis.greatest(both.down_to, both.low), both.high))
    along = ibis.window(group_by="line_key", order_by=reached.return_place, preceding=None, following=0)
    lowest = reached.mutate(now=reached.to.min().over(along))
    earlier = ibis.window(group_by="line_key", order_by=lowest.return_place)
    taken = lowest.mutate(
        units=(lowest.now.lag(1).over(earlier).fill_null(lowest.high) - lowest.now).cast("int64")
    )
    return taken.filter(taken.units > 0).select("line_key", "return_key", "units")
