"""The subjects known to the house."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

CODES = [
    "chinese",
    "maths",
    "english",
    "ethics",
    "science",
    "physics",
    "chemistry",
    "biology",
    "history",
    "geography",
    "pe",
    "music",
    "art",
    "it",
    "labour",
    "practice",
    "local",
    "wellbeing",
    "safety",
    "calligraphy",
    "class_meeting",
]


def add_subjects(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    subject = apps.get_model("curriculum", "Subject")
    subject.objects.bulk_create([subject(code=code, order=order) for order, code in enumerate(CODES, start=1)])


class Migration(migrations.Migration):
    dependencies = [("curriculum", "0001_initial")]
    operations = [migrations.RunPython(add_subjects, migrations.RunPython.noop)]
