"""Signing in by a provider on another site, in a browser: what content policy and cookies make of forms that go there
and come back. `localhost` and `127.0.0.1` are two sites."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect
from web.saml_provider import Provider

from .chromium_fixtures import chromium as chromium
from .looking import faults, listen
from .server import ADMINISTRATOR, AtTheTerminal

pytest.importorskip("onelogin.saml2", reason="no python3-saml: pip install 'entrepot[saml]' to test SAML")


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    made = Provider()
    yield made
    made.end()


@pytest.fixture(scope="module")
def server(provider: Provider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[AtTheTerminal]:
    folder = tmp_path_factory.mktemp("saml") / "home"
    folder.mkdir()
    (folder / "server.toml").write_text(provider.toml())
    made = AtTheTerminal(folder)
    made.start()
    yield made
    made.end()


@pytest.fixture
def page(chromium: Any, server: AtTheTerminal) -> Iterator[Any]:
    context = chromium.new_context()
    page = listen(context.new_page())
    page.goto(f"{server.url}/sign-in/login/")
    yield page
    context.close()


def to_the_provider_and_back(page: Any, provider: Provider, who: str) -> None:
    provider.comes = who
    page.get_by_role("link", name="Our firm").click()
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url(f"{provider.url}/sso*")
    page.get_by_role("button", name="Go back").click()


def test_one_goes_to_the_provider_and_comes_back_signed_in(page: Any, provider: Provider) -> None:
    to_the_provider_and_back(page, provider, ADMINISTRATOR)
    expect(page.locator("h1")).to_have_text("Nothing has been analysed yet")
    assert page.complaints == []


def test_who_is_not_known_comes_back_to_the_entrance(page: Any, provider: Provider) -> None:
    to_the_provider_and_back(page, provider, "stranger@firm.example")
    expect(page.get_by_text("Nobody here has this address")).to_be_visible()
    assert (faults(page), page.complaints) == ([], [])


def test_the_page_of_an_answer_that_does_not_hold_is_for_everybody(
    page: Any, provider: Provider, server: AtTheTerminal
) -> None:
    page.goto(f"{server.url}/sign-in/saml/firm/acs/finish/")
    expect(page.get_by_text("The sign-in did not work")).to_be_visible()
    assert (faults(page), page.complaints) == ([], [])


def test_the_way_there_is_a_page_too_where_the_browser_does_not_go_on_by_itself(
    page: Any, provider: Provider
) -> None:
    there = re.compile(rf"^{re.escape(provider.url)}/sso\?SAMLRequest=")
    page.route(f"{provider.url}/**", lambda route: route.fulfill(status=204))  # the browser stays where it is
    page.get_by_role("link", name="Our firm").click()
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("link", name="Continue")).to_have_attribute("href", there)
    assert (faults(page), page.complaints) == ([], [])
