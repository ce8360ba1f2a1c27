"""What a program may start or stop: runs, the next review, observations."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from ninja import Path

from entrepot.web.api import acts, answers, queries, said, shapes
from entrepot.web.api.guard import needs
from entrepot.web.api.of_people import Once
from entrepot.web.api.problems import Refused, or_problem
from entrepot.web.api.routing import router
from entrepot.web.failing import Problem
from entrepot.web.runs import files
from entrepot.web.runs.models import Run

START: Any = needs("start runs")
OVER = Problem(409, _("The run is over"), _("Nothing was stopped."))
NO_ORDERS = Problem(
    422, _("A run needs orders"), _("No run was asked for."), _("Name uploads of the table orders.")
)
NO_UPLOAD = Problem(
    422, _("There is no such upload"), _("No run was asked for."), _("Send the file in first.")
)
ENDED = Problem(
    422, _("It would have to be erased at once"), _("Nothing was kept."), _("Name a later expiry.")
)


@router.post("/runs", auth=START, response=or_problem(shapes.RunOut, 201), tags=["runs"])
def start_run(request: HttpRequest, given: shapes.RunIn, key: Once = None) -> Any:
    """Ask for a run of files that were sent in; it waits its turn."""
    colleague = request.auth.colleague

    def start() -> shapes.RunOut:
        previous = queries.run_of(given.previous) if given.previous else None
        inputs = _inputs(given.uploads)
        asked = given.settings.model_dump(mode="json", exclude_none=True)
        return said.run(acts.ask(by=colleague, inputs=inputs, asked=asked, previous=previous))

    return answers.once(request, key, start)


def _inputs(numbers: list[int]) -> dict[str, list[str]]:
    """Table → paths of the uploads."""
    found = list(files.of_runs().filter(pk__in=numbers).order_by("pk"))
    if len(found) < len(set(numbers)):
        raise Refused(NO_UPLOAD)
    inputs: dict[str, list[str]] = {}
    for upload in found:
        inputs.setdefault(upload.table, []).append(upload.path)
    if "orders" not in inputs:
        raise Refused(NO_ORDERS)
    return inputs


@router.post("/runs/{name}/cancellation", auth=START, response=or_problem(shapes.RunOut), tags=["runs"])
def cancel_run(request: HttpRequest, name: Path[shapes.Word]) -> Any:
    """Stop a run that waits or is at work."""
    found = Run.objects.filter(name=name).first()
    if found is None:
        raise Http404
    if not acts.cancel(found, by=request.auth.colleague):
        raise Refused(OVER)
    return said.run(queries.run_of(name))


@router.post("/reviews/next", auth=needs("review"), response=or_problem(shapes.Next), tags=["reviews"])
def next_review(request: HttpRequest, given: shapes.Claim) -> Any:
    """Take the finding that waits most urgently; nobody else gets it until `held_until`."""
    who = request.auth
    turn = acts.take_next(who.colleague, given.queue, at=timezone.now())
    return {"turn": said.turn(turn) if turn else None}


@router.post(
    "/observations",
    auth=needs("observe"),
    response=or_problem(shapes.ObservationOut, 201),
    tags=["observations"],
)
def add_observation(request: HttpRequest, given: shapes.ObservationIn, key: Once = None) -> Any:
    """Keep what was seen outside the orders."""
    if given.expires_on <= timezone.localdate():
        raise Refused(ENDED)
    colleague = request.auth.colleague

    def add() -> shapes.ObservationOut:
        fields = given.model_dump(exclude={"actors"})
        return said.observation(acts.observe(fields, given.actors, by=colleague))

    return answers.once(request, key, add)
