"""A stamp for each state of a study."""

from typing import Any

from django.db import migrations, models

from entrepot.web.coding.models import new_stamp


def give_stamps(apps: Any, schema: Any) -> None:
    for each in apps.get_model("coding", "Study").objects.all():
        each.stamp = new_stamp()
        each.save(update_fields=["stamp"])


class Migration(migrations.Migration):
    dependencies = [("coding", "0002_readers")]

    operations = [
        migrations.AddField("study", "stamp", models.CharField(default=new_stamp, max_length=32)),
        migrations.RunPython(give_stamps, migrations.RunPython.noop),
    ]
