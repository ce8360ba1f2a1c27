"""What a reader may be shown of people who answered blind: nothing below five, and nothing from which that follows.

A figure of a group of fewer than five is withheld. Where a whole is shown beside its parts and only one part is
withheld, it could be subtracted: then the smallest of the others is withheld with it. Who spoke under their name is not
protected: promoting a view is a leader's role.
"""

from __future__ import annotations

from collections.abc import Mapping

FEWEST = 5


def hidden(sizes: Mapping[str, int], *, fewest: int = FEWEST) -> frozenset[str]:
    """The parts of one whole that must not be shown, by their number of blind answers; 0 is nobody and hides nothing.

    >>> sorted(hidden({"sales": 9, "legal": 3, "strategy": 6}))
    ['legal', 'strategy']
    >>> sorted(hidden({"sales": 9, "legal": 3}))
    ['legal', 'sales']
    """
    present = {name: size for name, size in sizes.items() if size > 0}
    small = {name for name, size in present.items() if size < fewest}
    others = sorted((size, name) for name, size in present.items() if name not in small)
    while small and others and (len(small) == 1 or sum(present[name] for name in small) < fewest):
        small.add(others.pop(0)[1])
    return frozenset(small)


def shown(counts: Mapping[str, int], *, fewest: int = FEWEST) -> dict[str, int | None]:
    """`counts` with None for what must not be shown."""
    gone = hidden(counts, fewest=fewest)
    return {name: None if name in gone else number for name, number in counts.items()}
