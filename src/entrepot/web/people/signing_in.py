"""Who may come in: colleagues whom an administrator has added, and nobody by signing up.

An identity provider (OIDC, SAML) proves an e-mail address; where no colleague has it, the door stays shut.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.contrib import messages
from django.http import HttpRequest
from django.shortcuts import redirect
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

WAYS: Mapping[str, str | Promise] = {
    "reauthenticate": gettext_lazy("Use the password"),
    "mfa_reauthenticate": gettext_lazy("Use a code"),
    "mfa_reauthenticate:webauthn": gettext_lazy("Use a passkey"),
}
"""How one proves who one is, in our words: the library calls a passkey a security key."""


class NobodySignsUp(DefaultAccountAdapter):
    """Colleagues are added, they do not register."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        ways = super().get_reauthentication_methods(user)
        return [{**way, "description": WAYS.get(way["id"], way["description"])} for way in ways]


class OnlyColleagues(DefaultSocialAccountAdapter):
    """An identity provider lets in whom we know."""

    def is_open_for_signup(self, request: HttpRequest, *given: Any) -> bool:
        return False

    def pre_social_login(self, request: HttpRequest, proof: Any) -> None:
        if not proof.is_existing and not request.user.is_authenticated:
            messages.error(request, _("Nobody here has this address. Ask an administrator to add you."))
            raise ImmediateHttpResponse(redirect("account_login"))
