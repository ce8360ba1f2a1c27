"""What happened when: the actor's first order, what the firm did, since when it was evident, who judged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from django.utils.translation import gettext as _

from entrepot.web.discovery.models import Finding, Review
from entrepot.web.discovery.queries import STATE_NAMES
from entrepot.web.runs.models import Run

TOLD_EVENTS = ("restriction", "launch")
MOST_EVENTS = 12


@dataclass(frozen=True)
class Moment:
    """A day and what happened; `kind` is first, event, evident, restriction, launch or review."""

    on: date
    kind: str
    what: str


def timeline(
    finding: Finding, told: Mapping[str, Any], reviews: Iterable[Review], events: Sequence[Mapping[str, Any]]
) -> list[Moment]:
    """The moments in their order."""
    moments = [_event(event) for event in _touching(events, told)]
    if told.get("first_on"):
        moments.append(Moment(date.fromisoformat(str(told["first_on"])[:10]), "first", _("First order")))
    if finding.first_evident_on:
        words = _("Evident from the orders known by then")
        moments.append(Moment(finding.first_evident_on, "evident", words))
    for review in reviews:
        verdict = STATE_NAMES.get(review.verdict, review.verdict)
        moments.append(Moment(review.at.date(), "review", _("Reviewed: %(verdict)s") % {"verdict": verdict}))
    return sorted(moments, key=lambda moment: moment.on)


def events_of(run: Run) -> Sequence[Mapping[str, Any]]:
    """The restrictions and launches of the run, read once a process; none where they cannot be read."""
    return _events(str(run.path / "events.parquet"), run.pk)


@lru_cache(maxsize=16)
def _events(path: str, run: int) -> tuple[Mapping[str, Any], ...]:
    try:
        rows = pq.read_table(path).to_pylist()
    except (OSError, pa.ArrowInvalid):
        return ()
    return tuple(row for row in rows if row.get("kind") in TOLD_EVENTS and row.get("starts_on"))


def _touching(events: Sequence[Mapping[str, Any]], told: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The events of what the actor buys and where, the latest that fit, after its first order."""
    products = {row["value"] for row in told["products"]}
    channels = {row["value"] for row in told["channels"]}
    since = str(told.get("first_on") or "")
    fitting = [
        event
        for event in events
        if str(event["starts_on"]) >= since
        and (not event.get("product_id") or event["product_id"] in products)
        and (not event.get("channel") or event["channel"] in channels)
    ]
    return sorted(fitting, key=lambda event: event["starts_on"])[-MOST_EVENTS:]


def _event(event: Mapping[str, Any]) -> Moment:
    where = ", ".join(str(event[name]) for name in ("product_id", "channel", "store_id") if event.get(name))
    named = {"restriction": _("A limit began"), "launch": _("A launch")}[event["kind"]]
    note = f" ({event['note']})" if event.get("note") else ""
    return Moment(event["starts_on"], event["kind"], f"{named}{': ' if where else ''}{where}{note}")
