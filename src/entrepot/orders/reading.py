"""From files to `Orders`: the way of a row through the room.

find → open → map → stage (typed, judged, numbered; one pass over the files) → facts (one small aggregate) →
stop or go on → times, money, returns → lines. Whatever is wrong before the rows are read is gathered and told
at once; whatever is wrong with a row is in the quarantine, with its place.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import cast

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from entrepot.engines import Engine
from entrepot.errors import InputError, Mistake
from entrepot.orders import checking, facts, identities, instants, lines, numbers, presets, side, sources
from entrepot.orders.checking import REPLACED
from entrepot.orders.tables import OPTIONAL, REQUIRED, Orders

SIDE_TABLES = ("customers", "products", "events", "offers", "labels", "rates")


@dataclass(frozen=True)
class Reading:
    """How to read; see `read` for what each means."""

    preset: presets.Preset | None = None
    mapping: Mapping[str, str] = field(default_factory=dict)
    timezone: str | None = None
    as_of: date | None = None
    today: date | None = None
    max_bad: float = 0.01
    encoding: str = "utf-8"
    decimal: str = numbers.POINT
    time_format: str | None = None
    anonymous: tuple[str, ...] = ()
    placeholder_share: float = 0.5


@dataclass(frozen=True)
class Opened:
    """A table opened but not read: `file_names` by file_no, `deliveries` by file_no, its CSV `parts`."""

    table: ir.Table
    file_names: Mapping[int, str] = field(default_factory=dict)
    deliveries: Mapping[int, int] = field(default_factory=dict)
    parts: Sequence[ir.Table] = ()


def read(
    engine: Engine,
    orders: sources.Source | None,
    *,
    customers: sources.Source | None = None,
    products: sources.Source | None = None,
    events: sources.Source | None = None,
    offers: sources.Source | None = None,
    labels: sources.Source | None = None,
    rates: sources.Source | None = None,
    preset: str | None = None,
    mapping: Mapping[str, str] | None = None,
    timezone: str | None = None,
    as_of: date | None = None,
    today: date | None = None,
    max_bad: float = 0.01,
    encoding: str = "utf-8",
    decimal: str = numbers.POINT,
    time_format: str | None = None,
    anonymous: Sequence[str] = (),
    placeholder_share: float = 0.5,
) -> Orders:
    """Read the orders and the tables beside them; contracts.md, "Tables in".

    `orders` is a CSV, CSV.gz or Parquet file, a folder, a glob or a list of them, or an Ibis table; None
    where the preset brings its own data. `mapping`: our column → theirs, over the preset's. `timezone`: of
    times that name none, and where the firm's days begin. `as_of`: later orders, returns and labels are not
    read. `today`: an order dated later than the day after is in the future, hence bad. `max_bad`: the share
    of bad rows (0–1) above which the reading stops. `decimal`: what parts the decimals of numbers, point or
    comma. `time_format`: how times are written that are not ISO 8601, such as `%d.%m.%Y %H:%M`. `anonymous`:
    values of customer_id that stand for nobody. One other customer with more than `placeholder_share` of 500
    rows or more stops the reading. `rates`: currency, rate[, on]; the currency of rate 1 is that of all money.

    Raises `InputError` with every mistake found. Nothing is dropped: what is not in `lines` is in `returns`,
    `unmatched_returns`, `quarantine` or `set_aside`.
    """
    given = {
        "customers": customers,
        "products": products,
        "events": events,
        "offers": offers,
        "labels": labels,
        "rates": rates,
    }
    how, opened, hashing = _open_all(
        engine, orders, {name: source for name, source in given.items() if source is not None}, preset,
        Reading(mapping=dict(mapping or {}), timezone=timezone, as_of=as_of, today=today, max_bad=max_bad,
                encoding=encoding, decimal=decimal, time_format=time_format,
                anonymous=tuple(anonymous), placeholder_share=placeholder_share),
    )  # fmt: skip
    tables, bad_beside = _read_beside(engine, opened, how)
    return _read_orders(engine, opened["orders"], tables, bad_beside, how, hashing)


def _open_all(
    engine: Engine,
    orders: sources.Source | None,
    given: Mapping[str, sources.Source],
    preset: str | None,
    how: Reading,
) -> tuple[Reading, dict[str, Opened], sources.Hashing]:
    """Everything that can be wrong before a row is read, gathered."""
    hashing = sources.Hashing()
    found: dict[str, presets.Preset] = {}
    sources.gather(
        lambda: found.update({preset: presets.find(preset)} if preset else {}),
        lambda: instants.check_zone(how.timezone),
        lambda: instants.check_format(how.time_format),
        lambda: _check_mapping(how.mapping),
    )
    known = found.get(preset or "")
    written = how.time_format or (known.time_format if known else None)
    how = Reading(**{**vars(how), "preset": known, "time_format": written})
    wanted: dict[str, sources.Source] = dict(given)
    if orders is None or (known and orders == known.name):
        wanted = {**(known.data() if known else {}), **given}
        if "orders" not in wanted:
            raise InputError(
                Mistake("no orders were given", expected="a file, folder, glob or table of orders")
            )
    else:
        wanted["orders"] = orders
    tables = sources.gather(
        *[lambda n=name, s=source: _open(engine, n, s, how, hashing) for name, source in wanted.items()]
    )
    return how, dict(zip(wanted, tables, strict=True)), hashing


def _check_mapping(mapping: Mapping[str, str]) -> None:
    known = (*REQUIRED["orders"], *OPTIONAL["orders"])
    unknown = [name for name in mapping if name not in known]
    if unknown:
        raise InputError(
            Mistake(
                "--map names a column that we do not know",
                expected="ours=theirs, ours one of " + ", ".join(known),
                got=", ".join(unknown),
                do="put our name before the =, theirs after it",
            )
        )


def _open(
    engine: Engine, name: str, source: sources.Source, how: Reading, hashing: sources.Hashing
) -> Opened:
    given = sources.as_table(engine, name, source)
    if given is not None:
        opened = Opened(given.mutate(file_no=ibis.literal(0, "int64")), {0: "table"}, {0: 0})
    else:
        files = sources.find(name, cast("str | Path | Sequence[str | Path]", source))
        table, read_as, parts = sources.open_table(engine, files, how.encoding)
        hashing.add(files)
        names = [str(path) for path in files.paths]
        numbers = ibis.cases(*[(table.file == path, n) for n, path in enumerate(read_as)], else_=0)
        opened = Opened(
            table.mutate(file_no=numbers.cast("int64") if len(names) > 1 else ibis.literal(0, "int64")),
            dict(enumerate(names)), dict(enumerate(files.deliveries)), parts,
        )  # fmt: skip
    return Opened(_mapped(name, opened.table, how), opened.file_names, opened.deliveries, opened.parts)


def _mapped(name: str, table: ir.Table, how: Reading) -> ir.Table:
    """`table` with our names, and whatever else it has; required columns may still be missing."""
    missing = [their for their in how.mapping.values() if name == "orders" and their not in table.columns]
    if missing:
        raise InputError(
            Mistake("--map names a column that is not there", f"the table {name}", ", ".join(missing),
                    "the columns " + side.theirs(table.columns), "check the spelling")
        )  # fmt: skip
    ours = _ours(name, table, how)
    _stop_if_twice(name, ours, table, how)
    taken = {our.lower() for our in ours}
    others = [column for column in table.columns if column.lower() not in taken]
    renamed = table.select(*others, **{our: table[their] for our, their in ours.items()})
    derive = how.preset.derive_side.get(name) if how.preset else None
    made = derive(renamed) if derive else renamed
    if not (name == "orders" and how.preset and how.preset.derive is not presets.unchanged):
        side.stop_if_columns_missing(name, made.columns)
    return made


def _stop_if_twice(name: str, ours: Mapping[str, str], table: ir.Table, how: Reading) -> None:
    """Raises `InputError` where a column that is read stands twice in the table, and nobody said which is meant."""
    there = {column.lower() for column in table.columns}
    again = {
        our: twin.group()
        for our, their in ours.items()
        if our not in how.mapping
        for column in there
        if (twin := re.fullmatch(re.escape(their.lower()) + r" \(\d+\)", column))
    }
    if again:
        raise InputError(*[
            Mistake("a column stands twice", f"the table {name}", f"one column {ours[our]}",
                    f"{ours[our]} and another of that name, which we call '{twin}'",
                    f"take one out, or say which with --map {our}='{ours[our]}'" if name == "orders"
                    else "take one out")
            for our, twin in again.items()
        ])  # fmt: skip


def _ours(name: str, table: ir.Table, how: Reading) -> dict[str, str]:
    """Our column → theirs: as mapped, else the same name in any case (engines tell no case)."""
    mapped = {our: their for our, their in _names(name, how).items() if their in table.columns}
    known = {our.lower(): our for our in (*REQUIRED[name], *OPTIONAL[name]) if our not in mapped}
    same = {known[c.lower()]: c for c in table.columns if c.lower() in known}
    return {**same, **mapped}


def _names(name: str, how: Reading) -> dict[str, str]:
    if name != "orders":
        return dict(how.preset.side.get(name, {})) if how.preset else {}
    return {**(how.preset.columns if how.preset else {}), **how.mapping}


def _read_beside(
    engine: Engine, opened: Mapping[str, Opened], how: Reading
) -> tuple[dict[str, ir.Table], list[ir.Table]]:
    """The tables beside the orders, kept; and their bad rows."""
    names = [name for name in SIDE_TABLES if name in opened]
    pairs = sources.gather(
        *[lambda n=name: side.read_side(n, opened[n].table, how.decimal) for name in names]
    )
    kept_bad = [engine.keep(bad, "bad") for _, bad in pairs]
    tables = {name: engine.keep(good, name) for name, (good, _) in zip(names, pairs, strict=True)}
    sources.gather(
        *[
            lambda n=name, b=bad: side.stop_if_bad(engine, n, tables[n], b, how.max_bad)
            for name, bad in zip(names, kept_bad, strict=True)
        ]
    )
    if "labels" in tables:
        tables["labels"] = side.read_up_to(tables["labels"], how.as_of)
    return tables, kept_bad


def _read_orders(
    engine: Engine,
    opened: Opened,
    beside: Mapping[str, ir.Table],
    bad_beside: Sequence[ir.Table],
    how: Reading,
    hashing: sources.Hashing,
) -> Orders:
    raw = _derived(opened.table, beside, how.preset)
    side.stop_if_columns_missing("orders", raw.columns)
    staged = _staged(engine, raw, opened, how)
    unreadable = _unreadable(engine, opened)
    seen = facts.gather(engine, staged, unreadable.num_rows)
    facts.stop_if_bad(engine, seen, staged, unreadable, opened.file_names, how)
    made = lines.make(engine, staged, seen, beside, how)
    unused = facts.unused(engine, staged, seen, made, opened.file_names, unreadable, bad_beside)
    return Orders(
        lines=made.lines,
        returns=made.returns,
        identities=identities.identities(engine, made.usable, seen.columns, beside.get("customers")),
        quarantine=unused.quarantine,
        unmatched_returns=made.unmatched,
        columns=seen.columns,
        counts=facts.counts(engine, seen, made, unused),
        currency=made.currency,
        customers=beside.get("customers"),
        products=beside.get("products", made.products),
        events=beside.get("events"),
        offers=beside.get("offers"),
        labels=beside.get("labels"),
        inputs=hashing.rows(),
        set_aside=unused.set_aside,
        notes=made.notes,
        timezone=made.timezone,
        rows=made.usable,
        seen=seen,
    )


def _derived(orders: ir.Table, beside: Mapping[str, ir.Table], preset: presets.Preset | None) -> ir.Table:
    """The orders as the preset completes them."""
    if preset is None:
        return orders
    if preset.product_name and preset.product_name in orders.columns:
        orders = orders.mutate(product_name=orders[preset.product_name])
    return _order_wide(preset.derive(orders, beside), preset.order_wide)


def _order_wide(orders: ir.Table, names: tuple[str, ...]) -> ir.Table:
    """Columns that stand on an order's first line only, on all of its lines."""
    names = tuple(name for name in names if name in orders.columns)
    if not names:
        return orders
    filled = {f"{name} of order": checking.text(orders[name]).max() for name in names}
    once = orders.group_by("order_id").aggregate(**filled)
    joined = orders.drop(*names).left_join(once, "order_id").drop("order_id_right")
    return joined.rename({name: f"{name} of order" for name in names})


