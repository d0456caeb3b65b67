"""Subjects that lessons are given in, and the versions of the curriculum plan."""

from django.db import models


class Subject(models.Model):
    """A subject; `code` is what files carry, the name is in the message catalogue (`curriculum.names`)."""

    code = models.CharField(max_length=30, primary_key=True)
    order = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["order"]

    def __str__(self) -> str:
        return self.code


class CurriculumPlan(models.Model):
    """A version of the curriculum plan of compulsory education: the nation's, or a province's own.

    `province` is the province's division code, None for the nation's. `valid_to` None: still in force.
    """

    code = models.CharField(max_length=40, primary_key=True)
    province = models.BigIntegerField(null=True, blank=True)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    total_periods = models.PositiveIntegerField()
    source = models.CharField(max_length=300)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["province", "valid_from"], name="curriculum_plan_once"),
            models.UniqueConstraint(
                fields=["valid_from"], condition=models.Q(province=None), name="national_curriculum_plan_once"
            ),
        ]


class CurriculumGrade(models.Model):
    """Periods a week of a grade, all subjects together, and the teaching weeks of its year."""

    plan = models.ForeignKey(CurriculumPlan, models.CASCADE, related_name="grades")
    grade = models.PositiveSmallIntegerField()
    periods_per_week = models.PositiveSmallIntegerField()
    weeks = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["grade"]
        constraints = [models.UniqueConstraint(fields=["plan", "grade"], name="curriculum_grade_once")]


class CurriculumArea(models.Model):
    """A learning area of a plan: its subjects and its share of all periods of the nine years, in ten-thousandths.

    `printed`: the one figure that a province prints inside the range. `grades` are those in which it must be taught;
    empty: which ones is the school's choice. `certain` is false for a range that was not yet compared with the source.
    """

    plan = models.ForeignKey(CurriculumPlan, models.CASCADE, related_name="areas")
    code = models.CharField(max_length=30)
    subjects = models.JSONField()
    grades = models.JSONField(default=list)
    low = models.PositiveSmallIntegerField()
    high = models.PositiveSmallIntegerField()
    printed = models.PositiveSmallIntegerField(null=True, blank=True)
    certain = models.BooleanField(default=True)
    source = models.CharField(max_length=300)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "code"], name="curriculum_area_once"),
            models.CheckConstraint(condition=models.Q(low__lte=models.F("high")), name="curriculum_share_in_order"),
        ]


class CurriculumPeriods(models.Model):
    """Periods a week that a plan prints for a learning area in a grade."""

    area = models.ForeignKey(CurriculumArea, models.CASCADE, related_name="periods")
    grade = models.PositiveSmallIntegerField()
    periods_per_week = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["grade"]
        constraints = [models.UniqueConstraint(fields=["area", "grade"], name="curriculum_periods_once")]
