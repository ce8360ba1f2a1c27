"""What one answer holds, by name or blind: scores from −3 to 3, or passed, or withheld, with a reason by its code.

The plane asks for legitimacy and efficiency at once, in the short and in the long run; the facets of legitimacy are for
those who want. Who leaves a horizon out has passed on it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from entrepot.sensemaking.tables import Assessment

GIVEN, PASSED, WITHHELD, UNANSWERED = "given", "passed", "withheld", "unanswered"
HORIZONS = ("short", "long")
PLANES = tuple((f"legitimacy_{horizon}", f"efficiency_{horizon}") for horizon in HORIZONS)
FACETS = ("aims", "actions", "outcomes")
ITEMS: Mapping[str, tuple[str, str, str]] = {
    **{f"{dimension}_{horizon}": (dimension, horizon, "overall")
       for horizon in HORIZONS for dimension in ("legitimacy", "efficiency")},
    **{f"legitimacy_{facet}": ("legitimacy", "unstated", facet) for facet in FACETS},
}  # fmt: skip
"""Name of a field → dimension, horizon and facet of contracts.md."""
SCORES = range(-3, 4)


@dataclass(frozen=True)
class Said:
    """One answer: `scores` by the names of `ITEMS`; empty unless `status` is given. `reason_code` is for silence."""

    status: str = GIVEN
    scores: Mapping[str, int] = field(default_factory=dict)
    reason_code: str = ""

    def as_body(self) -> dict[str, Any]:
        return {
            "status": self.status,
            "scores": dict(sorted(self.scores.items())),
            "reason_code": self.reason_code,
        }

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> Said:
        return cls(body["status"], body["scores"], body["reason_code"])


@dataclass(frozen=True)
class Speaker:
    """Whose answer it is, as results may know them: of a blind answer a made name, the group and its level."""

    question: str
    round: str
    stakeholder: str
    unit: str
    level: str
    attributed: bool


def assessments(speaker: Speaker, said: Said | None, reason: str = "") -> list[Assessment]:
    """The rows of contracts.md for one answer; None is asked, and silent until the close."""
    status = UNANSWERED if said is None else said.status
    scores = said.scores if said is not None and status == GIVEN else {}
    code = said.reason_code if said is not None else ""
    rows: list[Assessment] = []
    for name, (dimension, horizon, facet) in ITEMS.items():
        given = name in scores
        if facet != "overall" and not given:
            continue
        one = Assessment(
            speaker.question, speaker.round, speaker.stakeholder, speaker.unit, speaker.level, dimension, horizon,
            facet, score=float(scores[name]) if given else None,
            status=GIVEN if given else PASSED if status == GIVEN else status, reason_code=code, reason=reason,
            attributed=speaker.attributed, place=len(rows),
        )  # fmt: skip
        rows.append(one)
    return rows
