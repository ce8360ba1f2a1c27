"""The first look at a file that was sent in: is it what it says, before anything reads it whole.

The start tells what it is (`entrepot.orders.sources`); its first row names the columns. Rows are judged later, by the
run, in an engine that opens no other file.
"""

from __future__ import annotations

import csv
import gzip
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from entrepot.errors import InputError, Mistake
from entrepot.orders import sources
from entrepot.orders.tables import OPTIONAL, REQUIRED

FIRST_ROW = 1_000_000
MOST_ROWS = 20_000_000_000
MOST_COLUMNS = 2_000
WANTED = "CSV, CSV.gz or Parquet with one row of column names"
PROGRAMS = (b"#!", b"\x7fELF", b"MZ", b"<?php", b"<script", b"<svg")


@dataclass(frozen=True)
class Look:
    """What a file seems to be: `kind` is csv or parquet, `columns` as its first row names them."""

    kind: str
    columns: tuple[str, ...]


def ending(start: bytes) -> str:
    """The ending that a file beginning with `start` gets from us."""
    if start.startswith(b"PAR1"):
        return ".parquet"
    return ".csv.gz" if start.startswith(b"\x1f\x8b") else ".csv"


def look(path: Path, *, table: str, called: str, most_unpacked: int) -> Look:
    """What the file in `path` is; raises `InputError` where it is no table, with the name it was `called` by."""
    try:
        _stop_if_program(path, table, called)
        kind = sources.find(table, path).kind
        columns = _parquet(path, table, called, most_unpacked) if kind == "parquet" else _csv(path)
    except InputError as error:
        raise InputError(*(_named(mistake, path, called) for mistake in error.mistakes)) from error
    if not _is_table(columns, table):
        raise InputError(_mistake("a file holds no table", table, called, "one column of text, no table"))
    return Look(kind, columns)


def _is_table(columns: tuple[str, ...], table: str) -> bool:
    """More than one column, or the only one that is needed."""
    return 1 < len(columns) <= MOST_COLUMNS or columns == REQUIRED.get(table)


def _stop_if_program(path: Path, table: str, called: str) -> None:
    with path.open("rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
    try:
        with gzip.open(path) if packed else path.open("rb") as opened:
            start = opened.read(64).lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    except (OSError, EOFError):
        return  # a broken file is told by the next look
    if start.startswith(tuple(mark.lower() for mark in PROGRAMS)):
        raise InputError(_mistake("a file is not a table", table, called, "a program"))


def _csv(path: Path) -> tuple[str, ...]:
    with path.open("rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
    with gzip.open(path) if packed else path.open("rb") as opened:
        line = opened.readline(FIRST_ROW)
    text = (line.splitlines() or [b""])[0].decode("utf-8-sig", errors="replace")
    delimiter = max(",;\t|", key=text.count)
    return tuple(column.strip() for column in next(csv.reader([text], delimiter=delimiter), []))


def _parquet(path: Path, table: str, called: str, most_unpacked: int) -> tuple[str, ...]:
    try:
        about = pq.read_metadata(path)
        unpacked = sum(about.row_group(n).total_byte_size for n in range(about.num_row_groups))
        columns = tuple(about.schema.to_arrow_schema().names)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise InputError(
            _mistake("a file is broken", table, called, str(error).split("\n")[0][:200])
        ) from error
    if unpacked > most_unpacked or about.num_rows > MOST_ROWS:
        raise InputError(_mistake("a file holds too much", table, called, f"{unpacked:,} bytes unpacked"))
    return columns


def missing(table: str, columns: tuple[str, ...]) -> tuple[str, ...]:
    """The columns that `table` needs and a file of `columns` does not name; case does not count."""
    there = {column.lower() for column in columns}
    return tuple(name for name in REQUIRED.get(table, ()) if name not in there)


def unknown(table: str, columns: tuple[str, ...]) -> tuple[str, ...]:
    """The columns of a file that mean nothing to us in `table`, so that they could be mapped."""
    ours = {*REQUIRED.get(table, ()), *OPTIONAL.get(table, ())}
    return tuple(column for column in columns if column.lower() not in ours)


def _mistake(what: str, table: str, called: str, got: str) -> Mistake:
    return Mistake(
        what, f"the table {table}", WANTED, f"{called}: {got}", "export the table as CSV (UTF-8) or Parquet"
    )


def _named(mistake: Mistake, path: Path, called: str) -> Mistake:
    """`mistake` with the sender's name of the file in place of ours."""
    return Mistake(*(part.replace(str(path), called) for part in vars(mistake).values()))
