"""Three changes that were made side by side come together."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("discovery", "0002_findings_quick"),
        ("discovery", "0002_observations_in_full"),
        ("discovery", "0002_what_a_turn_shows"),
    ]
    operations = []
