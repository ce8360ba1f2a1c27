"""Shopify: Orders → Export (CSV), one row a line; what belongs to the order stands on its first row only.

`Created at` carries its zone (`2024-01-02 10:11:12 +0900`). A SKU may be empty: then the line's name is the
product. `Lineitem discount` is money off the line. An order that was cancelled or wholly refunded came back.
"""

from __future__ import annotations

import ibis.expr.types as ir

from entrepot.orders.presets import Preset, Tables


def _derive(orders: ir.Table, tables: Tables) -> ir.Table:
    columns = set(orders.columns)
    changes: dict[str, ir.Value] = {}
    if {"product_id", "Lineitem name"} <= columns:
        changes["product_id"] = orders.product_id.nullif("").coalesce(orders["Lineitem name"])
    if {"phone", "Billing Phone"} <= columns:
        changes["phone"] = (
            orders.phone.cast("string").nullif("").coalesce(orders["Billing Phone"].cast("string"))
        )
    if "ship_address" not in columns and {"Shipping Address1", "Shipping Address2"} <= columns:
        second = orders["Shipping Address2"].nullif("")
        changes["ship_address"] = (orders["Shipping Address1"] + " " + second).coalesce(
            orders["Shipping Address1"]
        )
    return orders.mutate(**changes) if changes else orders


PRESET = Preset(
    name="shopify",
    about="Shopify orders export (CSV)",
    columns={
        "order_id": "Name",
        "ordered_at": "Created at",
        "product_id": "Lineitem sku",
        "quantity": "Lineitem quantity",
        "unit_price": "Lineitem price",
        "discount": "Lineitem discount",
        "currency": "Currency",
        "order_status": "Financial Status",
        "cancelled_at": "Cancelled at",
        "channel": "Source",
        "store_id": "Location",
        "seller_id": "Employee",
        "email": "Email",
        "name": "Billing Name",
        "phone": "Phone",
        "ship_name": "Shipping Name",
        "ship_address": "Shipping Street",
        "ship_postcode": "Shipping Zip",
        "ship_city": "Shipping City",
        "ship_country": "Shipping Country",
    },
    order_wide=(
        "currency",
        "order_status",
        "cancelled_at",
        "channel",
        "store_id",
        "seller_id",
        "email",
        "name",
        "phone",
        "ship_name",
        "ship_address",
        "ship_postcode",
        "ship_city",
        "ship_country",
    ),
    derive=_derive,
    product_name="Lineitem name",
)
