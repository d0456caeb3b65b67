"""The alliance 1+N and who belongs to it."""

from django.db import models

from tongtang.foundation.ids import PublicIdModel
from tongtang.organisations.models import Overlay, School, Studio
from tongtang.people.models import Person


class Topology(models.TextChoices):
    """How lessons reach the members (S5.2 to S5.5 of the programmes)."""

    DISTRIBUTED = "distributed"
    DEDICATED = "dedicated"
    CENTRALISED = "centralised"
    SYNCHRONOUS = "synchronous"


class Alliance(PublicIdModel):
    """One anchor school and N receiving schools, with the group limits of its own lessons."""

    name = models.CharField(max_length=120)
    region_code = models.BigIntegerField(db_index=True)
    topology = models.CharField(max_length=12, choices=Topology.choices)
    anchor_school = models.ForeignKey(School, models.PROTECT, related_name="anchored_alliances")
    virtual_school = models.ForeignKey(Overlay, models.PROTECT, null=True, blank=True)
    studio = models.ForeignKey(Studio, models.PROTECT, null=True, blank=True)
    max_classes_per_lesson = models.PositiveSmallIntegerField()
    max_pupils_per_lesson = models.PositiveIntegerField()
    # Schools that it can take in; null: as many as come.
    member_limit = models.PositiveSmallIntegerField(null=True, blank=True)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(topology="synchronous") | models.Q(virtual_school__isnull=False),
                name="synchronous_needs_virtual_school",
            ),
            models.CheckConstraint(
                condition=~models.Q(topology="centralised") | models.Q(studio__isnull=False),
                name="centralised_needs_studio",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Membership(PublicIdModel):
    """A receiving school belongs to an alliance; each change of state is kept with its day.

    `decided_on`, `decided_by`: the last decision, to take in, to refuse or to end; a later application is a new row.
    An active row with `valid_to` ends by itself after that day; a renewal is a new row that names the one it follows.
    """

    class State(models.TextChoices):
        APPLIED = "applied"
        ACTIVE = "active"
        REFUSED = "refused"
        ENDED = "ended"

    alliance = models.ForeignKey(Alliance, models.PROTECT, related_name="memberships")
    school = models.ForeignKey(School, models.PROTECT, related_name="memberships")
    state = models.CharField(max_length=10, choices=State.choices)
    applied_on = models.DateField()
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True)
    decided_on = models.DateField(null=True, blank=True)
    decided_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    reason = models.CharField(max_length=200, blank=True)
    renewal_of = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="renewals")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["alliance", "school"],
                condition=models.Q(state__in=["applied", "active"]),
                name="one_open_membership",
            )
        ]


class Specialist(models.Model):
    """A teacher of a dedicated alliance's pool."""

    alliance = models.ForeignKey(Alliance, models.PROTECT, related_name="specialists")
    person = models.ForeignKey(Person, models.PROTECT, related_name="specialist_in")
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["alliance", "person", "valid_from"], name="specialist_once")]


class SchoolProfile(models.Model):
    """What matching compares of a school, as its head or its bureau says.

    `editions` and `pace` by subject code: the word of the textbook's edition; weeks before (+) or behind (-) the plan.
    `level` of its pupils' foundations, 1 (weakest) to 5; `languages` of instruction as BCP 47 tags.
    """

    school = models.OneToOneField(School, models.CASCADE, related_name="profile")
    editions = models.JSONField(default=dict)
    pace = models.JSONField(default=dict)
    level = models.PositiveSmallIntegerField(null=True, blank=True)
    languages = models.JSONField(default=list)
    updated_at = models.DateTimeField()
    updated_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(level=None) | models.Q(level__gte=1, level__lte=5), name="level_1_to_5"
            )
        ]
