"""What the web app itself holds on a person, beside the runs: found, handed out, erased.

A person is found as `privacy.find` finds them: per run, their customer ids and their actor, and whether the actor is
this person alone. What is said of a group stays, without this person in it; what is said of the person goes.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq
from django.db.models import Q, QuerySet
from django.forms.models import model_to_dict

from entrepot.privacy import OTHER, Subject
from entrepot.run import plain
from entrepot.web.actors.models import Correction
from entrepot.web.discovery import observing_acts
from entrepot.web.discovery.models import (
    Appeal,
    Detail,
    Finding,
    ImportedLabel,
    Observation,
    Picture,
    Review,
    Turn,
)
from entrepot.web.discovery.observing_files import discard
from entrepot.web.interdependence.models import Answer
from entrepot.web.protection import naming
from entrepot.web.protection.deleting import delete_with_dependents
from entrepot.web.protection.naming import ERASED
from entrepot.web.records import models as records
from entrepot.web.records.models import Body
from entrepot.web.runs.models import Upload

CONCEALED = "(source concealed)"
OF_THE_SOURCE = ("source_type", "place", "lawful_source", "role")
WITH_WORDS = ("review", "appeal decided", "actors corrected")
"""Kinds of record that hold what somebody wrote freely."""


@dataclass(frozen=True)
class Traces:
    """A person in all runs of the server."""

    subjects: Sequence[Subject]
    typed: frozenset[str] = frozenset()  # the id by which they asked, which no run may know

    @cached_property
    def customers(self) -> frozenset[str]:
        return self.typed.union(*(s.customers for s in self.subjects))

    @cached_property
    def others(self) -> frozenset[str]:
        return frozenset().union(*(s.others for s in self.subjects)) - self.customers

    @cached_property
    def actors(self) -> frozenset[str]:
        return frozenset().union(*(s.actors for s in self.subjects))

    @cached_property
    def alone(self) -> frozenset[str]:
        """The actors that are this person alone in every run that knows them."""
        shared = frozenset().union(*(s.actors for s in self.subjects if not s.alone))
        return self.actors - shared

    @property
    def runs(self) -> list[str]:
        return [s.run.folder.name for s in self.subjects]

    def findings(self, *, alone: bool | None = None) -> QuerySet[Finding]:
        """The findings of the person, run by run; with `alone` only where the actor is, or is not, they alone."""
        wanted = [s for s in self.subjects if alone is None or s.alone is alone]
        said = Q(pk__in=[])
        for s in wanted:
            said |= Q(run__name=s.run.folder.name, actor_id__in=s.actors)
        return Finding.objects.filter(said)

    def observations(self, actors: Collection[str]) -> QuerySet[Observation]:
        return Observation.objects.filter(actors__actor_id__in=actors).distinct()

    def labels(self) -> QuerySet[ImportedLabel]:
        own = Q(customer_id__in=self.customers) | Q(actor_id__in=self.alone) | Q(order_id__in=self._orders())
        return ImportedLabel.objects.filter(own)

    def corrections(self) -> list[Correction]:
        return [
            c for c in Correction.objects.all() if self.customers & {i for group in c.groups for i in group}
        ]

    def bodies(self) -> QuerySet[Body]:
        about = [f"actor:{a}" for a in self.actors] + [f"customer:{c}" for c in self.customers]
        return records.concerning(about).exclude(text=None)

    @property
    def is_known(self) -> bool:
        """Whether this app holds something of them, beside the runs."""
        return self.labels().exists() or bool(self.corrections())

    def _orders(self) -> list[str]:
        found: set[str] = set()
        for s in self.subjects:
            path = s.run.folder / "lines.parquet"
            if path.is_file():
                own = pc.field("customer_id").isin(sorted(s.customers))
                found |= set(pq.read_table(path, columns=["order_id"], filters=own)["order_id"].to_pylist())
        return sorted(found - {None})


def export(traces: Traces) -> dict[str, Any]:
    """What the web app holds on the person, as plain values, with other people's ids hidden."""
    findings = traces.findings()
    said = {
        "reviews": [_row(r, "finding", "turn", "form", "reviewer")
                    for r in Review.objects.filter(finding__in=findings)],
        "appeals": [_row(a, "finding", "link_digest", "made_by", "decided_by", "file")
                    for a in Appeal.objects.filter(finding__in=findings)],
        "observations": [_observed(o) for o in traces.observations(traces.actors)],
        "labels_of_other_tools": [_row(i, "batch") for i in traces.labels()],
        "corrections": [_row(c, "by", "run") for c in traces.corrections()],
        "records": [
            {"number": b.record_id, "at": b.record.at, "kind": b.record.kind, "body": json.loads(b.text or "{}")}
            for b in traces.bodies().select_related("record").order_by("record_id")
        ],
    }  # fmt: skip
    hidden = sorted(traces.others, key=len, reverse=True)
    return {name: _hide(rows, hidden) for name, rows in said.items()}


