"""Keys of programs: made with some of what their owner may do, shown once, ended at a day or by hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.db import transaction
from django.utils import timezone

from entrepot.web.people.models import ApiKey, Colleague
from entrepot.web.records.models import append


class MoreThanOwn(Exception):
    """A key was asked for that may do what its owner may not."""


def make(
    owner: Colleague, name: str, scopes: Sequence[str], *, expires_on: date | None, at_most: frozenset[str]
) -> tuple[ApiKey, str]:
    """A new key of `owner` and its text; raises `MoreThanOwn` for scopes beyond `at_most`, what who asks may do."""
    beyond = set(scopes) - at_most
    if beyond:
        raise MoreThanOwn(", ".join(sorted(beyond)))
    with transaction.atomic():
        key, text = ApiKey.make(owner, name, sorted(scopes), expires_on=expires_on)
        body = {
            "key": key.mark,
            "owner": f"colleague:{owner.pk}",
            "scopes": sorted(scopes),
            "expires_on": expires_on,
        }
        append("key made", by=owner.mark, body=body)
    return key, text


def revoke(key: ApiKey, *, by: str) -> None:
    """The key opens nothing from now on."""
    with transaction.atomic():
        if ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=timezone.now()):
            append("key revoked", by=by, body={"key": key.mark})
