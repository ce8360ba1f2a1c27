"""Corrections to who is who: actors joined or parted by a person, read by the next run."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest
from ninja import Path

from entrepot.web.actors import correcting, deeds
from entrepot.web.actors.models import APART, Correction
from entrepot.web.api import answers, paging, queries, said, shapes
from entrepot.web.api.guard import needs
from entrepot.web.api.of_files import Once
from entrepot.web.api.of_reviews import BEFORE
from entrepot.web.api.problems import Refused, Unfit, checked, or_problem
from entrepot.web.api.routing import router
from entrepot.web.discovery import actor
from entrepot.web.discovery.models import Finding
from entrepot.web.people.models import Colleague

CORRECT: Any = needs("correct actors")


@router.get(
    "/corrections", auth=CORRECT, response=or_problem(shapes.Page[shapes.CorrectionOut]), tags=["corrections"]
)
def corrections(request: HttpRequest, after: shapes.Text = "", size: shapes.Size = 50) -> Any:
    """Who is who, as people corrected it."""
    found, beyond = paging.latest_first(Correction.objects.select_related("by", "run"), after, size)
    names = "see names" in request.auth.actions
    return {"items": [said.correction(row, names=names) for row in found], "next": beyond}


@router.post(
    "/corrections", auth=CORRECT, response=or_problem(shapes.CorrectionOut, 201), tags=["corrections"]
)
def correct(request: HttpRequest, given: shapes.CorrectionIn, key: Once = None) -> Any:
    """Say that an actor and another are one (`together`, with `other`), or that some of its customers are somebody else
    (`apart`, with `customers`). No run is changed; the next one reads it."""
    colleague, names = request.auth.colleague, "see names" in request.auth.actions

    def say() -> shapes.CorrectionOut:
        here = actor.find(queries.run_of(given.run), given.actor_id)
        if here is None:
            raise Http404
        return said.correction(_corrected(here, given, by=colleague), names=names)

    return answers.once(request, key, say)


def _corrected(here: Finding, given: shapes.CorrectionIn, *, by: Colleague) -> Correction:
    if given.kind == APART:
        parting: Any = checked(deeds.PartForm(given.model_dump()))
        made, form = deeds.parted(here, given.customers, parting, by=by), parting
    else:
        joining: Any = checked(deeds.JoinForm(given.model_dump()))
        made, form = deeds.joined(here, joining, by=by), joining
    if made is None:
        raise Unfit(form, {"__all__": "customers"})
    return made


@router.post(
    "/corrections/{number}/withdrawal",
    auth=CORRECT,
    response=or_problem(shapes.CorrectionOut),
    tags=["corrections"],
)
def withdraw_correction(request: HttpRequest, number: Path[shapes.Number]) -> Any:
    """Let later runs no longer read it."""
    rows = Correction.objects.select_related("by", "run")
    found = rows.filter(pk=number).first()
    if found is None:
        raise Http404
    if not correcting.withdraw(found, request.auth.colleague):
        raise Refused(BEFORE)
    return said.correction(rows.get(pk=number), names="see names" in request.auth.actions)
