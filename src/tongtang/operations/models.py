"""Calls for help from a classroom."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from tongtang.foundation.ids import PublicIdModel
from tongtang.lessons.models import Reception
from tongtang.people.models import Person


class HelpCall(PublicIdModel):
    """A classroom asks for help; the anchor teacher is not interrupted."""

    class Kind(models.TextChoices):
        NO_SOUND = "no_sound", _("No sound")
        NO_PICTURE = "no_picture", _("No picture")
        NO_POWER = "no_power", _("Power failure")
        PUPIL = "pupil", _("A pupil needs help")

    reception = models.ForeignKey(Reception, models.PROTECT, related_name="help_calls")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    called_by = models.ForeignKey(Person, models.PROTECT)
    called_at = models.DateTimeField()
    solved_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    solved_at = models.DateTimeField(null=True, blank=True)
