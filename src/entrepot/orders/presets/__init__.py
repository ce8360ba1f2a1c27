"""What known exports call things: one file per export format, one contract.

A preset maps the columns of contracts "Tables in" to those of an export, and says what else must be known
of it: its zone, how it writes times, which of its lines are not products. A new one joins by one file and
one line in `PRESETS`. What a preset cannot say by a mapping, it says by `derive`, a function from table to
table.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import ibis.expr.types as ir

Tables = Mapping[str, ir.Table]


def unchanged(orders: ir.Table, tables: Tables) -> ir.Table:
    """The orders as they are."""
    return orders


def full_name(first: ir.Value, last: ir.Value) -> ir.StringValue:
    """First and last name in one; the one that is there where the other is missing."""
    parts = [part.cast("string").strip().nullif("") for part in (first, last)]
    return (parts[0] + " " + parts[1]).coalesce(*parts)


def nowhere() -> Mapping[str, Path]:
    """No data come with this preset."""
    return {}


@dataclass(frozen=True)
class Preset:
    """How one export format is read.

    `columns`: of `orders`, ours → theirs; those that the export lacks are passed over. `side`: the same for
    other tables, by table, and `derive_side` what is computed in them. `timezone`: where the firm is, if
    known; `written_in`: the zone of naive times, if another. `time_format`: of times that are not ISO 8601.
    `order_wide`: columns that stand on the first line of an order only. `derive`: the orders (renamed,
    every other column kept) and the side tables → the orders; it may add `set_aside_because` (text, null
    for what is sold). `product_name`: their column that names the product, for want of a products table.
    `data`: paths of tables that come with an installed package.
    """

    name: str
    about: str
    columns: Mapping[str, str]
    side: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    derive_side: Mapping[str, Callable[[ir.Table], ir.Table]] = field(default_factory=dict)
    timezone: str | None = None
    written_in: str | None = None
    time_format: str | None = None
    order_wide: tuple[str, ...] = ()
    derive: Callable[[ir.Table, Tables], ir.Table] = unchanged
    product_name: str | None = None
    data: Callable[[], Mapping[str, Path]] = nowhere


def find(name: str) -> Preset:
    """The preset called `name`; raises `InputError` with the names there are."""
    from entrepot.errors import InputError, Mistake
    from entrepot.orders.presets import adobe_commerce, complete_journey, online_retail, shopify, woocommerce

    known = {
        module.PRESET.name: module.PRESET
        for module in (shopify, woocommerce, adobe_commerce, online_retail, complete_journey)
    }
    if name not in known:
        raise InputError(
            Mistake("a preset is unknown", "--preset", "one of " + ", ".join(sorted(known)), repr(name),
                    "take one of these, or name the columns with --map ours=theirs")
        )  # fmt: skip
    return known[name]
