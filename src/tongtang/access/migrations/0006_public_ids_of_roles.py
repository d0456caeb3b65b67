"""Every role assignment gets a public id of its own."""

import uuid

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

BATCH = 1000


def give_ids(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    model = apps.get_model("access", "RoleAssignment")
    rows = list(model.objects.filter(public_id=None).only("pk"))
    for row in rows:
        row.public_id = uuid.uuid4()
    model.objects.bulk_update(rows, ["public_id"], batch_size=BATCH)


class Migration(migrations.Migration):
    dependencies = [("access", "0005_roles_factors_approvals")]
    operations = [migrations.RunPython(give_ids, migrations.RunPython.noop)]
