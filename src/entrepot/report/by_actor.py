"""A run's large tables once more, sorted by actor, so that the rows of one among a million are found at once.

They stand in the run's folder, beside what they were made of: what erases a person or purges the run goes through
them too. Nothing needs them; without them the tables themselves are searched, which takes seconds in a large run.
"""

from __future__ import annotations

import shutil
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from entrepot.engines import Engine

FOLDER = "by_actor"
ROWS_A_GROUP, MOST_ONE_BY_ONE = 4_096, 50  # small groups: one actor costs the decoding of a whole one
LAST = "\U0010ffff"  # no id comes after it
AS_THEY_ARE = ("findings", "signals", "evidence", "purchases_monthly", "ring_members", "actors")
LINE = ("customer_id", "ordered_on", "product_id", "channel", "quantity_net", "revenue_net")


def write(run: Path, engine: Engine) -> Path | None:
    """Write the sorted tables into the run's folder, whole or not at all; None where it has no table of actors."""
    there, unfinished = run / FOLDER, run / f".{FOLDER}.unfinished"
    if there.is_dir() or not (run / "actors.parquet").is_file():
        return there if there.is_dir() else None
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir()
    for name, table in _tables(run, engine).items():
        path = unfinished / f"{name}.parquet"
        engine.write_parquet(table.order_by("actor_id"), path, rows_a_group=ROWS_A_GROUP)
    unfinished.rename(there)
    return there


def rows(
    run: Path, name: str, actors: Collection[str], columns: Sequence[str] | None = None
) -> pa.Table | None:
    """The rows of `actors` in the sorted table `name`; None where the run has no such sorted table."""
    path = run / FOLDER / f"{name}.parquet"
    if not path.is_file():
        return None
    wanted = pa.array(sorted(actors), pa.string())
    if len(wanted) > MOST_ONE_BY_ONE:
        only = None if columns is None else list(columns)
        return pq.read_table(path, columns=only, filters=pc.field("actor_id").isin(wanted))
    known = _metadata(path, path.stat().st_mtime_ns)
    ids = wanted.to_pylist()
    groups = [n for n, (least, most) in enumerate(known.spans) if any(least <= a <= most for a in ids)]
    also = None if columns is None else sorted({*columns, "actor_id"})
    with pq.ParquetFile(path, metadata=known.metadata) as file:
        found = file.read_row_groups(groups, columns=also, use_threads=False)  # quicker for so few rows
    found = found.filter(pc.is_in(found["actor_id"], wanted))
    return found if columns is None else found.select(list(columns))


@dataclass(frozen=True)
class _Known:
    """Of a sorted file its metadata, and the first and last actor of each group of rows."""

    metadata: pq.FileMetaData
    spans: Sequence[tuple[str, str]]


@lru_cache(maxsize=64)
def _metadata(path: Path, changed_at: int) -> _Known:
    metadata = pq.read_metadata(path)
    column = metadata.schema.names.index("actor_id")
    spans = []
    for n in range(metadata.num_row_groups):
        said = metadata.row_group(n).column(column).statistics
        spans.append((said.min, said.max) if said is not None and said.has_min_max else ("", LAST))
    return _Known(metadata, spans)


def _tables(run: Path, engine: Engine) -> dict[str, ir.Table]:
    names = [name for name in (*AS_THEY_ARE, "lines", "links") if (run / f"{name}.parquet").is_file()]
    tables = {name: engine.read_parquet([str(run / f"{name}.parquet")]).drop("file") for name in names}
    who = tables["actors"].select("customer_id", "actor_id")
    if "lines" in tables:
        lines = tables["lines"].select(*(n for n in LINE if n in tables["lines"].columns))
        tables["lines"] = lines.inner_join(who, "customer_id")
    if "links" in tables:
        tables["links"] = _links(tables["links"], who)
    return tables


def _links(links: ir.Table, who: ir.Table) -> ir.Table:
    """One row a link and actor at one of its ends, with `actor_a` and `actor_b`; links to nobody who bought are out."""
    a = who.rename(customer_a="customer_id", actor_a="actor_id")
    b = who.rename(customer_b="customer_id", actor_b="actor_id")
    both = links.inner_join(a, "customer_a").inner_join(b, "customer_b")
    of_a = both.mutate(actor_id=both.actor_a)
    of_b = both.filter(both.actor_a != both.actor_b).mutate(actor_id=lambda row: row.actor_b)
    return of_a.union(of_b)
