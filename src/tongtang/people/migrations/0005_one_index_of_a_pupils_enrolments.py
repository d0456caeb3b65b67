import django.db.models.deletion
from django.db import migrations, models

from tongtang.foundation.constraints import reference_by_sets


class Migration(migrations.Migration):
    dependencies = [
        ("organisations", "0003_school_changes"),
        ("people", "0004_enrolments_by_sets"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="enrolment",
            name="one_open_enrolment",
        ),
        migrations.AlterField(
            model_name="enrolment",
            name="pupil",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="enrolments",
                to="people.pupil",
            ),
        ),
        migrations.AddConstraint(
            model_name="enrolment",
            constraint=models.UniqueConstraint(
                models.F("pupil"),
                models.Case(models.When(valid_to=None, then=0)),
                name="one_open_enrolment",
            ),
        ),
        reference_by_sets("people_enrolment", "home_class_id", "organisations_homeclass", few=True),
    ]
