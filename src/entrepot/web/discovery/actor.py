"""The page of one actor: what speaks for resale and what else could explain it, beside each other; then what is behind.

Whoever is listed is shown from the database. Of anybody else the run's tables are read for this page, by filter, so
that each of a million actors opens; and of a run whose folder is gone what was copied is still shown.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa

from entrepot.errors import InputError
from entrepot.report.around import called_of, weight_of
from entrepot.report.figures import NARROW, Figure, Table
from entrepot.report.joins import HOW, what_agrees
from entrepot.report.kept import told_of
from entrepot.report.listed import Card, Details, card
from entrepot.report.reading import RunFolder
from entrepot.report.words import count, day, month, plural
from entrepot.web.discovery.indexing import folder_of, row_of, unlisted
from entrepot.web.discovery.models import Detail, Finding
from entrepot.web.discovery.pictures import Drawn, Kept
from entrepot.web.runs.models import Run

MOST_LINKS_SHOWN = 30
ACROSS = (1100, NARROW)  # pixels
NOTHING: Mapping[str, Any] = {
    name: [] for name in ("evidence", "signals", "months", "products", "channels", "records", "members", "links")
}  # fmt: skip
UNREADABLE = (InputError, pa.ArrowInvalid, OSError, KeyError, ValueError)
"""What reading a run raises whose folder is gone, cut short or written by another hand."""


@dataclass(frozen=True)
class Linked:
    """One link between two records: which, what agrees, how heavily, and since when."""

    ends: str
    what: str
    how: str
    weight: str
    since: str
    used: bool


@dataclass(frozen=True)
class Product:
    """What was bought of one product; bars are from 0 to 100, where 100 is all units of the product bought most."""

    name: str
    units: str
    excess: str
    interval: str
    bar: int
    excess_bar: int


@dataclass(frozen=True)
class Shown:
    """What an actor's page and its panel show of the run. `is_told` is false where its tables cannot be read."""

    finding: Finding
    told: Mapping[str, Any]
    is_told: bool
    card: Card
    purchases: Drawn | None
    months: Table | None  # where there is no band to draw them on
    products: Sequence[Product]
    products_more: str
    channels: Table | None
    links: Sequence[Linked]
    links_more: str


def find(run: Run, actor_id: str) -> Finding | None:
    """The actor as a finding, saved or not; None where the run knows none of this id."""
    known = run.findings.filter(actor_id=actor_id).first()
    if known is not None or "\x00" in actor_id:
        return known
    try:
        return unlisted(run, actor_id)
    except UNREADABLE:
        return None


def told(finding: Finding, *, keep: bool = True) -> Mapping[str, Any] | None:
    """What the run says of the actor: kept, else read now, and then kept with `keep`; None where it cannot be read."""
    kept = Detail.objects.filter(finding_id=finding.pk).first() if finding.pk else None
    if kept is not None:
        return {**NOTHING, **kept.said}
    try:
        said = _read(finding)
    except UNREADABLE:
        return None
    if keep and finding.pk:
        Detail.objects.get_or_create(finding=finding, defaults={"said": said})
    return {**NOTHING, **said}


def _read(finding: Finding) -> dict[str, Any]:
    folder = folder_of(finding.run, actors=[finding.actor_id])
    rows = folder.findings.to_pylist() or [row_of(finding)]
    said = told_of(folder, rows)[finding.actor_id]
    if not finding.flagged:
        band = _band(folder, finding)
        said["months"] = [{**one, **band} for one in said["months"]]
    return said


def _band(folder: RunFolder, finding: Finding) -> dict[str, float]:
    """Personal use of a month, as the run has it for one listed who is as many persons; nothing where nobody is."""
    like = finding.run.findings.filter(flagged=True, persons=finding.persons).first()
    rows = (folder.table("purchases_monthly", actors=[like.actor_id]) if like else None) or ()
    return {name: rows[0][name] for name in ("personal_use_low", "personal_use_high")} if rows else {}


def shown(finding: Finding, *, draw: Collection[str] = ()) -> Shown:
    """Everything of the run that the page and the panel of `finding` show.

    The picture of purchases is drawn now in the widths of `draw`, else only where it is kept. What is drawn or read is
    kept with the picture, so that a page that draws nothing waits for no write.
    """
    said = told(finding, keep=bool(draw))
    row, run = row_of(finding), finding.run
    known = said or NOTHING
    details = Details.kept(finding.actor_id, known)
    made = card(_surroundings(run), row, finding.code, details)
    pictures = Kept.of(run, finding.actor_id, may_keep=finding.pk is not None)
    banded = any("personal_use_high" in one for one in known["months"])
    links = [_linked(link, called_of(known["records"])) for link in _own_links(known)]
    return Shown(
        finding=finding,
        told=known,
        is_told=said is not None,
        card=made,
        purchases=pictures.drawn("purchases", _across(made.purchases), now=draw) if banded else None,
        months=None if banded or not known["months"] else _months(known["months"]),
        products=_products(known),
        products_more=_products_more(known),
        channels=_channels(known["channels"]),
        links=links[:MOST_LINKS_SHOWN],
        links_more=f"{plural(len(links) - MOST_LINKS_SHOWN, 'lighter link')} not shown"
        if len(links) > MOST_LINKS_SHOWN
        else "",
    )


def _surroundings(run: Run) -> RunFolder:
    """What a card needs of the run besides the actor, from the database alone."""
    return RunFolder(folder=run.path, about=run.about, findings=pa.table({}))


def _across(figure: Figure | None) -> Figure | None:
    """The figure as wide as the page."""
    return figure and replace(figure, widths=ACROSS)


def _months(rows: Sequence[Mapping[str, Any]]) -> Table:
    body = [[month(str(row["month"])), count(row["units"])] for row in rows]
    return Table(["Month", "Units"], body, frozenset({1}))


def _products(known: Mapping[str, Any]) -> list[Product]:
    most = max((row["units"] for row in known["products"]), default=0.0) or 1.0
    return [
        Product(
            name=str(row["value"]),
            units=count(row["units"]),
            excess=count(row["excess_units"]),
            interval=f"{count(row['excess_units_low'])}–{count(row['excess_units_high'])}",
            bar=round(100 * max(0.0, row["units"]) / most),
            excess_bar=round(100 * max(0.0, row["excess_units"]) / most),
        )
        for row in known["products"]
    ]


def _products_more(known: Mapping[str, Any]) -> str:
    more = known.get("of_products", 0) - len(known["products"])
    return f"{plural(more, 'more product')} with fewer units." if more > 0 else ""


def _channels(rows: Sequence[Mapping[str, Any]]) -> Table | None:
    body = [
        [str(r["value"]), count(r["units"]), count(r["excess_units"]), day(str(r["last_on"]))] for r in rows
    ]
    head = ["Channel", "Units", "Beyond personal use", "Last bought"]
    return Table(head, body, frozenset({1, 2, 3})) if body else None


def _own_links(known: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The links among the actor's records, the heaviest first."""
    own = {record["n"] for record in known["records"]}
    return [link for link in known["links"] if link["a"] in own and link["b"] in own]


def _linked(link: Mapping[str, Any], called: Mapping[str, str]) -> Linked:
    return Linked(
        ends=f"{called[link['a']]} – {called[link['b']]}",
        what=what_agrees(link),
        how=HOW.get(str(link.get("kind")), str(link.get("kind") or "")),
        weight=weight_of(link),
        since=day(link.get("link_from")),
        used=bool(link.get("used", True)),
    )
