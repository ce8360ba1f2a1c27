"""An identity provider of our own: its key and certificate are made when the test runs; it publishes metadata, reads
requests, and answers whatever a test has it say, signed or not.

It knows nothing of the web app but what stands in a request. Its page at /sso posts the answer as providers do: a form
that the browser sends from the provider's own site.
"""

from __future__ import annotations

import base64
import zlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4
from xml.etree import ElementTree

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

MAIL = "urn:oid:0.9.2342.19200300.100.1.3"
PERSISTENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"
SAML, SAMLP = "urn:oasis:names:tc:SAML:2.0:assertion", "urn:oasis:names:tc:SAML:2.0:protocol"
SHA256 = ("http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", "http://www.w3.org/2001/04/xmlenc#sha256")
SHA1 = ("http://www.w3.org/2000/09/xmldsig#rsa-sha1", "http://www.w3.org/2000/09/xmldsig#sha1")
REDIRECT = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"


@dataclass(frozen=True)
class Key:
    """A key and the certificate that it signed itself, as PEM."""

    private: str
    certificate: str

    @classmethod
    def made(cls) -> Key:
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "id.firm.example")])
        now = datetime.now(UTC)
        certificate = (
            x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .sign(key, hashes.SHA256())
        )
        pem = serialization.Encoding.PEM
        private = key.private_bytes(
            pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode()
        return cls(private, certificate.public_bytes(pem).decode())

    @property
    def body(self) -> str:
        """The certificate as metadata carries it."""
        return "".join(self.certificate.splitlines()[1:-1])


@dataclass(frozen=True)
class Asked:
    """What stands in a request: its number, who asks, and where the answer goes."""

    id: str
    issuer: str
    acs: str

    @classmethod
    def of(cls, address: str) -> Asked:
        """The request in the address that a browser is sent to."""
        packed = parse_qs(urlsplit(address).query)["SAMLRequest"][0]
        read = ElementTree.fromstring(zlib.decompress(base64.b64decode(packed), -15))
        issuer = read.findtext(f"{{{SAML}}}Issuer")
        return cls(read.attrib["ID"], issuer or "", read.attrib["AssertionConsumerServiceURL"])


@dataclass(frozen=True)
class Says:
    """An answer in all its parts; what is None is left out. A test changes the part that it is about."""

    asked: Asked
    email: str
    attributes: dict[str, str] = field(default_factory=dict)
    name_id: str = "a-number-of-theirs"
    name_id_format: str = PERSISTENT
    issuer: str | None = None  # the provider's own
    answers: str | None = "as asked"
    confirms: str | None = "as asked"
    audience: str | None = "as asked"
    recipient: str | None = "as asked"
    begins_s: int = -60
    ends_s: int = 300
    signed: str = "assertion"
    key: Key | None = None  # the provider's own
    algorithms: tuple[str, str] = SHA256
    status: str = "urn:oasis:names:tc:SAML:2.0:status:Success"


class Provider:
    """The provider and its server on this machine."""

    def __init__(self) -> None:
        self.key = Key.made()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self.server.server_port}"  # for a browser another site than localhost
        self.entity_id = f"{self.url}/saml"
        self.comes = ""  # who signs in on the page at /sso
        Thread(target=self.server.serve_forever, daemon=True).start()

    def end(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    @cached_property
    def metadata(self) -> str:
        return (
            '<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" '
            f'xmlns:ds="http://www.w3.org/2000/09/xmldsig#" entityID="{self.entity_id}">'
            f'<md:IDPSSODescriptor protocolSupportEnumeration="{SAMLP}"><md:KeyDescriptor use="signing"><ds:KeyInfo>'
            f"<ds:X509Data><ds:X509Certificate>{self.key.body}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>"
            "</md:KeyDescriptor>"
            f'<md:SingleLogoutService Binding="{REDIRECT}" Location="{self.url}/slo"/>'
            f'<md:SingleSignOnService Binding="{REDIRECT}" Location="{self.url}/sso"/>'
            "</md:IDPSSODescriptor></md:EntityDescriptor>"
        )

    def toml(self, metadata: str = "", *, trusted: bool = True) -> str:
        """What `server.toml` says of this provider; without `metadata` they are asked of it."""
        return (
            f'[sign_in.saml]\nname = "Our firm"\nentity_id = "{self.entity_id}"\n'
            f'metadata = "{metadata or f"{self.url}/metadata"}"\ntrusted = {str(trusted).lower()}\n'
        )

    def answer(self, says: Says) -> str:
        """The XML of the answer."""
        assertion = self._assertion(says)
        if says.signed == "assertion":
            assertion = self._signed(says, assertion)
        answers = _said("InResponseTo", _as_asked(says.answers, says.asked.id))
        whole = (
            f'<samlp:Response xmlns:samlp="{SAMLP}" xmlns:saml="{SAML}" ID="{_number()}" Version="2.0"'
            f' IssueInstant="{_at(0)}" Destination="{says.asked.acs}"{answers}>'
            f"<saml:Issuer>{says.issuer or self.entity_id}</saml:Issuer>"
            f'<samlp:Status><samlp:StatusCode Value="{says.status}"/></samlp:Status>{assertion}</samlp:Response>'
        )
        return self._signed(says, whole) if says.signed == "response" else whole

    def _assertion(self, says: Says) -> str:
        asked, end = says.asked, _at(says.ends_s)
        confirmed = _said("InResponseTo", _as_asked(says.confirms, asked.id))
        confirmed += _said("Recipient", _as_asked(says.recipient, asked.acs))
        audience = _as_asked(says.audience, asked.issuer)
        only_for = (
            f"<saml:AudienceRestriction><saml:Audience>{audience}</saml:Audience></saml:AudienceRestriction>"
        )
        attributes = says.attributes if says.attributes or not says.email else {MAIL: says.email}
        values = "".join(
            f'<saml:Attribute Name="{name}"><saml:AttributeValue>{escape(value)}</saml:AttributeValue></saml:Attribute>'
            for name, value in attributes.items()
        )
        statement = f"<saml:AttributeStatement>{values}</saml:AttributeStatement>" if values else ""
        return (
            f'<saml:Assertion xmlns:saml="{SAML}" ID="{_number()}" Version="2.0" IssueInstant="{_at(0)}">'
            f"<saml:Issuer>{says.issuer or self.entity_id}</saml:Issuer>"
            f'<saml:Subject><saml:NameID Format="{says.name_id_format}">{escape(says.name_id)}</saml:NameID>'
            '<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer">'
            f'<saml:SubjectConfirmationData NotOnOrAfter="{end}"{confirmed}/></saml:SubjectConfirmation></saml:Subject>'
            f'<saml:Conditions NotBefore="{_at(says.begins_s)}" NotOnOrAfter="{end}">'
            f"{only_for if audience else ''}</saml:Conditions>"
            f'<saml:AuthnStatement AuthnInstant="{_at(0)}"><saml:AuthnContext><saml:AuthnContextClassRef>'
            "urn:oasis:names:tc:SAML:2.0:ac:classes:Password</saml:AuthnContextClassRef></saml:AuthnContext>"
            f"</saml:AuthnStatement>{statement}</saml:Assertion>"
        )

    def _signed(self, says: Says, xml: str) -> str:
        from onelogin.saml2.utils import OneLogin_Saml2_Utils

        key = says.key or self.key
        signed = OneLogin_Saml2_Utils.add_sign(xml, key.private, key.certificate, False, *says.algorithms)
        return signed.decode() if isinstance(signed, bytes) else str(signed)


def as_form(xml: str) -> dict[str, str]:
    """The fields that a browser posts."""
    return {"SAMLResponse": base64.b64encode(xml.encode()).decode(), "RelayState": ""}


def _as_asked(said: str | None, asked: str) -> str | None:
    return asked if said == "as asked" else said


def _said(name: str, value: str | None) -> str:
    return "" if value is None else f' {name}="{value}"'


def _number() -> str:
    return f"_{uuid4().hex}"


def _at(seconds: int) -> str:
    return (datetime.now(UTC) + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


def _handler(provider: Provider) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path.startswith("/sso"):
                asked = Asked.of(self.path)
                fields = as_form(provider.answer(Says(asked, provider.comes, name_id=provider.comes)))
                inputs = "".join(
                    f'<input type="hidden" name="{name}" value="{v}">' for name, v in fields.items()
                )
                page = f'<form method="post" action="{asked.acs}">{inputs}<button>Go back</button></form>'
                self._send(f"<!doctype html><title>Our firm</title>{page}", "text/html")
            else:
                self._send(provider.metadata, "application/samlmetadata+xml")

        def _send(self, text: str, kind: str) -> None:
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *said: Any) -> None:
            """Nothing."""

    return Handler
