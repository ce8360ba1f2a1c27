"""The forms of the pages about colleagues."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from entrepot.web.people.models import Colleague
from entrepot.web.permissions import ROLES


def _roles() -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=_("Roles"),
        choices=[(role, role) for role in ROLES],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )


def _language() -> forms.ChoiceField:
    return forms.ChoiceField(
        label=_("Language"), choices=[("", _("as the browser asks")), *settings.LANGUAGES], required=False
    )


class Add(forms.Form):
    """Somebody new."""

    email = forms.EmailField(
        label=_("E-mail address"), widget=forms.EmailInput(attrs={"autocomplete": "off"})
    )
    name = forms.CharField(label=_("Name"), max_length=200, required=False)
    language = _language()
    roles = _roles()

    def clean_email(self) -> str:
        email = str(self.cleaned_data["email"]).lower()
        if Colleague.objects.filter(email=email).exists():
            raise forms.ValidationError(_("Somebody has this address already."))
        return email


class Roles(forms.Form):
    """Which roles a colleague has."""

    roles = _roles()


class Own(forms.ModelForm):
    """What a colleague says of themselves."""

    language = _language()

    class Meta:
        model = Colleague
        fields = ("name", "language")
        labels = {"name": _("Name")}


class Key(forms.Form):
    """A new key; its scopes are offered out of what its owner may do."""

    name = forms.CharField(
        label=_("Name"),
        max_length=200,
        help_text=_("Which program will use it, for example “nightly export”."),
    )
    expires_on = forms.DateField(
        label=_("Ends on"),
        widget=forms.DateInput(attrs={"type": "date"}),
        required=False,
        help_text=_("Without a day it holds until it is revoked."),
    )
    scopes = forms.MultipleChoiceField(label=_("May"), widget=forms.CheckboxSelectMultiple)

    def __init__(self, *given: Any, owner: Colleague, **more: Any) -> None:
        super().__init__(*given, **more)
        self.fields["scopes"].choices = [(action, action) for action in sorted(owner.actions)]

    def clean_expires_on(self) -> Any:
        day = self.cleaned_data["expires_on"]
        if day is not None and day <= timezone.localdate():
            raise forms.ValidationError(_("Choose a day after today."))
        return day
