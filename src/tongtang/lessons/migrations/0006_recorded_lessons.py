"""Lessons that are watched recorded, and who is beside a class.

SQLite copies a table to change it, and a copy has no triggers: they are taken off before and put back after.
"""

import django.db.models.deletion
from django.db import migrations, models

from tongtang.foundation.constraints import VendorSQL, no_overlap, same_as_parent

HELD = (
    no_overlap("lessons_lesson", "teacher_once_at_a_time", "teacher_id", "starts_at", "busy_until"),
    no_overlap("lessons_lesson", "studio_once_at_a_time", "studio_id", "starts_at", "busy_until"),
    no_overlap("lessons_reception", "class_once_at_a_time", "home_class_id", "starts_at", "ends_at"),
    no_overlap("lessons_reception", "screen_once_at_a_time", "room_id", "starts_at", "ends_at"),
    same_as_parent("lessons_reception", "lessons_lesson", "lesson_id", ["starts_at", "ends_at", "date"]),
)


def off(one: VendorSQL) -> VendorSQL:
    return VendorSQL(
        {"postgresql": [], "sqlite": one.undo["sqlite"]}, {"postgresql": [], "sqlite": one.statements["sqlite"]}
    )


def on(one: VendorSQL) -> VendorSQL:
    return VendorSQL(
        {"postgresql": [], "sqlite": one.statements["sqlite"]}, {"postgresql": [], "sqlite": one.undo["sqlite"]}
    )


class Migration(migrations.Migration):
    dependencies = [("lessons", "0005_evidence_in_time"), ("people", "0005_one_index_of_a_pupils_enrolments")]

    operations = [
        migrations.AddField(
            "course",
            "follows",
            models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="followers",
                to="lessons.course",
            ),
        ),
        *map(off, HELD),
        migrations.AddField("lesson", "recorded", models.BooleanField(default=False)),
        migrations.AddField(
            "lesson",
            "shows",
            models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="showings",
                to="lessons.lesson",
            ),
        ),
        migrations.AddConstraint(
            "lesson",
            models.CheckConstraint(
                condition=models.Q(recorded=False) | models.Q(teacher=None, studio=None),
                name="recorded_is_not_taught",
            ),
        ),
        migrations.AddConstraint(
            "lesson",
            models.CheckConstraint(
                condition=models.Q(recorded=True) | models.Q(shows=None), name="only_recorded_shows"
            ),
        ),
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
        *map(on, HELD),
    ]
