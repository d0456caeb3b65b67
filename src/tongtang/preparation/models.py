"""Slides and script of a lesson."""

from django.db import models

from tongtang.foundation.ids import PublicIdModel
from tongtang.lessons.models import Lesson
from tongtang.people.models import Person


class Courseware(PublicIdModel):
    """An uploaded file of slides and what it was converted to: one picture a slide, under the media folder.

    `pages_done` of `pages` are converted; both are 0 until the file has been read.
    """

    class State(models.TextChoices):
        CONVERTING = "converting"
        READY = "ready"
        FAILED = "failed"

    lesson = models.ForeignKey(Lesson, models.PROTECT, related_name="courseware")
    owner = models.ForeignKey(Person, models.PROTECT)
    file_name = models.CharField(max_length=200)
    state = models.CharField(max_length=10, choices=State.choices, default=State.CONVERTING)
    problem = models.CharField(max_length=300, blank=True)
    uploaded_at = models.DateTimeField()
    pages_done = models.PositiveSmallIntegerField(default=0)
    pages = models.PositiveSmallIntegerField(default=0)


class Slide(PublicIdModel):
    """One slide as a picture; `path` is relative to the media folder."""

    courseware = models.ForeignKey(Courseware, models.CASCADE, related_name="slides")
    number = models.PositiveSmallIntegerField()
    path = models.CharField(max_length=200)
    width = models.PositiveSmallIntegerField()
    height = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=160, blank=True)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["courseware", "number"], name="slide_once")]


class ScriptStep(PublicIdModel):
    """A marker of the two-teacher script: who does what for how many minutes."""

    class Lead(models.TextChoices):
        ANCHOR = "anchor"
        LOCAL = "local"

    lesson = models.ForeignKey(Lesson, models.CASCADE, related_name="script_steps")
    number = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=60)
    minutes = models.PositiveSmallIntegerField()
    lead = models.CharField(max_length=6, choices=Lead.choices, default=Lead.ANCHOR)
    cue = models.CharField(max_length=120, blank=True)
    local_tasks = models.JSONField(default=list)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["lesson", "number"], name="script_step_once")]
