"""A question walked by twelve people in two units on two levels, in their browsers, from invitation to signed account.

Two leaders tap the plane on a phone; ten staff draw a code and spend it: one in Korean, one without a script, one by
keyboard. The pages are then asked what every page owes to everybody.
"""

from __future__ import annotations

import json
import quopri
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from web.runs_fixtures import Server

from .chromium_fixtures import MOST_MS
from .chromium_fixtures import chromium as chromium
from .colleagues_of_a_round import FACILITATOR, PEOPLE
from .looking import PHONE, WIDE, faults, faults_by_keyboard, listen

PROGRAM = Path(__file__).with_name("colleagues_of_a_round.py")
LEADERS = [email for _, level, email in PEOPLE if level == "leader"]
STAFF = [email for _, level, email in PEOPLE if level == "staff"]


class Walk:
    """The browsers of those who walk, and where the walk is."""

    def __init__(self, chromium: Any, server: Server, sessions: dict[str, str]) -> None:
        self.chromium, self.server, self.sessions = chromium, server, sessions
        self.url = f"http://localhost:{server.port}"
        self.complaints: list[str] = []
        self.lead = self.browser(FACILITATOR, WIDE)
        self.question = self.round = ""

    def browser(self, email: str, size: dict[str, int] = PHONE, *, script: bool = True) -> Any:
        """A browser in which `email` is signed in."""
        context = self.chromium.new_context(viewport=size, java_script_enabled=script)
        context.set_default_timeout(MOST_MS)
        context.add_cookies([{"name": "sessionid", "value": self.sessions[email], "url": self.url}])
        page = listen(context.new_page())
        page.complaints = self.complaints
        return page

    def letter(self, email: str) -> str:
        """The address in the invitation of `email`."""
        mail = (self.server.folder / "mail").iterdir()
        letters = [quopri.decodestring(path.read_bytes()).decode() for path in mail]
        found = next(text for text in letters if f"To: {email}" in text)
        return str(re.search(r"http://\S+/answer", found)[0])


def has(page: Any, what: str, words: str) -> None:
    """`words` stand in `what`, as soon as the page to which a click led is there."""
    from playwright.sync_api import expect

    expect(page.locator(what)).to_contain_text(words)
    page.wait_for_load_state()


def number_in(page: Any, address: str) -> str:
    """The number in the address, once the page is there to which a click led."""
    page.wait_for_url(re.compile(address))
    return str(re.search(address, page.url)[1])


def tap(page: Any, *places: tuple[int, int]) -> None:
    """Tap the planes, one after the other, at (legitimacy, efficiency)."""
    for number, (x, y) in enumerate(places):
        page.locator("svg.taps").nth(number).locator("rect").nth((x + 3) * 7 + y + 3).click()


def ask_and_open(walk: Walk) -> None:
    page = walk.lead
    page.goto(f"{walk.url}/questions/")
    page.click("text=Ask a question")
    page.fill("[name=title]", "Do we want resellers as customers?")
    page.click("button.main")
    lines = [
        f"{unit}; {level}; {email}; {'ko' if email == STAFF[0] else ''}" for unit, level, email in PEOPLE
    ]
    page.fill("[name=people]", "\n".join(lines))
    page.click("button:has-text('Add')")
    page.click("text=See what a round can offer them")
    page.check("[name=mode][value=blind_by_unit]")
    page.check("[name=feedback][value=reasons]")
    page.click("button.main")
    walk.round = number_in(page, r"/rounds/(\d+)/")
    page.click("text=Invite all 12 by mail")


def leaders_answer(walk: Walk) -> None:
    for email in LEADERS:
        page = walk.browser(email)
        page.goto(walk.letter(email))
        assert "Leaders answer by name" in page.inner_text(".promise")
        tap(page, (-2, 2), (-3, -1))
        assert page.inner_text(".chosen >> nth=0") == "mostly does not fit · helps us"
        page.fill("[name=reason]", "It harms what the brand stands for.")
        page.click("button.main")
        has(page, "h1", "your answer is kept")
        page.context.close()


def staff_answer(walk: Walk) -> None:
    for number, email in enumerate(STAFF):
        page = walk.browser(email, script=number != 1)
        page.goto(walk.letter(email))
        page.click("button.main")
        code = page.inner_text(".secret.code")
        page.click("a.button.main")
        if number == 1:
            page.fill("[name=code]", code)
        page.wait_for_load_state()  # a script fills the code in, and takes it out of the address
        assert page.input_value("[name=code]") == code and "#" not in (page.url if number != 1 else "")
        page.click("form.code button.main")
        page.locator("form.assessment").wait_for()
        page.wait_for_load_state()
        if number == 0:
            assert "당신의 답변은 어떻게 다루어지는가" in page.inner_text("main")
        if number == 1:
            for name, value in (("legitimacy_short", 1), ("efficiency_short", 2)):
                page.check(f"[name={name}][value='{value}']")
        elif number == 2:
            page.focus("details.words >> nth=0 >> summary")
            page.keyboard.press("Enter")
            page.focus("[name=legitimacy_short][value='1']")
            page.keyboard.press("Space")
            page.focus("[name=efficiency_short][value='2']")
            page.keyboard.press("Space")
            assert page.inner_text(".chosen >> nth=0") == "rather fits · helps us"
        else:
            tap(page, (1, 2), (number % 3 - 1, 1))
        page.fill("[name=reason]", f"They buy what nobody else would {number}.")
        page.click("form.assessment > button.main")
        page.wait_for_load_state()
        assert page.locator("form").count() == 0
        cookies = [each["name"] for each in page.context.cookies()]
        assert "messages" not in cookies
        page.context.close()


