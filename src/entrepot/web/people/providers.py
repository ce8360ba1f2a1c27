"""Identity providers out of `server.toml`, in the words of the sign-in library.

    [sign_in.oidc]                       [sign_in.saml]                       # needs the extra [saml]
    name = "Our firm"                    name = "Our firm"
    server = "https://id.example/realm"  entity_id = "https://id.example/saml"
    client_id = "entrepot"               metadata = "https://id.example/saml/metadata"
    secret = "…"
    trusted = true                       trusted = true

`trusted` says that the addresses it gives are the firm's own; without it only those count that it calls verified,
since whoever is let in by an address is let in as the colleague who has it.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any

from entrepot.errors import InputError, Mistake

OIDC = {"server", "client_id", "secret"}
SAML = {"entity_id", "metadata"}
SAML_APP = "allauth.socialaccount.providers.saml"
WHERE = "server.toml, [sign_in.{}]"


def apps(sign_in: Mapping[str, Any]) -> list[str]:
    """What Django must install beyond the usual; raises `InputError` where SAML is asked for and not installed."""
    if "saml" not in sign_in:
        return []
    if find_spec("onelogin") is None:
        raise InputError(
            Mistake("SAML is configured and not installed", WHERE.format("saml"), "the extra [saml]",
                    do="pip install 'entrepot[saml]'")
        )  # fmt: skip
    return [SAML_APP]


def providers(sign_in: Mapping[str, Any]) -> dict[str, Any]:
    """The providers as allauth reads them; raises `InputError` for what is missing or unknown."""
    _known(sign_in)
    made: dict[str, Any] = {}
    if "oidc" in sign_in:
        made["openid_connect"] = {"OAUTH_PKCE_ENABLED": True, "APPS": [_oidc(sign_in["oidc"])]}
    if "saml" in sign_in:
        made["saml"] = {"APPS": [_saml(sign_in["saml"])]}
    return made


def _known(sign_in: Mapping[str, Any]) -> None:
    mistakes = [
        Mistake("no such kind of provider", f"server.toml, [sign_in.{kind}]", "oidc or saml", kind)
        for kind in sign_in
        if kind not in ("oidc", "saml")
    ]
    for kind, wanted in (("oidc", OIDC), ("saml", SAML)):
        missing = sorted(wanted - set(sign_in.get(kind, wanted)))
        mistakes += [Mistake(f"{name} is missing", WHERE.format(kind), "text", "nothing") for name in missing]
    if mistakes:
        raise InputError(*mistakes)


def _oidc(said: Mapping[str, Any]) -> dict[str, Any]:
    settings = {"server_url": said["server"], "verified_email": bool(said.get("trusted", False))}
    return {
        "provider_id": "firm",
        "name": said.get("name", "OpenID Connect"),
        "client_id": said["client_id"],
        "secret": said["secret"],
        "settings": settings,
    }


def _saml(said: Mapping[str, Any]) -> dict[str, Any]:
    """Assertions have to be signed: without that anybody could write one."""
    idp = {"entity_id": said["entity_id"], "metadata_url": said["metadata"]}
    advanced = {"want_assertion_signed": True}
    settings = {"idp": idp, "advanced": advanced, "verified_email": bool(said.get("trusted", False))}
    return {
        "provider_id": said["entity_id"],
        "name": said.get("name", "SAML"),
        "client_id": "firm",
        "settings": settings,
    }
