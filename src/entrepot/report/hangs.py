"""The part of the page that says how much hangs on customer-entrepreneurs: its first screen and its section."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from entrepot.report import depend_figures as drawn
from entrepot.report import depend_words as words
from entrepot.report.depend import Depend
from entrepot.report.figures import Figure, Table
from entrepot.report.headline import Number
from entrepot.report.listed import codes_of
from entrepot.report.reading import RunFolder


@dataclass(frozen=True)
class Hangs:
    """What the template shows of interdependence, in its order."""

    told: bool  # whether anything but the coverage can be told
    sentence: str
    detail: Sequence[str]
    numbers: Sequence[Number]
    how_sure: str
    share: Figure | None
    hindsight: Figure | None
    figures: Sequence[Figure]
    untold: Sequence[str]
    coverage: str
    coverage_table: Table
    mutual: Table | None
    targets: Table | None
    efficiency: str
    efficiency_table: Table | None


def hangs(run: RunFolder, measured: Depend) -> Hangs:
    """What the measures of `run` say."""
    return Hangs(
        told=measured.can_tell,
        sentence=words.share_sentence(measured),
        detail=words.lede(measured),
        numbers=words.numbers(measured),
        how_sure=words.evident_sentence(measured),
        share=drawn.share_figure(measured),
        hindsight=drawn.hindsight_figure(measured),
        figures=drawn.figures(measured),
        untold=drawn.untold_displacements(measured),
        coverage=words.coverage_sentence(measured) + ".",
        coverage_table=drawn.coverage_table(measured),
        mutual=drawn.mutual_table(measured, codes_of(run)),
        targets=drawn.targets_table(measured),
        efficiency=words.efficiency_sentence(measured),
        efficiency_table=drawn.efficiency_table(measured),
    )
