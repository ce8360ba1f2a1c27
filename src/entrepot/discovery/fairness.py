"""Whether ordinary customers of one group are listed more often than those of another who buy as much.

Errors are compared, not people: the groups are read here and nowhere else, after the list is made, and only where a
legal basis was entered. "Equal purchases" means strata of units bought (deciles, and finer at the top, where lists
are), each group brought to the strata of all (direct standardisation). The list errs by actor, so shares are of
actors with a customer in the group: a ring of ninety is one error, not ninety. Whether a listed actor is ordinary
is not known, so declared businesses and those confirmed by a review are left out, and the random audit sample
stands beside. Groups of fewer than 100 customers are merged, and not shown if they are fewer together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from entrepot.actors.tables import Actors
from entrepot.discovery.learning import effective_number
from entrepot.discovery.personal_use import Array
from entrepot.engines import Engine
from entrepot.errors import InputError, Mistake
from entrepot.orders import sources
from entrepot.orders.checking import text

FEWEST = 100  # customers in a group
SMALLER = "smaller groups"
EDGES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)
Cell: TypeAlias = Mapping[str, Any]
OFF = "off: no legal basis entered"
Z_95 = 1.959963984540054
TABLE = pa.schema(
    [
        ("group", pa.string()),
        ("customers", pa.int64()),  # ordinary, as far as is known
        ("customers_listed", pa.int64()),
        ("actors", pa.int64()),
        ("listed", pa.int64()),  # of the actors
        ("listed_share", pa.float64()),
        ("listed_share_low", pa.float64()),
        ("listed_share_high", pa.float64()),
        ("equal_purchases_share", pa.float64()),  # listed, if the group bought as much as all do
        ("equal_purchases_share_low", pa.float64()),
        ("equal_purchases_share_high", pa.float64()),
        ("gap", pa.float64()),  # the above, less the share of all who buy as much
        ("audited", pa.int64()),  # drawn at random and found to be ordinary
        ("audited_listed", pa.int64()),
        ("audited_share", pa.float64()),
        ("audited_share_low", pa.float64()),
        ("audited_share_high", pa.float64()),
    ]
)
"""The columns of `fairness.parquet`, one row a group; shares 0–1 with intervals of 95 %."""


@dataclass(frozen=True)
class Compared:
    """`tables` to write (`fairness` as `TABLE`; none: off), and what `run.json` says."""

    tables: Mapping[str, ir.Table]
    notes: Mapping[str, Any] | str


def read_groups(
    engine: Engine, customers: Any, *, basis: str | None, column: str | None, encoding: str = "utf-8"
) -> ir.Table | None:
    """`customer_id, group` from `column` of the table of customers (a path, a pattern, or an Ibis table).

    None where neither a legal `basis` nor a column is given. Raises `InputError` where only one of them is, or
    where there is no such table or column.
    """
    if basis is None and column is None:
        return None
    if not basis or not column or customers is None:
        raise InputError(
            Mistake(
                "groups are compared only with a legal basis, a column, and a table of customers",
                expected="--fairness-basis, --fairness-group and --customers together",
                got=f"basis {basis!r}, column {column!r}, customers {customers!r}",
                do="give all three, or leave --fairness-basis and --fairness-group out",
            )
        )
    table = sources.as_table(engine, "customers", customers)
    if table is None:
        table = sources.open_table(engine, sources.find("customers", customers), encoding)[0]
    missing = [name for name in ("customer_id", column) if name not in table.columns]
    if missing:
        raise InputError(
            Mistake(
                "the fairness page needs a column that is not there",
                "the table customers",
                ", ".join(missing),
                "the columns " + ", ".join(table.columns),
                "name a column of the table with --fairness-group",
            )
        )
    row = table.select(customer_id=text(table.customer_id), group=text(table[column]))
    return engine.keep(row.group_by("customer_id").agg(group=row.group.min()), "groups")


def compare(
    engine: Engine,
    findings: ir.Table,
    actors: Actors,
    verdicts: ir.Table | None,
    groups: ir.Table | None,
    settings: Any,
) -> Compared:
    """Compare the groups (`customer_id, group`) on the list of `findings`, if there is a `settings.fairness_basis`.

    `verdicts` (`actor_id, verdict, because, chance`) are the reviews; a gap above `settings.fairness_bound` (0–1)
    is named in the notes.
    """
    if groups is None or not settings.fairness_basis:
        return Compared({}, OFF)
    row = _ordinary(engine, findings, actors, verdicts, groups)
    names = _names(engine, row)
    cells = _cells(engine, row, names)
    audited = _audited(engine, row, names, verdicts)
    rows = _rows(cells, audited)
    table = engine.hold(pa.Table.from_pylist(rows, schema=TABLE), "fairness")
    return Compared({"fairness": table}, _notes(rows, settings))


def _rows(cells: Sequence[Cell], audited: Mapping[str, Sequence[tuple[bool, float]]]) -> list[dict[str, Any]]:
    """One row a group that may be shown; what all do in a stratum includes those that may not."""
    whole = _of_all(cells)
    shown = sorted({cell["group"] for cell in cells if cell["group"] is not None})
    return [_row(g, [c for c in cells if c["group"] == g], whole, audited.get(g, [])) for g in shown]


def _notes(rows: Sequence[Cell], settings: Any) -> dict[str, Any]:
    beyond = [each["group"] for each in rows if abs(each["gap"]) > settings.fairness_bound]
    return {
        "basis": settings.fairness_basis,
        "bound_0_1": settings.fairness_bound,
        "groups": len(rows),
        "largest_gap_0_1": max((abs(each["gap"]) for each in rows), default=0.0),
        "gap_beyond_bound": bool(beyond),
        "groups_beyond_bound": beyond,
    }


def _ordinary(
    engine: Engine, findings: ir.Table, actors: Actors, verdicts: ir.Table | None, groups: ir.Table
) -> ir.Table:
    """Those who may be ordinary, one row a group and actor: `group, actor_id, customers, units, flagged`."""
    known = findings.filter(findings.declared == "no").select("actor_id", "units", "flagged")
    if verdicts is not None:
        known = known.anti_join(verdicts.filter(verdicts.verdict == "confirmed"), "actor_id")
    row = actors.actors.select("customer_id", "actor_id").join(known, "actor_id")
    theirs = groups.select(of_customer="customer_id", group="group")
    row = row.left_join(theirs, row.customer_id == theirs.of_customer)
    row = row.mutate(group=row.group.fill_null("not stated"))
    each = row.group_by("group", "actor_id").agg(
        customers=row.count(), units=row.units.max(), flagged=row.flagged.max()
    )
    return engine.keep(each, "ordinary")


def _names(engine: Engine, row: ir.Table) -> ir.Table:
    """`own_name, group`: what each group is called on the page, the small ones all alike; too few, null."""
    sizes = engine.fetch(row.group_by("group").agg(n=row.customers.sum()).order_by("group")).to_pylist()
    merged = sum(size["n"] for size in sizes if size["n"] < FEWEST)
    small = SMALLER if merged >= FEWEST else None
    names = {size["group"]: size["group"] if size["n"] >= FEWEST else small for size in sizes}
    return engine.hold(
        pa.table(
            {
                "own_name": pa.array(list(names), pa.string()),
                "group": pa.array(list(names.values()), pa.string()),
            }
        ),
        "group_names",
    )


def _cells(engine: Engine, row: ir.Table, names: ir.Table) -> list[dict[str, Any]]:
    """How many are listed, one row a group and stratum of units: `customers, customers_listed, actors, listed`."""
    cuts = engine.fetch(row.aggregate(**{f"at_{n}": row.units.quantile(e) for n, e in enumerate(EDGES)}))
    edges = [cuts[f"at_{n}"][0].as_py() for n in range(len(EDGES))]
    above = [(row.units > edge).cast("int64") for edge in edges if edge is not None]
    row = row.mutate(stratum=sum(above, ibis.literal(0)), own_name=row.group).drop("group")
    row = row.join(names, "own_name")
    cells = row.group_by("group", "stratum").agg(
        customers=row.customers.sum(),
        customers_listed=row.customers.sum(where=row.flagged).fill_null(0),
        actors=row.count(),
        listed=row.flagged.sum(),
    )
    found: list[dict[str, Any]] = engine.fetch(cells.order_by("group", "stratum")).to_pylist()
    return found


def _of_all(cells: Sequence[Cell]) -> dict[int, Cell]:
    """The cells of all groups together, by stratum."""
    strata = {cell["stratum"] for cell in cells}
    return {
        stratum: {"stratum": stratum}
        | {name: sum(c[name] for c in cells if c["stratum"] == stratum) for name in ("actors", "listed")}
        for stratum in strata
    }


def _audited(
    engine: Engine, row: ir.Table, names: ir.Table, verdicts: ir.Table | None
) -> dict[str, list[tuple[bool, float]]]:
    """Of each group the actors that were drawn at random and found to be ordinary: listed or not, and weight."""
    if verdicts is None:
        return {}
    drawn = verdicts.filter(
        (verdicts.because == "random") & (verdicts.verdict == "rejected") & (verdicts.chance > 0)
    )
    met = row.join(drawn.select("actor_id", "chance"), "actor_id").rename(own_name="group")
    rows = engine.fetch(met.join(names, "own_name").select("group", "flagged", "chance")).to_pylist()
    found: dict[str, list[tuple[bool, float]]] = {}
    for each in rows:
        found.setdefault(each["group"], []).append((each["flagged"], 1 / each["chance"]))
    return found


def _row(
    group: str,
    cells: Sequence[Cell],
    whole: Mapping[int, Cell],
    audited: Sequence[tuple[bool, float]],
) -> dict[str, Any]:
    names = ("customers", "customers_listed", "actors", "listed")
    counts = {name: sum(cell[name] for cell in cells) for name in names}
    equal, number = standardised(cells, whole)
    of_all, _ = standardised([whole[cell["stratum"]] for cell in cells], whole)
    return {
        "group": group,
        **counts,
        **_with_interval("listed_share", counts["listed"] / counts["actors"], counts["actors"]),
        **_with_interval("equal_purchases_share", equal, number),
        "gap": equal - of_all,
        **_audited_row(audited),
    }


def _audited_row(audited: Sequence[tuple[bool, float]]) -> dict[str, Any]:
    if not audited:
        return {"audited": 0, "audited_listed": 0}
    listed, weights = (np.array(column, dtype=np.float64) for column in zip(*audited, strict=True))
    share = float(np.average(listed, weights=weights))
    counts = {"audited": len(audited), "audited_listed": int(listed.sum())}
    return counts | _with_interval("audited_share", share, effective_number(weights))


def standardised(cells: Sequence[Cell], whole: Mapping[int, Cell]) -> tuple[float, float]:
    """The share of the group that would be listed if it bought as much as all do, and the number it rests on.

    `cells`: `stratum, actors, listed` of the group; `whole`: the same of all groups, by stratum. The number is that of
    a plain sample that would be as precise.

    >>> cells = [{"stratum": 0, "actors": 90, "listed": 0}, {"stratum": 1, "actors": 10, "listed": 5}]
    >>> share, number = standardised(cells, {0: {"actors": 500}, 1: {"actors": 500}})
    >>> share, round(number, 1)
    (0.25, 30.0)
    """
    at = np.array([whole[c["stratum"]]["actors"] for c in cells], dtype=np.float64)
    part = at / at.sum()
    actors, listed = (np.array([c[n] for c in cells], dtype=np.float64) for n in ("actors", "listed"))
    rate = listed / actors
    share = float(part @ rate)
    return share, _as_plain_sample(share, part, rate, actors)


def _as_plain_sample(share: float, part: Array, rate: Array, actors: Array) -> float:
    evenly = 1 / float((part**2 / actors).sum())
    spread = float((part**2 * rate * (1 - rate) / actors).sum())
    return min(evenly, share * (1 - share) / spread) if spread > 0 else evenly


def wilson(share: float, number: float) -> tuple[float, float]:
    """The interval of 95 % of a share (0–1) seen in `number` (Wilson 1927).

    >>> tuple(round(end, 4) for end in wilson(0.1, 50))
    (0.0435, 0.2136)
    """
    z2 = Z_95**2 / number
    middle = (share + z2 / 2) / (1 + z2)
    half = float(np.sqrt(z2 * (share * (1 - share) + z2 / 4))) / (1 + z2)
    return max(middle - half, 0.0), min(middle + half, 1.0)


def _with_interval(name: str, share: float, number: float) -> dict[str, float]:
    low, high = wilson(share, number)
    return {name: share, f"{name}_low": low, f"{name}_high": high}
