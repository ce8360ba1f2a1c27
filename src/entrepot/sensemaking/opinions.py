"""What one camp holds and the other does not: the items on which they part, as Polis tells opinion groups apart.

Of each camp the share in favour is (for + 1) / (answered + 2), so that few answers claim little; an item parts the
camps where the two shares differ by more than chance would at 90 %, one-sided. Camps of fewer than five blind answers
are not told apart at all. There are at most min(5, 2 + n / 12) groups among n people; we look for two.

Sources: Small, Bjorkegren, Erkkilä, Shaw & Megill 2021 (Polis); Agresti & Caffo 2000 (difference of two shares).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from entrepot.sensemaking.small_groups import FEWEST
from entrepot.sensemaking.tables import Assessment

Z90, Z95 = 1.2816, 1.6449
MOST_GROUPS, PEOPLE_A_GROUP = 5, 12


@dataclass(frozen=True)
class Parting:
    """An item that parts two camps: of each, how many answered, how many in favour, and the smoothed share (0–1)."""

    dimension: str
    horizon: str
    facet: str
    answered: tuple[int, int]
    in_favour: tuple[int, int]
    share_0_1: tuple[float, float]
    z: float

    @property
    def is_clear(self) -> bool:
        """Whether chance would part them so less than once in twenty."""
        return abs(self.z) > Z95


def most_groups(people: int) -> int:
    """How many opinion groups may be looked for among so many people.

    >>> [most_groups(n) for n in (6, 12, 24, 500)]
    [2, 3, 4, 5]
    """
    return min(MOST_GROUPS, 2 + people // PEOPLE_A_GROUP)


def smoothed_share(in_favour: int, answered: int) -> float:
    """The share in favour, with one answer more on each side.

    >>> smoothed_share(0, 0), smoothed_share(8, 8)
    (0.5, 0.9)
    """
    return (in_favour + 1) / (answered + 2)


def apart(first: tuple[int, int], second: tuple[int, int]) -> float:
    """z of the difference of two shares, each (in favour, answered) with one answer more on each side.

    >>> round(apart((8, 9), (1, 9)), 2)
    2.98
    """
    (a, n), (b, m) = ((x + 1, y + 2) for x, y in (first, second))
    pooled = (a + b) / (n + m)
    spread = math.sqrt(pooled * (1 - pooled) * (1 / n + 1 / m)) if 0 < pooled < 1 else 0.0
    return (a / n - b / m) / spread if spread else 0.0


def partings(given: Sequence[Assessment], camp_of: Mapping[str, int]) -> list[Parting]:
    """The items that part the two camps of `camp_of` (stakeholder → 0 or 1), the clearest first.

    Empty where either camp holds one to four who answered blind, on any item by itself too.
    """
    answered = [a for a in given if a.status == "given" and a.stakeholder in camp_of]
    if not _may_be_told(answered, camp_of):
        return []
    items = dict.fromkeys((a.dimension, a.horizon, a.facet) for a in answered)
    found = []
    for item in items:
        mine = [a for a in answered if (a.dimension, a.horizon, a.facet) == item]
        if not _may_be_told(mine, camp_of):
            continue
        n = [sum(camp_of[a.stakeholder] == camp for a in mine) for camp in (0, 1)]
        k = [sum(camp_of[a.stakeholder] == camp and a.sign > 0 for a in mine) for camp in (0, 1)]
        z = apart((k[0], n[0]), (k[1], n[1]))
        if abs(z) > Z90:
            shares = smoothed_share(k[0], n[0]), smoothed_share(k[1], n[1])
            found.append(Parting(*item, (n[0], n[1]), (k[0], k[1]), shares, z))
    return sorted(found, key=lambda each: -abs(each.z))


def _may_be_told(given: Sequence[Assessment], camp_of: Mapping[str, int]) -> bool:
    blind = {a.stakeholder for a in given if not a.attributed}
    sizes = [sum(camp_of[who] == camp for who in blind) for camp in (0, 1)]
    return all(size == 0 or size >= FEWEST for size in sizes)
