"""A finished run from elsewhere comes into the server's folder, as a copy: its own folder is left alone."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from entrepot.report.headline import headline
from entrepot.report.reading import read_run
from entrepot.run import Run as Folder
from entrepot.run import being_written
from entrepot.web.records.models import append
from entrepot.web.runs.models import DONE, Run
from entrepot.web.runs.whole import run_is_whole

ABOUT = ("as_of", "window_from", "window_until", "currency", "retain_until", "purpose", "created_at")


def bring(folder: Path) -> Run:
    """Copy the run in `folder` into HOME/runs, unless it is there, and make it one that pages show.

    Raises `InputError` where the folder holds no run.
    """
    given = Folder.open(folder.resolve())
    here = Path(settings.ENTREPOT.runs)
    name = given.folder.name
    if given.folder.parent != here:
        name = _free(here, given)
        if not (here / name).exists():
            with being_written(here / name) as partial:
                shutil.copytree(given.folder, partial, dirs_exist_ok=True)
    known = Run.objects.filter(name=name).first()
    if known is None:
        known = _entered(name, given)
    run_is_whole.send(Run, run=known)
    return known


def _entered(name: str, given: Folder) -> Run:
    said, known = sentences(given), about(given.record)
    with transaction.atomic():
        append("run brought", by="terminal", body={"run": name, "headline": said["sentence"]})
        return Run.objects.create(
            name=name,
            state=DONE,
            ended_at=timezone.now(),
            headline=said,
            about=known,
            previous=_before(given),
        )


def _before(given: Folder) -> Run | None:
    """The run that `given` kept the ids of, where it is here too: codes of the two are made with one key."""
    key, parent = given.record.get("pseudonym_key"), given.record.get("parent")
    here = Run.objects.filter(state=DONE, name=Path(parent).name).first() if parent and key else None
    return here if here and here.is_there and here.folder.record.get("pseudonym_key") == key else None


def sentences(given: Folder) -> dict[str, str]:
    """What the run says in words: `sentence, detail, how_sure`."""
    return asdict(headline(read_run(given.folder)))


def about(record: Mapping[str, Any]) -> dict[str, Any]:
    """What pages need to know of a run without opening its folder."""
    return {**{name: record.get(name) for name in ABOUT}, "fdr": record["settings"]["fdr"]}


def _free(here: Path, given: Folder) -> str:
    """The name under which `given` stands in `here`, or may."""
    stem, number = given.folder.name, 1
    name = stem
    while (here / name).exists() and Folder.open(here / name).record != given.record:
        number += 1
        name = f"{stem}-{number}"
    return name
