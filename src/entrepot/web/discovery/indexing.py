"""A run's findings, copied into the database when the run is whole, so that a page asks one place and is quick.

Copied are the actors whose orders speak at all against personal use, and those of the random audit sample; a million
households stay in the run's tables. Of the strongest also what their pages show. What people concluded of the same
actor in an earlier run is carried along. The copy is made in small steps, so that nobody waits for it; pages show a
run when the last is done, and a copy that was cut off goes on where it ended.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from entrepot.report.kept import told_of
from entrepot.report.pseudonyms import pseudonyms
from entrepot.report.reading import Row, RunFolder, read_run
from entrepot.sorting import sort_by_actor
from entrepot.web.discovery.alike import alike
from entrepot.web.discovery.models import FLAGGED, OPEN, Detail, Finding
from entrepot.web.runs.models import Run

AT_A_TIME, TOLD_AT_A_TIME = 2_000, 2_500
MOST_TOLD = 5_000  # of those listed; the report says no more in words either (`discovery.sentences`)
COPIED = (
    "actor_id", "flagged", "kind", "declared", "customers", "persons", "resale_evidence", "resale_probability",
    "q_value", "excess_units", "excess_units_low", "excess_units_high", "excess_revenue", "excess_revenue_low",
    "excess_revenue_high", "units", "revenue", "first_evident_on",
)  # fmt: skip

Concluded = dict[str, tuple[str, datetime | None]]
Each = TypeVar("Each")


def index(run: Run) -> int:
    """Copy the findings of `run`, beside those that an earlier copy left; returns their number."""
    sort_by_actor(run.folder)
    rows = _spoken_of(run)
    known = set(run.findings.values_list("actor_id", flat=True))
    concluded = _concluded(run)
    missing = [row for row in rows if row["actor_id"] not in known]
    for batch in batches(missing, AT_A_TIME):
        Finding.objects.bulk_create(_made(run, row, concluded) for row in batch)
    tell(run)
    run.indexed_at = datetime.now(UTC)
    run.save(update_fields=["indexed_at"])
    return len(rows)


def tell(run: Run) -> None:
    """Keep what the pages of the strongest of the list show, where it is not kept yet."""
    listed = run.findings.filter(FLAGGED).order_by("-resale_evidence", "actor_id")[:MOST_TOLD]
    kept = set(Detail.objects.filter(finding__run=run).values_list("finding_id", flat=True))
    told: dict[int, dict[str, Any]] = {}
    for batch in batches([f for f in listed if f.pk not in kept], TOLD_AT_A_TIME):
        folder = folder_of(run, actors=[finding.actor_id for finding in batch])
        said = told_of(folder, folder.findings.to_pylist())
        told |= {finding.pk: said[finding.actor_id] for finding in batch}
    for pk, others in alike({f.pk: told[f.pk] for f in listed if f.pk in told}).items():
        told[pk]["alike"] = others
    for batch in batches(list(told), AT_A_TIME):
        Detail.objects.bulk_create(
            (Detail(finding_id=pk, said=told[pk]) for pk in batch), ignore_conflicts=True
        )


def row_of(finding: Finding) -> dict[str, Any]:
    """A finding as the row of findings.parquet from which it was copied."""
    return {name: getattr(finding, name) for name in COPIED}


def folder_of(run: Run, *, actors: Collection[str]) -> RunFolder:
    """The run's folder as the report reads it, with the findings of `actors` alone."""
    return read_run(run.folder.folder, actors=actors)


def unlisted(run: Run, actor_id: str) -> Finding | None:
    """An actor of the run's tables that is not in the database, as a finding that is not saved; None where unknown."""
    rows: Sequence[Row] = folder_of(run, actors=[actor_id]).findings.to_pylist()
    if not rows:
        return None
    return _made(run, {**_copied(rows[0]), "code": code_of(run, actor_id)}, {})


def taken_in(run: Run, actor_id: str) -> Finding | None:
    """The finding of any actor of the run, saved: what a review or an appeal of somebody not listed needs."""
    known = run.findings.filter(actor_id=actor_id).first()
    made = known or unlisted(run, actor_id)
    if made is not None and made.pk is None:
        made, _ = Finding.objects.get_or_create(
            run=run, actor_id=actor_id, defaults={**row_of(made), "code": made.code}
        )
    return made


def code_of(run: Run, actor_id: str) -> str:
    """The code of one actor by itself."""
    return pseudonyms([actor_id], key=_key(run))[actor_id]


def _spoken_of(run: Run) -> list[dict[str, Any]]:
    folder = run.folder.folder
    columns = [c for c in COPIED if c in pq.read_schema(folder / "findings.parquet").names]
    speaks = (pc.field("flagged")) | (pc.field("resale_evidence") > 0.0)
    sample = folder / "audit_sample.parquet"
    if sample.is_file():
        drawn = pq.read_table(sample, columns=["actor_id"])["actor_id"].combine_chunks()
        speaks = speaks | pc.field("actor_id").isin(drawn)
    rows = pq.read_table(folder / "findings.parquet", columns=columns, filters=speaks)
    codes = _codes(rows, key=_key(run))
    return rows.append_column("code", pa.array([codes[a] for a in rows["actor_id"].to_pylist()])).to_pylist()


def _key(run: Run) -> str:
    return str(run.folder.record.get("pseudonym_key") or "")


def _codes(rows: pa.Table, *, key: str) -> dict[str, str]:
    """The code of each actor: of those listed the one that the report shows."""
    listed = rows.filter(rows["flagged"])["actor_id"].to_pylist()
    return pseudonyms(rows["actor_id"].to_pylist(), key=key) | pseudonyms(listed, key=key)


def _concluded(run: Run) -> Concluded:
    """What was last concluded of each actor in earlier runs; ids last from run to run."""
    earlier = Finding.objects.exclude(run=run).exclude(state=OPEN).order_by("decided_at")
    return {f.actor_id: (f.state, f.decided_at) for f in earlier.only("actor_id", "state", "decided_at")}


def _copied(row: Row) -> dict[str, Any]:
    return {name: row[name] for name in COPIED if name in row}


def _made(run: Run, row: Row, concluded: Concluded) -> Finding:
    state, decided_at = concluded.get(row["actor_id"], (OPEN, None))
    return Finding(run=run, state=state, decided_at=decided_at, **row)


def batches(items: Sequence[Each], size: int) -> Iterator[Sequence[Each]]:
    """`items` in parts of `size`."""
    for start in range(0, len(items), size):
        yield items[start : start + size]
