"""Colleagues, keys and records: who may what, and what was done."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.http import Http404, HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from ninja import Path
from ninja.responses import Status

from entrepot.web.api import answers, paging, said, shapes
from entrepot.web.api.guard import needs
from entrepot.web.api.of_files import Once
from entrepot.web.api.problems import Refused, or_problem
from entrepot.web.api.routing import router
from entrepot.web.failing import Problem
from entrepot.web.people import inviting, keeping, keys
from entrepot.web.people.models import ApiKey, Colleague
from entrepot.web.permissions import ROLES
from entrepot.web.records.models import Record, verify

PEOPLE: Any = needs("keep colleagues")
KEYS: Any = needs("keep keys")
RECORDS: Any = needs("read records")
LAST = Problem(
    409, _("Nobody would be left"), _("Somebody has to administer the server."), _("Name another first.")
)
KNOWN = Problem(409, _("Somebody has this address already"), _("Nothing was added."))
NO_ROLE = Problem(
    422, _("There is no such role"), _("Nothing was changed."), _("The roles are those of the docs.")
)
TOO_MUCH = Problem(
    422, _("A key may do at most what you may"), _("No key was made."), _("Leave out the scope.")
)
PAST = Problem(422, _("The key would have ended already"), _("No key was made."), _("Name a later day."))


@router.get(
    "/colleagues",
    auth=PEOPLE,
    response=or_problem(shapes.Page[shapes.ColleagueOut]),
    tags=["colleagues"],
)
def colleagues(request: HttpRequest, after: shapes.Text = "", size: shapes.Size = 50) -> Any:
    """Who may come in."""
    found, beyond = paging.latest_first(Colleague.objects.prefetch_related("roles"), after, size)
    return {"items": [said.colleague(row) for row in found], "next": beyond}


@router.post("/colleagues", auth=PEOPLE, response=or_problem(shapes.ColleagueOut, 201), tags=["colleagues"])
def add_colleague(request: HttpRequest, given: shapes.ColleagueIn, key: Once = None) -> Any:
    """Add somebody; the invitation goes out by mail."""
    _known_roles(given.roles)
    by = request.auth.mark

    def add() -> shapes.ColleagueOut:
        newcomer = keeping.Newcomer(given.email, given.name, tuple(given.roles))
        try:
            made = keeping.add(newcomer, by=by)
        except keeping.Known:
            raise Refused(KNOWN) from None
        transaction.on_commit(lambda: inviting.invite(made, request, by=by))
        return said.colleague(made)

    return answers.once(request, key, add)


@router.put(
    "/colleagues/{number}/roles",
    auth=PEOPLE,
    response=or_problem(shapes.ColleagueOut),
    tags=["colleagues"],
)
def change_roles(request: HttpRequest, number: Path[shapes.Number], given: shapes.RolesIn) -> Any:
    """Give exactly these roles."""
    _known_roles(given.roles)
    found = _colleague(number)
    try:
        keeping.change_roles(found, given.roles, by=request.auth.colleague)
    except keeping.LastAdministrator:
        raise Refused(LAST) from None
    return said.colleague(_colleague(number))


@router.put(
    "/colleagues/{number}/state",
    auth=PEOPLE,
    response=or_problem(shapes.ColleagueOut),
    tags=["colleagues"],
)
def change_state(request: HttpRequest, number: Path[shapes.Number], given: shapes.StateIn) -> Any:
    """Suspend somebody, or bring them back."""
    act = keeping.resume if given.is_active else keeping.suspend
    try:
        act(_colleague(number), by=request.auth.mark)
    except keeping.LastAdministrator:
        raise Refused(LAST) from None
    return said.colleague(_colleague(number))


def _colleague(number: int) -> Colleague:
    found = Colleague.objects.filter(pk=number).first()
    if found is None:
        raise Http404
    return found


def _known_roles(roles: list[str]) -> None:
    if set(roles) - set(ROLES):
        raise Refused(NO_ROLE)


@router.get("/keys", auth=KEYS, response=or_problem(shapes.Page[shapes.KeyOut]), tags=["keys"])
def list_keys(request: HttpRequest, after: shapes.Text = "", size: shapes.Size = 50) -> Any:
    """Every key, without its text."""
    found, beyond = paging.latest_first(ApiKey.objects.all(), after, size)
    return {"items": [said.key(row) for row in found], "next": beyond}


@router.post("/keys", auth=KEYS, response=or_problem(shapes.NewKey, 201), tags=["keys"])
def make_key(request: HttpRequest, given: shapes.KeyIn) -> Any:
    """Make a key; its text is in this answer and nowhere else."""
    who = request.auth
    if given.expires_on is not None and given.expires_on <= timezone.localdate():
        raise Refused(PAST)
    try:
        made, text = keys.make(
            who.colleague, given.name, given.scopes, expires_on=given.expires_on, at_most=who.actions
        )
    except keys.MoreThanOwn:
        raise Refused(TOO_MUCH) from None
    return Status(201, {**said.key(made), "text": text})


@router.delete("/keys/{number}", auth=KEYS, response=or_problem(None, 204), tags=["keys"])
def revoke_key(request: HttpRequest, number: Path[shapes.Number]) -> Any:
    """End a key."""
    found = ApiKey.objects.filter(pk=number).first()
    if found is None:
        raise Http404
    keys.revoke(found, by=request.auth.mark)
    return Status(204, None)


@router.get("/records", auth=RECORDS, response=or_problem(shapes.Page[shapes.RecordOut]), tags=["records"])
def records(
    request: HttpRequest, kind: shapes.Word = "", after: shapes.Text = "", size: shapes.Size = 50
) -> Any:
    """What people did, the latest first, as `entrepot verify` reads it."""
    rows = Record.objects.select_related("body")
    found, beyond = paging.latest_first(rows.filter(kind=kind) if kind else rows, after, size, name="number")
    names = ("number", "at", "kind", "by", "body_digest", "previous", "digest")
    items = [{**{n: getattr(r, n) for n in names}, "salt": r.body.salt, "text": r.body.text} for r in found]
    return {"items": items, "next": beyond}


@router.post("/records/verification", auth=RECORDS, response=or_problem(shapes.CheckedOut), tags=["records"])
def check_records(request: HttpRequest) -> Any:
    """Read the whole chain and say whether it holds."""
    return verify()
