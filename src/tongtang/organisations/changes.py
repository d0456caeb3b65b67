"""Renames, merges and splits of schools as far as organisations hold them: names, classes, rooms, studios, points.

What was stays readable: the name of a day, the school of a class on a day. Nothing of the past is rewritten.
"""

from collections.abc import Iterable, Mapping, Sequence
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


def keep_names(names: Mapping[int, str], day: date) -> None:
    """Schools (primary keys) are about to lose these names: they stay the names of the days before `day`."""
    former = SchoolName.objects.filter(school__in=names).values_list("school").annotate(last=Max("valid_to"))
    since = {school: last + ONE_DAY for school, last in former}
    SchoolName.objects.bulk_create(
        [
            SchoolName(school_id=school, name=name, valid_from=since.get(school), valid_to=day - ONE_DAY)
            for school, name in names.items()
            if school not in since or since[school] < day
        ],
        batch_size=BATCH,
    )


def keep_places(places: Mapping[int, int], day: date) -> None:
    """Classes are about to leave these schools (primary keys): they belonged to them until the day before `day`.

    A class that was moved on the same day has one history of it.
    """
    ClassPlacement.objects.bulk_create(
        [ClassPlacement(home_class_id=one, school_id=school, valid_to=day - ONE_DAY) for one, school in places.items()],
        batch_size=BATCH,
        ignore_conflicts=True,
    )


def rename_school(school: School, name: str, day: date) -> None:
    """Give a school a new name from `day` on; the old one stays its name of the days before."""
    keep_names({school.pk: school.name}, day)
    school.name = name
    school.save(update_fields=["name"])


def move_classes(classes: Sequence[HomeClass], school: School, day: date) -> None:
    """Classes belong to `school` from `day` on."""
    keep_places({one.pk: one.school_id for one in classes}, day)
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
