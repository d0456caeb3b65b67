"""Renames, merges and splits of schools as far as organisations hold them: names, classes, rooms, studios, points.

What was stays readable: the name of a day, the school of a class on a day. Nothing of the past is rewritten.
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from django.db.models import Max

from tongtang.organisations.models import (
    ClassPlacement,
    DivisionChange,
    HomeClass,
    OverlayMembership,
    ReceivingRoom,
    School,
    SchoolName,
    Studio,
)

BATCH = 500
ONE_DAY = timedelta(days=1)


def rename_school(school: School, name: str, day: date) -> None:
    """Give a school a new name from `day` on; the old one stays its name of the days before."""
    last = SchoolName.objects.filter(school=school).aggregate(last=Max("valid_to"))["last"]
    since = last + ONE_DAY if last else None
    if since is None or since < day:
        SchoolName.objects.create(school=school, name=school.name, valid_from=since, valid_to=day - ONE_DAY)
    school.name = name
    school.save(update_fields=["name"])


def move_classes(classes: Sequence[HomeClass], school: School, day: date) -> None:
    """Classes belong to `school` from `day` on; a class that was moved on the same day has one history of it."""
    ClassPlacement.objects.bulk_create(
        [ClassPlacement(home_class=one, school_id=one.school_id, valid_to=day - ONE_DAY) for one in classes],
        batch_size=BATCH,
        ignore_conflicts=True,
    )
    for one in classes:
        one.school = school
    HomeClass.objects.bulk_update(classes, ["school"], batch_size=BATCH)


def move_places(school: School, other: School) -> dict[str, int]:
    """Receiving rooms (numbered on), studios and teaching points of `school` go to `other`; their numbers."""
    rooms = list(ReceivingRoom.objects.filter(school=school).order_by("number"))
    top = ReceivingRoom.objects.filter(school=other).aggregate(top=Max("number"))["top"] or 0
    for number, room in enumerate(rooms, start=top + 1):
        room.school, room.number = other, number
    ReceivingRoom.objects.bulk_update(rooms, ["school", "number"], batch_size=BATCH)
    studios = Studio.objects.filter(school=school, ended_on=None).update(school=other)
    points = School.objects.filter(parent=school, ended_on=None).exclude(pk=other.pk).update(parent=other)
    return {"rooms": len(rooms), "studios": studios, "points": points}


def move_overlays(school: School, other: School, day: date) -> int:
    """Memberships in districts and groups end, and begin for `other` where it has none; how many ended."""
    rows = list(OverlayMembership.objects.filter(school=school, valid_to=None))
    for row in rows:
        row.valid_to = max(day - ONE_DAY, row.valid_from)
        if not OverlayMembership.objects.filter(overlay=row.overlay_id, school=other, valid_to=None).exists():
            OverlayMembership.objects.get_or_create(overlay=row.overlay, school=other, valid_from=day)
    OverlayMembership.objects.bulk_update(rows, ["valid_to"], batch_size=BATCH)
    return len(rows)


def end_school(school: School, day: date) -> None:
    """The school is no more from `day` on."""
    school.ended_on = day
    school.save(update_fields=["ended_on"])


def twin_of(school: School, name: str, source_id: str) -> School:
    """A new school with the place, bells and line of `school`."""
    return School.objects.create(
        county_code=school.county_code,
        source_id=source_id,
        name=name,
        kind=school.kind,
        region_code=school.region_code,
        township=school.township,
        parent=school.parent,
        bell_schedule=school.bell_schedule,
        link_mbps=school.link_mbps,
        max_streams=school.max_streams,
    )


def names_at(places: Iterable[tuple[School, date]]) -> dict[tuple[int, date], str]:
    """The name that each school bore on a day, by its primary key and the day; one query, however many places."""
    wanted = {(school.pk, day): school.name for school, day in places}
    former: dict[int, list[SchoolName]] = {}
    for row in SchoolName.objects.filter(school__in={key for key, _day in wanted}).order_by("valid_to"):
        former.setdefault(row.school_id, []).append(row)
    return {place: _name_on(former.get(place[0], []), place[1]) or name for place, name in wanted.items()}


def _name_on(former: Iterable[SchoolName], day: date) -> str:
    """Of former names, earliest first, the one that held on the day."""
    held = (row for row in former if (row.valid_from is None or row.valid_from <= day) and day <= row.valid_to)
    return next((row.name for row in held), "")


def schools_of_classes_on(classes: Iterable[int], day: date) -> dict[int, int]:
    """The school (primary key) to which each class belonged on a day."""
    keys = list(classes)
    places = dict(HomeClass.objects.filter(pk__in=keys).values_list("pk", "school"))
    former = ClassPlacement.objects.filter(home_class__in=keys, valid_to__gte=day).order_by("-valid_to")
    # The earliest one that still holds on the day comes last and wins.
    return {**places, **dict(former.values_list("home_class", "school"))}


def division_on(code: int, day: date) -> set[int]:
    """The codes that a division of today bore on `day`: back along the changes that came after it."""
    found, edge, seen = set[int](), {code}, {code}
    while edge:
        back: dict[int, set[int]] = {}
        for old, new in DivisionChange.objects.filter(new_code__in=edge, day__gt=day).values_list(*_CODES):
            back.setdefault(new, set()).add(old)
        found |= edge - set(back)
        edge = {old for many in back.values() for old in many} - seen
        seen |= edge
    return found


_CODES = ("old_code", "new_code")


def division_today(code: int) -> set[int]:
    """The codes that follow an old code today."""
    found, edge, seen = set[int](), {code}, {code}
    while edge:
        onward: dict[int, set[int]] = {}
        for old, new in DivisionChange.objects.filter(old_code__in=edge).values_list(*_CODES):
            onward.setdefault(old, set()).add(new)
        found |= edge - set(onward)
        edge = {new for many in onward.values() for new in many} - seen
        seen |= edge
    return found
