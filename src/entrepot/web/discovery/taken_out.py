"""Findings taken out: as CSV that a spreadsheet does not run, and as a view that a colleague keeps under a name."""

from __future__ import annotations

import csv
from collections.abc import Iterator

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from entrepot.exports import harmless
from entrepot.web.access import needs
from entrepot.web.discovery.findings import run_of
from entrepot.web.discovery.indexing import COPIED
from entrepot.web.discovery.models import SavedView
from entrepot.web.discovery.queries import Asked
from entrepot.web.records.models import append
from entrepot.web.runs.models import Run

BOM = "\ufeff"  # by which a spreadsheet knows UTF-8
COLUMNS = ("code", *COPIED, "state", "decided_at")
MOST_VIEWS = 50


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
    name = " ".join(request.POST.get("name", "").replace("\x00", "").split())[:100]
    back = f"{reverse('findings')}?{asked.query()}"
    mine = SavedView.objects.filter(colleague=request.user)
    if not name:
        messages.warning(request, _("Give the view a name, so that you find it again."))
        return redirect(back)
    if mine.count() >= MOST_VIEWS:
        messages.warning(request, _("You keep %(n)s views; forget one first.") % {"n": MOST_VIEWS})
        return redirect(back)
    with transaction.atomic():
        said = {"query": asked.query(run="", page=1)[:1000]}
        view, _made = SavedView.objects.update_or_create(colleague=request.user, name=name, defaults=said)
        # a record holds nothing that names somebody, so not what was searched for
        append("view kept", by=request.user.mark, body={"view": view.pk, "query": asked.query(run="", q="")})
    messages.success(request, _("Kept as “%(name)s”.") % {"name": name})
    return redirect(back)


@require_POST
@needs("read findings")
def findings_forget(request: HttpRequest, view: int) -> HttpResponse:
    """Forget a view of one's own."""
    with transaction.atomic():
        kept = get_object_or_404(SavedView, pk=view, colleague=request.user)
        append("view forgotten", by=request.user.mark, body={"view": kept.pk})
        kept.delete()
    return redirect("findings")
