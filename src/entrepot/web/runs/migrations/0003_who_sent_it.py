"""The document of an appeal was sent by the person concerned, who is no colleague: its `by` is empty."""

from django.conf import settings
from django.db import migrations, models


def by_nobody_of_us(apps, schema_editor):
    """Documents that were kept as if who made the link had sent them."""
    apps.get_model("runs", "Upload").objects.filter(table="appeal").update(by=None)


class Migration(migrations.Migration):
    dependencies = [
        ("runs", "0002_tickets"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name="upload",
            name="by",
            field=models.ForeignKey(
                null=True, on_delete=models.deletion.PROTECT, to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.RunPython(by_nobody_of_us, migrations.RunPython.noop),
    ]
