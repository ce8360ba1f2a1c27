"""The whole way through the web app, one function a step, as people of different roles go it in their browsers.

Nobody here touches database or code: what a step needs it reads on a page, in a letter or in a file that was saved.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import expect

from .chromium_fixtures import MOST_MS
from .looking import PHONE, WIDE, faults, listen
from .server import ADMINISTRATOR, PASSWORD, AtTheTerminal, a_device, as_csv, code_now

RUN_MS = 600_000  # patience on a machine that has other things to do
COLLEAGUES = {
    "ari@firm.example": ("analyst",),
    "rita@firm.example": ("reviewer",),
    "ben@firm.example": ("reviewer", "service"),
}
WHAT_PERSON_SAYS = "They were for the choir that I lead: forty of us, and our tour in March."
WHAT_WE_ANSWER = "Thank you. We see that you bought for your choir, and have closed the matter."


@dataclass
class Walk:
    """Who is in which browser, what was learned on the way, and what was wrong with the pages that it led to."""

    chromium: Any
    server: AtTheTerminal
    market: Any
    folder: Path
    pages: dict[str, Any] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    actor: str = ""  # the path of the page of the strongest
    appeal: str = ""  # the address that the person concerned got
    codes: list[str] = field(default_factory=list)  # findings that rita judged, in her order

    def opened(self, who: str, **more: Any) -> Any:
        """A browser of `who`, with nothing remembered in it."""
        context = self.chromium.new_context(**{"viewport": WIDE, "accept_downloads": True, **more})
        context.set_default_timeout(MOST_MS)
        self.pages[who] = listen(context.new_page())
        return self.pages[who]

    def go(self, who: str, path: str) -> Any:
        self.pages[who].goto(self.server.url + path)
        return self.pages[who]

    def look(self, page: Any) -> None:
        """Note what is wrong with a page that only the walk leads to."""
        self.faults += faults(page)

    @property
    def complaints(self) -> list[str]:
        return [text for page in self.pages.values() for text in page.complaints]


expect.set_options(timeout=MOST_MS)  # after a click, what the next page shows is awaited, and only then read


def press(page: Any, name: str, role: str = "button") -> None:
    page.wait_for_load_state()  # what a script makes of the button is there once the page is whole
    page.get_by_role(role, name=name, exact=True).first.click()


def first_administrator_signs_in(walk: Walk) -> None:
    """With the password of the terminal; then with a passkey; then with a second factor."""
    walk.server.start()
    page = walk.opened("anna")
    a_device(page)
    walk.go("anna", "/")
    walk.look(page)
    _sign_in(page, ADMINISTRATOR)
    expect(page.locator("h1")).to_have_text("Nothing has been analysed yet")
    walk.look(page)

    walk.go("anna", "/sign-in/2fa/webauthn/add/")
    expect(page.locator("h1")).to_have_text("Is it you?")
    walk.look(page)
    page.locator("#id_password").fill(PASSWORD)
    press(page, "Confirm")
    expect(page.locator("h1")).to_have_text("Add a passkey")
    walk.look(page)
    page.get_by_label("Name").fill("laptop")
    press(page, "Add")
    expect(page.get_by_role("heading", level=1)).not_to_have_text("Add a passkey")
    walk.look(page)
    _sign_out(page)
    press(page, "Sign in with a passkey")
    expect(page.locator("h1")).to_have_text("Nothing has been analysed yet")

    walk.go("anna", "/sign-in/2fa/totp/activate/")
    press(page, "Use a passkey", "link")
    walk.look(page)
    press(page, "Use a passkey")
    expect(page.locator("h1")).to_have_text("Set up the authenticator app")
    walk.look(page)
    secret = page.get_by_label("The secret as text").input_value()
    page.locator("#id_code").fill(code_now(secret))
    press(page, "Set up")
    expect(page.get_by_text("After your password you are asked for a code of the app.")).to_be_visible()
    _sign_out(page)
    _sign_in(page, ADMINISTRATOR)
    expect(page.locator("h1")).to_have_text("Your second factor")
    walk.look(page)
    page.locator("#id_code").fill(code_now(secret))
    press(page, "Sign in")
    expect(page.locator("h1")).to_have_text("Nothing has been analysed yet")


def _sign_in(page: Any, email: str) -> None:
    page.locator("#id_login").fill(email)
    page.locator("#id_password").fill(PASSWORD)
    press(page, "Sign in")


def _sign_out(page: Any) -> None:
    page.locator("details.me:not(.more-places) summary").click()
    press(page, "Sign out")
    expect(page.locator("h1")).to_have_text("Sign in")


def colleagues_are_invited(walk: Walk) -> None:
    """Each gets a letter and chooses behind its link; one of them a passkey."""
    for email, roles in COLLEAGUES.items():
        page = walk.go("anna", "/colleagues/add")
        page.get_by_label("E-mail address").fill(email)
        for role in roles:
            page.get_by_role("checkbox", name=role, exact=True).check()
        press(page, "Add and invite")
        expect(page.get_by_text(email).first).to_be_visible()
        _come_in(walk, email)
    walk.look(walk.go("anna", "/colleagues/"))


def _come_in(walk: Walk, email: str) -> None:
    who = email.partition("@")[0]
    page = walk.opened(who)
    page.goto(walk.server.invitation(email))
    if who == "rita":
        walk.look(page)
        a_device(page)
        press(page, "Use a passkey")
        page.get_by_label("Name").fill("telephone")
        press(page, "Add")
        expect(page.locator("h1")).not_to_have_text("Add a passkey")
        walk.go(who, "/")
    else:
        for number in (1, 2):
            page.locator(f"#id_new_password{number}").fill(PASSWORD)
        press(page, "Use this password")
    expect(page.locator("h1")).to_have_text("Nothing has been analysed yet")
    page.wait_for_load_state()
    shown = page.locator("nav.places a").all_text_contents()
    assert "Colleagues" not in shown and "Findings" in shown


def wrong_ways_are_told(walk: Walk) -> None:
    """A page that is not for one's role, a link that was used, a password that is wrong."""
    page = walk.go("ari", "/colleagues/")
    expect(page.locator("h1")).to_have_text("You may not do this")
    walk.look(page)
    page = walk.opened("nobody")
    page.goto(walk.server.invitation("ari@firm.example"))
    expect(page.locator("h1")).to_have_text("This link serves no more")
    walk.look(page)
    walk.go("nobody", "/findings")
    page.locator("#id_login").fill("ari@firm.example")
    page.locator("#id_password").fill("not the right phrase")
    press(page, "Sign in")
    expect(page.locator(".errorlist")).to_be_visible()
    walk.look(page)


