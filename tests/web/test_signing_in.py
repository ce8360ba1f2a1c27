"""The door: passwords, second factor, limits, idle sign-out, identity providers; pages without foreign code."""

import re
import time
from importlib.util import find_spec

import pytest
from allauth.mfa.totp.internal import auth as totp
from allauth.socialaccount.models import SocialAccount
from django.core.cache import cache
from django.test import Client

from entrepot.errors import InputError
from entrepot.web.people import providers
from entrepot.web.people.models import Colleague
from entrepot.web.records.models import Record

pytestmark = pytest.mark.django_db
PASSWORD = "a long enough phrase"
BEFORE = (
    "login/", "password/reset/", "password/reset/done/", "password/reset/key/1-wrong/", "password/reset/key/done/",
    "inactive/", "3rdparty/login/cancelled/", "3rdparty/login/error/",
)  # fmt: skip
INSIDE = (
    "logout/", "reauthenticate/", "password/change/", "2fa/", "2fa/webauthn/", "2fa/webauthn/add/",
    "2fa/totp/activate/", "2fa/recovery-codes/generate/",
)  # fmt: skip


@pytest.fixture(autouse=True)
def fresh_counts():
    cache.clear()


def enter(client, email="v@firm.example", password=PASSWORD):
    return client.post("/sign-in/login/", {"login": email, "password": password})


@pytest.fixture
def inside(colleague):
    colleague("viewer", email="v@firm.example")
    client = Client()
    enter(client)
    return client


def page(client, path):
    answer = client.get(f"/sign-in/{path}", follow=True)
    return re.sub(r"<(script|style)[^>]*>.*?</\1>|<[^>]+>", " ", answer.content.decode(), flags=re.S), answer


@pytest.mark.parametrize("path", BEFORE)
def test_pages_before_signing_in_are_ours(path):
    text, answer = page(Client(), path)
    assert "Evidence, not verdicts" in text
    assert answer.status_code in (200, 401)
    assert not re.search(r"\baccounts?\b", text, re.I)


@pytest.mark.parametrize("path", INSIDE)
def test_pages_about_ones_own_sign_in_are_ours(inside, path):
    text, answer = page(inside, path)
    assert "Evidence, not verdicts" in text
    assert answer.status_code == 200
    assert not re.search(r"\baccounts?\b", text, re.I)


@pytest.mark.parametrize("path", [*BEFORE, *INSIDE])
def test_no_page_of_sign_in_carries_code_or_style_of_its_own(inside, path):
    client = inside if path in INSIDE else Client()
    html = client.get(f"/sign-in/{path}", follow=True).content.decode()
    scripts = [tag for tag in re.findall(r"<script[^>]*>", html) if "src=" not in tag]
    assert all('type="application/json"' in tag for tag in scripts)
    assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", html)


def test_a_wrong_password_and_an_unknown_address_are_told_alike(colleague):
    colleague("viewer", email="v@firm.example")
    told = [
        page_of.content.decode()
        for page_of in (enter(Client(), password="wrong"), enter(Client(), email="x@y.example"))
    ]
    errors = [re.search(r"errorlist[^>]*>(.*?)</ul>", html, re.S)[1] for html in told]
    assert errors[0] == errors[1]


def test_a_guesser_is_stopped_and_the_right_password_with_them(colleague):
    colleague("viewer", email="v@firm.example")
    guesser = Client()
    for _ in range(5):
        enter(guesser, password="wrong")
    stopped = enter(guesser)
    assert "_auth_user_id" not in guesser.session
    assert stopped.status_code in (200, 429)


def test_a_second_factor_is_asked_for(colleague, monkeypatch):
    somebody = colleague("viewer", email="v@firm.example")
    secret = totp.generate_totp_secret()
    totp.TOTP.activate(somebody, secret)
    now = next(totp.yield_hotp_counters_from_time())  # the half minute, which may end before the code is sent
    monkeypatch.setattr(totp, "yield_hotp_counters_from_time", lambda: iter([now]))
    client = Client()
    assert enter(client)["Location"].startswith("/sign-in/2fa/authenticate/")
    assert client.get("/").status_code == 302
    code = totp.format_hotp_value(totp.hotp_value(secret, now))
    assert client.post("/sign-in/2fa/authenticate/", {"code": code})["Location"] == "/"
    assert list(Record.objects.values_list("kind", flat=True)) == ["signed in"]


