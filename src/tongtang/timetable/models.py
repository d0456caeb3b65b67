"""What a county's weekly plan is checked against, each published plan, and the dated orders over it."""

from datetime import date

from django.db import models

from tongtang.alliances.models import Alliance
from tongtang.curriculum.models import Subject
from tongtang.foundation.ids import PublicIdModel
from tongtang.lessons.models import Lesson, Reception
from tongtang.organisations.models import BellSchedule, HomeClass, ImportedDetail, School, Term
from tongtang.people.models import Person


class Requirement(ImportedDetail):
    """Lessons a week of a subject that are owed to a class by broadcast, once in `every_weeks` weeks."""

    home_class = models.ForeignKey(HomeClass, models.CASCADE, related_name="requirements")
    subject = models.ForeignKey(Subject, models.PROTECT)
    lessons_per_week = models.PositiveSmallIntegerField()
    every_weeks = models.PositiveSmallIntegerField(default=1)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["home_class", "subject"], name="requirement_once")]


class Facilitator(ImportedDetail):
    """Somebody who can be beside the classes of a school while they receive; without any, somebody always is."""

    school = models.ForeignKey(School, models.CASCADE, related_name="facilitators")
    person = models.ForeignKey(Person, models.CASCADE, related_name="facilitates")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person"], name="facilitator_of_one_school")]


class Recordable(ImportedDetail):
    """Lessons a week of a subject that a class may watch recorded where no live one can be had."""

    home_class = models.ForeignKey(HomeClass, models.CASCADE, related_name="recordables")
    subject = models.ForeignKey(Subject, models.PROTECT)
    lessons_per_week = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["home_class", "subject"], name="recordable_once")]


class TeacherUnavailability(ImportedDetail):
    """Clock time of a weekday (1 = Monday) at which a teacher cannot teach."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="unavailabilities")
    weekday = models.PositiveSmallIntegerField()
    starts = models.TimeField()
    ends = models.TimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "weekday", "starts"], name="unavailability_once")]


class ClassBlock(ImportedDetail):
    """A period of a weekday that a class has given away already."""

    home_class = models.ForeignKey(HomeClass, models.CASCADE, related_name="blocks")
    weekday = models.PositiveSmallIntegerField()
    period_number = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["home_class", "weekday", "period_number"], name="block_once")]


class PlanRule(ImportedDetail):
    """A rule of a county's plans, as in its rules.csv."""

    county_code = models.BigIntegerField()
    rule = models.CharField(max_length=60)
    value = models.CharField(max_length=120)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["county_code", "rule"], name="plan_rule_once")]


class PublishedPlan(models.Model):
    """A weekly plan that was checked and published from a day on; `broadcasts` and `recorded` are the plan as read."""

    alliance = models.ForeignKey(Alliance, models.PROTECT, related_name="plans")
    term = models.ForeignKey(Term, models.PROTECT)
    applies_from = models.DateField()
    digest = models.CharField(max_length=64)
    broadcasts = models.JSONField()
    recorded = models.JSONField(default=list)
    published_at = models.DateTimeField()
    published_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True)


class PlanRun(PublicIdModel):
    """A search for a county's weekly plan, as a background job.

    `inputs` are digests of the parts of the county that it was begun with. `plan` is the best plan so far, complete or
    not, in the form of `PublishedPlan.broadcasts`; `recorded` is what classes watch instead of what it leaves out;
    `unserved` is what is left out then: [class id, subject, lessons].
    `log` has a row for each improvement: [seconds of search, broadcasts, lessons left out, bound, class-lessons changed
    against the published plan or null]. `spent` counts
    seconds of search over all stretches, of which the last one began at `since` and ends at `until` at the latest.
    `keep_published`: of the plans with fewest broadcasts one that changes little of the published one. `seen_at` is the
    last sign of life of the search.
    """

    class State(models.TextChoices):
        WAITING = "waiting"
        RUNNING = "running"
        STOPPING = "stopping"
        STOPPED = "stopped"
        DONE = "done"
        INFEASIBLE = "infeasible"
        FAILED = "failed"

    BUSY = (State.WAITING, State.RUNNING, State.STOPPING)

    county_code = models.BigIntegerField(db_index=True)
    anchor = models.ForeignKey(School, models.PROTECT, related_name="plan_runs")
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    seed = models.PositiveIntegerField()
    keep_published = models.BooleanField(default=True)
    stretches = models.PositiveSmallIntegerField(default=1)
    spent = models.FloatField(default=0.0)
    since = models.FloatField(default=0.0)
    until = models.FloatField()
    inputs = models.JSONField()
    required = models.PositiveIntegerField()
    bound = models.PositiveIntegerField(null=True, blank=True)
    plan = models.JSONField(default=list)
    recorded = models.JSONField(default=list)
    unserved = models.JSONField(default=list)
    log = models.JSONField(default=list)
    explanation = models.JSONField(default=list)
    error = models.CharField(max_length=300, blank=True)
    made_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    made_at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    published = models.ForeignKey(PublishedPlan, models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["-made_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["county_code"],
                condition=models.Q(state__in=("waiting", "running", "stopping")),
                name="one_plan_run_a_county",
            )
        ]

    @property
    def busy(self) -> bool:
        """Whether the job waits or works."""
        return self.state in self.BUSY

    @property
    def has_plan(self) -> bool:
        """Whether anything was found yet; of a plan all of whose lessons are recorded `plan` is empty."""
        return bool(self.plan or self.recorded)

    @property
    def complete(self) -> bool:
        """Whether the best plan provides for everything, live or recorded."""
        return self.has_plan and not self.unserved

    @property
    def optimal(self) -> bool:
        """Whether no plan can have fewer broadcasts; one with recorded lessons says nothing of that."""
        return self.complete and not self.recorded and self.bound is not None and len(self.plan) <= self.bound