def an_export_is_sent_and_run(walk: Walk) -> None:
    """The analyst sends files, watches, loads the page anew in the middle, and is led to the run when it is whole."""
    orders = as_csv(walk.market.path("orders"), walk.folder / "orders.csv")
    page = walk.go("ari", "/runs/new")
    page.locator("#send_orders").set_input_files(orders)
    page.locator("summary", has_text="Further tables").click()
    for table in ("customers", "products", "events", "offers"):
        page.locator(f"#send_{table}").set_input_files(walk.market.path(table))
    page.locator("summary", has_text="How to look").click()
    page.get_by_label("How many of 100 listed may be ordinary customers").fill("20")
    page.get_by_label("Month ends to look back").fill("0")
    page.get_by_label("Also join records that agree only nearly").uncheck()
    press(page, "Start the run")
    expect(page).to_have_url(f"{walk.server.url}/runs/run/0001")
    expect(page.locator("ol.steps li.now")).to_have_count(1, timeout=RUN_MS)
    walk.look(page)
    done = page.locator("ol.steps li.done").count()
    page.reload()
    expect(page.locator("ol.steps li.now")).to_have_count(1)
    assert page.locator("ol.steps li.done").count() >= done
    expect(page.get_by_role("link", name="Open the report")).to_be_visible(timeout=RUN_MS)


