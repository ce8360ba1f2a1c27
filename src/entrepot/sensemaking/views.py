"""What a round says of one dimension and horizon: how far people agree, by unit and level, and the leader–staff gap.

Only answers count here; what was read from a text has a sign and no place on a scale. Each figure carries its n and its
direction, and is withheld where a small group that answered blind could be read off it.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from entrepot.sensemaking import agreement as measures
from entrepot.sensemaking.small_groups import FEWEST, hidden
from entrepot.sensemaking.tables import DIMENSIONS, HORIZONS, Assessment

SCALE = range(-3, 4)
FIGURES = ("frequencies", "mean", "direction", "agreement", "agreement_low", "agreement_high", "polarisation",
           "ordinal_variation", "r_wg", "r_wg_skewed")  # fmt: skip
UNSTATED = "unstated"
Row = dict[str, Any]


def views(given: Sequence[Assessment]) -> list[Row]:
    """One row a dimension, horizon and group (`dimension, horizon, by, value`), with the figures of `FIGURES`.

    The interval of `agreement` is `agreement_low, agreement_high`. Those without a level are in no group by level.

    Numbers are None where they are withheld (`withheld`), or where n is 0.
    """
    rows = []
    for dimension, horizon in _asked(given):
        mine = [a for a in given if (a.dimension, a.horizon) == (dimension, horizon)]
        for by, groups in (
            ("all", {"all": mine}),
            ("unit", _by(mine, "unit")),
            ("level", _by(mine, "level")),
        ):
            gone = hidden({name: _blind(_overall(group)) for name, group in groups.items()})
            rows += [
                {
                    "dimension": dimension,
                    "horizon": horizon,
                    "by": by,
                    "value": name,
                    **_figures(group, name in gone),
                }
                for name, group in groups.items()
                if (by, name) != ("level", UNSTATED)
            ]
    return rows


def gaps(given: Sequence[Assessment]) -> list[Row]:
    """The gap, one row a dimension and horizon: the chance that a leader scores higher than one of the staff."""
    return _compared(given, "leaders", lambda a: a.level == "leader", "staff")


def named_against_blind(given: Sequence[Assessment]) -> list[Row]:
    """What a name changes (X04): the chance that one who is named scores higher than one who answers blind."""
    return _compared(given, "named", lambda a: a.attributed, "blind")


def reliability(given: Sequence[Assessment]) -> list[Row]:
    """Krippendorff's α (ordinal) of each dimension, over its horizons and facets, with a jackknife interval."""
    rows: list[Row] = []
    for dimension in DIMENSIONS:
        mine = [a for a in given if a.dimension == dimension]
        items = sorted({(a.horizon, a.facet) for a in mine})
        raters = sorted({a.stakeholder for a in mine})
        if len(items) < 2 or len(raters) < 2 or hidden({"all": _blind(mine)}):
            continue
        scores = {(a.stakeholder, a.horizon, a.facet): a.score for a in mine}
        table = [[scores.get((rater, *item)) for item in items] for rater in raters]
        found, low, high = measures.alpha_interval(table)
        rows.append({"dimension": dimension, "raters": len(raters), "items": len(items), "alpha": _known(found),
                     "alpha_low": _known(low), "alpha_high": _known(high)})  # fmt: skip
    return rows


def _asked(given: Sequence[Assessment]) -> list[tuple[str, str]]:
    overall = {(a.dimension, a.horizon) for a in given}
    return [(d, h) for d in DIMENSIONS for h in HORIZONS if (d, h) in overall]


def _by(given: Sequence[Assessment], name: str) -> dict[str, list[Assessment]]:
    groups: dict[str, list[Assessment]] = {}
    for one in given:
        groups.setdefault(getattr(one, name), []).append(one)
    return dict(sorted(groups.items()))


def _blind(given: Sequence[Assessment]) -> int:
    return len({a.stakeholder for a in given if not a.attributed})


def _overall(given: Sequence[Assessment]) -> list[Assessment]:
    return [a for a in given if a.facet == "overall"]


def _figures(group: Sequence[Assessment], withheld: bool) -> Row:
    overall = _overall(group)
    if withheld or not overall:
        return {"n": None if withheld else 0, "withheld": withheld, **dict.fromkeys(FIGURES)}
    scores = [float(a.score or 0.0) for a in overall]
    levels = Counter(round(score) for score in scores)
    frequencies = [levels[level] for level in SCALE]
    mean = sum(scores) / len(scores)
    return {
        "n": len(scores), "withheld": False, "frequencies": frequencies, "mean": mean,
        "direction": "for" if mean > 0 else "against" if mean < 0 else "neither",
        **_agreement(frequencies), "polarisation": measures.polarisation(frequencies),
        "ordinal_variation": _known(measures.ordinal_variation(frequencies)),
        "r_wg": _known(measures.within_group(scores, levels=len(SCALE))),
        "r_wg_skewed": _known(measures.within_group(scores, levels=len(SCALE), skewed=True)),
    }  # fmt: skip


def _agreement(frequencies: Sequence[int]) -> Row:
    found, low, high = measures.agreement_interval(frequencies)
    return {"agreement": found, "agreement_low": _known(low), "agreement_high": _known(high)}


def _compared(
    given: Sequence[Assessment], first: str, is_first: Callable[[Assessment], bool], second: str
) -> list[Row]:
    rows = []
    for dimension, horizon in _asked(given):
        mine = [a for a in given if (a.dimension, a.horizon, a.facet) == (dimension, horizon, "overall")]
        mine = [a for a in mine if a.level != UNSTATED]
        sides = [[a for a in mine if is_first(a)], [a for a in mine if not is_first(a)]]
        if not all(sides):
            continue
        row: Row = {
            "dimension": dimension,
            "horizon": horizon,
            f"n_{first}": len(sides[0]),
            f"n_{second}": len(sides[1]),
        }
        if any(0 < _blind(side) < FEWEST for side in sides):
            rows.append({**row, f"n_{first}": None, f"n_{second}": None, "withheld": True, "superiority_0_1": None,
                         "low": None, "high": None})  # fmt: skip
            continue
        found, low, high = measures.superiority(*([float(a.score or 0.0) for a in side] for side in sides))
        rows.append({**row, "withheld": False, "superiority_0_1": found, "low": low, "high": high})
    return rows


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value
