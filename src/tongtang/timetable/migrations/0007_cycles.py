"""Lessons that are owed once in several weeks."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("timetable", "0006_facilitators")]

    operations = [
        migrations.AddField("requirement", "every_weeks", models.PositiveSmallIntegerField(default=1)),
    ]
