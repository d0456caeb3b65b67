"""What a county's weekly plan is checked against, and each published plan."""

from django.db import models

from tongtang.alliances.models import Alliance
from tongtang.curriculum.models import Subject
from tongtang.organisations.models import HomeClass, ImportedDetail, Term
from tongtang.people.models import Person


class Requirement(ImportedDetail):
    """Lessons a week of a subject that are owed to a class by broadcast."""

    home_class = models.ForeignKey(HomeClass, models.CASCADE, related_name="requirements")
    subject = models.ForeignKey(Subject, models.PROTECT)
    lessons_per_week = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["home_class", "subject"], name="requirement_once")]


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
    """A weekly plan that was checked and published from a day on; `broadcasts` is the plan as read."""

    alliance = models.ForeignKey(Alliance, models.PROTECT, related_name="plans")
    term = models.ForeignKey(Term, models.PROTECT)
    applies_from = models.DateField()
    digest = models.CharField(max_length=64)
    broadcasts = models.JSONField()
    published_at = models.DateTimeField()
    published_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True)
