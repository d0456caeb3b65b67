"""Accounts, role assignments, factors, sessions, approvals, activation codes and classroom devices."""

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils.translation import gettext_lazy as _

from tongtang.foundation.ids import PublicIdModel
from tongtang.organisations.models import ReceivingRoom, School
from tongtang.people.models import Person


class Role(models.TextChoices):
    """What a person may be at a node: a province, prefecture, county, school, or a group of schools.

    The three functions are administration, research and technology, each at any of the four levels. The three powers
    (`POWERS`) are apart: the database lets nobody hold two at the same time. SUPPORT is never given: it is held while
    an approved support access runs.
    """

    SYSTEM_ADMINISTRATOR = "system_administrator", _("Administrator")
    SECURITY_ADMINISTRATOR = "security_administrator", _("Security administrator")
    AUDITOR = "auditor", _("Auditor")
    ADMINISTRATION_OFFICER = "administration_officer", _("Administration officer")
    SUBJECT_RESEARCHER = "subject_researcher", _("Subject researcher")
    TECHNICIAN = "technician", _("Technician")
    SCHOOL_HEAD = "school_head", _("School head")
    ANCHOR_TEACHER = "anchor_teacher", _("Anchor teacher")
    LOCAL_TEACHER = "local_teacher", _("Local teacher")
    EXPERT = "expert", _("Expert")
    OBSERVER = "observer", _("Observer")
    GUARDIAN = "guardian", _("Guardian")
    SUPPORT = "support", _("Support")


POWERS = (Role.SYSTEM_ADMINISTRATOR, Role.SECURITY_ADMINISTRATOR, Role.AUDITOR)
TEACHING = (Role.ANCHOR_TEACHER, Role.LOCAL_TEACHER)
ALWAYS_DATED = (Role.EXPERT, Role.OBSERVER)
GOVERNING = (
    *POWERS,
    Role.ADMINISTRATION_OFFICER,
    Role.SUBJECT_RESEARCHER,
    Role.TECHNICIAN,
    Role.SCHOOL_HEAD,
)


class AccountManager(BaseUserManager["Account"]):
    """An account is read together with its person: every request needs both."""

    def get_queryset(self) -> models.QuerySet["Account"]:
        return super().get_queryset().select_related("person")


class Account(AbstractBaseUser):
    """A sign-in. `login` is "<county code>-<teacher id>": a teacher id is unique only within its county."""

    login = models.CharField(max_length=80, unique=True)
    person = models.OneToOneField(Person, models.PROTECT, related_name="account")
    is_active = models.BooleanField(default=True)
    password_set_at = models.DateTimeField(null=True, blank=True)

    USERNAME_FIELD = "login"
    objects = AccountManager()

    def __str__(self) -> str:
        return self.login

    @property
    def may_enter(self) -> bool:
        """Neither closed nor of somebody whom the county's files no longer name."""
        return self.is_active and self.person.ended_on is None


class RoleAssignment(PublicIdModel):
    """A role at a node, from a day to a day (None: until it is ended).

    The node is all schools whose bureau's code lies in [code_low, code_high], one school, or a group of schools that a
    context above owns (an alliance, by its public id; `group_name` is its name when the role was given).
    `delegated_from` is the holder's assignment that this one was lent from: it holds only while that one does, and is
    not lent on. `stands_in_for`: a substitute, who does the lessons of this person dated within the days.
    """

    person = models.ForeignKey(Person, models.PROTECT, related_name="role_assignments")
    role = models.CharField(max_length=24, choices=Role.choices)
    school = models.ForeignKey(School, models.PROTECT, null=True, blank=True)
    code_low = models.BigIntegerField(null=True, blank=True)
    code_high = models.BigIntegerField(null=True, blank=True)
    group = models.UUIDField(null=True, blank=True)
    group_name = models.CharField(max_length=120, blank=True)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    given_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    delegated_from = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="delegations")
    stands_in_for = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="substitutes")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(school__isnull=False, code_low=None, code_high=None, group=None)
                | models.Q(school=None, code_low__isnull=False, code_high__gte=models.F("code_low"), group=None)
                | models.Q(school=None, code_low=None, code_high=None, group__isnull=False),
                name="role_at_one_node",
            ),
            models.CheckConstraint(
                condition=~models.Q(role__in=[role.value for role in ALWAYS_DATED]) | models.Q(valid_to__isnull=False),
                name="role_of_guest_is_dated",
            ),
            models.CheckConstraint(
                condition=models.Q(delegated_from=None) | models.Q(valid_to__isnull=False, stands_in_for=None),
                name="role_lent_is_dated",
            ),
            models.CheckConstraint(
                condition=models.Q(stands_in_for=None)
                | models.Q(role__in=[role.value for role in TEACHING], school__isnull=False, valid_to__isnull=False)
                & ~models.Q(stands_in_for=models.F("person")),
                name="role_of_substitute",
            ),
            models.CheckConstraint(condition=~models.Q(role=Role.SUPPORT.value), name="role_support_is_never_given"),
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


