"""Words of sealed sources are encrypted."""

from typing import Any

from django.db import migrations

from entrepot.web.coding.vault import LockedText, locked, unlocked


def lock(apps: Any, schema: Any) -> None:
    _each(apps, locked)


def unlock(apps: Any, schema: Any) -> None:
    _each(apps, unlocked)


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
