"""A day from which what was said in a round is deleted: for rounds that are there, two years after their end."""

from typing import Any

from django.db import migrations, models

from entrepot.units import first_of_month, month_number

MONTHS = 24


def give_days(apps: Any, schema: Any) -> None:
    rounds = apps.get_model("sensemaking", "Round")
    for each in rounds.objects.all():
        ended = (each.closed_at or each.ends_at).date()
        each.retain_until = first_of_month(month_number(ended) + MONTHS + 1)
        each.save(update_fields=["retain_until"])


class Migration(migrations.Migration):
    dependencies = [("sensemaking", "0002_readings")]

    operations = [
        migrations.AddField("round", "retain_until", models.DateField(null=True)),
        migrations.AddField("round", "kept", models.JSONField(default=dict)),
        migrations.AlterField(
            "round",
            "state",
            models.CharField(
                choices=[("open", "open"), ("closed", "closed"), ("void", "void"), ("purged", "purged")],
                default="open",
                max_length=10,
            ),
        ),
        migrations.RunPython(give_days, migrations.RunPython.noop),
    ]
