"""What one does with observations: add, change, erase, purge; each with its record, in one transaction.

A record says which observation, of whom, and which fields were changed; what was written stays in the observation
alone, so that an auditor who reads records reads no testimony, and what is erased is gone.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from entrepot.web.discovery import observing_files as files
from entrepot.web.discovery.models import Observation, ObservedActor
from entrepot.web.discovery.observing_forms import ONES_OWN, ObservationForm
from entrepot.web.records import models as records
from entrepot.web.runs.models import Upload

SAID = ("step", "source_type", "seen_on", "sensitivity", "is_source_concealed", "expires_on")
"""Fields whose value may stand in a record: none of them is written freely."""
ORPHAN_S = 24 * 60 * 60


def about(observation: Observation) -> str:
    """What records of `observation` are about."""
    return f"observation:{observation.pk}"


def add(form: ObservationForm, *, by: Any) -> Observation:
    """The observation of a valid `form`; the same form sent again gives the one that it made."""
    said = form.cleaned_data
    with transaction.atomic():
        known = Observation.objects.filter(form=said["form_number"]).first()
        if known:
            return known
        kept = files.keep(said["file"], by=by) if said["file"] else None
        made = Observation.objects.create(**_own(form), file=kept, form=said["form_number"], by=by)
        _link(made, said["actors"])
        body = {**_said(made), "observation": made.pk, "actors": said["actors"], "file": kept and kept.sha256}
        records.append("observation added", by=by.mark, body=body, about=about(made))
    return made


def change(form: ObservationForm, *, by: Any) -> Observation:
    """Put what a valid `form` says in place of what stands there, and record which fields that changed."""
    said = form.cleaned_data
    with transaction.atomic():
        known = Observation.objects.select_for_update().get(pk=form.known.pk)  # type: ignore[union-attr]
        was = {**_said(known), "actors": _actors(known)}
        changed = [name for name, value in _own(form).items() if getattr(known, name) != value]
        for name, value in _own(form).items():
            setattr(known, name, value)
        if said["file"]:
            changed.append("file")
            _replace_file(known, said["file"], by=by)
        known.changed_at = timezone.now()
        known.save()
        _link(known, said["actors"])
        now = {**_said(known), "actors": _actors(known)}
        body = {"observation": known.pk, "changed": changed + ["actors"] * (was["actors"] != now["actors"])}
        body["was"], body["now"] = _different(was, now)
        records.append("observation changed", by=by.mark, body=body, about=about(known))
    return known


def erase(observations: Iterable[Observation], *, by: str, why: str) -> int:
    """Delete `observations` with their files and what records say of them; returns their number."""
    number = 0
    with transaction.atomic():
        for observation in observations:
            records.erase(about(observation))
            body = {"observation": observation.pk, "why": why}
            records.append("observation erased", by=by, body=body)
            if observation.file is not None:
                files.discard(observation.file)
            observation.delete()
            number += 1
    return number


def expired(*, on: date) -> Any:
    """The observations whose day has come."""
    return Observation.objects.filter(expires_on__lte=on)


def purge(*, on: date, by: str) -> int:
    """Delete what has expired on the day `on`; returns the number of observations."""
    number = erase(list(expired(on=on)), by=by, why="its time was over")
    _sweep()
    return number


def _sweep() -> None:
    """Delete files that no observation names: what an interrupted request left behind."""
    folder = Path(settings.ENTREPOT.uploads) / files.FOLDER
    for path in folder.glob("*") if folder.is_dir() else ():
        known = Upload.objects.filter(path=f"{files.FOLDER}/{path.name}").exists()
        if not known and path.stat().st_mtime < time.time() - ORPHAN_S:
            path.unlink(missing_ok=True)


def _own(form: ObservationForm) -> dict[str, Any]:
    return {**{name: form.cleaned_data[name] for name in ONES_OWN}, "legitimacy": form.legitimacy}


def _said(observation: Observation) -> dict[str, Any]:
    return {name: getattr(observation, name) for name in SAID}


def _actors(observation: Observation) -> list[str]:
    return sorted(observation.actors.values_list("actor_id", flat=True))


def _different(was: Mapping[str, Any], now: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    names = [name for name in was if was[name] != now[name]]
    return {name: was[name] for name in names}, {name: now[name] for name in names}


def _link(observation: Observation, actor_ids: Sequence[str]) -> None:
    observation.actors.exclude(actor_id__in=actor_ids).delete()
    rows = [ObservedActor(observation=observation, actor_id=a) for a in actor_ids]
    ObservedActor.objects.bulk_create(rows, ignore_conflicts=True)


def _replace_file(observation: Observation, attached: files.Attached, *, by: Any) -> None:
    before = observation.file
    observation.file = files.keep(attached, by=by)
    observation.save(update_fields=["file"])
    if before is not None:
        files.discard(before)
