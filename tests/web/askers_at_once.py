"""Many who ask for runs, work at them and cancel them at once, on the database that DATABASE_URL names.

`python tests/web/askers_at_once.py HOME` prints what came of it: ten ask for a run each and ten press the button of one
form; then ten workers claim until nothing waits, while somebody cancels each run in the moment in which it is finished.
"""

import json
import os
import sys
from pathlib import Path
from threading import Barrier, Thread

from entrepot.web import starting
from entrepot.web.home import Home

ASKERS, WORKERS = 20, 10


def at_once(number, what):
    """Call `what` with 0, 1 … in `number` threads that begin at the same moment."""
    from django.db import connection

    barrier = Barrier(number)

    def call(place):
        barrier.wait()
        try:
            what(place)
        finally:
            connection.close()

    threads = [Thread(target=call, args=(place,)) for place in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def play():
    from entrepot.web.people.models import Colleague
    from entrepot.web.records.models import Record, verify
    from entrepot.web.runs import queue
    from entrepot.web.runs.models import CANCELLED, DONE, RUNNING, WAITING, Run

    by = Colleague.objects.add("anna@firm.example", roles=["analyst"])
    form = {"by": by, "inputs": {"orders": ["o.csv"]}, "asked": {}}
    at_once(ASKERS, lambda place: queue.ask(**form, ticket="form" if place % 2 else None))
    begun, at_work, both = [], [], []

    def take_turns(place):
        while Run.objects.filter(state__in=(WAITING, RUNNING)).exists():
            run = queue.claim(place)
            if run is None:
                continue
            begun.append(run.pk)
            at_work.append(Run.objects.filter(state=RUNNING).count())
            canceller = Thread(target=lambda run=run: queue.cancel(run, by=by) and both.append(run.pk))
            canceller.start()
            whole = queue.whole(run)
            canceller.join()
            queue.lost(run)
            both.append(run.pk) if whole else None

    at_once(WORKERS, take_turns)
    kinds = ("run asked for", "run whole", "run cancelled")
    return {
        "asked": Run.objects.count(),
        "names": len(set(Run.objects.values_list("name", flat=True))),
        "most_at_work": max(at_work),
        "begun_twice": len(begun) - len(set(begun)),
        "over": Run.objects.filter(state__in=(DONE, CANCELLED)).count(),
        "cancelled_and_whole": len(both) - len(set(both)),
        "records": Record.objects.filter(kind__in=kinds).count(),
        "broken": len(verify().broken),
    }


if __name__ == "__main__":
    starting.prepare(Home(Path(sys.argv[1]), os.environ.get("DATABASE_URL", "")))
    print(json.dumps(play()))
