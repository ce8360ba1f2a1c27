"""What a server allows of runs, from `server.toml`: how much is sent in, which of its own folders are read.

data_folders     folders below which a run may read; none if not given
most_upload_gib  the size of all that one form sends, 8 if not given
most_unpacked_gib  what one packed file may hold, ten times as much if not given
memory           what the engine uses before it spills to disk, "8GiB" if not given
processes        how many month ends are looked back to at a time; as many as cores if not given
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from entrepot.errors import InputError, Mistake

GIB = 2**30
KEPT_FREE = GIB // 2
"""Room that stays on the disk, for the database and for those who are at work."""


@dataclass(frozen=True)
class Limits:
    """The limits of one server; sizes in bytes."""

    data_folders: tuple[Path, ...] = ()
    most_upload: int = 8 * GIB
    most_unpacked: int = 80 * GIB
    memory: str = "8GiB"
    processes: int | None = None

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> Limits:
        """The limits in `server.toml`; raises `InputError` with every one that cannot be used."""
        wrong = [mistake for mistake in (_size(said, name) for name in SIZES) if mistake]
        folders = said.get("data_folders", [])
        if not isinstance(folders, list) or not all(
            isinstance(f, str) and Path(f).is_absolute() for f in folders
        ):
            wrong.append(_mistake("data_folders", "a list of absolute paths", folders))
        if wrong:
            raise InputError(*wrong)
        upload = said.get("most_upload_gib", 8)
        return cls(
            data_folders=tuple(Path(folder).resolve() for folder in folders),
            most_upload=int(upload * GIB),
            most_unpacked=int(said.get("most_unpacked_gib", 10 * upload) * GIB),
            memory=str(said.get("memory", "8GiB")),
            processes=said.get("processes"),
        )


SIZES = ("most_upload_gib", "most_unpacked_gib", "processes")


def _size(said: Mapping[str, Any], name: str) -> Mistake | None:
    value = said.get(name, 1)
    sound = isinstance(value, int | float) and not isinstance(value, bool) and value > 0
    return None if sound else _mistake(name, "a number above zero", value)


def _mistake(name: str, expected: str, got: object) -> Mistake:
    return Mistake(f"{name} cannot be used", "server.toml", expected, repr(got), "mend it and start again")


def limits() -> Limits:
    """The limits of this server."""
    from django.conf import settings

    return Limits.of(settings.ENTREPOT.settings)


def has_room(folder: Path, size: int) -> bool:
    """Whether `size` bytes more leave room on the disk of `folder`."""
    return shutil.disk_usage(folder).free - size > KEPT_FREE
