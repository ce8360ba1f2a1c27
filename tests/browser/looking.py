"""What a page owes to everybody, asked of a page that is open: no complaint of the browser, nothing that axe finds
against WCAG A and AA by day and by night, nothing wider than a phone, and all of it by keyboard."""

from __future__ import annotations

from typing import Any

WCAG = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
COLOURS = {"type": "rule", "values": ["color-contrast"]}  # all that the night changes
WIDE, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
MOST_TABS, WITHIN_ONE = 400, 6  # a date has a stop each for day, month, year and calendar

FOCUSED = """() => {
    const here = document.activeElement;
    if (!here || here === document.body || here === document.documentElement) return null;
    if (!here.dataset.stop) here.dataset.stop = String(window.stops = (window.stops || 0) + 1);
    const box = here.getBoundingClientRect(), chip = here.closest('label.chip');
    const style = getComputedStyle(chip || here); // a chip is marked for the circle that it hides
    const dot = here.querySelector('circle'); // a record in a drawing is marked by its rim
    return {
        stop: here.dataset.stop,
        what: here.outerHTML.slice(0, 120),
        is_marked: dot ? parseFloat(getComputedStyle(dot).strokeWidth) >= 4
            : style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2,
        is_seen: box.width > 0 && box.height > 0 && box.bottom > 0 && box.right > 0
            && box.top < innerHeight && box.left < innerWidth,
    };
}"""
MISSED = """() => [...document.querySelectorAll(
        'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex="0"]')]
    .filter(one => !one.disabled && one.checkVisibility({visibilityProperty: true}) && !one.dataset.stop)
    .filter(one => one.type !== 'radio' || ![...document.getElementsByName(one.name)].some(o => o.dataset.stop))
    .map(one => one.outerHTML.slice(0, 120))"""


def listen(page: Any) -> Any:
    """`page`, which from now on keeps in `page.complaints` what the browser complains of: errors, broken policy."""
    page.complaints = []

    def said(message: Any) -> None:
        if message.type in ("error", "warning") and not _is_answer_itself(page, message):
            page.complaints.append(f"{page.url}: {message.text}")

    page.on("console", said)
    page.on("pageerror", lambda error: page.complaints.append(f"{page.url}: {error}"))
    return page


def _is_answer_itself(page: Any, message: Any) -> bool:
    """A page of an error comes with a status of an error, and the browser says so."""
    return message.text.startswith("Failed to load resource") and message.location["url"] == page.url


CUT_CARDS = """() => [...document.querySelectorAll(".scroll")].filter(box => {
  const cell = box.querySelector("tbody td");
  return cell && getComputedStyle(cell).display !== "table-cell" && box.scrollWidth > box.clientWidth;
}).map(box => box.textContent.trim().slice(0, 60))"""
"""What begins each table that a phone shows as cards and that is wider than the phone."""


def faults(page: Any) -> list[str]:
    """What axe finds on the open page, by day and by night, and how much wider than a phone it is there."""
    from axe_playwright_python.sync_playwright import Axe

    page.wait_for_load_state()  # a page that a click led to may still be on its way, without its style
    page.evaluate(Axe().axe_script)
    found = []
    for scheme, asked in (("dark", COLOURS), ("light", WCAG)):
        page.emulate_media(color_scheme=scheme)
        options = {"runOnly": asked, "resultTypes": ["violations"]}
        for fault in page.evaluate("options => axe.run(options)", options)["violations"]:
            where = [node["target"] for node in fault["nodes"]][:3]
            found.append(f"{page.url}, {scheme}: {fault['id']} at {where}")
    page.set_viewport_size(PHONE)
    width = page.evaluate("document.documentElement.scrollWidth")
    found += [f"{page.url}: cut on a phone: {text}" for text in page.evaluate(CUT_CARDS)]
    page.set_viewport_size(WIDE)
    return [*found, f"{page.url}: {width} px wide on a phone"] if width > PHONE["width"] else found


def faults_by_keyboard(page: Any) -> list[str]:
    """Walk the open page by Tab alone: the skip link first, every stop seen and marked, none missed, no trap."""
    page.wait_for_load_state()
    page.evaluate("document.activeElement.blur()")
    found, before, same = [], "", 0
    for number in range(MOST_TABS):
        page.keyboard.press("Tab")
        stop = page.evaluate(FOCUSED)
        if stop is None or (stop["stop"] == "1" and number):
            missed = page.evaluate(MISSED)
            return [f"{page.url}: {fault}" for fault in (*found, *(f"not reached: {one}" for one in missed))]
        if number == 0 and 'class="skip"' not in stop["what"]:
            found.append(f"no skip link first: {stop['what']}")
        if not stop["is_marked"] or not stop["is_seen"]:
            found.append(f"focus cannot be seen: {stop['what']}")
        same = same + 1 if stop["stop"] == before else 0
        if same > WITHIN_ONE:
            return [f"{page.url}: a trap: {stop['what']}"]
        before = stop["stop"]
    return [f"{page.url}: no end after {MOST_TABS} stops"]
