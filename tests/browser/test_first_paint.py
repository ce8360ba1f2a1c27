"""The measure of first paint, on a page that shows nothing for a while."""

import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from benchmarks import first_paint

LATE_S = 3  # far more than a busy machine takes to paint a line of text


class Late(BaseHTTPRequestHandler):
    """Answers at once with a page whose style sheet, without which nothing is painted, comes late."""

    def do_GET(self) -> None:
        is_page = self.path == "/page"
        if not is_page:
            time.sleep(LATE_S)
        body = b'<link rel="stylesheet" href="/late.css"><p>here' if is_page else b"p { color: green }"
        self.send_response(200)
        self.send_header("Content-Type", "text/html" if is_page else "text/css")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store" if is_page else "max-age=600")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *said: object) -> None:
        pass


@pytest.fixture
def address() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Late) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_a_cold_paint_waits_for_what_the_page_needs_and_a_warm_one_does_not(address: str) -> None:
    if not first_paint.CHROMIUM.is_file():
        pytest.skip(f"no {first_paint.CHROMIUM}: install chromium to run the tests in a browser")
    found = first_paint.paints(address, {"session": "none"}, ["/page"])
    assert found is not None
    cold, warm = (found[f"first-contentful-paint, {kind}"]["p50_ms"] for kind in ("cold", "warm"))
    assert cold >= found["answered, cold"]["p50_ms"] + 900 * LATE_S
    assert warm < cold
