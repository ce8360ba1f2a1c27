"""What a study can say for its validity, each point with what the data show for it (Q19).

Construct and internal validity rest on several kinds of data, replication and member checks; external validity on
several cases followed over time. A point that is not met says what would meet it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from entrepot.sensemaking.coding.coders import readings
from entrepot.sensemaking.coding.member_checks import rounds
from entrepot.sensemaking.coding.paper_tables import collected
from entrepot.sensemaking.coding.replication import replication
from entrepot.sensemaking.coding.structure import misfits
from entrepot.sensemaking.coding.study import Study
from entrepot.sensemaking.moments import Moment


@dataclass(frozen=True)
class Point:
    """One point of the checklist: what it asks, what was found, and whether that meets it."""

    kind: str
    asks: str
    found: str
    met: bool


def validity(study: Study) -> list[Point]:
    """The checklist of a study, computed from its tables.

    >>> sum(point.met for point in validity(Study()))
    0
    """
    kinds = sorted({each.kind for each in study.sources})
    concepts = replication(study)
    kept = [each for each in concepts if each.decided != "excluded"]
    confirmed = sum(each.confirmed for each in kept)
    undecided = sum(each.proposed == "excluded" and not each.decided for each in concepts)
    done = rounds(study)
    answered = sum(each.fits + each.does_not_fit for each in done)
    cases = sorted({each.case for each in study.groups if each.case})
    bounds = collected(study)
    double = sum(len(them) > 1 for them in readings(study).values())
    dropped = sum(each.dropped for each in study.lenses)
    return [
        Point("construct", "several kinds of data", ", ".join(kinds) or "none", len(kinds) > 1),
        Point("construct", "each concept confirmed by two kinds of source", f"{confirmed} of {len(kept)}",
              bool(kept) and confirmed == len(kept)),
        Point("construct", "each idiosyncratic concept decided, with a reason", f"{undecided} wait",
              bool(concepts) and undecided == 0),
        Point("internal", "informants have checked the findings", f"{answered} answers in {len(done)} rounds",
              answered > 0),
        Point("internal", "every correction was answered", f"{sum(len(each.waiting) for each in done)} wait",
              bool(done) and not any(each.waiting for each in done)),
        Point("internal", "other theories were tried", f"{len(study.lenses)} tried, {dropped} dropped",
              dropped > 0),
        Point("internal", "two coders read the same texts", f"{double} texts", double > 0),
        Point("internal", "every code has its place", f"{len(misfits(study))} without",
              bool(study.codes) and not misfits(study)),
        Point("external", "several cases", ", ".join(cases) or "none", len(cases) > 1),
        Point("external", "followed over time", _span(bounds), _years(bounds) > 0),
    ]  # fmt: skip


def _span(bounds: Sequence[Moment]) -> str:
    if not bounds:
        return "no dates"
    first, last = min(bounds, key=lambda each: each.begins), max(bounds, key=lambda each: each.ends)
    return f"{first} to {last}"


def _years(bounds: Sequence[Moment]) -> int:
    return max((each.ends.year for each in bounds), default=0) - min(
        (each.begins.year for each in bounds), default=0
    )
