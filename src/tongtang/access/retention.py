"""Retention of sign-in: failures, one-time codes, sessions that are over."""

from datetime import datetime, timedelta
from typing import Any

from django.contrib.sessions.models import Session
from django.db.models import Q

from tongtang.access.models import (
    ActivationCode,
    ClassCode,
    DeviceCode,
    PupilCredential,
    PupilSession,
    PupilSignInFailure,
    SignedIn,
    SignInFailure,
)
from tongtang.audit.api import Forgotten, forget_rows, forgotten, retention


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
    """Sessions that are over, and what was noted of their browsers: address, make, times.

    A session's key would open it while it lasts, so the proof names only its day.
    """
    over = Session.objects.filter(expire_date__lt=before)
    living = Session.objects.filter(expire_date__gte=before).values("session_key")
    # Who gets a new session id in this moment was seen in this minute: such a row is let be.
    browsers = SignedIn.objects.filter(seen_at__lt=before - timedelta(days=1)).exclude(session_key__in=living)
    gone: list[tuple[Any, datetime]] = [(day, day) for day in over.values_list("expire_date", flat=True)]
    gone += browsers.values_list("public_id", "seen_at")
    if not dry_run:
        browsers.delete()
        over.delete()
    return forgotten(gone)


@retention.category("pupil-secrets")
def pupil_secrets(before: datetime, dry_run: bool) -> Forgotten:
    """Digests of cards, PINs and pictures that ended; those that open something stay."""
    return forget_rows(PupilCredential.objects.filter(revoked_at__lt=before), moment="revoked_at", dry_run=dry_run)


@retention.category("class-codes")
def class_codes(before: datetime, dry_run: bool) -> Forgotten:
    """Class codes that are over."""
    return forget_rows(ClassCode.objects.filter(expires_at__lt=before), moment="expires_at", dry_run=dry_run)


@retention.category("pupil-sign-ins")
def pupil_sign_ins(before: datetime, dry_run: bool) -> Forgotten:
    """Who signed in where and when."""
    return forget_rows(PupilSession.objects.filter(signed_at__lt=before), moment="signed_at", dry_run=dry_run)


@retention.category("pupil-sign-in-failures")
def pupil_sign_in_failures(before: datetime, dry_run: bool) -> Forgotten:
    """Wrong proofs count for 15 minutes; that there were some stands in the audit chain."""
    return forget_rows(PupilSignInFailure.objects.filter(at__lt=before), moment="at", dry_run=dry_run)
