"""Debian's Chromium, driven by Playwright, for the tests of one module.

Not for longer: while Playwright is open its loop runs in the thread of the tests, and Django then refuses the database.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = Path("/usr/bin/chromium")
MOST_MS = 60_000  # patience on a machine that has other things to do
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """The browser; the test is skipped, by name, where it is not installed."""
    playwright = pytest.importorskip("playwright.sync_api")
    if not CHROMIUM.is_file():
        pytest.skip(f"no {CHROMIUM}: install chromium to run the tests in a browser")
    playwright.expect.set_options(timeout=MOST_MS)
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=str(CHROMIUM), args=QUIET)
        yield browser
        browser.close()
