"""Reads of the audit log: filtered by what the actor may see, page after page from the latest."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Q, QuerySet

from tongtang.access.api import Actor, reach
from tongtang.access.models import ClassroomDevice
from tongtang.audit.api import moment_of, stamp
from tongtang.audit.models import Entry
from tongtang.foundation import clock
from tongtang.organisations.models import Region, School
from tongtang.oversight.policies import ENTRIES, Verb
from tongtang.people.models import Person

A_PAGE = 50
MOST_EXPORTED = 5000
MOST_NAMED = 200
NEWEST_FIRST = ("-at", "-stream", "-seq")


@dataclass(frozen=True)
class Wanted:
    """What the log is narrowed to; empty values narrow nothing. `who`: a name, a user name or a subject."""

    stream: str = ""
    who: str = ""
    about: str = ""
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True)
class Row:
    """An entry with names for what it numbers; children are numbers here too."""

    entry: Entry
    moment: datetime
    who: str
    about: str
    place: str
    detail: str


def entries_for(actor: Actor, wanted: Wanted) -> QuerySet[Entry]:
    """Entries that `actor` may view, the latest first. No join multiplies them: nothing has to make them distinct."""
    rows = Entry.objects.filter(reach(actor, ENTRIES[Verb.VIEW]))
    if wanted.stream:
        rows = rows.filter(stream=wanted.stream)
    if wanted.who:
        rows = rows.filter(actor__in=_subjects(wanted.who))
    if wanted.about:
        rows = rows.filter(_about(wanted.about))
    if wanted.first:
        rows = rows.filter(at__gte=stamp(clock.at(wanted.first, time())))
    if wanted.last:
        rows = rows.filter(at__lt=stamp(clock.at(wanted.last + timedelta(days=1), time())))
    return rows.order_by(*NEWEST_FIRST)


def older_than(rows: QuerySet[Entry], mark: str) -> QuerySet[Entry]:
    """The entries after `mark`, the last entry of a page as "at|stream|seq"; all of them where it is no mark."""
    at, _bar, rest = mark.partition("|")
    stream, _bar, seq = rest.partition("|")
    if not seq.isdecimal() or len(seq) > 18 or "\x00" in mark:
        return rows
    same = Q(at=at, stream__lt=stream) | Q(at=at, stream=stream, seq__lt=int(seq))
    return rows.filter(Q(at__lt=at) | same)


def mark_of(entry: Entry) -> str:
    return f"{entry.at}|{entry.stream}|{entry.seq}"


def _subjects(who: str) -> list[str]:
    """Actors that a typed text means."""
    named = Person.objects.filter(Q(name__icontains=who) | Q(source_id=who)).values_list("pk", flat=True)
    return [who, f"command:{who}", *(f"person:{pk}" for pk in named[:MOST_NAMED])]


def _about(text: str) -> Q:
    """Objects of that kind and id, of that id alone, or members of staff of that name."""
    named = Person.objects.filter(Q(name=text) | Q(source_id=text)).values_list("public_id", flat=True)
    known = Q(object=text) | Q(object__startswith=f"{text}:") | Q(object__endswith=f":{text}")
    return known | Q(object__in=[f"person:{public_id}" for public_id in named[:MOST_NAMED]])


def rows_of(entries: Sequence[Entry]) -> list[Row]:
    """One page, in five queries whatever its length."""
    staff = _staff(entries)
    devices = _devices(entries)
    schools = dict(School.objects.filter(pk__in={one.school for one in entries}).values_list("pk", "name"))
    regions = dict(Region.objects.filter(pk__in={one.region_code for one in entries}).values_list("pk", "name"))
    return [
        Row(
            one,
            moment_of(one.at),
            staff.get(one.actor) or devices.get(one.actor, ""),
            staff.get(one.object) or devices.get(one.object, ""),
            schools.get(one.school) or regions.get(one.region_code, ""),
            _readable(one.detail),
        )
        for one in entries
    ]


def _readable(detail: str) -> str:
    """Canonical JSON with its Chinese as Chinese; what somebody spoiled is shown as it stands."""
    try:
        return json.dumps(json.loads(detail), ensure_ascii=False)
    except ValueError:
        return detail


def _keys(words: Iterable[str], kind: str) -> set[str]:
    return {word.partition(":")[2] for word in words if word.startswith(f"{kind}:")}


def _staff(entries: Sequence[Entry]) -> Mapping[str, str]:
    """Names of staff by "person:<key>" as actors and "person:<public id>" as objects have it."""
    keys = {int(key) for key in _keys((one.actor for one in entries), "person") if key.isdecimal()}
    ids = {key for key in _keys((one.object for one in entries), "person") if len(key) == 36}
    found = Person.objects.filter(Q(pk__in=keys) | Q(public_id__in=ids)).values_list("pk", "public_id", "name")
    names = {f"person:{pk}": name for pk, _public_id, name in found}
    return names | {f"person:{public_id}": name for _pk, public_id, name in found}


def _devices(entries: Sequence[Entry]) -> Mapping[str, str]:
    keys = {int(key) for key in _keys((one.actor for one in entries), "device") if key.isdecimal()}
    ids = {key for key in _keys((one.object for one in entries), "device") if len(key) == 36}
    found = ClassroomDevice.objects.filter(Q(pk__in=keys) | Q(public_id__in=ids)).select_related("room__school")
    names: dict[str, str] = {}
    for device in found:
        label = f"{device.room.school.name} {device.room.number}"
        names |= {f"device:{device.pk}": label, f"device:{device.public_id}": label}
    return names
