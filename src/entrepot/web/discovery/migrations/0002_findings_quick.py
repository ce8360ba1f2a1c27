"""The indexes of findings carry what filters ask, so that counting and leafing read the index alone."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("discovery", "0001_initial"),
        ("runs", "0001_initial"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="finding",
            name="findings_by_evidence",
        ),
        migrations.RemoveIndex(
            model_name="finding",
            name="findings_by_revenue",
        ),
        migrations.RemoveIndex(
            model_name="finding",
            name="findings_by_excess",
        ),
        migrations.AddIndex(
            model_name="finding",
            index=models.Index(
                fields=["run", "flagged", "-resale_evidence", "actor_id", "declared", "kind", "state"],
                name="findings_by_evidence",
            ),
        ),
        migrations.AddIndex(
            model_name="finding",
            index=models.Index(
                fields=["run", "flagged", "-revenue", "actor_id", "declared", "kind", "state"],
                name="findings_by_revenue",
            ),
        ),
        migrations.AddIndex(
            model_name="finding",
            index=models.Index(
                fields=["run", "flagged", "-excess_units", "actor_id", "declared", "kind", "state"],
                name="findings_by_excess",
            ),
        ),
        migrations.AddIndex(
            model_name="finding",
            index=models.Index(
                fields=["run", "flagged", "-first_evident_on", "actor_id", "declared", "kind", "state"],
                name="findings_by_since",
            ),
        ),
    ]
