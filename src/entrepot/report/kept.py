"""What a run says of some of its actors, as plain rows that can be kept as JSON and shown later.

The web app keeps them for whoever is listed and reads them anew for everybody else. Records are numbered within
their actor, in the order of their customer ids, so that nothing kept holds a customer id. Other actors to whom a
link leads are named by actor id; who they are is not read.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from entrepot.report import by_actor
from entrepot.report.by_actor import LINE
from entrepot.report.linked import links_at, numbered
from entrepot.report.reading import Row, RunFolder
from entrepot.run import plain

MOST_PRODUCTS = 12

Told = dict[str, Any]
"""One actor: `evidence, signals, months, products, channels, records, members, links, others, first_on`."""


def told_of(run: RunFolder, rows: Sequence[Row]) -> dict[str, Told]:
    """What `run` says of the actors of `rows` (of findings.parquet), keyed by actor id."""
    wanted = {row["actor_id"]: row for row in rows}
    by_table = {
        name: _grouped(run, name, wanted) for name in ("evidence", "signals", "ring_members", "actors")
    }
    own = {r["customer_id"]: a for a, records in by_table["actors"].items() for r in records}
    listed = [actor for actor, row in wanted.items() if row.get("flagged")]
    months, bought = _grouped(run, "purchases_monthly", listed), Bought.read(run, own)
    links = links_at(run, own)
    return {
        actor: plain(
            {
                "first_on": row.get("first_on"),
                "evidence": _evidence(by_table["evidence"][actor]),
                "signals": _picked(by_table["signals"][actor], ("signal", "log10_e")),
                "months": sorted(months[actor] or bought.months[actor], key=lambda row: str(row["month"])),
                "products": _beyond(bought.products[actor], row)[:MOST_PRODUCTS],
                "of_products": len(bought.products[actor]),
                "channels": _beyond(bought.channels[actor], row),
                "members": _picked(by_table["ring_members"][actor], ("person_id", "role", "units")),
                **numbered(by_table["actors"][actor], links.get(actor, ())),
            }
        )
        for actor, row in wanted.items()
    }  # fmt: skip


def _grouped(run: RunFolder, name: str, actors: Mapping[str, Any] | Sequence[str]) -> dict[str, list[Row]]:
    """The rows of a table by actor; none of any where the run has no such table."""
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in (run.table(name, actors=set(actors)) if actors else None) or ():
        groups[row["actor_id"]].append(row)
    return groups


def _picked(rows: Sequence[Row], names: Sequence[str]) -> list[Told]:
    """Some columns of `rows`, in the order of the first of them."""
    return sorted(
        ({name: row.get(name) for name in names} for row in rows), key=lambda row: str(row[names[0]])
    )


def _evidence(rows: Sequence[Row]) -> list[Told]:
    ordered = sorted(rows, key=lambda row: row.get("place") or 0)
    names = ("stance", "sentence", "explanation", "for_text", "against_text")
    return [{name: row[name] for name in names if row.get(name)} for row in ordered]


class Bought:
    """What some actors bought, added up: `products`, `channels` and `months` by actor, the largest first."""

    def __init__(self, lines: pa.Table | None) -> None:
        self.products = _sums(lines, "product_id")
        self.channels = _sums(lines, "channel")
        self.months = {} if lines is None else _sums(lines.append_column("month", _months(lines)), "month")
        for table in (self.products, self.channels):
            for rows in table.values():
                rows.sort(key=lambda row: (-row["units"], str(row["value"])))
        self.months = defaultdict(list, {a: _as_months(rows) for a, rows in self.months.items()})

    @classmethod
    def read(cls, run: RunFolder, own: Mapping[str, str]) -> Bought:
        """What the customers of `own` (customer id → actor id) bought, from lines.parquet."""
        customers = pa.array(sorted(own), pa.string())
        lines = by_actor.rows(run.folder, "lines", set(own.values()), LINE) if own else None
        path = run.folder / "lines.parquet"
        if lines is None and own and path.is_file():
            wanted = pc.field("customer_id").isin(customers)
            lines = pq.read_table(path, columns=list(LINE), filters=wanted)
        if lines is None:
            return cls(None)
        lines = lines.filter(pc.is_in(lines["customer_id"], customers))
        places = pc.index_in(lines["customer_id"], customers)
        actors = pa.array([own[c] for c in customers.to_pylist()], pa.string()).take(places.combine_chunks())
        money = lines["revenue_net"].cast(pa.float64())
        return cls(
            lines.drop_columns(["customer_id", "revenue_net"])
            .append_column("actor", actors)
            .append_column("revenue", money)
        )


def _months(lines: pa.Table) -> pa.ChunkedArray:
    return pc.floor_temporal(lines["ordered_on"], unit="month")


def _as_months(rows: Sequence[Row]) -> list[Told]:
    ordered = sorted(rows, key=lambda row: row["value"])
    return [{"month": row["value"], "units": row["units"], "revenue": row["revenue"]} for row in ordered]


def _sums(lines: pa.Table | None, by: str) -> dict[str, list[Told]]:
    """Rows `value, units, revenue, first_on, last_on` by actor."""
    groups: dict[str, list[Told]] = defaultdict(list)
    if lines is None:
        return groups
    wanted = [("quantity_net", "sum"), ("revenue", "sum"), ("ordered_on", "min"), ("ordered_on", "max")]
    names = ("quantity_net_sum", "revenue_sum", "ordered_on_min", "ordered_on_max")
    for row in lines.group_by(["actor", by]).aggregate(wanted).to_pylist():
        if row[by] is not None:
            units, revenue, first, last = (row[name] for name in names)
            added = {"value": row[by], "units": units or 0.0, "revenue": revenue or 0.0}
            groups[row["actor"]].append({**added, "first_on": first, "last_on": last})
    return groups


def _beyond(rows: Sequence[Told], finding: Row) -> list[Told]:
    """`rows` with `excess_units` and its ends: the actor's own part beyond personal use, as exposure.parquet has it."""
    whole = max(float(finding.get("units") or 0.0), 1e-9)
    ends = {name: min(1.0, (finding.get(name) or 0.0) / whole) for name in
            ("excess_units", "excess_units_low", "excess_units_high")}  # fmt: skip
    return [{**row, **{name: row["units"] * part for name, part in ends.items()}} for row in rows]
