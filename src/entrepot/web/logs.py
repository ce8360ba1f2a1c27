"""Logs as JSON lines, without a word about a person: which page, by its pattern, how it went, how long it took.

Paths carry ids and queries carry searches, so neither is written; a colleague is not named. The number of a request
is also on the page of an error, so that one finds the other. Of the page of blind ballots nothing is written.
"""

from __future__ import annotations

import json
import logging
import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from time import perf_counter
from traceback import walk_tb
from types import FrameType, TracebackType

from django.http import HttpRequest, HttpResponse

requests = logging.getLogger("entrepot.web.requests")
EXTRA = ("request", "route", "method", "status", "milliseconds")


class JsonLines(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage() if record.name.startswith("entrepot") else record.msg,
            **{name: value for name in EXTRA if (value := getattr(record, f"log_{name}", None)) is not None},
        }
        if record.exc_info and record.exc_info[0]:
            line["error"] = record.exc_info[0].__name__
            line["where"] = [
                f"{frame.f_code.co_filename.rpartition('/')[2]}:{number}"
                for frame, number in _frames(record.exc_info[2])
            ]
        return json.dumps(line, ensure_ascii=False, default=str)


def _frames(trace: TracebackType | None) -> list[tuple[FrameType, int]]:
    return list(walk_tb(trace))[-8:]


class RequestLog:
    """Gives each request a number and writes one line when it is answered."""

    def __init__(self, answer: Callable[[HttpRequest], HttpResponse]) -> None:
        self._answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.number = secrets.token_hex(6)
        began = perf_counter()
        response = self._answer(request)
        if getattr(request, "unseen", False):  # a blind ballot: no line, at no time
            return response
        route = request.resolver_match.route if request.resolver_match else ""
        requests.info(
            "answered",
            extra={
                "log_request": request.number,
                "log_route": route,
                "log_method": request.method,
                "log_status": response.status_code,
                "log_milliseconds": round(1000 * (perf_counter() - began), 1),
            },
        )
        response["X-Request"] = request.number
        return response
