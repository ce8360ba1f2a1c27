"""A run: one immutable analysis in a folder that anyone can read.

The folder holds `run.json`, Parquet tables and `report.html`. It is written under another name beside its
place and renamed when it is whole, so a folder that is there is complete: an interrupt, a full disk or an
error leaves nothing behind. Nothing in a run is ever changed, except that a person may be erased from it by
law; what is done with it later (a report with names was made, say) is noted in `log.jsonl` beside.
"""

from __future__ import annotations

import errno
import html
import json
import math
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir

from entrepot.engines import Engine
from entrepot.errors import InputError, Mistake

RECORD = "run.json"
REPORT = "report.html"
PARTIAL = ".partial-"  # in the name of a run that is being written, with a point before it


@dataclass(frozen=True)
class Run:
    """A finished run in `folder`. Its tables are Ibis tables; `record` is what `run.json` says.

    `run.findings` has one row an actor, `run.actors` one row a customer, `run.signals` one row an actor and
    signal, `run.links` one row a pair of customers, `run.quarantine` one row of input that could not be used.
    """

    folder: Path

    @classmethod
    def open(cls, folder: str | Path) -> Run:
        """Open a run that was written before; raises `InputError` where the folder holds none."""
        path = Path(folder)
        if not (path / RECORD).is_file():
            raise InputError(
                Mistake(
                    "there is no run",
                    str(path),
                    expected=f"a folder with {RECORD}",
                    got=_what_is_at(path),
                    do="give the folder that `entrepot discover` named at its end",
                )
            )
        return cls(path)

    @cached_property
    def record(self) -> Mapping[str, Any]:
        """`run.json`: inputs with hashes, settings, versions, seed, purpose, timings, counts, headline."""
        try:
            loaded = json.loads((self.folder / RECORD).read_text(encoding="utf-8"))
        except (ValueError, OSError) as error:
            raise _unreadable(self.folder, str(error)) from error
        if not isinstance(loaded, dict):
            raise _unreadable(self.folder, type(loaded).__name__)
        return loaded

    @property
    def headline(self) -> str:
        """What came out, in one sentence."""
        return str(self.record["headline"].get("sentence", ""))

    @property
    def report(self) -> Path:
        """The report: one file that opens offline in a browser."""
        return self.folder / REPORT

    @property
    def tables(self) -> list[str]:
        """The names of the tables in this run."""
        return sorted(
            p.relative_to(self.folder).with_suffix("").as_posix() for p in self.folder.rglob("*.parquet")
        )

    def table(self, name: str) -> ir.Table:
        """The table `name` of this run; raises `InputError` where this run has none of that name."""
        path = self.folder / f"{name}.parquet"
        if not path.is_file():
            raise InputError(
                Mistake(
                    "this run has no such table", str(self.folder), expected=", ".join(self.tables), got=name
                )
            )
        if name not in self._opened:
            self._opened[name] = ibis.read_parquet(path)
        return self._opened[name]

    @cached_property
    def _opened(self) -> dict[str, ir.Table]:
        """Tables by name: asked for twice, a table is the same, so that its columns go together."""
        return {}

    findings = property(
        lambda self: self.table("findings"), doc="One row an actor: evidence, kind, excess, revenue."
    )
    actors = property(
        lambda self: self.table("actors"), doc="One row a customer: person, actor, role, and why."
    )
    changes = property(
        lambda self: self.table("actor_changes"), doc="One row an actor that came, went or changed."
    )
    links = property(
        lambda self: self.table("links"), doc="One row a pair of customers: what agreed, how strongly."
    )
    signals = property(
        lambda self: self.table("signals"), doc="One row an actor and signal: log10 of the e-value."
    )
    quarantine = property(
        lambda self: self.table("quarantine"), doc="One row of input that could not be used."
    )
    unmatched_returns = property(
        lambda self: self.table("unmatched_returns"),
        doc="One row a return whose purchase is not in the data.",
    )

    def flagged(self) -> ir.Table:
        """The findings on the list, strongest evidence first."""
        findings = self.findings
        return findings.filter(findings.flagged).order_by(ibis.desc("resale_evidence"), "actor_id")

    def write_csv(self, name: str, path: str | Path) -> int:
        """Write the table `name` as CSV that a spreadsheet cannot run; returns the number of rows."""
        from entrepot.exports import write_csv

        return write_csv(self.table(name), Path(path))

    def note(self, entry: Mapping[str, Any]) -> None:
        """Add one line to `log.jsonl`, what was done with this run after it was finished."""
        with (self.folder / "log.jsonl").open("a", encoding="utf-8") as log:
            log.write(json.dumps(dict(entry), ensure_ascii=False, default=str) + "\n")

    def __repr__(self) -> str:
        return f"{self.headline}\nRun in {self.folder}; report: {self.report}"

    def _repr_html_(self) -> str:
        columns = ["actor_id", "kind", "customers", "resale_evidence", "excess_units", "revenue"]
        rows = self.flagged().select(columns).limit(10).to_pyarrow().to_pylist()
        head = "".join(f"<th>{html.escape(name.replace('_', ' '))}</th>" for name in columns)
        body = "".join(f"<tr>{''.join(_cell(row[name]) for name in columns)}</tr>" for row in rows)
        return (
            f"<p><strong>{html.escape(self.headline)}</strong></p>"
            f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
            f"<p>Report: <code>{html.escape(str(self.report))}</code></p>"
        )


