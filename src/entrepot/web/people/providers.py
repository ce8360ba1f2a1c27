"""Identity providers out of `server.toml`, in the words of the sign-in library.

    [sign_in.oidc]                       [sign_in.saml]                       # needs the extra [saml]
    name = "Our firm"                    name = "Our firm"
    server = "https://id.example/realm"  entity_id = "https://id.example/saml"
    client_id = "entrepot"               metadata = "https://id.example/saml/metadata"
    secret = "…"
    trusted = true                       trusted = true

`trusted` says that the addresses it gives are the firm's own; without it only those count that it calls verified,
since whoever is let in by an address is let in as the colleague who has it. `metadata` may be a file, `file:///…`.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec
from typing import Any
from urllib.parse import urlsplit

from entrepot.errors import InputError, Mistake

OIDC = {"server", "client_id", "secret"}
SAML = {"entity_id", "metadata"}
SAML_ATTRIBUTES = {
    "uid": ["urn:oasis:names:tc:SAML:attribute:subject-id"],
    "email": [
        "urn:oid:0.9.2342.19200300.100.1.3",
        "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress",
        "urn:oid:1.2.840.113549.1.9.1",
        "email",
        "mail",
    ],
    "email_verified": ["http://schemas.auth0.com/email_verified", "email_verified"],
}
"""What is read of an answer → the names of attributes that may carry it, the first that is there."""
SAML_APP = "allauth.socialaccount.providers.saml"
WHERE = "server.toml, [sign_in.{}]"


def apps(sign_in: Mapping[str, Any]) -> list[str]:
    """What Django must install beyond the usual; raises `InputError` where SAML is asked for and not to be had."""
    if "saml" not in sign_in:
        return []
    if find_spec("onelogin") is None:
        raise InputError(
            Mistake("SAML is configured and not installed", WHERE.format("saml"), "the extra [saml]",
                    do="pip install 'entrepot[saml]'")
        )  # fmt: skip
    try:
        import_module("xmlsec")
    except Exception as error:  # its own kind of error, which cannot be named without it
        raise InputError(
            Mistake("SAML is configured and its library does not load", WHERE.format("saml"),
                    "xmlsec and lxml that carry the same libxml2, as in requirements.lock", str(error),
                    "pip install the two in these versions, as wheels")
        ) from error  # fmt: skip
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
    if "metadata" in sign_in.get("saml", {}) and not _is_guarded(sign_in["saml"]["metadata"]):
        mistakes.append(
            Mistake("metadata would be read over an open line, on which anybody could write another key into it",
                    WHERE.format("saml"), "https://…, or file:///… for a file of this machine",
                    sign_in["saml"]["metadata"])
        )  # fmt: skip
    if mistakes:
        raise InputError(*mistakes)


def _is_guarded(address: str) -> bool:
    there = urlsplit(address)
    is_here = there.hostname in ("localhost", "127.0.0.1", "::1")
    return there.scheme in ("https", "file") or (there.scheme == "http" and is_here)


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
    """Assertions have to be signed: without that anybody could write one. Some providers send no attributes, but the
    address as NameID; and names of a firm's own network have no dot."""
    idp = {"entity_id": said["entity_id"], "metadata_url": said["metadata"]}
    advanced = {
        "want_assertion_signed": True,
        "want_attribute_statement": False,
        "allow_single_label_domains": True,
    }
    settings = {
        "idp": idp,
        "advanced": advanced,
        "verified_email": bool(said.get("trusted", False)),
        "attribute_mapping": SAML_ATTRIBUTES,
    }
    return {
        "provider_id": said["entity_id"],
        "name": said.get("name", "SAML"),
        "client_id": "firm",
        "settings": settings,
    }
