"""The heart: a dated lesson is received by N classes; the evidence of each reception is append-only."""

import uuid

from django.db import models

from tongtang.access.models import ClassroomDevice
from tongtang.alliances.models import Alliance
from tongtang.curriculum.models import Subject
from tongtang.foundation.ids import PublicIdModel
from tongtang.organisations.models import HomeClass, ReceivingRoom, School, Studio
from tongtang.people.models import Person


class Mode(models.TextChoices):
    LIVE = "live"
    RECORDED = "recorded"
    EMBEDDED = "embedded"
    OBSERVED = "observed"


class ClassroomKind(models.TextChoices):
    """The three classrooms of the ministry's circular of March 2020."""

    DELIVERY = "delivery"
    MASTER = "master"
    SCHOOL_ONLINE = "school_online"


class SyncFacet(models.TextChoices):
    """Four facets of the teachers, four of the pupils."""

    PREPARE = "prepare"
    TEACH = "teach"
    RESEARCH = "research"
    EVALUATE = "evaluate"
    PREVIEW = "preview"
    ATTEND = "attend"
    PRACTISE = "practise"
    ASSESS = "assess"


class Course(PublicIdModel):
    """A broadcast group: one subject taught by one teacher to the same classes; `source_id` is the plan's group id.

    One that `follows` another is a class that watches the recordings of that one.
    """

    alliance = models.ForeignKey(Alliance, models.PROTECT, related_name="courses")
    source_id = models.CharField(max_length=64)
    subject = models.ForeignKey(Subject, models.PROTECT)
    teacher = models.ForeignKey(Person, models.PROTECT)
    follows = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="followers")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["alliance", "source_id"], name="course_once_an_alliance")]


class Lesson(PublicIdModel):
    """A dated lesson. Teacher and studio are taken until `busy_until` (end plus changeover).

    A `recorded` one is watched by one class: it takes nobody's time and no studio, and `shows` is the lesson whose
    recording it is, None where none is there to be shown. `school` is then that of the recording.
    """

    class State(models.TextChoices):
        PLANNED = "planned"
        OPEN = "open"
        LIVE = "live"
        ENDED = "ended"
        CANCELLED = "cancelled"

    class Origin(models.TextChoices):
        PLAN = "plan"
        EXTRA = "extra"
        MAKE_UP = "make_up"

    alliance = models.ForeignKey(Alliance, models.PROTECT, related_name="lessons")
    course = models.ForeignKey(Course, models.PROTECT, null=True, blank=True, related_name="lessons")
    subject = models.ForeignKey(Subject, models.PROTECT)
    title = models.CharField(max_length=120, blank=True)
    classroom_kind = models.CharField(max_length=16, choices=ClassroomKind.choices, default=ClassroomKind.DELIVERY)
    school = models.ForeignKey(School, models.PROTECT, related_name="taught_lessons")
    region_code = models.BigIntegerField(db_index=True)
    teacher = models.ForeignKey(Person, models.PROTECT, null=True, related_name="taught_lessons")
    studio = models.ForeignKey(Studio, models.PROTECT, null=True)
    date = models.DateField(db_index=True)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    busy_until = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.PLANNED)
    origin = models.CharField(max_length=8, choices=Origin.choices, default=Origin.PLAN)
    recorded = models.BooleanField(default=False)
    shows = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="showings")
    active = models.BooleanField(default=True)
    is_demo = models.BooleanField(default=False)

    class Meta:
        indexes = [
            models.Index(fields=["teacher", "starts_at"]),
            models.Index(fields=["studio", "starts_at"]),
            models.Index(fields=["school", "date"]),
            models.Index(fields=["state", "starts_at"]),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_at__gt=models.F("starts_at"), busy_until__gte=models.F("ends_at")),
                name="lesson_in_order",
            ),
            models.CheckConstraint(
                condition=models.Q(active=True) ^ models.Q(state="cancelled"), name="lesson_active_unless_cancelled"
            ),
            models.CheckConstraint(
                condition=models.Q(recorded=False) | models.Q(teacher=None, studio=None), name="recorded_is_not_taught"
            ),
            models.CheckConstraint(
                condition=models.Q(recorded=True) | models.Q(shows=None), name="only_recorded_shows"
            ),
        ]

    @property
    def planned_seconds(self) -> int:
        return int((self.ends_at - self.starts_at).total_seconds())


class Reception(PublicIdModel):
    """A lesson received by one class in one room; `starts_at`, `ends_at` and `date` always equal the lesson's.

    `facilitator` is beside the class, where its school names such people.
    """

    lesson = models.ForeignKey(Lesson, models.PROTECT, related_name="receptions")
    home_class = models.ForeignKey(HomeClass, models.PROTECT, related_name="receptions")
    school = models.ForeignKey(School, models.PROTECT, related_name="receptions")
    region_code = models.BigIntegerField(db_index=True)
    room = models.ForeignKey(ReceivingRoom, models.PROTECT, related_name="receptions")
    period_number = models.PositiveSmallIntegerField(null=True, blank=True)
    mode = models.CharField(max_length=8, choices=Mode.choices, default=Mode.LIVE)
    facilitator = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="facilitated")
    date = models.DateField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    active = models.BooleanField(default=True)
    make_up_of = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="make_ups")

    class Meta:
        indexes = [
            models.Index(fields=["home_class", "starts_at"]),
            models.Index(fields=["room", "starts_at"]),
            models.Index(fields=["school", "date"]),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["lesson", "home_class"], condition=models.Q(active=True), name="class_once_a_lesson"
            ),
            models.UniqueConstraint(
                fields=["home_class", "date", "period_number"],
                condition=models.Q(active=True, period_number__isnull=False),
                name="class_once_a_period",
            ),
            models.UniqueConstraint(
                fields=["make_up_of"],
                condition=models.Q(active=True, make_up_of__isnull=False),
                name="one_make_up",
            ),
        ]


class EvidenceKind(models.TextChoices):
    OPENED = "opened"
    JOINED = "joined"
    LEFT = "left"
    RECEIVED = "received"
    ROLL_CALL = "roll_call"
    POLL = "poll"
    PAGE = "page"
    MARKER = "marker"
    HAND = "hand"
    STAGE = "stage"
    NOTE = "note"
    HELP = "help"
    NOT_DELIVERED = "not_delivered"
    MAKE_UP = "make_up"
    CANCELLED = "cancelled"
    GAP = "gap"
    CORRECTION = "correction"


class EvidenceRow(models.Model):
    """What happened to a reception. Never changed: a correction is a new row that names the row it corrects."""

    class Source(models.TextChoices):
        PERSON = "person"
        DEVICE = "device"
        SYSTEM = "system"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True)
    reception = models.ForeignKey(Reception, models.PROTECT, related_name="evidence")
    kind = models.CharField(max_length=16, choices=EvidenceKind.choices)
    facet = models.CharField(max_length=10, choices=SyncFacet.choices, blank=True)
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_index=True)
    source = models.CharField(max_length=8, choices=Source.choices)
    actor = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    device = models.ForeignKey(ClassroomDevice, models.PROTECT, null=True, blank=True, related_name="+")
    payload = models.JSONField(default=dict)
    corrects = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="corrections")

    class Meta:
        indexes = [models.Index(fields=["reception", "kind"])]


class DeliveryRule(models.Model):
    """From a day on, a reception counts as delivered at this share of its planned seconds."""

    valid_from = models.DateField(unique=True)
    minimum_percent = models.PositiveSmallIntegerField()
    source = models.CharField(max_length=200)