def test_what_changes_ones_sign_in_is_on_record(inside):
    inside.post("/sign-in/password/change/", {
        "oldpassword": PASSWORD, "password1": "eleven blue herons", "password2": "eleven blue herons",
    })  # fmt: skip
    assert list(Record.objects.values_list("kind", flat=True)) == ["signed in", "password chosen"]


def test_who_does_nothing_for_an_hour_is_signed_out(inside, monkeypatch):
    assert inside.get("/").status_code == 200
    later = time.time() + 61 * 60
    monkeypatch.setattr("entrepot.web.people.sessions.time.time", lambda: later)
    assert inside.get("/").status_code == 302


def test_what_a_page_asks_by_itself_keeps_nobody_in(inside, monkeypatch):
    inside.get("/")
    now = time.time()
    for minutes in (30, 59, 61):
        monkeypatch.setattr("entrepot.web.people.sessions.time.time", lambda m=minutes: now + 60 * m)
        answer = inside.get("/", headers={"HX-Request": "true"})
    assert answer["HX-Redirect"].startswith("/sign-in/login/")


def test_who_works_on_is_signed_out_after_a_working_day(inside, monkeypatch):
    now = time.time()
    for half_hours in range(26):
        monkeypatch.setattr("entrepot.web.people.sessions.time.time", lambda h=half_hours: now + 1800 * h)
        answer = inside.get("/")
    assert answer.status_code == 302


# Identity providers


AT = "https://id.example"
OIDC = {"oidc": {"name": "Our firm", "server": AT, "client_id": "entrepot", "secret": "s", "trusted": True}}


@pytest.fixture
def provider(settings, monkeypatch):
    """An identity provider that says whom `says` names."""
    from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter

    settings.SOCIALACCOUNT_PROVIDERS = providers.providers(OIDC)
    says = {"sub": "42", "email": "v@firm.example"}
    config = {"issuer": AT, "jwks_uri": f"{AT}/keys", "userinfo_endpoint": f"{AT}/me"}
    config |= {"authorization_endpoint": f"{AT}/authorize", "token_endpoint": f"{AT}/token"}
    monkeypatch.setattr(OpenIDConnectOAuth2Adapter, "openid_config", config)
    monkeypatch.setattr(
        OpenIDConnectOAuth2Adapter, "get_access_token_data", lambda *a, **k: {"access_token": "t"}
    )
    monkeypatch.setattr(OpenIDConnectOAuth2Adapter, "_fetch_user_info", lambda *a, **k: says)
    return says


def by_provider(client, process="login"):
    away = client.post(f"/sign-in/oidc/firm/login/?process={process}").content.decode()
    state = re.search(r"state=([^&]+)", away)[1]
    return client.get(f"/sign-in/oidc/firm/login/callback/?code=c&state={state}")


def test_the_way_to_the_provider_is_a_page_since_the_policy_lets_no_form_be_redirected_there(provider):
    away = Client().post("/sign-in/oidc/firm/login/?process=login")
    refresh = re.search(r'<meta http-equiv="refresh" content="0;url=([^"]+)"', away.content.decode())[1]
    assert refresh.startswith(f"{AT}/authorize?")
    assert f'href="{refresh}"' in away.content.decode()
    assert "form-action 'self'" in away["Content-Security-Policy"]


def test_the_firms_own_sign_in_lets_in_a_colleague(provider, colleague):
    colleague("viewer", email="v@firm.example")
    client = Client()
    assert by_provider(client)["Location"] == "/"
    assert client.get("/").status_code == 200


def test_the_firms_own_sign_in_lets_in_nobody_else(provider):
    client = Client()
    provider["email"] = "stranger@firm.example"
    assert by_provider(client)["Location"].startswith("/sign-in/login/")
    assert not Colleague.objects.filter(email="stranger@firm.example").exists()


def test_an_address_that_the_provider_did_not_verify_counts_only_where_it_is_trusted(
    provider, colleague, settings
):
    colleague("viewer", email="v@firm.example")
    settings.SOCIALACCOUNT_PROVIDERS = providers.providers({"oidc": {**OIDC["oidc"], "trusted": False}})
    assert by_provider(Client())["Location"].startswith("/sign-in/login/")
    provider["email_verified"] = True
    assert by_provider(Client())["Location"] == "/"


