"""Whether the server lives, and what it has to do: for those who watch it, in numbers, without a word about a person.

`/health` is open and says no more than yes or no. `/metrics` is Prometheus' text, for who may read records and for
whoever has the `metrics_token` of server.toml.
"""

from __future__ import annotations

import os
import secrets
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from time import perf_counter

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from entrepot.web.access import needs, open_to_all
from entrepot.web.api.guard import Key, bearer
from entrepot.web.api.problems import NO_KEY, Refused
from entrepot.web.discovery.models import FLAGGED, Finding, Turn
from entrepot.web.failing import as_json
from entrepot.web.people.models import Colleague
from entrepot.web.records.models import Head
from entrepot.web.runs.models import Run

KIND = "text/plain; version=0.0.4; charset=utf-8"
ANSWERED: Counter[str] = Counter()
KNOWN: set[str] = set()
SECONDS: defaultdict[str, float] = defaultdict(float)


class Counted:
    """Counts what this process answers, by the hundred of its status, and how long it took."""

    def __init__(self, answer: Callable[[HttpRequest], HttpResponse]) -> None:
        self._answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        began = perf_counter()
        response = self._answer(request)
        kind = f"{response.status_code // 100}xx"
        ANSWERED[kind] += 1
        SECONDS[kind] += perf_counter() - began
        return response


@require_safe
@open_to_all
@never_cache
def health(request: HttpRequest) -> JsonResponse:
    """Alive, with a database that answers and has every table."""
    try:
        connection.ensure_connection()
        said = {"alive": True, "database": True, "migrations": _has_every_table()}
    except DatabaseError:
        said = {"alive": True, "database": False, "migrations": False}
    return JsonResponse(said, status=200 if all(said.values()) else 503)


def _has_every_table() -> bool:
    """Asked until it is so; after that no table goes."""
    if "whole" not in KNOWN:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            return False
        KNOWN.add("whole")
    return True


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Numbers for Prometheus."""
    text = bearer(request)
    if text is None:
        return _by_session(request)
    token = settings.METRICS_TOKEN
    if token and secrets.compare_digest(text.encode(), token.encode()):
        return _told()
    try:
        known = Key("read records")(request)
    except Refused as refused:
        return as_json(refused.problem, getattr(request, "number", ""))
    return _told() if known else as_json(NO_KEY)


metrics.needs = "read records"


@needs("read records")
def _by_session(request: HttpRequest) -> HttpResponse:
    return _told()


def _told() -> HttpResponse:
    return HttpResponse("".join(f"{line}\n" for line in _lines()), content_type=KIND)


def _lines() -> Iterator[str]:
    head = Head.objects.filter(pk=1).first()
    yield from _metric("records", "gauge", "Records in the chain.", {"": head.number if head else 0})
    yield from _metric("colleagues", "gauge", "Who may come in.",
                       {"": Colleague.objects.filter(is_active=True).count()})  # fmt: skip
    runs = dict(Run.objects.values_list("state").annotate(n=Count("pk")).order_by())
    yield from _metric("runs", "gauge", "Runs by state.", {f'state="{s}"': n for s, n in runs.items()})
    listed = Finding.objects.filter(FLAGGED, run=Run.current())
    states = dict(listed.values_list("state").annotate(n=Count("pk")).order_by())
    yield from _metric("findings", "gauge", "Listed findings of the current run, by state.",
                       {f'state="{s}"': n for s, n in states.items()})  # fmt: skip
    queues = dict(Turn.objects.filter(done_at=None).values_list("queue").annotate(n=Count("pk")).order_by())
    yield from _metric("waiting", "gauge", "Findings that wait in a queue.",
                       {f'queue="{q}"': n for q, n in queues.items()})  # fmt: skip
    process = f'process="{os.getpid()}"'
    yield from _metric("requests_total", "counter", "Answers of this process.",
                       {f'{process},status="{s}"': n for s, n in sorted(ANSWERED.items())})  # fmt: skip
    yield from _metric("request_seconds_total", "counter", "Time for the answers of this process.",
                       {f'{process},status="{s}"': n for s, n in sorted(SECONDS.items())})  # fmt: skip


def _metric(name: str, kind: str, about: str, values: dict[str, float]) -> Iterator[str]:
    yield f"# HELP entrepot_{name} {about}"
    yield f"# TYPE entrepot_{name} {kind}"
    for labels, value in values.items():
        yield f"entrepot_{name}{{{labels}}} {value}" if labels else f"entrepot_{name} {value}"
