"""What a run folder gives to a browser: its report, shut in a sandbox of its own, and its tables.

The report carries pseudonyms only. A table that names customers or what joins them needs the action `see names`; the
rows that could not be used show what was sent in and need `start runs`. What is not in the list is not given away.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq
from django.http import FileResponse, HttpResponse, StreamingHttpResponse

from entrepot.exports import harmless
from entrepot.web.runs.models import Run

READ, START, NAMES = "read findings", "start runs", "see names"
NEEDS: Mapping[str, str] = {
    **dict.fromkeys(
        ("findings", "evidence", "signals", "purchases_monthly", "kinds", "exposure", "actor_changes", "knowable",
         "knowable_revenue", "audit_sample", "events"), READ
    ),
    **dict.fromkeys(("quarantine", "set_aside", "unmatched_returns"), START),
    **dict.fromkeys(("actors", "links", "hubs", "ring_members", "lines"), NAMES),
}  # fmt: skip
MEASURES = "interdependence/"
SANDBOX = (
    "sandbox allow-scripts allow-downloads allow-modals; default-src 'none'; style-src 'unsafe-inline'; "
    "script-src 'unsafe-inline'; img-src data: blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Scripts of the report run in an origin of its own: no cookie, no page of ours, nothing over the network."""
ROWS = 10_000


@dataclass(frozen=True)
class Download:
    """One table of a run: its name, its number of rows, the action that it needs."""

    name: str
    rows: int
    needs: str


def needed_for(name: str) -> str | None:
    """The action that a table needs; None where it is not given away."""
    return READ if name.startswith(MEASURES) else NEEDS.get(name)


def downloads(run: Run) -> list[Download]:
    """The tables of `run` that somebody may have."""
    folder = run.path
    names = [name for name in run.folder.tables if needed_for(name)]
    return [
        Download(n, pq.read_metadata(folder / f"{n}.parquet").num_rows, needed_for(n) or "") for n in names
    ]


def report(run: Run) -> HttpResponse | None:
    """The report of `run`, in its sandbox; None where there is none."""
    path = run.path / "report.html"
    if not path.is_file():
        return None
    response = HttpResponse(path.read_bytes(), content_type="text/html; charset=utf-8")
    response["Content-Security-Policy"] = SANDBOX
    response["Cache-Control"] = "private, no-store"
    return response


def parquet(run: Run, name: str) -> FileResponse:
    """The table as it is."""
    file = (run.path / f"{name}.parquet").open("rb")
    return FileResponse(file, as_attachment=True, filename=f"{_called(run, name)}.parquet",
                        content_type="application/vnd.apache.parquet")  # fmt: skip


def as_csv(run: Run, name: str) -> StreamingHttpResponse:
    """The table as CSV that a spreadsheet shows and does not run, piece by piece."""
    response = StreamingHttpResponse(
        _pieces(run.path / f"{name}.parquet"), content_type="text/csv; charset=utf-8"
    )
    response["Content-Disposition"] = f'attachment; filename="{_called(run, name)}.csv"'
    return response


def _called(run: Run, name: str) -> str:
    return f"{run.name}-{name.replace('/', '-')}"


def _pieces(path: Path) -> Iterator[str]:
    table = pq.ParquetFile(path)
    yield "\ufeff" + _written([list(table.schema_arrow.names)])
    for batch in table.iter_batches(batch_size=ROWS):
        yield _written([[harmless(value) for value in row.values()] for row in batch.to_pylist()])


def _written(rows: list[list[object]] | list[list[str]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()