@pytest.mark.parametrize(("said", "is_in"), [("false", False), ("no", False), ("true", True), (None, False)])
def test_an_address_is_verified_where_the_provider_says_so_also_in_words(
    provider, colleague, settings, said, is_in
):
    colleague("viewer", email="v@firm.example")
    settings.SOCIALACCOUNT_PROVIDERS = providers.providers({"oidc": {**OIDC["oidc"], "trusted": False}})
    provider["email_verified"] = said
    assert (by_provider(Client())["Location"] == "/") == is_in


def test_what_a_provider_tells_beyond_who_came_is_not_kept(provider, colleague):
    colleague("viewer", email="v@firm.example")
    provider |= {"phone_number": "+41 44 000 00 00", "groups": ["works council"]}
    for _time in ("first", "again"):
        assert by_provider(Client())["Location"] == "/"
        assert list(SocialAccount.objects.values_list("uid", "extra_data")) == [("42", {})]


def test_somebody_suspended_is_not_let_in_by_the_provider(provider, colleague):
    somebody = colleague("viewer", email="v@firm.example")
    Colleague.objects.filter(pk=somebody.pk).update(is_active=False)
    client = Client()
    by_provider(client)
    assert client.get("/").status_code == 302


def test_a_provider_that_does_not_answer_is_told_on_a_page(settings, caplog):
    silent = {"oidc": {**OIDC["oidc"], "server": "http://127.0.0.1:9"}}
    settings.SOCIALACCOUNT_PROVIDERS = providers.providers(silent)
    answer = Client().post("/sign-in/oidc/firm/login/?process=login")
    assert answer.status_code == 401
    assert "A password or a passkey works as before" in answer.content.decode()
    assert "sign-in by openid_connect failed: ConnectionError" in caplog.text


def test_who_comes_in_by_the_provider_keeps_the_password(provider, colleague):
    colleague("viewer", email="v@firm.example")
    by_provider(Client())
    assert enter(Client())["Location"] == "/"


def test_nobody_adds_another_identity_to_come_in_by(provider, inside):
    provider |= {"email": "another@firm.example", "sub": "77"}
    assert by_provider(inside, process="connect")["Location"].startswith("/sign-in/login/")
    assert by_provider(Client())["Location"].startswith("/sign-in/login/")
    assert not SocialAccount.objects.exists()


def test_who_is_signed_in_stays_so_where_the_provider_says_somebody_unknown(provider, inside):
    provider["email"] = "stranger@firm.example"
    by_provider(inside)
    assert "Nobody here has this address" in inside.get("/").content.decode()


@pytest.mark.parametrize(("said", "told"), [
    ({"oidc": {"server": "https://id.example"}}, "client_id is missing"),
    ({"ldap": {}}, "no such kind of provider"),
])  # fmt: skip
def test_a_provider_that_is_half_said_stops_the_start(said, told):
    with pytest.raises(InputError, match=told):
        providers.providers(said)


SAML = {"saml": {"entity_id": "https://id.example/saml", "metadata": "https://id.example/saml/metadata"}}


def test_saml_is_wired_where_it_is_installed():
    if find_spec("onelogin") is None:
        pytest.skip("no python3-saml: pip install 'entrepot[saml]' to test SAML")
    assert providers.apps(SAML) == ["allauth.socialaccount.providers.saml"]
    made = providers.providers(SAML)["saml"]["APPS"][0]
    assert made["settings"]["advanced"]["want_assertion_signed"]
    assert made["settings"]["verified_email"] is False


def test_saml_that_is_not_installed_stops_the_start(monkeypatch):
    monkeypatch.setattr(providers, "find_spec", lambda name: None)
    with pytest.raises(InputError, match="not installed"):
        providers.apps(SAML)


def test_saml_whose_library_does_not_load_stops_the_start(monkeypatch):
    """Wheels of xmlsec and lxml that carry another libxml2 each are installed, and cannot be used."""

    def mismatch(name):
        raise RuntimeError("lxml & xmlsec libxml2 library version mismatch")

    monkeypatch.setattr(providers, "find_spec", lambda name: name)
    monkeypatch.setattr(providers, "import_module", mismatch)
    with pytest.raises(InputError, match="does not load"):
        providers.apps(SAML)
