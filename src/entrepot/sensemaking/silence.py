"""Who kept silent, and why as far as they say so: silence is a finding, and never a name (S19, S20, X04).

Each stakeholder counts once: by what they gave, else by withholding, passing, or not answering until the round closed.
Who was not asked, or whom the question does not concern, is not silent.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from entrepot.sensemaking.small_groups import FEWEST, hidden, hidden_cells
from entrepot.sensemaking.tables import Assessment

KINDS = ("given", "withheld", "passed", "unanswered")


def silence(assessments: Sequence[Assessment]) -> dict[str, Any]:
    """`asked`, how many of them by kind (`given, withheld, passed, unanswered`), `silent_0_1`, and `reasons` by code.

    Counts with fewer than five blind answers, and those from which they follow, are None; such `reasons` are left out.
    `told_of` are reasons for silence of which a text tells, with its source: they count nobody.
    """
    kinds = _kinds(assessments)
    unnamed = {a.stakeholder for a in assessments if not a.attributed}
    counts = Counter(kind for kind, _ in kinds.values())
    blind = Counter(kind for who, (kind, _) in kinds.items() if who in unnamed)
    gone = _withheld({"all": {kind: blind[kind] for kind in KINDS}})
    told = {kind: None if ("all", kind) in gone else counts[kind] for kind in KINDS}
    asked = len(kinds)
    return {
        "asked": asked,
        **told,
        "silent_0_1": None if asked == 0 or told["given"] is None else 1 - counts["given"] / asked,
        "told_of": [
            {"reason_code": a.reason_code, "unit": a.unit, "source": a.source}
            for a in assessments
            if a.origin == "coded" and a.status in ("withheld", "passed") and a.reason_code
        ],
        "reasons": _reasons(kinds, unnamed),
    }


def _reasons(kinds: Mapping[str, tuple[str, str]], unnamed: Collection[str]) -> dict[str, int]:
    """How many gave which reason for silence; those who gave none count among the groups that protect each other."""
    silent = {who: code for who, (kind, code) in kinds.items() if kind != "given"}
    gone = hidden(Counter(code for who, code in silent.items() if who in unnamed))
    reasons = Counter(code for code in silent.values() if code and code not in gone)
    return dict(sorted(reasons.items()))


def _withheld(blind: Mapping[str, Mapping[str, int]]) -> frozenset[tuple[str, str]]:
    """The counts of blind people that must not be shown, group by group.

    How many were asked was told, and from five on the plane shows how many gave an answer. So how they were silent is
    withheld as if that were known; and where one to four were silent, neither is said here how many spoke.
    """
    unknown = hidden({group: counts["given"] for group, counts in blind.items()})
    cells = {
        group: {kind: n for kind, n in counts.items() if kind != "given" or group in unknown}
        for group, counts in blind.items()
    }
    few = {group for group, counts in blind.items() if 0 < sum(counts.values()) - counts["given"] < FEWEST}
    return hidden_cells(cells) | {(group, "given") for group in few}


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
    gone = _withheld(blind)
    return [
        {
            "unit": unit, "level": level, "asked": sum(found.values()),
            **{kind: None if level != "leader" and (unit, kind) in gone else found[kind] for kind in KINDS},
        }
        for (unit, level), found in sorted(counts.items())
    ]  # fmt: skip
