"""Requests of the people in the data: taken down, carried out, and kept as proof by a digest alone.

A request stands before anything is done, and is done only when all is: one that was interrupted is finished by asking
again, and every step may be repeated. The web app's copies go first, because the runs say whose they are.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from entrepot import privacy
from entrepot.errors import InputError
from entrepot.web.discovery import queueing
from entrepot.web.protection import copies
from entrepot.web.protection.holding import home_runs
from entrepot.web.protection.models import ERASE, EXPORT, OBJECT, SubjectRequest
from entrepot.web.records.models import append, erase
from entrepot.web.runs.files import TABLES
from entrepot.web.runs.models import Run, Upload
from entrepot.web.runs.whole import run_is_whole

ANSWER_DAYS = 30  # GDPR art. 12(3): one month


def digest(customer_id: str) -> str:
    """By which a request is found again when the id is gone; keyed, so that ids cannot be tried out."""
    return hmac.new(settings.SECRET_KEY.encode(), customer_id.encode(), hashlib.sha256).hexdigest()


def due_on(request: SubjectRequest) -> date:
    """The day by which the law wants an answer."""
    return (request.at + timedelta(days=ANSWER_DAYS)).date()


def receive(kind: str, customer_id: str, note: str, *, by: Any) -> SubjectRequest:
    """Take a request down; raises `InputError` where nothing here knows the id, unless it objects."""
    if kind != OBJECT and not _traces(customer_id).is_known:
        privacy.find(home_runs(), customer_id)
    with transaction.atomic():
        made = SubjectRequest.objects.create(
            kind=kind, customer_id=customer_id, customer_digest=digest(customer_id), note=note, by=by
        )
        append(
            "subject request received",
            by=by.mark,
            body={"request": made.pk, "kind": kind},
            about=_about(made),
        )
    return made


def _traces(customer_id: str) -> copies.Traces:
    """The person in the runs, or what this app alone knows of them."""
    try:
        found = privacy.find(home_runs(), customer_id)
    except InputError:  # no run knows them, or all was erased before an interruption
        found = []
    return copies.Traces(found, frozenset({customer_id} if customer_id else ()))


def carry_out(request: SubjectRequest, *, by: Any, at: datetime) -> dict[str, Any]:
    """Do what the request asks for; returns the export, or what was done. Done before, it does nothing."""
    if request.done_at is not None:
        return dict(request.result)
    if request.kind == EXPORT:
        said = _export(request.customer_id)
        _done(request, {"runs": len(said["runs"])}, by=by)
        return said
    result = _object(request, at) if request.kind == OBJECT else _erase(request, by=by, at=at)
    _done(request, result, by=by)
    return result


def _export(customer_id: str) -> dict[str, Any]:
    traces = _traces(customer_id)
    earlier = SubjectRequest.objects.filter(customer_digest=digest(customer_id))
    asked = [{"kind": r.kind, "at": str(r.at), "done_at": str(r.done_at or "")} for r in earlier]
    own: dict[str, Any] = {"customer_id": customer_id, "runs": []}
    if traces.subjects or customer_id in privacy.objectors(home_runs()):
        own = privacy.export(home_runs(), customer_id)
    return {**own, "web": copies.export(traces), "requests": asked}


def _object(request: SubjectRequest, at: datetime) -> dict[str, Any]:
    ids = privacy.object_to(home_runs(), request.customer_id, at=at, reason=request.note)
    return {"customers": len(ids)}


def _erase(request: SubjectRequest, *, by: Any, at: datetime) -> dict[str, Any]:
    traces = _traces(request.customer_id)
    with transaction.atomic():
        _forget_earlier(request, traces)
        counts = copies.erase(traces, by=by.mark)
        request.result = {
            **request.result,
            "names": sorted({*request.result.get("names", []), *traces.runs}),
            **_sum(request, counts),
        }
        request.save(update_fields=["result"])
    rows = privacy.erase(home_runs(), request.customer_id, at=at) if traces.subjects else 0
    for run in Run.objects.filter(name__in=request.result["names"]):
        if run.is_there:
            run_is_whole.send(Run, run=run)
            queueing.show_again(run)
    uploads = Upload.objects.filter(table__in=TABLES).count()
    return {**request.result, "rows": rows, "uploads_that_may_hold_them": uploads}


def _forget_earlier(request: SubjectRequest, traces: copies.Traces) -> None:
    """What the person asked before, under any of their ids, says no more than that it was asked."""
    known = [digest(customer) for customer in traces.customers]
    SubjectRequest.objects.filter(customer_digest__in=known).exclude(pk=request.pk).update(
        note="", customer_id=""
    )


def lift(customer_id: str, why: str, *, by: Any, at: datetime) -> list[str]:
    """Let somebody who objected into new runs again, as a person decided; returns the ids.

    Raises `InputError` where nobody of this id objected.
    """
    with transaction.atomic():
        customers = privacy.lift(home_runs(), customer_id, at=at)
        known = SubjectRequest.objects.filter(kind=OBJECT, lifted_at=None)
        known.filter(customer_digest__in=[digest(each) for each in customers]).update(lifted_at=at)
        body = {"customers": len(customers), "why": why}
        append("objection lifted", by=by.mark, body=body, about=f"subject:{digest(customer_id)}")
    return customers


def _sum(request: SubjectRequest, counts: dict[str, int]) -> dict[str, int]:
    return {name: n + int(request.result.get(name, 0)) for name, n in counts.items()}


def _done(request: SubjectRequest, result: dict[str, Any], *, by: Any) -> None:
    """Keep what was done and a digest of whose it was; after an erasure no earlier request says more."""
    with transaction.atomic():
        kept = {name: value for name, value in result.items() if name != "names"}
        SubjectRequest.objects.filter(pk=request.pk).update(
            done_at=timezone.now(), result=kept, customer_id=""
        )
        if request.kind == ERASE:
            same = SubjectRequest.objects.filter(customer_digest=request.customer_digest)
            same.update(note="", customer_id="")
            erase(_about(request))
        body = {"request": request.pk, "kind": request.kind, **kept}
        append("subject request done", by=by.mark, body=body)


def _about(request: SubjectRequest) -> str:
    return f"subject:{request.customer_digest}"
