"""Signing in by SAML as it is: a provider that signs, a server that was started as an administrator starts it, and a
browser between them that keeps cookies and posts what the provider gives it.

The provider's post comes from another site, so it carries no cookie of ours: `Browser.post` sends none.
"""

import contextlib
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
from dataclasses import dataclass, replace
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from allauth.mfa.totp.internal import auth as totp

from entrepot.errors import InputError
from entrepot.web.people import providers
from tests.web.runs_fixtures import Server
from tests.web.saml_provider import MAIL, SHA1, Asked, Key, Provider, Says, as_form

pytest.importorskip("onelogin.saml2", reason="no python3-saml: pip install 'entrepot[saml]' to test SAML")

PASSWORD = "a long enough phrase"
SECRET = "JBSWY3DPEHPK3PXP"
ENTRANCE = "/sign-in/saml/firm/"
EMAIL_AS_NAME = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"
TRANSIENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"
COLLEAGUES = [
    "v@firm.example",
    "attribute@firm.example",
    "named@firm.example",
    "careful@firm.example",
    "gone@firm.example",
]
ADD = f"""
import json, sys
from entrepot.web import starting
from entrepot.web.home import Home
starting.prepare(Home.from_environment())
starting.add_administrator("anna@firm.example", {PASSWORD!r})
from allauth.mfa.totp.internal.auth import TOTP
from entrepot.web.people.models import Colleague
for email in json.loads(sys.argv[1]):
    Colleague.objects.add(email, roles=["reviewer"], password={PASSWORD!r})
Colleague.objects.filter(email="gone@firm.example").update(is_active=False)
TOTP.activate(Colleague.objects.get(email="careful@firm.example"), {SECRET!r})
"""


@dataclass
class Served(Server):
    """A server with colleagues, who may sign in by `provider`."""

    provider: Provider

    def __init__(self, folder: Path, provider: Provider, server_toml: str) -> None:
        super().__init__(folder)
        self.provider = provider
        folder.mkdir()
        (folder / "server.toml").write_text(server_toml)
        where = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
        where |= {"ENTREPOT_HOME": str(folder)}
        subprocess.run([sys.executable, "-c", ADD, json.dumps(COLLEAGUES)], env=where, check=True)
        self.start()

    def rows(self, query: str) -> list[Any]:
        with contextlib.closing(sqlite3.connect(self.folder / "entrepot.sqlite3", timeout=20)) as database:
            return database.execute(query).fetchall()

    def records(self) -> list[tuple[str, dict]]:
        query = (
            "SELECT kind, text FROM records_record JOIN records_body ON record_id = number ORDER BY number"
        )
        return [(kind, json.loads(text)) for kind, text in self.rows(query)]

    def reasons(self) -> list[str]:
        """Why a sign-in failed, as the log says it."""
        lines = [json.loads(line) for line in self.log.read_text().splitlines() if line.startswith("{")]
        return [line["message"] for line in lines if line["logger"].endswith("signing_in")]


class Browser:
    """Somebody's browser: cookies of ours go to pages of ours, and not with what another site has it post."""

    def __init__(self, server: Served) -> None:
        self.server, self.session = server, requests.Session()
        self.at = f"http://localhost:{server.port}"

    def get(self, path: str) -> requests.Response:
        return self.session.get(self.at + path, timeout=60, allow_redirects=False)

    def send(self, path: str, **fields: str) -> requests.Response:
        """A form of our own pages."""
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', self.get(path).text)[1]
        fields |= {"csrfmiddlewaretoken": token}
        return self.session.post(self.at + path, fields, timeout=60, allow_redirects=False)

    def asks(self, more: str = "") -> Asked:
        """Go to the provider: the request that it is shown."""
        away = self.send(f"{ENTRANCE}login/?process=login{more}")
        assert away.status_code == 200, away.status_code
        return Asked.of(unescape(re.search(r'http-equiv="refresh" content="0;url=([^"]+)"', away.text)[1]))

    def posts(self, xml: str) -> requests.Response:
        """What the provider has the browser post, without cookies; ours are taken, and what comes after has them."""
        headers = {**self.session.headers, "Origin": self.server.provider.url, "Sec-Fetch-Site": "cross-site"}
        address = f"{self.at}{ENTRANCE}acs/"
        came = requests.post(address, as_form(xml), headers=headers, timeout=60, allow_redirects=False)
        assert "sessionid" not in came.cookies
        self.session.cookies.update(came.cookies)
        return self.get(urlsplit(came.headers["Location"]).path) if came.is_redirect else came

    def comes_back(self, email: str, **says: Any) -> requests.Response:
        """The whole way."""
        return self.posts(self.server.provider.answer(replace(Says(self.asks(), email), **says)))

    @property
    def is_in(self) -> bool:
        return self.get("/me/").status_code == 200


