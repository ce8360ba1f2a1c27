"""The same question twice, one deed: what a program sends again under the same Idempotency-Key is answered as before.

The answer is kept in the transaction of the deed, so that neither stands without the other; after a week it is gone.
What the pages' functions know a form by is made of the key too, so that even then nothing is done twice.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils import timezone
from ninja import Schema
from ninja.responses import Status

from entrepot.web.api.models import Answer
from entrepot.web.api.problems import ERASED, OTHER_BODY, Refused

KEPT = timedelta(days=7)


def once(
    request: HttpRequest, key: str | None, deed: Callable[[], Schema], *, status: int = 201, sha256: str = ""
) -> Status:
    """Do `deed` and keep its answer under `key`; where it was done, answer as then.

    `sha256` stands for a body that was read before. Raises `Refused` where the key was used for another question, or
    where what was answered has been erased by law. Without a key the deed is done.
    """
    if key is None:
        return Status(status, deed())
    by, asked = request.auth.mark, _digest(request, sha256)
    with transaction.atomic():
        known = _kept(by, key, asked)
        if known.status and known.body is None:
            raise Refused(ERASED)
        if known.status:
            return Status(known.status, known.body)
        body = deed().model_dump(mode="json")
        Answer.objects.filter(pk=known.pk).update(status=status, body=body)
    return Status(status, body)


def _kept(by: str, key: str, asked: str) -> Answer:
    """The row of `key`; whoever comes second waits here until the first is done."""
    Answer.objects.filter(by=by, at__lt=timezone.now() - KEPT).delete()
    try:
        with transaction.atomic():
            return Answer.objects.create(by=by, key=key, asked=asked)
    except IntegrityError:
        known = Answer.objects.get(by=by, key=key)
        if known.asked != asked:
            raise Refused(OTHER_BODY) from None
        return known


def form_number(request: HttpRequest, key: str | None) -> str:
    """By what a form of this request is known, 40 letters: the same for whoever sends it again under `key`."""
    if key is None:
        return secrets.token_hex(20)
    text = f"{request.auth.mark}\n{request.method} {request.path}\n{key}"
    return hashlib.sha256(text.encode()).hexdigest()[:40]


def _digest(request: HttpRequest, sha256: str) -> str:
    asked = f"{request.method} {request.get_full_path()}\n".encode()
    return hashlib.sha256(asked + (sha256.encode() or request.body)).hexdigest()
