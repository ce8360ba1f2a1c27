"""Who asks: a program with a key, or a page of a colleague who is signed in. An operation names its one action.

    @router.get("/findings", auth=needs("read findings"), …)

A key may do what its scopes name and its owner may. A session needs the CSRF token for everything that changes
something, since a browser sends its cookie by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from ninja.security.base import AuthBase
from ninja.utils import check_csrf

from entrepot.web import failing
from entrepot.web.api.problems import NO_KEY, Refused
from entrepot.web.people.models import ApiKey, Colleague
from entrepot.web.permissions import ACTIONS, may

NOTED_EVERY = timedelta(minutes=1)
SAFE = ("GET", "HEAD", "OPTIONS")


@dataclass(frozen=True)
class Who:
    """Who asks: `mark` is what records call them, `actions` all that they may do here."""

    colleague: Colleague
    mark: str
    actions: frozenset[str]


class Key(AuthBase):
    """A key of a program: `Authorization: Bearer ek_…`."""

    openapi_type = "http"
    openapi_scheme = "bearer"

    def __init__(self, action: str) -> None:
        self.action = action
        super().__init__()

    def __call__(self, request: HttpRequest) -> Who | None:
        text = bearer(request)
        if text is None:
            return None
        now = timezone.now()
        key = ApiKey.of(text, at=now)
        if key is None:
            raise Refused(NO_KEY)
        if not key.may(self.action):
            raise Refused(failing.NOT_ALLOWED)
        _note(key, now)
        key.colleague.by_key, key.colleague.scopes = key.mark, frozenset(key.scopes)
        return Who(key.colleague, key.mark, key.colleague.actions & set(key.scopes))


class Session(AuthBase):
    """A colleague who is signed in."""

    openapi_type = "apiKey"
    openapi_in = "cookie"
    openapi_name = "sessionid"

    def __init__(self, action: str) -> None:
        self.action = action
        super().__init__()

    def __call__(self, request: HttpRequest) -> Who | None:
        colleague = request.user
        if not colleague.is_authenticated:
            return None
        if request.method not in SAFE and check_csrf(request) is not None:
            raise Refused(failing.STALE)
        if not may(colleague, self.action):
            raise Refused(failing.NOT_ALLOWED)
        return Who(colleague, colleague.mark, colleague.actions)


def needs(action: str) -> list[Callable[[HttpRequest], Any]]:
    """The two ways in to an operation that is `action`."""
    if action not in ACTIONS:
        raise KeyError(action)
    return [Key(action), Session(action)]


def bearer(request: HttpRequest) -> str | None:
    """The text behind `Bearer`, if that is how the program says who it is."""
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    return text.strip() if scheme.lower() == "bearer" else None


def _note(key: ApiKey, now: datetime) -> None:
    """When the key was last used, to the minute: a read should not wait for a write each time."""
    if key.used_at is None or now - key.used_at > NOTED_EVERY:
        ApiKey.objects.filter(pk=key.pk).update(used_at=now)
