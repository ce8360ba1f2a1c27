"""The report as a reader meets it: nothing asked of the network, usable by keyboard, on a phone, by night,
in print."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from .chromium_fixtures import chromium as chromium

OpenPage = Callable[..., Any]

sys.path.insert(0, str(Path(__file__).parent.parent / "report"))


@pytest.fixture(scope="session")
def full_report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report with everything in it."""
    from made_run import made_run

    from entrepot import report

    return report.write(made_run(tmp_path_factory.mktemp("run") / "run", "measured", listed=12))


@pytest.fixture
def open_page(chromium: Any, full_report: Path) -> Iterator[Callable[..., Any]]:
    """Open the report in a fresh page; what it asked for is in `page.asked`."""
    contexts = []

    def opened(*, width: int = 1440, dark: bool = False, script: bool = True) -> Any:
        scheme = "dark" if dark else "light"
        context = chromium.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, java_script_enabled=script
        )
        contexts.append(context)
        page = context.new_page()
        page.asked, page.complaints = [], []
        page.on("request", lambda request: page.asked.append(request.url))
        page.on("console", lambda message: page.complaints.append(message.text))
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.on("dialog", lambda dialog: page.complaints.append(f"dialog: {dialog.message}"))
        page.goto(full_report.as_uri())
        return page

    yield opened
    for context in contexts:
        context.close()


def test_the_report_asks_no_server_and_runs_nothing_from_the_data(open_page: OpenPage) -> None:
    page = open_page()
    assert [url for url in page.asked if not url.startswith("file:")] == []
    assert page.complaints == []


@pytest.mark.parametrize("width", [320, 390, 768, 1440])
def test_the_page_never_scrolls_sideways(open_page: OpenPage, width: int) -> None:
    page = open_page(width=width)
    assert page.evaluate("document.documentElement.scrollWidth") == width


def test_the_answer_is_on_the_first_screen(open_page: OpenPage) -> None:
    box = open_page().locator("h1").bounding_box()
    assert box["y"] + box["height"] < 400


def test_the_first_tab_leads_to_the_answer(open_page: OpenPage) -> None:
    page = open_page()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the answer"


def test_every_table_behind_a_chart_opens_by_keyboard(open_page: OpenPage) -> None:
    page = open_page()
    summary = page.locator("figure summary").first
    summary.focus()
    page.keyboard.press("Enter")
    assert page.locator("figure details table").first.is_visible()


def test_links_of_the_table_lead_to_cards(open_page: OpenPage) -> None:
    page = open_page()
    targets = page.eval_on_selector_all(
        ".actors a", "links => links.map(a => a.getAttribute('href').slice(1))"
    )
    cards = page.eval_on_selector_all(".card", "cards => cards.map(card => card.id)")
    assert targets == cards


def test_charts_change_their_colours_by_night(open_page: OpenPage) -> None:
    colour = "getComputedStyle(document.querySelector('.chart [fill=\"#0b6a87\"]')).fill"
    assert open_page().evaluate(colour) == "rgb(11, 106, 135)"
    assert open_page(dark=True).evaluate(colour) == "rgb(93, 187, 214)"


def test_no_words_in_a_chart_are_cut_off(open_page: OpenPage) -> None:
    outside = """() => [...document.querySelectorAll('.chart svg text')].filter(text => {
        const inner = text.getBoundingClientRect(), page = document.documentElement.clientWidth;
        return inner.width && (inner.left < 0 || inner.right > page);
    }).map(text => text.textContent)"""
    assert open_page(width=390).evaluate(outside) == []
    assert open_page().evaluate(outside) == []


def test_one_width_of_each_chart_is_shown(open_page: OpenPage) -> None:
    counted = """() => [...document.querySelectorAll('figure')].map(
        f => [...f.querySelectorAll('.chart')].filter(c => c.offsetParent !== null).length)"""
    assert set(open_page(width=390).evaluate(counted)) == {1}
    assert set(open_page().evaluate(counted)) == {1}


def test_a_chart_can_be_saved(open_page: OpenPage, tmp_path: Path) -> None:
    page = open_page()
    page.locator("figure summary").first.click()
    for name, start in (("Save as SVG", b"<svg"), ("Save as PNG", b"\x89PNG")):
        with page.expect_download() as download:
            page.get_by_role("button", name=name).first.click()
        download.value.save_as(tmp_path / name)
        assert (tmp_path / name).read_bytes().startswith(start)


def test_without_script_the_report_is_whole(open_page: OpenPage) -> None:
    page = open_page(script=False)
    assert page.locator(".card").count() == 11
    assert page.get_by_role("button").count() == 0


def test_the_first_printed_page_holds_answer_certainty_and_chart(open_page: OpenPage) -> None:
    page = open_page(width=round((210 - 2 * 15) / 25.4 * 96))
    page.emulate_media(media="print")
    bottom = page.locator("#answer figure").first.bounding_box()
    height_of_a4 = (297 - 14 - 16) / 25.4 * 96
    assert bottom["y"] + bottom["height"] < height_of_a4


def test_print_is_day_even_by_night(open_page: OpenPage) -> None:
    page = open_page(dark=True)
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == "rgb(255, 255, 255)"
