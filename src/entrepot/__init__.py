"""Entrepot: find the customers who are really businesses, and see how sure you are.

The names below are all that most programs need. Importing the package does nothing; a name is loaded when
it is first used.
"""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.1.0"

_HOME = {
    "discover": "entrepot.analysis",
    "check": "entrepot.analysis",
    "measure": "entrepot.measuring",
    "ground": "entrepot.measuring",
    "open_run": "entrepot.run",
    "Run": "entrepot.run",
    "Settings": "entrepot.settings",
    "connect": "entrepot.engines.duckdb",
    "read_orders": "entrepot.orders",
    "Orders": "entrepot.orders.tables",
    "resolve": "entrepot.actors",
    "explain": "entrepot.actors",
    "make_market": "entrepot.simulation.market",
    "write_report": "entrepot.report",
    "EntrepotError": "entrepot.errors",
    "InputError": "entrepot.errors",
    "Mistake": "entrepot.errors",
}
_THERE = {"read_orders": "read", "make_market": "make", "write_report": "write"}

__all__ = ["__version__", *sorted(_HOME)]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'entrepot' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOME[name]), _THERE.get(name, name))


def __dir__() -> list[str]:
    return list(__all__)
