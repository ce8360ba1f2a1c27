"""Who may come in: colleagues whom an administrator has added, and nobody by signing up.

An identity provider (OIDC, SAML) proves an e-mail address; where no colleague has it, the door stays shut.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.providers.base import AuthProcess
from django.contrib import messages
from django.http import HttpRequest
from django.shortcuts import redirect
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from entrepot.web.people.models import Colleague

log = logging.getLogger(__name__)
WAYS: Mapping[str, str | Promise] = {
    "reauthenticate": gettext_lazy("Use the password"),
    "mfa_reauthenticate": gettext_lazy("Use a code"),
    "mfa_reauthenticate:webauthn": gettext_lazy("Use a passkey"),
}
"""How one proves who one is, in our words: the library calls a passkey a security key."""


class Unusable(Exception):
    """What a provider said cannot be used; says why, without a word about a person."""


class NobodySignsUp(DefaultAccountAdapter):
    """Colleagues are added, they do not register."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        ways = super().get_reauthentication_methods(user)
        return [{**way, "description": WAYS.get(way["id"], way["description"])} for way in ways]


class OnlyColleagues(DefaultSocialAccountAdapter):
    """An identity provider lets in whom we know by an address that it vouches for."""

    def is_open_for_signup(self, request: HttpRequest, *given: Any) -> bool:
        return False

    def pre_social_login(self, request: HttpRequest, proof: Any) -> None:
        """The library would find colleagues by address too, and take the password of whom it finds: where people
        register, somebody else may have set it. Here nobody registers, so passwords stay."""
        if proof.state.get("process") == AuthProcess.CONNECT:  # by another address than the administrator's
            self._shut(request, _("An administrator says by which address you come in."))
        if proof.is_existing:
            return
        known = _of_the_address(proof)
        if known is None:
            self._shut(request, _("Nobody here has this address. Ask an administrator to add you."))
        elif not known.is_active:
            raise ImmediateHttpResponse(redirect("account_inactive"))
        else:
            proof.connect(request, known)

    def on_authentication_error(self, request: HttpRequest, provider: Any, **wrong: Any) -> None:
        """The page says that it failed, the log says why; a reason of ours names nobody, others may."""
        error = wrong.get("exception")
        named = type(error).__name__ if error else wrong.get("error")
        reason = str(error) if isinstance(error, Unusable) else named
        extra = {"log_request": getattr(request, "number", "")}
        log.warning("sign-in by %s failed: %s", getattr(provider, "id", provider), reason, extra=extra)

    def _shut(self, request: HttpRequest, why: str) -> None:
        messages.error(request, why)
        raise ImmediateHttpResponse(redirect("account_login"))


def _of_the_address(proof: Any) -> Colleague | None:
    """The colleague whose address the provider vouches for."""
    vouched = [address.email.lower() for address in proof.email_addresses if _is_yes(address.verified)]
    return Colleague.objects.filter(email__in=vouched).first()


def _is_yes(said: Any) -> bool:
    """Some providers of OpenID Connect write "true" and "false", as text."""
    return said is True or (isinstance(said, str) and said.lower() == "true")
