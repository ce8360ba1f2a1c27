"""How far two who judge the same agree: the raw share, and Cohen's kappa, which takes off what chance would give.

The interval of kappa is that of Fleiss, Cohen & Everitt (1969, doi 10.1037/h0028106), of the share Wilson's (1927).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

Z_95 = 1.959964
FEW = 30


@dataclass(frozen=True)
class Agreement:
    """Of `n` judged twice `agree` got the same; `share` with its interval (0–1), `kappa` with its own (−1 to 1).

    None where there is nothing to say: no pairs, or both judges always say one and the same.
    """

    n: int
    agree: int
    share: float | None = None
    share_low: float | None = None
    share_high: float | None = None
    kappa: float | None = None
    kappa_low: float | None = None
    kappa_high: float | None = None

    @property
    def is_small(self) -> bool:
        """Whether so few say little."""
        return self.n < FEW

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def agreement(pairs: Sequence[tuple[str, str]]) -> Agreement:
    """The agreement of `pairs` of verdicts.

    >>> found = agreement([("yes", "yes")] * 20 + [("yes", "no")] * 5 + [("no", "yes")] * 10 + [("no", "no")] * 15)
    >>> round(found.share, 2), round(found.kappa, 2)
    (0.7, 0.4)
    """
    n, agree = len(pairs), sum(a == b for a, b in pairs)
    if not n:
        return Agreement(0, 0)
    low, high = wilson(agree, n)
    share = {"share": agree / n, "share_low": low, "share_high": high}
    kappa = _kappa(pairs)
    if kappa is None:
        return Agreement(n, agree, **share)
    value, error = kappa
    ends = {"kappa_low": max(-1.0, value - Z_95 * error), "kappa_high": min(1.0, value + Z_95 * error)}
    return Agreement(n, agree, **share, kappa=value, **ends)


def wilson(found: int, n: int) -> tuple[float, float]:
    """The interval of a share at 95 %.

    >>> [round(end, 3) for end in wilson(0, 10)]
    [0.0, 0.278]
    """
    share, square = found / n, Z_95**2
    middle = (share + square / (2 * n)) / (1 + square / n)
    half = Z_95 / (1 + square / n) * math.sqrt(share * (1 - share) / n + square / (4 * n * n))
    return max(0.0, middle - half), min(1.0, middle + half)


def _kappa(pairs: Sequence[tuple[str, str]]) -> tuple[float, float] | None:
    """Kappa and its standard error; None where chance alone would give full agreement."""
    n = len(pairs)
    cells = {pair: count / n for pair, count in Counter(pairs).items()}
    first, second = (Counter(pair[side] for pair in pairs) for side in (0, 1))
    names = first.keys() | second.keys()
    of_first, of_second = ({name: side[name] / n for name in names} for side in (first, second))
    seen = sum(cells.get((name, name), 0.0) for name in names)
    chance = sum(of_first[name] * of_second[name] for name in names)
    if chance >= 1:
        return None
    kappa = (seen - chance) / (1 - chance)
    same = sum(cells.get((c, c), 0.0) * (1 - (of_first[c] + of_second[c]) * (1 - kappa)) ** 2 for c in names)
    differ = (1 - kappa) ** 2 * sum(
        share * (of_second[a] + of_first[b]) ** 2 for (a, b), share in cells.items() if a != b
    )
    rest = (kappa - chance * (1 - kappa)) ** 2
    return kappa, math.sqrt(max(0.0, same + differ - rest) / n) / (1 - chance)
