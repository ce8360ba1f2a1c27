"""Since when an objection no longer holds."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("protection", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="subjectrequest",
            name="lifted_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]
