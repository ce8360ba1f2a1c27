"""The pages of appeals: a link is made by a colleague, opened by the person concerned, answered on the same address."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from django import forms
from django.core.exceptions import ValidationError
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from entrepot.web.access import needs, open_to_all
from entrepot.web.discovery import appeals
from entrepot.web.discovery.appeals import Overturned
from entrepot.web.discovery.models import Appeal, Finding
from entrepot.web.pages import show
from entrepot.web.runs.models import Run


class AppealForm(forms.Form):
    """What the person concerned sends: words, and a document if they like."""

    said = forms.CharField(
        max_length=appeals.MOST_TEXT,
        label=_("Whom were these purchases for?"),
        error_messages={
            "required": _("Write a sentence or two."),
            "max_length": _("Please write at most 4,000 letters."),
        },
    )
    file = forms.FileField(required=False, label=_("A document, if you like"))


@dataclass(frozen=True)
class AppealPage:
    """What the person concerned sees."""

    appeal: Appeal
    may_speak: bool
    form: AppealForm
    most_mb: int = appeals.MOST_BYTES // 2**20


@dataclass(frozen=True)
class AppealsPage:
    """The links that were given, what became of them, and how often an appeal was right."""

    rows: list[Appeal]
    overturned: Overturned
    unknown: str = ""  # a code that no finding has


@dataclass(frozen=True)
class LinkPage:
    """A link for whom a finding concerns; its address is shown once, when it was just made."""

    finding: Finding
    given: list[Appeal]
    address: str = ""
    made: Appeal | None = None


@require_safe
@never_cache
@needs("take appeals")
def appeal_list(request: HttpRequest) -> HttpResponse:
    """All appeals; with a code, the page on which a link for that finding is made."""
    code = request.GET.get("code", "").strip()
    run = Run.current()
    found = run.findings.filter(code__iexact=code).first() if run and code else None
    if found is not None:
        return redirect("appeal_link", found.pk)
    rows = Appeal.objects.select_related("finding", "made_by", "decided_by").order_by("-made_at")[:200]
    page = AppealsPage(list(rows), appeals.overturned(), unknown=code)
    return show(request, "discovery/appeals.html", page, status=404 if code else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@needs("take appeals")
def appeal_link(request: HttpRequest, finding: int) -> HttpResponse:
    """Make a link for the person whom `finding` concerns."""
    here = get_object_or_404(Finding.objects.select_related("run"), pk=finding)
    made, address = None, ""
    if request.method == "POST":
        made, code = appeals.offer(here, request.user)
        address = request.build_absolute_uri(f"/appeal/{code}")
    given = list(here.appeals.select_related("made_by").order_by("-made_at")[:20])
    return show(request, "discovery/appeal_link.html", LinkPage(here, given, address, made))


@require_safe
@never_cache
@needs("decide appeals")
def appeals_document(request: HttpRequest, appeal: int) -> HttpResponseBase:
    """The document of an appeal, to be saved and never shown by our page: it was made by somebody we do not know."""
    return document(appeal)


def document(appeal: int) -> FileResponse:
    """The document of that appeal; `Http404` where there is none."""
    kept = get_object_or_404(Appeal.objects.exclude(file=None).select_related("file"), pk=appeal).file
    path = Path(kept.path)
    if not path.is_file():
        raise Http404
    name = f"appeal-{appeal}{path.suffix}"
    return FileResponse(
        path.open("rb"), as_attachment=True, filename=name, content_type="application/octet-stream"
    )


@csrf_exempt  # the address itself is the secret, and nobody is signed in; so a large body is refused before it is read
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@open_to_all
def appeal_open(request: HttpRequest, code: str) -> HttpResponse:
    """What happened, one question, and later the answer."""
    appeal = appeals.open_by(code)
    if appeal is None:
        raise Http404
    form = AppealForm(request.POST, request.FILES) if request.method == "POST" else AppealForm()
    status = 200
    if request.method == "POST" and appeals.may_speak(appeal):
        status = _take(appeal, form)
    return _answer(request, code, form, status)


def _take(appeal: Appeal, form: AppealForm) -> int:
    if not form.is_valid():
        return 422
    try:
        appeals.speak(appeal, form.cleaned_data["said"], form.cleaned_data["file"])
    except ValidationError as error:
        form.add_error("file", error)
        return 422
    return 200


def _answer(request: HttpRequest, code: str, form: AppealForm, status: int) -> HttpResponse:
    appeal = appeals.open_by(code)
    assert appeal is not None
    page = AppealPage(appeal, appeals.may_speak(appeal, at=timezone.now()), form)
    answer = show(request, "discovery/appeal.html", page, status=status)
    answer["X-Robots-Tag"] = "noindex"
    answer["Referrer-Policy"] = "no-referrer"
    return answer
