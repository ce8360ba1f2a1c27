"""The measures of interdependence as the report needs them, from a run's folder or from memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import pyarrow.parquet as pq

from entrepot.report.headline import state_of, undeclared
from entrepot.report.reading import Row, RunFolder
from entrepot.units import first_of_month, month_number

FOLDER = "interdependence"
SETTINGS = "settings.json"
EVENTS = "events"  # of the run; in the folder of the measures those that were given in their stead


@dataclass(frozen=True)
class Depend:
    """The measures of one run: `tables` by name as rows, and what the run says of itself."""

    tables: Mapping[str, Sequence[Row]]
    currency: str
    first_day: date | None
    last_day: date | None
    evident: int  # listed actors that are not declared businesses
    events: Sequence[Row] = ()
    can_tell: bool = True  # whether a majority of households can be seen, so that anybody can be judged

    def rows(self, name: str) -> Sequence[Row]:
        """The rows of a table; none where the run has no such table."""
        return self.tables.get(name) or ()

    def whole(self, rows: Sequence[Row]) -> list[Row]:
        """The rows of months that the orders cover from their first day to their last."""
        first, last = self.first_day or date.min, self.last_day or date.max
        return [r for r in rows if r["month"] >= first and _month_end(r["month"]) <= last] or list(rows)

    @property
    def share(self) -> Row | None:
        """The share of all revenue, or None where nothing was sold."""
        return next((r for r in self.rows("shares") if r["by"] == "all" and r["basis"] == "revenue"), None)


def depend(run: RunFolder) -> Depend | None:
    """The measures in the run's folder; None where they were not made."""
    folder = run.folder / FOLDER
    if not folder.is_dir():
        return None
    tables = {path.stem: pq.read_table(path).to_pylist() for path in sorted(folder.glob("*.parquet"))}
    given = tables.pop(EVENTS, None)
    listed = run.listed()
    return Depend(
        tables=tables, currency=run.currency, first_day=run.first_day, last_day=run.last_day,
        evident=len(undeclared(listed)), events=(run.table(EVENTS) if given is None else given) or (),
        can_tell=state_of(run, listed) not in ("cannot tell", "nobody"),
    )  # fmt: skip


def _month_end(first: date) -> date:
    return first_of_month(month_number(first) + 1) - timedelta(days=1)
