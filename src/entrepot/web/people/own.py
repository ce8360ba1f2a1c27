"""What colleagues keep themselves: name, language, ways to sign in; and the first time that they come in."""

from __future__ import annotations

from dataclasses import dataclass

from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.forms import SetPasswordForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from entrepot.web.access import needs, open_to_all
from entrepot.web.pages import show
from entrepot.web.people import forms, inviting, keeping
from entrepot.web.people.models import Colleague, Invitation


@dataclass(frozen=True)
class Me:
    """One's own page. `passkeys` and `second_factor` say what there is to sign in with."""

    form: forms.Own
    roles: list[str]
    passkeys: int
    second_factor: bool
    password: bool


@dataclass(frozen=True)
class Invited:
    """The page behind an invitation; `colleague` is None where the link serves no more."""

    colleague: Colleague | None
    form: SetPasswordForm | None = None


@require_http_methods(["GET", "HEAD", "POST"])
@needs("be here")
def me(request: HttpRequest) -> HttpResponse:
    """Name and language, ways to sign in, sessions."""
    form = forms.Own(request.POST or None, instance=Colleague.objects.get(pk=request.user.pk))
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Saved."))
        return redirect("me")
    return show(request, "people/me.html", _me(request.user, form), status=422 if form.errors else 200)


def _me(colleague: Colleague, form: forms.Own) -> Me:
    kinds = list(Authenticator.objects.filter(user=colleague).values_list("type", flat=True))
    return Me(
        form,
        roles=sorted(colleague.role_names),
        passkeys=kinds.count(Authenticator.Type.WEBAUTHN),
        second_factor=Authenticator.Type.TOTP in kinds,
        password=colleague.has_usable_password(),
    )


@require_POST
@needs("be here")
def sessions(request: HttpRequest) -> HttpResponse:
    """Sign out everywhere but here."""
    keeping.end_sessions(request.user, by=request.user.mark)
    update_session_auth_hash(request, request.user)
    messages.success(request, _("You are signed out everywhere else."))
    return redirect("me")


@require_http_methods(["GET", "HEAD", "POST"])
@open_to_all
@never_cache
def invitation(request: HttpRequest, link: str) -> HttpResponse:
    """Choose how to sign in, behind a link that serves once."""
    now = timezone.now()
    found = Invitation.of(link, at=now)
    if found is None:
        return show(request, "people/invitation.html", Invited(None), status=410)
    by_passkey = request.POST.get("way") == "passkey"
    form = SetPasswordForm(
        found.colleague, request.POST if request.method == "POST" and not by_passkey else None
    )
    if not by_passkey and not form.is_valid():
        page, status = Invited(found.colleague, form), 422 if form.is_bound else 200
        return show(request, "people/invitation.html", page, status=status)
    password = None if by_passkey else form.cleaned_data["new_password1"]
    try:
        inviting.come_in(found, request, password=password, at=now)
    except inviting.Used:
        return show(request, "people/invitation.html", Invited(None), status=410)
    return redirect("mfa_add_webauthn" if by_passkey else "home")
