"""The database itself refuses to change or delete a record, whoever asks; a body may only be emptied."""

from django.db import migrations

REFUSED = "a record is never changed"
SQLITE = [
    f"""CREATE TRIGGER record_no_{when.lower()} BEFORE {when} ON records_record
        BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END""" for when in ("UPDATE", "DELETE")
] + [
    f"""CREATE TRIGGER body_no_delete BEFORE DELETE ON records_body
        BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END""",
    f"""CREATE TRIGGER body_only_emptied BEFORE UPDATE ON records_body
        WHEN NEW.text IS NOT NULL OR NEW.salt <> OLD.salt OR NEW.record_id <> OLD.record_id
        BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END""",
]  # fmt: skip
POSTGRESQL = [
    f"""CREATE FUNCTION records_refuse() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION '{REFUSED}'; END $$""",
    """CREATE TRIGGER record_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON records_record
       FOR EACH STATEMENT EXECUTE FUNCTION records_refuse()""",
    """CREATE TRIGGER body_no_delete BEFORE DELETE OR TRUNCATE ON records_body
       FOR EACH STATEMENT EXECUTE FUNCTION records_refuse()""",
    """CREATE TRIGGER body_only_emptied BEFORE UPDATE ON records_body FOR EACH ROW
       WHEN (NEW.text IS NOT NULL OR NEW.salt <> OLD.salt OR NEW.record_id <> OLD.record_id)
       EXECUTE FUNCTION records_refuse()""",
]


def guard(apps, schema_editor) -> None:
    for statement in POSTGRESQL if schema_editor.connection.vendor == "postgresql" else SQLITE:
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("records", "0001_initial")]

    operations = [migrations.RunPython(guard, migrations.RunPython.noop)]
