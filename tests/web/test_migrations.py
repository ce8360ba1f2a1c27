"""The tables of the apps are what their models say: no migration is missing."""

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor


@pytest.mark.django_db
def test_no_migration_is_missing(capsys):
    try:
        call_command("makemigrations", check=True, dry_run=True, verbosity=1)
    except SystemExit:
        pytest.fail(f"make a migration:\n{capsys.readouterr().out}")


@pytest.mark.django_db(transaction=True)
def test_turns_that_were_there_learn_of_which_run_they_are():
    def at(name):
        executor = MigrationExecutor(connection)
        executor.migrate([("discovery", name)])
        return executor.loader.project_state([("discovery", name)]).apps

    try:
        before = at("0003_together")
        run = before.get_model("runs", "Run").objects.create(name="before")
        finding = before.get_model("discovery", "Finding").objects.create(
            run_id=run.pk, actor_id="a1", code="A-1", flagged=True, kind="ring", declared="no", customers=1, persons=1,
            resale_evidence=4.0, resale_probability=0.9, q_value=0.01,
        )  # fmt: skip
        before.get_model("discovery", "Turn").objects.create(finding_id=finding.pk, queue="listed")
    finally:
        after = at("0004_turns_counted")
    assert [turn.run_id for turn in after.get_model("discovery", "Turn").objects.all()] == [run.pk]
