"""The frame of each page: rail entries by role, where the person stands, the theme, the server's clock."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise, SimpleLazyObject
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tongtang.access.api import idle_ends_at, is_guardian_alone, visits_at
from tongtang.foundation import clock
from tongtang.notices.api import unread_count
from tongtang.organisations.models import Term

THEMES = ("light", "dark", "contrast", "auto")
ON_THE_PHONE_BAR = 4
# What does not fit stands behind "More".
ON_THE_RAIL, BESIDE_MORE = 8, 7


@dataclass(frozen=True)
class Entry:
    """One place in the rail: where it leads, its icon, its word of two to four characters."""

    url_name: str
    icon: str
    label: str | Promise


@dataclass(frozen=True)
class RailEntry:
    """An entry as a page shows it; `current` marks the one the page belongs to, `folded` the ones a phone hides,
    `spare` those for which a wide screen's rail has no place either.
    """

    url: str
    icon: str
    label: str | Promise
    current: bool
    folded: bool
    spare: bool


TODAY = Entry("shell:today", icon="home", label=_("Home"))
WEEK = Entry("timetable:week", icon="calendar-week", label=_("Timetable"))
UNIFIED_WEEK = Entry("timetable:week", icon="calendar-week", label=_("Unified timetable"))
LESSONS = Entry("classroom:lessons", icon="broadcast", label=_("Classroom"))
LESSONS_TODAY = Entry("classroom:lessons", icon="broadcast", label=_("Lessons today"))
LEDGER = Entry("lessons:ledger", icon="clipboard-check", label=_("Lesson ledger"))
RECORDINGS = Entry("library:recordings", icon="player-play", label=_("Recordings"))
ROOMS = Entry("access:rooms", icon="device-tv", label=_("Rooms"))
PUPIL_SIGN_IN = Entry("access:pupil-classes", icon="id-badge-2", label=_("Pupil cards"))
PEOPLE = Entry("access:people", icon="users", label=_("People"))
ALLIANCES = Entry("alliances:list", icon="building-community", label=_("Alliances"))
PREPARATION = Entry("preparation:lessons", icon="notes", label=_("Prepare lessons"))
SUPPORT = Entry("access:support", icon="lifebuoy", label=_("Support access"))
SECURITY = Entry("access:security", icon="shield-lock", label=_("Security"))
ROSTERS = Entry("exchange:runs", icon="list-check", label=_("Rosters"))
AUDIT_LOG = Entry("oversight:log", icon="list-search", label=_("Audit log"))
CATALOGUE = Entry("oversight:catalogue", icon="database", label=_("Catalogue of data"))
CONSENT = Entry("consent:classes", icon="shield-check", label=_("Consent"))
CHILDREN = Entry("shell:children", icon="home", label=_("My children"))
BACKUPS = Entry("operations:backups", icon="archive", label=_("Backups"))
HELP_CALLS = Entry("operations:calls", icon="lifebuoy", label=_("Calls for help"))

ABOVE_SCHOOLS = (TODAY, LESSONS_TODAY, UNIFIED_WEEK, LEDGER, RECORDINGS, ALLIANCES)
TEACHING = (TODAY, WEEK, LESSONS, LEDGER, RECORDINGS)
ENTRIES: dict[str, tuple[Entry, ...]] = {
    "system_administrator": (*ABOVE_SCHOOLS, PEOPLE, ROSTERS, ROOMS, CATALOGUE, BACKUPS),
    "security_administrator": (TODAY, SECURITY, PEOPLE),
    "administration_officer": (*ABOVE_SCHOOLS, CATALOGUE),
    "subject_researcher": ABOVE_SCHOOLS,
    "technician": (TODAY, LESSONS_TODAY, HELP_CALLS, ROOMS, SUPPORT),
    "school_head": (
        TODAY,
        WEEK,
        LESSONS,
        LEDGER,
        ROOMS,
        PEOPLE,
        CONSENT,
        HELP_CALLS,
        RECORDINGS,
        AUDIT_LOG,
    ),
    "anchor_teacher": (TODAY, WEEK, PREPARATION, LESSONS, LEDGER, RECORDINGS),
    "local_teacher": (*TEACHING, PUPIL_SIGN_IN, CONSENT, ROOMS),
    "guardian": (CHILDREN,),
    "auditor": (AUDIT_LOG, CATALOGUE),
    "expert": (TODAY, LESSONS_TODAY, LEDGER, RECORDINGS, ALLIANCES),
    "observer": (TODAY, LESSONS_TODAY, LEDGER, RECORDINGS, ALLIANCES),
    "support": (TODAY, LESSONS_TODAY, HELP_CALLS, PEOPLE),
}


@dataclass(frozen=True)
class Place:
    """A place where a person may stand: what the switch posts, its name, the words of the roles there."""

    key: str
    name: str
    roles: str = ""


def scopes_of(actor: Any) -> list[Place]:
    """The actor's places; with several, all of them together come first."""
    places = [Place(scope.key, scope.name, scope.roles) for scope in getattr(actor, "scopes", ())]
    return [Place("", gettext("All my places")), *places] if len(places) > 1 else places


