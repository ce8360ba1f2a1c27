"""Everything that the server keeps, as text that any program reads: one JSON line a row, in one archive.

It is written while it is read, so its size does not matter. Secrets are never in it (passwords, digests of keys and
links, second factors). What only some roles may see is left out for the others, and the archive says so.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import IO, Any, cast
from zipfile import ZIP_DEFLATED, ZipFile

from django.apps import apps
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Model

from entrepot.web.configuring import APPS
from entrepot.web.records.models import Also, Body, Head, Record, rows

AT_A_TIME = 2_000
ELSEWHERE = (Record, Body, Also, Head)
SECRET = {
    "people.colleague": ("password", "sessions_stamp"),
    "people.apikey": ("digest",),
    "people.invitation": ("digest",),
    "discovery.appeal": ("link_digest",),
    "api.answer": ("body",),
    "coding.study": ("carried",),
    "coding.carriedfile": ("data",),
    "coding.row": ("columns",),
    "coding.text": ("text",),
    "coding.sealed": ("text",),
    "sensemaking.drawn": ("key", "seat_id"),
    "sensemaking.code": ("key", "digest"),
    "sensemaking.sealedbox": ("sealed",),
    "sensemaking.ballot": ("key", "cell", "said"),  # row by row they tell what results withhold
    "sensemaking.reason": ("key",),
    "sensemaking.reading": ("columns",),  # testimony, if without its words
}
ONLY_FOR: Mapping[str, Mapping[str, str]] = {
    "discovery.importedlabel": {"customer_id": "see names", "order_id": "see names"},
    "actors.correction": {"groups": "see names"},
    "protection.subjectrequest": dict.fromkeys(("customer_id", "note", "result"), "protect data"),
    "discovery.appeal": {"said": "take appeals", "answer": "take appeals"},
    "discovery.review": {"note": "see names"},
    "sensemaking.answer": dict.fromkeys(("said", "reason"), "lead rounds"),
    "sensemaking.reason": {"text": "lead rounds"},
    "sensemaking.act": {"source": "lead rounds"},
    "sensemaking.version": {"body": "lead rounds"},
    "sensemaking.signature": dict.fromkeys(("stance", "words"), "lead rounds"),
}
"""Model → column → the action without which the column is left out."""
NOT_YET: Mapping[str, Mapping[str, str]] = {"sensemaking.answer": {"seat__round__state": "open"}}
"""Model → rows that nobody is shown yet: what was said by name in a round that is open."""
SENSITIVE = ("caption", "place", "pseudonym", "lawful_source", "need")


def lines() -> Iterator[bytes]:
    """Every record as a JSON line, in the order of the chain."""
    for row in rows():
        yield _line(row)


def _line(row: Mapping[str, Any]) -> bytes:
    return json.dumps(row, ensure_ascii=False, cls=DjangoJSONEncoder).encode() + b"\n"


def everything(actions: frozenset[str]) -> Iterator[bytes]:
    """The archive for somebody who may do `actions`, in parts."""
    sink, told = _Sink(), _Told()
    with ZipFile(cast(IO[bytes], sink), "w", ZIP_DEFLATED) as archive:
        for name, made in _files(actions, told):
            yield from _file(archive, sink, name, made, told)
        archive.writestr("README.txt", _readme(told))
    yield sink.taken()


@dataclass
class _Told:
    """What the archive says of itself: rows and digest of each file, and what was left out."""

    files: dict[str, tuple[int, str]] = field(default_factory=dict)
    left_out: set[str] = field(default_factory=set)


class _Sink:
    """Takes what the archive writes and gives it away: nothing is kept."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, part: bytes) -> int:
        self._parts.append(bytes(part))
        return len(part)

    def flush(self) -> None:
        """Nothing to do."""

    def taken(self) -> bytes:
        parts, self._parts = self._parts, []
        return b"".join(parts)


def _files(actions: frozenset[str], told: _Told) -> Iterator[tuple[str, Iterable[bytes]]]:
    for name in APPS:
        for model in apps.get_app_config(name).get_models():
            if model not in ELSEWHERE:
                yield f"{model._meta.label_lower}.jsonl", _rows(model, actions, told)
    yield "records.jsonl", lines()


def _rows(model: type[Model], actions: frozenset[str], told: _Told) -> Iterator[bytes]:
    label = model._meta.label_lower
    hidden = {name for name, action in ONLY_FOR.get(label, {}).items() if action not in actions}
    told.left_out |= {f"{label}: {name}" for name in hidden}
    names = [
        f.attname for f in model._meta.concrete_fields if f.attname not in hidden | set(SECRET.get(label, ()))
    ]
    found = (
        model._default_manager.exclude(**NOT_YET[label]) if label in NOT_YET else model._default_manager.all()
    )
    for row in found.order_by("pk").values(*names).iterator(chunk_size=AT_A_TIME):
        yield _line(_without_sensitive(label, row, actions, told))


def _without_sensitive(
    label: str, row: dict[str, Any], actions: frozenset[str], told: _Told
) -> dict[str, Any]:
    if row.get("sensitivity") != "sensitive" or "see sensitive observations" in actions:
        return row
    told.left_out.add(f"{label}: what sensitive observations say")
    return {name: value for name, value in row.items() if name not in SENSITIVE}


def _file(archive: ZipFile, sink: _Sink, name: str, made: Iterable[bytes], told: _Told) -> Iterator[bytes]:
    number, digest = 0, hashlib.sha256()
    with archive.open(name, "w", force_zip64=True) as file:
        for line in made:
            file.write(line)
            digest.update(line)
            number += 1
            if number % AT_A_TIME == 0:
                yield sink.taken()
    told.files[name] = number, digest.hexdigest()
    yield sink.taken()


def _readme(told: _Told) -> str:
    files = [f"{digest}  {name} ({number} rows)" for name, (number, digest) in told.files.items()]
    left = sorted(told.left_out) or ["nothing"]
    return "\n".join([
        "Everything that this server keeps in its database, one JSON object a line.",
        "Check the records with: entrepot verify records.jsonl",
        "Tables were read one after the other; rows that came meanwhile may be in one and not in another.",
        "Run folders and uploaded files are not in here: they lie in the server's folder as they are.",
        "", "SHA-256 of each file:", *files,
        "", "Left out, because the roles of whoever asked do not see it:", *left, "",
    ])  # fmt: skip
