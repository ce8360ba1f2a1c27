"""What was seen outside the orders: written down, changed, taken back; who may see it is decided as for the gallery."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from django.http import Http404, HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from ninja import Path
from ninja.responses import Status

from entrepot.web.api import answers, paging, said, shapes
from entrepot.web.api.bodies import RAW, whole
from entrepot.web.api.guard import needs
from entrepot.web.api.of_files import Once
from entrepot.web.api.problems import Refused, checked, or_problem
from entrepot.web.api.routing import router
from entrepot.web.discovery import observing_acts as acts
from entrepot.web.discovery.models import Observation
from entrepot.web.discovery.observing import may_change
from entrepot.web.discovery.observing_forms import ObservationForm, audience, of_known, version
from entrepot.web.discovery.observing_gallery import VAULT, visible
from entrepot.web.failing import Problem
from entrepot.web.permissions import may

OBSERVE: Any = needs("observe")
STALE = Problem(
    409, _("It was changed meanwhile"), _("Nothing was saved."), _("Read it again, then repeat your change.")
)


@router.get(
    "/observations",
    auth=needs("read findings"),
    response=or_problem(shapes.Page[shapes.ObservationOut]),
    tags=["observations"],
)
def observations(
    request: HttpRequest,
    actor_id: shapes.Word = "",
    step: Literal["", "purchase", "advertise", "sell", "deliver"] = "",
    after: shapes.Text = "",
    size: shapes.Size = 50,
) -> Any:
    """What was seen outside the orders and may be kept today, as far as who asks may see it."""
    rows = _visible(request).prefetch_related("actors")
    if actor_id:
        rows = rows.filter(actors__actor_id=actor_id)
    if step:
        rows = rows.filter(step=step)
    found, beyond = paging.latest_first(rows, after, size)
    return {"items": [_said(request, row) for row in found], "next": beyond}


@router.post(
    "/observations", auth=OBSERVE, response=or_problem(shapes.ObservationOut, 201), tags=["observations"]
)
def add_observation(request: HttpRequest, given: shapes.ObservationIn, key: Once = None) -> Any:
    """Write down what was seen."""
    colleague, number = request.auth.colleague, answers.form_number(request, key)

    def add() -> shapes.ObservationOut:
        form = checked(ObservationForm(_entered(given, form_number=number)))
        return _said(request, acts.add(form, by=colleague))

    return answers.once(request, key, add)


@router.put(
    "/observations/{number}",
    auth=OBSERVE,
    response=or_problem(shapes.ObservationOut),
    tags=["observations"],
)
def change_observation(
    request: HttpRequest, number: Path[shapes.Number], given: shapes.ObservationChange
) -> Any:
    """Put this in place of what stands there; `version` is what you read, so that nobody's change is lost."""
    it = _own(request, number)
    if given.version != version(it):
        raise Refused(STALE)
    form = ObservationForm(_entered(given, form_number="-", seen_version=given.version), known=it)
    checked(form)
    return _said(request, acts.change(form, by=request.auth.colleague))


@router.put(
    "/observations/{number}/file", auth=OBSERVE, response=or_problem(shapes.ObservationOut), tags=["observations"],
    openapi_extra=RAW,
)  # fmt: skip
def attach_file(
    request: HttpRequest, number: Path[shapes.Number], version: shapes.Word, no_faces: bool = False
) -> Any:
    """Attach an image or a PDF, at most 10 MB; `no_faces` says that somebody looked. The body is the file itself."""
    it = _own(request, number)
    file, _sha256 = whole(request, "attached")
    entered = {**of_known(it), "seen_version": version, "no_faces": no_faces}
    form = checked(ObservationForm(entered, {"file": file}, known=it))
    return _said(request, acts.change(form, by=request.auth.colleague))


@router.delete("/observations/{number}", auth=OBSERVE, response=or_problem(None, 204), tags=["observations"])
def erase_observation(request: HttpRequest, number: Path[shapes.Number]) -> Any:
    """Delete it, its file, and what records say of it."""
    acts.erase([_own(request, number)], by=request.auth.mark, why="taken back")
    return Status(204, None)


def _entered(given: shapes.ObservationIn, **more: Any) -> Mapping[str, Any]:
    """What a colleague would enter for it."""
    fields = given.model_dump(exclude={"actors", "legitimacy"})
    views = {audience(name): view for name, view in given.legitimacy.items()}
    return {**fields, **views, "actors": ",".join(given.actors), **more}


def _visible(request: HttpRequest) -> Any:
    return visible(request.auth.colleague, today=timezone.localdate()).select_related("by", "file")


def _own(request: HttpRequest, number: int) -> Observation:
    """The observation, if who asks may change it."""
    found = visible_here(request, number)
    if not may_change(request.auth.colleague, found):
        raise Http404
    return found


def visible_here(request: HttpRequest, number: int) -> Observation:
    """The observation, if who asks may see it."""
    found: Observation | None = _visible(request).filter(pk=number).first()
    if found is None:
        raise Http404
    return found


def _said(request: HttpRequest, row: Observation) -> shapes.ObservationOut:
    return said.observation(row, tells=may(request.auth.colleague, VAULT) or not row.is_source_concealed)
