"""How quickly the web app answers with a million actors in the run, while twenty people leaf through it.

A run folder is made as `discover` would leave it (evidence, months, links and lines of those listed; findings of
everybody), brought into a server of its own, and the server is asked over HTTP by twenty clients at once who think for
a moment between two pages, as people do. Indexing is a process of its own, so that its peak memory is its own.

    python -m benchmarks.pages_web 1000000 --out FOLDER
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import re
import resource
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

LISTED_0_1, SPEAK_0_1, LINES_AN_ACTOR = 0.02, 0.15, 10
PEOPLE, SECONDS, THINK_S, PORT = 20, 60.0, 4.0, 8791
KINDS = ("stockist", "personal shopper", "ring", "wholesaler", "organisation, own use", "unclear")
SIGNALS = (
    "depth",
    "stock",
    "trips",
    "no habit",
    "pace",
    "lockstep",
    "many hands",
    "channel move",
    "market gap",
)
FIRST, MONTHS, PRODUCTS = date(2024, 1, 1), 24, 2_000
GIB = 2**20  # of ru_maxrss, which counts in KiB
ADMIN, PASSWORD = "bench@firm.example", "a long enough phrase"


def made_run(folder: Path, actors: int, *, seed: int = 1) -> None:
    """A run of `actors` in `folder`, with the tables that pages read."""
    folder.mkdir(parents=True)
    draw = np.random.default_rng(seed)
    ids = np.array([f"a{n:016x}" for n in draw.permutation(actors).astype(np.uint64) * np.uint64(2654435761)])
    listed, speak = int(actors * LISTED_0_1), int(actors * SPEAK_0_1)
    _write(folder, "findings", findings(draw, ids, listed, speak))
    _write(folder, "signals", signals(draw, ids[:speak]))
    _write(folder, "actors", {"customer_id": _customers(actors), "person_id": [f"p{i[1:]}" for i in ids],
                              "actor_id": ids, "role": ["sole"] * actors, "link_kind": pa.nulls(actors, pa.string()),
                              "link_probability": pa.nulls(actors, pa.float64()),
                              "link_from": pa.nulls(actors, pa.date32()), "why": pa.nulls(actors, pa.string())})  # fmt: skip
    _write(folder, "links", links(draw, actors))
    _write(folder, "lines", lines(draw, actors))
    told = ids[: min(listed, 5_000)]
    _write(folder, "evidence", evidence(told))
    _write(folder, "purchases_monthly", monthly(draw, ids[:listed]))
    (folder / "run.json").write_text(json.dumps(record(actors, listed)))


def _write(folder: Path, name: str, columns: Mapping[str, Any]) -> None:
    pq.write_table(pa.table(dict(columns)), folder / f"{name}.parquet", row_group_size=122_880)


def _customers(actors: int) -> list[str]:
    return [f"C{n:08d}" for n in range(actors)]


def findings(draw: np.random.Generator, ids: np.ndarray, listed: int, speak: int) -> dict[str, Any]:
    """Columns of findings.parquet: first those listed, then those whose orders speak, then the others."""
    n = len(ids)
    evidence = np.concatenate(
        [draw.gamma(2, 3, listed) + 3.2, draw.uniform(0, 3, speak - listed), draw.uniform(-2, 0, n - speak)]
    )
    excess = np.where(np.arange(n) < listed, draw.lognormal(4.5, 1, n), draw.lognormal(1, 1, n))
    kind = np.where(np.arange(n) < listed, draw.choice(KINDS, n), "household")
    since = [date(2024, 1 + k % 12, 28) if k < listed else None for k in range(n)]
    ends = {f"excess_{what}{end}": excess * part * price for what, price in (("units", 1), ("revenue", 60))
            for end, part in (("", 1.0), ("_low", 0.8), ("_high", 1.15))}  # fmt: skip
    return {
        "actor_id": ids, "customers": np.ones(n, np.int64), "persons": np.ones(n, np.int64), "resale_evidence": evidence,
        "resale_probability": 1 / (1 + np.exp(-evidence)), "q_value": np.where(np.arange(n) < listed, 0.02, 0.9),
        "flagged": np.arange(n) < listed, "kind": kind, "declared": np.where(draw.random(n) < 0.01, "yes", "no"),
        **ends, "revenue": excess * 60 + 900, "first_evident_on": pa.array(since, pa.date32()), "units": excess * 1.2 + 5,
        "first_on": pa.array([FIRST] * n, pa.date32()), "place": np.arange(n), "kind_if_business": kind,
    }  # fmt: skip


def signals(draw: np.random.Generator, ids: np.ndarray) -> dict[str, Any]:
    """Columns of signals.parquet: three answers for each actor whose orders speak."""
    names = np.array(SIGNALS)[draw.integers(0, len(SIGNALS), (len(ids), 3))].ravel()
    return {"actor_id": np.repeat(ids, 3), "signal": names, "log10_e": draw.gamma(2, 1, 3 * len(ids)),
            "detail": ["{}"] * (3 * len(ids))}  # fmt: skip


def links(draw: np.random.Generator, actors: int) -> dict[str, Any]:
    """Columns of links.parquet: one link for every third customer, to somebody near."""
    at = np.sort(draw.choice(actors - 8, actors // 3, replace=False))
    fields = json.dumps({"phone": {"agreed": "the same telephone", "weight_log2": 9.2}})
    n = len(at)
    return {"customer_a": [f"C{k:08d}" for k in at], "customer_b": [f"C{k + 1 + k % 7:08d}" for k in at],
            "kind": ["exact"] * n, "joins": ["person"] * n, "fields": [fields] * n, "weight_log2": draw.uniform(5, 30, n),
            "probability": draw.uniform(0.5, 1, n), "link_from": pa.array([FIRST] * n, pa.date32()),
            "used": draw.random(n) < 0.5, "why": ["the same telephone"] * n}  # fmt: skip


def lines(draw: np.random.Generator, actors: int) -> dict[str, Any]:
    """Columns of lines.parquet that pages read, in the order of arrival."""
    n = actors * LINES_AN_ACTOR
    who = pa.array(_customers(actors)).take(pa.array(draw.integers(0, actors, n)))
    products = pa.array([f"SKU-{k:05d}" for k in range(PRODUCTS)]).take(
        pa.array((draw.pareto(1.2, n) * 20).astype(np.int64) % PRODUCTS)
    )
    days = np.sort(draw.integers(0, 30 * MONTHS, n)) + np.datetime64(FIRST, "D").astype(np.int64)
    channels = pa.array(["web", "store", "duty-free"]).take(pa.array(draw.integers(0, 3, n)))
    return {"customer_id": who, "ordered_on": pa.array(days.astype(np.int32), pa.int32()).cast(pa.date32()),
            "product_id": products, "channel": channels, "quantity_net": draw.integers(1, 9, n).astype(float),
            "revenue_net": draw.uniform(5, 400, n)}  # fmt: skip


def evidence(ids: np.ndarray) -> dict[str, Any]:
    """Columns of evidence.parquet: six sentences and five explanations each."""
    said = "412 units of one product in 30 days; 999 of 1,000 households buy at most 6."
    rows = [("for", said, None, None)] * 4 + [("against", "As households: 16 products.", None, None)] * 2
    rows += [("innocent", None, name, "Everyday items are bought too.") for name in
             ("large family", "office or club", "gift season", "enthusiast or collector", "neighbours")]  # fmt: skip
    stance, sentence, explanation, told = (list(column) * len(ids) for column in zip(*rows, strict=True))
    return {"actor_id": np.repeat(ids, len(rows)), "place": list(range(len(rows))) * len(ids), "stance": stance,
            "sentence": sentence, "explanation": explanation, "for_text": told,
            "against_text": pa.nulls(len(stance), pa.string())}  # fmt: skip


def monthly(draw: np.random.Generator, ids: np.ndarray) -> dict[str, Any]:
    """Columns of purchases_monthly.parquet: every month of those listed."""
    months = [date(2024 + m // 12, m % 12 + 1, 1) for m in range(MONTHS)]
    n = len(ids) * MONTHS
    return {"actor_id": np.repeat(ids, MONTHS), "month": pa.array(months * len(ids), pa.date32()),
            "units": draw.poisson(12, n).astype(float), "personal_use_low": np.zeros(n),
            "personal_use_high": np.full(n, 7.0), "revenue": draw.uniform(10, 900, n)}  # fmt: skip


def record(actors: int, listed: int) -> dict[str, Any]:
    """What run.json says, as much as pages read."""
    return {"settings": {"fdr": 0.05}, "currency": "USD", "window_from": str(FIRST), "as_of": "2025-12-31",
            "created_at": "2026-01-05T08:00:00+00:00", "purpose": "benchmark", "pseudonym_key": "bench",
            "headline": {}, "discovery": {"categories": {"all": {"seen": True}}}, "counts": {"lines": actors * 10},
            "window_until": "2025-12-31", "retain_until": "2028-01-01", "note": f"{listed} listed"}  # fmt: skip


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
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / GIB
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

    def get(self, path: str) -> str:
        """The page at `path`; raises where it is not one."""
        status, text = self._send("GET", path)
        if status != 200:
            raise RuntimeError(f"{path}: {status}")
        return text

    def _send(self, method: str, path: str, body: str = "") -> tuple[int, str]:
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        headers = {"Cookie": cookies, "Content-Type": "application/x-www-form-urlencoded"}
        self.connection.request(method, path, body or None, headers)
        answer = self.connection.getresponse()
        for said in answer.headers.get_all("Set-Cookie") or ():
            self.cookies |= {name: morsel.value for name, morsel in SimpleCookie(said).items()}
        return answer.status, answer.read().decode()


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
        "sorted": one([f"/findings?sort={s}{least}" for s in ("excess", "revenue", "since") for least in ("", "&least=yes")]),
        "filtered": one([f"/findings?{k}{more}" for k in kinds for more in ("", "&state=open", "&evidence=strong", "&sort=revenue")]),
        "deep": lambda draw: f"/findings?page={draw.integers(deep // 2, deep)}",
        "below": one(["/findings?shown=below", "/findings?shown=below&sort=revenue", "/findings?shown=below&evidence=strong"]),
        "below, deep": lambda draw: f"/findings?shown=below&page={draw.integers(500, 2000)}",
        "searched": lambda draw: f"/findings?q={str(draw.choice(listed))[:7]}",
        "actor": lambda draw: f"/findings/{run}/{draw.choice(listed[:300])}",
        "actor, first view": lambda draw: f"/findings/{run}/{draw.choice(listed)}",
        "household": lambda draw: f"/findings/{run}/{draw.choice(everybody)}",
    }  # fmt: skip


WEIGHTS = {"home": 2, "findings": 4, "sorted": 3, "filtered": 4, "deep": 2, "below": 1, "below, deep": 1, "searched": 2,
           "actor": 6, "actor, first view": 1, "household": 0.2}  # fmt: skip


def load(
    anna: Browser, what: Pages, *, people: int, seconds: float, think_s: float
) -> dict[str, list[float]]:
    """Milliseconds of every answer by kind of page, asked by `people`, signed in as `anna`, who think `think_s` on average in between."""
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
            began = time.perf_counter()
            try:
                browser.get(what[name](draw))
            except RuntimeError as error:
                failed.append(str(error))
            took[name].append(1000 * (time.perf_counter() - began))

    threads = [threading.Thread(target=person, args=(n,)) for n in range(people)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise RuntimeError("; ".join(failed[:3]))
    return took


def quantiles(took: Mapping[str, Sequence[float]]) -> dict[str, dict[str, float]]:
    """Of each kind of page and of all: how many, and p50, p95 and the longest in milliseconds."""
    every = {**took, "all": [ms for times in took.values() for ms in times]}
    return {
        name: {"n": len(ms), "p50_ms": float(np.quantile(ms, 0.5)), "p95_ms": float(np.quantile(ms, 0.95)), "max_ms": max(ms)}
        for name, ms in every.items()
    }  # fmt: skip


def alone(browser: Browser, what: Pages, each: int) -> dict[str, dict[str, float]]:
    """The same by one person without a pause: what a page costs."""
    draw = np.random.default_rng(99)
    took: dict[str, list[float]] = {}
    for name, address in what.items():
        browser.get(address(draw))
        for _ in range(each):
            began = time.perf_counter()
            browser.get(address(draw))
            took.setdefault(name, []).append(1000 * (time.perf_counter() - began))
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
    for _ in range(120):
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
        together = quantiles(load(anna, what, people=people, seconds=seconds, think_s=think_s))
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait()
    return {"actors": actors, "listed": len(listed), "people": people, "think_s": think_s, "workers": workers,
            "load_of_the_machine_before": before, **json.loads(kept.read_text()), "one_person": cost,
            "twenty": together}  # fmt: skip


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
        found = measure(asked.actors, asked.folder or Path(name), workers=asked.workers, people=asked.people,
                        seconds=asked.seconds, think_s=asked.think)  # fmt: skip
    asked.out.mkdir(parents=True, exist_ok=True)
    path = asked.out / f"pages-web-{asked.actors:08d}.json"
    path.write_text(json.dumps(found, indent=1))
    print(path)


if __name__ == "__main__":
    main()
