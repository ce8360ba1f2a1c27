"""Personal use that the user states, for categories in which the orders cannot show it.

Where most buyers of a category may be businesses, no null can be learned from them. A table says what households
buy instead: `category, units_per_year_mean, dispersion, tail_share, source`. `dispersion` is the size of the
negative binomial over households in a year (1 / the squared coefficient of variation of their rates),
`tail_share` the part of heavy households (0–1), who buy three times as much, `source` where the numbers are from.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import ibis.expr.types as ir
import numpy as np

from entrepot.discovery.personal_use import PersonalUse
from entrepot.discovery.signals import Count, View
from entrepot.engines import Engine
from entrepot.errors import InputError, Mistake

COLUMNS = ("category", "units_per_year_mean", "dispersion", "tail_share", "source")


def read(engine: Engine, path: Path | str | None) -> dict[str, PersonalUse]:
    """Personal use by category from a CSV file, none without one; every wrong row is named before anything stops."""
    if path is None:
        return {}
    if not Path(path).is_file():
        raise InputError(Mistake("there is no such file", str(path), do="give --personal-use a CSV file"))
    table = engine.read_csv([str(path)])
    missing = [c for c in COLUMNS if c not in table.columns]
    if missing:
        raise InputError(
            *[
                Mistake(f"the column {c} is missing", str(path), ", ".join(COLUMNS), do="add it")
                for c in missing
            ]
        )
    rows = engine.fetch(table.select(*COLUMNS)).to_pylist()
    mistakes = [m for n, row in enumerate(rows, start=2) for m in _wrong(row, f"{path}, line {n}")]
    mistakes += _twice([row["category"] for row in rows], str(path))
    if mistakes or not rows:
        raise InputError(*(mistakes or [Mistake("the table has no rows", str(path), "one row a category")]))
    return {row["category"]: _personal_use(row) for row in rows}


def _wrong(row: dict[str, str | None], where: str) -> list[Mistake]:
    checks = {
        "units_per_year_mean": ("a number above 0", lambda x: x > 0),
        "dispersion": ("a number above 0", lambda x: x > 0),
        "tail_share": ("a number from 0 to below 1", lambda x: 0 <= x < 1),
    }
    found = [] if row["category"] else [Mistake("category is empty", where, "a category of the orders")]
    for name, (expected, fine) in checks.items():
        value = _number(row[name])
        if value is None or not fine(value):
            found.append(Mistake(f"{name} cannot be used", where, expected, str(row[name])))
    return found


def _twice(categories: list[str | None], where: str) -> list[Mistake]:
    again = sorted({c for c in categories if c and categories.count(c) > 1})
    return [Mistake(f"category {c} is stated twice", where, "one row a category") for c in again]


def _number(text: str | None) -> float | None:
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if np.isfinite(value) else None


def _personal_use(row: dict[str, str]) -> PersonalUse:
    """Rates a day: log-normal with the mean and the coefficient of variation that the row states."""
    spread = float(np.sqrt(np.log1p(1 / float(row["dispersion"]))))
    share = float(row["tail_share"])
    mean_a_day = float(row["units_per_year_mean"]) / 365.0 / (1 + 2 * share)
    return PersonalUse(float(np.log(mean_a_day)) - spread**2 / 2, spread, share, 3.0, 0.0, burst=1.0)


def counts(stated: dict[str, PersonalUse]) -> list[tuple[Count, PersonalUse]]:
    """One count for each category: its units over the time since the person was first seen."""
    return [
        (
            Count(
                name_of(category),
                _units_of(category),
                f"units of {category}",
                _sentence(category),
                aspect="amount",
            ),
            null,
        )
        for category, null in sorted(stated.items())
    ]


def name_of(category: str) -> str:
    """The name of the count of a category."""
    return f"units of {category}"


def _sentence(category: str) -> str:
    """The sentence of a category, whose name may hold any characters, braces too."""
    name = category.replace("{", "{{").replace("}", "}}")
    return (
        "{count} units of " + name + "; by the stated personal use households have about {expected} in the "
        "same time, and 999 of 1,000 at most {most}"
    )


def _units_of(category: str) -> Callable[[View], ir.Table]:
    def counted(view: View) -> ir.Table:
        products = view.purchases.products.filter(view.purchases.products.category == category)
        bought = view.bought().semi_join(products, "product")
        units = bought.group_by("person", "half").agg(count=bought.units.sum())
        joined = view.sums.left_join(units, ["person", "half"])
        return joined.select("person", "half", exposure=joined.passed, count=joined["count"].fill_null(0.0))

    return counted
