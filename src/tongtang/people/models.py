"""People: staff with posts in one or several schools, pupils with enrolments."""

from django.db import models
from django.db.models import Case, When
from django.utils.translation import gettext_lazy as _

from tongtang.foundation.ids import PublicIdModel, time_ordered
from tongtang.organisations.models import HomeClass, ImportedModel, School, imported_key


class Person(ImportedModel):
    """A member of staff; `source_id` is the teacher id within the county, or a user name given here.

    `from_roster`: the person came with a county's files, and ends when they no longer name them.
    """

    name = models.CharField(max_length=60)
    from_roster = models.BooleanField(default=False)

    class Meta:
        constraints = [imported_key("person")]

    def __str__(self) -> str:
        return self.name


class Post(models.Model):
    """A person's work at one school; `subjects` are subject codes, empty for a local teacher (general)."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="posts")
    school = models.ForeignKey(School, models.PROTECT, related_name="posts")
    subjects = models.JSONField(default=list)
    weekly_cap = models.PositiveSmallIntegerField()
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "school", "valid_from"], name="post_once")]


class Pupil(ImportedModel):
    """A child. Only what a roll call and a roster need.

    `id_digest` and `number_digest` are keyed digests (16 bytes) of the ID number and of the pupil number: they tell
    whether two children are one, and the numbers themselves are stored nowhere. `held`: attributes corrected by hand,
    which an import leaves alone, as {attribute: {"by", "at", "was"}}. `run`: key of the import run that last wrote.
    """

    class Sex(models.TextChoices):
        MALE = "male"
        FEMALE = "female"

    # Rows come by the million: ordered ids keep the index's pages together, and the imported key serves the county.
    public_id = models.UUIDField(default=time_ordered, unique=True, editable=False)
    county_code = models.BigIntegerField()
    name = models.CharField(max_length=60)
    sex = models.CharField(max_length=6, choices=Sex.choices)
    birth_date = models.DateField()
    id_digest = models.BinaryField(max_length=16, null=True, blank=True)
    number_digest = models.BinaryField(max_length=16, null=True, blank=True)
    held = models.JSONField(null=True, blank=True)
    run = models.BigIntegerField(null=True, blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [imported_key("pupil")]
        indexes = [
            models.Index(fields=["id_digest"], condition=~models.Q(id_digest=None), name="pupil_id_digest"),
            models.Index(fields=["number_digest"], condition=~models.Q(number_digest=None), name="pupil_number_digest"),
        ]

    def __str__(self) -> str:
        return self.name


class Enrolment(models.Model):
    """A pupil belongs to a home class from a day until a day (None: still)."""

    # Found by the constraint's index, which begins with the pupil.
    pupil = models.ForeignKey(Pupil, models.PROTECT, related_name="enrolments", db_index=False)
    home_class = models.ForeignKey(HomeClass, models.PROTECT, related_name="enrolments")
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            # Ended rows bear NULL, of which an index takes any number.
            models.UniqueConstraint("pupil", Case(When(valid_to=None, then=0)), name="one_open_enrolment")
        ]


class Guardianship(PublicIdModel):
    """A person answers for a pupil from a day until a day (None: still)."""

    class Kind(models.TextChoices):
        FATHER = "father", _("Father")
        MOTHER = "mother", _("Mother")
        GRANDPARENT = "grandparent", _("Grandparent")
        OTHER = "other", _("Other guardian")

    guardian = models.ForeignKey(Person, models.PROTECT, related_name="guardianships")
    pupil = models.ForeignKey(Pupil, models.PROTECT, related_name="guardianships")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["guardian", "pupil"], condition=models.Q(valid_to=None), name="one_open_guardianship"
            )
        ]
        indexes = [models.Index(fields=["pupil", "valid_to"], name="guardianship_of_pupil")]
