"""The tables beside the orders: customers, products, events, offers, labels, rates.

They are small or one row a customer, and read by the same contract: columns of contracts.md by name, typed;
a row without its key, or with a value that is not what its column holds, goes to the quarantine.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import cast

import ibis
import ibis.expr.types as ir

from entrepot.engines import Engine
from entrepot.errors import InputError, Mistake
from entrepot.orders import numbers, sources
from entrepot.orders.checking import number, text
from entrepot.orders.tables import OPTIONAL, QUARANTINE, REQUIRED

_DATES = {"starts_on", "ends_on", "seen_on", "on"}
_MONTHS = {"month"}
_INSTANTS = {"created_at", "reviewed_at", "sold_at", "corrected_at"}
_KEYS = {"targets": ("store_id", "month"), "events": ("event_id",)}
"""What tells the rows of a table that is made by hand apart: two of the same would count twice."""
_NUMBERS = {"list_price", "unit_cost", "price", "rate", "shown_probability_0_1",
            "amount", "quantity", "unit_price"}  # fmt: skip
MOST_SHOWN = 5
SLIPS = 10
_KINDS = {
    ("customers", "type"): ("person", "business"),
    ("events", "kind"): ("launch", "restriction", "holiday", "shock", "restock", "discount"),
    ("labels", "verdict"): ("confirmed", "rejected", "cannot_tell"),
    ("labels", "shown_because"): ("listed", "random", "appeal", "imported"),
    ("corrections", "kind"): ("together", "apart"),
    ("corrections", "joins"): ("person", "actor"),
}


def stop_if_columns_missing(name: str, columns: tuple[str, ...]) -> None:
    """Raises `InputError` with all required columns of table `name` that are not among `columns`."""
    missing = [column for column in REQUIRED[name] if column not in columns]
    if name == "labels" and not {"customer_id", "actor_id", "order_id"} & set(columns):
        missing.append("customer_id, actor_id or order_id")
    if not missing:
        return
    raise InputError(
        Mistake("a required column is missing" if len(missing) == 1 else "required columns are missing",
                f"the table {name}", ", ".join(missing), "the columns " + theirs(columns),
                "rename them, name theirs with --map ours=theirs, or use --preset for a known export"
                if name == "orders" else "rename the columns of the table")
    )  # fmt: skip


def theirs(columns: Sequence[str]) -> str:
    """The names of the columns as they came, without those that we add."""
    return ", ".join(column for column in columns if column not in ("file", "file_no"))


def read_side(name: str, raw: ir.Table, decimal: str = numbers.POINT) -> tuple[ir.Table, ir.Table]:
    """The usable rows of table `name`, typed, and those that are not, as `QUARANTINE`."""
    known = [column for column in (*REQUIRED[name], *OPTIONAL[name]) if column in raw.columns]
    written = raw.select(**{f"raw_{column}": text(raw[column]) for column in known},
                         **{column: _typed(column, raw[column], decimal) for column in known})  # fmt: skip
    reasons = [pair for column in known for pair in _reasons(name, column, written)]
    judged = (
        written.mutate(  # under names that no table has: labels and corrections have a `reason` of their own
            wrong_reason=ibis.cases(
                *[(broken, reason) for broken, reason, _ in reasons], else_=ibis.null("string")
            ),
            wrong_column=ibis.cases(
                *[(broken, column) for broken, _, column in reasons], else_=ibis.null("string")
            ),
            wrong_value=ibis.cases(
                *[(broken, written[f"raw_{column}"]) for broken, _, column in reasons],
                else_=ibis.null("string"),
            ),
        )
    )
    bad = judged.filter(judged.wrong_reason.notnull())
    return judged.filter(judged.wrong_reason.isnull()).select(*known), _quarantine(name, bad)


def _typed(column: str, value: ir.Value, decimal: str) -> ir.Value:
    if column in _DATES:
        return value.try_cast("date")
    if column in _MONTHS:
        day = text(value).cast("string")
        return (day.length() == 7).ifelse(day + "-01", day).try_cast("date").truncate("M")
    if column in _INSTANTS:
        return value.try_cast("timestamp")
    if column in _NUMBERS:
        return number(value, decimal)
    return text(value)


def _reasons(name: str, column: str, t: ir.Table) -> list[tuple[ir.BooleanValue, str, str]]:
    given, value = t[f"raw_{column}"], t[column]
    found = []
    if column in REQUIRED[name]:
        found.append((given.isnull(), f"{column} is empty", column))
    if column in _DATES | _MONTHS | _INSTANTS | _NUMBERS:
        found.append((given.notnull() & value.isnull(), f"{column} cannot be read", column))
    if column in _NUMBERS:
        found.append((value < 0, f"{column} is negative", column))
    if allowed := _KINDS.get((name, column)):
        found.append(
            (given.notnull() & ~value.isin(allowed), f"{column} is none of {', '.join(allowed)}", column)
        )
    if column == "ends_on":
        found.append((value < t.starts_on, "ends_on is before starts_on", column))
    return found


def _expected(column: str | None, reason: str) -> str:
    """What a value of `column` looks like, for whoever has to mend it."""
    if column in _MONTHS:
        return "a month such as 2026-03"
    if column in _DATES:
        return (
            "a day such as 2026-03-31, not before the first"
            if "before" in reason
            else "a day such as 2026-03-31"
        )
    if column in _INSTANTS:
        return "a time such as 2026-03-31T10:15:00+09:00"
    if column in _NUMBERS:
        return "a number of 0 or more, such as 1234.50"
    return "a value"


def _twice(engine: Engine, name: str, table: ir.Table) -> list[Mistake]:
    if name not in _KEYS:
        return []
    key = list(_KEYS[name])
    rows = table.group_by(key).aggregate(n=table.count()).filter(lambda t: t.n > 1)
    found = engine.fetch(rows.order_by(key).limit(MOST_SHOWN)).to_pylist()
    return [
        Mistake(f"{' and '.join(key)} stand twice", f"the table {name}", "one row for each",
                ", ".join(str(row[column]) for column in key), "keep the row that is meant")
        for row in found
    ]  # fmt: skip


def _quarantine(name: str, bad: ir.Table) -> ir.Table:
    order = bad.raw_order_id if "raw_order_id" in bad.columns else ibis.null("string")
    values = {"table": ibis.literal(name), "order_id": order, "column": bad.wrong_column,
              "value": bad.wrong_value, "reason": bad.wrong_reason}  # fmt: skip
    return bad.select(
        **{key: values.get(key, ibis.null(kind)).cast(kind) for key, kind in QUARANTINE.items()}
    )


def stop_if_bad(engine: Engine, name: str, good: ir.Table, bad: ir.Table, max_bad: float) -> None:
    """Raises `InputError` where more than `max_bad` of the rows of table `name` cannot be used.

    Otherwise a way of writing numbers that we do not know would take every category with it, in silence. Fewer than
    `SLIPS` are slips of a table made by hand and go to the quarantine, if other rows can be used.
    """
    reasons = bad.group_by("reason", "column").aggregate(n=bad.count(), example=bad.value.max())
    rows = engine.fetch(reasons.order_by(ibis.desc("n"), "reason")).to_pylist()
    number = sum(row["n"] for row in rows)
    total = number + (engine.fetch(good.count()).as_py() if number else 0)
    if number <= max_bad * total or (number < SLIPS and number < total):
        return
    said = "; ".join(
        f"{row['reason']} ({row['n']:,}), such as {row['example']!r}" for row in rows[:MOST_SHOWN]
    )
    raise InputError(
        Mistake(f"{number:,} of {total:,} rows cannot be used", f"the table {name}", f"at most {max_bad:.2%}; "
                + _expected(rows[0]["column"], rows[0]["reason"]), said,
                "mend the table, add --decimal comma if its numbers are written so, or raise --max-bad")
    )  # fmt: skip


def read_beside(engine: Engine, name: str, source: sources.Source, *, currency: str = "") -> ir.Table:
    """The table `name` (targets, sellout, events …) from a path, a pattern or an Ibis table, typed.

    Raises `InputError` where it cannot be read, a column is missing, or any row is not what it should be: these
    tables are small and made by hand, so nothing of them is set aside. Money in another currency than `currency`,
    that of the orders, is such a row: amounts are never mixed.
    """
    given = sources.as_table(engine, name, source)
    files = cast("str | Path | Sequence[str | Path]", source)
    table = sources.open_table(engine, sources.find(name, files))[0] if given is None else given
    stop_if_columns_missing(name, table.columns)
    good, bad = read_side(name, table)
    wrong = engine.fetch(
        bad.select("column", "value", "reason").order_by("column", "value").limit(MOST_SHOWN)
    ).to_pylist()
    wrong += [
        {
            "reason": f"the money is not in {currency}, the currency of the orders",
            "value": other,
            "column": "currency",
        }
        for other in _other_currencies(engine, good, currency)
    ]
    mistakes = [
        Mistake(row["reason"], f"the table {name}", _expected(row.get("column"), row["reason"]), str(row["value"]),
                "mend the table")
        for row in wrong
    ] + _twice(engine, name, good)  # fmt: skip
    if mistakes:
        raise InputError(*mistakes)
    return engine.keep(good, name)


def _other_currencies(engine: Engine, table: ir.Table, currency: str) -> list[str]:
    if not currency or "currency" not in table.columns:
        return []
    others = table.filter(table.currency.upper() != currency.upper())
    rows = engine.fetch(others.select("currency").distinct().order_by("currency").limit(MOST_SHOWN))
    return [str(value) for value in rows["currency"].to_pylist()]


def read_up_to(labels: ir.Table, as_of: date | None) -> ir.Table:
    """The labels that were known on `as_of`."""
    return labels.filter(labels.reviewed_at.date() <= as_of) if as_of else labels
