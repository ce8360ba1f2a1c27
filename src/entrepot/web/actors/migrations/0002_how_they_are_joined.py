"""A correction says whether customers are one person or persons who act together."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("actors", "0001_initial")]
    operations = [
        migrations.AddField(
            model_name="correction", name="joins", field=models.CharField(default="actor", max_length=10)
        ),
    ]
