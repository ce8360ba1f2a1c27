"""Arrow columns, made fast: repeated strings by dictionary, money as decimals, instants with their zone."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from entrepot.simulation.calendar import Bools, Ints

ZONE = "Asia/Seoul"
CURRENCY = "USD"
_LARGEST_DICTIONARY = 4_000
_SCATTER = np.uint64(0x9E3779B97F4A7C15)  # 2^64 over the golden ratio: distinct in, distinct out


def coded(indices: Ints, values: pa.Array, keep: Bools | None = None) -> pa.Array:
    """A column that repeats `values`, null where not kept; few values are written by dictionary.

    A dictionary holds each value once: with duplicates Parquet differs from one writing to the next. One of many
    values would be written again with every row group.
    """
    mask = None if keep is None else ~keep
    if len(values) > _LARGEST_DICTIONARY:
        return values.take(pa.array(indices, mask=mask))
    once = values.dictionary_encode()
    return pa.DictionaryArray.from_arrays(
        pa.array(once.indices.to_numpy()[indices], mask=mask), once.dictionary
    )


def money(cents: Ints) -> pa.Array:
    """Cents as decimals with two places."""
    pairs = np.stack([cents, cents >> 63], axis=1).astype(np.int64)
    return pa.Decimal128Array.from_buffers(
        pa.decimal128(12, 2), len(cents), [None, pa.py_buffer(pairs.tobytes())]
    )


def instants(starts_on: date, minute: Ints, keep: Bools | None = None) -> pa.Array:
    """Minutes from the first local midnight as instants in the market's zone."""
    midnight = datetime(starts_on.year, starts_on.month, starts_on.day, tzinfo=ZoneInfo(ZONE))
    seconds = int(midnight.timestamp()) + minute * 60
    mask = None if keep is None else ~keep
    return pa.array(seconds, mask=mask).cast(pa.timestamp("s", ZONE)).cast(pa.timestamp("us", ZONE))


def dates(starts_on: date, days: Ints, keep: Bools) -> pa.Array:
    """Days from the first day as dates, null where not kept."""
    found: npt.NDArray[np.datetime64] = np.datetime64(starts_on) + days.astype("timedelta64[D]")
    return pa.array(found, pa.date32(), mask=~keep)


def numbered(prefix: str, numbers: Ints, width: int = 8) -> pa.Array:
    """`prefix` and each number, padded with zeros."""
    padded = pc.utf8_lpad(pa.array(numbers).cast(pa.string()), width=width, padding="0")
    return pc.binary_join_element_wise(prefix, padded, "")


def tokens(prefix: str, count: int, salt: int) -> pa.Array:
    """`count` distinct keys that tell nothing about their numbers."""
    scattered = (np.arange(1, count + 1, dtype=np.uint64) + np.uint64(salt << 32)) * _SCATTER
    return numbered(prefix, (scattered >> np.uint64(1)).astype(np.int64), 19)
