"""What a record says, in words: what happened, and a few of its facts by name. The JSON itself stays beside it.

A kind or a name that nobody wrote words for is shown as it stands, with spaces: it is English already.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from entrepot.report import words
from entrepot.report.listed import KIND_NAMES

HAPPENED: Mapping[str, str | Promise] = {
    "actors corrected": lazy("Said who is who"),
    "correction withdrawn": lazy("Withdrew a correction"),
    "records exported": lazy("Took the records away"),
    "everything exported": lazy("Took everything away"),
    "review": lazy("Judged a finding"),
    "review put off": lazy("Put a finding off"),
    "review opened again": lazy("Opened a review again"),
    "review handed over": lazy("Handed a finding over"),
    "review escalated": lazy("Put a finding at the top"),
    "reviews escalated": lazy("Put late findings at the top"),
    "queues filled": lazy("Filled the queues"),
    "appeal offered": lazy("Gave a link for an appeal"),
    "appeal made": lazy("Appealed"),
    "appeal decided": lazy("Decided an appeal"),
    "view kept": lazy("Kept a view"),
    "view forgotten": lazy("Forgot a view"),
    "observation added": lazy("Wrote an observation down"),
    "observation changed": lazy("Changed an observation"),
    "observation erased": lazy("Deleted an observation"),
    "names seen": lazy("Looked at names"),
    "customer looked up": lazy("Looked a customer up"),
    "labels brought": lazy("Brought labels in"),
    "labels withdrawn": lazy("Withdrew labels"),
    "round purged": lazy("Deleted what was said in a round"),
    "purged": lazy("Deleted what was past its day"),
    "subject request received": lazy("Took a request down"),
    "subject request done": lazy("Carried a request out"),
    "objection lifted": lazy("Lifted an objection"),
    "basis entered": lazy("Entered a legal basis"),
    "basis withdrawn": lazy("Withdrew the legal basis"),
    "file sent in": lazy("Sent a file in"),
    "file deleted": lazy("Deleted a file"),
    "run asked for": lazy("Asked for a run"),
    "run asked for again": lazy("Asked for a run again"),
    "run cancelled": lazy("Stopped a run"),
    "run failed": lazy("A run failed"),
    "run whole": lazy("A run is whole"),
    "run brought": lazy("Brought a run in"),
    "table taken": lazy("Took a table with customers away"),
    "colleague added": lazy("Added a colleague"),
    "colleague invited": lazy("Invited a colleague"),
    "colleague suspended": lazy("Suspended a colleague"),
    "colleague resumed": lazy("Let a colleague in again"),
    "roles changed": lazy("Changed roles"),
    "own roles raised": lazy("Gave themselves more roles"),
    "sign-in renewed": lazy("Let a colleague set up signing in again"),
    "invitation used": lazy("Came in by an invitation"),
    "signed in": lazy("Signed in"),
    "signed out everywhere": lazy("Signed out everywhere"),
    "password chosen": lazy("Chose a password"),
    "password set anew": lazy("Set a password anew"),
    "factor added": lazy("Added a second factor"),
    "factor reset": lazy("Made new recovery codes"),
    "factor removed": lazy("Removed a second factor"),
    "key made": lazy("Made a key"),
    "key revoked": lazy("Revoked a key"),
}
NAMES: Mapping[str, str | Promise] = {
    "actor_id": lazy("actor"),
    "is_blind": lazy("without seeing the first"),
    "shown_because": lazy("shown because"),
    "shown_probability_0_1": lazy("chance to be shown"),
    "sha256": lazy("SHA-256"),
    "file": lazy("file (SHA-256)"),
    "size_bytes": lazy("bytes"),
    "is_source_concealed": lazy("source concealed"),
    "previous": lazy("the run before"),
}
MOST = 8
LONGEST = 240
DIGEST = re.compile(r"[0-9a-f]{40,}")
WHEN = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d|$)")


def happened(kind: str) -> str:
    """What a record of this kind says that somebody did.

    >>> happened("a new thing"), happened("run asked for")
    ('A new thing', 'Asked for a run')
    """
    return str(HAPPENED.get(kind) or kind[:1].upper() + kind[1:])


def facts(text: str | None) -> tuple[Sequence[tuple[str, str]], int]:
    """The facts of a body as name and value, the first few of those that say something, and how many more there are.

    >>> facts('{"run": "0007", "is_blind": false, "note": ""}')
    ([('run', '0007'), ('without seeing the first', 'no')], 0)
    """
    try:
        body = json.loads(text or "{}")
    except ValueError:
        return [], 0
    if not isinstance(body, dict):
        return [], 0
    said = [(_named(name), _said(name, value)) for name, value in body.items()]
    told = [(name, value) for name, value in said if value]
    return told[:MOST], max(0, len(told) - MOST)


def _named(name: str) -> str:
    known = NAMES.get(name)
    return str(known) if known else name.removeprefix("is_").removesuffix("_0_1").replace("_", " ")


def _said(name: str, value: Any) -> str:
    """A value as people read it; empty where it says nothing."""
    if value is None or value == "" or value == [] or value == {}:
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, Mapping):
        parts = [(_named(key), _said(key, part)) for key, part in value.items()]
        return _short("; ".join(f"{key}: {part}" for key, part in parts if part))
    if isinstance(value, Sequence) and not isinstance(value, str):
        return _short(", ".join(_said(name, part) for part in value))
    return _word(name, str(value))


def _word(name: str, text: str) -> str:
    if name == "kind":
        return KIND_NAMES.get(text, text)
    if DIGEST.fullmatch(text):
        return f"{text[:12]}…"
    if WHEN.match(text):
        return _when(text)
    return _short(text.replace("cannot_tell", "cannot tell"))


def _when(text: str) -> str:
    """A day, with the time where one is said; what only looks like one stays as it is."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return _short(text)
    return words.day(at.date()) if len(text) == len("2026-03-03") else f"{words.day(at.date())}, {at:%H:%M}"


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
