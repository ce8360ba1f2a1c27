"""A session of coding as two people go it: words selected, coded, gathered into a theme; by mouse and by keyboard.

After a click the next page is on its way: what is asked of it is awaited, since a look at once may find half of it.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from web.runs_fixtures import Server

from .chromium_fixtures import MOST_MS
from .chromium_fixtures import chromium as chromium
from .looking import WIDE, faults, faults_by_keyboard, listen

PASSWORD = "a long enough phrase"
TEXT = "Q: And they?\r\n\r\n😀 한국어. They do not listen to us! Nobody asked. We wrote twice.\r\nQ: Twice?"
SEED = f"""
from entrepot.web import starting
from entrepot.web.home import Home
starting.prepare(Home.from_environment())
from entrepot.web.people.models import Colleague
for name, role in (("kim", "analyst"), ("lee", "facilitator")):
    Colleague.objects.add(f"{{name}}@firm.example", name=name.title(), roles=[role], password={PASSWORD!r})
"""
SELECT = """([from, until]) => {
    const walk = document.createTreeWalker(document.querySelector('.words'), NodeFilter.SHOW_TEXT);
    const range = document.createRange();
    for (let node, begun = false; (node = walk.nextNode());) {
        if (!begun && node.data.includes(from)) { range.setStart(node, node.data.indexOf(from)); begun = true; }
        if (node.data.includes(until)) range.setEnd(node, node.data.indexOf(until) + until.length);
    }
    getSelection().removeAllRanges();
    getSelection().addRange(range);
    document.dispatchEvent(new PointerEvent('pointerup', {bubbles: true}));
}"""


class Session:
    """The server, and who is in which browser."""

    def __init__(self, chromium: Any, server: Server) -> None:
        self.chromium, self.server, self.text = chromium, server, ""

    def enter(self, who: str, **more: Any) -> Any:
        context = self.chromium.new_context(**{"viewport": WIDE, **more})
        context.set_default_timeout(MOST_MS)
        page = listen(context.new_page())
        page.goto(f"http://localhost:{self.server.port}/sign-in/login/")
        page.locator("input[name=login]").fill(f"{who}@firm.example")
        page.locator("input[name=password]").fill(PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url(f"http://localhost:{self.server.port}/")
        return page


@pytest.fixture(scope="module")
def session(chromium: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """A study with one text that Kim has brought in."""
    folder = tmp_path_factory.mktemp("coding")
    where = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    where["ENTREPOT_HOME"] = str(folder / "home")
    subprocess.run([sys.executable, "-c", SEED], env=where, check=True)
    server = Server(folder / "home").start()
    try:
        made = Session(chromium, server)
        page = made.enter("kim")
        page.goto(f"http://localhost:{server.port}/coding")
        page.get_by_label("Name").fill("Stores")
        page.get_by_role("button", name="Begin").click()
        file = {"name": "talk.txt", "mimeType": "text/plain", "buffer": TEXT.encode()}
        page.get_by_label("Text", exact=True).set_input_files(file)
        page.get_by_label("Group of informants").fill("stores")
        page.get_by_label("Who speaks", exact=True).fill("S-01")
        page.get_by_label("Who speaks has consented").check()
        page.get_by_role("button", name="Bring it in").click()
        page.wait_for_url("**/texts/*")
        made.text = page.url
        yield made
    finally:
        server.stop()


def shows(page: Any, what: str, words: list[str]) -> None:
    """Exactly these words stand in `what`, as soon as the page is there."""
    from playwright.sync_api import expect

    expect(page.locator(what)).to_have_count(len(words))
    page.wait_for_load_state()
    assert page.locator(what).all_inner_texts() == words


def select(page: Any, begin: str, end: str) -> None:
    """Select the words from `begin` to `end`; the form beside them is filled a moment later."""
    page.evaluate(SELECT, [begin, end])
    page.wait_for_function("document.querySelector('#id_last').value")


def picked(page: Any) -> tuple[int, int]:
    return int(page.locator("#id_first").input_value()), int(page.locator("#id_last").input_value())


@pytest.mark.parametrize(
    ("begin", "end"), [("😀", "한국"), ("국어", "listen"), ("they?", "Nobody"), ("twice.", "Twice")]
)
def test_a_selection_is_counted_in_signs_over_line_ends_and_emoji(
    session: Session, begin: str, end: str
) -> None:
    page = session.enter("kim")
    page.goto(session.text)
    select(page, begin, end)
    assert picked(page) == (TEXT.index(begin), TEXT.index(end) + len(end) - 1)
    assert page.complaints == []


def test_two_people_code_apart_and_one_drags_a_concept_to_a_theme(session: Session) -> None:
    page = session.enter("kim")
    page.goto(session.text)
    select(page, "They do", "us!")
    page.get_by_label("or a new concept").fill("“They do not listen”")
    page.get_by_role("button", name="Code", exact=True).click()
    shows(page, "mark", ["They do not listen to us!"])
    found = faults(page)
    other = session.enter("lee")
    other.goto(session.text)
    assert other.locator("mark").count() == 0
    select(other, "not listen", "asked")
    other.get_by_label("“They do not listen”").check()
    other.get_by_role("button", name="Code", exact=True).click()
    shows(other, "mark", ["not listen to us! ", "Nobody asked"])
    other.get_by_role("link", name="Show everybody's").click()
    shows(other, "mark.both", ["not listen to us!"])
    found += faults(other)
    page.get_by_role("link", name="Structure", exact=True).click()
    page.get_by_text("Make a code").click()
    page.get_by_label("Name", exact=True).fill("Nobody hears")
    page.get_by_label("Level").select_option("theme")
    page.get_by_role("button", name="Make it").click()
    page.locator("[data-concept]").first.drag_to(page.locator("[data-theme]").first)
    page.wait_for_function("document.querySelector('[data-theme] [data-concept]')")
    page.locator("[data-theme] [data-concept] summary").click()
    said = ["They do not listen to us!", "not listen to us! Nobody asked"]
    shows(page, "[data-theme] blockquote a", said)
    found += faults(page)
    for name in ("What holds it", "Tables", "Who spoke", "Texts"):
        page.get_by_role("navigation", name="Stores").get_by_role("link", name=name).click()
        found += faults(page)
    assert (found, page.complaints, other.complaints) == ([], [], [])


def test_all_of_it_works_by_keyboard_and_without_a_script(session: Session) -> None:
    page = session.enter("kim", java_script_enabled=False)
    page.goto(session.text)
    page.get_by_role("link", name="Take the sentence from sign").nth(4).press("Enter")
    page.wait_for_url("**first=*")
    first, last = picked(page)
    assert TEXT[first : last + 1] == "We wrote twice."
    page.get_by_label("or a new concept").fill("“We wrote twice”")
    page.get_by_label("Note").press("Enter")
    page.get_by_text("We wrote twice.", exact=True).and_(page.locator("mark")).wait_for()
    with_script = session.enter("kim")
    found = []
    for path in ("", "/structure", "/evidence"):
        with_script.goto(session.text.partition("/texts/")[0] + path)
        found += faults_by_keyboard(with_script)
    with_script.goto(session.text)
    found += faults_by_keyboard(with_script)
    assert found == []
