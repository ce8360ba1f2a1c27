"""DuckDB: embedded, the default. Kept tables may outgrow memory.

`memory` bounds what the engine holds; what does not fit spills to disk beside the scratch database. Kept
tables are temporary: they live as long as the connection, and are written twice as fast for not being packed.
Insertion order is not kept (that costs memory): a table whose order matters carries a column for it.
"""

from __future__ import annotations

import gc
import itertools
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import ibis
import ibis.expr.datatypes as dt
import ibis.expr.operations as ops
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.parquet as pq
import sqlglot.expressions as sge
from ibis.backends.duckdb.converter import DuckDBPyArrowData
from ibis.backends.sql.compilers.duckdb import DuckDBCompiler

from entrepot.errors import InputError, Mistake

_UNREADABLE = {"file": pa.string(), "line": pa.uint64(), "reason": pa.string(), "text": pa.string()}


@contextmanager
def _written_fast() -> Iterator[None]:
    """Half the time of a small run goes into writing SQL: this leaves out what does not pay.

    DuckDB merges nested selects itself, and the collector would walk every expression of the run again and again.
    """
    sql, collecting = ibis.options.sql, gc.isenabled()
    fused = sql.fuse_selects
    sql.fuse_selects = False
    gc.disable()
    try:
        yield
    finally:
        sql.fuse_selects = fused
        if collecting:
            gc.enable()


_DEAR = (sge.AggFunc, sge.Distinct, sge.Group, sge.Join, sge.SetOperation, sge.Window)


def _read_again(query: sge.Query) -> None:
    """Where a query reads the same rows twice, let it: DuckDB would copy them, wide as they are, to read them once.

    What is dear to make (joined, grouped, sorted) is still made once.
    """
    for named in query.ctes:
        if not named.this.find(*_DEAR):
            named.set("materialized", False)


@cache
def _as_stored(kind: dt.DataType) -> dt.DataType:
    """The type that a column declared as `kind` has once it is in the engine."""
    types = DuckDBCompiler.type_mapper
    return types.from_string(types.to_string(kind), nullable=kind.nullable)


def connect(
    memory: str = "8GiB",
    *,
    threads: int | None = None,
    scratch: Path | None = None,
    within: Sequence[Path] = (),
) -> DuckDB:
    """Open an engine that uses at most `memory` and spills under `scratch` (a folder, made if absent).

    With `within` it opens no file outside these folders and its own, whatever a file that it reads may say.

    >>> engine = connect("1GiB")
    >>> bought = engine.hold(pa.table({"units": [1, 2]}))
    >>> engine.fetch(bought.aggregate(total=bought.units.sum())).to_pylist()
    [{'total': 3}]
    >>> engine.close()
    """
    folder = Path(tempfile.mkdtemp(prefix="entrepot-", dir=scratch))
    try:
        backend = ibis.duckdb.connect(
            folder / "scratch.duckdb", memory_limit=memory, preserve_insertion_order=False
        )
    except duckdb.Error as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise InputError(
            Mistake(
                "the engine did not start",
                expected="a size such as 8GiB",
                got=f"{memory!r}: {error}",
                do="give --memory as a number with MiB or GiB",
            )
        ) from error
    backend.raw_sql(f"SET temp_directory = {_quoted(folder / 'spill')}")
    backend.raw_sql("SET TimeZone = 'UTC'")
    if threads:
        backend.raw_sql(f"SET threads = {int(threads)}")
    if within:
        _shut(backend, [*within, folder])
    return DuckDB(backend, folder, memory)


def _quoted(path: Path | str) -> str:
    """`path` as text of SQL."""
    return "'" + str(path).replace("'", "''") + "'"


def _shut(backend: Any, folders: Sequence[Path]) -> None:
    """Open files in `folders` alone, and load nothing; the engine cannot be told otherwise afterwards."""
    quoted = ", ".join(_quoted(f"{folder.absolute()}/") for folder in folders)
    backend.raw_sql(f"SET allowed_directories = [{quoted}]")
    backend.raw_sql("SET enable_external_access = false")


