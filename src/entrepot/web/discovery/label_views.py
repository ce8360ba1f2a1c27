"""The pages of labels: those of other tools come in, all go out."""

from __future__ import annotations

import csv
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq
from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from entrepot.errors import InputError
from entrepot.exports import harmless
from entrepot.web.access import needs
from entrepot.web.discovery import keeping, labels
from entrepot.web.discovery.models import LabelImport, Review
from entrepot.web.pages import show


class BringForm(forms.Form):
    """A file of labels, and where it is from."""

    source = forms.CharField(max_length=200, label=gettext_lazy("Where are these labels from?"))
    file = forms.FileField(label=gettext_lazy("CSV file"))

    def clean_file(self) -> UploadedFile:
        file: UploadedFile = self.cleaned_data["file"]
        keeping.check_size(file, labels.MOST_BYTES)
        if not str(file.name).lower().endswith(".csv"):
            raise ValidationError(_("Save the table as a CSV file (.csv) and send that."))
        return file


@dataclass(frozen=True)
class LabelsPage:
    """Batches of labels, with what each says and how it agrees with us; and the form for one more."""

    batches: list[LabelImport]
    form: BringForm
    reviews: int
    mistakes: tuple[str, ...] = ()


@require_safe
@needs("read findings")
def review_labels(request: HttpRequest) -> HttpResponse:
    """All labels."""
    labels.measure_again()
    return show(request, "discovery/review_labels.html", _page(BringForm()))


def _page(form: BringForm, mistakes: tuple[str, ...] = ()) -> LabelsPage:
    batches = list(LabelImport.objects.select_related("by", "upload").order_by("-at"))
    for batch in batches:
        batch.counts = labels.verdict_counts(batch)
    return LabelsPage(batches, form, Review.objects.filter(is_blind=False).count(), mistakes)


@require_POST
@needs("bring labels")
def review_labels_bring(request: HttpRequest) -> HttpResponse:
    """Take in labels of another tool."""
    form = BringForm(request.POST, request.FILES)
    mistakes: tuple[str, ...] = ()
    if form.is_valid():
        try:
            batch = labels.bring(form.cleaned_data["file"], form.cleaned_data["source"], request.user)
        except InputError as error:
            mistakes = tuple(str(mistake) for mistake in error.mistakes)
        else:
            messages.success(request, _("Brought in: %(source)s.") % {"source": batch.source})
            return redirect("review_labels")
    return show(request, "discovery/review_labels.html", _page(form, mistakes), status=422)


@require_POST
@needs("bring labels")
def review_labels_withdraw(request: HttpRequest, batch: int) -> HttpResponse:
    """Let later runs no longer read a batch."""
    labels.withdraw(get_object_or_404(LabelImport, pk=batch), request.user)
    return redirect("review_labels")


@require_safe
@needs("see names")
def review_labels_csv(request: HttpRequest) -> HttpResponse:
    """All labels that a run would read now, as a table that a spreadsheet only shows."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "labels.parquet"
        labels.write(path, timezone.now())
        table = pq.read_table(path)
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="labels.csv"'
    writer = csv.writer(answer)
    writer.writerow(table.column_names)
    for row in table.to_pylist():
        row["reviewed_at"] = row["reviewed_at"].isoformat()
        writer.writerow([harmless(value) for value in row.values()])
    return answer
