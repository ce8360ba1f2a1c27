"""A turn keeps what its reviewer looked at."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("discovery", "0001_initial")]
    operations = [
        migrations.AddField(model_name="turn", name="shown", field=models.JSONField(default=dict)),
    ]
