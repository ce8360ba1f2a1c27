"""Runs that a program asks for, stops, repeats: by the form of the page, and into the same queue."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest
from django.utils.translation import gettext_lazy as _
from ninja import Path

from entrepot.web.api import answers, queries, said, shapes
from entrepot.web.api.guard import needs
from entrepot.web.api.of_files import Once
from entrepot.web.api.problems import Refused, Unfit, or_problem
from entrepot.web.api.routing import router
from entrepot.web.discovery import relearning
from entrepot.web.failing import Problem
from entrepot.web.runs import files, queue
from entrepot.web.runs.asking import SHARES, Asking
from entrepot.web.runs.models import Run, Upload

START: Any = needs("start runs")
OVER = Problem(409, _("The run is over"), _("Nothing was stopped."))
NOT_OVER = Problem(409, _("The run neither failed nor was cancelled"), _("Nothing was asked for."))
NO_UPLOAD = Problem(
    422, _("There is no such upload"), _("No run was asked for."), _("Send the file in first.")
)
NO_PATHS = Problem(
    422, _("This server reads no paths"), _("No run was asked for."), _("Send the files in, or ask whoever runs the "
                                                                        "server for data_folders.")
)  # fmt: skip


@router.post("/runs", auth=START, response=or_problem(shapes.RunOut, 201), tags=["runs"])
def start_run(request: HttpRequest, given: shapes.RunIn, key: Once = None) -> Any:
    """Ask for a run of files that were sent in; it waits its turn."""
    colleague = request.auth.colleague

    def start() -> shapes.RunOut:
        form = Asking(_entered(given), came=_uploads(given.uploads))
        if given.paths and not form.folders:
            raise Refused(NO_PATHS)
        if not form.is_valid():
            raise Unfit(form, _called(given))
        entered = form.cleaned_data
        run = queue.ask(
            by=colleague, inputs=entered["inputs"], asked=entered["asked"], previous=entered["previous"],
            labels_until=form.labels_until, ticket=answers.form_number(request, key),
        )  # fmt: skip
        return said.run(run)

    return answers.once(request, key, start)


def _entered(given: shapes.RunIn) -> dict[str, Any]:
    """What a colleague would enter for it: what is left out stands as the form has it at first."""
    usual = {name: field.initial for name, field in Asking.base_fields.items() if field.initial is not None}
    settings = given.settings.model_dump(exclude_none=True)
    return {
        **usual,
        **settings,
        **{name: round(100 * settings[name], 9) for name in SHARES if name in settings},
        "mapping": "\n".join(f"{ours}={theirs}" for ours, theirs in given.settings.mapping.items()),
        "anonymous": ",".join(given.settings.anonymous),
        "previous": given.previous or "",
        "learn": given.learn,
        **{f"{table}_path": path for table, path in given.paths.items()},
    }


def _called(given: shapes.RunIn) -> dict[str, str]:
    """Field of the form → how a program calls it."""
    own = {name: f"settings.{name}" for name in shapes.RunSettings.model_fields}
    tables = {f"{table}_files": "uploads" for table in files.TABLES}
    return {**own, **tables, **{f"{table}_path": f"paths.{table}" for table in files.TABLES}}


def _uploads(numbers: list[int]) -> list[Upload]:
    found = [upload for upload in files.sent_in().filter(pk__in=numbers) if files.there(upload)]
    if len(found) < len(set(numbers)):
        raise Refused(NO_UPLOAD)
    return found


def _run(name: str) -> Run:
    found = Run.objects.filter(name=name).first()
    if found is None:
        raise Http404
    return found


@router.post("/runs/{name}/cancellation", auth=START, response=or_problem(shapes.RunOut), tags=["runs"])
def cancel_run(request: HttpRequest, name: Path[shapes.Word]) -> Any:
    """Stop a run that waits or is at work."""
    if not queue.cancel(_run(name), by=request.auth.colleague):
        raise Refused(OVER)
    return said.run(queries.run_of(name))


@router.post("/runs/{name}/repetition", auth=START, response=or_problem(shapes.RunOut), tags=["runs"])
def repeat_run(request: HttpRequest, name: Path[shapes.Word]) -> Any:
    """Let a run that failed or was cancelled wait again, as it was asked for."""
    if not queue.again(_run(name), by=request.auth.colleague):
        raise Refused(NOT_OVER)
    return said.run(queries.run_of(name))


@router.post("/runs/{name}/relearning", auth=START, response=or_problem(shapes.RunOut, 201), tags=["runs"])
def relearn(request: HttpRequest, name: Path[shapes.Word], key: Once = None) -> Any:
    """Ask for a run like this one that learns from what people said up to now; the one that waits already."""
    found, colleague = _run(name), request.auth.colleague

    def ask() -> shapes.RunOut:
        try:
            return said.run(relearning.ask_again(found, colleague))
        except relearning.NotAgain as error:
            raise Refused(Problem(409, _("This run cannot be repeated here"), str(error))) from None

    return answers.once(request, key, ask)
