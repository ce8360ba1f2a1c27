"""What the tests of runs share: small orders, files that are none, runs in the queue, and a server of their own."""

import gzip
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

HEADER = "order_id,ordered_at,customer_id,product_id,quantity,unit_price\n"
FIELDS = {"encoding": "utf-8", "max_bad": "1", "fdr": "5", "hindsight_months": "0", "purpose": "a test"}


def orders(number: int = 3) -> bytes:
    rows = (f"o{n},2026-01-{1 + n % 28:02d}T10:00:00Z,c{n % 40},p{n % 7},1,9.50\n" for n in range(number))
    return (HEADER + "".join(rows)).encode()


def file(raw: bytes, name: str = "orders.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, raw)


def bomb(mib: int = 80) -> bytes:
    return gzip.compress(HEADER.encode() + b"0" * (mib * 2**20))


@pytest.fixture(autouse=True)
def clean_home():
    """No file of another test in the folders of the server."""
    from django.conf import settings

    for folder in (settings.ENTREPOT.uploads, settings.ENTREPOT.runs):
        folder.mkdir(parents=True, exist_ok=True)
        for path in folder.iterdir():
            subprocess.run(["rm", "-rf", str(path)], check=True)


@pytest.fixture
def analyst(signed_in):
    return signed_in("analyst")


@pytest.fixture
def said(settings):
    """Sets what `server.toml` says."""

    def say(**values):
        from entrepot.web.home import Home

        home = Home(settings.ENTREPOT.folder, settings.ENTREPOT.database_url)
        home.__dict__["settings"] = values
        settings.ENTREPOT = home
        return home

    return say


@pytest.fixture
def asked(colleague):
    """Puts a run into the queue."""

    def ask(**more):
        from entrepot.web.runs import queue

        return queue.ask(
            by=colleague("analyst"), inputs=more.pop("inputs", {"orders": ["o.csv"]}), asked={}, **more
        )

    return ask


class Server:
    """`entrepot serve` on a folder of its own, as somebody starts it on a terminal-less machine."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.port = folder, port
        self.process: subprocess.Popen | None = None

    def start(self) -> "Server":
        command = [
            sys.executable,
            "-m",
            "entrepot",
            "serve",
            "--home",
            str(self.folder),
            "--port",
            str(self.port),
        ]
        log = (self.folder.parent / "server.log").open("ab")
        self.process = subprocess.Popen(
            [*command, "--admin", "a@firm.example"], stdin=subprocess.DEVNULL, stderr=log, stdout=log,
            env={k: v for k, v in os.environ.items() if k != "DATABASE_URL"},
        )  # fmt: skip
        return self

    def rows(self, sql: str, *values):
        """What the server's own database says, read beside it."""
        import sqlite3

        with sqlite3.connect(self.folder / "entrepot.sqlite3", timeout=20) as database:
            return database.execute(sql, values).fetchall()

    def run(self) -> dict:
        names = ("state", "step", "steps_done", "attempts", "process", "error")
        return dict(zip(names, self.rows(f"SELECT {', '.join(names)} FROM runs_run")[0], strict=True))

    def wait(self, until, seconds: float = 300):
        """The row of the run as soon as `until` holds of it."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            row = self.run()
            if until(row):
                return row
            time.sleep(0.2)
        raise AssertionError(f"{self.run()}\n{(self.folder.parent / 'server.log').read_text()[-2000:]}")

    def kill(self) -> None:
        assert self.process
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        assert self.process
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)


def processes_of(folder: Path) -> list[int]:
    """The processes that work for the home in `folder`."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            words = (entry / "environ").read_bytes()
            command = (entry / "cmdline").read_bytes()
        except OSError:
            continue
        if f"ENTREPOT_HOME={folder}".encode() in words and b"entrepot" in command:
            found.append(int(entry.name))
    return found
