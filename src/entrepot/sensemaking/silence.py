"""Who kept silent, and why as far as they say so: silence is a finding, and never a name (S19, S20, X04).

Each stakeholder counts once: by what they gave, else by withholding, passing, or not answering until the round closed.
Who was not asked, or whom the question does not concern, is not silent.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from entrepot.sensemaking.small_groups import FEWEST, hidden_cells, shown
from entrepot.sensemaking.tables import Assessment

KINDS = ("given", "withheld", "passed", "unanswered")


def silence(assessments: Sequence[Assessment]) -> dict[str, Any]:
    """`asked`, how many of them by kind (`given, withheld, passed, unanswered`), `silent_0_1`, and `reasons` by code.

    Counts of fewer than five, and those from which they follow, are None; `reasons` are shown from five on. `told_of`
    are reasons for silence of which a text tells, with its source: they count nobody.
    """
    kinds = _kinds(assessments)
    counts = Counter(kind for kind, _ in kinds.values())
    asked = len(kinds)
    blind = any(not a.attributed for a in assessments)
    by_kind = {kind: counts[kind] for kind in KINDS}
    reasons = Counter(reason for kind, reason in kinds.values() if kind != "given" and reason)
    told = shown(by_kind) if blind else dict(by_kind)
    return {
        "asked": asked,
        **{kind: told[kind] for kind in KINDS},
        "silent_0_1": None if asked == 0 or None in told.values() else 1 - counts["given"] / asked,
        "told_of": [
            {"reason_code": a.reason_code, "unit": a.unit, "source": a.source}
            for a in assessments
            if a.origin == "coded" and a.status in ("withheld", "passed") and a.reason_code
        ],
        "reasons": {code: n for code, n in sorted(reasons.items()) if n >= FEWEST or not blind},
    }


def _kinds(assessments: Sequence[Assessment]) -> dict[str, tuple[str, str]]:
    """What each stakeholder who was asked did, and the reason that they gave for silence."""
    found: dict[str, tuple[str, str]] = {}
    for one in assessments:
        if one.status not in KINDS or one.origin == "coded":
            continue
        kind, _ = found.get(one.stakeholder, (KINDS[-1], ""))
        if one.stakeholder not in found or KINDS.index(one.status) < KINDS.index(kind):
            found[one.stakeholder] = (one.status, one.reason_code)
    return found


def silence_map(assessments: Sequence[Assessment]) -> list[dict[str, Any]]:
    """One row a unit and level that were asked: `unit, level, asked`, and how many by kind, None where it is withheld.

    Blind answers are withheld below five and wherever a sum would tell them; by name nobody is told either, only how
    many.
    """
    who = {a.stakeholder: a for a in assessments}
    counts: dict[tuple[str, str], Counter[str]] = {}
    blind: dict[str, dict[str, int]] = {}
    for stakeholder, (kind, _) in _kinds(assessments).items():
        one = who[stakeholder]
        counts.setdefault((one.unit, one.level), Counter())[kind] += 1
        if not one.attributed:
            row = blind.setdefault(one.unit, dict.fromkeys(KINDS, 0))
            row[kind] += 1
    gone = hidden_cells(blind)
    return [
        {
            "unit": unit, "level": level, "asked": sum(found.values()),
            **{kind: None if level != "leader" and (unit, kind) in gone else found[kind] for kind in KINDS},
        }
        for (unit, level), found in sorted(counts.items())
    ]  # fmt: skip
