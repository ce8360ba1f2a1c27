"""CSV that does nothing but hold values.

A spreadsheet runs a cell that begins with = + - @, a tab or a carriage return. Names and notes come from
customers, so such a text gets a quote in front (OWASP, "CSV injection"); numbers stay numbers.
"""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import ibis.expr.types as ir

from entrepot.errors import InputError, Mistake

STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def harmless(value: object) -> object:
    """`value` as a cell that a spreadsheet shows and does not run.

    >>> harmless('=HYPERLINK("x")'), harmless(-3.5), harmless("abc")
    ('\\'=HYPERLINK("x")', -3.5, 'abc')
    """
    return f"'{value}" if isinstance(value, str) and value.startswith(STARTS_A_FORMULA) else value


@contextmanager
def being_saved(path: Path) -> Iterator[Path]:
    """Where to write what shall be at `path`: beside it, and renamed when it is whole.

    What is no plain file (`/dev/stdout`) is written as it is. Raises `InputError` where it cannot be written.
    """
    beside = path if path.exists() and not path.is_file() else path.with_name(f".{path.name}.unfinished")
    try:
        if beside != path and path.exists():  # who may read it stays as it is
            beside.touch()
            shutil.copymode(path, beside)
        yield beside
        if beside != path:
            beside.replace(path)
    except OSError as error:
        raise InputError(
            Mistake("a file cannot be written", str(path), "a folder that is there and in which you may write",
                    error.strerror or str(error), "give another path, or free some space")
        ) from error  # fmt: skip
    finally:
        if beside != path and path.parent.is_dir():
            beside.unlink(missing_ok=True)


def write_csv(table: ir.Table, path: Path) -> int:
    """Write `table` to `path` as UTF-8 CSV with a heading; returns the number of rows."""
    rows = 0
    with being_saved(path) as partial, partial.open("w", newline="", encoding="utf-8-sig") as file:
        writer = csv.writer(file)
        writer.writerow(table.columns)
        for batch in table.to_pyarrow().to_batches():
            writer.writerows([harmless(v) for v in row.values()] for row in batch.to_pylist())
            rows += batch.num_rows
    return rows
