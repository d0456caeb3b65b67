from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("operations", "0001_initial")]

    operations = [
        migrations.AlterField(
            model_name="helpcall",
            name="kind",
            field=models.CharField(
                choices=[
                    ("no_sound", "No sound"),
                    ("no_picture", "No picture"),
                    ("no_power", "Power failure"),
                    ("pupil", "A pupil needs help"),
                ],
                max_length=12,
            ),
        ),
    ]
