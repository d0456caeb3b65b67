"""Nobody holds two of the three powers on one day: held by the database itself on both engines."""

import uuid

from django.contrib.postgres.operations import BtreeGistExtension
from django.db import migrations, models

from tongtang.foundation.constraints import one_of_at_a_time

POWERS = ("system_administrator", "security_administrator", "auditor")


class Migration(migrations.Migration):
    dependencies = [("access", "0006_public_ids_of_roles")]
    operations = [
        migrations.AlterField(
            model_name="roleassignment",
            name="public_id",
            field=models.UUIDField(default=uuid.uuid4, editable=False, unique=True),
        ),
        BtreeGistExtension(),
        one_of_at_a_time("access_roleassignment", "one_power", "person_id", "role", POWERS, "valid_from", "valid_to"),
    ]
