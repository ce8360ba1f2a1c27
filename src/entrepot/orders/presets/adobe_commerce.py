"""Adobe Commerce (Magento): order items joined to their orders, columns as in the tables of the database.

The database writes UTC. A configurable product has two rows, parent and child: the child's price is zero
and its parent is named, so the child is set aside. Guests have no `customer_id` but an e-mail.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from entrepot.orders.presets import Preset, Tables


def _derive(orders: ir.Table, tables: Tables) -> ir.Table:
    changes: dict[str, ir.Value] = {}
    columns = set(orders.columns)
    if "parent_item_id" in columns:
        child = orders.parent_item_id.cast("string").nullif("").notnull()
        changes["set_aside_because"] = child.ifelse("part of a configurable product", ibis.null("string"))
    if {"customer_firstname", "customer_lastname"} <= columns:
        changes["name"] = orders.customer_firstname + " " + orders.customer_lastname
    if "order_status" in columns:  # "closed" is Adobe's word for wholly refunded
        changes["order_status"] = orders.order_status.replace("closed", "refunded")
    return orders.mutate(**changes) if changes else orders


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
