"""Small things that everybody must do alike: halves of days and folds of ids.

Both are read from an MD5 digest, so that every engine and every version puts the same day in the same half.
They are computed on distinct values; a digest for each of ten million lines would cost more than the lines.
"""

from __future__ import annotations

import hashlib
from datetime import date

import ibis
import ibis.expr.types as ir


def _digit(text: str) -> int:
    return int(hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()[0:4], 16)


def half_of_day(day: date) -> int:
    """0 or 1: the half to which a day belongs; rings formed on one half are tested on the other.

    >>> [half_of_day(date(2026, 3, day)) for day in (1, 2, 3, 4)]
    [0, 1, 0, 1]
    """
    return _digit(day.isoformat()) % 2


def fold_of(identifier: str, folds: int) -> int:
    """The fold, 0 ≤ fold < `folds`, of an actor; what judges it is learned from the other folds."""
    return _digit(identifier) % folds


def month_number(day: date) -> int:
    """Months since the year 0, so that months can be counted and compared.

    >>> month_number(date(2026, 3, 31)) - month_number(date(2025, 12, 1))
    3
    """
    return day.year * 12 + day.month - 1


def first_of_month(number: int) -> date:
    """The first day of a month, by its `month_number`.

    >>> first_of_month(month_number(date(2025, 12, 24)) + 1)
    datetime.date(2026, 1, 1)
    """
    return date(number // 12, number % 12 + 1, 1)


def _digit_expression(text: ir.StringValue) -> ir.IntegerValue:
    digits = text.hexdigest("md5")
    value = ibis.literal(0)
    for place in range(4):
        value = value * 16 + ibis.literal("0123456789abcdef").find(digits.substr(place, 1))
    return value.cast("int64")


def half_of_days(days: ir.DateColumn) -> ir.IntegerValue:
    """`half_of_day` as an expression over a column of dates."""
    return _digit_expression(days.cast("date").strftime("%Y-%m-%d")) % 2


def folds_of(identifiers: ir.StringColumn, folds: int) -> ir.IntegerValue:
    """`fold_of` as an expression over a column of ids."""
    return _digit_expression(identifiers) % folds


def short_id(prefix: str, text: str) -> str:
    """The id of a person (`p`) or actor (`a`) whose first customer is `text`: 64 bits of a digest give nothing away.

    >>> short_id("a", "c1")
    'aa9f7e97965d6cf79'
    """
    return prefix + hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()[:16]


def short_ids(prefix: str, texts: ir.StringValue) -> ir.StringValue:
    """`short_id` as an expression over a column of customer ids."""
    return ibis.literal(prefix) + texts.hexdigest("md5").substr(0, 16)
