"""Delete what is past its day: runs with a chained receipt, their copies here, observations, uploads; and record it.

Files go first and rows by what is no longer there, so that a purge that was interrupted is finished by the next.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import ProtectedError

from entrepot import privacy
from entrepot.web.discovery import observing_acts
from entrepot.web.discovery.models import Detail, Picture
from entrepot.web.discovery.observing_files import where
from entrepot.web.interdependence.models import Answer
from entrepot.web.protection import holding
from entrepot.web.protection.deleting import delete_with_dependents
from entrepot.web.records.models import append
from entrepot.web.runs.models import Run, Upload
from entrepot.web.sensemaking import retaining


def purge(*, on: date, by: Any) -> Mapping[str, Any]:
    """Delete what is past its day on `on`; returns `runs` (names), `findings`, `observations`, `uploads`,
    `rounds`."""
    names = privacy.purge(holding.home_runs(), on=on)
    with transaction.atomic():
        findings = _copies(on=on)
        observations = observing_acts.purge(on=on, by=by.mark)
        uploads = sum(_upload(upload) for upload in holding.old_uploads(on=on))
        rounds = retaining.purge(on=on, by=by.mark)
        said = {
            "runs": names, "findings": findings, "observations": observations, "uploads": uploads, "rounds": rounds,
        }  # fmt: skip
        append("purged", by=by.mark, body={"on": on, **said})
    return said


def _copies(*, on: date) -> int:
    """Delete what was copied from runs that are gone; what people concluded stays for its own time."""
    gone = holding.gone_runs()
    number = delete_with_dependents(holding.copies_of(gone))
    number += delete_with_dependents(holding.old_conclusions(gone, on=on))
    Detail.objects.filter(finding__run_id__in=gone).delete()
    Picture.objects.filter(run_id__in=gone).delete()
    Answer.objects.filter(run_id__in=gone).delete()
    Run.objects.filter(pk__in=gone).update(indexed_at=None)
    return number


def _upload(upload: Upload) -> bool:
    """Delete the file, and the row unless labels that hold name it; returns whether there was anything to delete."""
    path = where(upload)
    was_there = path.is_file()
    try:
        with transaction.atomic():
            upload.delete()
    except ProtectedError:
        if not was_there:
            return False
    transaction.on_commit(lambda: path.unlink(missing_ok=True))
    return True
