"""The first tables of `discovery`."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("runs", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Finding",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("actor_id", models.CharField(max_length=40)),
                ("code", models.CharField(max_length=30)),
                ("flagged", models.BooleanField()),
                ("kind", models.CharField(max_length=60)),
                ("declared", models.CharField(max_length=20)),
                ("customers", models.IntegerField()),
                ("persons", models.IntegerField()),
                ("resale_evidence", models.FloatField()),
                ("resale_probability", models.FloatField()),
                ("q_value", models.FloatField()),
                ("excess_units", models.FloatField(null=True)),
                ("excess_units_low", models.FloatField(null=True)),
                ("excess_units_high", models.FloatField(null=True)),
                ("excess_revenue", models.FloatField(null=True)),
                ("excess_revenue_low", models.FloatField(null=True)),
                ("excess_revenue_high", models.FloatField(null=True)),
                ("units", models.FloatField(null=True)),
                ("revenue", models.FloatField(null=True)),
                ("first_evident_on", models.DateField(null=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "open"),
                            ("later", "later"),
                            ("confirmed", "confirmed"),
                            ("rejected", "rejected"),
                            ("cannot_tell", "cannot_tell"),
                        ],
                        default="open",
                        max_length=20,
                    ),
                ),
                ("decided_at", models.DateTimeField(null=True)),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="findings", to="runs.run"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Detail",
            fields=[
                (
                    "finding",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="detail",
                        serialize=False,
                        to="discovery.finding",
                    ),
                ),
                ("said", models.JSONField()),
            ],
        ),
        migrations.CreateModel(
            name="Appeal",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("made_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("link_digest", models.CharField(max_length=64, unique=True)),
                ("expires_at", models.DateTimeField()),
                ("said", models.TextField(blank=True)),
                ("said_at", models.DateTimeField(blank=True, null=True)),
                ("answer_by", models.DateTimeField(blank=True, null=True)),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                ("upheld", models.BooleanField(null=True)),
                ("answer", models.TextField(blank=True)),
                (
                    "decided_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "file",
                    models.ForeignKey(
                        blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, to="runs.upload"
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "finding",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="appeals",
                        to="discovery.finding",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="LabelImport",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("source", models.CharField(max_length=200)),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                ("agreement", models.JSONField(default=dict)),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("upload", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="runs.upload")),
            ],
        ),
        migrations.CreateModel(
            name="ImportedLabel",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("customer_id", models.CharField(blank=True, max_length=200)),
                ("actor_id", models.CharField(blank=True, max_length=40)),
                ("order_id", models.CharField(blank=True, max_length=200)),
                ("verdict", models.CharField(max_length=20)),
                ("kind", models.CharField(blank=True, max_length=60)),
                ("reason", models.TextField(blank=True)),
                ("reviewed_at", models.DateTimeField()),
                (
                    "batch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="labels",
                        to="discovery.labelimport",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Observation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "step",
                    models.CharField(
                        choices=[
                            ("purchase", "purchase"),
                            ("advertise", "advertise"),
                            ("sell", "sell"),
                            ("deliver", "deliver"),
                        ],
                        max_length=20,
                    ),
                ),
                ("caption", models.CharField(max_length=500)),
                ("source_type", models.CharField(max_length=60)),
                ("seen_on", models.DateField()),
                ("place", models.CharField(blank=True, max_length=200)),
                ("pseudonym", models.CharField(blank=True, max_length=100)),
                ("sensitivity", models.CharField(default="internal", max_length=20)),
                ("lawful_source", models.CharField(max_length=300)),
                ("need", models.CharField(max_length=300)),
                ("expires_on", models.DateField()),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                ("erased_at", models.DateTimeField(blank=True, null=True)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "file",
                    models.ForeignKey(
                        blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, to="runs.upload"
                    ),
                ),
            ],
            options={
                "ordering": ["-seen_on", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="ObservedActor",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("actor_id", models.CharField(db_index=True, max_length=40)),
                (
                    "observation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="actors",
                        to="discovery.observation",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Picture",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=200)),
                ("svg", models.TextField()),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="pictures", to="runs.run"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="SavedView",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=100)),
                ("query", models.CharField(max_length=1000)),
                (
                    "colleague",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="views",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Turn",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "queue",
                    models.CharField(
                        choices=[
                            ("listed", "listed"),
                            ("audit", "audit"),
                            ("second", "second"),
                            ("appeal", "appeal"),
                        ],
                        max_length=20,
                    ),
                ),
                ("shown_probability_0_1", models.FloatField(default=1.0)),
                ("due_at", models.DateTimeField(blank=True, null=True)),
                ("held_until", models.DateTimeField(blank=True, null=True)),
                ("escalated_at", models.DateTimeField(blank=True, null=True)),
                ("put_off_until", models.DateTimeField(blank=True, null=True)),
                ("done_at", models.DateTimeField(blank=True, null=True)),
                (
                    "finding",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="turns",
                        to="discovery.finding",
                    ),
                ),
                (
                    "handed_to",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="handed",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "holder",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="held",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "not_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Review",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "verdict",
                    models.CharField(
                        choices=[
                            ("confirmed", "confirmed"),
                            ("rejected", "rejected"),
                            ("cannot_tell", "cannot_tell"),
                        ],
                        max_length=20,
                    ),
                ),
                ("kind", models.CharField(blank=True, max_length=60)),
                ("reason", models.CharField(max_length=60)),
                ("note", models.TextField(blank=True)),
                ("shown_because", models.CharField(max_length=20)),
                ("shown_probability_0_1", models.FloatField(default=1.0)),
                ("is_blind", models.BooleanField(default=False)),
                ("form", models.CharField(max_length=64, unique=True)),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "finding",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reviews",
                        to="discovery.finding",
                    ),
                ),
                (
                    "reviewer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reviews",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "turn",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reviews",
                        to="discovery.turn",
                    ),
                ),
            ],
            options={
                "ordering": ["at", "pk"],
            },
        ),
        migrations.AddIndex(
            model_name="finding",
            index=models.Index(
                fields=["run", "flagged", "-resale_evidence", "actor_id"], name="findings_by_evidence"
            ),
        ),
        migrations.AddIndex(
            model_name="finding",
            index=models.Index(fields=["run", "flagged", "-revenue", "actor_id"], name="findings_by_revenue"),
        ),
        migrations.AddIndex(
            model_name="finding",
            index=models.Index(
                fields=["run", "flagged", "-excess_units", "actor_id"], name="findings_by_excess"
            ),
        ),
        migrations.AddIndex(
            model_name="finding",
            index=models.Index(fields=["run", "flagged", "state"], name="findings_by_state"),
        ),
        migrations.AddIndex(
            model_name="finding",
            index=models.Index(fields=["run", "code"], name="findings_by_code"),
        ),
        migrations.AddConstraint(
            model_name="finding",
            constraint=models.UniqueConstraint(fields=("run", "actor_id"), name="a_finding_an_actor"),
        ),
        migrations.AddConstraint(
            model_name="observedactor",
            constraint=models.UniqueConstraint(
                fields=("observation", "actor_id"), name="an_observed_actor_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="picture",
            constraint=models.UniqueConstraint(fields=("run", "name"), name="a_picture_once"),
        ),
        migrations.AddConstraint(
            model_name="savedview",
            constraint=models.UniqueConstraint(fields=("colleague", "name"), name="a_view_once"),
        ),
        migrations.AddIndex(
            model_name="turn",
            index=models.Index(fields=["done_at", "queue", "due_at"], name="turns_to_do"),
        ),
        migrations.AddConstraint(
            model_name="turn",
            constraint=models.UniqueConstraint(fields=("finding", "queue"), name="a_turn_once"),
        ),
    ]
