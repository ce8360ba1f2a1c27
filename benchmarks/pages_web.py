"""How quickly the web app answers with a million actors in the run, while twenty people leaf through it.

A run folder is made as `discover` would leave it (evidence, months, links and lines of those listed; findings of
everybody), brought into a server of its own, and the server is asked over HTTP by twenty clients at once who think for
a moment between two pages, as people do. Indexing is a process of its own, so that its peak memory is its own.

A page that comes without its picture asks for it as soon as it is there; so do the clients here. What the picture takes
is counted as an address of its own, beside the page.

    python -m benchmarks.pages_web 1000000 --out FOLDER
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import numpy as np
import pyarrow.parquet as pq

from benchmarks import first_paint
from benchmarks.made_million import KINDS, made_run
from benchmarks.memory import peak_gib

PEOPLE, SECONDS, THINK_S, PORT = 20, 60.0, 4.0, 8791
PAINTED = 20  # actors of each end of the list, whose page Chromium opens
PICTURE = ", its picture"
ADMIN, PASSWORD = "bench@firm.example", "a long enough phrase"


def indexed(home: Path, folder: Path) -> dict[str, Any]:
    """Bring the run in `folder` into a server in `home`; seconds, peak memory, what was copied."""
    os.environ["ENTREPOT_HOME"] = str(home)
    from entrepot.web import starting
    from entrepot.web.home import Home

    starting.prepare(Home.from_environment())
    starting.add_administrator(ADMIN, PASSWORD)
    from entrepot.web.discovery.models import Detail, Finding
    from entrepot.web.runs.bringing import bring

    began = time.perf_counter()
    bring(folder)
    took = time.perf_counter() - began
    peak = peak_gib()
    kept = {"findings": Finding.objects.count(), "details": Detail.objects.count()}
    size = (
        Path(home / "entrepot.sqlite3").stat().st_size / 2**20 if not os.environ.get("DATABASE_URL") else None
    )
    return {"index_s": took, "index_peak_gib": peak, "database_mib": size, **kept}


class Browser:
    """One signed-in client on one connection kept open."""

    def __init__(self, port: int, cookies: Mapping[str, str] | None = None) -> None:
        self.connection = http.client.HTTPConnection("localhost", port, timeout=60)
        self.cookies = dict(cookies or {})
        if not cookies:
            self._sign_in()

    def _sign_in(self) -> None:
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', self.get("/sign-in/login/"))
        assert token is not None
        form = {"login": ADMIN, "password": PASSWORD, "csrfmiddlewaretoken": token[1]}
        self._send("POST", "/sign-in/login/", urlencode(form))

    def get(self, path: str, *, is_part: bool = False) -> str:
        """The page at `path`, or a part of one as htmx asks for it; raises where it is not one."""
        status, text = self._send("GET", path, is_part=is_part)
        if status != 200:
            raise RuntimeError(f"{path}: {status}")
        return text

    def timed(self, name: str, path: str) -> dict[str, float]:
        """Milliseconds of the page at `path`, under `name`, and of the picture that it asks for then, if it does."""
        began = time.perf_counter()
        text = self.get(path)
        took = {name: 1000 * (time.perf_counter() - began)}
        if wanted := picture_of(text):
            began = time.perf_counter()
            self.get(wanted, is_part=True)
            took[name + PICTURE] = 1000 * (time.perf_counter() - began)
        return took

    def _send(self, method: str, path: str, body: str = "", *, is_part: bool = False) -> tuple[int, str]:
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        headers = {"Cookie": cookies, "Content-Type": "application/x-www-form-urlencoded"}
        headers |= {"HX-Request": "true"} if is_part else {}
        self.connection.request(method, path, body or None, headers)
        answer = self.connection.getresponse()
        for said in answer.headers.get_all("Set-Cookie") or ():
            self.cookies |= {name: morsel.value for name, morsel in SimpleCookie(said).items()}
        return answer.status, answer.read().decode()


def picture_of(page: str) -> str:
    """The address at which a page asks for its picture on a wide screen; empty where it holds it.

    >>> picture_of('<span hx-get="/findings/r/a/purchases?width=wide">')
    '/findings/r/a/purchases?width=wide'
    """
    found = re.search(r'hx-get="([^"]+/purchases\?width=wide)"', page)
    return found[1] if found else ""


Pages = Mapping[str, Callable[[np.random.Generator], str]]


def pages(run: str, listed: Sequence[str], everybody: Sequence[str]) -> Pages:
    """What a person asks for: a kind of page, and how one address of it is drawn."""
    deep = len(listed) // 50

    def one(addresses: Sequence[str]) -> Callable[[np.random.Generator], str]:
        return lambda draw: str(draw.choice(addresses))

    kinds = [urlencode({"kind": kind}) for kind in KINDS]
    return {
        "home": one(["/"]),
        "findings": one(["/findings"]),
        "sorted": one(
            [
                f"/findings?sort={s}{least}"
                for s in ("excess", "revenue", "since")
                for least in ("", "&least=yes")
            ]
        ),
        "filtered": one(
            [
                f"/findings?{k}{more}"
                for k in kinds
                for more in ("", "&state=open", "&evidence=strong", "&sort=revenue")
            ]
        ),
        "deep": lambda draw: f"/findings?page={draw.integers(deep // 2, deep)}",
        "below": one(
            [
                "/findings?shown=below",
                "/findings?shown=below&sort=revenue",
                "/findings?shown=below&evidence=strong",
            ]
        ),
        "below, deep": lambda draw: f"/findings?shown=below&page={draw.integers(500, 2000)}",
        "searched": lambda draw: f"/findings?q={str(draw.choice(listed))[:7]}",
        "actor": lambda draw: f"/findings/{run}/{draw.choice(listed[:300])}",
        "actor, first view": lambda draw: f"/findings/{run}/{draw.choice(listed)}",
        "household": lambda draw: f"/findings/{run}/{draw.choice(everybody)}",
    }


WEIGHTS = {
    "home": 2,
    "findings": 4,
    "sorted": 3,
    "filtered": 4,
    "deep": 2,
    "below": 1,
    "below, deep": 1,
    "searched": 2,
    "actor": 6,
    "actor, first view": 1,
    "household": 0.2,
}


def load(
    anna: Browser, what: Pages, *, people: int, seconds: float, think_s: float
) -> dict[str, list[float]]:
    """Milliseconds of every answer by kind of page, asked by `people`, who are `anna` and think in between."""
    took: dict[str, list[float]] = defaultdict(list)
    failed: list[str] = []
    until = time.perf_counter() + seconds
    names = list(what)
    weights = np.array([WEIGHTS[name] for name in names])

    def person(number: int) -> None:
        draw, browser = np.random.default_rng(number), Browser(anna.connection.port, anna.cookies)
        while time.perf_counter() < until:
            time.sleep(draw.exponential(think_s))
            name = str(draw.choice(names, p=weights / weights.sum()))
            try:
                for each, ms in browser.timed(name, what[name](draw)).items():
                    took[each].append(ms)
            except RuntimeError as error:
                failed.append(str(error))

    threads = [threading.Thread(target=person, args=(n,)) for n in range(people)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise RuntimeError("; ".join(failed[:3]))
    return took


def quantiles(took: Mapping[str, Sequence[float]]) -> dict[str, dict[str, float]]:
    """Of each kind of page, of all pages, and of these and their pictures: how many, p50, p95 and the longest in
    milliseconds."""
    of_pages = [ms for name, times in took.items() if not name.endswith(PICTURE) for ms in times]
    of_all = [ms for times in took.values() for ms in times]
    every = {**took, "all pages": of_pages} | ({"all, with pictures": of_all} if of_all != of_pages else {})
    return {
        name: {
            "n": len(ms),
            "p50_ms": float(np.quantile(ms, 0.5)),
            "p95_ms": float(np.quantile(ms, 0.95)),
            "max_ms": max(ms),
        }
        for name, ms in every.items()
    }


def alone(browser: Browser, what: Pages, each: int) -> dict[str, dict[str, float]]:
    """The same by one person without a pause: what a page costs."""
    draw = np.random.default_rng(99)
    took: dict[str, list[float]] = {}
    for name, address in what.items():
        browser.get(address(draw))
        for _ in range(each):
            for what_came, ms in browser.timed(name, address(draw)).items():
                took.setdefault(what_came, []).append(ms)
    return quantiles(took)


def served(home: Path, port: int, workers: int) -> tuple[subprocess.Popen[bytes], Browser]:
    """A server of `home`, and somebody who is signed in there."""
    command = [
        sys.executable,
        "-m",
        "entrepot",
        "serve",
        "--home",
        str(home),
        "--port",
        str(port),
        "--workers",
        str(workers),
    ]
    started = subprocess.Popen(command, stderr=subprocess.DEVNULL, start_new_session=True)
    for _ in range(480):
        try:
            return started, Browser(port)
        except OSError:
            time.sleep(0.5)
    raise RuntimeError("the server does not answer")


def measure(
    actors: int, folder: Path, *, workers: int, people: int, seconds: float, think_s: float
) -> dict[str, Any]:
    """Make, index, serve and ask; everything that came of it."""
    run, home = folder / "runs" / "1m", folder / "home"
    if not run.exists():
        made_run(run, actors)
    table = pq.read_table(run / "findings.parquet", columns=["actor_id", "flagged", "resale_evidence"])
    order = table.filter(table["flagged"]).sort_by([("resale_evidence", "descending")])
    listed, everybody = order["actor_id"].to_pylist(), table["actor_id"].to_pylist()
    kept = folder / "indexed.json"
    if not kept.exists():
        command = [sys.executable, "-m", "benchmarks.pages_web", "--index", str(home), str(run)]
        kept.write_text(
            subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()[-1]
        )
    server, anna = served(home, PORT, workers)
    try:
        what = pages(run.name, listed, everybody)
        before = os.getloadavg()[0]
        cost = alone(anna, what, each=20)
        strongest, others = listed[:PAINTED], listed[-PAINTED:]
        paths = [f"/findings/{run.name}/{actor}" for actor in (*strongest, *others)]
        painted = first_paint.paints(f"http://localhost:{PORT}", anna.cookies, paths)
        together = quantiles(load(anna, what, people=people, seconds=seconds, think_s=think_s))
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait()
    return {
        "actors": actors,
        "listed": len(listed),
        "people": people,
        "think_s": think_s,
        "workers": workers,
        "load_of_the_machine_before": before,
        **json.loads(kept.read_text()),
        "one_person": cost,
        "first_paint_of_actor": painted,
        "twenty": together,
    }


def main() -> None:
    """Measure runs of the sizes given."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("actors", nargs="?", type=int, default=1_000_000)
    parser.add_argument("--out", type=Path, default=Path("build/benchmarks"))
    parser.add_argument("--folder", type=Path, help="where the run and the server are kept for another time")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--people", type=int, default=PEOPLE)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    parser.add_argument("--think", type=float, default=THINK_S)
    parser.add_argument("--index", nargs=2, type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.index:
        print(json.dumps(indexed(*asked.index)))
        return
    with tempfile.TemporaryDirectory() as name:
        found = measure(
            asked.actors,
            asked.folder or Path(name),
            workers=asked.workers,
            people=asked.people,
            seconds=asked.seconds,
            think_s=asked.think,
        )
    asked.out.mkdir(parents=True, exist_ok=True)
    path = asked.out / f"pages-web-{asked.actors:08d}.json"
    path.write_text(json.dumps(found, indent=1))
    print(path)


if __name__ == "__main__":
    main()
