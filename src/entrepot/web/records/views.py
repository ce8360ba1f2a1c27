"""The page of records: what people did, whether the chain holds, and both to take away."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.views.decorators.http import require_POST, require_safe

from entrepot.web.access import needs
from entrepot.web.pages import show
from entrepot.web.records import forms, queries, taking
from entrepot.web.records.chain import Checked
from entrepot.web.records.models import Record, verify


@dataclass(frozen=True)
class Records:
    """A page of records. `older` is the query of the next page; `checked` is there after the button was pressed."""

    lines: list[queries.Line]
    form: forms.Filters
    number: int
    older: str = ""
    checked: Checked | None = None


@require_safe
@needs("read records")
def records(request: HttpRequest) -> HttpResponse:
    """What people did, newest first."""
    form = forms.Filters(request.GET or None)
    return show(request, "records/records.html", _page(form), status=422 if form.errors else 200)


def _page(form: forms.Filters, checked: Checked | None = None) -> Records:
    found = queries.records(form.chosen())
    shown, older = found[: queries.A_PAGE], ""
    if len(found) > len(shown):
        kept = {name: form.data[name] for name in ("kind", "by", "since", "until") if form.data.get(name)}
        older = urlencode({**kept, "before": shown[-1].number})
    return Records(queries.lines(shown), form, _number(), older, checked)


def _number() -> int:
    last = Record.objects.order_by("-number").values_list("number", flat=True).first()
    return last or 0


@require_POST
@needs("read records")
def check(request: HttpRequest) -> HttpResponse:
    """Read the whole chain and say whether it holds."""
    return show(request, "records/records.html", _page(forms.Filters(), verify()))


@require_POST
@needs("read records")
def download(request: HttpRequest) -> StreamingHttpResponse:
    """Every record as a JSON line, for `entrepot verify FILE`."""
    return taking.all_records(by=request.user)


@require_POST
@needs("export everything")
def everything(request: HttpRequest) -> StreamingHttpResponse:
    """All tables and records as one archive."""
    return taking.everything(request.user.actions, by=request.user)
