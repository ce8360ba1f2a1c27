"""Rows as the API says them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from entrepot.web.actors.models import Correction
from entrepot.web.api import shapes
from entrepot.web.discovery import appeals
from entrepot.web.discovery.models import (
    APPEALED,
    Appeal,
    Finding,
    ImportedLabel,
    LabelImport,
    Observation,
    Review,
    Turn,
)
from entrepot.web.discovery.observing_forms import version
from entrepot.web.people.models import ApiKey, Colleague
from entrepot.web.protection.models import SubjectRequest
from entrepot.web.runs.models import Run, Upload

OF_A_FINDING = [name for name in shapes.FindingOut.model_fields if name not in ("run", "state")]


def run(row: Run) -> shapes.RunOut:
    return shapes.RunOut(
        name=row.name, state=row.state, asked_at=row.asked_at, started_at=row.started_at, ended_at=row.ended_at,
        step=row.step, steps_done=row.steps_done, headline=shapes.Headline(**row.headline), about=row.about,
        mistakes=row.mistakes(), previous=row.previous.name if row.previous else None,
    )  # fmt: skip


def _own(row: Finding, *, blind: bool = False) -> dict[str, Any]:
    fields = {name: getattr(row, name) for name in OF_A_FINDING}
    return {**fields, "run": row.run.name, "state": None if blind else row.state}


def finding(row: Finding, *, blind: bool = False) -> shapes.FindingOut:
    """`blind` keeps back what was concluded before."""
    return shapes.FindingOut(**_own(row, blind=blind))


def evidence(row: Finding, signals: list[dict[str, Any]], told: Mapping[str, Any] | None) -> shapes.Evidence:
    """`told` is what the page of the actor tells; None where the run's tables cannot be read."""
    listed = [shapes.Signal(**each) for each in signals]
    return shapes.Evidence(**_own(row), signals=listed, detail=None if told is None else dict(told))


def turn(row: Turn) -> shapes.TurnOut:
    shown = finding(row.finding, blind=row.queue == "second")
    return shapes.TurnOut(
        turn=row.pk, queue=row.queue, due_at=row.due_at, held_until=row.held_until, finding=shown,
        shown=row.shown, appeal=_appeal_of(row),
    )  # fmt: skip


def _appeal_of(row: Turn) -> str | None:
    waiting = appeals.waiting(row.finding) if row.queue == APPEALED else None
    return waiting.said if waiting else None


def file(row: Upload) -> shapes.FileOut:
    names = ("name", "table", "size_bytes", "sha256", "columns", "at")
    return shapes.FileOut(number=row.pk, by=row.sender, **{name: getattr(row, name) for name in names})


def appeal(row: Appeal) -> dict[str, Any]:
    names = ("made_at", "expires_at", "said", "said_at", "answer_by", "decided_at", "upheld", "answer")
    return {
        **{name: getattr(row, name) for name in names},
        "number": row.pk, "run": row.finding.run.name, "actor_id": row.finding.actor_id, "code": row.finding.code,
        "made_by": row.made_by.mark, "decided_by": row.decided_by.mark if row.decided_by else None,
    }  # fmt: skip


def review(row: Review) -> shapes.ReviewOut:
    names = ("verdict", "kind", "reason", "shown_because", "shown_probability_0_1", "is_blind", "at")
    return shapes.ReviewOut(
        number=row.pk, run=row.finding.run.name, actor_id=row.finding.actor_id, code=row.finding.code,
        reviewer=row.reviewer.mark, **{name: getattr(row, name) for name in names},
    )  # fmt: skip


OF_THE_SOURCE = ("source_type", "place", "pseudonym", "role", "lawful_source", "need")
OF_AN_OBSERVATION = ("step", "caption", "seen_on", "sensitivity", "is_source_concealed", "expires_on", "rules_touched",
                     "legitimacy", "at")  # fmt: skip


def observation(row: Observation, *, tells: bool) -> shapes.ObservationOut:
    """`tells` says whether who asks may know the source."""
    source: dict[str, Any] = {name: getattr(row, name) if tells else None for name in OF_THE_SOURCE}
    own: dict[str, Any] = {name: getattr(row, name) for name in OF_AN_OBSERVATION}
    return shapes.ObservationOut(
        number=row.pk, version=version(row), by=row.by.mark, actors=[a.actor_id for a in row.actors.all()],
        has_file=tells and row.file_id is not None, **source, **own,
    )  # fmt: skip


def label(row: Review) -> shapes.LabelOut:
    return shapes.LabelOut(
        actor_id=row.finding.actor_id, verdict=row.verdict, kind=row.kind or None, reviewer=row.reviewer.mark,
        reason=row.reason, shown_because=row.shown_because, shown_probability_0_1=row.shown_probability_0_1,
        reviewed_at=row.at,
    )  # fmt: skip


def imported_label(row: ImportedLabel, *, names: bool) -> shapes.LabelOut:
    """Ids of customers and orders only where `names` may be seen."""
    return shapes.LabelOut(
        actor_id=row.actor_id or None, customer_id=(row.customer_id or None) if names else None,
        order_id=(row.order_id or None) if names else None, verdict=row.verdict, kind=row.kind or None,
        source=row.batch.source, reason=row.reason or None, shown_because="imported",
        reviewed_at=row.reviewed_at,
    )  # fmt: skip


def label_import(row: LabelImport) -> shapes.ImportOut:
    return shapes.ImportOut(
        number=row.pk, source=row.source, by=row.by.mark, at=row.at, agreement=row.agreement,
        withdrawn_at=row.withdrawn_at,
    )  # fmt: skip


def correction(row: Correction, *, names: bool) -> shapes.CorrectionOut:
    return shapes.CorrectionOut(
        number=row.pk, kind=row.kind, actors=row.actors, groups=row.groups if names else None,
        run=row.run.name if row.run else None, reason=row.reason, by=row.by.mark, at=row.at,
        withdrawn_at=row.withdrawn_at,
    )  # fmt: skip


def subject(row: SubjectRequest) -> shapes.SubjectOut:
    names = ("kind", "customer_id", "customer_digest", "note", "at", "done_at", "lifted_at")
    return shapes.SubjectOut(number=row.pk, by=row.by.mark, **{name: getattr(row, name) for name in names})


def colleague(row: Colleague) -> shapes.ColleagueOut:
    names = ("mark", "email", "name", "is_active", "joined_at")
    roles = sorted(role.role for role in row.roles.all())
    return shapes.ColleagueOut(number=row.pk, roles=roles, **{name: getattr(row, name) for name in names})


def key(row: ApiKey) -> dict[str, Any]:
    names = ("mark", "name", "scopes", "made_at", "expires_on", "revoked_at", "used_at")
    fields = {name: getattr(row, name) for name in names}
    return {**fields, "number": row.pk, "owner": f"colleague:{row.colleague_id}"}
