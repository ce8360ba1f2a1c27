"""The usable lines: days where the firm is, one currency, and what of each line came back.

Nothing here looks at a row twice: times and money are expressions over the stage; only orders and products
that have returns are sorted and paired; the lines are written once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir

from entrepot.engines import Engine
from entrepot.errors import InputError, Mistake
from entrepot.orders import back_again, facts, instants, money
from entrepot.orders.checking import LATER, RETURNED, SOLD
from entrepot.orders.tables import LINES

if TYPE_CHECKING:
    from entrepot.orders.reading import Reading


@dataclass(frozen=True)
class Made:
    """What becomes of the usable rows."""

    lines: ir.Table
    returns: ir.Table
    unmatched: ir.Table
    usable: ir.Table  # rows of the stage that are sold or returned, with ordered_on
    judged: ir.Table  # all rows of the stage, with their last code
    currency: str
    counts: Mapping[str, int]
    notes: tuple[str, ...]
    timezone: str
    products: ir.Table | None


def make(
    engine: Engine, staged: ir.Table, seen: facts.Facts, beside: Mapping[str, ir.Table], how: Reading
) -> Made:
    """Lines and returns; raises `InputError` where a zone, rate or customer is unclear."""
    stop_if_nobody(engine, staged, seen, how)
    zone = firm_zone(seen, how)
    judged = staged.mutate(code=facts.code_of(staged, seen))
    timed = with_times(judged, seen, zone, how)
    priced, currency = money.in_one_currency(engine, timed, seen, beside.get("rates"), how.max_bad)
    if how.as_of:
        later = priced.code.isin([SOLD, RETURNED]) & (known_on(priced) > how.as_of)
        priced = priced.mutate(code=later.ifelse(LATER, priced.code))
    priced = engine.view(priced, "priced")
    usable = priced.filter(priced.code.isin([SOLD, RETURNED]))
    lines, came_back, unmatched = of_rows(engine, usable, seen, beside, currency, how.as_of)
    numbers = _count(engine, lines, came_back, unmatched, usable, seen)
    return Made(
        lines,
        came_back,
        unmatched,
        usable,
        priced,
        currency,
        numbers,
        _notes(seen, numbers, zone, how),
        zone or "",
        _products(engine, staged, how, beside),
    )


def known_on(rows: ir.Table) -> ir.DateValue:
    """The day from which a row is known: of a return the day on which it came back."""
    return (rows.code == RETURNED).ifelse(rows.gone_on, None).coalesce(rows.ordered_on)


def of_rows(
    engine: Engine, usable: ir.Table, seen: facts.Facts, beside: Mapping[str, ir.Table], currency: str,
    as_of: date | None,
) -> tuple[ir.Table, ir.Table, ir.Table]:  # fmt: skip
    """`LINES`, `RETURNS` and `UNMATCHED` of the usable rows known by `as_of`."""
    sold, back = usable.filter(usable.code == SOLD), usable.filter(usable.code == RETURNED)
    came_back, unmatched = back_again.tables(engine, sold, back, seen, as_of)
    return engine.keep(_lines(sold, came_back, seen, beside, currency), "lines"), came_back, unmatched


def stop_if_nobody(engine: Engine, staged: ir.Table, seen: facts.Facts, how: Reading) -> None:
    """Raises `InputError` where one customer id is on so many rows that it must stand for nobody."""
    if seen.rows < facts.PLACEHOLDER_ROWS:
        return
    known = staged.filter(staged.customer_id.notnull())
    rows = known.group_by("customer_id").aggregate(n=known.count())
    top = engine.fetch(rows.order_by(ibis.desc("n"), "customer_id").limit(1)).to_pylist()
    if not top or top[0]["n"] < how.placeholder_share * seen.rows:
        return
    raise InputError(
        Mistake(f"one customer_id stands on {top[0]['n'] / seen.rows:.0%} of the rows", "the table orders",
                f"less than {how.placeholder_share:.0%} for any one customer", repr(top[0]["customer_id"]),
                "if it stands for nobody (guests, a till), say so with --anonymous; if it is one real buyer, "
                "raise --placeholder-share")
    )  # fmt: skip


def firm_zone(seen: facts.Facts, how: Reading) -> str | None:
    """Where the firm's days begin; None where the data need no zone. Raises `InputError` where they do."""
    preset = how.preset
    zone = how.timezone or (preset.timezone if preset else None)
    written_in = preset.written_in if preset else None
    if zone or written_in or not seen.naive_clock:
        return zone or written_in
    raise InputError(
        Mistake(
            f"{seen.naive_clock:,} times of ordered_at name no zone",
            "the table orders",
            "instants such as 2026-03-01T10:15:00+09:00, or one zone for all",
            f"times such as {seen.last:%Y-%m-%d %H:%M:%S}",
            "add --timezone, for example --timezone Asia/Seoul",
        )
    )


