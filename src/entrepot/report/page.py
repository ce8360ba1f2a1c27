"""The page as a dataclass, rendered by one template; everything from the data passes through autoescape."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from entrepot.report import words
from entrepot.report.audited import Fairness, audit_sentence, fairness
from entrepot.report.depend import depend
from entrepot.report.figures import Figure, Table, pictures
from entrepot.report.hangs import Hangs, hangs
from entrepot.report.headline import Headline, headline
from entrepot.report.listed import Listed, listed_section
from entrepot.report.promise import Promise, inputs_table, promise, sensitivity_figure, settings_table
from entrepot.report.reading import RunFolder, read_run
from entrepot.report.surroundings import evidence_figure, exposure_figures, kinds_figure
from entrepot.report.theme import style_sheet
from entrepot.report.unseen import BlindSpots, blind_spots


@dataclass(frozen=True)
class Page:
    """Everything that the template shows, in its order."""

    title: str
    subtitle: str
    version: str
    purpose: str
    headline: Headline
    hangs: Hangs | None  # None where the measures of interdependence were not made
    audit: str  # empty where nobody has reviewed
    evidence: Figure | None
    sensitivity: Figure | None
    listed: Listed
    kinds: Figure | None
    exposure: Sequence[Figure]
    blind: BlindSpots
    promise: Promise
    fairness: Fairness | None
    rate: str
    settings: Table
    inputs: Table


def page_of(run: RunFolder) -> Page:
    """The page of a run."""
    about, said, measured = run.about, headline(run), depend(run)
    return Page(
        title="Who buys beyond personal use",
        subtitle=f"Orders from {words.day(about.get('window_from'))} to {words.day(about.get('as_of'))}",
        version=str(about.get("entrepot_version") or ""),
        purpose=str(about.get("purpose") or ""),
        headline=said,
        hangs=None if measured is None else hangs(run, measured),
        audit=audit_sentence(run),
        evidence=None if said.state in ("cannot tell", "nobody") else evidence_figure(run),
        sensitivity=sensitivity_figure(run),
        listed=listed_section(run),
        kinds=kinds_figure(run),
        exposure=exposure_figures(run),
        blind=blind_spots(run),
        promise=promise(run),
        fairness=fairness(run),
        rate=words.in_hundred(run.fdr),
        settings=settings_table(run),
        inputs=inputs_table(run),
    )


def _prose(text: str) -> Markup:
    """Text with `commands` set as code; everything is escaped first."""
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(words.unbroken(text)))))


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("entrepot.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["pictures"] = pictures
    environment.filters["count"] = words.count
    environment.filters["prose"] = _prose
    environment.filters["unbroken"] = words.unbroken
    return environment


def html_of(run: RunFolder) -> str:
    """The report of a run as one HTML document."""
    environment = _environment()
    style = style_sheet() + "\n" + environment.get_template("report.css").render()
    script = environment.get_template("report.js").render()
    return environment.get_template("report.html").render(
        page=page_of(run),
        style=Markup(style),
        script=Markup(script),
        style_hash=_digest(style),
        script_hash=_digest(script),
    )


def write(folder: Path) -> Path:
    """Write `report.html` into the run `folder` and return its path; InputError where it is no whole run.

    Written beside and renamed, so that a report is whole or not there.
    """
    text = html_of(read_run(folder))
    path, unfinished = folder / "report.html", folder / ".report.html.unfinished"
    unfinished.write_text(text, encoding="utf-8")
    unfinished.replace(path)
    return path
