from django.db import migrations

from tongtang.foundation.constraints import reference_by_sets


class Migration(migrations.Migration):
    dependencies = [("people", "0003_guardianship")]

    operations = [reference_by_sets("people_enrolment", "pupil_id", "people_pupil")]
