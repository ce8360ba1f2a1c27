"""The web app as people meet it: the whole way on a server of its own, and what every page owes to everybody.

The way is gone once, by the first test that asks; the pages are then looked at as they are after it: filled.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from entrepot.simulation import market
from entrepot.web import pages

from .chromium_fixtures import chromium as chromium
from .looking import faults, faults_by_keyboard
from .server import AtTheTerminal
from .walk import STEPS, Walk

PLACES = [
    place for place in pages.PLACES if place.shut_to != "administrator"
]  # the walk's own has every role

BESIDE = (
    "/runs/new", "/runs/files", "/runs/run/0001", "/runs/run/0002", "/runs/compare?was=0001&now=0002",
    "/findings?shown=below", "/findings?q=nobody", "/review/labels", "/review/agreement", "/review/changes/0002",
    "/corrections", "/observations/new/", "/colleagues/add", "/keys/", "/me/", "/sign-in/2fa/",
    "/sign-in/password/change/", "/there/is/no/such/page",
)  # fmt: skip


@pytest.fixture(scope="module")
def walk(chromium: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walk]:
    """The whole way, gone."""
    folder = tmp_path_factory.mktemp("way")
    made = market.make(folder / "market", customers=900, customer_entrepreneurs=0.06, seed=4)
    server = AtTheTerminal(folder / "home")
    gone = Walk(chromium, server, made, folder)
    try:
        for step in STEPS:
            step(gone)
        yield gone
    finally:
        server.end()


def test_the_whole_way_from_the_terminal_to_the_answer_of_an_appeal(walk: Walk) -> None:
    assert (walk.faults, walk.complaints) == ([], [])


def test_every_page_of_the_navigation_is_for_everybody_by_day_and_by_night(walk: Walk) -> None:
    page = walk.go("anna", "/")
    found = []
    for path in (*_places(page), *BESIDE, walk.actor):
        walk.go("anna", path)
        found += faults(page)
    assert (found, page.complaints) == ([], [])


def test_every_page_of_the_navigation_is_usable_by_keyboard_alone(walk: Walk) -> None:
    page = walk.go("anna", "/")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_function("document.activeElement.id === 'main'")
    found = []
    for path in (*_places(page), *BESIDE, walk.actor):
        walk.go("anna", path)
        found += faults_by_keyboard(page)
    assert found == []


def test_what_is_folded_away_opens_and_closes_by_keyboard(walk: Walk) -> None:
    page = walk.go("anna", "/records/")
    more = page.locator("details.more-places summary")
    more.focus()
    page.keyboard.press("Enter")
    assert page.locator("nav.sheet a").count() == sum(place.is_seldom for place in PLACES)
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.textContent").startswith("More: Records")
    assert not page.locator("nav.sheet").is_visible()


def test_the_navigation_takes_one_line(walk: Walk) -> None:
    page = walk.go("anna", "/")
    tops = page.locator("nav.places a").evaluate_all("links => links.map(link => link.offsetTop)")
    assert len(set(tops)) == 1


def test_a_printed_actor_page_holds_the_evidence_and_no_buttons(walk: Walk) -> None:
    page = walk.go("anna", walk.actor)
    page.emulate_media(media="print")
    shown = [
        page.get_by_text(words).first.is_visible() for words in ("What speaks for resale", "What else could")
    ]
    assert (shown, page.locator("button:visible, nav:visible").count()) == ([True, True], 0)
    page.emulate_media(media="screen")


def _places(page: Any) -> list[str]:
    places = page.locator("nav.places a, nav.sheet a")
    assert places.count() == len(PLACES)
    return places.evaluate_all("links => links.map(link => link.getAttribute('href'))")
