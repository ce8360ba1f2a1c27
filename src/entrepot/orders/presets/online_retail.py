"""UCI "Online Retail": a British giftware web shop, December 2010 to December 2011 (doi 10.24432/C5BW33).

Times are London's. A cancellation is an invoice of its own (C…) with negative quantities. Stock codes are
five digits and letters, or DCGS…; a few codes are no products: postage, fees, manual entries, vouchers,
samples.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from entrepot.orders.presets import Preset, Tables

NOT_PRODUCTS = {
    "POST": "postage",
    "DOT": "postage",
    "C2": "carriage",
    "M": "entered by hand",
    "D": "discount",
    "S": "sample",
    "B": "bad debt",
    "BANK CHARGES": "bank charges",
    "AMAZONFEE": "marketplace fee",
    "CRUK": "donation",
}


def _derive(orders: ir.Table, tables: Tables) -> ir.Table:
    code = orders.product_id.cast("string").upper()
    reasons = [(code == mark, f"not a product: {what}") for mark, what in NOT_PRODUCTS.items()]
    voucher = (code.startswith("GIFT_"), "not a product: gift voucher")
    return orders.mutate(
        customer_id=orders.customer_id.cast("string").re_replace(r"\.0$", ""),
        currency=ibis.literal("GBP"),
        set_aside_because=ibis.cases(*reasons, voucher, else_=ibis.null("string")),
    )


PRESET = Preset(
    name="online-retail",
    about="UCI Online Retail (CSV, one row a line)",
    columns={
        "order_id": "InvoiceNo",
        "product_id": "StockCode",
        "quantity": "Quantity",
        "ordered_at": "InvoiceDate",
        "unit_price": "UnitPrice",
        "customer_id": "CustomerID",
    },
    timezone="Europe/London",
    derive=_derive,
    product_name="Description",
)
