"""No clash can be stored, and evidence is append-only: held by the database itself on both engines."""

from django.contrib.postgres.operations import BtreeGistExtension
from django.db import migrations

from tongtang.foundation.constraints import append_only, no_overlap, same_as_parent


class Migration(migrations.Migration):
    dependencies = [("lessons", "0001_initial")]
    operations = [
        BtreeGistExtension(),
        no_overlap("lessons_lesson", "teacher_once_at_a_time", "teacher_id", "starts_at", "busy_until"),
        no_overlap("lessons_lesson", "studio_once_at_a_time", "studio_id", "starts_at", "busy_until"),
        no_overlap("lessons_reception", "class_once_at_a_time", "home_class_id", "starts_at", "ends_at"),
        no_overlap("lessons_reception", "screen_once_at_a_time", "room_id", "starts_at", "ends_at"),
        same_as_parent("lessons_reception", "lessons_lesson", "lesson_id", ["starts_at", "ends_at", "date"]),
        append_only("lessons_evidencerow"),
    ]
