"""What was read, in one small aggregate: how many rows of which code and currency, from when to when.

All decisions that need more than one row are taken from it: whether too many rows are bad, whether one
customer id stands for nobody, which optional columns carry anything.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from entrepot.engines import Engine
from entrepot.errors import InputError, Mistake
from entrepot.orders import checking, instants, numbers
from entrepot.orders.checking import CURRENCY_MISSING, RETURNED, RULES, SOLD
from entrepot.orders.tables import OPTIONAL, QUARANTINE

if TYPE_CHECKING:
    from entrepot.orders.lines import Made
    from entrepot.orders.reading import Reading

FIGURES = ("quantity", "unit_price", "discount", "quantity_asked", "unit_cost")
PLACEHOLDER_ROWS = 500
"""Below this many rows one customer may well have most of them."""


@dataclass(frozen=True)
class Facts:
    """Rows by (code, currency), and what must be known of all rows together."""

    rows: int
    by_code: Mapping[int, int]
    currencies: Mapping[str, int]  # of usable rows; "" where a row has none
    naive: int  # usable rows whose time names no zone
    naive_clock: int  # of these, the rows that are not midnight
    midnights: int  # usable rows at 00:00:00 as written
    first: datetime | None  # of usable rows, as written
    last: datetime | None
    columns: frozenset[str]
    unattributed: int
    undone: int
    unreadable: int

    @property
    def usable(self) -> int:
        return self.by_code.get(SOLD, 0) + self.by_code.get(RETURNED, 0)

    @property
    def has_currency(self) -> bool:
        return any(self.currencies)


def gather(engine: Engine, staged: ir.Table, unreadable: int) -> Facts:
    """The facts of a staged table; `unreadable` is the number of lines that were no rows."""
    midnight = instants.is_midnight(staged.wall)
    naive = staged["at"].isnull()
    names = [name for name in checking.STAGED if name in OPTIONAL["orders"]]
    rows = engine.fetch(
        staged.group_by("code", currency=staged.currency.fill_null("")).aggregate(
            n=staged.count(),
            naive=naive.sum(),
            naive_clock=(naive & ~midnight).sum(),
            midnights=midnight.sum(),
            first=staged.wall.min(),
            last=staged.wall.max(),
            unattributed=staged.customer_id.isnull().sum(),
            undone=staged.gone_on.notnull().sum(),
            **{f"has_{name}": staged[name].count() for name in names},
        )
    ).to_pylist()
    usable = [row for row in rows if row["code"] in (SOLD, RETURNED)]
    by_code, currencies = Counter[int](), Counter[str]()
    for row in rows:
        by_code[row["code"]] += row["n"]
    for row in usable:
        currencies[row["currency"]] += row["n"]
    if any(currencies) and currencies[""]:
        by_code[CURRENCY_MISSING] = currencies[""]
        for code in (SOLD, RETURNED):
            by_code[code] -= sum(row["n"] for row in usable if row["code"] == code and not row["currency"])
        del currencies[""]
    columns = {name for name in names if sum(row[f"has_{name}"] for row in rows)}

    def total(key: str) -> int:
        return sum(row[key] or 0 for row in usable)

    return Facts(
        rows=sum(row["n"] for row in rows) + unreadable,
        by_code=dict(by_code),
        currencies=dict(currencies),
        naive=total("naive"),
        naive_clock=total("naive_clock"),
        midnights=total("midnights"),
        first=min((row["first"] for row in usable), default=None),
        last=max((row["last"] for row in usable), default=None),
        columns=frozenset(columns),
        unattributed=total("unattributed"),
        undone=total("undone"),
        unreadable=unreadable,
    )


def code_of(staged: ir.Table, seen: Facts) -> ir.IntegerValue:
    """The code, after what only all rows together tell: a currency is missing only if others have one."""
    if not seen.has_currency:
        return staged.code
    missing = staged.code.isin([SOLD, RETURNED]) & staged.currency.isnull()
    return missing.ifelse(CURRENCY_MISSING, staged.code)


def stop_if_bad(
    engine: Engine,
    seen: Facts,
    staged: ir.Table,
    unreadable: pa.Table,
    files: Mapping[int, str],
    how: Reading,
) -> None:
    """Raises `InputError` where nothing was read or more than `how.max_bad` of the rows are bad."""
    if not seen.rows:
        raise InputError(
            Mistake("the orders have no rows", ", ".join(files.values()), "one row a line of an order",
                    "column names only", "export the orders again")
        )  # fmt: skip
    bad = Counter({RULES[code].reason: n for code, n in seen.by_code.items() if checking.is_bad(code)})
    bad.update({"the line is no row of the table": seen.unreadable} if seen.unreadable else {})
    if sum(bad.values()) <= how.max_bad * seen.rows:
        return
    examples = _examples(engine, seen, staged, unreadable, files)
    raise InputError(
        Mistake(
            f"{sum(bad.values()):,} of {seen.rows:,} rows cannot be used",
            "the table orders",
            f"at most {how.max_bad:.2%}",
            "; ".join(f"{reason} ({n:,})" for reason, n in bad.most_common(5))
            + "; for example "
            + "; ".join(map(_shown, examples)),
            _way_out(examples, unreadable, how),
        )
    )


def _examples(
    engine: Engine, seen: Facts, staged: ir.Table, unreadable: pa.Table, files: Mapping[int, str]
) -> list[dict[str, Any]]:
    """Three bad rows as in `QUARANTINE`; of a line that is no row `column` is empty."""
    judged = staged.mutate(code=code_of(staged, seen))
    bad = judged.filter(judged.code.between(10, 39)).order_by("line_key").limit(3)
    rows = engine.fetch(checking.named(bad, files, first_rows(engine, staged, files))).to_pylist()
    rows += [{**row, "column": "", "value": row["text"]} for row in unreadable.slice(0, 3).to_pylist()]
    return rows[:3]


def _shown(row: Mapping[str, Any]) -> str:
    if not row["column"]:
        return f"{row['file']} line {row['line']}: {row['reason']}: {str(row['value'])[:60]!r}"
    value = "empty" if row["value"] is None else f"{str(row['value'])[:60]!r}"
    return f"{row['file']} row {row['line']} below the column names: {row['column']} is {value}"


def _way_out(examples: Sequence[Mapping[str, Any]], unreadable: pa.Table, how: Reading) -> str:
    """What to do, as far as the bad values themselves tell."""
    if any("encoding" in reason for reason in unreadable["reason"].to_pylist()):
        return f"the file is not in {how.encoding}: name its encoding with --encoding or save it as UTF-8"
    tips = []
    values = [(row["column"], str(row["value"] or "")) for row in examples]
    if any(column == "ordered_at" and re.search(r"\d", value) and "that we can read" in row["reason"]
           for row, (column, value) in zip(examples, values, strict=True)):  # fmt: skip
        tips.append(
            "say how the dates are written with --time-format, such as '%d.%m.%Y' or '%m/%d/%Y %H:%M'"
        )
    decimal, other = ("comma", ",") if how.decimal == numbers.POINT else ("point", ".")
    if any(re.search(rf"\d[{other}]\d+$", value) for column, value in values if column in FIGURES):
        tips.append(f"if numbers have a {decimal} before their decimals, add --decimal {decimal}")
    return "; ".join(
        [*tips, "mend the export, name the columns with --map, or raise --max-bad to go on without them"]
    )


def first_rows(engine: Engine, staged: ir.Table, files: Mapping[int, str]) -> dict[int, int]:
    """The number of the first row of each file."""
    if len(files) == 1:
        return {next(iter(files)): 0}
    firsts = engine.fetch(staged.group_by("file_no").aggregate(first=staged.line_key.min())).to_pylist()
    return {row["file_no"]: row["first"] for row in firsts}


@dataclass(frozen=True)
class Unused:
    """The rows that were read and not used, with their numbers."""

    quarantine: ir.Table
    set_aside: ir.Table
    quarantined: int
    aside: Mapping[str, int]


def unused(
    engine: Engine, staged: ir.Table, seen: Facts, made: Made, files: Mapping[int, str], unreadable: pa.Table,
    bad_beside: Sequence[ir.Table],
) -> Unused:  # fmt: skip
    """The quarantine and what was set aside, kept as tables."""
    judged = made.judged
    first = first_rows(engine, staged, files)
    lost = engine.hold(
        pa.table({
            "table": pa.array(["orders"] * unreadable.num_rows, pa.string()),
            "file": unreadable["file"], "line": unreadable["line"],
            "order_id": pa.nulls(unreadable.num_rows, pa.string()),
            "column": pa.nulls(unreadable.num_rows, pa.string()),
            "value": unreadable["text"], "reason": unreadable["reason"],
        }), "unreadable",
    )  # fmt: skip
    bad = checking.named(judged.filter(judged.code.between(10, 39)), files, first)
    parts = [part.cast(dict(QUARANTINE)) for part in (bad, lost, *bad_beside)]
    quarantine = engine.keep(ibis.union(*parts), "quarantine")
    aside = engine.keep(checking.named(judged.filter(judged.code >= 40), files, first), "set_aside")
    reasons = engine.fetch(aside.group_by("reason").aggregate(n=aside.count())).to_pylist()
    total = engine.fetch(quarantine.aggregate(n=quarantine.count())).to_pylist()[0]["n"]
    return Unused(quarantine, aside, total, {row["reason"]: row["n"] for row in reasons})


def counts(engine: Engine, seen: Facts, made: Made, without: Unused) -> dict[str, int]:
    """The counts of `Orders`: rows, but for `customers`."""
    aside = sum(without.aside.values())
    return {
        "read": seen.rows,
        "usable": made.counts["lines"] + made.counts["returned_rows"],
        "quarantined": without.quarantined,
        "set_aside": aside,
        "replaced": seen.by_code.get(checking.REPLACED, 0),
        "unattributed": seen.unattributed,
        **made.counts,
        **{f"set aside: {reason}": n for reason, n in sorted(without.aside.items())},
    }
