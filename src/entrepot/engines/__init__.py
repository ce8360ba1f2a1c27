"""Where the heavy work happens.

An engine reads files, keeps tables, and writes files; everything between is written once, as Ibis
expressions, and is the same on every engine. Python sees small aggregates only (`fetch`). This package is
the only place that imports an engine; the rest of the house sees the `Engine` protocol and Ibis tables.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

import ibis.expr.types as ir
import pyarrow as pa


class Engine(Protocol):
    """The contract of an engine, on one page."""

    name: str

    @property
    def scratch(self) -> Path:
        """A folder for files of this session; it is gone when the engine is closed."""
        ...

    def read_csv(
        self, paths: Sequence[str], *, columns: Sequence[str] | None = None, delimiter: str = ","
    ) -> ir.Table:
        """UTF-8 files of one header: every column as text, and `file`, the path that a row came from."""
        ...

    def unreadable(self, csv: ir.Table) -> pa.Table:
        """Lines of a table of `read_csv` that were no rows, after it was read: file, line, reason, text."""
        ...

    def read_parquet(self, paths: Sequence[str]) -> ir.Table:
        """The columns as they are stored, and `file`, the path that a row came from."""
        ...

    def hold(self, rows: pa.Table, name: str | None = None) -> ir.Table:
        """Put a small Arrow table into the engine."""
        ...

    def take(self, table: ir.Table) -> ir.Table:
        """`table` as it is where it is ours or in memory; from another database (any backend of Ibis) brought in."""
        ...

    def keep(self, table: ir.Expr, name: str | None = None) -> ir.Table:
        """Compute `table` once and keep it for this session; it spills to disk under the memory limit."""
        ...

    def view(self, table: ir.Table, name: str | None = None) -> ir.Table:
        """Give a long query a name: what is asked of it is short to write, and nothing is computed or kept."""
        ...

    def passing(self) -> AbstractContextManager[None]:
        """Forget at the end what is kept within; a calculation that is done again is prepared only once."""
        ...

    def keep_numbered(self, table: ir.Table, number: str, name: str | None = None) -> ir.Table:
        """As `keep`, with a column `number`: 0, 1, 2 … in the order of the rows in their files."""
        ...

    def drop(self, table: ir.Table) -> None:
        """Forget a kept table and free its space."""
        ...

    def fetch(self, table: ir.Expr) -> pa.Table:
        """Bring a small aggregate to Python."""
        ...

    def write_parquet(self, table: ir.Table, path: Path, *, rows_a_group: int | None = None) -> int:
        """Write one Parquet file, sorted as the table is; returns the number of rows.

        With few `rows_a_group` one finds some rows of a sorted file quickly.
        """
        ...

    def splink_api(self) -> Any:
        """The Splink database API over this engine's connection."""
        ...

    def splink_table(self, table: ir.Table) -> Any:
        """`table` as Splink wants it."""
        ...

    def from_splink(self, name: str) -> ir.Table:
        """A table that Splink made, by its physical name."""
        ...

    def capabilities(self) -> Mapping[str, object]:
        """What this engine can do and within which limits, for `run.json`."""
        ...

    def close(self) -> None:
        """Release files and connections."""
        ...
