from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("classroom", "0001_initial")]

    operations = [migrations.DeleteModel(name="PhonePairing")]
