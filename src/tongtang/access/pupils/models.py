"""What pupils sign in with, where, and that they did."""

from django.db import models

from tongtang.organisations.models import HomeClass, ReceivingRoom
from tongtang.people.models import Person, Pupil


class Means(models.TextChoices):
    """What a pupil shows to sign in."""

    CARD = "card"
    PIN = "pin"
    PICTURES = "pictures"
    CLASS_CODE = "class_code"


class RoomClass(models.Model):
    """A class whose pupils sign in on the devices of a room."""

    room = models.ForeignKey(ReceivingRoom, models.CASCADE, related_name="sign_in_classes")
    home_class = models.ForeignKey(HomeClass, models.CASCADE, related_name="sign_in_rooms")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["room", "home_class"], name="class_once_a_room")]


class PupilCredential(models.Model):
    """A card, PIN or pair of pictures of a pupil in one class: a digest keyed by the class; the secret is not kept."""

    pupil = models.ForeignKey(Pupil, models.CASCADE, related_name="credentials")
    home_class = models.ForeignKey(HomeClass, models.CASCADE, related_name="pupil_credentials")
    means = models.CharField(max_length=10, choices=Means.choices)
    digest = models.BinaryField(max_length=32)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(Person, models.PROTECT, null=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["home_class", "means"])]
        constraints = [
            models.UniqueConstraint(
                fields=["pupil", "means"], condition=models.Q(revoked_at=None), name="one_living_credential"
            )
        ]


class ClassCode(models.Model):
    """Six digits that a local teacher shows for pupils without card, PIN and pictures: each may use it once."""

    home_class = models.ForeignKey(HomeClass, models.CASCADE, related_name="class_codes")
    code_digest = models.BinaryField(max_length=32)
    made_by = models.ForeignKey(Person, models.PROTECT)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()


class PupilSession(models.Model):
    """A sign-in of one pupil on one device on one day.

    `uuid` is the device's own, so that what is handed over twice stands once. `signed_at` is the device's word,
    `recorded_at` ours; `offline` marks those handed over later. `token_hash` opens the pupil's page while it is set.
    """

    uuid = models.UUIDField(unique=True)
    device = models.ForeignKey("access.ClassroomDevice", models.PROTECT, related_name="pupil_sessions")
    pupil = models.ForeignKey(Pupil, models.CASCADE, related_name="sessions")
    home_class = models.ForeignKey(HomeClass, models.CASCADE, related_name="pupil_sessions")
    day = models.DateField()
    means = models.CharField(max_length=10, choices=Means.choices)
    class_code = models.ForeignKey(ClassCode, models.SET_NULL, null=True, blank=True)
    signed_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    offline = models.BooleanField(default=False)
    token_hash = models.BinaryField(max_length=32, null=True, unique=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    last_seen_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["home_class", "day"])]
        constraints = [models.UniqueConstraint(fields=["class_code", "pupil"], name="class_code_once_a_pupil")]


class PupilSignInFailure(models.Model):
    """A proof that was wrong: counted by the pupil it named (`subject`, as given) and by device."""

    device = models.ForeignKey("access.ClassroomDevice", models.CASCADE)
    subject = models.CharField(max_length=40)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["subject", "at"]), models.Index(fields=["device", "at"])]
