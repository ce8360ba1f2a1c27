"""Where files come in, and the list of those that came: the form that asks for a run, and forgetting a file.

The form's files are read only after it is clear who sends them and how much; until then no byte of the body is taken.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from entrepot.errors import InputError
from entrepot.web.access import needs
from entrepot.web.failing import Problem, tell
from entrepot.web.pages import show
from entrepot.web.runs import files, queue
from entrepot.web.runs.asking import Asking, like, size
from entrepot.web.runs.limits import Limits, has_room, limits
from entrepot.web.runs.models import Run
from entrepot.web.runs.receiving import Receiving, length

AT_A_TIME = 25


@dataclass(frozen=True)
class New:
    """The form, and how much it may send."""

    form: Asking
    bounds: Limits

    @property
    def most(self) -> str:
        return size(self.bounds.most_upload)


@dataclass(frozen=True)
class Files:
    """The files that were sent in, newest first; `total` in bytes."""

    uploads: Page
    total: str


@csrf_exempt  # it is protected below, once it is known how much comes and where to
@require_http_methods(["GET", "HEAD", "POST"])
@needs("start runs")
def new(request: HttpRequest) -> HttpResponse:
    """Ask for a run: the form, or what it sends."""
    bounds = limits()
    if request.method != "POST":
        other = Run.objects.filter(name=request.GET.get("like", "")).first()
        return show(request, "runs/new.html", New(Asking(initial=like(other) if other else None), bounds))
    coming = length(request.META)
    if coming > bounds.most_upload:
        return tell(request, _too_large(bounds))
    if not has_room(settings.ENTREPOT.uploads, coming):
        return tell(request, NO_ROOM)
    receiving = Receiving(settings.ENTREPOT.uploads, most_unpacked=bounds.most_unpacked, tables=files.TABLES)
    request.upload_handlers = [receiving]
    try:
        answer: HttpResponse = _asked(request, receiving, bounds)
        return answer
    finally:
        receiving.clean()


@csrf_protect
def _asked(request: HttpRequest, receiving: Receiving, bounds: Limits) -> HttpResponse:
    entered = request.POST.copy()  # only now is the body read, and every file of it
    came = files.keep(receiving, by=request.user)
    for upload in came:
        entered.appendlist(f"{upload.table}_files", str(upload.pk))
    form = Asking(entered, came=came, refused=receiving.mistakes)
    if not form.is_valid():
        for upload in came:
            messages.success(request, _("%(name)s has come in and is ticked below.") % {"name": upload.name})
        return show(request, "runs/new.html", New(form, bounds), status=422)
    said = form.cleaned_data
    run = queue.ask(
        by=request.user, inputs=said["inputs"], asked=said["asked"], previous=said["previous"],
        labels_until=form.labels_until, ticket=said["ticket"] or None,
    )  # fmt: skip
    return redirect("runs_run", run.name)


def _too_large(bounds: Limits) -> Problem:
    most = _("One form may send %(most)s.") % {"most": size(bounds.most_upload)}
    return Problem(413, _("This is too large"), most, _("Send less at once, pack it with gzip, or put the files into a "
                   "folder of the server and give the path."))  # fmt: skip


NO_ROOM = Problem(
    507,
    gettext_lazy("The server has no room for this"),
    gettext_lazy("Nothing was saved."),
    gettext_lazy("Delete files that are no longer needed, or ask whoever runs the server for room."),
)


@require_safe
@needs("start runs")
def sent(request: HttpRequest) -> HttpResponse:
    """The files that were sent in."""
    uploads = files.sent_in().select_related("by").order_by("-at", "-pk")
    total = sum(uploads.values_list("size_bytes", flat=True))
    page = Paginator(uploads, AT_A_TIME).get_page(request.GET.get("page"))
    return show(request, "runs/files.html", Files(page, size(total)))


@require_POST
@needs("start runs")
def forget(request: HttpRequest, number: int) -> HttpResponse:
    """Delete a file that was sent in."""
    upload = get_object_or_404(files.sent_in(), pk=number)
    try:
        files.forget(upload, by=request.user)
        messages.success(request, _("%(name)s was deleted.") % {"name": upload.name})
    except InputError as error:
        messages.error(request, str(error))
    return redirect("runs_files")
