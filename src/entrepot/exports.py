"""CSV that does nothing but hold values.

A spreadsheet runs a cell that begins with = + - @, a tab or a carriage return. Names and notes come from
customers, so such a text gets a quote in front (OWASP, "CSV injection"); numbers stay numbers.
"""

from __future__ import annotations

import csv
from pathlib import Path

import ibis.expr.types as ir

STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def harmless(value: object) -> object:
    """`value` as a cell that a spreadsheet shows and does not run.

    >>> harmless('=HYPERLINK("x")'), harmless(-3.5), harmless("abc")
    ('\\'=HYPERLINK("x")', -3.5, 'abc')
    """
    return f"'{value}" if isinstance(value, str) and value.startswith(STARTS_A_FORMULA) else value


def write_csv(table: ir.Table, path: Path) -> int:
    """Write `table` to `path` as UTF-8 CSV with a heading; returns the number of rows."""
    rows = 0
    with path.open("w", newline="", encoding="utf-8-sig") as file:
        writer = csv.writer(file)
        writer.writerow(table.columns)
        for batch in table.to_pyarrow().to_batches():
            writer.writerows([harmless(v) for v in row.values()] for row in batch.to_pylist())
            rows += batch.num_rows
    return rows
