"""Which lines came back, when, and which returns have no purchase to reduce.

Three kinds of data say so: a line that was cancelled or returned whole (a status, `cancelled_at`,
`returned_at`) reduces itself; a return that names its order (`returns_order_id`) reduces that order's lines
of the product; any other return, and what is left of the second kind, reduces the latest earlier purchases
of that customer and product. Each counts from its own date.
"""

from __future__ import annotations

from datetime import date

import ibis
import ibis.expr.types as ir

from entrepot.engines import Engine
from entrepot.orders import facts
from entrepot.orders.checking import RETURNED
from entrepot.orders.returns import MICRO, match
from entrepot.orders.tables import RETURNS, UNMATCHED

BY_CUSTOMER = ("customer_id", "product_id")
BY_ORDER = ("order_id", "product_id")
NOBODY_RETURNED, TOO_MUCH, NEVER_BOUGHT = (
    "the return names no customer",
    "more came back than was bought before",
    "this customer had not bought this product before",
)


def tables(
    engine: Engine, sold: ir.Table, back: ir.Table, seen: facts.Facts, as_of: date | None
) -> tuple[ir.Table, ir.Table]:
    """The tables `RETURNS` and `UNMATCHED`, from the rows that were sold and those that are returns."""
    whole = _undone(sold, as_of)
    parts = [whole.select("line_key", returned_on="gone_on", quantity="quantity").cast(dict(RETURNS))]
    if not seen.by_code.get(RETURNED):
        return engine.keep(parts[0], "returns"), engine.keep(_none_unmatched(back), "unmatched")
    asked = engine.keep(_asked(back), "asked_back")
    open_lines = sold.anti_join(whole, "line_key") if seen.undone else sold
    pairs, left = _two_rounds(engine, open_lines, asked, "returns_order_id" in seen.columns)
    matched = pairs.select("line_key", "returned_on", quantity=pairs.units / MICRO).cast(dict(RETURNS))
    both = ibis.union(*parts, matched) if seen.undone else matched
    return engine.keep(both, "returns"), engine.keep(_unmatched(left, asked), "unmatched")


def _undone(sold: ir.Table, as_of: date | None) -> ir.Table:
    """Lines that were cancelled, or came back whole, by the as-of date."""
    gone = sold.filter(sold.gone_on.notnull())
    return gone.filter(gone.gone_on <= as_of) if as_of else gone


def _bought(sold: ir.Table, asked: ir.Table, by: tuple[str, str]) -> ir.Table:
    """Lines of the groups in which something came back; only they are sorted."""
    touched = sold.semi_join(asked, list(by))
    return touched.select(
        "line_key",
        "order_id",
        "customer_id",
        "product_id",
        "ordered_at",
        tie=_tie(touched),
        units=_millionths(touched.quantity),
    )


def _asked(back: ir.Table) -> ir.Table:
    return back.select(
        "order_id",
        "customer_id",
        "product_id",
        "ordered_at",
        "unit_price",
        "currency",
        "returns_order_id",
        return_key="line_key",
        returned_on=back.gone_on.coalesce(back.ordered_on),
        tie=_tie(back),
        units=_millionths(back.quantity.abs()),
    )


def _millionths(quantity: ir.FloatingValue) -> ir.IntegerValue:
    return (quantity * MICRO).round().cast("int64")


def _tie(rows: ir.Table) -> ir.StringValue:
    """What decides between rows of one instant, so that their order in the file does not."""
    price, quantity = rows.unit_price.cast("string"), rows.quantity.cast("string")
    return rows.order_id + ibis.literal("\x1f") + price + ibis.literal("\x1f") + quantity


def _two_rounds(
    engine: Engine, sold: ir.Table, asked: ir.Table, some_name_an_order: bool
) -> tuple[ir.Table, ir.Table]:
    """First the returns that name their order, within it; then all that is left, by customer and product."""
    bought = _bought(sold, asked, BY_CUSTOMER)
    if not some_name_an_order:
        return match(engine, bought, asked, by=BY_CUSTOMER)
    named = asked.filter(asked.returns_order_id.notnull()).mutate(order_id="returns_order_id")
    first, rest = match(engine, _bought(sold, named, BY_ORDER), named, by=BY_ORDER)
    rest = engine.keep(rest.select("return_key", rest_units="units"), "left_named")
    taken = first.group_by("line_key").aggregate(taken=first.units.sum().cast("int64"))
    still = bought.left_join(taken, "line_key").drop("line_key_right")
    still = still.mutate(units=still.units - still.taken.fill_null(0)).filter(lambda t: t.units > 0)
    again = asked.inner_join(rest, "return_key").mutate(units=lambda t: t.rest_units)
    waiting = ibis.union(asked.filter(asked.returns_order_id.isnull()), again.select(*asked.columns))
    second, left = match(engine, still.drop("taken"), waiting, by=BY_CUSTOMER)
    return ibis.union(first, second), left


def _unmatched(left: ir.Table, asked: ir.Table) -> ir.Table:
    known = left.inner_join(asked.rename(asked_units="units"), "return_key")
    reason = ibis.cases(
        (known.customer_id.isnull(), NOBODY_RETURNED), (known.bought_before, TOO_MUCH), else_=NEVER_BOUGHT
    )
    named = known.mutate(
        quantity=known.asked_units / MICRO, quantity_unmatched=known.units / MICRO, reason=reason
    )
    return named.select(**{name: named[name].cast(kind) for name, kind in UNMATCHED.items()})


def _none_unmatched(back: ir.Table) -> ir.Table:
    return back.limit(0).select(**{name: ibis.null(kind) for name, kind in UNMATCHED.items()})
