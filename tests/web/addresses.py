"""Every address of the web app, read from Django's own table, with what each says of who may come."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver
from ninja.operation import PathView

MISSING = object()
OF_THE_LIBRARY = "allauth."
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")

SAMPLES = {
    "link": "no-such-link",
    "colleague": 999_999_999,
    "key": 999_999_999,
    "number": 999_999_999,
    "pk": 999_999_999,
    "actor": "a0000000",
    "actor_id": "a0000000",
    "run": "9999",
    "name": "9999",
    "table": "shares",
    "turn": 999_999_999,
    "view": 999_999_999,
    "uidb36": "1",
    "provider_id": "oidc",
    "path": "x",
    "appeal": 999_999_999,
    "batch": 999_999_999,
    "code": "no-such-code",
    "correction": 999_999_999,
    "finding": 999_999_999,
    "kind": "csv",
    "study": 999_999_999,
    "row": 999_999_999,
}
"""What stands for each named part of an address: nothing that is there, so that trying changes nothing."""


@dataclass(frozen=True)
class Address:
    """One address: `needs` is its action, None where it is open to all, `MISSING` where nobody said."""

    route: str
    name: str
    needs: Any
    view: Any
    methods: tuple[str, ...] = METHODS

    def __str__(self) -> str:
        return self.name or self.route


def addresses() -> list[Address]:
    """All of them: pages, and the operations of the API one by one."""
    return list(_walk(get_resolver().url_patterns, "", ""))


def _walk(patterns: list[Any], route: str, space: str) -> Iterator[Address]:
    for pattern in patterns:
        here = route + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            name = f"{space}{pattern.namespace}:" if pattern.namespace else space
            yield from _walk(pattern.url_patterns, here, name)
        elif isinstance(pattern, URLPattern):
            yield from _of(pattern, here, space)


def _of(pattern: URLPattern, route: str, space: str) -> Iterator[Address]:
    view, name = pattern.callback, f"{space}{pattern.name or ''}"
    operations = _operations(view)
    for operation in operations:
        first = operation.auth_callbacks[0] if operation.auth_callbacks else None
        needs = getattr(first, "action", MISSING)
        yield Address(route, f"api:{operation.view_func.__name__}", needs, view, tuple(operation.methods))
    if not operations:
        yield Address(route, name, getattr(view, "needs", MISSING), view)


def _operations(view: Any) -> list[Any]:
    """The operations behind a view of the API library; none for any other view."""
    for cell in getattr(view, "__closure__", None) or ():
        if isinstance(cell.cell_contents, PathView):
            return list(cell.cell_contents.operations)
    return []


def is_of_the_library(address: Address) -> bool:
    """Whether the sign-in library answers: it decides itself, and what it opens is listed in the test."""
    module = getattr(address.view, "__module__", "") or ""
    return module.startswith((OF_THE_LIBRARY, "django.views.generic")) and address.route.startswith(
        "sign-in/"
    )
