"""Actors as people name them, by code or id of any run, and as observations name them back."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from typing import Any
from urllib.parse import urlencode

import pyarrow.compute as pc
import pyarrow.parquet as pq
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from entrepot.web.discovery.models import Finding
from entrepot.web.runs.models import DONE, Run

MOST = 50
RUNS_ASKED = 5


def found(named: Sequence[str]) -> list[str]:
    """The actor ids of what somebody `named`; raises `ValidationError` for a name that is none, or that is several."""
    if len(named) > MOST:
        raise ValidationError(_("At most %(most)s actors for one observation.") % {"most": MOST})
    ids = [_one(name) for name in dict.fromkeys(named)]
    return list(dict.fromkeys(ids))


def _one(name: str) -> str:
    ids = set(
        Finding.objects.filter(Q(actor_id=name) | Q(code=name.upper())).values_list("actor_id", flat=True)
    )
    ids = ids or _in_tables(name)
    if not ids:
        raise ValidationError(_("No run knows “%(name)s”.") % {"name": name[:60]})
    if len(ids) > 1:
        raise ValidationError(
            _("“%(name)s” is the code of several actors; give the actor id.") % {"name": name[:60]}
        )
    return str(ids.pop())


def _in_tables(actor_id: str) -> set[str]:
    """The id itself where one of the latest runs knows it: a household has no row in the database."""
    for run in Run.objects.filter(state=DONE)[:RUNS_ASKED]:
        path = run.path / "findings.parquet"
        if path.is_file():
            rows = pq.read_table(path, columns=["actor_id"], filters=pc.field("actor_id") == actor_id)
            if rows.num_rows:
                return {actor_id}
    return set()


def codes(actor_ids: Collection[str]) -> Mapping[str, str]:
    """Actor id → the code of its latest finding, or the id itself."""
    rows = Finding.objects.filter(actor_id__in=list(actor_ids)).order_by("run__ended_at", "run_id")
    return {**{a: a for a in actor_ids}, **dict(rows.values_list("actor_id", "code"))}


def address_of(actor_id: str) -> str:
    """The page of an actor in the latest run that found it, or the gallery of what was seen of it."""
    found_in = Finding.objects.filter(actor_id=actor_id).select_related("run")
    latest = found_in.order_by("-run__ended_at", "-run_id").first()
    if latest is not None:
        with suppress(NoReverseMatch):
            return reverse("findings_actor", args=[latest.run.name, actor_id])
    return f"{reverse('observations')}?{urlencode({'actor': actor_id})}"


def named(actor_ids: Collection[str]) -> list[dict[str, Any]]:
    """Each actor as a page shows it: `actor_id, code, address`."""
    known = codes(actor_ids)
    return [{"actor_id": a, "code": known[a], "address": address_of(a)} for a in actor_ids]