def with_times(judged: ir.Table, seen: facts.Facts, zone: str | None, how: Reading) -> ir.Table:
    """`judged` with ordered_at, ordered_on and minute_of_day."""
    preset = how.preset
    wall = judged.wall
    if not seen.usable or seen.first is None or seen.last is None:
        at, local = wall.cast("timestamp('UTC')"), wall
    else:
        written_in = (preset.written_in if preset else None) or zone or "UTC"
        at = judged["at"].coalesce(instants.to_utc(wall, instants.zone(written_in), seen.first, seen.last))
        as_shown = zone is None or (seen.naive == seen.usable and written_in == zone)
        local = (
            wall if as_shown else instants.to_local(at, instants.zone(zone or "UTC"), seen.first, seen.last)
        )
    date_only = seen.midnights > instants.MIDNIGHT_SHARE * max(seen.usable, 1)
    is_date = instants.is_midnight(wall) if date_only else ibis.literal(False)
    minute = local.hour().cast("int64") * 60 + local.minute().cast("int64")
    return judged.mutate(
        ordered_at=at,
        ordered_on=is_date.ifelse(wall.date(), local.date()),
        minute_of_day=is_date.ifelse(ibis.null("int64"), minute),
    )


def _lines(
    sold: ir.Table, came_back: ir.Table, seen: facts.Facts, beside: Mapping[str, ir.Table], currency: str
) -> ir.Table:
    some_back = seen.by_code.get(RETURNED, 0) or seen.undone
    gone: ir.Value = ibis.literal(0.0)
    if some_back:
        sums = came_back.group_by("line_key").aggregate(gone=came_back.quantity.sum())
        sold = sold.left_join(sums, "line_key").drop("line_key_right")
        gone = sold.gone.fill_null(0.0)
    category: ir.Value = sold.category
    cost: ir.Value = sold.unit_cost
    known = {"category", "unit_cost"} & set(beside["products"].columns if "products" in beside else ())
    if known:
        of_product = beside["products"].group_by(product="product_id")
        of_product = of_product.aggregate(**{f"product_{n}": ibis._[n].max() for n in sorted(known)})
        sold = sold.left_join(of_product, sold.product_id == of_product.product)
        gone = sold.gone.fill_null(0.0) if some_back else gone
        category = sold.product_category.coalesce(sold.category) if "category" in known else sold.category
        cost = sold.unit_cost.coalesce(sold.product_unit_cost) if "unit_cost" in known else sold.unit_cost
    net = ibis.greatest(sold.quantity - gone, 0.0)
    revenue = net * sold.unit_price.cast("float64") - sold.discount.fill_null(0.0) * net / sold.quantity
    named = sold.mutate(
        line_no=sold.line_no.coalesce(sold.line_key),
        category=category.fill_null("all"),
        unit_cost=cost,
        city=sold.ship_city,
        quantity_net=net,
        quantity_asked=sold.quantity_asked.coalesce(sold.quantity),
        revenue_net=revenue.round(4).cast("decimal(18, 4)"),
        currency=ibis.literal(currency),
    )
    return named.select(**{name: named[name].cast(kind) for name, kind in LINES.items()})


def _count(
    engine: Engine,
    lines: ir.Table,
    came_back: ir.Table,
    unmatched: ir.Table,
    usable: ir.Table,
    seen: facts.Facts,
) -> dict[str, int]:
    some, back = seen.by_code.get(RETURNED, 0), usable.filter(usable.code == RETURNED)
    number = engine.fetch(
        lines.aggregate(n=lines.count(), customers=lines.customer_id.nunique())
    ).to_pylist()[0]
    returned = engine.fetch(back.aggregate(n=back.count())).to_pylist()[0]["n"] if some else 0
    left = engine.fetch(unmatched.aggregate(n=unmatched.count())).to_pylist()[0]["n"] if some else 0
    parts = engine.fetch(came_back.aggregate(n=came_back.count())).to_pylist()[0]["n"]
    return {
        "lines": number["n"],
        "customers": number["customers"],
        "returned_rows": returned,
        "returns_matched": returned - left,
        "returns_unmatched": left,
        "returned_parts": parts,
    }


def _products(
    engine: Engine, staged: ir.Table, how: Reading, beside: Mapping[str, ir.Table]
) -> ir.Table | None:
    """Products as the order lines name them, for want of a products table."""
    if "products" in beside or how.preset is None or how.preset.product_name is None:
        return None
    sold = staged.filter(staged.code == SOLD)
    return engine.keep(sold.group_by("product_id").aggregate(name=sold.product_name.max()), "products")


def _notes(seen: facts.Facts, numbers: Mapping[str, int], zone: str | None, how: Reading) -> tuple[str, ...]:
    notes = []
    if zone is None and seen.naive == seen.usable:
        notes.append("The orders carry dates without times of day; signals that need the hour abstain.")
    elif zone is None:
        notes.append("No --timezone was given: days begin where each order's own zone says.")
    if numbers["returns_unmatched"]:
        notes.append(
            f"{numbers['returns_unmatched']:,} of {numbers['returned_rows']:,} returns "
            "match no earlier purchase, in part or whole."
        )
    return tuple(notes)
