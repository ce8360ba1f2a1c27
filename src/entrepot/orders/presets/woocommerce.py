"""WooCommerce: the analytics or order export with one row a line item (column names of the common exporters).

WooCommerce's own tables write local times, so the shop's zone must be given. The item's total is after
discounts; where a line carries `Item Subtotal` and `Item Total`, the difference is the discount. A SKU is optional in
WooCommerce: where it is empty the item's name is the product.
"""

from __future__ import annotations

import ibis.expr.types as ir

from entrepot.orders.presets import Preset, Tables, full_name


def _number(column: ir.Value) -> ir.FloatingValue:
    return column.cast("string").try_cast("float64")


def _derive(orders: ir.Table, tables: Tables) -> ir.Table:
    changes: dict[str, ir.Value] = {}
    columns = set(orders.columns)
    if {"product_id", "Item Name"} <= columns:
        changes["product_id"] = orders.product_id.cast("string").nullif("").coalesce(orders["Item Name"])
    if {"Item Subtotal", "Item Total"} <= columns:
        changes["discount"] = _number(orders["Item Subtotal"]) - _number(orders["Item Total"])
    if {"Customer User ID"} <= columns:
        changes["customer_id"] = orders["Customer User ID"].cast("string").nullif("0")
    if {"Billing First Name", "Billing Last Name"} <= columns:
        changes["name"] = full_name(orders["Billing First Name"], orders["Billing Last Name"])
    if {"Shipping First Name", "Shipping Last Name"} <= columns:
        changes["ship_name"] = full_name(orders["Shipping First Name"], orders["Shipping Last Name"])
    return orders.mutate(**changes) if changes else orders


PRESET = Preset(
    name="woocommerce",
    about="WooCommerce order export, one row a line item (CSV)",
    columns={
        "order_id": "Order ID",
        "ordered_at": "Order Date",
        "order_status": "Order Status",
        "product_id": "SKU",
        "quantity": "Quantity",
        "unit_price": "Item Cost",
        "currency": "Order Currency",
        "email": "Billing Email Address",
        "phone": "Billing Phone",
        "ship_address": "Shipping Address 1&2",
        "ship_postcode": "Shipping Postcode",
        "ship_city": "Shipping City",
        "ship_country": "Shipping Country Code",
        "customer_id": "Customer User ID",
    },
    derive=_derive,
    product_name="Item Name",
)
