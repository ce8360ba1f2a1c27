"""Errors compared between groups: off without a legal basis, and only groups of at least a hundred."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from entrepot.discovery.fairness import FEWEST
from entrepot.report.audited import Fairness, fairness
from entrepot.report.reading import Row, RunFolder
from entrepot.web.protection.basis import current
from entrepot.web.protection.models import Basis
from entrepot.web.runs.models import Run


class _LargeGroups(RunFolder):
    """A run of which no group is read that is too small to be shown, whoever wrote its table."""

    def table(self, name: str, *, actors: Collection[str] | None = None) -> Sequence[Row] | None:
        rows = super().table(name, actors=actors)
        return None if rows is None else [row for row in rows if (row.get("customers") or 0) >= FEWEST]


@dataclass(frozen=True)
class Compared:
    """The page: the basis that holds, and what the run says; `fairness` is None where it says nothing."""

    basis: Basis | None
    earlier: Sequence[Basis]
    run: Run | None
    fairness: Fairness | None
    beyond: bool
    bound: float | None


def compared() -> Compared:
    """What may be shown now of the current run."""
    basis, run = current(), Run.current()
    earlier = list(Basis.objects.exclude(withdrawn_at=None).select_related("by").order_by("-at")[:20])
    if basis is None or run is None or not run.is_there:
        return Compared(basis, earlier, run, None, False, None)
    about = json.loads((run.path / "run.json").read_text(encoding="utf-8"))
    notes = _notes(about)
    said = fairness(_LargeGroups(run.path, about, pa.table({})))
    return Compared(basis, earlier, run, said, bool(notes.get("gap_beyond_bound")), notes.get("bound_0_1"))


def _notes(about: Mapping[str, Any]) -> Mapping[str, Any]:
    notes = (about.get("discovery") or {}).get("fairness")
    return notes if isinstance(notes, Mapping) else {}