class LocalLesson(ImportedDetail):
    """A lesson of a class's own weekly timetable, which its own school teaches (1 = Monday)."""

    home_class = models.ForeignKey(HomeClass, models.CASCADE, related_name="local_lessons")
    weekday = models.PositiveSmallIntegerField()
    period_number = models.PositiveSmallIntegerField()
    subject = models.ForeignKey(Subject, models.PROTECT)
    teacher = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="local_lessons")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["home_class", "weekday", "period_number"], name="local_lesson_once")
        ]


class ChangeOrder(PublicIdModel):
    """A dated override of an alliance's timetable; the weekly plan below it stays as it is.

    `request` is what was asked for (`orders.requests`). An applied order holds from `first_day` to `last_day`; after
    that it is expired without anybody doing anything.
    """

    class Kind(models.TextChoices):
        MOVE = "move"
        SWAP = "swap"
        SUBSTITUTE = "substitute"
        CANCEL = "cancel"
        MAKE_UP = "make_up"
        ROTATION = "rotation"
        BELLS = "bells"
        TEMPORARY = "temporary"
        DAY_TRANSFER = "day_transfer"

    class State(models.TextChoices):
        DRAFT = "draft"
        APPLIED = "applied"
        WITHDRAWN = "withdrawn"
        EXPIRED = "expired"

    alliance = models.ForeignKey(Alliance, models.PROTECT, related_name="change_orders")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    first_day = models.DateField()
    last_day = models.DateField()
    request = models.JSONField()
    reason = models.CharField(max_length=200)
    made_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    applied_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["alliance", "first_day"])]
        constraints = [
            models.CheckConstraint(condition=models.Q(last_day__gte=models.F("first_day")), name="order_in_order"),
            # Expired is what an applied order is after its last day; it is never written.
            models.CheckConstraint(
                condition=models.Q(state="draft", applied_at=None, withdrawn_at=None)
                | models.Q(state="applied", applied_at__isnull=False, withdrawn_at=None)
                | models.Q(state="withdrawn", withdrawn_at__isnull=False),
                name="order_state_has_its_time",
            ),
        ]

    def state_on(self, day: date) -> "ChangeOrder.State":
        """The state on a civil date: an applied order, or a draft that nobody applied, expires after its last day."""
        if self.state != self.State.WITHDRAWN and day > self.last_day:
            return self.State.EXPIRED
        return self.State(self.state)


class LessonBase(models.Model):
    """A dated lesson as its plan has it, kept while an order stands on it (`orders.patches.Base`)."""

    lesson = models.OneToOneField(Lesson, models.PROTECT, primary_key=True, related_name="base")
    values = models.JSONField()


class LessonChange(models.Model):
    """What an order changes in a dated lesson (`orders.patches.Patch`); those of applied orders hold."""

    order = models.ForeignKey(ChangeOrder, models.PROTECT, related_name="lesson_changes")
    lesson = models.ForeignKey(Lesson, models.PROTECT, related_name="changes")
    patch = models.JSONField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["order", "lesson"], name="lesson_changed_once_an_order")]


class LocalMove(models.Model):
    """On one day a class's own lesson gives way to a reception and is held in the period that the reception left."""

    reception = models.OneToOneField(Reception, models.PROTECT, primary_key=True, related_name="local_move")
    local_lesson = models.ForeignKey(LocalLesson, models.PROTECT, related_name="moves")
    home_class = models.ForeignKey(HomeClass, models.PROTECT, related_name="local_moves")
    from_day = models.DateField()
    to_day = models.DateField()
    to_period = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["local_lesson", "from_day"], name="local_lesson_moved_once"),
            models.UniqueConstraint(fields=["home_class", "to_day", "to_period"], name="local_move_once_a_period"),
        ]


class DatedBells(models.Model):
    """A school rings another bell schedule from a day to a day, both included, while its order holds."""

    order = models.ForeignKey(ChangeOrder, models.PROTECT, related_name="dated_bells")
    school = models.ForeignKey(School, models.PROTECT, related_name="dated_bells")
    bell_schedule = models.ForeignKey(BellSchedule, models.PROTECT, related_name="+")
    first_day = models.DateField()
    last_day = models.DateField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["order", "school"], name="dated_bells_once_an_order")]


class DayTransfer(models.Model):
    """An alliance holds the lessons of one day on another, while its order holds."""

    order = models.OneToOneField(ChangeOrder, models.PROTECT, primary_key=True, related_name="day_transfer")
    from_day = models.DateField()
    to_day = models.DateField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~models.Q(from_day=models.F("to_day")), name="day_transfer_between_days")
        ]
