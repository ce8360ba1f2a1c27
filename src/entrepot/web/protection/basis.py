"""The legal basis without which errors are not compared between groups, and what the next run is told of it."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone

from entrepot.web.protection.models import Basis
from entrepot.web.records.models import append


def current() -> Basis | None:
    """The basis that holds now."""
    return Basis.objects.filter(withdrawn_at=None).select_related("by").order_by("-at", "-pk").first()


def for_runs() -> dict[str, str]:
    """The arguments of `entrepot.discover` for the next run: empty where no basis holds."""
    basis = current()
    return {} if basis is None else {"fairness_basis": basis.text, "fairness_group": basis.group_column}


def enter(text: str, group_column: str, *, by: Any) -> Basis:
    """Let `text` be the basis from now on, in place of an earlier one."""
    with transaction.atomic():
        _end(by=by)
        made = Basis.objects.create(text=text, group_column=group_column, by=by)
        body = {"basis": made.pk, "text": text, "group_column": group_column}
        append("basis entered", by=by.mark, body=body)
    return made


def withdraw(*, by: Any) -> int:
    """Let no basis hold from now on; returns how many held."""
    with transaction.atomic():
        return _end(by=by)


def _end(*, by: Any) -> int:
    held = list(Basis.objects.select_for_update().filter(withdrawn_at=None))
    for basis in held:
        basis.withdrawn_at = timezone.now()
        basis.save(update_fields=["withdrawn_at"])
        append("basis withdrawn", by=by.mark, body={"basis": basis.pk})
    return len(held)
