"""A run's findings, copied into the database when the run is whole, so that a page asks one place and is quick.

Copied are the actors whose orders speak at all against personal use, and those of the random audit sample; a million
households stay in the run's tables. What people concluded of the same actor in an earlier run is carried along.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from django.db import transaction

from entrepot.report.pseudonyms import pseudonyms
from entrepot.web.discovery.models import OPEN, Finding
from entrepot.web.runs.models import Run

AT_A_TIME = 2_000
COPIED = (
    "actor_id", "flagged", "kind", "declared", "customers", "persons", "resale_evidence", "resale_probability",
    "q_value", "excess_units", "excess_units_low", "excess_units_high", "excess_revenue", "excess_revenue_low",
    "excess_revenue_high", "units", "revenue", "first_evident_on",
)  # fmt: skip


def index(run: Run) -> int:
    """Copy the findings of `run`, in place of an earlier copy that nobody has judged; returns their number."""
    rows = _spoken_of(run)
    known = {f.actor_id: f for f in run.findings.all()}
    states = _concluded(run)
    with transaction.atomic():
        for batch in _batches(_made(run, row, states) for row in rows if row["actor_id"] not in known):
            Finding.objects.bulk_create(batch)
        run.indexed_at = datetime.now(UTC)
        run.save(update_fields=["indexed_at"])
    return len(rows)


def _spoken_of(run: Run) -> list[dict[str, Any]]:
    folder = run.folder.folder
    rows = pq.read_table(folder / "findings.parquet")
    speaks = pc.or_(rows["flagged"], pc.greater(rows["resale_evidence"], 0.0))
    sample = folder / "audit_sample.parquet"
    if sample.is_file():
        drawn = pq.read_table(sample, columns=["actor_id"])["actor_id"].combine_chunks()
        speaks = pc.or_(speaks, pc.is_in(rows["actor_id"], drawn))
    kept = rows.filter(speaks)
    codes = _codes(kept, key=str(run.folder.record.get("pseudonym_key") or ""))
    coded = kept.select([name for name in COPIED if name in kept.column_names])
    return coded.append_column("code", pa.array([codes[a] for a in kept["actor_id"].to_pylist()])).to_pylist()


def _codes(rows: pa.Table, *, key: str) -> dict[str, str]:
    """The code of each actor: of those listed the one that the report shows."""
    listed = rows.filter(rows["flagged"])["actor_id"].to_pylist()
    return pseudonyms(rows["actor_id"].to_pylist(), key=key) | pseudonyms(listed, key=key)


def _concluded(run: Run) -> dict[str, tuple[str, datetime | None]]:
    """What was last concluded of each actor in earlier runs; ids last from run to run."""
    earlier = Finding.objects.exclude(run=run).exclude(state=OPEN).order_by("decided_at")
    return {f.actor_id: (f.state, f.decided_at) for f in earlier.only("actor_id", "state", "decided_at")}


def _made(run: Run, row: dict[str, Any], states: dict[str, tuple[str, datetime | None]]) -> Finding:
    state, decided_at = states.get(row["actor_id"], (OPEN, None))
    return Finding(run=run, state=state, decided_at=decided_at, **row)


def _batches(findings: Iterator[Finding]) -> Iterator[list[Finding]]:
    batch: list[Finding] = []
    for finding in findings:
        batch.append(finding)
        if len(batch) == AT_A_TIME:
            yield batch
            batch = []
    if batch:
        yield batch
