"""Files as they come in: written piece by piece under a name of ours, hashed and unpacked on the way, never in memory.

A packed file is unpacked here only to be measured, so that one that would fill the disk later is refused at once. What
is wrong with a file is remembered, its bytes are removed, and the rest of the form still arrives.
"""

from __future__ import annotations

import hashlib
import secrets
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from django.core.files.uploadhandler import FileUploadHandler, SkipFile

from entrepot.errors import InputError, Mistake
from entrepot.run import is_disk_full
from entrepot.web.runs.looking import Look, ending, look

FIELD = "send_"
GZIP = b"\x1f\x8b"
PIECE = 2**20
JUDGED_FROM = 64 * 2**20
MOST_TIMES = 200
"""A CSV packs 5 to 50 times; what holds more than 200 times its size, from 64 MiB on, was made to fill a disk."""


@dataclass(frozen=True)
class Received:
    """A file that came in whole: `name` is what its sender calls it, `path` where it is."""

    table: str
    name: str
    path: Path
    size: int
    sha256: str
    look: Look


class Unpacking:
    """Counts what a gzip file holds, without keeping it; raises `TooMuch` where that is more than allowed."""

    def __init__(self, most: int) -> None:
        self._most, self._read, self._held = most, 0, 0
        self._member = zlib.decompressobj(31)

    def feed(self, raw: bytes) -> None:
        self._read += len(raw)
        while raw:
            self._held += len(self._member.decompress(raw, PIECE))
            self._stop_if_too_much()
            raw = self._member.unconsumed_tail
            if self._member.eof:  # a file may be packed in several parts
                raw = self._member.unused_data.lstrip(b"\0")
                self._member = zlib.decompressobj(31)

    def _stop_if_too_much(self) -> None:
        swollen = self._held > JUDGED_FROM and self._held > MOST_TIMES * self._read
        if swollen or self._held > self._most:
            raise TooMuch(self._held)


class TooMuch(Exception):
    """A packed file holds more than is allowed."""


@dataclass
class Coming:
    """The file that is coming in now."""

    table: str
    name: str
    path: Path
    file: IO[bytes]
    digest: Any = field(default_factory=hashlib.sha256)
    size: int = 0
    start: bytes = b""
    unpacking: Unpacking | None = None

    def take(self, raw: bytes, most_unpacked: int) -> None:
        if not self.size:
            self.start = raw[:16]
            self.unpacking = Unpacking(most_unpacked) if raw.startswith(GZIP) else None
        self.size += len(raw)
        self.digest.update(raw)
        self.file.write(raw)
        if self.unpacking:
            self.unpacking.feed(raw)


class Receiving(FileUploadHandler):
    """Takes the files of one form into `folder`: `files` are those that are tables, `mistakes` are of the others."""

    def __init__(self, folder: Path, *, most_unpacked: int, tables: tuple[str, ...]) -> None:
        super().__init__()
        self._folder, self._most_unpacked, self._tables = folder, most_unpacked, tables
        self._coming: Coming | None = None
        self.files: list[Received] = []
        self.mistakes: dict[str, list[Mistake]] = {}
        self._kept: set[Path] = set()

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        table = str(self.field_name).removeprefix(FIELD)
        if table not in self._tables:
            raise SkipFile
        path = self._folder / f"{secrets.token_hex(16)}.coming"
        self._coming = Coming(table, str(self.file_name)[:255], path, path.open("xb"))

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        coming = self._coming
        assert coming
        try:
            coming.take(raw_data, self._most_unpacked)
        except TooMuch as error:
            self._refuse(
                "a packed file holds too much", "a table that was packed", f"more than {error} bytes"
            )
            raise SkipFile from error
        except zlib.error as error:
            self._refuse("a file is broken", "a whole gzip file", str(error))
            raise SkipFile from error
        except OSError as error:
            full = is_disk_full(error)
            self._refuse("the disk is full" if full else "a file cannot be kept", "room for it", str(error))
            raise SkipFile from error

    def _refuse(self, what: str, expected: str, got: str) -> None:
        coming = self._coming
        assert coming
        do = "free room on the server" if "disk" in what else "export the table again as CSV or Parquet"
        mistake = Mistake(what, f"the table {coming.table}", expected, f"{coming.name}: {got}", do)
        self.mistakes.setdefault(coming.table, []).append(mistake)
        self._drop()

    def _drop(self) -> None:
        if self._coming:
            self._coming.file.close()
            self._coming.path.unlink(missing_ok=True)
            self._coming = None

    def file_complete(self, file_size: int) -> None:
        coming = self._coming
        if coming is None:
            return
        coming.file.close()
        path = coming.path.with_suffix("").with_suffix(ending(coming.start))
        coming.path.rename(path)
        path.chmod(0o600)
        try:
            seen = look(path, table=coming.table, called=coming.name, most_unpacked=self._most_unpacked)
        except InputError as error:
            self.mistakes.setdefault(coming.table, []).extend(error.mistakes)
            path.unlink()
        else:
            digest = coming.digest.hexdigest()
            self.files.append(Received(coming.table, coming.name, path, coming.size, digest, seen))
        self._coming = None

    def upload_interrupted(self) -> None:
        self._drop()

    def keep(self, received: Received) -> None:
        """This file has its row; the others go with `clean`."""
        self._kept.add(received.path)

    def clean(self) -> None:
        """Remove what was received and not kept."""
        self._drop()
        for received in self.files:
            if received.path not in self._kept:
                received.path.unlink(missing_ok=True)


def length(meta: Mapping[str, Any]) -> int:
    """How many bytes a request says that it brings; nothing more is read of it."""
    said = str(meta.get("CONTENT_LENGTH") or "0")
    return int(said) if said.isascii() and said.isdigit() else 0
