from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("timetable", "0003_plan_runs")]

    operations = [migrations.RenameField("planrun", "from_published", "keep_published")]
