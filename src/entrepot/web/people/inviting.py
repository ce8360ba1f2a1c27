"""How a colleague comes in: by a link that serves once, behind which they choose a password or a passkey.

Looking at the link does not use it up (programs that guard letters look at links); choosing does.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from allauth.mfa.models import Authenticator
from django.contrib.auth import login
from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import get_random_string

from entrepot.web.people import letters
from entrepot.web.people.keeping import STAMP
from entrepot.web.people.models import Colleague, Invitation
from entrepot.web.records.models import append

DAYS = 7
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


class Used(Exception):
    """The link was used meanwhile."""


def invite(colleague: Colleague, request: HttpRequest, *, by: str) -> None:
    """Send `colleague` a link; an earlier one serves no more."""
    with transaction.atomic():
        expires_at = timezone.now() + timedelta(days=DAYS)
        _, text = Invitation.make(colleague, expires_at=expires_at)
        append("colleague invited", by=by, body={"colleague": colleague.mark, "until": expires_at})
    letters.invite(colleague, request.build_absolute_uri(reverse("invitation", args=[text])), days=DAYS)


def forget(colleague: Colleague, *, by: str) -> None:
    """Let somebody who lost password, passkey or second factor choose anew; what they had opens nothing."""
    with transaction.atomic():
        Authenticator.objects.filter(user=colleague).delete()
        colleague.set_unusable_password()
        colleague.sessions_stamp = get_random_string(STAMP)
        colleague.save(update_fields=["password", "sessions_stamp"])
        append("sign-in renewed", by=by, body={"colleague": colleague.mark})


def come_in(invitation: Invitation, request: HttpRequest, *, password: str | None, at: datetime) -> None:
    """Use the link: set the password, where one was chosen, and sign in; raises `Used` the second time."""
    colleague = invitation.colleague
    with transaction.atomic():
        if not Invitation.objects.filter(pk=invitation.pk, used_at=None).update(used_at=at):
            raise Used
        if password is not None:
            colleague.set_password(password)
            colleague.save(update_fields=["password"])
        append(
            "invitation used", by=colleague.mark, body={"way": "passkey" if password is None else "password"}
        )
    login(request, colleague, backend=BACKEND)
