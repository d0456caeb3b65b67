"""What people are told."""

from django.db import models

from tongtang.foundation.ids import PublicIdModel
from tongtang.people.models import Person


class Notice(PublicIdModel):
    """A sentence to one person about one event; `key` names the event, so that nobody is told of it twice.

    The sentence stays as it was told; what it is about may change later.
    """

    person = models.ForeignKey(Person, models.PROTECT, related_name="notices")
    key = models.CharField(max_length=120)
    text = models.CharField(max_length=500)
    made_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["person", "made_at"])]
        constraints = [models.UniqueConstraint(fields=["person", "key"], name="told_once")]
