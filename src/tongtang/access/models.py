"""Accounts, role assignments, activation codes and classroom devices."""

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils.translation import gettext_lazy as _

from tongtang.foundation.ids import PublicIdModel
from tongtang.organisations.models import ReceivingRoom, School
from tongtang.people.models import Person


class Role(models.TextChoices):
    """What a person may be at a node. The three functions are administration, research and technology."""

    SYSTEM_ADMINISTRATOR = "system_administrator", _("Administrator")
    ADMINISTRATION_OFFICER = "administration_officer", _("Administration officer")
    SUBJECT_RESEARCHER = "subject_researcher", _("Subject researcher")
    TECHNICIAN = "technician", _("Technician")
    SCHOOL_HEAD = "school_head", _("School head")
    ANCHOR_TEACHER = "anchor_teacher", _("Anchor teacher")
    LOCAL_TEACHER = "local_teacher", _("Local teacher")
    AUDITOR = "auditor", _("Auditor")
    GUARDIAN = "guardian", _("Guardian")


class AccountManager(BaseUserManager["Account"]):
    """An account is read together with its person: every request needs both."""

    def get_queryset(self) -> models.QuerySet["Account"]:
        return super().get_queryset().select_related("person")


class Account(AbstractBaseUser):
    """A sign-in. `login` is "<county code>-<teacher id>": a teacher id is unique only within its county."""

    login = models.CharField(max_length=80, unique=True)
    person = models.OneToOneField(Person, models.PROTECT, related_name="account")
    is_active = models.BooleanField(default=True)

    USERNAME_FIELD = "login"
    objects = AccountManager()

    def __str__(self) -> str:
        return self.login

    @property
    def may_enter(self) -> bool:
        """Neither closed nor of somebody whom the county's files no longer name."""
        return self.is_active and self.person.ended_on is None


class RoleAssignment(models.Model):
    """A role at a node: all schools whose bureau's code lies in [code_low, code_high], or one school."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="role_assignments")
    role = models.CharField(max_length=24, choices=Role.choices)
    school = models.ForeignKey(School, models.PROTECT, null=True, blank=True)
    code_low = models.BigIntegerField(null=True, blank=True)
    code_high = models.BigIntegerField(null=True, blank=True)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(school__isnull=False, code_low=None, code_high=None)
                | models.Q(school=None, code_low__isnull=False, code_high__gte=models.F("code_low")),
                name="role_at_one_node",
            )
        ]


class ActivationCode(models.Model):
    """A one-time code for a person's first sign-in or for a new password; only its hash is kept."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="activation_codes")
    code_hash = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)


class DeviceCode(models.Model):
    """An 8-digit code that a school shows for 15 minutes to bind one device to a receiving room."""

    room = models.ForeignKey(ReceivingRoom, models.CASCADE)
    code_hash = models.CharField(max_length=64, unique=True)
    made_by = models.ForeignKey(Person, models.PROTECT)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)


class ClassroomDevice(PublicIdModel):
    """A device bound to a receiving room; its 256-bit secret is kept only as a hash."""

    room = models.ForeignKey(ReceivingRoom, models.PROTECT, related_name="devices")
    secret_hash = models.CharField(max_length=64, unique=True)
    enrolled_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)


class SignInFailure(models.Model):
    """A failed attempt, counted by what it tried (`subject`: a login or a code path) and where it came from."""

    subject = models.CharField(max_length=100)
    address = models.CharField(max_length=45)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["subject", "at"]), models.Index(fields=["address", "at"])]


from tongtang.access.pupils.models import (  # noqa: E402 - they name ClassroomDevice
    ClassCode,
    PupilCredential,
    PupilSession,
    PupilSignInFailure,
    RoomClass,
)

__all__ = [
    "Account",
    "AccountManager",
    "ActivationCode",
    "ClassCode",
    "ClassroomDevice",
    "DeviceCode",
    "PupilCredential",
    "PupilSession",
    "PupilSignInFailure",
    "Role",
    "RoleAssignment",
    "RoomClass",
    "SignInFailure",
]