def close_and_conclude(walk: Walk) -> None:
    page = walk.lead
    page.goto(f"{walk.url}/rounds/{walk.round}/")
    assert "10" in page.inner_text(".facts") and "2 of 2" in page.inner_text(".facts")
    page.click("text=Close the round and show what it says")
    page.locator("svg.plane").first.wait_for()
    page.wait_for_load_state()
    assert page.locator("svg.plane circle.blind").count() == 10 + 8  # two left the long run out
    assert page.locator("svg.plane path.named").count() == 4
    page.click("text=All acts")
    walk.question = number_in(page, r"/questions/(\d+)/")
    for kind in ("concluded", "promoted"):
        page.select_option("[name=kind]", kind)
        page.fill("[name=unit]", "board")
        page.fill("[name=to_units]", "all")
        page.select_option("[name=verdict]", "incompatible")
        if kind == "concluded":
            page.select_option("[name=priority]", "institutionalised")
            page.fill("[name=owner]", "sales")
        page.click("button:has-text('Record the act')")
    has(page, "h1", "the account is determined")


def write_and_sign(walk: Walk) -> None:
    page = walk.lead
    page.goto(f"{walk.url}/questions/{walk.question}/account")
    page.click("text=Write the account")
    assert page.input_value("[name=verdict]") == "incompatible"
    page.fill("[name=summary]", "We keep to our channels: five a month to one person.")
    page.fill("[name=owner]", "sales")
    page.fill("[name=guideline] >> nth=0", "Answer complaints within five days.")
    page.click("button.main")
    for number, email in enumerate(LEADERS):
        signer = walk.browser(email)
        signer.goto(f"{walk.url}/questions/{walk.question}/account")
        signer.check(f"[name=stance][value={'dissents' if number else 'carries'}]")
        signer.fill("[name=words]", "The limit hurts families." if number else "")
        signer.click("text=Put my name under it")
        signer.context.close()
    page.goto(f"{walk.url}/questions/{walk.question}/account/card")


@pytest.fixture(scope="module")
def walk(chromium: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walk]:
    """The whole way, gone."""
    home = tmp_path_factory.mktemp("sense") / "home"
    made = subprocess.run(
        [sys.executable, str(PROGRAM), str(home)], capture_output=True, text=True, check=True
    )
    server = Server(home)
    try:
        gone = Walk(chromium, server.start(), json.loads(made.stdout.strip().split("\n")[-1]))
        for step in (ask_and_open, leaders_answer, staff_answer, close_and_conclude, write_and_sign):
            step(gone)
        yield gone
    finally:
        server.stop()


def test_twelve_people_walk_from_the_invitation_to_the_signed_account(walk: Walk) -> None:
    card = walk.lead.inner_text("main")
    for said in ("determined", "incompatible", "defiance", "carries it out", "The limit hurts families."):
        assert said in card
    assert walk.complaints == []


def test_what_was_answered_blind_is_in_no_line_that_the_server_wrote(walk: Walk) -> None:
    log = walk.server.log.read_text()
    assert "rounds/<int:pk>/answer" in log and "ballot" not in log and "staff" not in log


def test_the_pages_are_for_everybody_by_day_by_night_on_a_phone_and_by_keyboard(walk: Walk) -> None:
    found = []
    question = f"/questions/{walk.question}"
    pages = (
        "/questions/", f"{question}/", f"{question}/people", f"{question}/rounds/new", f"{question}/acts",
        f"{question}/account", f"{question}/account/write", f"{question}/account/versions",
        f"/rounds/{walk.round}/results",
    )  # fmt: skip
    for address in pages:
        walk.lead.goto(walk.url + address)
        found += faults(walk.lead)
    found += faults_by_keyboard(walk.lead)
    assert found == []


def test_the_page_of_an_answer_is_for_everybody_too(walk: Walk) -> None:
    page = walk.lead
    page.goto(f"{walk.url}/questions/{walk.question}/rounds/new")
    page.check("[name=mode][value=blind]")
    page.click("button.main")
    number = number_in(page, r"/rounds/(\d+)/")
    found = faults(page)
    for email in (LEADERS[0], STAFF[0]):
        asked = walk.browser(email, WIDE)
        asked.goto(f"{walk.url}/rounds/{number}/answer")
        found += [*faults(asked), *faults_by_keyboard(asked)]
    asked.goto(f"{walk.url}/ballot/")
    found += [*faults(asked), *faults_by_keyboard(asked)]
    assert (found, walk.complaints) == ([], [])