class SignInPolicy(models.Model):
    """The one row of rules that the security administrator sets; without a row the strictest hold."""

    class SecondFactor(models.TextChoices):
        ALL = "all", _("Everybody who sees more than one class")
        GOVERNING = "governing", _("Those who govern; teachers sign in with the password alone")
        OFF = "off", _("Nobody (for trying out; not for real children)")

    second_factor = models.CharField(max_length=10, choices=SecondFactor.choices, default=SecondFactor.ALL)
    idle_minutes = models.PositiveSmallIntegerField(default=30)
    changed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(pk=1), name="one_sign_in_policy"),
            models.CheckConstraint(
                condition=models.Q(idle_minutes__gte=5, idle_minutes__lte=120), name="idle_minutes_in_bounds"
            ),
        ]


class AuthenticatorApp(PublicIdModel):
    """A shared secret of a person's authenticator app (RFC 6238); the secret is encrypted with this home's key.

    `last_step` is the last half-minute whose code was taken: none of it or before is taken again.
    """

    person = models.ForeignKey(Person, models.PROTECT, related_name="authenticator_apps")
    secret = models.CharField(max_length=255)
    made_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True, blank=True)
    last_step = models.BigIntegerField(default=0)


class SecurityKey(PublicIdModel):
    """A WebAuthn credential of a person: a key in the computer, the phone or on a stick."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="security_keys")
    credential_id = models.CharField(max_length=1400, unique=True)
    public_key = models.BinaryField()
    sign_count = models.BigIntegerField()
    label = models.CharField(max_length=40)
    made_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)


class RecoveryCode(models.Model):
    """A code on paper for a lost second factor; works once, only its hash is kept."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="recovery_codes")
    code_hash = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)


class SignedIn(PublicIdModel):
    """A browser on which an account is signed in, for its owner's list."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="signed_in")
    session_key = models.CharField(max_length=40, unique=True)
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    address = models.CharField(max_length=45)
    browser = models.CharField(max_length=60)


class OldPassword(models.Model):
    """The hash of a password that an account once had: under `djcp3` the last five are not taken again."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="old_passwords")
    encoded = models.CharField(max_length=128)
    until = models.DateTimeField()


class Approval(PublicIdModel):
    """A second person's word for one action on one object; used once, within 24 hours of the request.

    The node is the requester's: who approves governs there or above.
    """

    action = models.CharField(max_length=60)
    object = models.CharField(max_length=120)
    title = models.CharField(max_length=200)
    """What is asked, in the words of the page; no child's name or number."""
    detail = models.JSONField(default=dict)
    school = models.ForeignKey(School, models.PROTECT, null=True, blank=True)
    code_low = models.BigIntegerField(null=True, blank=True)
    code_high = models.BigIntegerField(null=True, blank=True)
    requested_by = models.ForeignKey(Person, models.PROTECT, related_name="approvals_requested")
    requested_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    decided_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="approvals_decided")
    decided_at = models.DateTimeField(null=True, blank=True)
    approved = models.BooleanField(null=True, blank=True)
    consumed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["expires_at"])]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(decided_by=None) | ~models.Q(decided_by=models.F("requested_by")),
                name="approved_by_another_person",
            ),
            models.CheckConstraint(
                condition=models.Q(consumed_at=None) | models.Q(approved=True), name="consumed_after_approval"
            ),
        ]


class SupportAccess(PublicIdModel):
    """Help from outside at one school: asked for, approved by the school, at most four hours, ends by itself."""

    school = models.ForeignKey(School, models.PROTECT, related_name="support_accesses")
    person = models.ForeignKey(Person, models.PROTECT, related_name="support_accesses")
    reason = models.CharField(max_length=200)
    hours = models.PositiveSmallIntegerField()
    requested_at = models.DateTimeField()
    decided_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    starts_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    refused_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["school", "ends_at"])]
        constraints = [
            models.CheckConstraint(condition=models.Q(hours__gte=1, hours__lte=4), name="support_of_hours"),
            models.CheckConstraint(
                condition=models.Q(decided_by=None) | ~models.Q(decided_by=models.F("person")),
                name="support_approved_by_the_school",
            ),
        ]


class PupilReason(PublicIdModel):
    """Why somebody above the schools looks at single pupils, and until when (at most an hour)."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="pupil_reasons")
    reason = models.CharField(max_length=200)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()


from tongtang.access.pupils.models import (  # noqa: E402 - they name ClassroomDevice
    ClassCode,
    PupilCredential,
    PupilSession,
    PupilSignInFailure,
    RoomClass,
)

__all__ = [
    "ALWAYS_DATED",
    "GOVERNING",
    "POWERS",
    "TEACHING",
    "Account",
    "AccountManager",
    "ActivationCode",
    "Approval",
    "AuthenticatorApp",
    "ClassCode",
    "ClassroomDevice",
    "DeviceCode",
    "OldPassword",
    "PupilCredential",
    "PupilReason",
    "PupilSession",
    "PupilSignInFailure",
    "RecoveryCode",
    "Role",
    "RoleAssignment",
    "RoomClass",
    "SecurityKey",
    "SignInFailure",
    "SignInPolicy",
    "SignedIn",
    "SupportAccess",
]