def findings_are_looked_through(walk: Walk) -> None:
    """Sorted, filtered, searched, kept as a view, taken along as CSV, and opened beside the list."""
    page = walk.go("rita", "/findings")
    rows = page.locator("table.actors tbody tr")
    codes = page.locator("table.actors tbody th a").all_text_contents()
    assert len(codes) >= 3, codes

    press(page, "Revenue", "link")
    expect(page.locator("th[aria-sort=descending]")).to_contain_text("Revenue")
    page.wait_for_load_state()
    column = page.locator("td[data-label=Revenue]").all_text_contents()
    amounts = [float("".join(c for c in text if c.isdigit() or c == ".")) for text in column]
    assert amounts == sorted(amounts, reverse=True)

    kind = page.locator("fieldset.filter", has_text="Looks like").locator("li a:not([aria-current])").first
    name = kind.evaluate("link => link.firstChild.textContent.trim()")
    kind.click()
    expect(page).to_have_url(re.compile("kind="))
    page.wait_for_load_state()
    assert {text.strip() for text in page.locator("td[data-label='Looks like']").all_text_contents()} == {
        name
    }
    page.locator("summary", has_text="Keep this view").click()
    page.get_by_label("Name of the view").fill("those to call")
    press(page, "Keep")
    expect(page.get_by_role("link", name="those to call", exact=True).first).to_be_visible()
    page.wait_for_load_state()
    kept = rows.count()

    walk.go("rita", "/findings")
    press(page, "those to call", "link")
    expect(rows).to_have_count(kept)
    with page.expect_download() as download:
        press(page, "CSV", "link")
    download.value.save_as(walk.folder / "findings.csv")
    with (walk.folder / "findings.csv").open(encoding="utf-8-sig", newline="") as file:
        assert len(list(csv.DictReader(file))) == kept

    walk.go("rita", "/findings")
    page.keyboard.press("/")
    page.keyboard.type(codes[-1])
    page.keyboard.press("Enter")
    expect(rows).to_have_count(1)
    page.wait_for_load_state()  # without its script the link would lead away
    page.locator("table.actors tbody th a").focus()
    page.keyboard.press("Enter")
    title = page.locator("#panel h2").first
    expect(title).to_have_text(codes[-1])
    expect(title).to_be_focused()
    walk.look(page)
    page.keyboard.press("Escape")
    expect(title).to_have_count(0)
    expect(page.locator("table.actors tbody th a")).to_be_focused()


def an_actor_is_looked_at(walk: Walk) -> None:
    """Evidence beside innocent explanations, purchases, links that one can walk along; names only on request."""
    page = walk.go("rita", "/findings")
    page.locator("table.actors tbody th a").first.click()
    press(page, "Open the whole page", "link")
    for title in ("Products and channels", "Why these records are one", "Neighbourhood", "Timeline"):
        expect(page.get_by_role("heading", name=title)).to_be_visible()
    expect(page.get_by_text("Nobody has judged this actor yet.")).to_be_visible()
    _walk_along_links(page)
    walk.look(page)
    press(page, "Show who it is")
    expect(page.get_by_role("heading", name="Who it is")).to_be_visible()
    walk.look(page)
    walk.actor = page.url.removeprefix(walk.server.url).removesuffix("/names")
    page = walk.go("ari", walk.actor)
    expect(page.get_by_role("button", name="Show who it is")).to_have_count(0)


def _walk_along_links(page: Any) -> None:
    """Put another record into the middle of the picture, where one is linked."""
    page.wait_for_load_state()
    steps = page.locator("#around a[data-around]")
    if steps.count() < 2:
        return
    page.locator("#around summary").click()
    said = page.locator("#around .said").text_content()
    steps.last.click()
    expect(page.locator("#around .said")).not_to_have_text(said)


