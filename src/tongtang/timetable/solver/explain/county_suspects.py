"""Which causes a proof that a county has no plan rests on: one of them has to give way."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from tongtang.timetable.solver.demand import bands_of
from tongtang.timetable.solver.explain.cause import Cause, Kind
from tongtang.timetable.solver.explain.county_causes import RULES
from tongtang.timetable.solver.model import County
from tongtang.timetable.solver.shortage import Kind as Short
from tongtang.timetable.solver.shortage import Shortage

CLOCK_RULES = ("start_tolerance_minutes", "lesson_minutes", "changeover_minutes")
GROUP_RULES = ("max_classes_per_broadcast", "max_pupils_per_broadcast", "grade_bands", "group_is_stable")


def suspects(county: County, shortage: Shortage) -> frozenset[Cause]:
    """Everything that the proof counts on."""
    return frozenset(_BY_KIND[shortage.kind](county, shortage))


def around(county: County, unserved: Sequence[tuple[str, str, int]]) -> list[Cause]:
    """Where no proof says which: all that touches the classes and subjects that the best plan leaves out."""
    schools = sorted({county.classes[class_id].school_id for class_id, _subject, _lessons in unserved})
    subjects = sorted({subject for _class_id, subject, _lessons in unserved})
    found = [cause for subject in subjects for cause in _teachers(county, subject)]
    for school_id in schools:
        found += _school(county, school_id)
    found += [Cause(Kind.STUDIOS, ";".join(sorted(county.studios))), *_rules(RULES)]
    return list(dict.fromkeys(found))


def place_lacks(county: County, class_id: str) -> str:
    """Why a class can be in no broadcast: "band", "rooms", "streams" or "pupils"."""
    mine = county.classes[class_id]
    school = county.schools[mine.school_id]
    if not bands_of(mine, county.rules.limits):
        return "band"
    if school.receiving_rooms < 1:
        return "rooms"
    return "streams" if school.max_streams < 1 else "pupils"


def _no_place(county: County, shortage: Shortage) -> Iterator[Cause]:
    lacks, class_id = place_lacks(county, shortage.entity), shortage.entity
    school_id = county.classes[class_id].school_id
    if lacks == "band":
        yield Cause(Kind.CLASS_GRADES, class_id)
        yield Cause(Kind.RULE, "grade_bands")
    if lacks == "rooms":
        yield Cause(Kind.SCHOOL_ROOMS, school_id)
    if lacks == "streams":
        yield Cause(Kind.SCHOOL_STREAMS, school_id)
    if lacks == "pupils":
        yield Cause(Kind.CLASS_PUPILS, class_id)
        yield Cause(Kind.RULE, "max_pupils_per_broadcast")
    yield Cause(Kind.OWED, class_id, str(shortage.facts["subject"]))


def _no_teacher(_county: County, shortage: Shortage) -> Iterator[Cause]:
    subject = str(shortage.facts["subject"])
    yield Cause(Kind.SUBJECT_TEACHER, subject)
    yield Cause(Kind.OWED, shortage.entity, subject)


def _class_days(county: County, shortage: Shortage) -> Iterator[Cause]:
    subject = str(shortage.facts["subject"])
    yield from _teachers(county, subject)
    yield from _class(county, shortage.entity, subject)
    yield from _rules(("same_subject_per_class_and_day", *CLOCK_RULES))


def _class_periods(county: County, shortage: Shortage) -> Iterator[Cause]:
    yield from _class(county, shortage.entity)
    yield from _rules(CLOCK_RULES)


def _school(county: County, school_id: str) -> Iterator[Cause]:
    yield Cause(Kind.SCHOOL_ROOMS, school_id)
    yield Cause(Kind.SCHOOL_STREAMS, school_id)
    for class_id in sorted(one.class_id for one in county.classes.values() if one.school_id == school_id):
        yield from _class(county, class_id)


def _school_rooms(county: County, shortage: Shortage) -> Iterator[Cause]:
    yield from _school(county, shortage.entity)
    yield from _rules(CLOCK_RULES)


def _school_week(county: County, shortage: Shortage) -> Iterator[Cause]:
    yield from _school(county, shortage.entity)
    classes = {one.class_id for one in county.classes.values() if one.school_id == shortage.entity}
    for subject in sorted({owed.subject for owed in county.requirements if owed.class_id in classes}):
        yield from _teachers(county, subject)
    yield from _rules(("same_subject_per_class_and_day", "group_is_stable", *CLOCK_RULES))


def _studios(county: County, _shortage: Shortage) -> Iterator[Cause]:
    yield Cause(Kind.STUDIOS, ";".join(sorted(county.studios)))
    yield from _rules((*GROUP_RULES, "changeover_minutes", "lesson_minutes"))
    yield from _owed(county)


def _supply(county: County, shortage: Shortage) -> Iterator[Cause]:
    yield from _teachers(county, shortage.entity)
    yield from _rules(GROUP_RULES)
    yield from _rules(("changeover_minutes", "lesson_minutes", "start_tolerance_minutes"))
    yield from _owed(county, shortage.entity)
    yield from _crowded(county, shortage.entity)


def _subject_week(county: County, shortage: Shortage) -> Iterator[Cause]:
    yield from _supply(county, shortage)
    yield Cause(Kind.RULE, "same_subject_per_class_and_day")
    for class_id in sorted({owed.class_id for owed in county.requirements if owed.subject == shortage.entity}):
        yield from _class(county, class_id, shortage.entity)


def _together(county: County, _shortage: Shortage) -> Iterator[Cause]:
    for subject in sorted({owed.subject for owed in county.requirements}):
        yield from _supply(county, Shortage(Short.SUBJECT_SUPPLY, subject, {}))


def _teachers(county: County, subject: str) -> Iterator[Cause]:
    for teacher in county.teachers.values():
        if subject in teacher.subjects:
            yield Cause(Kind.TEACHER_CAP, teacher.teacher_id)
            if teacher.unavailable:
                yield Cause(Kind.TEACHER_AWAY, teacher.teacher_id)
            if any(taught_by == teacher.teacher_id for _subject, taught_by in county.own_lessons.values()):
                yield Cause(Kind.TEACHER_OWN, teacher.teacher_id)
    yield Cause(Kind.SUBJECT_TEACHER, subject)


def _class(county: County, class_id: str, subject: str = "") -> Iterator[Cause]:
    """What stands against one class: its blocks and own lessons, its school's bell, what it is owed."""
    school_id = county.classes[class_id].school_id
    if county.classes[class_id].blocked:
        yield Cause(Kind.CLASS_BLOCKED, class_id)
    if any(place[0] == class_id for place in county.own_lessons):
        yield Cause(Kind.CLASS_OWN, class_id)
    if school_id in county.facilitators:
        yield Cause(Kind.FACILITATORS, school_id)
        away = (one for one in county.facilitators[school_id] if county.teachers[one].unavailable)
        yield from (Cause(Kind.TEACHER_AWAY, one) for one in away)
    yield Cause(Kind.SCHOOL_BELL, school_id)
    bell_id = county.schools[school_id].bell_id
    if sum(school.bell_id == bell_id for school in county.schools.values()) > 1:
        yield Cause(Kind.BELL, bell_id)
    for owed in county.requirements:
        if owed.class_id == class_id and subject in ("", owed.subject):
            yield Cause(Kind.OWED, class_id, owed.subject)