@pytest.fixture(scope="module")
def provider():
    made = Provider()
    yield made
    made.end()


@pytest.fixture(scope="module")
def server(provider, tmp_path_factory):
    folder = tmp_path_factory.mktemp("saml") / "home"
    made = Served(folder, provider, provider.toml())
    yield made
    made.end()


@pytest.fixture
def browser(server):
    return Browser(server)


def refused(answer: requests.Response, browser: Browser) -> str:
    """Why: the page says that it failed, the log says the reason, and nobody is in."""
    assert answer.status_code == 401
    assert "The sign-in did not work" in answer.text
    assert not browser.is_in
    return browser.server.reasons()[-1].partition(" failed: ")[2]


# Who comes in


def test_a_colleague_comes_in_and_it_is_on_record_as_with_other_ways(server, browser):
    before = len(server.records())
    assert browser.comes_back("v@firm.example").headers["Location"] == "/"
    assert browser.is_in
    assert server.records()[before:] == [("signed in", {"methods": ["socialaccount"]})]


def test_one_comes_back_to_the_page_that_one_asked_for(server, browser):
    asked = browser.asks("&next=/me/")
    came = browser.posts(server.provider.answer(Says(asked, "v@firm.example")))
    assert came.headers["Location"] == "/me/"


def test_the_password_stays_beside_it(server, browser):
    assert browser.comes_back("v@firm.example").headers["Location"] == "/"
    another = Browser(server)
    another.send("/sign-in/login/", login="v@firm.example", password=PASSWORD)
    assert another.is_in


@pytest.mark.parametrize("name", providers.SAML_ATTRIBUTES["email"])
def test_the_address_is_read_of_the_attribute(browser, name):
    says = {"attributes": {name: "Attribute@firm.example", "groups": "all"}, "name_id": f"n-{name}"}
    assert browser.comes_back("", **says).headers["Location"] == "/"


def test_the_address_is_read_of_the_nameid_where_no_attribute_has_it(browser):
    says = {"name_id": "named@firm.example", "name_id_format": EMAIL_AS_NAME}
    assert browser.comes_back("", **says).headers["Location"] == "/"


def test_what_else_the_provider_tells_of_somebody_is_not_kept(server, browser):
    browser.comes_back("", attributes={MAIL: "v@firm.example", "telephone": "5550100"})
    assert {extra for (extra,) in server.rows("SELECT extra_data FROM socialaccount_socialaccount")} == {"{}"}
    assert "5550100" not in str(server.rows("SELECT session_data FROM django_session"))


def test_the_second_factor_is_asked_for_after_the_provider(server, browser):
    before = len(server.records())
    came = browser.comes_back("careful@firm.example", name_id="careful")
    assert came.headers["Location"].startswith("/sign-in/2fa/authenticate/")
    assert not browser.is_in
    assert len(server.records()) == before
    code = totp.format_hotp_value(totp.hotp_value(SECRET, next(totp.yield_hotp_counters_from_time())))
    browser.send("/sign-in/2fa/authenticate/", code=code)
    assert browser.is_in


def test_nothing_of_an_answer_is_left_behind(server, browser):
    browser.comes_back("v@firm.example")
    kept = requests.utils.dict_from_cookiejar(browser.session.cookies)["saml-acs-session"]
    assert kept not in {key for (key,) in server.rows("SELECT session_key FROM django_session")}


# Who does not


