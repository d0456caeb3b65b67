"""Who is where: regions, schools, overlays, classes, rooms, bells, terms."""

from typing import ClassVar, Self, TypeVar

from django.db import models

from tongtang.foundation.ids import PublicIdModel

_M = TypeVar("_M", bound=models.Model)


class Level(models.IntegerChoices):
    """Levels of the division tree; the value is the number of leading digits that a code of the level uses."""

    PROVINCE = 2
    PREFECTURE = 4
    COUNTY = 6
    TOWNSHIP = 9


class Region(models.Model):
    """An administrative division; `code` is its 12-digit division code as a number."""

    code = models.BigIntegerField(primary_key=True)
    name = models.CharField(max_length=60)
    level = models.PositiveSmallIntegerField(choices=Level.choices)
    parent = models.ForeignKey("self", models.PROTECT, null=True, related_name="children")
    valid_from = models.DateField(null=True)
    valid_to = models.DateField(null=True)

    class Meta:
        indexes = [models.Index(fields=["level", "name"])]

    def __str__(self) -> str:
        return self.name

    @property
    def span(self) -> tuple[int, int]:
        """First and last code of everything at or below this division."""
        return self.code, self.code + int(10 ** (12 - self.level)) - 1


class ImportedModel(PublicIdModel):
    """A row known to a county's files by `source_id`; a row that vanished from them is ended, never deleted."""

    county_code = models.BigIntegerField(db_index=True)
    source_id = models.CharField(max_length=64)
    ended_on = models.DateField(null=True, blank=True)

    class Meta:
        abstract = True


class CurrentManager(models.Manager[_M]):
    """Only the rows that stand in the latest files."""

    def get_queryset(self) -> models.QuerySet[_M]:
        return super().get_queryset().filter(ended_on=None)


class ImportedDetail(models.Model):
    """A line of a county's files that tells something about an imported row.

    `objects` and reverse relations give the lines of the latest files; `with_ended` also those that vanished.
    """

    ended_on = models.DateField(null=True, blank=True)

    objects: ClassVar[models.Manager[Self]] = CurrentManager()
    with_ended: ClassVar[models.Manager[Self]] = models.Manager()

    class Meta:
        abstract = True


def imported_key(table: str) -> models.UniqueConstraint:
    """The key of an imported row: county code, table and the id in the file."""
    return models.UniqueConstraint(fields=["county_code", "source_id"], name=f"{table}_imported_key")


class BellSchedule(ImportedModel):
    """The daily clock of a school."""

    class Meta:
        constraints = [imported_key("bell_schedule")]

    def __str__(self) -> str:
        return self.source_id


class Period(ImportedDetail):
    """One numbered period of a bell schedule; times are wall-clock times in Asia/Shanghai."""

    bell_schedule = models.ForeignKey(BellSchedule, models.CASCADE, related_name="periods")
    number = models.PositiveSmallIntegerField()
    starts = models.TimeField()
    ends = models.TimeField()

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["bell_schedule", "number"], name="period_once_a_bell"),
            models.CheckConstraint(condition=models.Q(ends__gt=models.F("starts")), name="period_ends_after_start"),
        ]


class School(ImportedModel):
    """A school, kindergarten or teaching point; `region_code` is the managing bureau's division.

    An ordinary school neither teaches others nor receives, and is no town's central school.

    `code` is the national school code of ten digits, empty where it is not known yet. `name` is today's; the names of
    other days are `SchoolName`.
    """

    class Kind(models.TextChoices):
        ANCHOR_SCHOOL = "anchor_school"
        CENTRAL_SCHOOL = "central_school"
        TEACHING_POINT = "teaching_point"
        RECEIVING_SCHOOL = "receiving_school"
        ORDINARY_SCHOOL = "ordinary_school"
        KINDERGARTEN = "kindergarten"

    class Link(models.TextChoices):
        """What the line is made of; a satellite answers late and sends little back."""

        FIBRE = "fibre"
        MOBILE = "mobile"
        SATELLITE = "satellite"

    name = models.CharField(max_length=120)
    code = models.CharField(max_length=10, blank=True, default="")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    region_code = models.BigIntegerField(db_index=True)
    township = models.ForeignKey(Region, models.PROTECT, null=True, blank=True)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="points")
    bell_schedule = models.ForeignKey(BellSchedule, models.PROTECT)
    link_mbps = models.PositiveIntegerField()
    link = models.CharField(max_length=10, choices=Link.choices, default=Link.FIBRE)
    max_streams = models.PositiveSmallIntegerField()
    boarding = models.BooleanField(default=False)

    class Meta:
        constraints = [
            imported_key("school"),
            models.UniqueConstraint(fields=["code"], condition=~models.Q(code=""), name="school_code_once"),
        ]

    def __str__(self) -> str:
        return self.name


class ReceivingRoom(PublicIdModel):
    """A receiving classroom: one screen, one reception at a time."""

    school = models.ForeignKey(School, models.CASCADE, related_name="receiving_rooms")
    number = models.PositiveSmallIntegerField()
    ended_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["school", "number"], name="room_once_a_school")]


