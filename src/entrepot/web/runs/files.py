"""Files that were sent in: kept under a name of ours with who sent them and their hash, and forgotten on request."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import ProtectedError, QuerySet

from entrepot.errors import InputError, Mistake
from entrepot.web.records.models import append
from entrepot.web.runs.models import RUNNING, WAITING, Run, Upload
from entrepot.web.runs.receiving import Receiving

TABLES = ("orders", "customers", "products", "events", "offers", "labels", "rates", "targets", "sellout")
"""The tables of contracts.md that a run or its measures read; `claims` belong to sensemaking."""


def keep(receiving: Receiving, *, by: Any) -> list[Upload]:
    """Give every file that came in whole its row, and its record."""
    kept = []
    with transaction.atomic():
        for file in receiving.files:
            upload = Upload.objects.create(
                name=file.name, table=file.table, path=str(file.path), size_bytes=file.size,
                sha256=file.sha256, columns=list(file.look.columns), by=by,
            )  # fmt: skip
            said = {"upload": upload.pk, "table": file.table, "bytes": file.size, "sha256": file.sha256}
            append("file sent in", by=by.mark, body=said)
            kept.append(upload)
    for file in receiving.files:
        receiving.keep(file)
    return kept


def sent_in() -> QuerySet[Upload]:
    """The files for runs: what hangs on an observation or an appeal is no file for a run."""
    return Upload.objects.filter(table__in=TABLES)


def there(upload: Upload) -> bool:
    """Whether the file is still where it was put."""
    return Path(upload.path).is_file()


def waiting_for(upload: Upload) -> Sequence[Run]:
    """The runs that are going to read the file, or are reading it."""
    open_runs = Run.objects.filter(state__in=(WAITING, RUNNING))
    return [run for run in open_runs if upload.path in run.inputs.get(upload.table, ())]


def forget(upload: Upload, *, by: Any) -> None:
    """Delete the file and its row; runs that read it keep what they made of it. `InputError` while one reads it."""
    with transaction.atomic():
        reading = waiting_for(upload)
        if reading:
            raise InputError(
                Mistake("a file is being read", upload.name, got=f"by run {reading[0]}",
                        do="wait until the run is over, or cancel it")
            )  # fmt: skip
        append("file deleted", by=by.mark, body={"upload": upload.pk, "sha256": upload.sha256})
        path = Path(upload.path)
        try:
            upload.delete()
        except ProtectedError as error:
            raise InputError(
                Mistake("a file is in use", upload.name, got="labels that were brought with it",
                        do="withdraw those labels; the file goes when its time is over")
            ) from error  # fmt: skip
    path.unlink(missing_ok=True)


def names(run: Run) -> dict[str, str]:
    """What the senders call the files of `run`, by path."""
    paths = [path for several in run.inputs.values() for path in several]
    return dict(Upload.objects.filter(path__in=paths).values_list("path", "name"))
