"""Who belongs to the firm's people here, and what they may: added, given roles, suspended, brought back.

Two rules hold whatever a page does. There is always an administrator left who can sign in. And whoever gives a role to
themselves is seen: it stands in the records under a kind of its own, and the other administrators get a letter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import QuerySet
from django.utils.crypto import get_random_string

from entrepot.web.people import letters
from entrepot.web.people.models import Colleague, Role
from entrepot.web.permissions import ROLES
from entrepot.web.records.models import append

ADMINISTRATOR = "administrator"
STAMP = 32


class LastAdministrator(Exception):
    """The change would leave nobody who can administer the server."""


class Known(Exception):
    """Somebody has this address already."""


@dataclass(frozen=True)
class Newcomer:
    """Somebody to be added."""

    email: str
    name: str = ""
    roles: Sequence[str] = ()
    language: str = ""


def add(newcomer: Newcomer, *, by: str) -> Colleague:
    """A new colleague, who cannot sign in before an invitation is used; raises `Known`."""
    with transaction.atomic():
        if Colleague.objects.filter(email=newcomer.email.lower()).exists():
            raise Known
        made = Colleague.objects.add(newcomer.email, name=newcomer.name, roles=newcomer.roles)
        if newcomer.language:
            Colleague.objects.filter(pk=made.pk).update(language=newcomer.language)
        append("colleague added", by=by, body={"colleague": made.mark, "roles": sorted(newcomer.roles)})
    return made


def change_roles(colleague: Colleague, roles: Sequence[str], *, by: Colleague) -> None:
    """Give exactly `roles`; raises `LastAdministrator`, and `ValueError` where a role is unknown."""
    unknown = set(roles) - set(ROLES)
    if unknown:
        raise ValueError(f"no such role: {', '.join(sorted(unknown))}")
    with transaction.atomic():
        before = set(Role.objects.filter(colleague=colleague).values_list("role", flat=True))
        if before == set(roles):
            return
        colleague.give(roles)
        raised = set(roles) - before if colleague == by else set()
        body = {"colleague": colleague.mark, "before": sorted(before), "roles": sorted(roles)}
        kind = "own roles raised" if raised else "roles changed"
        append(kind, by=by.mark, body=body)
        _somebody_is_left()
        if raised:
            others = _administrators().exclude(pk=by.pk)
            transaction.on_commit(
                lambda: letters.raised(by, sorted(raised), [other.email for other in others])
            )


def suspend(colleague: Colleague, *, by: str) -> None:
    """Nothing opens for the colleague from now on: no page, no key; raises `LastAdministrator`."""
    _set_active(colleague, active=False, kind="colleague suspended", by=by)


def resume(colleague: Colleague, *, by: str) -> None:
    """The colleague may come in again, with the roles from before."""
    _set_active(colleague, active=True, kind="colleague resumed", by=by)


def _set_active(colleague: Colleague, *, active: bool, kind: str, by: str) -> None:
    with transaction.atomic():
        changed = Colleague.objects.filter(pk=colleague.pk, is_active=not active)
        if not changed.update(is_active=active, sessions_stamp=get_random_string(STAMP)):
            return
        append(kind, by=by, body={"colleague": colleague.mark})
        _somebody_is_left()


def _administrators() -> QuerySet[Colleague]:
    return Colleague.objects.filter(is_active=True, roles__role=ADMINISTRATOR)


def _somebody_is_left() -> None:
    """Asked after the record is written: whoever writes one waits for the other, so two cannot go at once."""
    if not _administrators().exists():
        raise LastAdministrator


def end_sessions(colleague: Colleague, *, by: str) -> None:
    """Sign the colleague out everywhere."""
    with transaction.atomic():
        colleague.sessions_stamp = get_random_string(STAMP)
        colleague.save(update_fields=["sessions_stamp"])
        append("signed out everywhere", by=by, body={"colleague": colleague.mark})
