"""The next run learns from what people said: one click asks for it, one page says what they changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from entrepot.web.actors.models import Correction
from entrepot.web.discovery.models import Finding, ImportedLabel, Review
from entrepot.web.people.models import Colleague
from entrepot.web.runs import queue
from entrepot.web.runs.models import WAITING, Run

MOST_SHOWN = 200


class NotAgain(Exception):
    """The run cannot be asked for again; the text says why and what to do."""


def ask_again(run: Run, by: Colleague, *, at: datetime | None = None) -> Run:
    """A waiting run as `run` was asked for, that reads what people said up to `at`; the one that waits already.

    Raises `NotAgain` where the server does not have its orders, or where it may read nothing of today.
    """
    at = at or timezone.now()
    _check(run, at)
    waiting = Run.objects.filter(previous=run, state=WAITING).exclude(labels_until=None)
    if waiting.update(labels_until=at):
        return waiting.get()
    return queue.ask(by=by, inputs=run.inputs, asked=run.asked, previous=run, labels_until=at)


def _check(run: Run, at: datetime) -> None:
    if not run.inputs.get("orders") and not run.asked.get("preset"):  # a preset may bring its own data
        raise NotAgain(
            _("This run was made elsewhere, so its orders are not here. Start a run with them, or give the labels "
              "to the command line.")
        )  # fmt: skip
    as_of = run.asked.get("as_of")
    if as_of and date.fromisoformat(str(as_of)[:10]) < at.astimezone(UTC).date():
        raise NotAgain(
            _("This run reads nothing after %(day)s, and so no review of today. Start one without that date.")
            % {"day": as_of}
        )


@dataclass(frozen=True)
class Taught:
    """What people said since the run was made, and no run has read yet."""

    reviews: int
    imported: int
    corrections: int

    def __bool__(self) -> bool:
        return bool(self.reviews or self.imported or self.corrections)


def not_yet_read(run: Run) -> Taught:
    """What was said after `run` read what people said."""
    after = run.labels_until or datetime.min.replace(tzinfo=UTC)
    return Taught(
        reviews=Review.objects.filter(at__gt=after, is_blind=False).count(),
        imported=ImportedLabel.objects.filter(batch__at__gt=after, batch__withdrawn_at=None).count(),
        corrections=Correction.objects.filter(at__gt=after, withdrawn_at=None).count(),
    )


@dataclass(frozen=True)
class Number:
    """A number of both runs; None where a run does not say it."""

    what: str
    before: float | None
    after: float | None


@dataclass(frozen=True)
class Changed:
    """What is different between a run and the one before it."""

    run: Run
    before: Run
    new: list[Finding]
    gone: list[Finding]
    other_kind: list[tuple[Finding, Finding]]
    numbers: list[Number]
    labels: dict[str, Any]
    corrections: dict[str, int]

    @property
    def is_nothing(self) -> bool:
        return not (self.new or self.gone or self.other_kind)


def changed(run: Run, before: Run) -> Changed:
    """Compare `run` with `before`; who is listed is read from the database, the rest from the two folders."""
    now, then = ({f.actor_id: f for f in each.findings.filter(flagged=True)} for each in (run, before))
    records = [_record(each) for each in (run, before)]
    return Changed(
        run=run,
        before=before,
        new=_strongest([f for actor, f in now.items() if actor not in then]),
        gone=_strongest([f for actor, f in then.items() if actor not in now]),
        other_kind=[(then[a], f) for a, f in now.items() if a in then and then[a].kind != f.kind][
            :MOST_SHOWN
        ],
        numbers=_numbers(len(now), len(then), *records),
        labels=(records[0].get("discovery") or {}).get("labels") or {},
        corrections=(records[0].get("actors") or {}).get("corrections") or {},
    )


def _strongest(findings: list[Finding]) -> list[Finding]:
    return sorted(findings, key=lambda f: (-f.resale_evidence, f.actor_id))[:MOST_SHOWN]


def _record(run: Run) -> dict[str, Any]:
    return dict(run.folder.record) if run.is_there else {}


def _numbers(listed: int, listed_before: int, now: dict[str, Any], then: dict[str, Any]) -> list[Number]:
    def share(record: dict[str, Any]) -> float | None:
        return (record.get("discovery") or {}).get("business_share_0_1")

    return [
        Number(_("on the list"), listed_before, listed),
        Number(_("γ, by which all evidence is reduced (1: not at all)"), then.get("gamma"), now.get("gamma")),
        Number(_("businesses among all buyers, in a hundred"), _hundred(share(then)), _hundred(share(now))),
    ]


def _hundred(share: float | None) -> float | None:
    return None if share is None else 100 * share
