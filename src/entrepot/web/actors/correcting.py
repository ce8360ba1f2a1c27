"""Corrections to who is who: said by a person with a reason, kept with who said it, read by the next run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from entrepot.web.actors.models import APART, TOGETHER, Correction
from entrepot.web.people.models import Colleague
from entrepot.web.records.models import append
from entrepot.web.runs.models import Run

COLUMNS = ("correction", "kind", "joins", "group", "customer_id", "reason")
SCHEMA = pa.schema(
    [*((name, pa.string()) for name in COLUMNS), ("corrected_at", pa.timestamp("us", tz="UTC"))]
)


def join(
    run: Run, actors: Sequence[str], groups: Sequence[Sequence[str]], *, joins: str, reason: str, by: Colleague
) -> Correction:  # fmt: skip
    """Say that the customers of `groups`, those of `actors` in `run`, are one actor, or one person."""
    return _say(run, TOGETHER, actors, groups, joins=joins, reason=reason, by=by)


def part(
    run: Run, actor: str, groups: Sequence[Sequence[str]], *, reason: str, by: Colleague
) -> Correction:  # fmt: skip
    """Say that the customers of `actor` in `run` are as many actors as there are `groups`."""
    return _say(run, APART, [actor], groups, joins="actor", reason=reason, by=by)


def _say(
    run: Run, kind: str, actors: Sequence[str], groups: Sequence[Sequence[str]], *, joins: str, reason: str,
    by: Colleague,
) -> Correction:  # fmt: skip
    with transaction.atomic():
        made = Correction.objects.create(
            kind=kind, joins=joins, groups=[sorted(group) for group in groups], actors=list(actors), run=run,
            reason=reason, by=by,
        )  # fmt: skip
        body = {"correction": made.pk, "run": run.name, "said": kind, "joins": joins, "actors": list(actors),
                "sizes": [len(group) for group in groups], "reason": reason}  # fmt: skip
        append("actors corrected", by=by.mark, body=body, about=_about(actors))
    return made


def withdraw(correction: Correction, by: Colleague, *, at: datetime | None = None) -> bool:
    """Let later runs no longer read it; False where it was withdrawn before."""
    with transaction.atomic():
        standing = Correction.objects.filter(pk=correction.pk, withdrawn_at=None)
        if not standing.update(withdrawn_at=at or timezone.now()):
            return False
        body = {"correction": correction.pk}
        append("correction withdrawn", by=by.mark, body=body, about=_about(correction.actors))
    return True


def _about(actors: Sequence[str]) -> list[str]:
    """Every actor that a correction is about; erasure may have left it none."""
    return [f"actor:{actor}" for actor in actors]


def write(path: Path, until: datetime) -> int:
    """Write the corrections that stood at `until` as the table `corrections`, Parquet or CSV; how many they are."""
    standing = Correction.objects.filter(Q(withdrawn_at=None) | Q(withdrawn_at__gt=until), at__lte=until)
    said = [each for each in standing if is_whole(each)]
    if said:
        table = pa.Table.from_pylist([row for each in said for row in _rows(each)], schema=SCHEMA)
        if path.suffix == ".csv":
            pyarrow.csv.write_csv(table, path)
        else:
            pq.write_table(table, path, compression="zstd")
    return len(said)


def is_whole(correction: Correction) -> bool:
    """Whether enough customers are left in it to say something: erasure by law may have taken some out."""
    groups = [group for group in correction.groups if group]
    return len(groups) > 1 if correction.kind == APART else sum(map(len, groups)) > 1


def _rows(correction: Correction) -> Iterator[dict[str, Any]]:
    for number, group in enumerate(correction.groups, start=1):
        for customer in group:
            yield {
                "correction": f"{correction.pk:08d}", "kind": correction.kind, "joins": correction.joins,
                "group": str(number), "customer_id": customer, "reason": correction.reason,
                "corrected_at": correction.at,
            }  # fmt: skip
