"""How soon Chromium shows something of a page: first paint, and first paint with content, as the browser itself says.

Each page is opened once with an empty cache, as somebody does who follows a link in the morning, and once more, as
everybody does after that. The server's answer is part of it: what counts is what a person waits for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

CHROMIUM = Path("/usr/bin/chromium")
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
SIZE = {"width": 1440, "height": 900}
PAINTED = """() => new Promise(done => {
    const answered = performance.getEntriesByType('navigation')[0].responseStart;
    const look = () => {
        const found = Object.fromEntries(performance.getEntriesByType('paint').map(e => [e.name, e.startTime]));
        if ('first-contentful-paint' in found) done({answered, ...found});
        else setTimeout(look, 20);
    };
    look();
})"""


def paints(
    address: str, cookies: Mapping[str, str], paths: Sequence[str]
) -> dict[str, dict[str, float]] | None:
    """Milliseconds of `paths` at `address`: p50, p95 and the longest, cold and warm; None without Chromium."""
    if not CHROMIUM.is_file():
        return None
    from playwright.sync_api import sync_playwright

    cold, warm = [], []
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=str(CHROMIUM), args=QUIET)
        for path in paths:
            context = browser.new_context(viewport=SIZE)
            context.add_cookies(
                [{"name": name, "value": value, "url": address} for name, value in cookies.items()]
            )
            page = context.new_page()
            cold.append(_opened(page, address + path))
            warm.append(_opened(page, address + path))
            context.close()
        browser.close()
    return {
        f"{name}, {kind}": _summary([one[name] for one in times])
        for kind, times in (("cold", cold), ("warm", warm))
        for name in ("answered", "first-paint", "first-contentful-paint")
    }


def _opened(page: Any, url: str) -> dict[str, float]:
    answer = page.goto(url)
    if answer is None or not answer.ok:
        raise RuntimeError(f"{url}: {answer and answer.status}")
    found: dict[str, float] = page.evaluate(PAINTED)
    page.wait_for_load_state(
        "networkidle"
    )  # else the next page would be timed while this one's picture is drawn
    return found


def _summary(ms: Sequence[float]) -> dict[str, float]:
    return {
        "n": len(ms),
        "p50_ms": float(np.quantile(ms, 0.5)),
        "p95_ms": float(np.quantile(ms, 0.95)),
        "max_ms": max(ms),
    }
