"""Many who answer one round at once, through the whole web app, on the database that DATABASE_URL names.

`python -m benchmarks.rounds_at_once HOME [PEOPLE] [PROCESSES]` makes a server and an open round, and starts itself for
each process. One person in ten is a leader and answers by name; the others draw a code and spend it, each sending the
last form twice. What is lost, counted twice or readable before the close would show in what is printed.
"""

from __future__ import annotations

import json
import os
import re
import sqlite3
import subprocess
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

PEOPLE, PROCESSES, THREADS = 50, 2, 8
UNITS = ("sales", "legal", "marketing", "strategy")
SIGNED_IN = "allauth.account.auth_backends.AuthenticationBackend"
SAID = {
    "status": "given",
    "legitimacy_short": "1",
    "efficiency_short": "-1",
    "reason_code": "",
    "reason": "so it is",
}


def configured(home: str) -> Any:
    from entrepot.web.configuring import configure
    from entrepot.web.home import Home

    here = Home(Path(home), os.environ.get("DATABASE_URL", ""))
    configure(here)
    return here


def make(home: str, people: int) -> int:
    """A server with an open round; returns its number."""
    Path(home).mkdir(parents=True, exist_ok=True)
    here = configured(home)
    from django.utils import timezone

    from entrepot.web import starting
    from entrepot.web.people.models import Colleague
    from entrepot.web.sensemaking import leading

    starting.prepare(here)
    by = Colleague.objects.add("lead@firm.example", roles=["facilitator"])
    asked = []
    for number in range(people):
        email = f"p{number}@firm.example"
        Colleague.objects.add(email, roles=["stakeholder"])
        level = "staff" if number % 10 else "leader"
        asked.append(leading.Newcomer(UNITS[number % len(UNITS)], level, email=email))
    question = leading.ask("Do we want resellers?", "", "sales", by=by)
    leading.add(question, asked, by=by)
    how = leading.Asking("blind", "reasons", timezone.now() + timedelta(days=1))
    return int(leading.open_round(question, how, by=by).pk)


def answer(pk: int, number: int, told: list[tuple[str, int, float]]) -> None:
    """One person, from the invitation to the answer; `told` says what came back, and how long each took."""
    from django.db import connection
    from django.test import Client

    from entrepot.web.people.models import Colleague

    client, browser = Client(), Client()
    began = time.perf_counter()
    try:
        client.force_login(Colleague.objects.get(email=f"p{number}@firm.example"), backend=SIGNED_IN)
        address = f"/rounds/{pk}/answer"
        if number % 10 == 0:
            status = client.post(address, SAID).status_code
            told.append(("by name", status, time.perf_counter() - began))
            return
        token = re.search(r'name="token" value="([^"]+)"', client.get(address).content.decode())
        assert token is not None
        drawn = re.search(
            r'class="secret code">([^<]+)<', client.post(address, {"token": token[1]}).content.decode()
        )
        assert drawn is not None
        first = browser.post("/ballot/", {"code": drawn[1], **SAID}).status_code
        told.append(("ballot", first, time.perf_counter() - began))
        again = browser.post("/ballot/", {"code": drawn[1], **SAID}).status_code
        told.append(("again", again, 0.0))
    finally:
        connection.close()


def work(home: str, pk: int, numbers: list[int]) -> None:
    configured(home)
    told: list[tuple[str, int, float]] = []
    waiting = iter(numbers)
    lock = threading.Lock()

    def one_after_the_other() -> None:
        while True:
            with lock:
                number = next(waiting, None)
            if number is None:
                return
            answer(pk, number, told)

    threads = [threading.Thread(target=one_after_the_other) for _ in range(min(THREADS, len(numbers)))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(json.dumps(told))


def main(home: str, people: int = PEOPLE, processes: int = PROCESSES) -> dict[str, Any]:
    """What came of it, as one object."""
    pk = make(home, people)
    from django.db import connections

    connections.close_all()
    began = time.perf_counter()
    command = [sys.executable, "-m", "benchmarks.rounds_at_once", home]
    working = [
        subprocess.Popen(
            [*command, "work", str(pk), json.dumps(list(range(n, people, processes)))],
            stdout=subprocess.PIPE,
            text=True,
        )
        for n in range(processes)
    ]
    told = [tuple(each) for one in working for each in json.loads(one.communicate(timeout=1200)[0])]
    seconds = time.perf_counter() - began
    readable = readable_before_the_close(home)
    from entrepot.web.people.models import Colleague
    from entrepot.web.records.models import verify
    from entrepot.web.sensemaking import leading
    from entrepot.web.sensemaking.models import Answer, Ballot, Code, Drawn, Reason, Round

    here = Round.objects.get(pk=pk)
    drawn, left = Drawn.objects.count(), Code.objects.count()
    leading.close(here, by=Colleague.objects.get(email="lead@firm.example"))
    times = sorted(each[2] for each in told if each[0] != "again")
    return {
        "people": people,
        "by_name": Answer.objects.count(),
        "drawn": drawn,
        "codes_left": left,
        "ballots": Ballot.objects.count(),
        "reasons": Reason.objects.count(),
        "told": {f"{what} {status}": sum(each[:2] == (what, status) for each in told)
                 for what, status in sorted({each[:2] for each in told})},
        "broken": len(verify().broken),
        "readable_before_the_close": readable,
        "seconds": round(seconds, 1),
        "a_person_median_s": round(times[len(times) // 2], 2),
        "a_person_p95_s": round(times[int(len(times) * 0.95)], 2),
    }  # fmt: skip


def readable_before_the_close(home: str) -> bool:
    """Whether the files of the embedded database hold an answer that anybody can read; by names they do."""
    folder = Path(home)
    file = folder / "entrepot.sqlite3"
    if not file.is_file():
        return False
    with sqlite3.connect(file) as base:
        rows = base.execute("SELECT sealed FROM sensemaking_sealedbox").fetchall()
        rows += base.execute("SELECT said FROM sensemaking_ballot").fetchall()
        rows += base.execute("SELECT text FROM sensemaking_reason").fetchall()
    return len(rows) != 1 or "legitimacy" in str(rows) or "so it is" in str(rows)


if __name__ == "__main__":
    if len(sys.argv) > 3 and sys.argv[2] == "work":
        work(sys.argv[1], int(sys.argv[3]), json.loads(sys.argv[4]))
    else:
        print(json.dumps(main(sys.argv[1], *map(int, sys.argv[2:4]))))
