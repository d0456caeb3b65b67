"""The rule of delivery that the house starts with; a later rule is a further row."""

from datetime import date

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def add_rule(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    apps.get_model("lessons", "DeliveryRule").objects.create(
        valid_from=date(2020, 1, 1), minimum_percent=80, source="docs/decisions/0001-when-a-reception-is-delivered.md"
    )


class Migration(migrations.Migration):
    dependencies = [("lessons", "0002_constraints")]
    operations = [migrations.RunPython(add_rule, migrations.RunPython.noop)]
