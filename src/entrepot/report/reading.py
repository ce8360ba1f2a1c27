"""A run folder as the report needs it: `run.json`, the few tables whole, the large ones by listed actor.

A run may lack a table (an older run, a signal that abstained). A missing table reads as None, and the
section that would show it says so; only a folder without `run.json` or `findings.parquet` is no run at
all.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from entrepot.errors import InputError, Mistake
from entrepot.report import by_actor

Row = Mapping[str, Any]


@dataclass(frozen=True)
class RunFolder:
    """One finished run on disk, read without an engine."""

    folder: Path
    about: Mapping[str, Any]  # run.json
    findings: pa.Table  # one row an actor, contracts "A run"

    @property
    def currency(self) -> str:
        return str(self.about.get("currency") or "")

    @property
    def discovery(self) -> Mapping[str, Any]:
        return self.about.get("discovery") or {}

    @property
    def fdr(self) -> float:
        return float((self.about.get("settings") or {}).get("fdr") or 0.05)

    @property
    def first_day(self) -> date | None:
        """The first day of the orders, if the run says so."""
        return as_day(self.about.get("window_from"))

    @property
    def last_day(self) -> date | None:
        """The last day of the orders that was read, if the run says so."""
        return as_day(self.about.get("as_of"))

    def listed(self) -> list[Row]:
        """The flagged rows of `findings`, strongest evidence first."""
        flagged = self.findings.filter(pc.fill_null(self.findings["flagged"], False))
        rows = flagged.to_pylist()
        return sorted(rows, key=lambda row: (-(row.get("resale_evidence") or 0.0), row["actor_id"]))

    def total(self, column: str) -> float:
        """The sum of a column of `findings`, 0 where it is missing."""
        if column not in self.findings.column_names:
            return 0.0
        return float(pc.sum(self.findings[column].cast(pa.float64())).as_py() or 0.0)

    def table(self, name: str, *, actors: Collection[str] | None = None) -> Sequence[Row] | None:
        """The rows of `name`.parquet, of `actors` where given; None where the run has no such file."""
        quick = None if actors is None else by_actor.rows(self.folder, name, actors)
        if quick is not None:
            return quick.to_pylist()
        path = self.folder / f"{name}.parquet"
        return pq.read_table(path, filters=_of(actors)).to_pylist() if path.is_file() else None

    def links_among(self, customers: Collection[str]) -> Sequence[Row] | None:
        """The used rows of `links.parquet` with both ends among `customers`."""
        path = self.folder / "links.parquet"
        if not path.is_file():
            return None
        ends = pa.array(sorted(customers), pa.string())
        both = pc.field("customer_a").isin(ends) & pc.field("customer_b").isin(ends)
        return [row for row in pq.read_table(path, filters=both).to_pylist() if row.get("used", True)]

    def length(self, name: str) -> int | None:
        """How many rows `name`.parquet has; None where the run has no such file."""
        path = self.folder / f"{name}.parquet"
        return pq.read_metadata(path).num_rows if path.is_file() else None


def as_day(text: object) -> date | None:
    """A day as `run.json` writes it; None where nothing is written."""
    return date.fromisoformat(str(text)[:10]) if text else None


def read_run(folder: Path, *, actors: Collection[str] | None = None) -> RunFolder:
    """Read the run in `folder`, of `findings` only `actors` where given; InputError where it is not a whole run."""
    missing = [name for name in ("run.json", "findings.parquet") if not (folder / name).is_file()]
    if missing:
        raise InputError(
            *(
                Mistake(
                    f"{name} is missing",
                    str(folder),
                    "the folder of a finished run",
                    do="run `entrepot discover` again",
                )
                for name in missing
            )
        )
    about = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    findings = None if actors is None else by_actor.rows(folder, "findings", actors)
    if findings is None:
        findings = pq.read_table(folder / "findings.parquet", filters=_of(actors))
    return RunFolder(folder=folder, about=about, findings=findings)


def _of(actors: Collection[str] | None) -> pc.Expression | None:
    """The filter for the rows of `actors`; of all where None."""
    return None if actors is None else pc.field("actor_id").isin(pa.array(sorted(actors), pa.string()))
