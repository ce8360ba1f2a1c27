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
    engine: Engine, timed: ir.Table, seen: facts.Facts, rates: ir.Table | None, max_bad: float
) -> tuple[ir.Table, str]:
    """`timed` with prices and discounts in one currency, and its code ("" where the data name none).

    Raises `InputError` where rates are missing or cannot be used, or more than `max_bad` of the rows have none.
    """
    codes = sorted(code for code in seen.currencies if code)
    if len(codes) < 2:
        return timed, codes[0] if codes else ""
    if rates is None:
        raise InputError(_several(seen, codes))
    home = _home(engine, rates, codes)
    dated = rates.mutate(since=rates.on if "on" in rates.columns else ibis.null("date")).select(
        code_of_rate=rates.currency.upper(), rate="rate", since="since"
    )
    _stop_if_unclear(engine, dated)
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
    unknown = usable & joined.rate.isnull()
    _stop_if_without(engine, joined.filter(unknown), seen, max_bad)
    return joined.mutate(
        code=unknown.ifelse(NO_RATE, joined.code),
        bad_value=unknown.ifelse(joined.currency, joined.bad_value),
        unit_price=(joined.unit_price.cast("float64") * joined.rate).round(4).try_cast("decimal(18, 4)"),
        discount=joined.discount * joined.rate,
        unit_cost=joined.unit_cost * joined.rate,
    ).drop("code_of_rate", "rate", "since", "until"), home


def _stop_if_unclear(engine: Engine, rates: ir.Table) -> None:
    """Raises `InputError` where a currency has two rates for one day (lines would count twice), or one not above 0."""
    rows = rates.group_by("code_of_rate", "since").aggregate(n=rates.count(), low=rates.rate.min())
    wrong = engine.fetch(
        rows.filter((rows.n > 1) | (rows.low <= 0)).order_by("code_of_rate", "since")
    ).to_pylist()
    if not wrong:
        return
    raise InputError(*[
        Mistake("a currency has two rates for one day" if row["n"] > 1 else "a rate is not above 0", "the table rates",
                "one rate above 0 for each currency, and for each day in `on`",
                f"{row['code_of_rate']} {row['since'] or ''}".strip(), "keep the rate that is meant")
        for row in wrong[:5]
    ])  # fmt: skip


def _stop_if_without(engine: Engine, rows: ir.Table, seen: facts.Facts, max_bad: float) -> None:
    found = engine.fetch(
        rows.group_by("currency").aggregate(n=rows.count(), first=rows.ordered_on.min())
    ).to_pylist()
    number = sum(row["n"] for row in found)
    if number <= max_bad * seen.rows:
        return
    said = ", ".join(f"{row['currency']} ({row['n']:,}), from {row['first']}" for row in found)
    raise InputError(
        Mistake(f"{number:,} of {seen.rows:,} rows have no rate for their currency on or before their day",
                "the table orders", f"at most {max_bad:.2%}", said, "give earlier rates, or raise --max-bad")
    )  # fmt: skip


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
