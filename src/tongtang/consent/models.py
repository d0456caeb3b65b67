"""Notices, the ledger of answers, guardians' slips, requests about a child's data, tombstones of deleted children."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from tongtang.foundation.ids import PublicIdModel
from tongtang.people.models import Person, Pupil


class Purpose(models.TextChoices):
    """What is asked for apart; teaching itself asks for nothing."""

    RECORDING = "recording", _("Recording of lessons")
    ANALYTICS = "analytics", _("Learning analysis")
    IMAGES = "images", _("Pictures of the class")


class Voice(models.TextChoices):
    """Whose answer it is."""

    GUARDIAN = "guardian", _("Guardian")
    PUPIL = "pupil", _("The child")


class Decision(models.TextChoices):
    GIVEN = "given", _("Agreed")
    REFUSED = "refused", _("Refused")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class Channel(models.TextChoices):
    PAGE = "page", _("On this page")
    PAPER = "paper", _("On paper")


class ConsentNotice(models.Model):
    """What people are told before they answer, from a day on; never changed, a later text is a new row.

    `asks_anew`: what was agreed to under an earlier text counts no longer from `valid_from` on.
    """

    purpose = models.CharField(max_length=10, choices=Purpose.choices)
    version = models.CharField(max_length=20)
    valid_from = models.DateField()
    title = models.CharField(max_length=80)
    text = models.TextField()
    responsible = models.CharField(max_length=120)
    asks_anew = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["purpose", "version"], name="notice_version_once"),
            models.UniqueConstraint(fields=["purpose", "valid_from"], name="notice_once_a_day"),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.version}"


class ConsentAnswer(models.Model):
    """One answer of one voice for one child and purpose. Append-only: a change of mind is a new row.

    `pupil` is the child's public id and no foreign key: after a deletion the row proves what was asked and leads to
    nobody. `by` is who entered it (an actor's subject), `witness` who saw the paper, `responsible` whom it named.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True)
    pupil = models.UUIDField()
    purpose = models.CharField(max_length=10, choices=Purpose.choices)
    voice = models.CharField(max_length=8, choices=Voice.choices)
    decision = models.CharField(max_length=9, choices=Decision.choices)
    notice = models.ForeignKey(ConsentNotice, models.PROTECT, related_name="answers")
    channel = models.CharField(max_length=5, choices=Channel.choices)
    by = models.CharField(max_length=80)
    witness = models.CharField(max_length=80, blank=True)
    signed_on = models.DateField(null=True, blank=True)
    responsible = models.CharField(max_length=160)
    at = models.DateTimeField(db_index=True)

    class Meta:
        indexes = [models.Index(fields=["pupil", "purpose", "id"], name="answer_of_pupil")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(channel="page") | (~models.Q(witness="") & models.Q(signed_on__isnull=False)),
                name="paper_has_a_witness",
            )
        ]


class GuardianSlip(models.Model):
    """A one-time slip of paper that makes whoever holds it a guardian of the child; only its code's hash is kept."""

    pupil = models.ForeignKey(Pupil, models.CASCADE, related_name="guardian_slips")
    code_hash = models.CharField(max_length=64, unique=True)
    made_by = models.CharField(max_length=80)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    used_by = models.ForeignKey(Person, models.SET_NULL, null=True, blank=True, related_name="+")


class DataRequest(PublicIdModel):
    """A guardian asks to have a child's data corrected or deleted; the school decides and names its ground.

    `pupil` is the child's public id and no foreign key: the decision outlives the child's row. `text` is cleared then.
    """

    class Kind(models.TextChoices):
        CORRECTION = "correction", _("Correct data")
        DELETION = "deletion", _("Delete data")

    class State(models.TextChoices):
        OPEN = "open", _("Waits for the school")
        GRANTED = "granted", _("Done")
        REFUSED = "refused", _("Not done")

    class Ground(models.TextChoices):
        """Why something is kept or not done."""

        ENROLLED = "enrolled", _("Compulsory schooling: the child is on the roll of this school")
        EVIDENCE = "evidence", _("Evidence that must be kept, without the child's name")
        NOT_SHOWN = "not_shown", _("The data are right as far as can be shown")
        AGREED = "agreed", _("As asked; nothing stands against it")

    kind = models.CharField(max_length=10, choices=Kind.choices)
    pupil = models.UUIDField(db_index=True)
    text = models.CharField(max_length=500, blank=True)
    asked_by = models.CharField(max_length=80)
    asked_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    ground = models.CharField(max_length=10, choices=Ground.choices, blank=True)
    answer = models.CharField(max_length=500, blank=True)
    decided_by = models.CharField(max_length=80, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    report = models.JSONField(default=list)
    school_id = models.BigIntegerField(null=True, blank=True, db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["pupil", "kind"], condition=models.Q(state="open"), name="one_open_request_a_kind"
            )
        ]


class Tombstone(models.Model):
    """A child was deleted: the keyed digest (HMAC-SHA256, hex) of its public id. No name, nothing that leads to it."""

    digest = models.CharField(max_length=64, primary_key=True)
    at = models.DateTimeField()
