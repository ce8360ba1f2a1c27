"""Which rows can be used: one table of rules, asked of every row once, in the engine.

A row gets the number of the first rule that it breaks (`code`), or `SOLD` or `RETURNED`. Codes from 10 are
quarantine: the row cannot be used. Codes from 40 are set aside: the row is sound, but no sale of a product.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

import ibis
import ibis.expr.types as ir

from entrepot.orders import instants, numbers
from entrepot.orders.tables import BUYER, RECIPIENT

SOLD, RETURNED, CURRENCY_MISSING, NO_RATE, REPLACED, LATER, BY_PRESET = 0, 1, 30, 31, 45, 46, 40
MAX_QUANTITY = 1_000_000
"""Units on one line; beyond it a number is a slip, an id or a sum, never a purchase."""
MAX_PRICE = 10_000_000_000
"""Money a unit, in any currency (10 thousand million dong are a car)."""
MAX_AMOUNT = 10_000_000_000_000
EARLIEST = date(1970, 1, 2)
LATEST = date(2100, 1, 1)
_UNDONE = ("cancelled", "canceled", "refunded", "returned", "voided", "failed", "expired")
UNDONE = (*_UNDONE, *(f"wc-{status}" for status in _UNDONE))
"""Order statuses, in any case and with or without `wc-`, that say: this came back or never went out."""
NOBODY = (
    "0",
    "-1",
    "null",
    "none",
    "n/a",
    "na",
    "nan",
    "guest",
    "anonymous",
    "unknown",
    "undefined",
    "-",
    ".",
)
"""Values of `customer_id`, in any case, that stand for no customer."""


CENT = 0.01
"""By so much a discount may exceed the amount of its line: exports round both."""
JUDGED = ("ordered_at", "quantity", "unit_price", "discount", "quantity_asked", "cancelled_at", "returned_at",
          "order_status", "unit_cost")  # fmt: skip
"""The columns whose text may turn out not to be a value; the stage keeps it where it is bad."""
NUMBERS = ("quantity", "discount", "quantity_asked", "unit_cost")
KEYS = ("order_id", "product_id", "customer_id", "currency", "returns_order_id")
"""What is compared as it stands, so that padding must go; names and addresses are normalised later."""
TEXTS = ("order_id", "product_id", "customer_id", "currency", "channel", "store_id", "seller_id",
         "returns_order_id", "category", "product_name", "set_aside_because", *BUYER, *RECIPIENT)  # fmt: skip
STAGED = (
    *TEXTS,
    "order_status",
    "cancelled_at",
    "returned_at",
    "line_no",
    "unit_price",
    *NUMBERS,
    "wall",
    "at",
    "gone_on",
    "code",
    "file_no",
)
_KINDS = {
    "cancelled_at": "timestamp",
    "returned_at": "timestamp",
    "line_no": "int64",
    "discount": "float64",
    "quantity_asked": "float64",
    "unit_cost": "float64",
    "gone_on": "date",
}


@dataclass(frozen=True)
class Rule:
    """What a broken rule means: the column to show, and the reason in plain words."""

    column: str
    reason: str


RULES: Mapping[int, Rule] = {
    10: Rule("order_id", "order_id is empty"),
    11: Rule("product_id", "product_id is empty"),
    12: Rule("ordered_at", "ordered_at is empty or not a date that we can read"),
    13: Rule("ordered_at", "ordered_at is before 1970 or in the future"),
    14: Rule("quantity", "quantity is empty or not a number"),
    15: Rule("quantity", f"quantity is impossible (beyond {MAX_QUANTITY:,} units)"),
    16: Rule("unit_price", "unit_price is empty or not a number"),
    17: Rule("unit_price", "unit_price is negative"),
    18: Rule(
        "unit_price", f"unit_price is impossible (beyond {MAX_PRICE:,} a unit or {MAX_AMOUNT:,} a line)"
    ),
    19: Rule("discount", "discount is not a number, negative, or more than the line costs"),
    20: Rule("quantity_asked", "quantity_asked is not a number from 0 to the bound of quantity"),
    21: Rule("cancelled_at", "cancelled_at is not a date that we can read"),
    22: Rule("returned_at", "returned_at is not a date that we can read"),
    23: Rule("unit_cost", "unit_cost is not a number, negative, or impossible"),
    CURRENCY_MISSING: Rule("currency", "currency is missing, other rows have one"),
    NO_RATE: Rule("currency", "no rate for this currency on or before this day"),
    BY_PRESET: Rule("product_id", "not a product"),
    41: Rule("order_status", "test order"),
    42: Rule("quantity", "quantity is zero"),
    43: Rule("unit_price", "nothing was paid: gift, sample or correction"),
    REPLACED: Rule("order_id", "replaced by a later delivery of the order"),
    LATER: Rule("ordered_at", "after the as-of date"),
}


def is_bad(code: int) -> bool:
    return 10 <= code < 40


def text(column: ir.Value, *, trimmed: bool = True) -> ir.StringValue:
    """A column as text, null where empty; whole numbers in a float column lose their `.0`."""
    kind = column.type()
    if kind.is_floating():
        whole = column.try_cast("int64")
        plain = (whole.cast("float64") == column).ifelse(whole.cast("string"), column.cast("string"))
        return column.isnan().ifelse(ibis.null("string"), plain)
    if not kind.is_string():
        return column.cast("string")
    if trimmed:  # to strip is dear, and padding is rare
        padded = column.endswith(" ") | column.startswith(" ") | column.endswith("\t")
        column = padded.ifelse(column.strip(), column)
    return column.nullif("")


def number(column: ir.Value, decimal: str = numbers.POINT) -> ir.FloatingValue:
    """A column as float64; null where it is no finite number."""
    value = numbers.typed(column, "float64", decimal)
    return (value.isnan() | value.isinf()).ifelse(ibis.null("float64"), value)


def nobody(also: tuple[str, ...]) -> list[str]:
    """Every way of writing the values that stand for no customer."""
    return sorted({way for name in NOBODY for way in (name, name.upper(), name.capitalize())} | set(also))


def stage(
    orders: ir.Table,
    *,
    time_format: str | None,
    today: date | None,
    anonymous: tuple[str, ...],
    decimal: str = numbers.POINT,
) -> ir.Table:
    """Typed columns and a `code` for each row of `orders` (columns named as ours, `file_no` added).

    Columns: those of contracts "Tables in" that `orders` has, `wall` (what the clock showed), `at` (the
    instant, where the row names a zone), `gone_on` (the day a line was cancelled or came back), `code`, and
    `bad_value` (what broke the rule, as it was written).
    """
    raw = orders.rename(**{f"raw_{name}": name for name in JUDGED if name in orders.columns})
    typed = raw.mutate(**_typed(raw, time_format, anonymous, decimal))
    judged = typed.mutate(code=_code(typed, today))
    kept = [name for name in STAGED if name in judged.columns]
    return judged.select(*kept, bad_value=_bad_value(judged))


def with_all_columns(staged: ir.Table) -> ir.Table:
    """The stage with a column of nulls for each one that the orders lack."""
    kinds = {name: _KINDS.get(name, "string") for name in STAGED}
    return staged.mutate(**{n: ibis.null(kind) for n, kind in kinds.items() if n not in staged.columns})


def _typed(
    raw: ir.Table, time_format: str | None, anonymous: tuple[str, ...], decimal: str
) -> dict[str, ir.Value]:
    columns: dict[str, ir.Value] = {
        name: text(raw[name], trimmed=name in KEYS) for name in TEXTS if name in raw.columns
    }
    customer = columns.get("customer_id", ibis.null("string"))
    customer = customer.isin(nobody(anonymous)).ifelse(ibis.null("string"), customer)
    columns["customer_id"] = _or_guest(customer, columns)
    columns["wall"] = instants.as_written(raw.raw_ordered_at, time_format)
    columns["at"] = instants.instant(raw.raw_ordered_at)
    columns["unit_price"] = numbers.typed(raw.raw_unit_price, "decimal(18, 4)", decimal)
    columns |= {name: number(raw[f"raw_{name}"], decimal) for name in NUMBERS if f"raw_{name}" in raw.columns}
    if "line_no" in raw.columns:
        columns["line_no"] = raw.line_no.try_cast("int64")
    if "currency" in columns:
        columns["currency"] = columns["currency"].upper()
    return columns | _undone(raw, columns["wall"], time_format)


def _undone(raw: ir.Table, wall: ir.TimestampValue, time_format: str | None) -> dict[str, ir.Value]:
    """The day on which a line was cancelled or came back, and the columns that say so."""
    columns: dict[str, ir.Value] = {}
    for name in ("cancelled_at", "returned_at"):
        if f"raw_{name}" in raw.columns:
            columns[name] = instants.as_written(raw[f"raw_{name}"], time_format)
    gone = list(columns.values())
    if "raw_order_status" in raw.columns:
        status = text(raw.raw_order_status, trimmed=False).lower()
        columns["order_status"] = status
        gone.append(status.isin(UNDONE).ifelse(wall, ibis.null("timestamp")))
    return columns | ({"gone_on": ibis.coalesce(*gone).date()} if gone else {})


def _or_guest(customer: ir.StringValue, columns: Mapping[str, ir.Value]) -> ir.StringValue:
    """`customer`; `guest:<order_id>` where there is none but the order carries an identity."""
    seen = [columns[name] for name in (*BUYER, "ship_name", "ship_address") if name in columns]
    if not seen:
        return customer
    some = ibis.coalesce(*seen).notnull()
    return customer.coalesce(some.ifelse(ibis.literal("guest:") + columns["order_id"], ibis.null("string")))


def _code(t: ir.Table, today: date | None) -> ir.IntegerValue:
    """The number of the first rule that a row breaks; `SOLD` or `RETURNED` where it breaks none."""
    price = t.unit_price.cast("float64")
    amount = t.quantity.abs() * price
    end = instants.day_after(instants.day_after(today).date() if today else LATEST)
    start = datetime(EARLIEST.year, EARLIEST.month, EARLIEST.day)
    has = set(t.columns)
    paid = amount - t.discount.fill_null(0.0) if "discount" in has else amount
    broken: list[tuple[ir.BooleanValue, int]] = []
    if "set_aside_because" in has:
        broken.append((t.set_aside_because.notnull(), BY_PRESET))
    broken += [
        (t.order_id.isnull(), 10),
        (t.product_id.isnull(), 11),
        (t.wall.isnull(), 12),
        ((t.wall < ibis.literal(start)) | (t.wall >= ibis.literal(end)), 13),
        (t.quantity.isnull(), 14),
        (t.quantity.abs() > MAX_QUANTITY, 15),
        (t.unit_price.isnull(), 16),
        (t.unit_price < 0, 17),
        ((price > MAX_PRICE) | (amount > MAX_AMOUNT), 18),
    ]
    if "discount" in has:
        wrong = t.discount.isnull() | (t.discount < 0) | (t.discount > amount + CENT)
        broken.append((_given(t.raw_discount) & wrong, 19))
    if "quantity_asked" in has:
        wrong = t.quantity_asked.isnull() | ~t.quantity_asked.between(0, MAX_QUANTITY)
        broken.append((_given(t.raw_quantity_asked) & wrong, 20))
    for name, code in (("cancelled_at", 21), ("returned_at", 22)):
        if name in has:
            broken.append((_given(t[f"raw_{name}"]) & t[name].isnull(), code))
    if "unit_cost" in has:
        wrong = t.unit_cost.isnull() | ~t.unit_cost.between(0, MAX_PRICE)
        broken.append((_given(t.raw_unit_cost) & wrong, 23))
    if "order_status" in has:
        broken.append((t.order_status == "test", 41))
    broken += [(t.quantity == 0, 42), (paid < 0.00005, 43), (t.quantity < 0, RETURNED)]
    if "returns_order_id" in has:
        broken.append((t.returns_order_id.notnull(), RETURNED))
    return ibis.cases(*broken, else_=SOLD).cast("int16")


def _given(column: ir.Value) -> ir.BooleanValue:
    return (column.nullif("") if column.type().is_string() else column).notnull()


def _bad_value(t: ir.Table) -> ir.StringValue:
    """The value that broke the rule, as it was written."""
    branches: list[tuple[ir.BooleanValue, ir.Value]] = [(t.code < 10, ibis.null("string"))]
    for column in dict.fromkeys(rule.column for rule in RULES.values()):
        codes = [code for code, rule in RULES.items() if rule.column == column]
        source = f"raw_{column}" if f"raw_{column}" in t.columns else column
        if source in t.columns:
            branches.append((t.code.isin(codes), t[source].cast("string")))
    return ibis.cases(*branches, else_=ibis.null("string"))


def named(
    rows: ir.Table, files: Mapping[int, str], first_row: Mapping[int, int], table: str = "orders"
) -> ir.Table:
    """`rows` of the stage that were not used, in the columns of `QUARANTINE`."""
    reason = ibis.cases(*[(rows.code == code, rule.reason) for code, rule in RULES.items()], else_="")
    return rows.select(
        table=ibis.literal(table),
        file=_by_file(rows.file_no, files, "string"),
        line=(rows.line_key - _by_file(rows.file_no, first_row, "int64") + 1),
        order_id=rows.order_id,
        column=ibis.cases(*[(rows.code == code, rule.column) for code, rule in RULES.items()], else_=""),
        value=rows.bad_value,
        reason=(rows.code == BY_PRESET).ifelse(rows.set_aside_because, reason),
    )


def _by_file(file_no: ir.IntegerValue, values: Mapping[int, object], kind: str) -> ir.Value:
    branches = [(file_no == number, ibis.literal(value, kind)) for number, value in values.items()]
    return ibis.cases(*branches, else_=ibis.null(kind)) if branches else ibis.null(kind)