def test_an_address_that_no_colleague_has_stays_out_and_is_told_why(server, browser):
    came = browser.comes_back("stranger@firm.example", name_id="stranger")
    assert came.headers["Location"].startswith("/sign-in/login/")
    assert "Nobody here has this address" in browser.get("/sign-in/login/").text
    assert not browser.is_in
    assert server.rows("SELECT 1 FROM people_colleague WHERE email LIKE 'stranger%'") == []


@pytest.mark.parametrize("known", [False, True])
def test_somebody_suspended_stays_out(server, browser, known):
    if known:  # was in by the provider before
        with contextlib.closing(sqlite3.connect(server.folder / "entrepot.sqlite3", timeout=20)) as database:
            database.execute("UPDATE people_colleague SET is_active = 1 WHERE email = 'gone@firm.example'")
            database.commit()
            assert Browser(server).comes_back("gone@firm.example", name_id="gone").headers["Location"] == "/"
            database.execute("UPDATE people_colleague SET is_active = 0 WHERE email = 'gone@firm.example'")
            database.commit()
    came = browser.comes_back("gone@firm.example", name_id="gone")
    assert "You are suspended" in browser.get(came.headers["Location"]).text
    assert not browser.is_in


def test_an_answer_without_an_address_lets_in_nobody(browser):
    came = browser.comes_back("", name_id="somebody")
    assert came.headers["Location"].startswith("/sign-in/login/")
    assert not browser.is_in


