"""Evidence transactions end in time: no late commit enters a figure that was frozen (`forms.SETTLED`)."""

from django.db import migrations

from tongtang.foundation.constraints import committed_within


class Migration(migrations.Migration):
    dependencies = [("lessons", "0004_cancelled")]
    operations = [committed_within("lessons_evidencerow", 30)]
