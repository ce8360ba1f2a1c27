"""What the tests of runs share: small orders, files that are none, runs in the queue, and a server of their own."""

import contextlib
import gzip
import itertools
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.request import HTTPCookieProcessor, Request, build_opener

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

HEADER = "order_id,ordered_at,customer_id,product_id,quantity,unit_price\n"
FIELDS = {"encoding": "utf-8", "max_bad": "1", "fdr": "5", "hindsight_months": "0", "purpose": "a test"}
START_S, PATIENCE_S = 240, 300  # a machine that has other things to do takes half a minute to start a server
LOWEST_PORT, PORTS_EACH, OWNERS = 20_000, 20, 600


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
    """`entrepot serve` on a folder of its own, started without a terminal, and somebody who is signed in."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.log = folder.parent / "server.log"
        self.process: subprocess.Popen | None = None
        self.http = build_opener(HTTPCookieProcessor(CookieJar()))

    @property
    def command(self) -> list[str]:
        """Starts it; `-u`: what it says is read while it lives."""
        served = ["serve", "--home", str(self.folder), "--port", str(self.port)]
        return [sys.executable, "-u", "-m", "entrepot", *served]

    def start(self, *more: str) -> "Server":
        self.begin(*("--admin", "a@firm.example"), *more)
        self.until(self._answers, START_S)
        return self

    def begin(self, *more: str, stdin: int = subprocess.DEVNULL) -> None:
        """Start the process, without waiting for it to answer."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*self.command, *more],
                stdin=stdin,
                stdout=log,
                stderr=log,
                env={name: value for name, value in os.environ.items() if name != "DATABASE_URL"},
                start_new_session=True,
            )

    def refused(self, **surroundings: str) -> tuple[int, str]:
        """Exit code and errors of the command where it does not come to serve."""
        done = subprocess.run(
            self.command,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            env={**os.environ, **surroundings},
        )
        return done.returncode, done.stderr

    def _answers(self) -> bool:
        with socket.socket() as tried:
            return tried.connect_ex(("127.0.0.1", self.port)) == 0

    def until(self, holds, seconds: float = PATIENCE_S):
        """What `holds` gives as soon as it is true."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if found := holds():
                return found
            time.sleep(0.1)
        raise AssertionError(self.log.read_text()[-3000:])

    def sign_in(self) -> None:
        password = re.search(r"password (\S+) \(shown once\)", self.log.read_text())[1]
        self.post("/sign-in/login/", login="a@firm.example", password=password)

    def get(self, path: str) -> str:
        return self.http.open(f"http://localhost:{self.port}{path}", timeout=60).read().decode()

    def post(
        self, path: str, *, form: str = "", files: dict | None = None, said: dict | None = None, **fields
    ) -> str:
        """Send the form at `form` (or `path`) with its token; the address that one lands at."""
        fields |= said or {}
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', self.get(form or path))[1]
        body, boundary = multipart({"csrfmiddlewaretoken": token, **fields}, files or {})
        kind = f"multipart/form-data; boundary={boundary}"
        request = Request(f"http://localhost:{self.port}{path}", body, {"Content-Type": kind})
        return self.http.open(request, timeout=120).geturl()

    def ask(self) -> None:
        """Ask for a run of small orders."""
        landed = self.post("/runs/new", files={"send_orders": orders(2000)}, **FIELDS)
        assert landed.endswith("/runs/run/0001")

    def run(self) -> dict:
        """The run as the server's own database has it, read beside it."""
        names = ("state", "step", "steps_done", "attempts", "process")
        with contextlib.closing(sqlite3.connect(self.folder / "entrepot.sqlite3", timeout=20)) as database:
            rows = database.execute(f"SELECT {', '.join(names)} FROM runs_run").fetchall()
        return dict(zip(names, rows[0], strict=True))

    def becomes(self, state: str, **more) -> dict:
        """The run as soon as it is in `state`, and has what `more` says."""
        wanted = {"state": state, **more}
        return self.until(lambda: (run := self.run()) and wanted.items() <= run.items() and run)

    def at_work(self, *, attempt: int = 1) -> int:
        """The process of the run as soon as it has begun its second step."""
        self.until(lambda: (run := self.run())["steps_done"] >= 1 and run["attempts"] == attempt)
        return self.until(lambda: next(iter(self.processes("runs.work 0001")), None))

    def processes(self, like: str = "") -> list[int]:
        """The living processes of this server whose command holds `like`."""
        own, found = f"ENTREPOT_HOME={self.folder}".encode(), []
        for entry in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                if own in (entry / "environ").read_bytes() and like in command:
                    found.append(int(entry.name))
        return found

    def kill(self) -> None:
        assert self.process
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        assert self.process
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE_S)

    @property
    def lives(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def sweep(self) -> None:
        """End what it had started and what outlived it."""
        for process in self.processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)

    def end(self) -> None:
        """Stop it in good order; nothing of it lives on."""
        if self.lives:
            self.stop()
        self.sweep()

    def left(self) -> list[str]:
        """What is half-written in the server's folder."""
        work = [path.name for path in (self.folder / "work").glob("*")]
        return work + [path.name for path in (self.folder / "runs").glob(".*.partial-*")]


_turns = itertools.count()


def free_port() -> int:
    """A port at which nobody listens, and which nobody takes before the server that is to be started does.

    Port 0 would give one of those that the system hands out, and meanwhile hands out again. So each process has a few
    of its own, below these.
    """
    first = LOWEST_PORT + os.getpid() % OWNERS * PORTS_EACH
    for turn in itertools.islice(_turns, PORTS_EACH):
        with socket.socket() as tried, contextlib.suppress(OSError):
            tried.bind(("127.0.0.1", first + turn % PORTS_EACH))
            return first + turn % PORTS_EACH
    raise AssertionError(f"no port is free from {first} on")


def multipart(fields: dict, files: dict) -> tuple[bytes, str]:
    """A form with files as a browser sends it, and the line between its parts."""
    line = "a-line-that-is-in-no-file"
    named = f'--{line}\r\nContent-Disposition: form-data; name="'
    parts = [f'{named}{name}"\r\n\r\n{value}\r\n'.encode() for name, value in fields.items()]
    for name, raw in files.items():
        parts.append(f'{named}{name}"; filename="o.csv"\r\nContent-Type: text/csv\r\n\r\n'.encode())
        parts.append(raw + b"\r\n")
    return b"".join(parts) + f"--{line}--\r\n".encode(), line


@pytest.fixture
def server(tmp_path):
    """A server of its own; nothing of it lives on."""
    made = Server(tmp_path / "home")
    yield made
    if made.lives:
        made.kill()
    made.sweep()