def _unreadable(folder: Path, got: str) -> InputError:
    return InputError(
        Mistake(f"{RECORD} cannot be read", str(folder), "the record that `entrepot discover` wrote", got,
                "take the folder back from a backup, or delete it and discover again")
    )  # fmt: skip


def _what_is_at(path: Path) -> str:
    return "a folder without it" if path.is_dir() else "a file" if path.exists() else "nothing of that name"


def open_run(folder: str | Path) -> Run:
    """Open the run in `folder`, as `discover` left it; raises `InputError` where there is none."""
    return Run.open(folder)


def _cell(value: object) -> str:
    shown = f"{value:,.1f}" if isinstance(value, float) else str(value)
    return f"<td>{html.escape(shown)}</td>"


def silent(name: str) -> None:
    """Tell nobody: what hears of the steps of a run where nobody listens."""


def next_folder(parent: Path) -> Path:
    """The first of `parent`/0001, 0002, … that is not taken."""
    number = 1
    while (parent / f"{number:04d}").exists():
        number += 1
    return parent / f"{number:04d}"


@contextmanager
def being_written(folder: Path) -> Iterator[Path]:
    """A temporary folder beside `folder`: renamed to it when the block ends well, else removed.

    Raises `InputError` where `folder` exists, its parent cannot be written, or the disk is full.
    """
    partial = _begin(folder)
    try:
        yield partial
        partial.rename(folder)
    except Exception as error:
        if is_disk_full(error):
            raise _disk_full(folder, error) from error
        raise
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _begin(folder: Path) -> Path:
    if folder.exists():
        raise InputError(
            Mistake(
                "a run is never written over",
                str(folder),
                expected="a name that is free",
                got="it exists",
                do="give another --out",
            )
        )
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(prefix=f".{folder.name}{PARTIAL}", dir=folder.parent))
    except OSError as error:
        if is_disk_full(error):
            raise _disk_full(folder, error) from error
        raise InputError(
            Mistake(
                "the run cannot be written",
                str(folder.parent),
                expected="a folder in which you may write",
                got=error.strerror or str(error),
                do="give --out in a folder of yours",
            )
        ) from error
    partial.chmod(0o755)
    return partial


def is_disk_full(error: BaseException) -> bool:
    """Whether `error` says that there is no space left; an engine says so in words, not by `errno`."""
    full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
    return full or "no space left on device" in str(error).lower()


def _disk_full(folder: Path, error: BaseException) -> InputError:
    return InputError(
        Mistake("the disk is full", str(folder.parent), expected="room for the run", got=str(error),
                do="free some space or give --out on another disk; nothing was left behind")
    )  # fmt: skip


def write_tables(folder: Path, *, engine: Engine, tables: Mapping[str, ir.Table]) -> None:
    """Write each of `tables` as Parquet into `folder`; a name may hold a slash, for a folder inside."""
    for name, table in tables.items():
        path = folder / f"{name}.parquet"
        path.parent.mkdir(exist_ok=True)
        engine.write_parquet(table, path)


def write_record(folder: Path, record: Mapping[str, Any]) -> None:
    """Write `record` as `run.json` into `folder`."""
    text = json.dumps(plain(record), ensure_ascii=False, indent=2, allow_nan=False)
    (folder / RECORD).write_text(text + "\n", encoding="utf-8")


def plain(value: Any) -> Any:
    """`value` as JSON has it: no NaN and no infinity (they become null), dates and paths as text.

    >>> plain({"mean": float("nan"), "files": (Path("a.csv"),)})
    {'mean': None, 'files': ['a.csv']}
    """
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    if isinstance(value, set | frozenset):
        return sorted(plain(v) for v in value)
    if hasattr(value, "item"):
        return plain(value.item())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if isinstance(value, str | int | None) else str(value)
