"""What the server holds, for what purpose, until when: one row a run and one a store, and what is past its day.

Times are the firm's: `purpose` and `retain_until` of each run, `expires_on` of each observation, and for the rest
`[keep]` in server.toml. A round has a `retain_until` of its own, told to those who are asked. The default is that of
`people`: 24 months for orders and for what people concluded, and findings without a review go with their run.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from django.conf import settings
from django.db.models import Max, QuerySet, Sum
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from entrepot import privacy
from entrepot.report.words import day
from entrepot.run import Run as Folder
from entrepot.units import first_of_month, month_number
from entrepot.web.coding.models import Sealed, Text
from entrepot.web.discovery import observing_acts
from entrepot.web.discovery.models import Appeal, Finding, Observation
from entrepot.web.protection.models import SubjectRequest
from entrepot.web.records.models import Record
from entrepot.web.runs.models import DONE, RUNNING, WAITING, Run, Upload
from entrepot.web.sensemaking import retaining
from entrepot.web.sensemaking.models import PURGED, Answer, Round, Version

USUAL_MONTHS = {"uploads_months": 24, "reviewed_findings_months": 24}
OF_OTHERS = ("observation", "appeal")
"""Uploads that go with what they belong to, and not by their own age."""


@dataclass(frozen=True)
class HeldRun:
    """A run folder: its purpose, and until when it may be kept."""

    name: str
    purpose: str
    made_on: str
    until: str
    is_over: bool


@dataclass(frozen=True)
class Store:
    """What is kept beside the runs: what, why, how much, until when, and how many are past their day."""

    title: str | Promise
    purpose: str | Promise
    number: str
    until: str
    over: int


@dataclass(frozen=True)
class Held:
    """Everything that is held."""

    runs: Sequence[HeldRun]
    stores: Sequence[Store]

    @property
    def over(self) -> int:
        return sum(run.is_over for run in self.runs) + sum(store.over for store in self.stores)


def months_kept(name: str) -> int:
    """How many months the firm keeps something, by server.toml or by default."""
    return int(settings.ENTREPOT.settings.get("keep", {}).get(name, USUAL_MONTHS[name]))


def before(on: date, months: int) -> date:
    """The day `months` before the first of the month of `on`, so that nothing goes a day too early."""
    return first_of_month(month_number(on) - months)


def held(*, on: date) -> Held:
    """What is held on the day `on`."""
    folders = [run for folder in privacy.runs_in(home_runs()) if (run := _run(folder, on)) is not None]
    gone = gone_runs()
    return Held(
        folders,
        [
            _findings(gone),
            _conclusions(gone, on),
            _observations(on),
            _testimony(),
            _rounds(on),
            _accounts(),
            _uploads(on),
            _requests(),
            _records(),
        ],
    )


def home_runs() -> Path:
    return Path(settings.ENTREPOT.runs)


def _run(folder: Folder, on: date) -> HeldRun | None:
    try:
        record = folder.record
        until = date.fromisoformat(record["retain_until"])
    except (ValueError, KeyError, OSError):
        return None
    return HeldRun(
        folder.folder.name, str(record.get("purpose") or ""), day(str(record.get("created_at") or "")), day(until),
        until <= on,
    )  # fmt: skip


def gone_runs() -> list[int]:
    """Whole runs whose folder is no longer there; each folder is looked for."""
    return [run.pk for run in Run.objects.filter(state=DONE) if not run.is_there]


def copies_of(gone: Collection[int]) -> QuerySet[Finding]:
    """Findings without a review of the runs that are `gone`."""
    return Finding.objects.filter(run_id__in=gone, reviews__isnull=True, appeals__isnull=True)


def old_conclusions(gone: Collection[int], *, on: date) -> QuerySet[Finding]:
    """Reviewed findings of the runs that are `gone`, last judged before the time for which the firm keeps that."""
    last = before(on, months_kept("reviewed_findings_months"))
    rows = Finding.objects.filter(run_id__in=gone, reviews__isnull=False)
    return rows.annotate(last_review=Max("reviews__at")).filter(last_review__date__lt=last)


def old_uploads(*, on: date) -> list[Upload]:
    """Uploads older than the firm keeps them, but for those that a run waits for or reads."""
    needed: set[str] = set()
    for run in Run.objects.filter(state__in=(WAITING, RUNNING)):
        needed |= {str(path) for path in run.inputs.values()}
    rows = Upload.objects.exclude(table__in=OF_OTHERS).filter(
        at__date__lt=before(on, months_kept("uploads_months"))
    )
    return [
        u
        for u in rows
        if u.path not in needed and str(Path(settings.ENTREPOT.uploads) / u.path) not in needed
    ]


def _findings(gone: Collection[int]) -> Store:
    number = Finding.objects.filter(reviews__isnull=True).count()
    title, why = _("Findings without a review"), _("to be reviewed; copies of the runs' tables")
    return Store(title, why, f"{number:,}", _("as long as their run"), copies_of(gone).count())


def _conclusions(gone: Collection[int], on: date) -> Store:
    number = Finding.objects.filter(reviews__isnull=False).distinct().count()
    appeals = Appeal.objects.exclude(said_at=None).count()
    months = months_kept("reviewed_findings_months")
    until = _("%(n)s months after the last review, once the run is gone") % {"n": months}
    said = f"{number:,}" + (ngettext(", %s appeal", ", %s appeals", appeals) % appeals if appeals else "")
    title, why = (
        _("Reviewed findings, with reviews and appeals"),
        _("labels of the next run; proof of who concluded what"),
    )
    return Store(title, why, said, until, old_conclusions(gone, on=on).count())


def _observations(on: date) -> Store:
    kept = Observation.objects.filter(expires_on__gt=on)
    nearest = kept.order_by("expires_on").values_list("expires_on", flat=True).first()
    until = _("until the day that each states") + (f"; {_('next')}: {day(nearest)}" if nearest else "")
    over = observing_acts.expired(on=on).count()
    return Store(
        _("Observations"), _("each states its need and its lawful source"), f"{kept.count():,}", until, over
    )


def _testimony() -> Store:
    number = Text.objects.count() + Sealed.objects.count()
    title, why = _("What people said"), _("coded, to see how often it comes back")
    until = _("as long as its study; withdrawn consent takes it out at once")
    return Store(title, why, ngettext("%(n)s text", "%(n)s texts", number) % {"n": f"{number:,}"}, until, 0)


def _uploads(on: date) -> Store:
    rows = Upload.objects.exclude(table__in=OF_OTHERS)
    size = rows.aggregate(size=Sum("size_bytes"))["size"] or 0
    until = _("%(n)s months after they were sent in") % {"n": months_kept("uploads_months")}
    number = f"{rows.count():,} ({size / 2**20:,.0f} MB)"
    return Store(_("Uploads"), _("input of runs, as it was sent in"), number, until, len(old_uploads(on=on)))


def _requests() -> Store:
    number = f"{SubjectRequest.objects.count():,}"
    return Store(
        _("Requests of subjects"),
        _("proof that they were answered; a digest, no id"),
        number,
        _("with the server"),
        0,
    )


def _rounds(on: date) -> Store:
    """What colleagues said in rounds, by name or blind, until the day that each round told them."""
    kept = Round.objects.exclude(state=PURGED)
    number, answers = kept.count(), Answer.objects.count()
    said = ngettext("%(n)s round, %(a)s answers by name", "%(n)s rounds, %(a)s answers by name", number)
    nearest = kept.order_by("retain_until").values_list("retain_until", flat=True).first()
    until = _("until the day that each told") + (f"; {_('next')}: {day(nearest)}" if nearest else "")
    why = _("how the firm came to its accounts; blind answers carry no name, time or order")
    counts = said % {"n": f"{number:,}", "a": f"{answers:,}"}
    return Store(_("Views in rounds"), why, counts, until, retaining.over(on=on).count())


def _accounts() -> Store:
    """Acts and accounts with their signatures: what the firm decided, and who carries it or dissents."""
    number = Version.objects.count()
    said = ngettext("%s version", "%s versions", number) % f"{number:,}"
    return Store(_("Accounts"), _("what the firm came to, and who signed it"), said, _("with the server"), 0)


def _records() -> Store:
    number = f"{Record.objects.count():,}"
    why = _("who did what; a person is erased from a body, the chain stays whole")
    return Store(_("Records"), why, number, _("with the server"), 0)
