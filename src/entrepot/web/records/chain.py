"""The arithmetic of the chain, without a database, so that an auditor can check an export with it alone.

A record holds the digest of its body, not the body: a person can be erased from a body while the chain stays whole.
The salt keeps a short body from being guessed from its digest after it is gone.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

FIRST = "0" * 64
CHAINED = ("number", "at", "kind", "by", "body_digest", "previous")


@dataclass(frozen=True)
class Broken:
    """Where a chain does not hold: the number of the record, and what is wrong with it."""

    number: int
    why: str


@dataclass(frozen=True)
class Checked:
    """What a check found: `records` read, of which `erased` have no body left; `head`, the last digest."""

    records: int
    erased: int
    head: str
    broken: tuple[Broken, ...] = ()


def body_digest(salt: str, text: str) -> str:
    """The digest by which a record holds its body."""
    return hashlib.sha256(f"{salt}\n{text}".encode()).hexdigest()


def digest(record: Mapping[str, Any]) -> str:
    """The digest of a record: of its number, time, kind, author, body's digest and the digest before."""
    chained = {name: record[name] for name in CHAINED}
    canonical = json.dumps(chained, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def check(records: Iterable[Mapping[str, Any]], *, head: str | None = None) -> Checked:
    """Read a chain from its first record; `head` is the last digest as it was noted elsewhere, where it was.

    Each record has the fields of `CHAINED`, its `digest`, and `salt` and `text` of its body, null where erased.
    """
    previous, number, erased, broken = FIRST, 0, 0, []
    for record in records:
        number += 1
        erased += record["text"] is None
        broken += [Broken(record["number"], why) for why in _faults(record, number, previous)]
        previous, number = record["digest"], record["number"]
    if head is not None and head != previous:
        broken.append(Broken(number, "the chain ends elsewhere than it did: records are missing at its end"))
    return Checked(number, erased, previous, tuple(broken))


def _faults(record: Mapping[str, Any], expected: int, previous: str) -> list[str]:
    faults = []
    if record["number"] != expected:
        faults.append(f"record {expected} is missing")
    if record["previous"] != previous:
        faults.append("it does not follow the record before")
    if record["digest"] != digest(record):
        faults.append("it was changed")
    if record["text"] is not None and record["body_digest"] != body_digest(record["salt"], record["text"]):
        faults.append("its body was changed")
    return faults
