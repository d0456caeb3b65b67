"""Retention of sign-in: failures, one-time codes, sessions that are over."""

from datetime import datetime

from django.contrib.sessions.models import Session
from django.db.models import Q

from tongtang.access.models import ActivationCode, DeviceCode, SignInFailure
from tongtang.audit.api import Forgotten, forget_rows, retention


@retention.category("sign-in-failures")
def sign_in_failures(before: datetime, dry_run: bool) -> Forgotten:
    """Failures count for 15 minutes; what happened stands in the audit chain."""
    return forget_rows(SignInFailure.objects.filter(at__lt=before), moment="at", dry_run=dry_run)


@retention.category("activation-codes")
def activation_codes(before: datetime, dry_run: bool) -> Forgotten:
    """Codes that were used, or that nobody used in time."""
    over = Q(used_at__lt=before) | Q(used_at=None, expires_at__lt=before)
    return forget_rows(ActivationCode.objects.filter(over), moment="made_at", dry_run=dry_run)


@retention.category("device-codes")
def device_codes(before: datetime, dry_run: bool) -> Forgotten:
    """Codes that bound a device, or that nobody used in time."""
    return forget_rows(DeviceCode.objects.filter(expires_at__lt=before), moment="expires_at", dry_run=dry_run)


@retention.category("sessions")
def sessions(before: datetime, dry_run: bool) -> Forgotten:
    """Sessions that are over. Their keys would open them while they last, so the proof names only days."""
    over = Session.objects.filter(expire_date__lt=before)
    return forget_rows(over, moment="expire_date", key="expire_date", dry_run=dry_run)
