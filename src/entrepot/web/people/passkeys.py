"""The form for a new passkey: it signs in without a password unless one says otherwise."""

from __future__ import annotations

from typing import Any

from allauth.mfa.webauthn.forms import AddWebAuthnForm
from django.utils.translation import gettext_lazy as _


class Add(AddWebAuthnForm):
    """Ticked from the start, since that is what a passkey is for."""

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self.fields["name"].label = _("Name")
        box = self.fields["passwordless"]
        box.initial, box.label = True, _("It signs me in without a password")
        box.help_text = _("Without the tick it is a second factor beside the password.")
