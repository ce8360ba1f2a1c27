"""Pages of a list by the last row of the page before: the thousandth is as quick as the first, and none is skipped.

A cursor is what the next page begins after, as text that a program hands back as it is.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from typing import Any

from django.db.models import Model, QuerySet
from django.utils.translation import gettext_lazy as _

from entrepot.web.api.problems import Refused
from entrepot.web.failing import Problem

NO_CURSOR = Problem(422, _("This is no page"), _("“after” is not what “next” said."), _("Begin without it."))


def written(values: Sequence[Any]) -> str:
    """The cursor behind a row with these values."""
    return urlsafe_b64encode(json.dumps(list(values)).encode()).decode().rstrip("=")


def read(text: str, *kinds: type) -> list[Any]:
    """The values of a cursor; raises `Refused` where they are not of `kinds` (None stands for any)."""
    try:
        values = json.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except ValueError:
        raise Refused(NO_CURSOR) from None
    fits = isinstance(values, list) and len(values) == len(kinds)
    if not fits or not all(v is None or type(v) is kind for v, kind in zip(values, kinds, strict=True)):
        raise Refused(NO_CURSOR)
    return values


def latest_first(
    rows: QuerySet[Any], after: str, size: int, *, name: str = "pk"
) -> tuple[list[Any], str | None]:
    """A page of `rows` by falling `name`, a whole number that no two share; and the cursor of the next."""
    if after:
        [number] = read(after, int)
        if number is None or not 0 <= number < 2**63:
            raise Refused(NO_CURSOR)
        rows = rows.filter(**{f"{name}__lt": number})
    found: list[Model] = list(rows.order_by(f"-{name}")[: size + 1])
    if len(found) <= size:
        return found, None
    return found[:size], written([getattr(found[size - 1], name)])
