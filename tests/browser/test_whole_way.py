"""The web app as people meet it: the whole way on a server of its own, and what every page owes to everybody.

The way is gone once, by the first test that asks; the pages are then looked at as they are after it: filled.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from entrepot.simulation import market

from .chromium_fixtures import chromium as chromium
from .looking import faults
from .server import AtTheTerminal
from .walk import STEPS, Walk

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
    places = page.locator("nav.places a").evaluate_all(
        "links => links.map(link => link.getAttribute('href'))"
    )
    found = []
    for path in (*places, *BESIDE):
        walk.go("anna", path)
        found += faults(page)
    assert (found, page.complaints) == ([], [])
