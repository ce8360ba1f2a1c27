"""A turn says of which run it is, and an index holds all that counting a queue asks for."""

from django.conf import settings
from django.db import migrations, models
from django.db.models import CASCADE, OuterRef, Subquery


def say_the_run(apps, schema_editor):
    turns, findings = apps.get_model("discovery", "Turn"), apps.get_model("discovery", "Finding")
    run = findings.objects.filter(pk=OuterRef("finding_id")).values("run_id")[:1]
    turns.objects.update(run_id=Subquery(run))


class Migration(migrations.Migration):
    dependencies = [
        ("discovery", "0003_together"),
        ("runs", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="turn",
            name="run",
            field=models.ForeignKey(
                db_index=False,
                editable=False,
                null=True,
                on_delete=CASCADE,
                related_name="turns",
                to="runs.run",
            ),
        ),
        migrations.RunPython(say_the_run, migrations.RunPython.noop, elidable=False),
        migrations.AlterField(
            model_name="turn",
            name="run",
            field=models.ForeignKey(
                db_index=False, editable=False, on_delete=CASCADE, related_name="turns", to="runs.run"
            ),
        ),
        migrations.AddIndex(
            model_name="turn",
            index=models.Index(
                fields=[
                    "run",
                    "done_at",
                    "queue",
                    "due_at",
                    "escalated_at",
                    "put_off_until",
                    "held_until",
                    "holder",
                    "handed_to",
                    "not_by",
                    "finding",
                ],
                name="turns_counted",
            ),
        ),
    ]
