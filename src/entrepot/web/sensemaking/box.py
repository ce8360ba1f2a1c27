"""The box of an open round: everything that was said blind, as one sealed text.

Its key is a file of the server's folder, `ballots/`, which no backup should hold; after the close it is gone. With each
answer the whole is shuffled, filled up to a power of two and sealed anew, without a time. So a reader of the database
has one text that says nothing, and of two backups one that differs from end to end: not who, not what, not in which
order. Lost with its folder, a key opens no box: then the round is called off.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings

from entrepot.web.sensemaking.models import Round, SealedBox

SMALLEST_BYTES = 2**16
NO_TIME = 0  # the seal has a place for one
Content = dict[str, list[Any]]
shuffle = secrets.SystemRandom().shuffle


class KeyIsGone(Exception):
    """The key of an open round is not in the server's folder: its box cannot be opened, by nobody."""


class Box:
    """The box of one round. `ballots` and `reasons` lie in it apart, each in an order of its own."""

    def __init__(self, round_: Round) -> None:
        self.round = round_

    @property
    def path(self) -> Path:
        return Path(settings.ENTREPOT.folder) / "ballots" / f"{self.round.pk}.key"

    def make(self) -> None:
        """An empty box, with a key that only this server's folder holds."""
        self.path.parent.mkdir(mode=0o700, exist_ok=True)
        self.path.unlink(missing_ok=True)
        with os.fdopen(os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(Fernet.generate_key())
        SealedBox.objects.create(round=self.round, sealed=self._sealed({"ballots": [], "reasons": []}))

    def put(self, ballot: Mapping[str, Any], reason: str) -> None:
        """Lay an answer into the box, its reason apart from it."""
        content = self.opened()
        content["ballots"].append(ballot)
        content["reasons"] += [reason] if reason else []
        SealedBox.objects.filter(round=self.round).update(sealed=self._sealed(content))

    def opened(self) -> Content:
        """What lies in the box, in random order; raises `KeyIsGone`."""
        try:
            text = self._lock().decrypt(SealedBox.objects.get(round=self.round).sealed)
        except InvalidToken as error:
            raise KeyIsGone from error
        content: Content = json.loads(text)
        return _shuffled(content)

    def forget(self) -> None:
        """Without its key nobody opens what is left of the box, in a backup or anywhere."""
        self.path.unlink(missing_ok=True)

    def _sealed(self, content: Content) -> str:
        text = json.dumps(_shuffled(content)).encode()
        size = max(SMALLEST_BYTES, 1 << len(text).bit_length())
        return self._lock().encrypt_at_time(text.ljust(size), NO_TIME).decode()

    def _lock(self) -> Fernet:
        try:
            return Fernet(self.path.read_bytes())
        except (OSError, ValueError) as error:
            raise KeyIsGone from error


def _shuffled(content: Content) -> Content:
    for each in content.values():
        shuffle(each)
    return content
