"""Settings that keep the server safe, on this machine and behind TLS."""

import io

import pytest
from django.core.checks import run_checks
from django.test import override_settings

from entrepot.web.configuring import made_of
from entrepot.web.home import Home

ACCEPTED = {"security.W005", "security.W021"}
"""Sub-domains of a firm are not ours to bind (W005), nor is a place on the browsers' preload list (W021)."""


@pytest.fixture
def behind_tls(tmp_path):
    (tmp_path / "server.toml").write_text('hosts = ["entrepot.firm.example"]\nhttps = true\n')
    return made_of(Home(tmp_path).prepare())


def test_the_checks_for_deployment_have_nothing_to_say_behind_tls(behind_tls):
    names = ("SECRET_KEY", "DEBUG", "ALLOWED_HOSTS", "MIDDLEWARE")
    safe = {
        name: value
        for name, value in behind_tls.items()
        if name.startswith(("SECURE_", "SESSION_", "CSRF_", "X_FRAME")) or name in names
    }
    with override_settings(**safe):
        said = run_checks(tags=["security"], include_deployment_checks=True)
    assert {message.id for message in said} - ACCEPTED == set()


def test_behind_tls_cookies_go_by_tls_alone_and_browsers_keep_to_it(behind_tls):
    assert behind_tls["SESSION_COOKIE_SECURE"] and behind_tls["CSRF_COOKIE_SECURE"]
    assert behind_tls["SECURE_HSTS_SECONDS"] >= 31_536_000
    assert not behind_tls["MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN"]


def test_a_client_behind_one_proxy_is_counted_by_what_the_proxy_saw(behind_tls):
    assert behind_tls["ALLAUTH_TRUSTED_PROXY_COUNT"] == 1


def test_other_hosts_are_not_answered(behind_tls):
    assert "*" not in behind_tls["ALLOWED_HOSTS"]


@pytest.mark.django_db
def test_no_script_reads_the_cookies(client, colleague):
    colleague("viewer", email="v@firm.example")
    client.post("/sign-in/login/", {"login": "v@firm.example", "password": "a long enough phrase"})
    client.get("/sign-in/login/")
    assert all(
        cookie["httponly"] for name, cookie in client.cookies.items() if name in ("sessionid", "csrftoken")
    )


@pytest.mark.django_db
@pytest.mark.parametrize(("header", "value"), [
    ("X-Frame-Options", "DENY"), ("X-Content-Type-Options", "nosniff"), ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
])  # fmt: skip
def test_every_answer_carries_its_guards(client, header, value):
    for path in ("/", "/sign-in/login/", "/nowhere", "/api/runs", "/health"):
        assert client.get(path)[header] == value, path


@pytest.mark.django_db
def test_a_form_that_is_too_large_is_told_so(signed_in):
    large = "x" * (6 * 2**20)
    answer = signed_in("viewer").post("/me/", {"name": large})
    assert answer.status_code == 413
    assert "too large" in answer.content.decode()


@pytest.mark.django_db
def test_a_wrong_method_is_told_so_on_a_page(signed_in):
    answer = signed_in("viewer").get("/me/sessions")
    assert answer.status_code == 405
    assert answer["Allow"] == "POST"
    assert "cannot be done here" in answer.content.decode()


@pytest.mark.django_db
def test_a_file_where_none_is_taken_is_not_kept(signed_in):
    from django.conf import settings

    before = set(settings.ENTREPOT.uploads.iterdir())
    signed_in("viewer").post("/me/", {"name": "Anna", "file": io.BytesIO(b"x" * 2**21)})
    assert set(settings.ENTREPOT.uploads.iterdir()) == before