def _staged(engine: Engine, raw: ir.Table, opened: Opened, how: Reading) -> ir.Table:
    """The one pass over the files; rows of replaced deliveries are marked."""
    rows = checking.stage(
        raw,
        time_format=how.time_format,
        today=how.today,
        anonymous=how.anonymous,
        decimal=how.decimal,
    )
    try:
        staged = engine.keep_numbered(rows, "line_key", "stage")
    except Exception as error:
        raise InputError(_unread(error, how)) from error
    return _without_replaced(engine, checking.with_all_columns(staged), opened.deliveries)


def _unread(error: Exception, how: Reading) -> Mistake:
    got = str(error).split("\n")[0][:300]
    if "unicode" in str(error) or "utf-8" in str(error):
        return sources.wrong_encoding("orders", got, how.encoding)
    file = re.search(r"file = (.+)", str(error))
    where = file.group(1) if file else "the table orders"
    if "state machine" in str(error):
        return Mistake("a CSV file breaks its own rules", where, "one kind of line ending, quotes in pairs", got,
                       "save it again with one kind of line ending and every quote closed")  # fmt: skip
    return Mistake("the orders cannot be read", where, "whole files", got, "copy or export them again")


def _without_replaced(engine: Engine, staged: ir.Table, deliveries: Mapping[int, int]) -> ir.Table:
    """Of an order that was delivered again, the earlier lines get the code `REPLACED`."""
    if len(set(deliveries.values())) < 2:
        return staged
    delivery = ibis.cases(*[(staged.file_no == f, d) for f, d in deliveries.items()], else_=0)
    dated = staged.mutate(delivery=delivery)
    spans = dated.group_by("order_id").aggregate(first=dated.delivery.min(), last=dated.delivery.max())
    again = engine.keep(spans.filter(spans.last > spans.first).select(again="order_id", last="last"), "again")
    joined = dated.left_join(again, dated.order_id == again.again)
    code = (joined.delivery < joined.last).fill_null(False).ifelse(REPLACED, joined.code)
    return joined.mutate(code=code.cast("int16")).drop("delivery", "again", "last")


def _unreadable(engine: Engine, opened: Opened) -> pa.Table:
    """Lines of CSV files that were no rows: file, line, reason, text."""
    empty = {"file": pa.string(), "line": pa.int64(), "reason": pa.string(), "text": pa.string()}
    tables = [engine.unreadable(part).cast(pa.schema(empty)) for part in opened.parts]
    return pa.concat_tables(tables) if tables else pa.schema(empty).empty_table()
