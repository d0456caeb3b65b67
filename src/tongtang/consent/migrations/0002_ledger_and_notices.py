"""The ledger only grows, on both engines; the first notices."""

import tomllib
from pathlib import Path

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from tongtang.foundation.constraints import append_only

NOTICES = Path(__file__).parents[1] / "notices" / "2026-11.toml"


def add_notices(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    notice = apps.get_model("consent", "ConsentNotice")
    rows = tomllib.loads(NOTICES.read_text(encoding="utf-8"))["notice"]
    notice.objects.bulk_create([notice(**row) for row in rows])


class Migration(migrations.Migration):
    dependencies = [("consent", "0001_initial")]

    operations = [
        append_only("consent_consentanswer"),
        migrations.RunPython(add_notices, migrations.RunPython.noop),
    ]