class DuckDB:
    """The `Engine` contract over one DuckDB connection."""

    name = "duckdb"

    def __init__(self, backend: Any, folder: Path, memory: str) -> None:
        self.backend = backend
        self._folder = folder
        self._memory = memory
        self._names: Iterator[str] = map(str, itertools.count(1))
        self._passing: list[tuple[str, str]] | None = None  # kind and name of what is forgotten
        self._written: dict[ops.Node, str] = {}

    def _name(self, name: str | None) -> str:
        return f"{name or 't'}_{next(self._names)}"

    def _query(self, rows: ir.Expr) -> str:
        """The SQL of `rows`; what is asked again among passing tables has been written before."""
        known = self._written.get(rows.op())
        if known is not None:
            return known
        with _written_fast():
            self.backend._run_pre_execute_hooks(rows)
            parsed = self.backend.compiler.to_sqlglot(rows)
            _read_again(parsed)
            query = parsed.sql(dialect=self.backend.dialect, copy=False)
        if self._passing is not None:
            self._written[rows.op()] = query
        return query

    @property
    def scratch(self) -> Path:
        return self._folder

    def read_csv(
        self, paths: Sequence[str], *, columns: Sequence[str] | None = None, delimiter: str = ","
    ) -> ir.Table:
        name = self._name("csv")
        options: dict[str, Any] = {"header": True, "filename": "file", "delim": delimiter}
        options |= {"quote": '"', "escape": '"', "strict_mode": True, "all_varchar": True}
        options |= {"store_rejects": True, "rejects_table": f"{name}_bad", "rejects_scan": f"{name}_scan"}
        if columns:  # then nothing is guessed
            options |= {"auto_detect": False, "columns": dict.fromkeys(columns, "VARCHAR")}
        return self.backend.read_csv(list(paths), table_name=name, **options)

    def unreadable(self, csv: ir.Table) -> pa.Table:
        name = csv.op().name
        known = "SELECT count(*) FROM duckdb_tables() WHERE table_name = ?"
        if not self.backend.con.execute(known, [f"{name}_bad"]).fetchall()[0][0]:
            return pa.table({key: pa.array([], kind) for key, kind in _UNREADABLE.items()})
        rows = f"""SELECT DISTINCT file_path AS file, line,
                          lower(error_type::VARCHAR) AS reason, csv_line AS text
                   FROM {name}_bad JOIN {name}_scan USING (scan_id, file_id) ORDER BY ALL"""
        return self.backend.con.sql(rows).to_arrow_table()

    def read_parquet(self, paths: Sequence[str]) -> ir.Table:
        return self.backend.read_parquet(
            list(paths), table_name=self._name("parquet"), union_by_name=True, filename="file"
        )

    def hold(self, rows: pa.Table, name: str | None = None) -> ir.Table:
        return self.keep(ibis.memtable(rows), name)

    def take(self, table: ir.Table) -> ir.Table:
        theirs = [
            where
            for where in (getattr(known, "source", None) for known in table.op().find(ops.PhysicalTable))
            if where is not None and where is not self.backend
        ]
        if not theirs:
            return table
        path = self._folder / f"{self._name('taken')}.parquet"  # piece by piece: it may be larger than memory
        table.to_parquet(path)
        return self.read_parquet([str(path)]).drop("file")

    def keep(self, table: ir.Expr, name: str | None = None) -> ir.Table:
        rows, kept = table.as_table(), self._name(name)
        schema = rows.schema()
        columns = ", ".join(str(c.sql("duckdb")) for c in schema.to_sqlglot_column_defs("duckdb"))
        query = self._query(rows)
        self._create("TABLE", kept, f"({columns})")
        self.backend.con.execute(f'INSERT INTO "{kept}" {query}')
        return self._known_as(kept, schema)

    def view(self, table: ir.Table, name: str | None = None) -> ir.Table:
        seen = self._name(name)
        self._create("VIEW", seen, f"AS {self._query(table)}")
        return self._known_as(seen, table.schema())

    def _create(self, kind: str, name: str, what: str) -> None:
        self.backend.con.execute(f'CREATE TEMPORARY {kind} "{name}" {what}')
        if self._passing is not None:
            self._passing.append((kind, name))

    def _known_as(self, name: str, schema: ibis.Schema) -> ir.Table:
        stored = ibis.schema({column: _as_stored(kind) for column, kind in schema.items()})
        where = ops.Namespace(catalog="temp", database="main")
        return ops.DatabaseTable(name, stored, self.backend, where).to_expr()

    @contextmanager
    def passing(self) -> Iterator[None]:
        names, around = self._names, self._passing
        if around is None:  # within another, names go on: none is given twice
            self._names = (f"passing_{n}" for n in itertools.count(1))
        self._passing = []
        try:
            yield
        finally:
            for kind, name in reversed(self._passing):
                self.backend.con.execute(f'DROP {kind} IF EXISTS "{name}"')
            self._names, self._passing = names, around

    def keep_numbered(self, table: ir.Table, number: str, name: str | None = None) -> ir.Table:
        self.backend.raw_sql("SET preserve_insertion_order = true")
        try:
            kept = self.keep(table, name)
        finally:
            self.backend.raw_sql("SET preserve_insertion_order = false")
        return kept.mutate(**{number: kept.rowid()})

    def drop(self, table: ir.Table) -> None:
        self.backend.raw_sql(f'DROP TABLE IF EXISTS "{table.op().name}"')

    def fetch(self, table: ir.Expr) -> pa.Table:
        rows = self.backend.con.sql(self._query(table.as_table())).to_arrow_table()
        return table.__pyarrow_result__(rows, data_mapper=DuckDBPyArrowData)

    def write_parquet(self, table: ir.Table, path: Path, *, rows_a_group: int | None = None) -> int:
        small = {} if rows_a_group is None else {"row_group_size": rows_a_group}
        with _written_fast():
            self.backend.to_parquet(table, path, compression="zstd", **small)
        return int(pq.read_metadata(path).num_rows)

    def splink_api(self) -> Any:
        from splink import DuckDBAPI

        return DuckDBAPI(connection=self.backend.con)

    def splink_table(self, table: ir.Table) -> Any:
        return self.keep(table, "splink_input").op().name

    def from_splink(self, name: str) -> ir.Table:
        return self.backend.table(name)

    def capabilities(self) -> Mapping[str, object]:
        return {"engine": self.name, "version": duckdb.__version__, "memory": self._memory}

    def close(self) -> None:
        self.backend.disconnect()
        shutil.rmtree(self._folder, ignore_errors=True)
