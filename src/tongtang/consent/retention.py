"""Retention of consent: slips that were used, or that nobody used in time."""

from datetime import datetime

from django.db.models import Q

from tongtang.audit.api import Forgotten, forget_rows, retention
from tongtang.consent.models import GuardianSlip


@retention.category("guardian-slips")
def guardian_slips(before: datetime, dry_run: bool) -> Forgotten:
    """Who joined by which slip stands in the audit chain."""
    over = Q(used_at__lt=before) | Q(used_at=None, expires_at__lt=before)
    return forget_rows(GuardianSlip.objects.filter(over), moment="made_at", dry_run=dry_run)
