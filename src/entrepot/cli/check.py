"""Read orders and say what can be used.

Looks for nobody and writes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from entrepot.cli import options
from entrepot.cli.console import now, show

EXAMPLE = "entrepot check orders.csv --map order_id=Invoice --strict"


def command(
    orders: options.Orders = None,
    customers: options.Customers = None,
    products: options.Products = None,
    preset: options.Preset = None,
    map_: options.Map = None,
    timezone: options.Timezone = None,
    max_bad: options.MaxBad = 0.01,
    encoding: options.Encoding = "utf-8",
    decimal: options.Decimal = "point",
    time_format: options.TimeFormat = None,
    anonymous: options.Anonymous = None,
    placeholder_share: options.PlaceholderShare = 0.5,
    rates: options.Rates = None,
    memory: options.Memory = "8GiB",
    strict: Annotated[bool, typer.Option(help="end with exit code 1 if any row cannot be used")] = False,
    as_json: options.Json = False,
) -> int:
    from entrepot.analysis import check

    found = check(
        orders,
        customers,
        products,
        today=now().date(),
        preset=preset,
        mapping=options.mapping(map_),
        timezone=timezone,
        max_bad=max_bad,
        encoding=encoding,
        decimal=decimal,
        time_format=time_format,
        anonymous=tuple(anonymous or ()),
        placeholder_share=placeholder_share,
        rates=rates,
        memory=memory,
    )
    show(found, as_text(found), as_json=as_json)
    return 1 if strict and found["bad"] else 0


def _such_as(example: str | None) -> str:
    return "empty" if example is None else f"such as {example!r}"


def as_text(found: Mapping[str, Any]) -> str:
    """What was found, as lines."""
    counts = [f"  {number:>12,} {name.replace('_', ' ')}" for name, number in found["counts"].items()]
    bad = [f"  {row['rows']:>12,} {row['reason']} ({_such_as(row['example'])})" for row in found["bad"]]
    return "\n".join(
        [
            f"Orders from {found['first_on']} to {found['last_on']}; "
            f"currency: {found['currency'] or 'not named'}.",
            "Rows:",
            *counts,
            "Rows that cannot be used:" if bad else "Every row can be used.",
            *bad,
            f"Optional columns with values: {', '.join(found['columns']) or 'none'}.",
            *found["notes"],
        ]
    )
