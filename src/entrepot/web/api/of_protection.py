"""Requests of the people in the data, objections lifted, and the purge."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.http import Http404, HttpRequest
from django.utils import timezone
from ninja import Path

from entrepot.run import plain
from entrepot.web.api import answers, paging, said, shapes
from entrepot.web.api.guard import needs
from entrepot.web.api.of_files import Once
from entrepot.web.api.problems import checked, or_problem
from entrepot.web.api.routing import router
from entrepot.web.protection import purging
from entrepot.web.protection import subjects as requests
from entrepot.web.protection.models import EXPORT, SubjectRequest
from entrepot.web.protection.protecting import LiftForm, RequestForm

PROTECT: Any = needs("protect data")


@router.get("/subjects", auth=PROTECT, response=or_problem(shapes.Page[shapes.SubjectOut]), tags=["subjects"])
def subjects(request: HttpRequest, after: shapes.Text = "", size: shapes.Size = 50) -> Any:
    """What people asked for: export, objection, erasure."""
    found, beyond = paging.latest_first(SubjectRequest.objects.select_related("by"), after, size)
    return {"items": [said.subject(row) for row in found], "next": beyond}


@router.post("/subjects", auth=PROTECT, response=or_problem(shapes.SubjectOut, 201), tags=["subjects"])
def receive_request(request: HttpRequest, given: shapes.SubjectIn, key: Once = None) -> Any:
    """Take a request down; `is_checked` says that somebody checked who asks. It is carried out by its completion."""
    entered = checked(RequestForm(given.model_dump())).cleaned_data
    colleague = request.auth.colleague

    def receive() -> shapes.SubjectOut:
        made = requests.receive(
            entered["kind"], entered["customer_id"].strip(), entered["note"], by=colleague
        )
        return said.subject(made).model_copy(update={"customer_id": "", "note": ""})

    return answers.once(request, key, receive)


@router.post(
    "/subjects/{number}/completion", auth=PROTECT, response=or_problem(shapes.DoneOut), tags=["subjects"]
)
def carry_out_request(request: HttpRequest, number: Path[shapes.Number]) -> Any:
    """Do what was asked; `export` holds what we know, once. Where it was done before, nothing happens."""
    found = SubjectRequest.objects.filter(pk=number).first()
    if found is None:
        raise Http404
    first = found.done_at is None
    result = requests.carry_out(found, by=request.auth.colleague, at=datetime.now(UTC))
    done = SubjectRequest.objects.select_related("by").get(pk=number)
    export = plain(result) if first and found.kind == EXPORT else None
    return {"subject": said.subject(done), "result": done.result, "export": export}


@router.post("/objections/lifting", auth=PROTECT, response=or_problem(shapes.LiftedOut), tags=["subjects"])
def lift_objection(request: HttpRequest, given: shapes.LiftIn) -> Any:
    """Let somebody who objected into new runs again: a person decided, and says why."""
    sent = {"lifted_id": given.customer_id, "why": given.why}
    entered = checked(LiftForm(sent), {"lifted_id": "customer_id"}).cleaned_data
    ids = requests.lift(
        entered["lifted_id"].strip(), entered["why"], by=request.auth.colleague, at=datetime.now(UTC)
    )
    return {"customers": len(ids)}


@router.post("/purges", auth=PROTECT, response=or_problem(shapes.PurgedOut), tags=["subjects"])
def purge(request: HttpRequest) -> Any:
    """Delete what is past its day."""
    return purging.purge(on=timezone.localdate(), by=request.auth.colleague)
