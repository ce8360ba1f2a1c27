"""Where a table comes from: files, folders, globs, or a table that an engine already holds.

A source is looked at before it is read: does it exist, may we read it, is it what its content says it is.
Everything wrong with all sources is told at once. The bytes are hashed in a thread, piece by piece, so that a
run can say years later exactly what it has read.

**Deliveries.** The order is the unit of arrival, and a file is a delivery, in the order given (in a folder or
glob: by name). Files that one writer cut into pieces (`part-00000.parquet`, `data_0.parquet`, folders such as
`month=3`) are one delivery together: an order may lie across two pieces.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import hashlib
import re
import shutil
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from glob import glob
from pathlib import Path
from typing import IO, TypeVar

import ibis
import ibis.expr.types as ir

from entrepot.engines import Engine
from entrepot.errors import InputError, Mistake

Source = str | Path | Sequence[str | Path] | ir.Table
"""What `read` takes for a table: a path, a glob, a folder, a list of them, or a table: of Ibis, whatever database it
is in (DuckDB, PostgreSQL, Spark …), of Arrow, or a data frame."""

ENDINGS = (".csv", ".csv.gz", ".tsv", ".tsv.gz", ".txt", ".txt.gz", ".parquet", ".pq")
_PIECE = re.compile(r"^(part[-_]?|data_|chunk[-_]?|\d+_\d+)[-_0-9a-f]*", re.IGNORECASE)
_NOT_TABLES = {
    b"PK\x03\x04": "a zip archive or an Excel workbook",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook",
    b"%PDF": "a PDF",
    b"SQLi": "an SQLite database",
    b"<htm": "a web page",
    b"<!DO": "a web page",
    b"<?xm": "XML",
}
_Answer = TypeVar("_Answer")


@dataclass(frozen=True)
class Files:
    """Files of one table: `kind` is csv or parquet, `deliveries` numbers each file's delivery, from 0."""

    name: str
    kind: str
    paths: tuple[Path, ...]
    deliveries: tuple[int, ...]


def gather(*attempts: Callable[[], _Answer]) -> list[_Answer]:
    """The answers of all attempts; if any found a mistake, one `InputError` with the mistakes of all."""
    answers: list[_Answer] = []
    mistakes: list[Mistake] = []
    for attempt in attempts:
        try:
            answers.append(attempt())
        except InputError as error:
            mistakes.extend(error.mistakes)
    if mistakes:
        raise InputError(*mistakes)
    return answers


def find(name: str, source: str | Path | Sequence[str | Path]) -> Files:
    """The files of table `name`; raises `InputError` with all that is wrong with them."""
    given = [source] if isinstance(source, str | Path) else list(source)
    paths = [path for one in given for path in _expand(name, str(one))]
    kinds = gather(*[lambda path=path: _kind(name, path) for path in paths])
    if len(set(kinds)) > 1:
        raise InputError(
            Mistake("CSV and Parquet files are mixed", f"the table {name}", "files of one format",
                    ", ".join(f"{p.name} ({k})" for p, k in zip(paths[:6], kinds, strict=False)),
                    "give one format at a time")
        )  # fmt: skip
    return Files(name, kinds[0], tuple(paths), _deliveries(paths))


def _expand(name: str, given: str) -> list[Path]:
    path = Path(given)
    try:
        if path.is_dir():
            return _in_folder(name, path)
        if not path.exists() and any(mark in given for mark in "*?["):
            return _matching(name, given)
        if not path.exists():
            raise InputError(
                Mistake("a path does not exist", f"the table {name}", "a file, a folder or a glob", given,
                        "check the spelling, and from which folder you start")
            )  # fmt: skip
    except PermissionError as error:
        raise InputError(_forbidden(name, path)) from error
    return [path]


def _matching(name: str, pattern: str) -> list[Path]:
    found = sorted(glob(pattern, recursive=True))  # noqa: PTH207  a pattern may be absolute
    if not found:
        raise InputError(
            Mistake("no file matches", f"the table {name}", "at least one file", pattern, "check the glob")
        )
    return [Path(one) for one in found]


