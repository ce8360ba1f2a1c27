"""What a server does before it answers: tables, limits, the first administrator; and then it serves, with a worker.

The first administrator is made on the terminal by whoever started the server: only they can read its folder, so no
password travels and none is set by default.
"""

from __future__ import annotations

import multiprocessing
import os
import socket
from collections.abc import Callable
from dataclasses import dataclass
from threading import Thread
from typing import Any

from entrepot.errors import InputError, Mistake
from entrepot.web.configuring import configure
from entrepot.web.home import DATABASE_VARIABLE, FOLDER_VARIABLE, Home

THREADS, TO_END_S = 8, 10


@dataclass(frozen=True)
class Address:
    """Where the server listens."""

    host: str = "127.0.0.1"
    port: int = 8000

    @property
    def url(self) -> str:
        return f"http://{'localhost' if self.host == '127.0.0.1' else self.host}:{self.port}"


def prepare(home: Home) -> None:
    """Configure, and bring the database's tables up to date.

    Raises `InputError` where the database does not answer, or `server.toml` or the key of the vault cannot be used.
    """
    from entrepot.web.runs.limits import Limits

    Limits.of(home.settings)
    configure(home)
    _ = home.vault_keys  # made before two processes could make one each
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


def demo_colleague(email: str, password: str) -> None:
    """Somebody who may look at everything of a made market, with a new password each time."""
    from django.db import transaction

    from entrepot.web.people.models import Colleague
    from entrepot.web.permissions import ROLES
    from entrepot.web.records.models import append

    known = Colleague.objects.filter(email=email).first()
    if known is None:
        add_administrator(email, password)
        return
    with transaction.atomic():
        known.set_password(password)
        known.is_active = True
        known.save()
        known.give(list(ROLES))
        append("password set anew", by="terminal", body={"colleague": known.mark})


def stop_if_taken(address: Address) -> None:
    """Raises `InputError` where somebody listens at `address` already, or the machine has no such address."""
    try:
        family, kind, _, _, where = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            tried.bind(where)
    except (OSError, OverflowError) as error:
        raise InputError(
            Mistake("the server cannot listen", f"{address.host}, port {address.port}",
                    "an address of this machine that is free", str(getattr(error, "strerror", "") or error),
                    "give another --port, or end the other")
        ) from error  # fmt: skip


def serve(home: Home, address: Address, *, workers: int = 1) -> None:
    """Answer requests and take runs from the queue until stopped. Run `prepare` before.

    Processes are started anew and not copied: a copy would share the connection to the database.
    """
    from django.db import connections
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    from entrepot.web.runs.keeping import a_worker

    os.environ[FOLDER_VARIABLE] = str(home.folder)
    connections.close_all()
    # A forked process has none of the threads of Arrow and of the drawing, and waits for them for ever.
    multiprocessing.set_start_method("spawn", force=True)
    server = Granian(
        "entrepot.web.starting:application",
        address=address.host,
        port=address.port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=min(THREADS, 2 * multiprocessing.cpu_count() + 1),  # with more it warns
        factory=True,
        websockets=False,
        log_access=False,
        log_level=LogLevels.warning,
        respawn_failed_workers=True,
        workers_kill_timeout=TO_END_S,
    )
    with a_worker(home):
        server.serve()


def application() -> Callable[..., Any]:
    """The application, in a process that ends when the server that started it was killed."""
    from entrepot.web.wsgi import made

    parent = multiprocessing.parent_process()
    if parent is not None:
        Thread(target=_end_with, args=(parent,), daemon=True).start()
    wsgi: Callable[..., Any] = made()
    return wsgi


def _end_with(parent: Any) -> None:
    parent.join()
    os._exit(1)
