"""What a reader may be shown of people who answered blind: nothing below five, and nothing from which that follows.

A figure of a group of fewer than five is withheld. Where a whole is shown beside its parts and only one part is
withheld, it could be subtracted: then the smallest of the others is withheld with it. Who spoke under their name is not
protected: promoting a view is a leader's role.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

FEWEST = 5
Cell = tuple[str, str]


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


def hidden_cells(
    table: Mapping[str, Mapping[str, int]], *, fewest: int = FEWEST
) -> frozenset[tuple[str, str]]:
    """The cells (row, column) of a table of counts that must not be shown beside the sums of its rows and columns.

    A line with a hidden cell hides another until what is hidden in it is nobody's own, in rows and in columns; sums of
    columns may then be shown by the same rule (`hidden`), sums of rows are known to all.

    >>> sorted(hidden_cells({"sales": {"given": 9, "passed": 1}, "legal": {"given": 6, "passed": 6}}))
    [('legal', 'given'), ('legal', 'passed'), ('sales', 'given'), ('sales', 'passed')]
    """
    cells = {(row, column): n for row, counts in table.items() for column, n in counts.items()}
    gone = {at for at, n in cells.items() if 0 < n < fewest}
    lines = [
        [at for at in cells if at[side] == name] for side in (0, 1) for name in {at[side] for at in cells}
    ]
    while True:
        before = len(gone)
        for line in lines:
            gone |= _with_others(line, cells, gone, fewest)
        if len(gone) == before:
            return frozenset(gone)


def _with_others(line: Sequence[Cell], cells: Mapping[Cell, int], gone: set[Cell], fewest: int) -> set[Cell]:
    """The hidden cells of one line, with as many more as it takes; empty ones last, since they hide little."""
    hidden_here = {at for at in line if at in gone}
    others = sorted((cells[at] == 0, cells[at], at) for at in line if at not in gone)
    while hidden_here and others and (len(hidden_here) == 1 or sum(cells[at] for at in hidden_here) < fewest):
        hidden_here.add(others.pop(0)[-1])
    return hidden_here
