"""What a person says when they join or part actors, checked against the run; the same for pages and programs."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from entrepot.web.actors import correcting
from entrepot.web.actors.models import Correction
from entrepot.web.discovery.models import Finding
from entrepot.web.people.models import Colleague
from entrepot.web.runs.models import Run

MOST_WEIGHED = 20


class JoinForm(forms.Form):
    """Which actor it is joined with, how, and why."""

    other = forms.CharField(
        max_length=200, label=gettext_lazy("The other actor: its code, or one of its customers")
    )
    joins = forms.ChoiceField(
        choices=[
            ("actor", gettext_lazy("several persons who act together")),
            ("person", gettext_lazy("one person, or one household")),
        ],
        initial="actor",
        label=gettext_lazy("Together they are"),
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(max_length=500, label=gettext_lazy("Why? Without names"))


class PartForm(forms.Form):
    """Which customers are somebody else, and why."""

    reason = forms.CharField(max_length=500, label=gettext_lazy("Why? Without names"))


def members_of(run: Run, by: str, names: Sequence[str]) -> list[dict[str, Any]]:
    """The rows of the run's actors whose column `by` is in `names`, by customer; none where the run is gone."""
    path = run.path / "actors.parquet"
    if not path.is_file():
        return []
    rows = pq.read_table(path, filters=pc.field(by).isin(pa.array(names, pa.string()))).to_pylist()
    return sorted(rows, key=lambda row: row["customer_id"])


def weighed_with(run: Run, customers: Sequence[str]) -> list[dict[str, Any]]:
    """Links of `customers` that were found too light to join anybody, the strongest first."""
    path = run.path / "links.parquet"
    if not path.is_file():
        return []
    ends = pa.array(customers, pa.string())
    either = pc.field("customer_a").isin(ends) | pc.field("customer_b").isin(ends)
    rows = pq.read_table(path, filters=either & ~pc.field("used")).to_pylist()
    rows.sort(key=lambda row: (-row["probability"], row["customer_a"], row["customer_b"]))
    own = set(customers)
    return [
        {**row, "other": row["customer_b"] if row["customer_a"] in own else row["customer_a"]}
        for row in rows[:MOST_WEIGHED]
    ]


def joined(here: Finding, form: JoinForm, *, by: Colleague) -> Correction | None:
    """Record that `here` and the actor that a valid `form` names are one; None, with the error in `form`, if it
    names nobody else."""
    said = form.cleaned_data
    other = _other(here, said["other"].strip())
    if other is None:
        form.add_error("other", _("This run knows no other actor by that code or customer."))
        return None
    actors = [here.actor_id, other]
    rows = [members_of(here.run, "actor_id", [actor]) for actor in actors]
    groups = [[row["customer_id"] for row in each] for each in rows]
    return correcting.join(here.run, actors, groups, joins=said["joins"], reason=said["reason"], by=by)


def _other(here: Finding, named: str) -> str | None:
    """The id of the actor that `named` means: by code, by id, by customer; None for itself or nobody."""
    found = here.run.findings.filter(code__iexact=named).first()
    if found is not None:
        actor = found.actor_id
    elif members_of(here.run, "actor_id", [named]):
        actor = named
    else:
        rows = members_of(here.run, "customer_id", [named])
        actor = rows[0]["actor_id"] if rows else ""
    return actor if actor and actor != here.actor_id else None


def parted(here: Finding, chosen: Collection[str], form: PartForm, *, by: Colleague) -> Correction | None:
    """Record that the customers `chosen` of `here` are somebody else; None, with the error in `form`, if they are
    none or all of its customers."""
    customers = {row["customer_id"] for row in members_of(here.run, "actor_id", [here.actor_id])}
    apart = customers & set(chosen)
    if not apart or apart == customers:
        form.add_error(None, _("Choose some of the customers, not none and not all."))
        return None
    groups = [sorted(customers - apart), sorted(apart)]
    return correcting.part(here.run, here.actor_id, groups, reason=form.cleaned_data["reason"], by=by)
