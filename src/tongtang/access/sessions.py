"""The browsers on which somebody is signed in: idle end, the owner's list, a new session id where rights change."""

from datetime import datetime, timedelta

from django.contrib.auth import HASH_SESSION_KEY, login
from django.contrib.sessions.models import Session
from django.db import transaction
from django.http import HttpRequest

from tongtang.access.actor import Actor, person_subject
from tongtang.access.models import Account, SignedIn
from tongtang.access.sign_in_policy import sign_in_policy
from tongtang.access.throttle import address_of
from tongtang.foundation import clock
from tongtang.foundation.push import bus

FACTOR_AT = "access.factor_at"
CLEARED_FOR = "access.cleared_for"
SEEN_AT = "access.seen_at"
IDLE_MINUTES = "access.idle_minutes"
SCOPE = "access.scope"
SUPPORT = "access.support"
PUPILS = "access.pupils"
CHALLENGE = "access.challenge"

NOTED_EVERY = 60
"""Seconds: how exact `SEEN_AT` is; a request within them writes nothing."""
DEFAULT_IDLE_MINUTES = 30


def begin(request: HttpRequest, account: Account) -> None:
    """Sign `account` in on this browser, under a new session id."""
    login(request, account)
    request.session[SEEN_AT] = clock.now().timestamp()
    request.session[IDLE_MINUTES] = sign_in_policy().idle_minutes
    now = clock.now()
    SignedIn.objects.filter(account=account).exclude(session_key__in=Session.objects.values("session_key")).delete()
    SignedIn.objects.create(
        account=account,
        session_key=request.session.session_key or "",
        started_at=now,
        seen_at=now,
        address=address_of(request),
        browser=browser_words(request.headers.get("User-Agent", "")),
    )


def browser_words(agent: str) -> str:
    """The browser and the system of a User-Agent header, as their makers write them; "" where neither is known."""
    browsers = (("Edg/", "Edge"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
    systems = (("HarmonyOS", "HarmonyOS"), ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"))
    desks = (("Windows", "Windows"), ("Mac OS X", "macOS"), ("Linux", "Linux"))
    browser = next((name for mark, name in browsers if mark in agent), "")
    system = next((name for mark, name in (*systems, *desks) if mark in agent), "")
    return " · ".join(part for part in (browser, system) if part)


def new_id(request: HttpRequest) -> None:
    """Another session id for the same session: rights have changed, and who knew the old one knows nothing."""
    before = request.session.session_key
    request.session.cycle_key()
    SignedIn.objects.filter(session_key=before).update(session_key=request.session.session_key)


def idle_ends_at(request: HttpRequest) -> float | None:
    """When this session ends if nothing is done, in seconds since 1970."""
    seen = request.session.get(SEEN_AT)
    minutes: int = request.session.get(IDLE_MINUTES, DEFAULT_IDLE_MINUTES)
    return None if seen is None else float(seen) + minutes * 60


def is_idle(request: HttpRequest) -> bool:
    """Whether nothing was done on this session for longer than the policy allows."""
    ends = idle_ends_at(request)
    return ends is not None and clock.now().timestamp() > ends


def note_use(request: HttpRequest) -> None:
    """The session was used now."""
    now = clock.now()
    if now.timestamp() - request.session.get(SEEN_AT, 0) < NOTED_EVERY:
        return
    request.session[SEEN_AT] = now.timestamp()
    SignedIn.objects.filter(session_key=request.session.session_key).update(seen_at=now)


def forget(request: HttpRequest) -> None:
    """This browser signs out."""
    SignedIn.objects.filter(session_key=request.session.session_key).delete()


def note_use_now(request: HttpRequest) -> None:
    """Somebody is there, and says so."""
    request.session[SEEN_AT] = clock.now().timestamp()


def keep_after_new_password(request: HttpRequest, account: Account) -> None:
    """This browser stays signed in, under a new id, though the password is another one."""
    request.session[HASH_SESSION_KEY] = account.get_session_auth_hash()
    new_id(request)


def own_sessions(account: Account, current_key: str | None) -> list[SignedIn]:
    """The account's browsers that are still signed in, last used first; `is_current` marks the one asking."""
    alive = Session.objects.filter(expire_date__gt=clock.now()).values("session_key")
    rows = list(SignedIn.objects.filter(account=account, session_key__in=alive).order_by("-seen_at"))
    for row in rows:
        row.is_current = row.session_key == current_key  # type: ignore[attr-defined]
    return rows


@transaction.atomic
def end_session(row: SignedIn) -> None:
    """End one browser's session; the person's streams end, and those of their other browsers start again."""
    Session.objects.filter(session_key=row.session_key).delete()
    bus.revoke(person_subject(row.account.person_id))
    row.delete()


@transaction.atomic
def end_all_sessions(account: Account, *, but: str | None = None) -> int:
    """End all sessions of an account, except the one with the key `but`; how many."""
    rows = SignedIn.objects.filter(account=account).exclude(session_key=but or "")
    Session.objects.filter(session_key__in=rows.values("session_key")).delete()
    bus.revoke(person_subject(account.person_id))
    return rows.delete()[0]


def factor_is_fresh(request: HttpRequest, within: timedelta) -> bool:
    """Whether the second factor was shown on this session no longer than `within` ago."""
    shown = request.session.get(FACTOR_AT)
    return shown is not None and clock.now().timestamp() - shown <= within.total_seconds()


def note_factor(request: HttpRequest) -> None:
    """The second factor was shown now; the session gets a new id."""
    request.session[FACTOR_AT] = clock.now().timestamp()
    new_id(request)


def pupil_reason_of(request: HttpRequest) -> int | None:
    """The id of the stated reason that still runs on this session."""
    kept = request.session.get(PUPILS)
    if not kept or clock.now().timestamp() >= kept[1]:
        return None
    return int(kept[0])


def keep_pupil_reason(request: HttpRequest, key: int, ends_at: datetime) -> None:
    """The stated reason holds on this session until `ends_at`."""
    request.session[PUPILS] = [key, ends_at.timestamp()]
    new_id(request)


def fingerprint(actor: Actor) -> str:
    """What a decision about the second factor was made for: another role, and it is made anew."""
    return ";".join(sorted(f"{one.role}@{one.node}" for one in actor.assignments))
