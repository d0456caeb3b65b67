"""Who is beside a class while it receives."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("lessons", "0006_recorded_lessons"), ("people", "0005_one_index_of_a_pupils_enrolments")]

    operations = [
        migrations.AddField(
            "reception",
            "facilitator",
            models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="facilitated",
                to="people.person",
            ),
        ),
    ]
