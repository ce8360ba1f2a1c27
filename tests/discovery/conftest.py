"""Orders written by hand or made small, so that this room is tested without linking."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from entrepot.engines.duckdb import DuckDB, connect


@pytest.fixture(scope="module")
def engine() -> Iterator[DuckDB]:
    opened = connect("2GiB", threads=2)
    yield opened
    opened.close()
