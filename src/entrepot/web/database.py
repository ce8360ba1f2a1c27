"""Which database: the embedded one, or PostgreSQL by its address.

SQLite takes its write lock when a transaction begins, so that two of them never wait for each other in a ring, and
puts each commit on disk before it answers. What is deleted there is overwritten, and its log is emptied after an
erasure: else the words of somebody who withdrew would stay readable in free pages of the file.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from entrepot.errors import InputError, Mistake
from entrepot.web.home import DATABASE_VARIABLE, Home

SCHEMES = ("postgres", "postgresql")
WAIT_S = 20
KEPT_S = 60  # of a connection: opening one takes longer than most questions to it
ON_CONNECT = (
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA secure_delete=ON;"
)
FORGET = "PRAGMA wal_checkpoint(TRUNCATE)"


def database(home: Home) -> dict[str, Any]:
    """The entry of DATABASES for `home`.

    >>> from pathlib import Path
    >>> database(Home(Path("/srv/e"), "postgresql://anna:s%40fe@db.example/entrepot"))["PASSWORD"]
    's@fe'
    """
    return _postgresql(home.database_url) if home.database_url else _sqlite(home)


def leave_no_trace() -> None:
    """Empty the log of changes of the embedded database, which holds what was just erased; PostgreSQL vacuums itself.

    While somebody reads, it is emptied by the next erasure, or when the server stops.
    """
    from django.db import OperationalError, connection

    if connection.vendor == "sqlite" and not connection.in_atomic_block:
        with (
            suppress(OperationalError),
            connection.cursor() as cursor,
        ):  # what was erased is erased, log or no log
            cursor.execute(FORGET)


def _sqlite(home: Home) -> dict[str, Any]:
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(home.sqlite),
        "CONN_MAX_AGE": KEPT_S,
        "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": WAIT_S, "init_command": ON_CONNECT},
    }


def _postgresql(url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query))
    if parts.scheme not in SCHEMES or not parts.path.strip("/"):
        raise InputError(
            Mistake("the database is not one that we know", DATABASE_VARIABLE,
                    "postgresql://name:password@host:5432/database, or nothing for the embedded one",
                    f"an address that begins with {parts.scheme or 'nothing'}:", "mend the address")
        )  # fmt: skip
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "HOST": options.pop("host", "") or parts.hostname or "",
        "PORT": parts.port or "",
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "CONN_MAX_AGE": KEPT_S,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"connect_timeout": WAIT_S, **options},
    }
