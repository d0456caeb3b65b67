"""Second factors of staff: an authenticator app (RFC 6238), recovery codes; security keys are in `security_keys`."""

import base64
import hashlib
from dataclasses import dataclass

import pyotp
from cryptography.fernet import Fernet
from django.db import transaction
from django.utils.translation import gettext as _

from tongtang.access import secrets
from tongtang.access.models import AuthenticatorApp, RecoveryCode, SecurityKey
from tongtang.access.throttle import Refused
from tongtang.foundation import clock
from tongtang.foundation.environment import environment
from tongtang.people.models import Person

STEP = 30
"""Seconds that one code lasts."""
DRIFT = 1
"""Steps by which a telephone's clock may be wrong, each way."""
RECOVERY_CODES = 10


@dataclass(frozen=True)
class Factors:
    """What a person has enrolled."""

    apps: int
    keys: int
    recovery_codes: int

    @property
    def any(self) -> bool:
        return bool(self.apps or self.keys)


def factors_of(person_id: int) -> Factors:
    """What the person can show as a second factor."""
    return Factors(
        AuthenticatorApp.objects.filter(person=person_id, confirmed_at__isnull=False).count(),
        SecurityKey.objects.filter(person=person_id).count(),
        RecoveryCode.objects.filter(person=person_id, used_at=None).count(),
    )


def _box() -> Fernet:
    key = hashlib.sha256(environment().secret("second-factors").encode()).digest()
    return Fernet(base64.urlsafe_b64encode(key))


def secret_of(app: AuthenticatorApp) -> str:
    """The shared secret in base32."""
    return _box().decrypt(app.secret.encode()).decode()


@transaction.atomic
def new_app(person: Person) -> AuthenticatorApp:
    """The person's app that waits to be confirmed: the one that waits already, else a new one."""
    waiting = AuthenticatorApp.objects.filter(person=person, confirmed_at=None).first()
    if waiting is not None:
        return waiting
    sealed = _box().encrypt(pyotp.random_base32().encode()).decode()
    return AuthenticatorApp.objects.create(person=person, secret=sealed, made_at=clock.now())


def app_waits(person: Person) -> bool:
    """Whether an app waits to be confirmed."""
    return AuthenticatorApp.objects.filter(person=person, confirmed_at=None).exists()


def address_of_app(app: AuthenticatorApp, name: str) -> str:
    """The otpauth address that a QR code carries."""
    return str(pyotp.TOTP(secret_of(app)).provisioning_uri(name=name, issuer_name=_("Tongtang")))


def _step_of(app: AuthenticatorApp, code: str) -> int | None:
    """The half-minute that `code` belongs to, of the three around now."""
    totp, now = pyotp.TOTP(secret_of(app)), int(clock.now().timestamp()) // STEP
    fits = [step for step in range(now - DRIFT, now + DRIFT + 1) if _same(totp.generate_otp(step), code)]
    return max(fits, default=None)


def _same(ours: str, theirs: str) -> bool:
    return bool(pyotp.utils.strings_equal(ours, theirs))


def _take(app: AuthenticatorApp, code: str) -> bool:
    """Whether `code` is right and of a half-minute that was not used yet; it is used then."""
    step = _step_of(app, code)
    if step is None:
        return False
    return AuthenticatorApp.objects.filter(pk=app.pk, last_step__lt=step).update(last_step=step) == 1


@transaction.atomic
def confirm_app(person: Person, code: str) -> list[str]:
    """The waiting app is the person's from now on. Returns new recovery codes where there were none, else nothing.

    Raises:
        Refused: the code is not the app's.
    """
    app = AuthenticatorApp.objects.select_for_update().filter(person=person, confirmed_at=None).first()
    if app is None or not _take(app, code):
        raise Refused(_("This is not the code of the app. Wait for the next one; the telephone's clock must be right."))
    app.confirmed_at = clock.now()
    app.save(update_fields=["confirmed_at"])
    has_some = RecoveryCode.objects.filter(person=person, used_at=None).exists()
    return [] if has_some else new_recovery_codes(person)


@transaction.atomic
def new_recovery_codes(person: Person) -> list[str]:
    """Ten codes, shown once; earlier ones end."""
    RecoveryCode.objects.filter(person=person).delete()
    codes = [secrets.readable_secret() for _number in range(RECOVERY_CODES)]
    RecoveryCode.objects.bulk_create(
        RecoveryCode(person=person, code_hash=secrets.digest(code), made_at=clock.now()) for code in codes
    )
    return codes


@transaction.atomic
def check_code(person: Person, typed: str) -> None:
    """A code of an app or a recovery code, used with this.

    Raises:
        Refused: wrong, or used before: one sentence for both.
    """
    digits = "".join(character for character in typed if character.isdigit())
    apps = AuthenticatorApp.objects.filter(person=person, confirmed_at__isnull=False)
    if len(digits) == 6 and any(_take(app, digits) for app in apps):
        return
    code = secrets.typed_activation_code(typed)
    unused = RecoveryCode.objects.filter(person=person, code_hash=secrets.digest(code), used_at=None)
    if unused.update(used_at=clock.now()) == 1:
        return
    raise Refused(_("The code is wrong or was used before. Wait for the next one and type it."))


@transaction.atomic
def remove_app(person: Person) -> None:
    """The person's authenticator apps are worth nothing from now on."""
    AuthenticatorApp.objects.filter(person=person).delete()


@transaction.atomic
def reset_factors(person: Person) -> None:
    """All second factors of a person end: a lost telephone. The next sign-in leads to enrolment."""
    AuthenticatorApp.objects.filter(person=person).delete()
    SecurityKey.objects.filter(person=person).delete()
    RecoveryCode.objects.filter(person=person).delete()
