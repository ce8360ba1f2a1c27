"""Labels: what our reviewers concluded and what other tools say, as the table from which the next run learns.

Cases and block lists of other tools are a source with measured agreement, never truth: they come in under their name,
are compared with our own reviews, and can be withdrawn. `write` says all that was known at an instant.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from entrepot.analysis import rows_of_table
from entrepot.errors import InputError, Mistake
from entrepot.web.discovery import keeping
from entrepot.web.discovery.agreeing import Agreement, agreement
from entrepot.web.discovery.models import ImportedLabel, LabelImport, Review
from entrepot.web.people.models import Colleague
from entrepot.web.records.models import append
from entrepot.web.runs.models import Run

MOST_ROWS, MOST_BYTES = 200_000, 20 * 2**20
IDS = ("actor_id", "customer_id", "order_id")
TEXT = (
    "customer_id",
    "actor_id",
    "order_id",
    "verdict",
    "kind",
    "reviewer",
    "source",
    "reason",
    "shown_because",
)
SCHEMA = pa.schema([
    *((name, pa.string()) for name in TEXT),
    ("reviewed_at", pa.timestamp("us", tz="UTC")),
    ("shown_probability_0_1", pa.float64()),
])  # fmt: skip


def write(path: Path, until: datetime) -> int:
    """Write the labels that were known at `until` as the table `labels` (contracts.md), Parquet or CSV; the number.

    Ours are named by actor and by one of its customers, so that a run without `previous` finds them too. Blind second
    reviews are a measure of agreement and not among them.
    """
    rows = [*_ours(until), *_theirs(until)]
    table = pa.Table.from_pylist(rows, schema=SCHEMA)
    if path.suffix == ".csv":
        pyarrow.csv.write_csv(table, path)
    else:
        pq.write_table(table, path, compression="zstd")
    return len(rows)


def _ours(until: datetime) -> Iterator[dict[str, Any]]:
    reviews = Review.objects.filter(at__lte=until, is_blind=False).select_related("finding__run", "reviewer")
    customers = _customers(reviews)
    for review in reviews:
        actor = review.finding.actor_id
        yield {
            "actor_id": actor, "customer_id": customers.get((review.finding.run_id, actor)),
            "verdict": review.verdict, "kind": review.kind or None, "reviewer": review.reviewer.mark,
            "reason": review.reason, "shown_because": review.shown_because, "reviewed_at": review.at,
            "shown_probability_0_1": None if review.shown_because == "appeal" else review.shown_probability_0_1,
        }  # fmt: skip


def _customers(reviews: Collection[Review]) -> dict[tuple[int, str], str]:
    """The first customer of each reviewed actor in the run of its review, where the run is still there."""
    actors: dict[Run, set[str]] = defaultdict(set)
    for review in reviews:
        actors[review.finding.run].add(review.finding.actor_id)
    found: dict[tuple[int, str], str] = {}
    for run, names in actors.items():
        for row in members(run.path, "actor_id", names):
            key = run.pk, row["actor_id"]
            found[key] = min(found.get(key, row["customer_id"]), row["customer_id"])
    return found


def members(folder: Path, by: str, names: Collection[str]) -> list[Mapping[str, str]]:
    """`customer_id, actor_id` of those rows of the run's actors whose column `by` is in `names`."""
    path = folder / "actors.parquet"
    if not path.is_file() or not names:
        return []
    wanted = pc.field(by).isin(pa.array(sorted(names), pa.string()))
    return pq.read_table(path, columns=["customer_id", "actor_id"], filters=wanted).to_pylist()


def _theirs(until: datetime) -> Iterator[dict[str, Any]]:
    standing = Q(batch__withdrawn_at=None) | Q(batch__withdrawn_at__gt=until)
    rows = ImportedLabel.objects.filter(standing, batch__at__lte=until).select_related("batch")
    for row in rows.iterator(chunk_size=2000):
        yield {
            **{name: getattr(row, name) or None for name in (*IDS, "verdict", "kind", "reason")},
            "source": row.batch.source, "shown_because": "imported", "reviewed_at": row.reviewed_at,
        }  # fmt: skip


# Other tools -----------------------------------------------------------------------------------------------------


