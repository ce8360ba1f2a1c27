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


def match(
    engine: Engine, purchases: ir.Table, returns: ir.Table, *, by: tuple[str, str]
) -> tuple[ir.Table, ir.Table]:
    """Pairs and what is left of the returns, matched last in, first out, within the groups `by`.

    `purchases`: one row a line with line_key, ordered_at, units, a tie-breaking text `tie` and the columns
    `by`. `returns`: one row a return with return_key, ordered_at, returned_on, units, `tie` and the columns
    `by`. Returns (pairs: line_key, return_key, returned_on, units; left: return_key, units). Units are
    millionths.
    """
    returns = returns.filter(returns[by[0]].notnull(), returns[by[1]].notnull())
    events = engine.keep(_crossings(_events(purchases, returns, by)), "crossings")
    pairs = engine.keep(_pairs(_balanced(events)), "pairs")
    engine.drop(events)
    matched = pairs.group_by("return_key").aggregate(matched=pairs.units.sum().cast("int64"))
    dated = pairs.join(returns.select("return_key", "returned_on"), "return_key")
    rest = returns.left_join(matched, "return_key")
    left = rest.select("return_key", units=rest.units - rest.matched.fill_null(0)).filter(
        lambda t: t.units > 0
    )
    return dated.select("line_key", "return_key", "returned_on", "units"), left


def _events(purchases: ir.Table, returns: ir.Table, by: tuple[str, str]) -> ir.Table:
    touched = purchases.semi_join(returns, list(by))
    up = touched.select(
        group_1=touched[by[0]],
        group_2=touched[by[1]],
        at=touched.ordered_at.cast("timestamp"),
        is_return=ibis.literal(0),
        tie=touched.tie,
        key=touched.line_key,
        units=touched.units,
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
    order = [events.at, events.is_return, events.tie, events.key]
    so_far = ibis.window(group_by=_GROUP, order_by=order, preceding=None, following=0)
    level = events.mutate(after=events.units.sum().over(so_far).cast("int64"))
    order = [level.at, level.is_return, level.tie, level.key]
    before = ibis.window(group_by=_GROUP, order_by=order, preceding=None, following=0)
    ahead = ibis.window(group_by=_GROUP, order_by=order, preceding=0, following=None)
    ranged = level.mutate(lowest=level.after.min().over(before), lowest_ahead=level.after.min().over(ahead))
    start = ranged.after - ranged.units
    kept = ibis.least(ibis.greatest(ranged.lowest_ahead - start, 0), ranged.units)
    # a return is matched above the lowest level that was ever reached before it
    floor = ibis.least(_lag(ranged), 0)
    matched = ibis.least(ibis.greatest(start - ibis.greatest(ranged.after, floor), 0), -ranged.units)
    return ranged.mutate(
        units=(ranged.is_return == 0).ifelse(ranged.units - kept, -matched).cast("int64")
    ).filter(lambda t: t.units != 0).drop("after", "lowest", "lowest_ahead")  # fmt: skip


def _lag(ranged: ir.Table) -> ir.IntegerValue:
    order = [ranged.at, ranged.is_return, ranged.tie, ranged.key]
    return ranged.lowest.lag(1).over(ibis.window(group_by=_GROUP, order_by=order)).fill_null(0)


def _balanced(events: ir.Table) -> ir.Table:
    """Places, levels and blocks: within a block the sum rises from zero and comes back to zero once."""
    order = [events.at, events.is_return, events.tie, events.key]
    so_far = ibis.window(group_by=_GROUP, order_by=order, preceding=None, following=0)
    level = events.mutate(
        after=events.units.sum().over(so_far).cast("int64"),
        place=ibis.row_number().over(ibis.window(group_by=_GROUP, order_by=order)),
    )
    up_to_here = ibis.window(group_by=_GROUP, order_by=level.place, preceding=None, following=0)
    zeros = (level.after == 0).cast("int64")
    return level.mutate(block=zeros.sum().over(up_to_here) - zeros)


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
