"""Records, their bodies, and the end of the chain.

`append` is the only way in, within the transaction that does what it records: both stand or neither. The database
itself refuses to change or delete a record (triggers of the first migration); a body may only be emptied.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from django.db import connection, models, transaction
from django.db.models import Q, QuerySet

from entrepot.run import plain
from entrepot.web.database import leave_no_trace
from entrepot.web.records import chain


class Record(models.Model):
    """One thing that somebody did: `kind` names it, `by` is a colleague's or key's mark, or `server`."""

    number = models.BigIntegerField(primary_key=True)
    at = models.CharField(max_length=40)  # as it was digested: a database may round an instant
    kind = models.CharField(max_length=60, db_index=True)
    by = models.CharField(max_length=60)
    body_digest = models.CharField(max_length=64)
    previous = models.CharField(max_length=64)
    digest = models.CharField(max_length=64, unique=True)

    class Meta:
        ordering = ["number"]

    def __str__(self) -> str:
        return f"{self.number}: {self.kind}"


class Body(models.Model):
    """What a record says. `about` names whom it concerns (`actor:…`), so that it can be found and emptied."""

    record = models.OneToOneField(Record, models.PROTECT, primary_key=True, related_name="body")
    salt = models.CharField(max_length=32)
    text = models.TextField(null=True)
    about = models.CharField(max_length=200, blank=True, db_index=True)

    def __str__(self) -> str:
        return self.text or "(erased)"


class Also(models.Model):
    """Whom else a record concerns: a correction is about every actor that it joins."""

    body = models.ForeignKey(Body, models.PROTECT, related_name="also")
    about = models.CharField(max_length=200, db_index=True)

    def __str__(self) -> str:
        return self.about


class Head(models.Model):
    """The end of the chain; whoever appends holds this row."""

    number = models.BigIntegerField(default=0)
    digest = models.CharField(max_length=64, default=chain.FIRST)

    def __str__(self) -> str:
        return f"{self.number}: {self.digest}"


def append(
    kind: str,
    *,
    by: str,
    body: Mapping[str, Any],
    about: str | Sequence[str] = "",
    at: datetime | None = None,
) -> Record:
    """Add a record to the end of the chain; raises where no transaction is open, since then it could stand alone.

    `about` names whom it concerns, one or several.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError(
            "a record is written with what it records, in one transaction"
        )
    head = Head.objects.select_for_update().get_or_create(pk=1)[0]
    salt, text = secrets.token_hex(16), json.dumps(plain(body), sort_keys=True, ensure_ascii=False)
    instant = (at or datetime.now(UTC)).isoformat(timespec="microseconds")
    fields: dict[str, Any] = {
        "number": head.number + 1, "at": instant, "kind": kind, "by": by,
        "body_digest": chain.body_digest(salt, text), "previous": head.digest,
    }  # fmt: skip
    record = Record.objects.create(**fields, digest=chain.digest(fields))
    first, *rest = [about] if isinstance(about, str) else list(dict.fromkeys(about)) or [""]
    said = Body.objects.create(record=record, salt=salt, text=text, about=first)
    Also.objects.bulk_create([Also(body=said, about=each) for each in rest])
    Head.objects.filter(pk=1).update(number=record.number, digest=record.digest)
    return record


def concerning(about: Collection[str]) -> QuerySet[Body]:
    """The bodies that concern one of `about`, alone or with others."""
    also = Also.objects.filter(about__in=about).values("body")
    return Body.objects.filter(Q(about__in=about) | Q(pk__in=also))


def erase(about: str) -> int:
    """Empty the bodies that concern `about`; returns their number. The chain stays whole."""
    return empty(concerning([about]))


def empty(bodies: QuerySet[Body]) -> int:
    """Empty `bodies`; returns how many said something. The chain stays whole.

    After the commit no log of the embedded database keeps what the transaction erased.
    """
    transaction.on_commit(leave_no_trace)
    numbers = list(bodies.values_list("pk", flat=True))
    Also.objects.filter(body__in=numbers).delete()
    said = Body.objects.filter(pk__in=numbers).exclude(text=None).count()
    Body.objects.filter(pk__in=numbers).update(text=None, about="")
    return said


def rows() -> Iterator[dict[str, Any]]:
    """Every record with its body, as `chain.check` and an export read it."""
    for record in Record.objects.select_related("body").order_by("number").iterator(chunk_size=2000):
        fields = {name: getattr(record, name) for name in (*chain.CHAINED, "digest")}
        yield {**fields, "salt": record.body.salt, "text": record.body.text}


def verify() -> chain.Checked:
    """Check the whole chain of this database against its own end."""
    head = Head.objects.filter(pk=1).first()
    return chain.check(rows(), head=head.digest if head else chain.FIRST)
