"""A record that shows whether it was changed: each line holds the digest of the line before.

Used for what must stay provable after the data are gone, such as that a run was deleted. A receipt says
what was done and when; it holds no customer id.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

NAME = "receipts.jsonl"


def add(folder: Path, what: Mapping[str, Any]) -> None:
    """Append `what`, with the digest of the receipt before, to `folder`/receipts.jsonl."""
    lines = _lines(folder)
    previous = json.loads(lines[-1])["digest"] if lines else ""
    entry = {**what, "previous": previous}
    with (folder / NAME).open("a", encoding="utf-8") as file:
        file.write(json.dumps({**entry, "digest": _digest(entry)}, ensure_ascii=False) + "\n")


def first_broken(folder: Path) -> int | None:
    """The number, from 1, of the first receipt that was changed or follows a gap; None if all hold."""
    previous = ""
    for number, line in enumerate(_lines(folder), start=1):
        entry = json.loads(line)
        digest = entry.pop("digest", None)
        if digest != _digest(entry) or entry["previous"] != previous:
            return number
        previous = digest
    return None


def _lines(folder: Path) -> list[str]:
    path = folder / NAME
    return path.read_text(encoding="utf-8").splitlines() if path.is_file() else []


def _digest(entry: Mapping[str, Any]) -> str:
    canonical = json.dumps(entry, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
