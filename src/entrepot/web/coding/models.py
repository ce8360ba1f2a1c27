"""Studies in the database: rows of the room's tables, texts, and a vault of its own for what is sealed.

A row is what the room's tables say, as text by column, so that a study is read and checked in one place only. A
restricted text is read by whoever made the study and those named for it. A sealed text stands in another table than the
others, encrypted; it is opened by those named for it, for a while, and each opening is on record.
"""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone

from entrepot.web.coding.vault import LockedText

COLLEAGUE = settings.AUTH_USER_MODEL
OPEN_MINUTES = 30


def new_stamp() -> str:
    """A stamp that no state of any study had before."""
    return uuid.uuid4().hex


class Study(models.Model):
    """One study. `carried` is what another program's project held beyond our tables, `stamp` another text after each
    change: what was read under the same stamp need not be read again."""

    name = models.CharField(max_length=200)
    carried = models.TextField(blank=True)
    stamp = models.CharField(max_length=32, default=new_stamp)
    by = models.ForeignKey(COLLEAGUE, models.PROTECT)
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.name

    def changed(self) -> None:
        """Say that a table of this study is another now; within the transaction that changed it."""
        self.stamp = new_stamp()
        Study.objects.filter(pk=self.pk).update(stamp=self.stamp)


class CarriedFile(models.Model):
    """A picture or recording of another program's project."""

    study = models.ForeignKey(Study, models.CASCADE, related_name="files")
    name = models.CharField(max_length=300)
    data = models.BinaryField()

    def __str__(self) -> str:
        return self.name


class Row(models.Model):
    """One row of one table of a study; `key` is its id, where the table has one."""

    study = models.ForeignKey(Study, models.CASCADE, related_name="rows")
    table = models.CharField(max_length=30)
    key = models.CharField(max_length=200, null=True)
    columns = models.JSONField()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["study", "table", "key"], name="a_row_of_a_study_once")
        ]

    def __str__(self) -> str:
        return f"{self.table}: {self.key or self.pk}"


class Text(models.Model):
    """The words of a source that is not sealed."""

    study = models.ForeignKey(Study, models.CASCADE, related_name="texts")
    source = models.CharField(max_length=200)
    text = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["study", "source"], name="a_text_once")]

    def __str__(self) -> str:
        return self.source


class Sealed(models.Model):
    """The vault: the words of a sealed source, encrypted in the database (`vault`)."""

    study = models.ForeignKey(Study, models.CASCADE, related_name="sealed")
    source = models.CharField(max_length=200)
    text = LockedText()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["study", "source"], name="a_sealed_text_once")]

    def __str__(self) -> str:
        return self.source


class Named(models.Model):
    """Somebody who may open a sealed text."""

    sealed = models.ForeignKey(Sealed, models.CASCADE, related_name="named")
    colleague = models.ForeignKey(COLLEAGUE, models.CASCADE)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["sealed", "colleague"], name="named_once")]

    def __str__(self) -> str:
        return str(self.colleague)


class Reader(models.Model):
    """Somebody who may read a restricted text, besides whoever made the study."""

    study = models.ForeignKey(Study, models.CASCADE, related_name="readers")
    source = models.CharField(max_length=200)
    colleague = models.ForeignKey(COLLEAGUE, models.CASCADE)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["study", "source", "colleague"], name="a_reader_once")]

    def __str__(self) -> str:
        return str(self.colleague)


class Opening(models.Model):
    """Somebody has a sealed text open until then."""

    sealed = models.ForeignKey(Sealed, models.CASCADE, related_name="openings")
    colleague = models.ForeignKey(COLLEAGUE, models.CASCADE)
    until = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.colleague} until {self.until}"
