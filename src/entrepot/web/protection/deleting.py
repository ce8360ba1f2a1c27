"""Deleting rows with all that hangs on them, also what the database would protect: here the law asks for it."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import QuerySet

from entrepot.web.discovery.observing_files import discard
from entrepot.web.runs.models import Upload


def delete_with_dependents(rows: QuerySet[Any]) -> int:
    """Delete `rows` and what refers to them, deepest first, files too; returns the number of `rows`."""
    rows = rows.model._default_manager.filter(pk__in=list(rows.values_list("pk", flat=True)))
    for relation in rows.model._meta.related_objects:
        if relation.on_delete is models.SET_NULL or relation.many_to_many:
            continue
        delete_with_dependents(
            relation.related_model._default_manager.filter(**{f"{relation.field.name}__in": rows})
        )
    number = rows.count()
    files = _uploads_of(rows)
    rows.delete()
    for upload in files:
        discard(upload)
    return number


def _uploads_of(rows: QuerySet[Any]) -> list[Upload]:
    """The uploads that belong to `rows` alone: what somebody attached."""
    names = [f.name for f in rows.model._meta.fields if f.related_model is Upload and f.null]
    numbers = {pk for name in names for pk in rows.values_list(name, flat=True) if pk is not None}
    return list(Upload.objects.filter(pk__in=numbers))
