"""The gallery of Figure 2: four columns, and in each what somebody may see of what was observed.

What is sensitive, and where a concealed source is, stays in the vault: others are told that something is hidden, and
no filter of theirs finds it, because a filter that finds is an answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from entrepot.report.words import day
from entrepot.web.discovery import informality, observing_actors
from entrepot.web.discovery.models import Finding, Observation, ObservedActor
from entrepot.web.discovery.observing_files import is_image
from entrepot.web.discovery.observing_forms import SOURCES, STEP_TITLES, FilterForm
from entrepot.web.permissions import may

ON_A_PAGE = 60
ENOUGH_SOURCES = 2
VAULT = "see sensitive observations"


@dataclass(frozen=True)
class Tile:
    """One observation as it hangs in the gallery."""

    it: Observation
    source: str | Promise  # in words; empty where it is concealed
    place: str
    pseudonym: str
    seen_on: str
    has_picture: bool
    has_file: bool
    actors: Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Column:
    """One of the four steps."""

    letter: str
    title: str | Promise
    tiles: Sequence[Tile]


@dataclass(frozen=True)
class OfActor:
    """What was seen of one actor: how many kinds of source agree that there is something, and informality as seen."""

    code: str
    actor_id: str
    address: str
    sources: Sequence[str | Promise]
    register: Sequence[informality.Seen]
    cell: str | Promise

    @property
    def is_triangulated(self) -> bool:
        return len(self.sources) >= ENOUGH_SOURCES


@dataclass(frozen=True)
class Gallery:
    """The page. `hidden` is how many stand in the vault, of the actor asked for or of all."""

    sentence: str
    columns: Sequence[Column]
    hidden: int
    form: FilterForm
    filtered: bool
    actor: OfActor | None
    sheet: Page[Observation]
    query: str


def gallery(form: FilterForm, *, colleague: Any, today: date, number: Any = 1) -> Gallery:
    """The gallery as `colleague` may see it, by the filters of `form`."""
    said = form.cleaned_data if form.is_valid() else {}
    vault, kept = may(colleague, VAULT), Observation.objects.filter(expires_on__gt=today)
    asked = actors_called(said.get("actor") or "")
    of_those = kept if asked is None else kept.filter(actors__actor_id__in=asked).distinct()
    seen = of_those if vault else of_those.exclude(sensitivity="sensitive")
    wanted = _filtered(seen, said, vault=vault)
    sheet = Paginator(wanted.select_related("file").prefetch_related("actors"), ON_A_PAGE).get_page(number)
    return Gallery(
        sentence=_sentence(seen, vault=vault),
        columns=_columns(sheet, vault=vault, step=said.get("step") or ""),
        hidden=of_those.count() - seen.count(),
        form=form,
        filtered=any(said.values()),
        actor=of_actor(asked[0], colleague=colleague, today=today) if asked and len(asked) == 1 else None,
        sheet=sheet,
        query=form.data.urlencode() if hasattr(form.data, "urlencode") else "",
    )


def actors_called(name: str) -> list[str] | None:
    """The actor ids of a code or id; None where nothing is asked for."""
    name = name.strip()
    if not name:
        return None
    ids = set(Finding.objects.filter(code=name.upper()).values_list("actor_id", flat=True))
    ids |= set(ObservedActor.objects.filter(actor_id=name).values_list("actor_id", flat=True))
    return sorted(ids) or [name]


def _filtered(seen: QuerySet[Observation], said: Mapping[str, Any], *, vault: bool) -> QuerySet[Observation]:
    if said.get("step"):
        seen = seen.filter(step=said["step"])
    if said.get("since"):
        seen = seen.filter(seen_on__gte=said["since"])
    if said.get("until"):
        seen = seen.filter(seen_on__lte=said["until"])
    tells_the_source = Q()
    if said.get("source"):
        tells_the_source &= Q(source_type=said["source"])
    if said.get("place"):
        tells_the_source &= Q(place__icontains=said["place"])
    if tells_the_source and not vault:
        tells_the_source &= Q(is_source_concealed=False)
    return seen.filter(tells_the_source)


def _columns(sheet: Sequence[Observation] | Page[Observation], *, vault: bool, step: str) -> list[Column]:
    rows = list(sheet)
    known = {
        a["actor_id"]: a for a in observing_actors.named({o.actor_id for r in rows for o in r.actors.all()})
    }
    return [
        Column(letter, title, [tile(row, vault=vault, known=known) for row in rows if row.step == name])
        for letter, (name, title) in zip("ABCD", STEP_TITLES.items(), strict=True)
        if step in ("", name)
    ]


def tile(row: Observation, *, vault: bool, known: Mapping[str, Mapping[str, Any]]) -> Tile:
    """`row` as somebody with or without the key of the `vault` sees it."""
    tells = vault or not row.is_source_concealed
    return Tile(
        it=row,
        source=SOURCES.get(row.source_type, row.source_type) if tells else "",
        place=row.place if tells else "",
        pseudonym=row.pseudonym if tells else "",
        seen_on=day(row.seen_on),
        has_picture=tells and is_image(row.file),
        has_file=tells and row.file is not None,
        actors=[known[a.actor_id] for a in row.actors.all()],
    )


def of_actor(actor_id: str, *, colleague: Any, today: date) -> OfActor:
    """What was seen of one actor, in all runs: for the gallery, and for the page of the actor."""
    rows = list(visible(colleague, today=today).filter(actors__actor_id=actor_id))
    vault = may(colleague, VAULT)
    told = [row for row in rows if vault or not row.is_source_concealed]
    kinds = sorted({row.source_type for row in told})
    named = observing_actors.named([actor_id])[0]
    return OfActor(
        code=named["code"], actor_id=actor_id, address=named["address"],
        sources=[SOURCES.get(kind, kind) for kind in kinds],
        register=informality.register(told), cell=informality.cell(rows),
    )  # fmt: skip


def tiles_of(actor_id: str, *, colleague: Any, today: date) -> list[Tile]:
    """What was seen of one actor as tiles, latest first."""
    rows = visible(colleague, today=today).filter(actors__actor_id=actor_id)
    columns = _columns(
        list(rows.select_related("file").prefetch_related("actors")), vault=may(colleague, VAULT), step=""
    )
    return [tile for column in columns for tile in column.tiles]


def visible(colleague: Any, *, today: date) -> QuerySet[Observation]:
    """The observations that `colleague` may see on the day `today`."""
    kept = Observation.objects.filter(expires_on__gt=today)
    return kept if may(colleague, VAULT) else kept.exclude(sensitivity="sensitive")


def _sentence(seen: QuerySet[Observation], *, vault: bool) -> str:
    number = seen.values("pk").distinct().count()
    if not number:
        return _("Nothing was seen outside the orders yet")
    told = seen if vault else seen.filter(is_source_concealed=False)
    pairs = set(
        ObservedActor.objects.filter(observation__in=told.values("pk")).values_list(
            "actor_id", "observation__source_type"
        )
    )
    actors = {actor for actor, _source in pairs}
    agreed = sum(len({s for a, s in pairs if a == actor}) >= ENOUGH_SOURCES for actor in actors)
    said = ngettext("%(n)s observation", "%(n)s observations", number) % {"n": f"{number:,}"}
    of = (
        ngettext("of %(n)s actor", "of %(n)s actors", len(actors)) % {"n": f"{len(actors):,}"}
        if actors
        else ""
    )
    both = _("; %(n)s of them seen by two or more kinds of source") % {"n": agreed} if actors else ""
    return f"{said} {of}{both}".strip()
