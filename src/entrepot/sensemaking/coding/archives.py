"""Zip files and XML from strangers, opened so that they can do no harm.

Nothing is written to disk. A member's name may not lead elsewhere, what comes out is counted while it comes out (a bomb
says nothing true about its size), and XML may declare no document type, so that nothing in it can grow or reach out.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Collection
from pathlib import PurePosixPath
from xml.parsers import expat

from entrepot.errors import InputError, Mistake

MOST_BYTES = 256 * 2**20
MOST_MEMBERS = 10_000
PIECE = 2**16


def members(
    data: bytes, name: str, *, only: Collection[str] | None = None, most: int = MOST_BYTES
) -> dict[str, bytes]:
    """The members of a zip by name, or those named by `only`; raises `InputError` for one that is broken or a bomb."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            inside = [info for info in archive.infolist() if not info.is_dir()]
            if len(inside) > MOST_MEMBERS:
                raise InputError(
                    Mistake("too many files in it", name, f"up to {MOST_MEMBERS}", str(len(inside)))
                )
            _safe(inside, name)
            found: dict[str, bytes] = {}
            for info in inside:
                if only is None or info.filename in only:
                    left = most - sum(map(len, found.values()))
                    found[info.filename] = _contents(archive, info, name, left=left, most=most)
            return found
    except (
        zipfile.BadZipFile,
        zlib.error,
        NotImplementedError,
        RuntimeError,
        EOFError,
        OSError,
        ValueError,
    ) as error:
        what = "it is encrypted" if "encrypt" in str(error) or "password" in str(error) else str(error)
        raise InputError(
            Mistake(
                "the file is broken or no zip archive", name, got=what, do="export it anew where it was made"
            )
        ) from error


def _safe(inside: Collection[zipfile.ZipInfo], name: str) -> None:
    for info in inside:
        path = PurePosixPath(info.filename.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or ":" in path.parts[0]:
            raise InputError(
                Mistake(
                    "a file in it leads out of the archive",
                    name,
                    got=info.filename,
                    do="do not trust its maker",
                )
            )
    names = [info.filename for info in inside]
    if len(set(names)) < len(names):
        raise InputError(
            Mistake("two files in it have one name", name, do="export it anew where it was made")
        )


def _contents(archive: zipfile.ZipFile, info: zipfile.ZipInfo, name: str, *, left: int, most: int) -> bytes:
    out = io.BytesIO()
    with archive.open(info) as file:
        while piece := file.read(PIECE):
            out.write(piece)
            if out.tell() > left:
                raise InputError(
                    Mistake("it unpacks to more than can be right", name, f"up to {most // 2**20} MiB",
                            f"more, in {info.filename}", "export less at a time, or do not trust its maker")
                )  # fmt: skip
    return out.getvalue()


def plain_xml(data: bytes, name: str) -> bytes:
    """`data` as it is; raises `InputError` where it is no well-formed XML or declares a document type."""

    def declared(*_: object) -> None:
        raise InputError(
            Mistake(
                "the XML declares a document type", name, "none", do="do not trust its maker; none is needed"
            )
        )

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = declared
    try:
        parser.Parse(data, True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise InputError(
            Mistake("the XML is broken", name, got=str(error), do="export it anew where it was made")
        ) from error
    return data
