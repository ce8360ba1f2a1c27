"""The first tables of `sensemaking`."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import entrepot.web.sensemaking.models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Seat",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("unit", models.CharField(max_length=100)),
                ("level", models.CharField(max_length=10)),
                ("cell", models.CharField(blank=True, max_length=100)),
            ],
        ),
        migrations.CreateModel(
            name="Round",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                (
                    "stage",
                    models.CharField(
                        choices=[
                            ("what_is_going_on", "what_is_going_on"),
                            ("what_do_we_do", "what_do_we_do"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "mode",
                    models.CharField(
                        choices=[
                            ("blind_by_unit", "blind_by_unit"),
                            ("blind", "blind"),
                            ("whole_group", "whole_group"),
                            ("attributed", "attributed"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "feedback",
                    models.CharField(
                        choices=[("none", "none"), ("distribution", "distribution"), ("reasons", "reasons")],
                        default="none",
                        max_length=20,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "open"), ("closed", "closed"), ("void", "void")],
                        default="open",
                        max_length=10,
                    ),
                ),
                ("opened_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("ends_at", models.DateTimeField()),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                ("counts", models.JSONField(default=dict)),
                (
                    "opened_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["question", "number"],
            },
        ),
        migrations.CreateModel(
            name="Answer",
            fields=[
                (
                    "seat",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="answer",
                        serialize=False,
                        to="sensemaking.seat",
                    ),
                ),
                ("said", models.JSONField()),
                ("reason", models.TextField(blank=True)),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
        ),
        migrations.CreateModel(
            name="Question",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("title", models.CharField(max_length=200)),
                ("text", models.TextField(blank=True)),
                (
                    "stage",
                    models.CharField(
                        choices=[
                            ("what_is_going_on", "what_is_going_on"),
                            ("what_do_we_do", "what_do_we_do"),
                        ],
                        default="what_is_going_on",
                        max_length=20,
                    ),
                ),
                ("owner", models.CharField(blank=True, max_length=200)),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="Evidence",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("run", "run"),
                            ("finding", "finding"),
                            ("observation", "observation"),
                            ("other", "other"),
                        ],
                        max_length=20,
                    ),
                ),
                ("refers_to", models.CharField(blank=True, max_length=200)),
                ("title", models.CharField(max_length=300)),
                ("text", models.TextField(blank=True)),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "question",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="evidence",
                        to="sensemaking.question",
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="Act",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("unit", models.CharField(max_length=100)),
                (
                    "level",
                    models.CharField(choices=[("leader", "leader"), ("staff", "staff")], max_length=10),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("informed", "informed"),
                            ("promoted", "promoted"),
                            ("voiced", "voiced"),
                            ("heard", "heard"),
                            ("dismissed", "dismissed"),
                            ("left_open", "left_open"),
                            ("concluded", "concluded"),
                            ("reopened", "reopened"),
                        ],
                        max_length=20,
                    ),
                ),
                ("to_units", models.JSONField(default=list)),
                (
                    "verdict",
                    models.CharField(
                        blank=True,
                        choices=[("compatible", "compatible"), ("incompatible", "incompatible")],
                        max_length=20,
                    ),
                ),
                (
                    "priority",
                    models.CharField(
                        blank=True,
                        choices=[("institutionalised", "institutionalised"), ("emerging", "emerging")],
                        max_length=20,
                    ),
                ),
                ("owner", models.CharField(blank=True, max_length=200)),
                ("happened", models.CharField(blank=True, max_length=40)),
                ("review_on", models.CharField(blank=True, max_length=10)),
                ("source", models.TextField(blank=True)),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                ("form", models.CharField(max_length=64, null=True, unique=True)),
                (
                    "answers",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="answered_by",
                        to="sensemaking.act",
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "question",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="acts",
                        to="sensemaking.question",
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="SealedBox",
            fields=[
                (
                    "round",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="box",
                        serialize=False,
                        to="sensemaking.round",
                    ),
                ),
                ("sealed", models.TextField()),
            ],
        ),
        migrations.AddField(
            model_name="seat",
            name="round",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="seats", to="sensemaking.round"
            ),
        ),
        migrations.AddField(
            model_name="round",
            name="question",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="rounds", to="sensemaking.question"
            ),
        ),
        migrations.CreateModel(
            name="Reason",
            fields=[
                (
                    "key",
                    models.CharField(
                        default=entrepot.web.sensemaking.models.random_key,
                        max_length=32,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("text", models.TextField()),
                (
                    "round",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="reasons",
                        to="sensemaking.round",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Drawn",
            fields=[
                (
                    "key",
                    models.CharField(
                        default=entrepot.web.sensemaking.models.random_key,
                        max_length=32,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "seat",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="drawn",
                        to="sensemaking.seat",
                    ),
                ),
                (
                    "round",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="drawn",
                        to="sensemaking.round",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Code",
            fields=[
                (
                    "key",
                    models.CharField(
                        default=entrepot.web.sensemaking.models.random_key,
                        max_length=32,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("cell", models.CharField(max_length=100)),
                ("digest", models.CharField(max_length=64, unique=True)),
                ("on_paper", models.BooleanField(default=False)),
                (
                    "round",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="codes",
                        to="sensemaking.round",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Ballot",
            fields=[
                (
                    "key",
                    models.CharField(
                        default=entrepot.web.sensemaking.models.random_key,
                        max_length=32,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("cell", models.CharField(max_length=100)),
                ("said", models.JSONField()),
                (
                    "round",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="ballots",
                        to="sensemaking.round",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Stakeholder",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(blank=True, max_length=200)),
                ("unit", models.CharField(max_length=100)),
                (
                    "level",
                    models.CharField(choices=[("leader", "leader"), ("staff", "staff")], max_length=10),
                ),
                ("language", models.CharField(blank=True, max_length=10)),
                ("left_at", models.DateTimeField(blank=True, null=True)),
                (
                    "colleague",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="asked",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "question",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="stakeholders",
                        to="sensemaking.question",
                    ),
                ),
            ],
            options={
                "ordering": ["unit", "level", "pk"],
            },
        ),
        migrations.AddField(
            model_name="seat",
            name="stakeholder",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="seats",
                to="sensemaking.stakeholder",
            ),
        ),
        migrations.CreateModel(
            name="Version",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("body", models.JSONField()),
                ("why", models.CharField(blank=True, max_length=500)),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "question",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="versions",
                        to="sensemaking.question",
                    ),
                ),
            ],
            options={
                "ordering": ["-number"],
            },
        ),
        migrations.CreateModel(
            name="Signature",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "stance",
                    models.CharField(
                        choices=[("carries", "carries"), ("dissents", "dissents")], max_length=10
                    ),
                ),
                ("words", models.TextField(blank=True)),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "colleague",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="signatures",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="signatures",
                        to="sensemaking.version",
                    ),
                ),
            ],
            options={
                "ordering": ["at", "pk"],
            },
        ),
        migrations.AddConstraint(
            model_name="round",
            constraint=models.UniqueConstraint(fields=("question", "number"), name="a_round_number_once"),
        ),
        migrations.AddConstraint(
            model_name="round",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "open")), fields=("question",), name="one_open_round_a_question"
            ),
        ),
        migrations.AddConstraint(
            model_name="stakeholder",
            constraint=models.UniqueConstraint(fields=("question", "colleague"), name="a_stakeholder_once"),
        ),
        migrations.AddConstraint(
            model_name="seat",
            constraint=models.UniqueConstraint(fields=("round", "stakeholder"), name="a_seat_once"),
        ),
        migrations.AddConstraint(
            model_name="version",
            constraint=models.UniqueConstraint(fields=("question", "number"), name="a_version_once"),
        ),
        migrations.AddConstraint(
            model_name="signature",
            constraint=models.UniqueConstraint(fields=("version", "colleague"), name="a_signature_once"),
        ),
    ]
