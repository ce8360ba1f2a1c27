"""Signing in by SAML: to the provider with a request, and back with an answer that is read strictly.

The sign-in library has these pages too. Ours take their places, since the library's end as a fault of the server where
the metadata or the answer cannot be read, take an assertion that names no audience, and keep whatever anybody posts.
What is wrong ends on one page, with the reason in the log.

The answer is posted from the provider's page, so the browser sends no cookie of ours with it (SameSite). It is kept, if
it holds, in a session of its own, and read by the page that the browser is sent on to, which has the cookies.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from allauth.core.internal.httpkit import deserialize_request
from allauth.socialaccount.helpers import complete_social_login, render_authentication_error
from allauth.socialaccount.providers.base.utils import respond_to_login_on_get
from allauth.socialaccount.providers.saml import views
from allauth.socialaccount.providers.saml.utils import (
    build_saml_config,
    build_sp_config,
    get_app_or_404,
    prepare_django_request,
)
from allauth.socialaccount.sessions import LoginSession
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from onelogin.saml2.auth import OneLogin_Saml2_Auth
from onelogin.saml2.idp_metadata_parser import OneLogin_Saml2_IdPMetadataParser
from onelogin.saml2.response import OneLogin_Saml2_Response
from onelogin.saml2.settings import OneLogin_Saml2_Settings
from onelogin.saml2.utils import OneLogin_Saml2_Utils

from entrepot.web.access import open_to_all
from entrepot.web.failing import TOO_LARGE, tell
from entrepot.web.people.signing_in import Unusable
from entrepot.web.runs.receiving import length

MOST_BYTES = 2**18
METADATA, METADATA_S, METADATA_FOR_S, AGAIN_AFTER_S = "saml.metadata", 5, 60 * 60, 5
METADATA_VALID = "2100-01-01T00:00:00Z"  # the library's two days would end a provider's copy of it
TRANSIENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"
BEARER = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
CONFIRMED = f"/saml:Subject/saml:SubjectConfirmation[@Method='{BEARER}']/saml:SubjectConfirmationData"

UNKNOWN = {"entity_id": "", "x509cert": "", "sso_url": ""}  # until the metadata has been read


class Answer(OneLogin_Saml2_Response):
    """An answer that is for us, as the profile of SAML demands it (section 4.1.4.2); the library lets pass what does
    not say whom it is for, and what it answers."""

    def is_valid(self, request_data: Any, request_id: Any = None, raise_exceptions: bool = False) -> bool:
        if not super().is_valid(request_data, request_id, raise_exceptions):
            return False
        if not self.get_audiences():
            self._error = "the assertion names no audience"
        elif not self._is_confirmed(OneLogin_Saml2_Utils.get_self_url_no_query(request_data)):
            self._error = "the assertion does not say what it answers, where, and until when"
        return self._error is None

    def _is_confirmed(self, here: str) -> bool:
        """Of what the library compares where it is there, nothing is missing."""
        said, normalized = self._query_assertion(CONFIRMED), OneLogin_Saml2_Utils.normalize_url
        return bool(said) and all(
            one.get("InResponseTo")
            and one.get("InResponseTo") == self.get_in_response_to()
            and one.get("NotOnOrAfter")
            and normalized(one.get("Recipient", "")) == normalized(here)
            for one in said
        )


class Auth(OneLogin_Saml2_Auth):
    response_class = Answer


@require_http_methods(["GET", "POST"])
@never_cache
@open_to_all
def ask(request: HttpRequest, organization_slug: str) -> HttpResponse:
    """Off to the provider; asked first by a form, so that no other site sends anybody."""
    provider = _provider(request, organization_slug)
    if asks := respond_to_login_on_get(request, provider):
        return asks
    try:
        auth = _auth(request, provider)
    except Unusable as error:
        return _failed(request, provider, error)
    to = auth.login(return_to="")
    more = provider.get_redirect_from_request_kwargs(request)
    provider.stash_redirect_state(request, state_id=auth.get_last_request_id(), **more)
    return HttpResponseRedirect(to)


@csrf_exempt
@require_POST
@open_to_all
def acs(request: HttpRequest, organization_slug: str) -> HttpResponse:
    """Here the provider has the browser post its answer. Only what the provider signed is kept."""
    if length(request.META) > MOST_BYTES:
        return tell(request, TOO_LARGE)
    provider = _provider(request, organization_slug)
    try:
        _read(request, provider)
    except Unusable as error:
        return _failed(request, provider, error)
    return views.acs(request, organization_slug=organization_slug)


@require_safe
@never_cache
@open_to_all
def finish(request: HttpRequest, organization_slug: str) -> HttpResponse:
    """The answer again, now with the browser's session, which knows what was asked. Each request is answered once."""
    provider = _provider(request, organization_slug)
    session = LoginSession(request, "saml_acs_session", "saml-acs-session")
    came = session.store.get("request")
    session.delete()
    try:
        if not came:
            raise Unusable("there is no answer")
        came = deserialize_request(came, HttpRequest())
        auth = _read(came, provider)
        proof = _proof(request, provider, auth)
        proof.state = provider.unstash_redirect_state(request, auth.get_last_response_in_response_to())
    except PermissionDenied:
        why = Unusable("it answers nothing that this browser asked, or once more")
        return _failed(request, provider, why)
    except Unusable as error:
        return _failed(request, provider, error)
    return complete_social_login(request, proof)