def bring(file: UploadedFile, source: str, by: Colleague) -> LabelImport:
    """Take in a CSV of labels under the name `source`.

    Raises `InputError` with every mistake; then nothing of it is kept.
    """
    upload = keeping.keep(file, table="labels", ending="csv", by=by)
    path = Path(upload.path)
    try:
        rows = _read(path)
    except BaseException:
        upload.delete()
        path.unlink(missing_ok=True)
        raise
    with transaction.atomic():
        batch = LabelImport.objects.create(source=source, upload=upload, by=by)
        ImportedLabel.objects.bulk_create((_label(batch, row) for row in rows), batch_size=2000)
        batch.agreement = measured(batch).as_json()
        batch.save(update_fields=["agreement"])
        body = {"import": batch.pk, "source": source, "rows": len(rows), "sha256": upload.sha256}
        append("labels brought", by=by.mark, body=body)
    return batch


def _read(path: Path) -> list[dict[str, Any]]:
    rows = rows_of_table("labels", path, most=MOST_ROWS)
    nameless = sum(not any(row.get(name) for name in IDS) for row in rows)
    if nameless:
        raise InputError(
            Mistake("rows name nobody", "the table labels", "customer_id, actor_id or order_id", f"{nameless} rows")
        )  # fmt: skip
    return rows


def _label(batch: LabelImport, row: Mapping[str, Any]) -> ImportedLabel:
    said = {name: str(row.get(name) or "")[:200] for name in (*IDS, "kind", "reason")}
    said |= {"kind": said["kind"][:60], "actor_id": said["actor_id"][:40]}
    reviewed_at = row["reviewed_at"].replace(tzinfo=UTC)
    return ImportedLabel(batch=batch, verdict=row["verdict"], reviewed_at=reviewed_at, **said)


def measured(batch: LabelImport) -> Agreement:
    """How the batch agrees with our own reviews of the same actors, over both that are there."""
    run = Run.current()
    if run is None:
        return agreement([])
    theirs = _verdicts_by_actor(batch, run)
    ours = {
        review.finding.actor_id: review.verdict
        for review in Review.objects.filter(is_blind=False, finding__actor_id__in=list(theirs))
        .select_related("finding")
        .order_by("at", "pk")
    }
    return agreement([(ours[actor], theirs[actor]) for actor in sorted(ours)])


def _verdicts_by_actor(batch: LabelImport, run: Run) -> dict[str, str]:
    """What the batch says of each actor of `run`: the latest of several verdicts."""
    rows = list(batch.labels.order_by("reviewed_at", "pk"))
    of_order = _customers_of_orders(run.path, {row.order_id for row in rows if row.order_id})
    customer = {row.pk: row.customer_id or of_order.get(row.order_id, "") for row in rows}
    known = {
        m["customer_id"]: m["actor_id"] for m in members(run.path, "customer_id", set(customer.values()))
    }
    found = {}
    for row in rows:
        actor = row.actor_id or known.get(customer[row.pk])
        if actor:
            found[actor] = row.verdict
    return found


def _customers_of_orders(folder: Path, orders: Collection[str]) -> dict[str, str]:
    path = folder / "lines.parquet"
    if not path.is_file() or not orders:
        return {}
    wanted = pc.field("order_id").isin(pa.array(sorted(orders), pa.string()))
    rows = pq.read_table(path, columns=["order_id", "customer_id"], filters=wanted).to_pylist()
    return {row["order_id"]: row["customer_id"] for row in rows if row["customer_id"]}


def measure_again() -> None:
    """The agreement of every batch that stands, with the reviews of today."""
    for batch in LabelImport.objects.filter(withdrawn_at=None):
        LabelImport.objects.filter(pk=batch.pk).update(agreement=measured(batch).as_json())


def withdraw(batch: LabelImport, by: Colleague, *, at: datetime | None = None) -> bool:
    """Let later runs no longer read the batch; False where it was withdrawn before."""
    with transaction.atomic():
        standing = LabelImport.objects.filter(pk=batch.pk, withdrawn_at=None)
        if not standing.update(withdrawn_at=at or timezone.now()):
            return False
        append("labels withdrawn", by=by.mark, body={"import": batch.pk, "source": batch.source})
    return True


def verdict_counts(batch: LabelImport) -> Mapping[str, int]:
    """How many rows of each verdict."""
    return Counter(batch.labels.values_list("verdict", flat=True))
