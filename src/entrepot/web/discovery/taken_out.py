"""Findings taken out: as CSV that a spreadsheet does not run, and as a view that a colleague keeps under a name."""

from __future__ import annotations

import csv
from collections.abc import Iterator

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from entrepot.exports import harmless
from entrepot.web.access import needs
from entrepot.web.discovery import views_kept
from entrepot.web.discovery.findings import run_of
from entrepot.web.discovery.indexing import COPIED
from entrepot.web.discovery.models import SavedView
from entrepot.web.discovery.queries import Asked
from entrepot.web.runs.models import Run

BOM = "\ufeff"  # by which a spreadsheet knows UTF-8
COLUMNS = ("code", *COPIED, "state", "decided_at")


@require_safe
@needs("read findings")
def findings_csv(request: HttpRequest) -> HttpResponse:
    """The findings that are asked for, all pages, as CSV."""
    asked = Asked.of(request.GET)
    run = run_of(asked)
    if run is None:
        return redirect("findings")
    answer = StreamingHttpResponse(_csv(asked, run), content_type="text/csv; charset=utf-8")
    name = "".join(letter for letter in run.name if letter.isascii() and (letter.isalnum() or letter in "-_"))
    answer["Content-Disposition"] = f'attachment; filename="findings-{name}.csv"'
    return answer


class _Echo:
    """A file that gives back what is written into it."""

    def write(self, text: str) -> str:
        return text


def _csv(asked: Asked, run: Run) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield BOM + str(writer.writerow(COLUMNS))
    for row in asked.findings(run).values_list(*COLUMNS).iterator(chunk_size=2_000):
        yield str(writer.writerow([harmless(value) for value in row]))


@require_POST
@needs("read findings")
def findings_keep(request: HttpRequest) -> HttpResponse:
    """Keep the filters under a name; a name that is there takes the new filters."""
    asked = Asked.of(request.POST)
    try:
        view = views_kept.keep(request.POST.get("name", ""), asked, by=request.user)
    except views_kept.NotKept as error:
        messages.warning(request, str(error.why))
    else:
        messages.success(request, _("Kept as “%(name)s”.") % {"name": view.name})
    return redirect(f"{reverse('findings')}?{asked.query()}")


@require_POST
@needs("read findings")
def findings_forget(request: HttpRequest, view: int) -> HttpResponse:
    """Forget a view of one's own."""
    views_kept.forget(get_object_or_404(SavedView, pk=view, colleague=request.user), by=request.user)
    return redirect("findings")
