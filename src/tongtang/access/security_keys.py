"""Security keys of staff: WebAuthn registration and assertion, bound to this house's host name."""

import base64
import ipaddress
import json
from typing import Any
from urllib.parse import urlsplit

from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    UserVerificationRequirement,
)

from tongtang.access.models import Account, SecurityKey
from tongtang.access.sessions import CHALLENGE
from tongtang.access.throttle import Refused
from tongtang.foundation import clock
from tongtang.people.models import Person

MOST_KEYS = 10


def host_name(request: HttpRequest) -> str:
    """The host without its port: what a key is bound to."""
    return urlsplit(f"//{request.get_host()}").hostname or ""


def are_possible(request: HttpRequest) -> bool:
    """Browsers know security keys only for names, and only over HTTPS or on this very machine."""
    name = host_name(request)
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return request.is_secure() or name == "localhost" or name.endswith(".localhost")
    return False


def _origin(request: HttpRequest) -> str:
    return f"{request.scheme}://{request.get_host()}"


def _known(person: Person) -> list[PublicKeyCredentialDescriptor]:
    rows = SecurityKey.objects.filter(person=person).values_list("credential_id", flat=True)
    return [PublicKeyCredentialDescriptor(id=base64url_to_bytes(row)) for row in rows]


def _keep_challenge(request: HttpRequest, challenge: bytes) -> None:
    request.session[CHALLENGE] = base64.b64encode(challenge).decode()


def _challenge(request: HttpRequest) -> bytes:
    """The challenge that this session was given; good for one answer."""
    kept = request.session.pop(CHALLENGE, None)
    if kept is None:
        raise Refused(_("This took too long. Try the key again."))
    return base64.b64decode(kept)


def registration_options(request: HttpRequest, account: Account) -> dict[str, Any]:
    """What `navigator.credentials.create` is asked with."""
    options = generate_registration_options(
        rp_id=host_name(request),
        rp_name=_("Tongtang"),
        user_id=account.person.public_id.bytes,
        user_name=account.login,
        user_display_name=account.person.name,
        exclude_credentials=_known(account.person),
        authenticator_selection=AuthenticatorSelectionCriteria(user_verification=UserVerificationRequirement.PREFERRED),
    )
    _keep_challenge(request, options.challenge)
    made: dict[str, Any] = json.loads(options_to_json(options))
    return made


@transaction.atomic
def register(request: HttpRequest, person: Person, answer: dict[str, Any], label: str) -> SecurityKey:
    """The key that answered is the person's from now on.

    Raises:
        Refused: the answer is not of this session, this house or this person's own new key.
    """
    if SecurityKey.objects.filter(person=person).count() >= MOST_KEYS:
        raise Refused(_("There are ten keys already. Remove one that is no longer used."))
    try:
        found = verify_registration_response(
            credential=answer,
            expected_challenge=_challenge(request),
            expected_rp_id=host_name(request),
            expected_origin=_origin(request),
        )
    except (WebAuthnException, ValueError, KeyError, TypeError) as error:
        raise Refused(_("The key was not accepted. Try again, or choose another way.")) from error
    name = bytes_to_base64url(found.credential_id)
    if SecurityKey.objects.filter(credential_id=name).exists():
        raise Refused(_("The key is enrolled already."))
    return SecurityKey.objects.create(
        person=person,
        credential_id=name,
        public_key=found.credential_public_key,
        sign_count=found.sign_count,
        label=_storable(label)[:40] or _("Security key"),
        made_at=clock.now(),
    )


def _storable(text: str) -> str:
    """`text` without what no database takes: halves of characters, and the character zero."""
    return text.encode("utf-8", "ignore").decode().replace("\x00", "").strip()


def assertion_options(request: HttpRequest, person: Person) -> dict[str, Any]:
    """What `navigator.credentials.get` is asked with."""
    options = generate_authentication_options(
        rp_id=host_name(request),
        allow_credentials=_known(person),
        user_verification=UserVerificationRequirement.PREFERRED,
    )
    _keep_challenge(request, options.challenge)
    made: dict[str, Any] = json.loads(options_to_json(options))
    return made


@transaction.atomic
def check_assertion(request: HttpRequest, person: Person, answer: dict[str, Any]) -> None:
    """The answer of one of the person's keys to this session's challenge, used with this.

    Raises:
        Refused: another key, another challenge, another house, or a counter that ran backwards (a copied key).
    """
    name = str(answer.get("id", ""))
    # Compared here: what a page sent may hold characters that no database takes.
    keys = SecurityKey.objects.select_for_update().filter(person=person)
    key = next((one for one in keys if one.credential_id == name), None)
    challenge = _challenge(request)
    if key is None:
        raise Refused(_("The key was not accepted. Try again, or choose another way."))
    try:
        found = verify_authentication_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=host_name(request),
            expected_origin=_origin(request),
            credential_public_key=bytes(key.public_key),
            credential_current_sign_count=key.sign_count,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError) as error:
        raise Refused(_("The key was not accepted. Try again, or choose another way.")) from error
    key.sign_count = found.new_sign_count
    key.used_at = clock.now()
    key.save(update_fields=["sign_count", "used_at"])


@transaction.atomic
def remove_key(key: SecurityKey) -> None:
    """The key is worth nothing from now on."""
    key.delete()
