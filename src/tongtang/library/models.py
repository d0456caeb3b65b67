"""Resources that outlive the lesson: first the recordings."""

from django.db import models

from tongtang.foundation.ids import PublicIdModel
from tongtang.lessons.models import Lesson


class Resource(PublicIdModel):
    """A resource of the library. A recording belongs to the lesson it was made of.

    `released_at`: from then on it is kept; one that nobody released is deleted after a school year.
    """

    class Kind(models.TextChoices):
        RECORDING = "recording"

    class State(models.TextChoices):
        WAITING = "waiting"
        READY = "ready"
        FAILED = "failed"

    kind = models.CharField(max_length=12, choices=Kind.choices)
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    lesson = models.OneToOneField(Lesson, models.PROTECT, null=True, blank=True, related_name="recording")
    title = models.CharField(max_length=160)
    region_code = models.BigIntegerField(db_index=True)
    folder = models.CharField(max_length=200, blank=True)
    duration_seconds = models.FloatField(null=True, blank=True)
    byte_size = models.BigIntegerField(null=True, blank=True)
    made_at = models.DateTimeField()
    ready_at = models.DateTimeField(null=True, blank=True)
    released_at = models.DateTimeField(null=True, blank=True)
    problem = models.CharField(max_length=300, blank=True)


class Chapter(models.Model):
    """A named point of a resource, from a slide or a step of the script; seconds from its start.

    `picture` is the slide that shows from here, a file of the resource's folder; "" leaves the one before.
    """

    resource = models.ForeignKey(Resource, models.CASCADE, related_name="chapters")
    starts_second = models.FloatField()
    title = models.CharField(max_length=160)
    picture = models.CharField(max_length=80, blank=True)

    class Meta:
        ordering = ["starts_second"]
