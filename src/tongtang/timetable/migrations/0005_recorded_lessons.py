"""What may be watched recorded, and what plans have recorded."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("curriculum", "0004_first_plans"),
        ("organisations", "0003_school_changes"),
        ("timetable", "0004_keep_published"),
    ]

    operations = [
        migrations.AddField("planrun", "recorded", models.JSONField(default=list)),
        migrations.AddField("publishedplan", "recorded", models.JSONField(default=list)),
        migrations.CreateModel(
            name="Recordable",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("ended_on", models.DateField(blank=True, null=True)),
                ("lessons_per_week", models.PositiveSmallIntegerField()),
                (
                    "home_class",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="recordables",
                        to="organisations.homeclass",
                    ),
                ),
                (
                    "subject",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="curriculum.subject"),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("home_class", "subject"), name="recordable_once")],
            },
        ),
    ]
