"""Words of sealed sources are encrypted."""

from typing import Any

from django.db import migrations

from entrepot.web.coding.vault import LockedText, Unreadable, locked, unlocked


def lock(apps: Any, schema: Any) -> None:
    """Two servers that start at once may both come here: what is locked is not locked again."""
    _each(apps, lambda text: locked(text) if isinstance(unlocked(text), Unreadable) else text)


def unlock(apps: Any, schema: Any) -> None:
    """What no key opens stays locked; to write what it opens to would empty it."""
    _each(apps, lambda text: text if isinstance(words := unlocked(text), Unreadable) else words)


def _each(apps: Any, written: Any) -> None:
    for each in apps.get_model("coding", "Sealed").objects.all():
        each.text = written(each.text)
        each.save(update_fields=["text"])


class Migration(migrations.Migration):
    dependencies = [("coding", "0003_stamps")]

    operations = [
        migrations.RunPython(lock, unlock),  # while the model still takes the column for plain text
        migrations.AlterField("sealed", "text", LockedText()),
    ]
