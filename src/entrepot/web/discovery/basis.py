"""What a reviewer looks at, read from the run once when turns are made: sentences, explanations, purchases.

It is kept with the turn, so that the page is quick, and so that one can see later what a verdict was based on.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from entrepot.report.reading import RunFolder, read_run

MOST_PRODUCTS = 5

Basis = dict[str, Any]


def basis(folder: Path, actors: Collection[str]) -> Mapping[str, Basis]:
    """By actor: `sentences` (text, stance), `explanations` (name, for, against), `months` (month, units, low, high),
    `products` (name, units), largest first, and `units`, all that it bought.

    A table that the run does not have leaves its part empty.
    """
    run = read_run(folder)
    found: dict[str, Basis] = {actor: _nothing() for actor in actors}
    _tell(found, run)
    _add_months(found, run)
    _add_products(found, folder)
    return found


def _nothing() -> Basis:
    return {"sentences": [], "explanations": [], "months": [], "products": []}


def _tell(found: Mapping[str, Basis], run: RunFolder) -> None:
    rows = run.table("evidence", actors=found) or ()
    for row in sorted(rows, key=lambda row: row["place"]):
        said = found[row["actor_id"]]
        if row["stance"] == "innocent":
            parts = {"name": row["explanation"], "for": row["for_text"], "against": row["against_text"]}
            said["explanations"].append(parts)
        else:
            said["sentences"].append({"text": row["sentence"], "stance": row["stance"]})


def _add_months(found: Mapping[str, Basis], run: RunFolder) -> None:
    rows = run.table("purchases_monthly", actors=found) or ()
    for row in sorted(rows, key=lambda row: row["month"]):
        low, high = row["personal_use_low"], row["personal_use_high"]
        month = {"month": str(row["month"])[:7], "units": row["units"], "low": low, "high": high}
        found[row["actor_id"]]["months"].append(month)


def _add_products(found: Mapping[str, Basis], folder: Path) -> None:
    """Also the months of who has none: of the random sample the run has no monthly table."""
    lines = _lines(folder, found)
    if lines is None:
        return
    bought = lines.group_by(["actor_id", "product_id"]).aggregate([("quantity_net", "sum")])
    names = _names(folder)
    for row in bought.sort_by([("quantity_net_sum", "descending"), ("product_id", "ascending")]).to_pylist():
        said = found[row["actor_id"]]
        said["units"] = said.get("units", 0.0) + row["quantity_net_sum"]
        if len(said["products"]) < MOST_PRODUCTS:
            name = names.get(row["product_id"]) or row["product_id"]
            said["products"].append({"name": name, "units": row["quantity_net_sum"]})
    for actor, months in _months(lines).items():
        if not found[actor]["months"]:
            found[actor]["months"] = [
                {"month": month, "units": units, "low": None, "high": None}
                for month, units in sorted(months.items())
            ]


def _lines(folder: Path, actors: Collection[str]) -> pa.Table | None:
    """The order lines of `actors`: `actor_id, ordered_on, product_id, quantity_net`."""
    paths = [folder / f"{name}.parquet" for name in ("actors", "lines")]
    if not all(path.is_file() for path in paths):
        return None
    theirs = pc.field("actor_id").isin(pa.array(sorted(actors), pa.string()))
    members = pq.read_table(paths[0], columns=["customer_id", "actor_id"], filters=theirs)
    columns = ["customer_id", "ordered_on", "product_id", "quantity_net"]
    own = pc.field("customer_id").isin(members["customer_id"].combine_chunks())
    return pq.read_table(paths[1], columns=columns, filters=own).join(members, "customer_id")


def _names(folder: Path) -> dict[str, str]:
    path = folder / "exposure.parquet"
    if not path.is_file() or not {"value", "name"} <= set(pq.read_schema(path).names):
        return {}
    rows = pq.read_table(path, columns=["value", "name"], filters=pc.field("by") == "product").to_pylist()
    return {row["value"]: row["name"] for row in rows if row["name"]}


def _months(lines: pa.Table) -> dict[str, dict[str, float]]:
    month = pc.strftime(lines["ordered_on"], format="%Y-%m")
    summed = lines.append_column("month", month).group_by(["actor_id", "month"])
    found: dict[str, dict[str, float]] = defaultdict(dict)
    for row in summed.aggregate([("quantity_net", "sum")]).to_pylist():
        found[row["actor_id"]][row["month"]] = row["quantity_net_sum"]
    return found
