"""The live session of a lesson and what happens in it. The evidence itself stands in `lessons`."""

import uuid

from django.db import models

from tongtang.access.models import ClassroomDevice
from tongtang.foundation.ids import PublicIdModel
from tongtang.lessons.models import Lesson, Reception
from tongtang.people.models import Person
from tongtang.preparation.models import ScriptStep, Slide


class LiveSession(models.Model):
    """The state that every page of a lesson shows; `version` grows by one with each change."""

    class Source(models.TextChoices):
        CAMERA = "camera"
        FILE = "file"

    lesson = models.OneToOneField(Lesson, models.PROTECT, related_name="session")
    source = models.CharField(max_length=6, choices=Source.choices, default=Source.CAMERA)
    opened_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    recording = models.BooleanField(default=True)
    slide = models.ForeignKey(Slide, models.SET_NULL, null=True, blank=True)
    step = models.ForeignKey(ScriptStep, models.SET_NULL, null=True, blank=True)
    step_started_at = models.DateTimeField(null=True, blank=True)
    on_stage = models.ForeignKey(Reception, models.SET_NULL, null=True, blank=True, related_name="+")
    on_stage_since = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)
    media_epoch = models.PositiveIntegerField(default=0)
    webrtc = models.BooleanField(default=False)
    hls_ready_at = models.DateTimeField(null=True, blank=True)


class SessionEvent(models.Model):
    """What the studio did and when: the chapters of the recording come from here."""

    class Kind(models.TextChoices):
        OPENED = "opened"
        STARTED = "started"
        SLIDE = "slide"
        STEP = "step"
        STAGE = "stage"
        POLL = "poll"
        MEDIA = "media"
        ENDED = "ended"

    session = models.ForeignKey(LiveSession, models.CASCADE, related_name="events")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    at = models.DateTimeField()
    title = models.CharField(max_length=160, blank=True)
    slide = models.ForeignKey(Slide, models.SET_NULL, null=True, blank=True)

    class Meta:
        ordering = ["at", "id"]


class MediaTrack(models.Model):
    """Bytes of one participant written without a break; a reconnect is a new track, never a lost lesson."""

    session = models.ForeignKey(LiveSession, models.CASCADE, related_name="tracks")
    participant = models.CharField(max_length=64)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)


class RoomPresence(models.Model):
    """A device or phone in a lesson's room; seen_at is renewed by its reports."""

    class Link(models.TextChoices):
        WEBRTC = "webrtc"
        HLS = "hls"
        NONE = "none"

    reception = models.ForeignKey(Reception, models.CASCADE, related_name="presences")
    device = models.ForeignKey(ClassroomDevice, models.CASCADE, null=True, blank=True)
    client = models.UUIDField()
    joined_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    link = models.CharField(max_length=6, choices=Link.choices, default=Link.NONE)
    quality = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["reception", "client"], name="presence_once")]


class RaisedHand(models.Model):
    """A class asks to speak; lowered by either side."""

    reception = models.ForeignKey(Reception, models.CASCADE, related_name="hands")
    raised_at = models.DateTimeField()
    lowered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["reception"], condition=models.Q(lowered_at=None), name="one_raised_hand")
        ]


class Poll(PublicIdModel):
    """A question to all classes; `options` are its texts, answered as counts for the class."""

    session = models.ForeignKey(LiveSession, models.CASCADE, related_name="polls")
    question = models.CharField(max_length=120)
    options = models.JSONField()
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["session"], condition=models.Q(closed_at=None), name="one_open_poll")
        ]


class PollCount(models.Model):
    """How many pupils of a class chose each option; the last one handed over counts."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True)
    poll = models.ForeignKey(Poll, models.CASCADE, related_name="counts")
    reception = models.ForeignKey(Reception, models.CASCADE)
    counts = models.JSONField()
    submitted_by = models.ForeignKey(Person, models.PROTECT)
    submitted_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["poll", "reception"], name="one_count_a_class")]
