"""Numbers as spreadsheets write them: `1,234.50`, `1 234,50`, `="12.50"`.

A point and a comma cannot be told apart by looking at one number (`1,234`), so which of them parts the decimals is
said, not guessed. The other one, a space or an apostrophe may group digits by threes; any other use of it is no number.
"""

from __future__ import annotations

import ibis.expr.types as ir

POINT, COMMA = "point", "comma"
_SPACES = " \u00a0\u202f'’"


def typed(column: ir.Value, kind: str, decimal: str = POINT) -> ir.Value:
    """`column` as `kind` (float64, decimal …); null where it is no number written with `decimal`.

    >>> import ibis
    >>> shown = ibis.memtable({"price": ["1,234.50", "12,50", '="7"']})
    >>> typed(shown.price, "float64").to_pyarrow().to_pylist()
    [1234.5, None, 7.0]
    >>> typed(shown.price, "float64", COMMA).to_pyarrow().to_pylist()
    [None, 12.5, 7.0]
    """
    if not column.type().is_string():
        return column.try_cast(kind)
    if decimal == POINT:  # what is plain is cast as it stands: to look closer is dear, and seldom needed
        return column.try_cast(kind).coalesce(_plain(column, ",", ".").try_cast(kind))
    return _plain(column, ".", ",").try_cast(kind)


def _plain(text: ir.StringValue, group: str, part: str) -> ir.StringValue:
    """`text` with a point for the decimals and no groups; empty where it is not written so."""
    whole = rf"(?:\d+|\d{{1,3}}(?:[{group}{_SPACES}]\d{{3}})+)"
    as_written = text.re_extract(rf'^\s*(?:="?)?\s*([+-]?{whole}(?:[{part}]\d*)?)\s*"?\s*$', 1)
    return as_written.re_replace(f"[{group}{_SPACES}]", "").replace(part, ".")
