"""A browser on which an account has signed in before keeps its own count of failures.

So whoever tries wrong passwords before the first lesson closes the account to strangers' browsers, not to its owner's.
The cookie gives no right: it is a signed note of account and browser, worth eight attempts in 15 minutes.
"""

import secrets

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

COOKIE = "tongtang_browser"
SALT = "tongtang.access.known_browser"
YEAR = 365 * 24 * 3600


def _notes(request: HttpRequest) -> dict[str, str]:
    try:
        notes: dict[str, str] = signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=YEAR)
    except signing.BadSignature:
        return {}
    return notes


def subject_of(request: HttpRequest, login: str) -> str:
    """Whose failures count for `login` on this browser: its own, or those of all unknown browsers together."""
    mark = _notes(request).get(login)
    return f"{login}#{mark}" if mark else login


def remember(request: HttpRequest, response: HttpResponse, login: str) -> None:
    """Note that `login` has signed in here; the last eight accounts of a shared computer are kept."""
    notes = _notes(request)
    mark = notes.pop(login, None) or secrets.token_hex(8)
    kept = dict([*notes.items(), (login, mark)][-8:])
    response.set_cookie(
        COOKIE,
        signing.dumps(kept, salt=SALT),
        max_age=YEAR,
        httponly=True,
        secure=settings.SESSION_COOKIE_SECURE,
        samesite="Lax",
    )
