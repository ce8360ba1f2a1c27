"""What was read of a study under its stamp, for as long as the stamp holds: its rows, and what is computed of them.

Reading eight thousand rows takes longer than a page may, and so does comparing coders sign by sign. Kept are rows and
figures of the last few studies of this process, never the words of a text; the first reading under another stamp
forgets what was kept of the same study, and the process that takes a withdrawal or erases a study forgets at once.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, TypeVar

MOST_STUDIES = 8
T = TypeVar("T")


@dataclass
class Kept:
    """A study under one stamp: its tables, the numbers of its rows, and figures by name."""

    stamp: str
    tables: Mapping[str, tuple[Any, ...]]
    numbers: Mapping[tuple[str, str], int]
    figures: dict[Hashable, Any] = field(default_factory=dict)

    def once(self, name: Hashable, make: Callable[[], T]) -> T:
        """The figure called `name`, made where it was not yet. Two who ask at once may both make it."""
        if name not in self.figures:
            self.figures[name] = make()
        found: T = self.figures[name]
        return found


_kept: OrderedDict[int, Kept] = OrderedDict()
_lock = Lock()


def kept(study: int, stamp: str) -> Kept | None:
    """What is kept of a study under this stamp; what was kept under another goes."""
    with _lock:
        found = _kept.get(study)
        if found is None or found.stamp != stamp:
            _kept.pop(study, None)
            return None
        _kept.move_to_end(study)
        return found


def keep(study: int, made: Kept) -> Kept:
    """Keep what was read; the study that was asked for least lately gives way."""
    with _lock:
        _kept[study] = made
        _kept.move_to_end(study)
        while len(_kept) > MOST_STUDIES:
            _kept.popitem(last=False)
    return made


def forget(study: int) -> None:
    """Keep nothing of a study."""
    with _lock:
        _kept.pop(study, None)
