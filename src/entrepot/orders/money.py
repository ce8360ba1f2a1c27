"""Money is a decimal with a currency, and never mixed silently.

Where the orders name several currencies, a table of rates must say what one unit of each is worth in the
currency whose rate is 1. A rate with a date (`on`) holds from that day until the next one.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from entrepot.engines import Engine
from entrepot.errors import InputError, Mistake
from entrepot.orders import facts
from entrepot.orders.checking import NO_RATE, RETURNED, SOLD


def in_one_currency(
    engine: Engine, timed: ir.Table, seen: facts.Facts, rates: ir.Table | None
) -> tuple[ir.Table, str]:
    """`timed` with prices and discounts in one currency, and its code ("" where the data name none)."""
    codes = sorted(code for code in seen.currencies if code)
    if len(codes) < 2:
        return timed, codes[0] if codes else ""
    if rates is None:
        raise InputError(_several(seen, codes))
    home = _home(engine, rates, codes)
    dated = rates.mutate(since=rates.on if "on" in rates.columns else ibis.null("date")).select(
        code_of_rate=rates.currency.upper(), rate="rate", since="since"
    )
    spans = dated.mutate(
        until=dated.since.lead(1).over(ibis.window(group_by="code_of_rate", order_by="since")),
    )
    kept = engine.keep(spans, "rates")
    joined = timed.left_join(
        kept,
        [timed.currency == kept.code_of_rate,
         kept.since.isnull() | (timed.ordered_on >= kept.since),
         kept.until.isnull() | (timed.ordered_on < kept.until)],
    )  # fmt: skip
    usable = joined.code.isin([SOLD, RETURNED])
    return joined.mutate(
        code=(usable & joined.rate.isnull()).ifelse(NO_RATE, joined.code),
        unit_price=(joined.unit_price.cast("float64") * joined.rate).round(4).try_cast("decimal(18, 4)"),
        discount=joined.discount * joined.rate,
        unit_cost=joined.unit_cost * joined.rate,
    ).drop("code_of_rate", "rate", "since", "until"), home


def _several(seen: facts.Facts, codes: list[str]) -> Mistake:
    shares = ", ".join(
        f"{code} {seen.currencies[code] / sum(seen.currencies.values()):.1%}"
        for code in sorted(codes, key=lambda code: -seen.currencies[code])
    )
    return Mistake("several currencies stand", "the table orders", "one, or rates between them",
                   shares, "give --rates, a table with the columns currency, rate and, if they change, on; "
                   "rate 1 for the currency that you want")  # fmt: skip


def _home(engine: Engine, rates: ir.Table, codes: list[str]) -> str:
    rows = engine.fetch(
        rates.group_by(code=rates.currency.upper()).aggregate(low=rates.rate.min(), high=rates.rate.max())
    )
    known = {row["code"]: (row["low"], row["high"]) for row in rows.to_pylist()}
    homes = [code for code, span in sorted(known.items()) if span == (1.0, 1.0)]
    mistakes = []
    if len(homes) != 1:
        mistakes.append(
            Mistake(
                "rates must have one currency of rate 1",
                "the table rates",
                "one",
                str(homes),
                "give rate 1 to the currency that you want",
            )
        )
    if missing := [code for code in codes if code not in known]:
        mistakes.append(Mistake("a currency has no rate", "the table rates", ", ".join(missing),
                                ", ".join(sorted(known)), "add its rate"))  # fmt: skip
    if mistakes:
        raise InputError(*mistakes)
    return homes[0]
