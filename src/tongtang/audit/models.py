"""The audit chain: entries that only grow, and the head of each stream."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Stream(models.TextChoices):
    """One chain of entries each; an entry belongs to exactly one."""

    ACCESS = "access", _("Sign-in and roles")
    IMPORT = "import", _("Imports")
    EXPORT = "export", _("Exports")
    SUPPORT = "support", _("Support access")
    CONSENT = "consent", _("Consents")
    READS = "reads", _("Reads of sensitive data")
    EVIDENCE = "evidence", _("Evidence and recordings")
    RETENTION = "retention", _("Retention and deletion")
    SYSTEM = "system", _("System")


class Entry(models.Model):
    """One thing that was done or refused. Every column but `hash` is covered by `hash`; no id beside (stream, seq).

    `at` is UTC as "2026-11-22T04:00:00.000000Z": text of one form, so that not a bit of it can change unseen.
    `school` is the key of the school whose matter it was (0: none), `region_code` its bureau's or county's code (0: the
    whole installation). `detail` is canonical JSON, `previous` and `hash` are SHA-256 in hex.
    """

    pk = models.CompositePrimaryKey("stream", "seq")
    stream = models.CharField(max_length=16)
    seq = models.BigIntegerField()
    at = models.CharField(max_length=27)
    source = models.CharField(max_length=45)
    actor = models.CharField(max_length=80)
    action = models.CharField(max_length=80)
    object = models.CharField(max_length=120)
    school = models.BigIntegerField(default=0)
    region_code = models.BigIntegerField(default=0)
    result = models.CharField(max_length=20)
    reason = models.CharField(max_length=500)
    detail = models.TextField()
    previous = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        indexes = [
            models.Index(fields=["at"], name="audit_entry_at"),
            models.Index(fields=["actor", "at"], name="audit_entry_actor"),
            models.Index(fields=["object", "at"], name="audit_entry_object"),
            models.Index(fields=["school", "at"], name="audit_entry_school"),
        ]


class Head(models.Model):
    """The last entry of a stream; the row that a writer locks for the next `seq`."""

    stream = models.CharField(max_length=16, primary_key=True)
    seq = models.BigIntegerField(default=0)
    hash = models.CharField(max_length=64, default="")
