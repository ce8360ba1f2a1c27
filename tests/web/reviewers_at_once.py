"""Fifty reviewers at once, in processes of ten threads, on the database that DATABASE_URL names: what came of it.

`python tests/web/reviewers_at_once.py HOME` makes the server and the run, and starts itself for each process. A
reviewer takes the next finding, judges it, sends the form twice, and now and then one that somebody else holds.
"""

import json
import os
import random
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "report"))
sys.path.insert(0, str(Path(__file__).parents[1]))

PROCESSES, THREADS, LISTED = 5, 10, 100


def configured(home):
    from entrepot.web.configuring import configure
    from entrepot.web.home import Home

    here = Home(Path(home), os.environ.get("DATABASE_URL", ""))
    configure(here)
    return here


def make(home):
    # Written once: a process that read it while another wrote it anew would see an empty file, and draw again.
    Path(home).mkdir(parents=True, exist_ok=True)
    Path(home, "server.toml").write_text("second_share = 0\n")
    here = configured(home)
    from made_run import made_run

    from entrepot.web import starting
    from entrepot.web.people.models import Colleague
    from entrepot.web.runs.bringing import bring

    starting.prepare(here)
    bring(made_run(Path(home) / "made" / "first", actors=200, listed=LISTED))
    for number in range(PROCESSES * THREADS):
        Colleague.objects.add(f"r{number}@firm.example", roles=["reviewer"])


def judge(number, said):
    """One reviewer, until nothing is left."""
    from django.db import connection

    from entrepot.web.discovery import queueing
    from entrepot.web.discovery.models import Turn
    from entrepot.web.discovery.reviewing import NotTaken, Said, conclude
    from entrepot.web.people.models import Colleague

    me, chance = Colleague.objects.get(email=f"r{number}@firm.example"), random.Random(number)
    try:
        while turn := queueing.take_next(me):
            form = f"{number}-{turn.pk}"
            answers = {conclude(turn, me, Said("confirmed", form)).pk for _ in range(2)}
            said.append([turn.pk, len(answers)])
            other = Turn.objects.filter(done_at=None).exclude(holder=None).order_by("?").first()
            if other is not None and chance.random() < 0.5:
                try:
                    conclude(other, me, Said("rejected", f"stolen-{form}"))
                    said.append([other.pk, -1])
                except NotTaken:
                    pass
    finally:
        connection.close()


def work(home, process):
    configured(home)
    said = []
    with ThreadPoolExecutor(THREADS) as threads:
        for judged in [threads.submit(judge, int(process) * THREADS + n, said) for n in range(THREADS)]:
            judged.result()
    print(json.dumps(said))


def main(home):
    make(home)
    from entrepot.web.discovery.models import Review, Turn

    before = Turn.objects.count()
    command = [sys.executable, __file__, home]
    working = [
        subprocess.Popen([*command, str(n)], stdout=subprocess.PIPE, text=True) for n in range(PROCESSES)
    ]
    told = [each.communicate(timeout=1_500)[0] for each in working]
    if any(each.returncode for each in working):
        sys.exit("a reviewer was stopped by an error")
    acknowledged = [pair for said in told for pair in json.loads(said)]
    from entrepot.web.records.models import Record, verify

    print(json.dumps({
        "before": before,
        "turns": Turn.objects.count(),
        "open": Turn.objects.filter(done_at=None).count(),
        "reviews": Review.objects.count(),
        "turns_reviewed": Review.objects.values("turn").distinct().count(),
        "acknowledged": len({turn for turn, _n in acknowledged}),
        "twice": sum(n != 1 for _turn, n in acknowledged),
        "records": Record.objects.filter(kind="review").count(),
        "broken": len(verify().broken),
        "reviewers": Review.objects.values("reviewer").distinct().count(),
    }))  # fmt: skip


if __name__ == "__main__":
    main(sys.argv[1]) if len(sys.argv) == 2 else work(*sys.argv[1:])
