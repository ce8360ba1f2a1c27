"""Observations say who speaks, whether their source is concealed, and informality as it was seen."""

import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("discovery", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            "observation", "changed_at", models.DateTimeField(default=django.utils.timezone.now)
        ),
        migrations.AddField("observation", "form", models.CharField(max_length=64, null=True, unique=True)),
        migrations.AddField("observation", "is_source_concealed", models.BooleanField(default=False)),
        migrations.AddField("observation", "legitimacy", models.JSONField(default=dict)),
        migrations.AddField("observation", "role", models.CharField(blank=True, max_length=100)),
        migrations.AddField("observation", "rules_touched", models.JSONField(default=list)),
        migrations.AddIndex(
            "observation", models.Index(fields=["expires_on", "-seen_on"], name="observations_by_day")
        ),
    ]
