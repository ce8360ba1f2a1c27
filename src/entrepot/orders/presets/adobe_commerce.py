"""Adobe Commerce (Magento): order items joined to their orders, columns as in the tables of the database.

The database writes UTC. A configurable product has two rows, parent and child: the child's price is zero
and its parent is named, so the child is set aside. Guests have no `customer_id` but an e-mail.
What was cancelled or refunded of a line (`qty_canceled`, `qty_refunded`) came back on the day of the order, since the
table does not say when: a whole line as a refunded one, a part of it is taken off its quantity and discount.
"""

from __future__ import annotations

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir

from entrepot.orders.presets import Preset, Tables, full_name

BACK = ("qty_canceled", "qty_refunded")


def _derive(orders: ir.Table, tables: Tables) -> ir.Table:
    changes: dict[str, ir.Value] = {}
    columns = set(orders.columns)
    if "parent_item_id" in columns:
        child = orders.parent_item_id.cast("string").nullif("").notnull()
        changes["set_aside_because"] = child.ifelse("part of a configurable product", ibis.null("string"))
    if {"customer_firstname", "customer_lastname"} <= columns:
        changes["name"] = full_name(orders.customer_firstname, orders.customer_lastname)
    if "order_status" in columns:  # "closed" is Adobe's word for wholly refunded
        changes["order_status"] = orders.order_status.replace("closed", "refunded")
    orders = orders.mutate(**changes) if changes else orders
    return _less_what_came_back(orders, [name for name in BACK if name in columns])


def _less_what_came_back(orders: ir.Table, names: Sequence[str]) -> ir.Table:
    if not names or "quantity" not in orders.columns:
        return orders
    ordered = orders.quantity.try_cast("float64")
    back = sum((orders[name].try_cast("float64").fill_null(0.0) for name in names), ibis.literal(0.0))
    part, whole = (back > 0) & (back < ordered), (back > 0) & (back >= ordered)
    changes: dict[str, ir.Value] = {
        "quantity": part.ifelse(ordered - back, ordered)
        .cast("string")
        .coalesce(orders.quantity.cast("string")),
        "order_status": whole.ifelse("refunded", _or_none(orders, "order_status")),
    }
    if "discount" in orders.columns:
        discount = orders.discount.try_cast("float64")
        less = part.ifelse(discount * (ordered - back) / ordered, discount)
        changes["discount"] = less.cast("string").coalesce(orders.discount.cast("string"))
    return orders.mutate(**changes)


def _or_none(orders: ir.Table, name: str) -> ir.Value:
    return orders[name].cast("string") if name in orders.columns else ibis.null("string")


PRESET = Preset(
    name="adobe-commerce",
    about="Adobe Commerce or Magento, sales_order_item joined to sales_order",
    columns={
        "order_id": "increment_id",
        "line_no": "item_id",
        "ordered_at": "created_at",
        "product_id": "sku",
        "quantity": "qty_ordered",
        "unit_price": "price",
        "discount": "discount_amount",
        "currency": "order_currency_code",
        "order_status": "status",
        "channel": "store_name",
        "store_id": "store_id",
        "customer_id": "customer_id",
        "email": "customer_email",
        "phone": "telephone",
        "ship_address": "street",
        "ship_postcode": "postcode",
        "ship_city": "city",
        "ship_country": "country_id",
    },
    written_in="UTC",
    derive=_derive,
    product_name="name",
)