def _in_folder(name: str, folder: Path) -> list[Path]:
    list(folder.iterdir())  # rglob is silent about folders that it may not open
    found = [
        path
        for path in sorted(folder.rglob("*"))
        if path.name.lower().endswith(ENDINGS) and not path.name.startswith((".", "_"))
    ]
    if not found:
        raise InputError(
            Mistake("a folder holds no table", f"the table {name}", "files ending in " + ", ".join(ENDINGS),
                    str(folder), "name the files, or another folder")
        )  # fmt: skip
    return found


def _forbidden(name: str, path: Path) -> Mistake:
    return Mistake("a path may not be read", f"the table {name}", "permission to read it", str(path),
                   "ask its owner for the right to read, or copy it")  # fmt: skip


def _kind(name: str, path: Path) -> str:
    try:
        start = _start(path)
    except PermissionError as error:
        raise InputError(_forbidden(name, path)) from error
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(
            Mistake("a file is broken", f"the table {name}", "a whole file", f"{path}: {error}",
                    "copy or export it again")
        ) from error  # fmt: skip
    if start.startswith(b"PAR1"):
        return "parquet"
    if path.name.lower().endswith((".parquet", ".pq")):
        raise InputError(
            Mistake("a file is not Parquet", f"the table {name}", "the mark PAR1 at its start",
                    f"{path}: {start[:12]!r}", "export it again, or give it the ending of what it is")
        )  # fmt: skip
    _must_be_text(name, path, start)
    return "csv"


def _start(path: Path) -> bytes:
    with path.open("rb") as file:
        start = file.read(4096)
    if start.startswith(b"\x1f\x8b"):
        with gzip.open(path, "rb") as file:
            start = file.read(4096)
    return start


def _must_be_text(name: str, path: Path, start: bytes) -> None:
    got = next((what for mark, what in _NOT_TABLES.items() if start[:4].upper() == mark.upper()), "")
    if not start.strip():
        got = "an empty file"
    elif start.lstrip()[:1] in (b"{", b"["):
        got = "JSON"
    elif b"\x00" in start and not start.startswith((b"\xff\xfe", b"\xfe\xff")):
        got = got or "a binary file"
    if got:
        raise InputError(
            Mistake("a file is not a CSV" if got != "an empty file" else "a file is empty",
                    f"the table {name}", "CSV, CSV.gz or Parquet with one row of column names",
                    f"{path}: {got}", "unpack it, or export the table as CSV (UTF-8) or Parquet")
        )  # fmt: skip


def _deliveries(paths: Iterable[Path]) -> tuple[int, ...]:
    numbers: dict[object, int] = {}
    return tuple(numbers.setdefault(_delivery_of(path), len(numbers)) for path in paths)


def _delivery_of(path: Path) -> Path:
    if _PIECE.fullmatch(path.name.split(".")[0]):
        path = path.parent
        while "=" in path.name:
            path = path.parent
        return path
    return next(
        (part.parent for part in path.parents if "=" in part.name and "=" not in part.parent.name), path
    )


def as_table(engine: Engine, name: str, source: object) -> ir.Table | None:
    """`source` as a table of the engine; None where it names files. Raises `InputError` where it is neither."""
    if isinstance(source, ir.Table):
        try:
            return engine.take(source)
        except Exception as error:
            raise InputError(
                Mistake("a table cannot be read", f"the table {name}", "a table that its database can still answer",
                        str(error).split("\n")[0][:300], "open its database again, or export it as Parquet")
            ) from error  # fmt: skip
    if hasattr(source, "__arrow_c_stream__"):  # Arrow, pandas, polars
        return ibis.memtable(source)
    several = isinstance(source, Sequence) and all(isinstance(one, str | Path) for one in source)
    if isinstance(source, str | Path) or (several and source):
        return None
    raise InputError(
        Mistake("that is no table", f"the table {name}", "a path, a pattern, a list of paths, or a table",
                f"{type(source).__name__}: {str(source)[:60]}", "give the name of a file or folder")
    )  # fmt: skip