@require_safe
@open_to_all
def metadata(request: HttpRequest, organization_slug: str) -> HttpResponse:
    """What a provider wants to know of us; nothing of the provider is needed for it."""
    app = get_app_or_404(request, organization_slug)
    said = {
        "sp": _about_us(request, app.settings, organization_slug),
        "security": {
            "wantAssertionsSigned": True,
            "allowSingleLabelDomains": True,
            "metadataValidUntil": METADATA_VALID,
        },
    }
    settings = OneLogin_Saml2_Settings(said, sp_validation_only=True)
    return HttpResponse(settings.get_sp_metadata(), content_type="application/samlmetadata+xml")


def _failed(request: HttpRequest, provider: Any, why: Unusable) -> HttpResponse:
    return render_authentication_error(request, provider, exception=why)


def _provider(request: HttpRequest, name: str) -> Any:
    return get_app_or_404(request, name).get_provider(request)


def _about_us(request: HttpRequest, settings: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Without the address to sign out: it would believe what nobody signed."""
    said = build_sp_config(request, settings, name)
    return {key: value for key, value in said.items() if key != "singleLogoutService"}


def _auth(request: HttpRequest, provider: Any) -> Auth:
    """The library at work on one request; raises `Unusable` where the metadata cannot be used."""
    app = provider.app
    try:
        said = build_saml_config(request, {**app.settings, "idp": UNKNOWN}, app.client_id)
        said |= {"idp": _of_the_provider(app.settings["idp"])}
        said |= {"sp": _about_us(request, app.settings, app.client_id)}
        return Auth(prepare_django_request(request), said)
    except Unusable:
        raise
    except Exception as error:  # the library raises whatever comes
        raise Unusable(f"the metadata cannot be used: {error}") from error


def _of_the_provider(said: Mapping[str, Any]) -> dict[str, Any]:
    """What the metadata say, read once an hour. Where they cannot be read they are not asked for again at once, as
    each who waits for them keeps a thread from the others."""
    known: dict[str, Any] | str | None = cache.get(METADATA)
    if known is None:
        try:
            known = _fetched(said["metadata_url"], said["entity_id"])
        except Exception as error:
            known = f"the metadata cannot be read: {error}"
        cache.set(METADATA, known, AGAIN_AFTER_S if isinstance(known, str) else METADATA_FOR_S)
    if isinstance(known, str):
        raise Unusable(known)
    return known


def _fetched(address: str, whose: str) -> dict[str, Any]:
    is_proven = True  # by TLS, where the address is one of HTTPS
    found = OneLogin_Saml2_IdPMetadataParser.parse_remote(address, is_proven, whose, METADATA_S).get("idp")
    if not found:
        raise Unusable(f"it has no provider {whose}")
    if "singleSignOnService" not in found:
        raise Unusable("the provider takes no requests by HTTP-Redirect")
    if "x509cert" not in found and not found.get("x509certMulti", {}).get("signing"):
        raise Unusable("it has no certificate to prove signatures by")
    return {key: value for key, value in found.items() if key != "singleLogoutService"}


def _read(request: HttpRequest, provider: Any) -> Auth:
    """The answer in `request`, proven; raises `Unusable`."""
    auth = _auth(request, provider)
    try:
        auth.process_response()
    except Exception as error:  # what is no XML, or no base64
        raise Unusable(f"the answer cannot be read: {type(error).__name__}") from error
    if auth.get_errors():
        reason, _, _ = str(auth.get_last_error_reason()).partition(" -> ")  # behind it somebody may be named
        raise Unusable(f"the answer does not hold: {reason}")
    return auth


def _proof(request: HttpRequest, provider: Any, auth: Auth) -> Any:
    """Whom the provider says to have come."""
    try:
        proof = provider.sociallogin_from_response(request, auth)
    except Exception as error:
        raise Unusable(f"the answer names nobody: {type(error).__name__}") from error
    if auth.get_nameid_format() == TRANSIENT and proof.account.uid == auth.get_nameid():
        raise Unusable("the NameID is transient, so that nobody is known by it again: let it be persistent")
    return proof


addresses = [
    path("sign-in/saml/<str:organization_slug>/login/", ask),
    path("sign-in/saml/<str:organization_slug>/acs/", acs),
    path("sign-in/saml/<str:organization_slug>/acs/finish/", finish),
    path("sign-in/saml/<str:organization_slug>/metadata/", metadata),
]
"""They stand before those of the sign-in library, which find ours by its own names."""