ANOTHER_KEY = Key.made()
WRONG = {
    "another key": ({"key": ANOTHER_KEY}, "Signature validation failed"),
    "no signature": ({"signed": "nothing"}, "not signed"),
    "only the answer signed, not the assertion": ({"signed": "response"}, "not signed"),
    "SHA-1": ({"algorithms": SHA1}, "Deprecated signature algorithm"),
    "expired": ({"begins_s": -7200, "ends_s": -3600}, "expired"),
    "not yet": ({"begins_s": 3600, "ends_s": 7200}, "not yet valid"),
    "another audience": ({"audience": "https://wiki.firm.example/"}, "not a valid audience"),
    "no audience": ({"audience": None}, "names no audience"),
    "sent to another": ({"recipient": "https://wiki.firm.example/acs"}, "SubjectConfirmation"),
    "sent to nobody": ({"recipient": None}, "does not say what it answers"),
    "confirms another request": ({"confirms": "_of-somebody-else"}, "SubjectConfirmation"),
    "confirms no request": ({"confirms": None}, "does not say what it answers"),
    "unsolicited": ({"answers": None, "confirms": None}, "does not say what it answers"),
    "as if unsolicited": ({"answers": None}, "does not say what it answers"),
    "answers another request": (
        {"answers": "_of-another", "confirms": "_of-another"},
        "answers nothing that this",
    ),
    "another provider": ({"issuer": "https://other.example/saml"}, "Invalid issuer"),
    "not done": ({"status": "urn:oasis:names:tc:SAML:2.0:status:Responder"}, "was Responder"),
    "a NameID for once": ({"name_id_format": TRANSIENT}, "transient"),
    "no NameID": ({"name_id": ""}, "names nobody"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_an_answer_that_does_not_hold_lets_in_nobody(browser, wrong):
    says, reason = WRONG[wrong]
    assert reason in refused(browser.comes_back("v@firm.example", **says), browser)


def test_an_answer_changed_after_it_was_signed_lets_in_nobody(server, browser):
    xml = server.provider.answer(Says(browser.asks(), "x@firm.example"))
    assert "Signature" in refused(browser.posts(xml.replace("x@firm.example", "v@firm.example")), browser)


def test_an_assertion_that_somebody_wrote_beside_a_signed_one_lets_in_nobody(server, browser):
    says = Says(browser.asks(), "x@firm.example")
    signed = server.provider.answer(says)
    written = server.provider.answer(replace(says, email="v@firm.example", signed="nothing"))
    written = written[written.index("<saml:Assertion") : written.index("</samlp:Response>")]
    for xml in (
        signed.replace("<saml:Assertion", f"{written}<saml:Assertion", 1),
        signed.replace("</samlp:Response>", f"{written}</samlp:Response>"),
        re.sub(
            r"(<saml:Assertion.*</saml:Assertion>)",
            rf"<samlp:Extensions>\1</samlp:Extensions>{written}",
            signed,
            flags=re.S,
        ),
    ):
        refused(browser.posts(xml), browser)


def test_an_answer_serves_once(server, browser):
    xml = server.provider.answer(Says(browser.asks(), "v@firm.example"))
    assert browser.posts(xml).headers["Location"] == "/"
    browser.send("/sign-in/logout/")
    assert "or once more" in refused(browser.posts(xml), browser)


def test_an_answer_serves_only_the_browser_that_asked(server, browser):
    """Else somebody would have others work under their own name, or would use what they overheard."""
    xml = server.provider.answer(Says(browser.asks(), "v@firm.example"))
    other = Browser(server)
    other.asks()
    refused(other.posts(xml), other)


@pytest.mark.parametrize(
    "sent", ["no XML", "", "<a/>", '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>']
)
def test_what_is_no_answer_ends_on_a_page_and_is_not_kept(server, browser, sent):
    before = server.rows("SELECT count(*) FROM django_session")
    refused(browser.posts(sent), browser)
    assert server.rows("SELECT count(*) FROM django_session") == before


def test_what_is_no_base64_no_field_and_too_much_ends_on_a_page(browser):
    address = f"{browser.at}{ENTRANCE}acs/"
    for fields, status in (({"SAMLResponse": "%%%"}, 401), ({}, 401), ({"SAMLResponse": "A" * 2**19}, 413)):
        assert requests.post(address, fields, timeout=60).status_code == status
    assert browser.get(f"{ENTRANCE}acs/").status_code == 405
    assert browser.get(f"{ENTRANCE}acs/finish/").status_code == 401
    assert browser.session.post(f"{browser.at}{ENTRANCE}login/", timeout=60).status_code == 403  # no token


def test_who_is_signed_in_stays_so_when_an_answer_fails(server, browser):
    browser.comes_back("v@firm.example")
    assert browser.comes_back("v@firm.example", key=ANOTHER_KEY).status_code == 401
    assert browser.is_in


def test_nobody_is_signed_out_by_a_word_that_nobody_signed(server, browser):
    browser.comes_back("v@firm.example")
    assert browser.get(f"{ENTRANCE}sls/?SAMLRequest=x&RelayState=https://evil.example/").status_code == 404
    assert browser.get("/sign-in/saml/another/acs/finish/").status_code == 404
    assert requests.post(f"{browser.at}/sign-in/saml/another/acs/", {}, timeout=60).status_code == 404
    assert browser.is_in


def test_no_reason_in_the_log_names_anybody(server, browser):
    browser.comes_back("v@firm.example", key=ANOTHER_KEY)
    assert "firm.example" not in " ".join(server.reasons())


# What the administrator enters at the provider, and a server behind a proxy


@pytest.fixture(scope="module")
def behind_a_proxy(provider, tmp_path_factory):
    """Reached by TLS under a name; the provider's metadata are a file that is not there yet."""
    folder = tmp_path_factory.mktemp("proxy")
    before = 'hosts = ["entrepot.firm.example"]\nhttps = true\n'
    said = before + provider.toml((folder / "metadata.xml").as_uri(), trusted=False)
    made = Served(folder / "home", provider, said)
    yield made
    made.end()


PROXY = {"Host": "entrepot.firm.example", "X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.9"}
ENTERED = {
    "ACS": "https://entrepot.firm.example/sign-in/saml/firm/acs/",
    "entity id": "https://entrepot.firm.example/sign-in/saml/firm/metadata/",
}


class Behind(requests.Session):
    """The line from the proxy to the server: it carries cookies that the browser sends by TLS only."""

    def request(self, *asked: Any, **more: Any) -> requests.Response:
        for cookie in self.cookies:
            assert cookie.secure or cookie.has_nonstandard_attr("by TLS")
            cookie.secure = False
            cookie.set_nonstandard_attr("by TLS", "")
        return super().request(*asked, **more)


class Proxied(Browser):
    def __init__(self, server: Served) -> None:
        super().__init__(server)
        self.session = Behind()
        self.session.headers.update({**PROXY, "Referer": "https://entrepot.firm.example/"})


def test_metadata_that_cannot_be_read_shut_nobody_else_out_and_serve_once_they_can(behind_a_proxy, provider):
    browser = Proxied(behind_a_proxy)
    failed = browser.send(f"{ENTRANCE}login/?process=login")
    assert failed.status_code == 401
    assert "A password or a passkey works as before" in failed.text
    number = re.search(r"<code>(\w+)</code>", failed.text)[1]
    line = next(line for line in behind_a_proxy.log.read_text().splitlines() if number in line)
    assert "the metadata cannot be read" in line
    assert (
        requests.post(
            f"http://localhost:{behind_a_proxy.port}{ENTRANCE}acs/", headers=PROXY, timeout=60
        ).status_code
        == 401
    )
    assert (
        browser.send("/sign-in/login/", login="v@firm.example", password=PASSWORD).headers["Location"] == "/"
    )
    (behind_a_proxy.folder.parent / "metadata.xml").write_text(provider.metadata)
    another = Proxied(behind_a_proxy)
    behind_a_proxy.until(lambda: another.send(f"{ENTRANCE}login/?process=login").status_code == 200, 30)


def test_behind_a_proxy_the_addresses_are_those_that_the_page_says(behind_a_proxy, provider):
    (behind_a_proxy.folder.parent / "metadata.xml").write_text(provider.metadata)
    browser = Proxied(behind_a_proxy)
    told = browser.get(f"{ENTRANCE}metadata/").text
    asked = browser.asks()
    assert (asked.acs, asked.issuer) == (ENTERED["ACS"], ENTERED["entity id"])
    assert f'Location="{ENTERED["ACS"]}"' in told and f'entityID="{ENTERED["entity id"]}"' in told
    assert "SingleLogout" not in told
    page = (Path(__file__).parents[2] / "docs/how-to/deploy.md").read_text("utf-8")
    assert all(address in page for address in ENTERED.values())
    assert all(f"`{name}`" in page for name in providers.SAML_ATTRIBUTES["email"])


def test_behind_a_proxy_an_address_counts_that_the_provider_verified(behind_a_proxy, provider):
    (behind_a_proxy.folder.parent / "metadata.xml").write_text(provider.metadata)
    browser = Proxied(behind_a_proxy)
    assert browser.comes_back("v@firm.example").headers["Location"].startswith("/sign-in/login/")
    verified = {MAIL: "v@firm.example", "email_verified": "true"}
    came = browser.comes_back("v@firm.example", attributes=verified)
    assert came.headers["Location"] == "/"
    assert browser.is_in
    assert {cookie.get_nonstandard_attr("SameSite") for cookie in browser.session.cookies} == {"Lax"}


# Metadata


BROKEN = {
    "no XML": "Not valid IdP XML",
    "of another provider": "has no provider",
    "no way in": "HTTP-Redirect",
    "no certificate": "no certificate",
}


@pytest.mark.parametrize("wrong", BROKEN)
def test_metadata_that_cannot_be_used_are_told_by_what_they_lack(provider, tmp_path, wrong):
    from entrepot.web.people import saml

    text = {
        "no XML": "<html>",
        "of another provider": provider.metadata.replace(provider.entity_id, "https://id.example/"),
        "no way in": provider.metadata.replace("SingleSignOnService", "ManageNameIDService"),
        "no certificate": re.sub(r"<md:KeyDescriptor.*</md:KeyDescriptor>", "", provider.metadata),
    }[wrong]
    (tmp_path / "metadata.xml").write_text(text)
    with pytest.raises(Exception, match=BROKEN[wrong]):
        saml._fetched((tmp_path / "metadata.xml").as_uri(), provider.entity_id)


@pytest.mark.parametrize(("address", "fits"), [
    ("https://id.example/metadata", True), ("file:///etc/entrepot/metadata.xml", True),
    ("http://localhost:8080/metadata", True), ("http://id.example/metadata", False), ("metadata.xml", False),
])  # fmt: skip
def test_metadata_come_over_a_line_that_nobody_writes_into(address, fits):
    said = {"saml": {"entity_id": "https://id.example/saml", "metadata": address}}
    with contextlib.nullcontext() if fits else pytest.raises(InputError, match="open line"):
        providers.providers(said)
