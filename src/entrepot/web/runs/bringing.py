"""A finished run from elsewhere comes into the server's folder, as a copy: its own folder is left alone."""

from __future__ import annotations

import shutil
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from entrepot.run import Run as Folder
from entrepot.run import being_written
from entrepot.web.runs.models import DONE, Run


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
    return known or Run.objects.create(
        name=name, state=DONE, ended_at=timezone.now(), headline=dict(given.record["headline"])
    )


def _free(here: Path, given: Folder) -> str:
    """The name under which `given` stands in `here`, or may."""
    stem, number = given.folder.name, 1
    name = stem
    while (here / name).exists() and Folder.open(here / name).record != given.record:
        number += 1
        name = f"{stem}-{number}"
    return name
