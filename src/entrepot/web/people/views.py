"""The pages of an administrator: colleagues, one colleague, keys."""

from __future__ import annotations

from dataclasses import dataclass, field
from smtplib import SMTPException

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from entrepot.web.access import needs
from entrepot.web.pages import show
from entrepot.web.people import forms, inviting, keeping, keys, letters
from entrepot.web.people.models import ApiKey, Colleague, Role
from entrepot.web.permissions import ROLES

LAST = "Somebody has to be able to administer this server: give the role to another colleague first."


@dataclass(frozen=True)
class Colleagues:
    """Everybody, those who may come in first."""

    everybody: list[Colleague]


@dataclass(frozen=True)
class OneColleague:
    """One colleague and what can be done. `says` tells what each role may."""

    colleague: Colleague
    form: forms.Roles
    says: dict[str, str] = field(default_factory=lambda: dict(ROLES))


@dataclass(frozen=True)
class Adding:
    """The form for somebody new."""

    form: forms.Add
    says: dict[str, str] = field(default_factory=lambda: dict(ROLES))


@dataclass(frozen=True)
class Keys:
    """Every key. `text` is that of the one just made: it is shown this once."""

    keys: list[ApiKey]
    form: forms.Key
    text: str = ""


@require_safe
@needs("keep colleagues")
def colleagues(request: HttpRequest) -> HttpResponse:
    """Who may come in, with which roles."""
    roles = Prefetch("roles", Role.objects.order_by("role"))
    everybody = Colleague.objects.prefetch_related(roles).order_by("-is_active", "email")
    return show(request, "people/colleagues.html", Colleagues(list(everybody)))


@require_http_methods(["GET", "HEAD", "POST"])
@needs("keep colleagues")
def add(request: HttpRequest) -> HttpResponse:
    """Add somebody and send the invitation."""
    form = forms.Add(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        status = 422 if form.is_bound else 200
        return show(request, "people/add.html", Adding(form), status=status)
    said = form.cleaned_data
    newcomer = keeping.Newcomer(said["email"], said["name"], said["roles"], said["language"])
    made = keeping.add(newcomer, by=request.user.mark)
    _invite(request, made)
    return redirect("colleagues_one", made.pk)


def _invite(request: HttpRequest, colleague: Colleague) -> None:
    """Send the link, and say where the letter is."""
    try:
        inviting.invite(colleague, request, by=request.user.mark)
    except (OSError, SMTPException):
        messages.error(request, _("The mail server did not take the letter. Try “Send an invitation” later."))
        return
    if letters.lie_in_folder():
        messages.info(
            request, _("No mail server is set up: the letter lies in the folder “mail” of the server.")
        )
    else:
        messages.info(request, _("The invitation is on its way."))


@require_safe
@needs("keep colleagues")
def one(request: HttpRequest, colleague: int) -> HttpResponse:
    """One colleague: roles, state, and what an administrator can do."""
    found = get_object_or_404(Colleague, pk=colleague)
    form = forms.Roles(initial={"roles": list(found.role_names)})
    return show(request, "people/one.html", OneColleague(found, form))


@require_POST
@needs("keep colleagues")
def roles(request: HttpRequest, colleague: int) -> HttpResponse:
    """Give exactly the roles that are ticked."""
    found = get_object_or_404(Colleague, pk=colleague)
    form = forms.Roles(request.POST)
    if not form.is_valid():
        return show(request, "people/one.html", OneColleague(found, form), status=422)
    try:
        keeping.change_roles(found, form.cleaned_data["roles"], by=request.user)
        messages.success(request, _("The roles are saved."))
    except keeping.LastAdministrator:
        messages.error(request, _(LAST))
    return _back(request, found)


@require_POST
@needs("keep colleagues")
def suspension(request: HttpRequest, colleague: int) -> HttpResponse:
    """Suspend, or bring back, as the button says."""
    found = get_object_or_404(Colleague, pk=colleague)
    try:
        act = keeping.suspend if request.POST.get("to") == "suspended" else keeping.resume
        act(found, by=request.user.mark)
    except keeping.LastAdministrator:
        messages.error(request, _(LAST))
    return _back(request, found)


@require_POST
@needs("keep colleagues")
def invitation(request: HttpRequest, colleague: int) -> HttpResponse:
    """Send the link again."""
    found = get_object_or_404(Colleague, pk=colleague, is_active=True)
    _invite(request, found)
    return _back(request, found)


@require_POST
@needs("keep colleagues")
def renewal(request: HttpRequest, colleague: int) -> HttpResponse:
    """Forget password, passkeys and second factor of somebody who lost them, and invite them anew."""
    found = get_object_or_404(Colleague, pk=colleague, is_active=True)
    if found == request.user:
        raise PermissionDenied("one's own")
    inviting.forget(found, by=request.user.mark)
    _invite(request, found)
    return _back(request, found)


def _back(request: HttpRequest, colleague: Colleague) -> HttpResponse:
    """To the colleague, or away from it, where one has just given up to keep colleagues oneself."""
    still = Colleague.objects.get(pk=request.user.pk)
    return (
        redirect("colleagues_one", colleague.pk) if "keep colleagues" in still.actions else redirect("home")
    )


@require_http_methods(["GET", "HEAD", "POST"])
@needs("keep keys")
def api_keys(request: HttpRequest) -> HttpResponse:
    """Keys of programs, and a new one."""
    form, text = forms.Key(request.POST or None, owner=request.user), ""
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        owner, day = request.user, said["expires_on"]
        _key, text = keys.make(owner, said["name"], said["scopes"], expires_on=day, at_most=owner.actions)
        form = forms.Key(owner=request.user)
    everyone = ApiKey.objects.select_related("colleague").order_by("revoked_at", "-made_at")
    page = Keys(list(everyone), form, text)
    response = show(
        request, "people/keys.html", page, status=422 if form.errors else 200, today=timezone.localdate()
    )
    response["Cache-Control"] = "no-store"
    return response


@require_POST
@needs("keep keys")
def revocation(request: HttpRequest, key: int) -> HttpResponse:
    """End a key."""
    keys.revoke(get_object_or_404(ApiKey, pk=key), by=request.user.mark)
    return redirect("keys")
