"""`entrepot serve` as somebody starts it at a terminal, and who comes in by a browser."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import quopri
import re
import struct
import time
from pathlib import Path
from typing import Any

from web.runs_fixtures import START_S, Server

PASSWORD = "a long enough phrase"
ADMINISTRATOR = "anna@firm.example"
PERIOD_S, LEAST_LEFT_S = 30, 12


class AtTheTerminal(Server):
    """The server, with a terminal at which the first administrator is made."""

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    def start(self) -> AtTheTerminal:
        ours, theirs = os.openpty()
        self.begin(stdin=theirs)
        os.close(theirs)
        for asked, answer in (("E-mail address", ADMINISTRATOR), ("Password", PASSWORD)):
            self.until(lambda asked=asked: asked in self.log.read_text(), START_S)
            os.write(ours, f"{answer}\n".encode())
        self.until(self._answers, START_S)
        os.close(ours)
        return self

    def invitation(self, email: str) -> str:
        """The link in the letter to `email`, which lies in the server's folder since no mail server is named."""
        letters = [
            quopri.decodestring(path.read_bytes()).decode() for path in (self.folder / "mail").iterdir()
        ]
        letter = next(text for text in letters if f"To: {email}" in text)
        return re.search(r"http://\S+/invitation/\S+", letter)[0]


def a_device(page: Any) -> None:
    """Give `page` a device that makes and uses passkeys when asked, as a fingerprint would."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def code_of(secret: str, *, at_s: float | None = None) -> str:
    """The six digits that an authenticator app shows (RFC 6238 on RFC 4226, SHA-1, half a minute).

    >>> code_of(base64.b32encode(b"12345678901234567890").decode(), at_s=59)
    '287082'
    """
    counter = int((time.time() if at_s is None else at_s) // PERIOD_S)
    digest = hmac.digest(base64.b32decode(secret), struct.pack(">Q", counter), hashlib.sha1)
    begin = digest[-1] & 15
    number = int.from_bytes(digest[begin : begin + 4]) & 0x7FFFFFFF
    return f"{number % 10**6:06d}"


def code_now(secret: str) -> str:
    """The six digits of this half minute; where it is nearly over those of the next, as people wait for them.

    The server takes no code of the half minute before, so one that is read at its end is late.
    """
    left_s = PERIOD_S - time.time() % PERIOD_S
    if left_s < LEAST_LEFT_S:
        time.sleep(left_s + 0.1)
    return code_of(secret)


def as_csv(table: Path, to: Path) -> Path:
    """The Parquet file `table` as a shop would export it."""
    import pyarrow.csv as csv
    import pyarrow.parquet as pq

    csv.write_csv(pq.read_table(table), to)
    return to
