"""What a server does before it answers: tables, interrupted runs, the first administrator; and then it serves.

The first administrator is made on the terminal by whoever started the server: only they can read its folder, so no
password travels and none is set by default.
"""

from __future__ import annotations

import multiprocessing
import os
from dataclasses import dataclass

from entrepot.errors import InputError, Mistake
from entrepot.web.configuring import configure
from entrepot.web.home import DATABASE_VARIABLE, FOLDER_VARIABLE, Home

THREADS = 8


@dataclass(frozen=True)
class Address:
    """Where the server listens."""

    host: str = "127.0.0.1"
    port: int = 8000

    @property
    def url(self) -> str:
        return f"http://{'localhost' if self.host == '127.0.0.1' else self.host}:{self.port}"


def prepare(home: Home) -> None:
    """Configure, and bring the database's tables up to date; `InputError` where the database does not answer."""
    configure(home)
    from django.core.management import call_command
    from django.db.utils import OperationalError

    try:
        call_command("migrate", interactive=False, verbosity=0)
    except OperationalError as error:
        raise InputError(
            Mistake("the database does not answer", DATABASE_VARIABLE, "a database that takes connections",
                    str(error).strip().split("\n")[0], "start it, or unset the variable for the embedded one")
        ) from error  # fmt: skip


def needs_administrator() -> bool:
    """Whether nobody can administer this server yet."""
    from entrepot.web.people.models import Role

    return not Role.objects.filter(role="administrator", colleague__is_active=True).exists()


def add_administrator(email: str, password: str) -> None:
    """The first administrator, who may do everything that a role allows; raises `InputError` for a weak password."""
    from django.contrib.auth.password_validation import validate_password
    from django.core.exceptions import ValidationError
    from django.core.validators import validate_email
    from django.db import transaction

    from entrepot.web.people.models import Colleague
    from entrepot.web.permissions import ROLES
    from entrepot.web.records.models import append

    try:
        validate_email(email)
        validate_password(password)
    except ValidationError as error:
        raise InputError(
            *(Mistake(str(m).rstrip("."), "the first administrator") for m in error.messages)
        ) from error
    with transaction.atomic():
        made = Colleague.objects.add(email, roles=list(ROLES), password=password)
        append("colleague added", by="terminal", body={"colleague": made.mark, "roles": list(ROLES)})


def serve(home: Home, address: Address, *, workers: int = 1) -> None:
    """Answer requests until stopped. Run `prepare` before."""
    from granian import Granian
    from granian.constants import Interfaces

    os.environ[FOLDER_VARIABLE] = str(home.folder)
    # A forked process has none of the threads of Arrow and of the drawing, and waits for them for ever.
    multiprocessing.set_start_method("spawn", force=True)
    Granian(
        "entrepot.web.wsgi:made",
        address=address.host,
        port=address.port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=THREADS,
        factory=True,
        log_access=False,
    ).serve()