class Hashing:
    """SHA-256 of files, computed beside the reading; `rows` waits for what is not yet done."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="hash")
        self._waiting: list[tuple[str, Path, Future[str]]] = []

    def add(self, files: Files) -> None:
        for path in files.paths:
            self._waiting.append((files.name, path, self._pool.submit(_sha256, path)))

    def rows(self) -> tuple[Mapping[str, object], ...]:
        """One row a file: name (of the table), path, bytes, sha256."""
        with self._pool:
            return tuple(
                {"name": name, "path": str(path), "bytes": path.stat().st_size, "sha256": digest.result()}
                for name, path, digest in self._waiting
            )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def open_table(
    engine: Engine, files: Files, encoding: str = "utf-8"
) -> tuple[ir.Table, list[str], list[ir.Table]]:
    """All files as one table, columns joined by name; each file's name in column `file`; and the CSV parts.

    Raises `InputError` where a file cannot be read as what it says it is.
    """
    if files.kind == "parquet":
        names = [str(path) for path in files.paths]
        return _as_input_error(files, partial(engine.read_parquet, names)), names, []
    paths = gather(*[partial(_as_utf8, files.name, path, encoding, engine.scratch) for path in files.paths])
    groups: dict[tuple[tuple[str, ...], str], list[str]] = {}
    for path in paths:
        groups.setdefault(_header(files.name, path), []).append(str(path))
    parts = [
        _as_input_error(files, partial(engine.read_csv, same, columns=columns, delimiter=delimiter))
        for (columns, delimiter), same in groups.items()
    ]
    return _joined_by_name(parts), [str(path) for path in paths], parts


def _as_input_error(files: Files, attempt: Callable[[], ir.Table]) -> ir.Table:
    try:
        return attempt()
    except InputError:
        raise
    except Exception as error:
        raise InputError(
            Mistake(
                f"a {files.kind} file cannot be read",
                f"the table {files.name}",
                f"whole {files.kind} files",
                str(error).split("\n")[0][:300],
                "export the table again, or convert it to UTF-8 CSV or Parquet",
            )
        ) from error


def _as_utf8(name: str, path: Path, encoding: str, scratch: Path) -> Path:
    """`path`, or a copy of it in UTF-8 where it is in another encoding."""
    try:
        zipped = _is_zipped(path)
        if codecs.lookup(encoding).name in ("utf-8", "ascii") and zipped == path.name.lower().endswith(".gz"):
            return path  # the engine tells by the name whether a file is packed
        copy = scratch / f"{len(list(scratch.iterdir()))}-{path.name.lower().removesuffix('.gz')}"
        with _opened(path, encoding) as theirs, copy.open("w", encoding="utf-8", newline="") as ours:
            shutil.copyfileobj(theirs, ours, 1 << 20)
        return copy
    except LookupError as error:
        raise InputError(
            Mistake("an encoding is unknown", "--encoding", "a name such as cp949, gb18030, shift_jis or latin-1",
                    repr(encoding), "check the spelling")
        ) from error  # fmt: skip
    except UnicodeError as error:
        raise InputError(wrong_encoding(name, f"{path}: {error}", encoding)) from error


def _opened(path: Path, encoding: str) -> IO[str]:
    if _is_zipped(path):
        return gzip.open(path, "rt", encoding=encoding, newline="")
    return path.open(encoding=encoding, newline="")


def _is_zipped(path: Path) -> bool:
    with path.open("rb") as raw:
        return raw.read(2) == b"\x1f\x8b"


def _header(name: str, path: Path) -> tuple[tuple[str, ...], str]:
    """The names of the columns, and what separates them."""
    try:
        with _opened(path, "utf-8-sig") as file:
            line = file.readline(1_000_000)
    except UnicodeError as error:
        raise InputError(wrong_encoding(name, f"{path}: {error}", "utf-8")) from error
    line = line.splitlines()[0]
    delimiter = max(",;\t|", key=line.count)
    columns: list[str] = []
    for place, column in enumerate(next(csv.reader([line], delimiter=delimiter)), 1):
        plain = column.strip() or f"column {place}"
        taken = plain.lower() in {one.lower() for one in columns}
        columns.append(f"{plain} ({place})" if taken else plain)
    return tuple(columns), delimiter


def wrong_encoding(name: str, got: str, encoding: str) -> Mistake:
    return Mistake(
        "a file is in another encoding",
        f"the table {name}",
        encoding,
        got,
        "name its encoding (--encoding cp949, gb18030, shift_jis, latin-1 …), or save it as UTF-8",
    )


def _joined_by_name(parts: Sequence[ir.Table]) -> ir.Table:
    if len(parts) == 1:
        return parts[0]
    names = list(dict.fromkeys(column for part in parts for column in part.columns))
    filled = [
        part.select(**{n: part[n] if n in part.columns else ibis.null("string") for n in names})
        for part in parts
    ]
    return ibis.union(*filled)
