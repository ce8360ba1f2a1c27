"""Who is like whom among those listed: by what the orders answered, and by what was bought.

Two directions are compared, each as a cosine (1 for the same direction): the evidence of each signal, and the units
of each product; likeness is the mean of both. It helps to judge alike what is alike, and joins nobody.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy import sparse

MOST_ALIKE, LEAST_0_1, AT_A_TIME = 5, 0.5, 500

Told = Mapping[str, Any]


def alike(told: Mapping[int, Told]) -> dict[int, list[dict[str, Any]]]:
    """For each finding (by its key) up to five others: `finding, alike_0_1, signal, product`, the likest first."""
    keys = np.array(list(told), dtype=np.int64)
    if len(keys) < 2:
        return {int(key): [] for key in keys}
    signals, names = _directions([_weights(one) for one in told.values()])
    products, goods = _directions([_units(one) for one in told.values()])
    found: dict[int, list[dict[str, Any]]] = {}
    for start in range(0, len(keys), AT_A_TIME):
        rows = slice(start, start + AT_A_TIME)
        likeness = ((signals[rows] @ signals.T + products[rows] @ products.T) / 2).toarray()
        likeness[np.arange(len(likeness)), np.arange(start, start + len(likeness))] = -1.0
        best = np.argsort(-likeness, axis=1, kind="stable")[:, :MOST_ALIKE]
        for n, others in enumerate(best, start=start):
            found[int(keys[n])] = [
                {
                    "finding": int(keys[o]),
                    "alike_0_1": round(float(likeness[n - start, o]), 3),
                    "signal": _shared(signals[n], signals[o], names),
                    "product": _shared(products[n], products[o], goods),
                }
                for o in others
                if likeness[n - start, o] >= LEAST_0_1
            ]
    return found


def _weights(one: Told) -> dict[str, float]:
    return {s["signal"]: max(0.0, s["log10_e"] or 0.0) for s in one["signals"]}


def _units(one: Told) -> dict[str, float]:
    return {p["value"]: max(0.0, p["units"]) for p in one["products"]}


def _directions(rows: Sequence[Mapping[str, float]]) -> tuple[sparse.csr_matrix, list[str]]:
    """`rows` as unit vectors over all their names; a row of nothing stays zero."""
    names = sorted({name for row in rows for name in row})
    place = {name: n for n, name in enumerate(names)}
    lengths = [np.hypot.reduce([*row.values(), 0.0]) or 1.0 for row in rows]
    entries = [
        (n, place[name], value / lengths[n]) for n, row in enumerate(rows) for name, value in row.items()
    ]
    shape = (len(rows), max(1, len(names)))
    at_row, at_column, values = zip(*entries, strict=True) if entries else ((), (), ())
    return sparse.csr_matrix((values, (at_row, at_column)), shape=shape, dtype=np.float32), names


def _shared(one: sparse.csr_matrix, other: sparse.csr_matrix, names: Sequence[str]) -> str:
    """What two have most in common; empty where nothing."""
    common = one.multiply(other).tocoo()
    return names[common.col[np.argmax(common.data)]] if common.nnz else ""