class Studio(ImportedModel):
    """The room a lesson is taught from."""

    school = models.ForeignKey(School, models.PROTECT, related_name="studios")
    name = models.CharField(max_length=60)

    class Meta:
        constraints = [imported_key("studio")]

    def __str__(self) -> str:
        return self.name


class HomeClass(ImportedModel):
    """An administrative class; two or more grades make it a multi-grade class."""

    school = models.ForeignKey(School, models.PROTECT, related_name="home_classes")
    name = models.CharField(max_length=60)
    grades = models.JSONField()
    pupil_count = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [imported_key("home_class")]

    def __str__(self) -> str:
        return self.name


class Overlay(PublicIdModel):
    """An organisation laid over schools that stay what they are: district, group, virtual school."""

    class Kind(models.TextChoices):
        SCHOOL_DISTRICT = "school_district"
        SCHOOL_GROUP = "school_group"
        VIRTUAL_SCHOOL = "virtual_school"

    kind = models.CharField(max_length=20, choices=Kind.choices)
    name = models.CharField(max_length=120)
    region_code = models.BigIntegerField(db_index=True)

    def __str__(self) -> str:
        return self.name


class OverlayMembership(models.Model):
    """A school belongs to an overlay from a day until a day (None: still)."""

    overlay = models.ForeignKey(Overlay, models.PROTECT, related_name="memberships")
    school = models.ForeignKey(School, models.PROTECT, related_name="overlay_memberships")
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["overlay", "school", "valid_from"], name="overlay_membership_once"),
            models.CheckConstraint(
                condition=models.Q(valid_to=None) | models.Q(valid_to__gte=models.F("valid_from")),
                name="overlay_membership_in_order",
            ),
        ]


class Term(ImportedModel):
    """A school term; week 1 holds `first_day`."""

    name = models.CharField(max_length=60)
    first_day = models.DateField()
    last_day = models.DateField()
    teaching_weeks = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            imported_key("term"),
            models.CheckConstraint(condition=models.Q(last_day__gt=models.F("first_day")), name="term_in_order"),
        ]

    def __str__(self) -> str:
        return self.name


class CalendarDay(ImportedDetail):
    """A day of a county that departs from the week: a holiday, or a make-up day that follows a weekday (1 = Monday)."""

    class Kind(models.TextChoices):
        HOLIDAY = "holiday"
        MAKE_UP = "make_up"

    county_code = models.BigIntegerField()
    date = models.DateField()
    kind = models.CharField(max_length=10, choices=Kind.choices)
    as_weekday = models.PositiveSmallIntegerField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["county_code", "date"], name="calendar_day_once")]


class SchoolName(models.Model):
    """A name that a school bore from a day (None: always) until a day; the present one stands in `School.name`."""

    school = models.ForeignKey(School, models.CASCADE, related_name="former_names")
    name = models.CharField(max_length=120)
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField()

    class Meta:
        ordering = ["valid_to"]
        constraints = [models.UniqueConstraint(fields=["school", "valid_to"], name="school_name_once_a_day")]


class SchoolChange(PublicIdModel):
    """A school was merged into another, split, or renamed, with effect from `day`; kept for ever.

    `plan` holds what moves, by public ids: {"classes", "points", "teachers", "name"}. `moved` what was moved, in
    numbers. `school` is the one that changes, `other` the one that takes in (merge) or comes into being (split).
    """

    class Kind(models.TextChoices):
        MERGE = "merge"
        SPLIT = "split"
        RENAME = "rename"

    kind = models.CharField(max_length=10, choices=Kind.choices)
    school = models.ForeignKey(School, models.PROTECT, related_name="changes")
    other = models.ForeignKey(School, models.PROTECT, null=True, blank=True, related_name="takings")
    day = models.DateField()
    reason = models.CharField(max_length=200)
    by = models.CharField(max_length=80)
    made_at = models.DateTimeField()
    plan = models.JSONField(default=dict)
    moved = models.JSONField(default=dict)

    class Meta:
        ordering = ["-day", "-made_at"]


class ClassPlacement(models.Model):
    """A class belonged to a school until a day, before it was moved; today's school stands in the class."""

    home_class = models.ForeignKey(HomeClass, models.CASCADE, related_name="former_places")
    school = models.ForeignKey(School, models.PROTECT, related_name="+")
    valid_to = models.DateField()

    class Meta:
        ordering = ["valid_to"]
        constraints = [models.UniqueConstraint(fields=["home_class", "valid_to"], name="class_placed_once_a_day")]


class DivisionChange(models.Model):
    """From `day` on a division bears `new_code` in place of `old_code` (12 digits); several may become one."""

    old_code = models.BigIntegerField(db_index=True)
    new_code = models.BigIntegerField(db_index=True)
    day = models.DateField()
    source = models.CharField(max_length=120)

    class Meta:
        ordering = ["day"]
        constraints = [models.UniqueConstraint(fields=["old_code", "new_code"], name="division_change_once")]
