"""Entries are append-only: held by the database itself on both engines."""

from django.db import migrations

from tongtang.foundation.constraints import append_only


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]
    operations = [append_only("audit_entry")]