def findings_are_judged_by_keyboard(walk: Walk) -> None:
    """Three in a row without a mouse: the next, a verdict, a reason, the next."""
    page = walk.go("rita", "/review")
    expect(page.get_by_role("button", name="Review the next n")).to_be_visible()
    page.wait_for_load_state()
    page.keyboard.press("n")
    for verdict in ("1", "2", "1"):
        expect(page.locator(".verdict")).to_be_visible()
        page.wait_for_load_state()  # keys are heard by a script
        walk.codes.append(page.locator("h1").evaluate("one => one.firstChild.textContent.trim()"))
        if len(walk.codes) == 1:
            walk.look(page)
        page.keyboard.press(verdict)
        expect(page.locator(f"[data-key='{verdict}']")).to_be_checked()
        page.keyboard.press("Tab")
        page.keyboard.press("Space")
        expect(page.locator("[name=reason]:checked")).to_have_count(1)
        page.keyboard.press("n")
        expect(page.locator(".messages")).to_contain_text(f"Saved: {walk.codes[-1]}.")
    assert len(set(walk.codes)) == 3
    press(page, "Give it back")
    expect(page.get_by_role("heading", name="Queues")).to_be_visible()


def the_next_run_learns(walk: Walk) -> None:
    """One click of the analyst; and the page says what the reviews changed."""
    page = walk.go("ari", "/review")
    expect(page.get_by_text("No run has read these yet: 3 reviews")).to_be_visible()
    press(page, "Run again with these reviews")
    walk.go("ari", "/runs/run/0002")
    expect(page.get_by_role("link", name="Open the report")).to_be_visible(timeout=RUN_MS)
    walk.go("ari", "/review")
    expect(page.get_by_text("The run shown here has read all that people said.")).to_be_visible()
    press(page, "What they changed in this run", "link")
    expect(page.locator("h1")).to_contain_text("0002")
    expect(page.locator(".lead")).to_contain_text("3 labels on 3 actors")
    walk.look(page)


def the_person_appeals(walk: Walk) -> None:
    """By the link that a colleague made, on a telephone, without signing in."""
    page = walk.go("ben", "/appeals")
    page.get_by_label("Give somebody a link: code of the finding").fill(walk.codes[0])
    press(page, "Find")
    walk.look(page)
    press(page, "Make a link")
    walk.appeal = page.locator("#address").input_value()
    walk.look(page)

    person = walk.opened("person", viewport=PHONE, is_mobile=True, has_touch=True)
    person.goto(walk.appeal)
    assert person.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    assert not any(word in person.locator("body").inner_text() for word in ("evidence", "resale", "finding"))
    person.get_by_label("Whom were these purchases for?").fill(WHAT_PERSON_SAYS)
    document = walk.folder / "choir.png"
    person.screenshot(path=document)
    person.get_by_label("A document, if you like").set_input_files(document)
    person.get_by_role("button", name="Send").tap()
    expect(person.locator("h1")).to_have_text("Thank you, we have your answer")


def another_person_decides(walk: Walk) -> None:
    """Not whoever judged it first; and the person reads the answer behind the same link."""
    page = walk.go("rita", "/review")
    expect(page.get_by_role("button", name="Review appeals")).to_have_count(0)
    page = walk.go("ben", "/review")
    press(page, "Review appeals")
    expect(page.get_by_text(WHAT_PERSON_SAYS)).to_be_visible()
    walk.look(page)
    page.keyboard.press("2")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    press(page, "Save and stop")
    expect(page.get_by_role("alert")).to_contain_text("something is missing")
    walk.look(page)
    page.get_by_label("What the person will read").fill(WHAT_WE_ANSWER)
    press(page, "Save and stop")
    expect(page.locator(".messages")).to_contain_text("Saved")
    person = walk.pages["person"]
    person.reload()
    expect(person.locator("h1")).to_have_text("Our answer")
    expect(person.get_by_text(WHAT_WE_ANSWER)).to_be_visible()


def the_records_hold(walk: Walk) -> None:
    page = walk.go("anna", "/records/")
    press(page, "Check the chain")
    expect(page.get_by_role("heading", name="The chain holds")).to_be_visible()
    walk.look(page)


STEPS = (
    first_administrator_signs_in,
    colleagues_are_invited,
    wrong_ways_are_told,
    an_export_is_sent_and_run,
    findings_are_looked_through,
    an_actor_is_looked_at,
    findings_are_judged_by_keyboard,
    the_next_run_learns,
    the_person_appeals,
    another_person_decides,
    the_records_hold,
)
