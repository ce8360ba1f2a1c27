"""Which responses the paper expects of an account, each with its standing and the row of the checklist (S23–S27).

*Observed* in the paper's two firms, *implied* by its argument, or *unlikely*. An expectation is no forecast: two firms
are two firms, and decoupling, where it was seen, was found and never chosen.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Standing = Literal["observed", "implied", "unlikely"]


@dataclass(frozen=True)
class Expected:
    """One response: its standing, the checklist row and what to mind."""

    response: str
    standing: Standing
    row: str
    mind: str


DEFIANCE = Expected("defiance", "observed", "S23", "one firm; its sales fell after the first surge")
UNLIKELY = Expected("compromise", "unlikely", "S25", "a single resolute view leaves no middle ground")
ACCOMMODATION = Expected("accommodation", "implied", "S24", "argued, not observed in either firm")
REPERTOIRE = Expected("a repertoire", "observed", "S27", "one firm; units choose by occasion")
DECOUPLING = Expected(
    "decoupling",
    "observed",
    "S27",
    "not certain; it hardly serves as a long-term measure, and is found, never chosen",
)


def expected(account: str, verdict: str) -> tuple[Expected, ...]:
    """What the paper expects of an account of this type and verdict.

    >>> [e.response for e in expected("determined", "incompatible")]
    ['defiance', 'compromise']
    """
    if account == "determined":
        return (DEFIANCE, UNLIKELY) if verdict == "incompatible" else (ACCOMMODATION,)
    return (REPERTOIRE, DECOUPLING) if account == "open-ended" else ()
