"""The lock of the vault: words of sealed sources are encrypted in the database, with a key that lies beside it.

So neither the database nor a dump of it tells them; who has the server's folder too can read them. What was changed in
the database opens no more than what another key locked (Fernet is authenticated).
"""

from __future__ import annotations

from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import models


class Unreadable(str):
    """Stands where words were that no key of this server opens."""


def locked(words: str) -> str:
    """`words` as they are kept."""
    return _keys().encrypt(words.encode("utf-8", "surrogatepass")).decode("ascii")


def unlocked(kept: str) -> str:
    """The words that were `locked`; `Unreadable` where none of our keys locked them, or they were changed."""
    try:
        return _keys().decrypt(kept.encode("utf-8", "replace")).decode("utf-8", "surrogatepass")
    except InvalidToken:
        return Unreadable()


def _keys() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in settings.ENTREPOT.vault_keys])


class LockedText(models.TextField):
    """A text that is encrypted on its way to the database; it can be read and written, and not looked for."""

    def get_prep_value(self, value: Any) -> Any:
        return value if value is None else locked(str(value))

    def from_db_value(self, value: Any, _expression: Any, _connection: Any) -> Any:
        return value if value is None else unlocked(value)