def erase(traces: Traces, *, by: str) -> dict[str, int]:
    """Delete what is said of the person, empty what records say; within a transaction. Returns how many of each.

    `to_read` are observations that also speak of others, or of a group: a person has to read them. What was written
    freely about a group goes too, since nobody can tell of whom in it that speaks; so does each word that names the
    person, wherever it stands.
    """
    words = naming.Words.of(traces.subjects, traces.customers)
    own = list(traces.observations(traces.alone).prefetch_related("actors"))
    theirs_alone = [o for o in own if {a.actor_id for a in o.actors.all()} <= traces.alone]
    shared = [o for o in own if o not in theirs_alone]
    of_groups = traces.observations(traces.actors - traces.alone).count()
    freely = _forget_what_was_written(traces)
    runs = {"run__name__in": traces.runs}
    Picture.objects.filter(**runs).delete()
    Answer.objects.filter(**runs).delete()
    for observation in shared:
        records.erase(observing_acts.about(observation))
        observation.actors.filter(actor_id__in=traces.alone).delete()
    done = {
        "observations": observing_acts.erase(theirs_alone, by=by, why="a person asked to be erased"),
        "to_read": len(shared) + of_groups,
        "labels": traces.labels().delete()[0],
        "corrections": sum(_correct(c, traces) for c in traces.corrections()),
        "findings": delete_with_dependents(traces.findings(alone=True)),
        "records": freely
        + sum(records.erase(f"actor:{a}") for a in traces.alone)
        + sum(records.erase(f"customer:{c}") for c in traces.customers),
    }
    done["records"] += naming.forget(words)
    return done


def _forget_what_was_written(traces: Traces) -> int:
    """Empty what people wrote of groups to which the person belongs; returns how many records were emptied."""
    of_groups = list(traces.findings(alone=False).values_list("pk", flat=True))
    Detail.objects.filter(finding__in=of_groups).delete()
    Turn.objects.filter(finding__in=of_groups).update(shown={})
    Review.objects.filter(finding__in=of_groups).exclude(note="").update(note=ERASED)
    appeals = Appeal.objects.filter(finding__in=of_groups)
    files = list(Upload.objects.filter(appeal__in=appeals))
    appeals.exclude(said="").update(said=ERASED)
    appeals.exclude(answer="").update(answer=ERASED)
    for file in files:
        discard(file)
    about = [f"actor:{a}" for a in traces.actors - traces.alone]
    return records.empty(records.concerning(about).filter(record__kind__in=WITH_WORDS))


def _correct(correction: Correction, traces: Traces) -> bool:
    """Take the person out of a correction; one that then says nothing goes."""
    groups = [[i for i in group if i not in traces.customers] for group in correction.groups]
    groups = [group for group in groups if group]
    correction.actors = [a for a in correction.actors if a not in traces.alone]
    says_something = len(groups) > 1 or any(len(group) > 1 for group in groups)
    if not says_something:
        correction.delete()
        return True
    correction.groups, correction.reason = groups, ERASED
    correction.save()
    return True


def _row(row: Any, *without: str) -> dict[str, Any]:
    """The fields of `row` as plain values; who of the firm did it is no data of the person."""
    return dict(plain({**model_to_dict(row, exclude=[*without, "id"]), **_instants(row)}))


def _instants(row: Any) -> Mapping[str, Any]:
    return {
        name: str(getattr(row, name)) for name in ("at", "said_at", "decided_at") if getattr(row, name, None)
    }


def _observed(observation: Observation) -> dict[str, Any]:
    said = _row(observation, "by", "file", "form", "changed_at")
    if observation.is_source_concealed:
        said |= dict.fromkeys(OF_THE_SOURCE, CONCEALED)
    return said


def _hide(value: Any, hidden: Sequence[str]) -> Any:
    if isinstance(value, Mapping):
        return {k: _hide(v, hidden) for k, v in value.items()}
    if isinstance(value, list):
        return [_hide(v, hidden) for v in value]
    for other in hidden if isinstance(value, str) else ():
        value = value.replace(other, OTHER)
    return value