def term_label(actor: Any) -> str:
    """The term of the actor's county that runs today, else ""."""
    county: int = getattr(actor, "county_code", None) or 0
    today = clock.today()
    rows = Term.objects.filter(county_code=county, first_day__lte=today, last_day__gte=today, ended_on=None)
    return str(rows.values_list("name", flat=True).first() or "") if county else ""


def known_actor(request: HttpRequest) -> Any:
    """`request.actor` where it is a person or an enrolled device, else None."""
    actor = getattr(request, "actor", None)
    return actor if actor is not None and getattr(actor, "is_known", True) else None


def entries_of(roles: frozenset[str] | set[str]) -> tuple[Entry, ...]:
    """The entries of all the person's roles, in the order of the table, each place once."""
    found: dict[str, Entry] = {}
    for role, entries in ENTRIES.items():
        if role in roles:
            for entry in entries:
                found.setdefault(entry.url_name, entry)
    return tuple(found.values())


def rail_of(request: HttpRequest, roles: frozenset[str] | set[str]) -> list[RailEntry]:
    """The rail of this page; a place that this installation does not have is left out."""
    found: list[tuple[str, Entry]] = []
    for entry in entries_of(roles):
        try:
            found.append((reverse(entry.url_name), entry))
        except NoReverseMatch:
            continue
    room = len(found) if len(found) <= ON_THE_RAIL else BESIDE_MORE
    here = _nearest([url for url, _entry in found], request.path)
    return [
        RailEntry(url, entry.icon, entry.label, url == here, number >= ON_THE_PHONE_BAR, number >= room)
        for number, (url, entry) in enumerate(found)
    ]


def _nearest(urls: Sequence[str], path: str) -> str | None:
    """The address under which `path` lies most closely; home stands above nothing but itself."""
    above = [url for url in urls if path == url or (url != "/" and path.startswith(url.rstrip("/") + "/"))]
    return max(above, key=len, default=None)


def theme_of(request: HttpRequest) -> str:
    """The theme chosen on this device, else light."""
    chosen = request.COOKIES.get("theme", "")
    return chosen if chosen in THEMES else "light"


def shell_context(request: HttpRequest) -> dict[str, Any]:
    """What `shell/base.html` needs.

    `actor`: None or the person or device; `rail`: list of RailEntry; `scopes`: where the person may stand;
    `scope`: where they stand now; `term_label`, `demo`;
    `staff`: whether the person has a post, and so the pages of an account that only staff may open;
    `unread`: how many notices the person has not read;
    `visits_here`: support accesses that run at the head's school; `idle_ends_at`: when an unused session ends;
    `theme`, `themes`; `dark_theme`: the theme of studio and classroom screen; `server_time`: seconds since 1970.
    """
    theme = theme_of(request)
    actor = known_actor(request)
    scopes = scopes_of(actor)
    chosen = getattr(actor, "scope_key", "")
    return {
        "actor": actor,
        "rail": rail_of(request, {str(role) for role in getattr(actor, "roles", ())}),
        "roles": {str(role) for role in getattr(actor, "roles", ())},
        "staff": bool(getattr(actor, "person_id", None)) and not is_guardian_alone(actor),
        "scopes": scopes,
        "scope": next((scope for scope in scopes if scope.key == chosen), scopes[0] if scopes else None),
        # Asked only by pages with a top bar.
        "term_label": SimpleLazyObject(lambda: term_label(actor)),
        "unread": SimpleLazyObject(lambda: unread_count(actor) if actor is not None else 0),
        "visits_here": SimpleLazyObject(lambda: visits_at(actor)),
        "idle_ends_at": idle_ends_at(request) if getattr(actor, "person_id", None) else None,
        "demo": settings.ENV.demo,
        "theme": theme,
        "dark_theme": theme if theme == "contrast" else "dark",
        "themes": (("light", _("Light")), ("dark", _("Dark")), ("contrast", _("High contrast")), ("auto", _("System"))),
        "server_time": f"{clock.now().timestamp():.3f}",
    }
