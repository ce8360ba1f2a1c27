"""The same question twice, one deed: what a program sends again under the same Idempotency-Key is answered as before.

The answer is kept in the transaction of the deed, so that neither stands without the other; after a week it is gone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils import timezone
from ninja import Schema
from ninja.responses import Status

from entrepot.web.api.models import Answer
from entrepot.web.api.problems import OTHER_BODY, Refused

KEPT = timedelta(days=7)


def once(request: HttpRequest, key: str | None, deed: Callable[[], Schema], *, status: int = 201) -> Status:
    """Do `deed` and keep its answer under `key`; where it was done, answer as then.

    Raises `Refused` where the key was used for another question. Without a key the deed is done.
    """
    if key is None:
        return Status(status, deed())
    by, asked = request.auth.mark, _digest(request)
    with transaction.atomic():
        known = _kept(by, key, asked)
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


def _digest(request: HttpRequest) -> str:
    text: Any = f"{request.method} {request.path}\n".encode() + request.body
    return hashlib.sha256(text).hexdigest()
