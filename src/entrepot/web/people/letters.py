"""Letters to colleagues: an invitation, and word of what an administrator did to their own roles.

Without a mail server a letter lies in HOME/mail, where whoever keeps the server finds it.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import override

from entrepot.web.people.models import Colleague


def send(subject: str, text: str, to: Sequence[str]) -> None:
    """One letter an address, so that nobody reads who else gets it."""
    for address in to:
        EmailMessage(subject, text, settings.DEFAULT_FROM_EMAIL, [address]).send()


def lie_in_folder() -> bool:
    """Whether letters are kept on the server and not sent."""
    return settings.EMAIL_BACKEND.endswith("filebased.EmailBackend")


def invite(colleague: Colleague, address: str, *, days: int) -> None:
    """The link by which somebody comes in for the first time."""
    with override(colleague.language or settings.LANGUAGE_CODE):
        text = render_to_string(
            "people/invitation.txt", {"colleague": colleague, "address": address, "days": days}
        )
        send(_("You are invited to Entrepot"), text, [colleague.email])


def raised(colleague: Colleague, roles: Sequence[str], to: Sequence[str]) -> None:
    """Word to the other administrators that one of them took more roles."""
    text = render_to_string("people/raised.txt", {"colleague": colleague, "roles": roles})
    send(_("An administrator took more roles"), text, to)
