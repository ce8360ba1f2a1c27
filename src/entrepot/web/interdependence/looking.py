"""The pages: the dashboard with its filters, and each picture as a file."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import vl_convert
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from entrepot.errors import InputError
from entrepot.exports import harmless
from entrepot.report.theme import FONT
from entrepot.web.access import needs
from entrepot.web.failing import Problem, of_mistakes, tell
from entrepot.web.interdependence.answers import Measures
from entrepot.web.interdependence.questions import ByForm, PartForm, Question, StopForm
from entrepot.web.pages import show
from entrepot.web.runs.models import DONE, Run

GONE = Problem(
    410,
    _("The folder of this run is gone"),
    _("It was purged or moved; its measures went with it."),
    _("Choose another run."),
)
PNG_SCALE = 2.0
PART_FIELDS = tuple(Question.__dataclass_fields__)


@dataclass(frozen=True)
class Dashboard:
    """The page. `said` is None where nobody measured this run yet, or there is none."""

    run: Run | None
    runs: Sequence[Run]
    said: Mapping[str, Any] | None = None
    about: str = ""
    part: PartForm | None = None
    by: ByForm | None = None
    split: Mapping[str, Any] | None = None
    stop: StopForm | None = None
    stop_sentence: str = ""
    mistakes: Sequence[str] = ()
    query: str = ""  # of the filters, for downloads
    is_part: bool = False


@require_safe
@needs("read findings")
def interdependence(request: HttpRequest) -> HttpResponse:
    """How far firm and customer-entrepreneurs depend on each other."""
    run, runs = asked_for(request.GET.get("run")), list(Run.objects.filter(state=DONE)[:20])
    if run is None:
        return show(request, "interdependence/dashboard.html", Dashboard(None, runs))
    if not run.is_there:
        return tell(request, GONE)
    measures = Measures(run)
    if not measures.are_there:
        return show(request, "interdependence/dashboard.html", Dashboard(run, runs))
    return show(request, "interdependence/dashboard.html", _answered(request, run, runs, measures))


def _answered(request: HttpRequest, run: Run, runs: Sequence[Run], measures: Measures) -> Dashboard:
    options = measures.options()
    part = PartForm(request.GET, values=options["values"], products=options["products"])
    by = ByForm(request.GET)
    stop = StopForm(request.GET if "who" in request.GET else None, kinds=options["values"].get("kind", ()))
    question = part.question()
    mistakes: list[str] = []
    try:
        said = measures.dashboard(question)
    except InputError as error:
        mistakes += [str(m) for m in error.mistakes]
        question = Question()
        said = measures.dashboard(question)
    sentence = ""
    asked = stop.stop() if part.is_valid() else None
    if asked is not None and said["numbers"]:
        try:
            sentence = measures.stop(question, asked)
        except InputError as error:
            mistakes += [str(m) for m in error.mistakes]
    return Dashboard(
        run, runs, said, question.in_words(options["products"]), part, by, measures.split(*by.asked()), stop, sentence,
        mistakes, _query(request), not question.is_plain,
    )  # fmt: skip


@require_safe
@needs("read findings")
def download(request: HttpRequest, name: str, kind: str) -> HttpResponse:
    """One picture as CSV, SVG or PNG, by the same filters."""
    run = asked_for(request.GET.get("run"))
    if run is None or not run.is_there or not Measures(run).are_there or kind not in WRITERS:
        raise Http404
    try:
        figure = _figure(request, Measures(run), name)
    except InputError as error:
        return tell(request, of_mistakes(error))
    answer = WRITERS[kind](figure)
    answer["Content-Disposition"] = f'attachment; filename="{run.name}-{name}.{kind}"'
    answer["Cache-Control"] = "private, no-store"
    return answer


def _figure(request: HttpRequest, measures: Measures, name: str) -> Mapping[str, Any]:
    options = measures.options()
    if name == "by":
        figures = [measures.split(*ByForm(request.GET).asked())["figure"]]
    else:
        part = PartForm(request.GET, values=options["values"], products=options["products"])
        figures = measures.dashboard(part.question())["figures"]
    found = next((f for f in figures if f is not None and f["name"] == name), None)
    if found is None:
        raise Http404
    return found


def asked_for(name: str | None) -> Run | None:
    """The run that is asked for by its name, or the latest."""
    return get_object_or_404(Run, name=name, state=DONE) if name else Run.current()


def _query(request: HttpRequest) -> str:
    kept = request.GET.copy()
    for name in list(kept):
        if name not in (*PART_FIELDS, "by", "basis", "run") or not kept[name]:
            del kept[name]
    return kept.urlencode()


def _csv(figure: Mapping[str, Any]) -> HttpResponse:
    answer = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8")
    writer = csv.writer(answer)
    rows = figure["rows"]
    writer.writerow(rows[0])
    writer.writerows([[harmless(value) for value in row.values()] for row in rows])
    return answer


def _whole_svg(figure: Mapping[str, Any]) -> str:
    """The widest picture as a file of its own: with the names of its language and font."""
    picture: str = figure["pictures"][0][1]
    return picture.replace("<svg ", f"<svg xmlns=\"http://www.w3.org/2000/svg\" font-family='{FONT}' ", 1)


def _svg(figure: Mapping[str, Any]) -> HttpResponse:
    return HttpResponse(_whole_svg(figure), content_type="image/svg+xml")


def _png(figure: Mapping[str, Any]) -> HttpResponse:
    return HttpResponse(vl_convert.svg_to_png(_whole_svg(figure), scale=PNG_SCALE), content_type="image/png")


WRITERS = {"csv": _csv, "svg": _svg, "png": _png}
