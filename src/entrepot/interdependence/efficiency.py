"""The efficiency gap: what conforming costs, against what not conforming may cost (D19, X09).

A firm that stops selling to customer-entrepreneurs forgoes their contribution, less what comes back through others. A
firm that goes on may lose households that hold it to be wrong. Neither is in the orders: both rest on assumptions that
the firm states, each as low, likely and high, and that stand beside the result.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import pyarrow as pa

from entrepot.errors import InputError, Mistake
from entrepot.interdependence.ground import Array, Ground, interval

EFFICIENCY = {
    "item": pa.string(), "amount": pa.float64(), "amount_low": pa.float64(), "amount_high": pa.float64(),
    "assumptions": pa.string(),
}  # fmt: skip
YEAR = 365.25
Range = tuple[float, float, float]
FILE = """# Each as [low, likely, high], shares from 0 to 1.
stopped_share = [0.5, 0.8, 1.0]         # of what customer-entrepreneurs buy: ends if the firm conforms
comes_back_share = [0.0, 0.1, 0.3]      # of that: is bought after all, by the people they buy for
contribution_share = [0.3, 0.4, 0.5]    # of revenue, where the orders carry no costs
households_lost_share = [0.0, 0.01, 0.05]  # of household revenue a year: lost if the firm does not conform
"""


@dataclass(frozen=True)
class Assumptions:
    """What the firm assumes, each as (low, likely, high), shares from 0 to 1. See `FILE`."""

    stopped_share: Range
    comes_back_share: Range
    contribution_share: Range
    households_lost_share: Range

    @classmethod
    def read(cls, path: str | Path) -> Assumptions:
        """The assumptions in a TOML file; raises `InputError` with every mistake in it."""
        try:
            found = tomllib.loads(Path(path).read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise InputError(
                Mistake("the assumptions cannot be read", str(path), "a TOML file in UTF-8", str(error))
            ) from error
        names = [f.name for f in fields(cls)]
        mistakes = [_unknown(name, names, path) for name in found if name not in names]
        mistakes += [m for name in names if (m := _wrong(name, found.get(name), path))]
        if mistakes:
            raise InputError(*mistakes)
        return cls(**{name: _range(found[name]) for name in names})


def _range(given: list[float]) -> Range:
    low, likely, high = (float(v) for v in given)
    return low, likely, high


def _unknown(name: str, names: list[str], path: str | Path) -> Mistake:
    return Mistake(
        "an assumption that we do not know", str(path), "one of " + ", ".join(names), name, "mend its name"
    )


def _wrong(name: str, value: object, path: str | Path) -> Mistake | None:
    right = (
        isinstance(value, list) and len(value) == 3 and all(type(v) in (int, float) for v in value)
        and 0 <= value[0] <= value[1] <= value[2] <= 1
    )  # fmt: skip
    if right:
        return None
    return Mistake(
        f"{name} is missing" if value is None else f"{name} is out of range", str(path),
        "[low, likely, high], rising, from 0 to 1", "nothing" if value is None else str(value),
        f"write {name} = [low, likely, high]",
    )  # fmt: skip


def efficiency_gap(ground: Ground, assumptions: Assumptions) -> pa.Table:
    """Three rows (`EFFICIENCY`), money a year with an interval of 95 %: `forgone contribution` by conforming, `cost of
    lost legitimacy` by not conforming, and the `efficiency gap`, the first less the second."""
    rng = np.random.default_rng([ground.seed, 3])
    stopped, back, contribution, lost = (
        _drawn(rng, getattr(assumptions, f.name), ground.draws) for f in fields(assumptions)
    )
    days = (ground.until - ground.since).days + 1
    a_year = YEAR / days
    basis = "margin" if ground.has_margin else "revenue"
    times = np.ones(ground.draws) if ground.has_margin else contribution
    forgone = ground.of_each(basis) * a_year @ ground.suspects.draws * times * stopped * (1 - back)
    households = ground.total(basis, lambda t: t.part == "household") * a_year * times * lost
    said = json.dumps({f.name: getattr(assumptions, f.name) for f in fields(assumptions)} | {"basis": basis})
    named: Mapping[str, Array] = {
        "forgone contribution": forgone, "cost of lost legitimacy": households, "efficiency gap": forgone - households
    }  # fmt: skip
    rows = []
    for item, values in named.items():
        low, high = interval(values)
        rows.append({
            "item": item, "amount": float(np.mean(values)), "amount_low": float(low), "amount_high": float(high),
            "assumptions": said,
        })  # fmt: skip
    return pa.Table.from_pylist(rows, pa.schema(EFFICIENCY))


def _drawn(rng: np.random.Generator, given: Range, draws: int) -> Array:
    low, likely, high = given
    return rng.triangular(low, likely, high, draws) if high > low else np.full(draws, likely)
