"""The tables that the house takes in, and what it makes of them.

One row of `LINES` is one usable order line, with the customer it belongs to, or none. The order is the unit
of arrival; a row that cannot be used is in `quarantine`, never gone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import ibis.expr.types as ir

if TYPE_CHECKING:
    from entrepot.orders.facts import Facts

REQUIRED: Mapping[str, tuple[str, ...]] = {
    "orders": ("order_id", "ordered_at", "product_id", "quantity", "unit_price"),
    "customers": ("customer_id",),
    "products": ("product_id",),
    "events": ("event_id", "kind", "starts_on"),
    "offers": ("product_id", "market", "price", "currency", "seen_on"),
    "labels": ("verdict", "reviewed_at"),
    "rates": ("currency", "rate"),
    "targets": ("store_id", "month", "amount", "currency"),
    "sellout": ("partner", "store_id", "receipt_id", "sold_at", "product_id", "quantity"),
    "corrections": ("correction", "kind", "customer_id", "reason", "corrected_at"),
}
"""The columns without which a table cannot be read."""

BUYER = ("name", "email", "phone", "payment_token", "device_id")
RECIPIENT = ("ship_name", "ship_address", "ship_postcode", "ship_city", "ship_country")
OPTIONAL: Mapping[str, tuple[str, ...]] = {
    "orders": (
        "customer_id",
        "line_no",
        "currency",
        "channel",
        "store_id",
        "seller_id",
        "discount",
        "quantity_asked",
        "unit_cost",
        "order_status",
        "cancelled_at",
        "returned_at",
        "returns_order_id",
        "category",
        *BUYER,
        *RECIPIENT,
    ),
    "customers": (
        "name",
        "email",
        "phone",
        "address",
        "postcode",
        "city",
        "country",
        "payment_token",
        "device_id",
        "type",
        "created_at",
    ),
    "products": ("name", "category", "brand", "list_price", "unit_cost"),
    "events": ("ends_on", "channel", "store_id", "product_id", "note"),
    "offers": ("source",),
    "labels": (
        "customer_id",
        "actor_id",
        "order_id",
        "kind",
        "reviewer",
        "source",
        "reason",
        "shown_because",
        "shown_probability_0_1",
    ),
    "rates": ("on",),
    "targets": (),
    "sellout": ("unit_price", "currency"),
    "corrections": ("group", "joins"),
}
"""The columns that a table may have; a measure that needs one abstains without it and says so."""

QUARANTINE: Mapping[str, str] = {
    "table": "string",
    "file": "string",
    "line": "int64",  # row of data in its file, from 1; of a line that is no row: its place in the file
    "order_id": "string",
    "column": "string",
    "value": "string",
    "reason": "string",
}
"""The columns of `Orders.quarantine` and `Orders.set_aside`, one row a row that was read and not used."""

LINES: Mapping[str, str] = {
    "line_key": "int64",  # unique, in order of arrival
    "order_id": "string",
    "line_no": "int64",
    "customer_id": "string",  # null: unattributed; "guest:<order_id>": a guest with identity
    "ordered_at": "timestamp('UTC')",
    "ordered_on": "date",  # the day where the firm is
    "minute_of_day": "int64",  # local; null where the data carry dates only
    "product_id": "string",
    "category": "string",  # "all" where no product table says otherwise
    "quantity": "float64",  # bought, > 0
    "quantity_net": "float64",  # bought less returned up to the as-of date, >= 0
    "quantity_asked": "float64",  # what the customer asked for; the quantity where nothing else is known
    "unit_price": "decimal(18, 4)",
    "unit_cost": "float64",  # of the line, else of its product; null where neither is known
    "revenue_net": "decimal(18, 4)",  # quantity_net × unit_price, less its part of the discount
    "currency": "string",
    "channel": "string",
    "store_id": "string",
    "seller_id": "string",
    "city": "string",  # where it was sent
}
"""The columns of `Orders.lines`, one row a usable order line."""

RETURNS: Mapping[str, str] = {"line_key": "int64", "returned_on": "date", "quantity": "float64"}
"""The columns of `Orders.returns`, one row a part of a purchase line that came back, on its own date."""

UNMATCHED: Mapping[str, str] = {
    "order_id": "string",
    "customer_id": "string",
    "product_id": "string",
    "returned_on": "date",
    "quantity": "float64",  # of the return
    "quantity_unmatched": "float64",  # what no purchase was found for
    "unit_price": "decimal(18, 4)",
    "currency": "string",
    "reason": "string",
}
"""The columns of `Orders.unmatched_returns`, one row a return with no earlier purchase, or too few."""

IDENTITY: Mapping[str, str] = {
    "customer_id": "string",
    "name": "string",
    "email": "string",
    "phone": "string",
    "payment_token": "string",
    "device_id": "string",
    "address": "string",
    "postcode": "string",
    "city": "string",
    "country": "string",
    "is_recipient": "boolean",  # read from ship_*: where it went, not who paid
    "type": "string",  # "person", "business" or null, as declared in the customers table
    "orders": "int64",  # orders that carried exactly this
    "first_on": "date",  # when it was first seen; links are dated by it
}
"""The columns of `Orders.identities`, one row a distinct set of values that a customer was seen with."""


@dataclass(frozen=True)
class Orders:
    """What `orders.read` makes of the files: lines, identities, side tables, and what could not be used.

    `columns` names the optional columns of contracts "Tables in" that came with at least one value, so that
    a measure can abstain and say which column would open it. `counts` are rows: `read`, `usable`,
    `quarantined`, `replaced` (by a later delivery), `unattributed`, `returns_matched`, `returns_unmatched`,
    and so on.
    """

    lines: ir.Table
    returns: ir.Table
    identities: ir.Table
    quarantine: ir.Table
    unmatched_returns: ir.Table
    columns: frozenset[str]
    counts: Mapping[str, int]
    currency: str  # the one currency of all money, "" where the data name none
    customers: ir.Table | None = None
    products: ir.Table | None = None
    events: ir.Table | None = None
    offers: ir.Table | None = None
    labels: ir.Table | None = None
    inputs: tuple[Mapping[str, object], ...] = field(
        default=()
    )  # name, path, bytes, sha256 of each file read
    set_aside: ir.Table | None = None  # rows that are sound but no sale of a product, with the reason
    notes: tuple[str, ...] = ()  # what a reader must know of these data, in plain sentences
    timezone: str = ""  # where the firm is; "" where the data carry dates only, or their own zones
    rows: ir.Table | None = None  # the usable rows as read, from which `up_to` makes earlier days
    seen: Facts | None = None  # what all rows together say
    unnamed: frozenset[str] = frozenset()  # customers who objected: their lines are nobody's