def _owed(county: County, subject: str = "") -> Iterator[Cause]:
    for owed in county.requirements:
        if subject in ("", owed.subject):
            yield Cause(Kind.OWED, owed.class_id, owed.subject)


def _crowded(county: County, subject: str) -> Iterator[Cause]:
    """Schools with fewer rooms than classes of the subject: their rooms alone may open groups."""
    for school_id in sorted({county.classes[one.class_id].school_id for one in county.requirements}):
        here = [
            one
            for one in county.requirements
            if one.subject == subject and county.classes[one.class_id].school_id == school_id
        ]
        if len(here) > county.schools[school_id].receiving_rooms:
            yield Cause(Kind.SCHOOL_ROOMS, school_id)


def _rules(names: Sequence[str]) -> Iterator[Cause]:
    return (Cause(Kind.RULE, name) for name in names)


_BY_KIND: Mapping[Short, Callable[[County, Shortage], Iterator[Cause]]] = {
    Short.NO_PLACE: _no_place,
    Short.NO_TEACHER: _no_teacher,
    Short.CLASS_DAYS: _class_days,
    Short.CLASS_PERIODS: _class_periods,
    Short.SCHOOL_ROOMS: _school_rooms,
    Short.SCHOOL_WEEK: _school_week,
    Short.STUDIOS: _studios,
    Short.SUBJECT_SUPPLY: _supply,
    Short.SUBJECT_WEEK: _subject_week,
    Short.TEACHERS_TOGETHER: _together,
}
