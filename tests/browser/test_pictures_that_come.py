"""A page of an actor is there before its picture: what one sees, hears and prints till it comes, or without scripts."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from web.runs_fixtures import free_port

from benchmarks import pages_web
from benchmarks.made_million import made_run

from .chromium_fixtures import chromium as chromium
from .looking import PHONE, WIDE, faults, listen

PICTURES = "**/purchases?width=*"
DRAWN = ".drawing.{} svg[role=img]"

Opened = Callable[..., Any]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a made run."""
    folder = tmp_path_factory.mktemp("pictures")
    made_run(folder / "made", 3_000)
    return folder


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[pages_web.Browser]:
    """A server of the made run, and somebody who is signed in there."""
    home, index = folder / "home", [sys.executable, "-m", "benchmarks.pages_web", "--index"]
    subprocess.run([*index, str(home), str(folder / "made")], check=True, capture_output=True)
    process, anna = pages_web.served(home, free_port(), 1)
    try:
        yield anna
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()


@pytest.fixture(scope="module")
def undrawn(folder: Path) -> Iterator[str]:
    """Addresses of actors that nobody opened: below the line, so that none is drawn ahead."""
    rows = pq.read_table(folder / "made" / "findings.parquet").to_pylist()
    below = [row["actor_id"] for row in rows if not row["flagged"] and row["resale_evidence"] > 0]
    return iter([f"/findings/made/{actor}" for actor in below])


@pytest.fixture
def opened(chromium: Any, server: pages_web.Browser) -> Iterator[Opened]:
    """Opens an address in a fresh window; pictures it asked for are in `page.asked`."""
    contexts = []
    address = f"http://localhost:{server.connection.port}"

    def one(path: str, *, size: Any = WIDE, script: bool = True, picture: Any = None) -> Any:
        context = chromium.new_context(viewport=size, java_script_enabled=script)
        contexts.append(context)
        context.add_cookies([{"name": n, "value": v, "url": address} for n, v in server.cookies.items()])
        page = listen(context.new_page())
        page.asked = []
        page.on("request", lambda sent: page.asked.append(sent.url) if "/purchases" in sent.url else None)
        if picture is not None:
            page.route(PICTURES, picture)
        page.goto(address + path)
        return page

    yield one
    for context in contexts:
        context.close()


def held(held_back: list[Any]) -> Callable[[Any], None]:
    """Keeps the first picture that is asked for back; gives others."""
    return lambda route: route.continue_() if held_back else held_back.append(route)


def first_of(held_back: list[Any], page: Any) -> Any:
    """The picture that is kept back, as soon as the page has asked for it: not before its place was painted."""
    for _ in range(1_200):
        if held_back:
            return held_back[0]
        page.wait_for_timeout(50)
    raise AssertionError("the page asked for no picture")


def is_told(page: Any, words: str) -> None:
    """Who listens hears `words`, a moment after the picture came."""
    from playwright.sync_api import expect

    expect(page.get_by_role("status")).to_have_text(words)


@pytest.mark.parametrize(("size", "width"), [(WIDE, "wide"), (PHONE, "narrow")])
def test_a_picture_comes_by_itself_in_the_width_that_is_seen_and_nothing_jumps(
    opened: Opened, undrawn: Iterator[str], size: Any, width: str
) -> None:
    back: list[Any] = []
    page = opened(next(undrawn), size=size, picture=held(back))
    assert page.get_by_role("status").inner_text() == "Drawing the picture …"
    assert page.locator(".drawing:visible").get_attribute("aria-busy") == "true"
    before = page.locator(".drawn details.more").bounding_box()
    first_of(back, page).continue_()
    page.locator(DRAWN.format(width)).wait_for()
    is_told(page, "The picture is drawn.")
    assert page.locator(".drawn details.more").bounding_box() == pytest.approx(before, abs=1)
    assert [url.partition("?")[2] for url in page.asked] == [f"width={width}"]
    assert page.complaints == []


def test_the_page_is_for_everybody_while_its_picture_is_drawn(opened: Opened, undrawn: Iterator[str]) -> None:
    page = opened(next(undrawn), picture=lambda route: None)
    assert page.locator(".drawing.wide.waiting").is_visible()
    assert faults(page) == []


def test_without_scripts_a_link_leads_to_the_page_with_its_pictures(
    opened: Opened, undrawn: Iterator[str]
) -> None:
    page = opened(next(undrawn), script=False)
    page.get_by_role("link", name="The page with its pictures").click()
    page.locator(DRAWN.format("wide")).wait_for()
    page.wait_for_load_state()
    assert (page.locator(".waiting").count(), page.asked) == (0, [])


def test_what_is_printed_before_the_picture_came_holds_it(opened: Opened, undrawn: Iterator[str]) -> None:
    back: list[Any] = []
    page = opened(next(undrawn), picture=held(back))
    first_of(back, page)  # else printing would be the first to ask, and wait for what is kept back
    assert page.locator(".drawing.wide.waiting").count() == 1
    page.pdf()
    assert page.locator(DRAWN.format("wide")).count() == 1


def test_a_picture_that_was_not_there_is_printed_as_its_table(opened: Opened, undrawn: Iterator[str]) -> None:
    page = opened(next(undrawn), script=False)
    page.emulate_media(media="print")
    assert page.get_by_text("was not drawn yet when the page was printed").first.is_visible()
    assert page.locator(".drawn details.more table").is_visible()
    assert not page.get_by_text("Drawing the picture …").last.is_visible()


def test_a_picture_that_does_not_come_says_so(opened: Opened, undrawn: Iterator[str]) -> None:
    page = opened(next(undrawn), picture=lambda route: route.abort())
    page.get_by_text("The picture could not be drawn.").nth(1).wait_for()
    is_told(page, "The picture could not be drawn.")
    assert page.get_by_role("link", name="The page with its pictures").is_visible()


def test_a_picture_may_come_when_the_panel_was_closed(opened: Opened) -> None:
    back: list[Any] = []
    page = opened("/findings?shown=below&sort=revenue", picture=held(back))
    page.locator("table.actors tbody th a").nth(1).click()
    page.locator(".panel .drawing.waiting").wait_for()
    kept = first_of(back, page)
    with page.expect_response(PICTURES):
        page.keyboard.press("Escape")
        kept.continue_()
    page.locator("table.actors tbody th a").nth(2).click()
    page.locator(".panel " + DRAWN.format("narrow")).wait_for()
    assert page.complaints == []


def test_the_panel_beside_the_list_does_not_wait_either(opened: Opened) -> None:
    page = opened("/findings?shown=below&sort=revenue")
    page.locator("table.actors tbody th a").first.click()
    page.locator(".panel " + DRAWN.format("narrow")).wait_for()
    assert page.locator(".panel .drawing.narrow").is_visible()
    assert page.complaints == []
