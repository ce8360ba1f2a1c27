"""Numbers and dates as people read them: 12 of 2,469, $412,000, 3 Mar 2026, at most 5 in 100.

Templates and charts use these and nothing else, so a number looks the same wherever it stands.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction

SIGNS = {"USD": "$", "GBP": "£", "EUR": "€", "KRW": "₩", "JPY": "¥", "CNY": "CN¥", "HKD": "HK$", "AUD": "A$"}
NONE = "not known"

Number = int | float | Decimal


def known(value: object) -> bool:
    """Whether there is a value: None and NaN are none."""
    return value is not None and not (isinstance(value, float) and math.isnan(value))


def count(value: Number | None) -> str:
    """Whole, with thousands separators.

    >>> count(1234567.2)
    '1,234,567'
    """
    return f"{round(value):,}" if value is not None and known(value) else NONE


def share(part_0_1: float | None) -> str:
    """A share of one as per cent, with as many digits as matter.

    >>> [share(s) for s in (0.1234, 0.0432, 0.0004, 0.0, 1.0)]
    ['12 %', '4.3 %', 'under 0.1 %', '0 %', '100 %']
    """
    if part_0_1 is None or not known(part_0_1):
        return NONE
    if 0 < part_0_1 < 0.001:
        return "under 0.1 %"
    if 0 < part_0_1 < 0.0995:
        return f"{part_0_1 * 100:.1f} %"
    return f"{part_0_1 * 100:.0f} %"


def money(amount: Number | None, currency: str = "") -> str:
    """An amount with its currency: the sign where one is usual, else the code behind.

    >>> [money(412000.4, "GBP"), money(-12, "CHF"), money(5, "")]
    ['£412,000', '−12 CHF', '5']
    """
    if amount is None or not known(amount):
        return NONE
    digits = f"{abs(round(amount)):,}"
    sign = "−" if round(amount) < 0 else ""
    if currency in SIGNS:
        return f"{sign}{SIGNS[currency]}{digits}"
    return f"{sign}{digits} {currency}".rstrip()


def unbroken(text: str) -> str:
    """`text` of a sentence in which no line ends between a number and its %, nor between a minus and its amount.

    >>> unbroken("−$3, 36 %").encode("ascii", "xmlcharrefreplace")
    b'&#8722;&#8288;$3, 36&#160;%'
    """
    return re.sub(r"(?<=−)(?=[^\s\d\u2060])", "\u2060", re.sub(r"(?<=\d) (?=%)", "\u00a0", text))


def about(amount: Number | None, currency: str = "") -> str:
    """An amount for a sentence: three figures that matter, millions in words.

    >>> [about(1234567, "USD"), about(45678, "USD"), about(812, "USD")]
    ['$1.23 million', '$45,700', '$812']
    """
    if amount is None or not known(amount):
        return NONE
    rounded = figures(float(amount))
    if abs(rounded) < 1e6:
        return money(rounded, currency)
    text = f"{rounded / 1e6:,.4g} million"
    return f"{SIGNS[currency]}{text}" if currency in SIGNS else f"{text} {currency}".rstrip()


def figures(value: float, digits: int = 3) -> float:
    """`value` rounded to `digits` figures that matter."""
    if value == 0 or not math.isfinite(value):
        return value
    return round(value, digits - 1 - math.floor(math.log10(abs(value))))


def day(when: date | datetime | str | None) -> str:
    """A date as 3 Mar 2026.

    >>> day("2026-03-03")
    '3 Mar 2026'
    """
    if when is None or when == "":
        return NONE
    moment = date.fromisoformat(when[:10]) if isinstance(when, str) else when
    return f"{moment.day} {moment:%b %Y}"


def month(when: date | datetime | str | None) -> str:
    """The month of a date, as Mar 2026."""
    return NONE if when is None else day(when).split(" ", 1)[1]


def in_hundred(rate_0_1: float) -> str:
    """A rate as people count: 5 in 100, 1 in 1,000.

    >>> [in_hundred(r) for r in (0.05, 0.001, 0.025)]
    ['5 in 100', '1 in 1,000', '25 in 1,000']
    """
    for base in (100, 1000, 10_000):
        if abs(rate_0_1 * base - round(rate_0_1 * base)) < 1e-9:
            return f"{round(rate_0_1 * base)} in {base:,}"
    exact = Fraction(rate_0_1).limit_denominator(1000)
    return f"{exact.numerator:,} in {exact.denominator:,}"


def plural(number: Number, one: str, many: str | None = None) -> str:
    """The number with its noun: 1 buyer, 2 buyers.

    >>> [plural(1, "buyer"), plural(2469, "buyer"), plural(2, "is", "are")]
    ['1 buyer', '2,469 buyers', '2 are']
    """
    return f"{count(number)} {one if round(number) == 1 else many or one + 's'}"


def listing(parts: Sequence[str]) -> str:
    """Parts as a sentence has them: a, b and c."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}" if parts else ""


def strength(log10_e: float | None) -> str:
    """Resale evidence in words: weak below 20 to 1, strong, very strong from 10,000 to 1.

    >>> [strength(e) for e in (0.4, 2.0, 7.5)]
    ['weak', 'strong', 'very strong']
    """
    if log10_e is None or not known(log10_e):
        return NONE
    return "very strong" if log10_e >= 4 else "strong" if log10_e >= math.log10(20) else "weak"
