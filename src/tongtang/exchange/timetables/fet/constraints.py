"""The kinds of constraints of a FET file, each as constraints of the classic model.

A kind that is missing in `readers` is not covered; neither is one whose weight FET itself does not allow below 100
and that stands there with less.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final
from xml.etree.ElementTree import Element

from django.utils.translation import gettext as _

from tongtang.exchange.timetables.fet.elements import UnreadableFile, is_true, number_of, text, texts, weight_of, whole
from tongtang.timetable.api import classic


class NotCovered(Exception):
    """This constraint says what the model cannot say."""


@dataclass(frozen=True, slots=True)
class Tagged:
    """An activity with what the model does not need but constraints select by. `group` is 0 for one not split."""

    activity: classic.Activity
    subject: str
    tags: frozenset[str]
    group: int


@dataclass(frozen=True, slots=True)
class Blocked:
    """Slots that nobody (`resources` None) or only these cannot use."""

    resources: tuple[classic.Resource, ...] | None
    slots: frozenset[classic.Slot]


@dataclass(frozen=True, slots=True)
class Lookup:
    """The names of the file. Every look-up of a name that is missing raises UnreadableFile."""

    days: tuple[str, ...]
    hours: tuple[str, ...]
    subgroups: Mapping[str, frozenset[str]]
    named: Mapping[int, Tagged]
    rooms: frozenset[str]
    teachers: frozenset[str]
    subjects: frozenset[str]
    tags: frozenset[str]

    def place(self, names: tuple[str, ...], name: str) -> int:
        try:
            return names.index(name)
        except ValueError as error:
            raise UnreadableFile(_("There is no day or hour %(name)s in the file.") % {"name": name}) from error

    def slot(self, day: str, hour: str) -> classic.Slot:
        return self.place(self.days, day) * len(self.hours) + self.place(self.hours, hour)

    def slots(self, element: Element, tag: str) -> frozenset[classic.Slot]:
        """The days and hours of all children with this tag."""
        found = set()
        for one in element.findall(tag):
            day = next((child.text or "" for child in one if child.tag.endswith("Day")), "")
            hour = next((child.text or "" for child in one if child.tag.endswith("Hour")), "")
            found.add(self.slot(day, hour))
        return frozenset(found)

    def activities(self, element: Element) -> tuple[int, ...]:
        """The ids it names; those of activities that are switched off fall away, as in FET."""
        numbers = (number_of(words, "Activity_Id", element) for words in texts(element, "Activity_Id"))
        return tuple(number for number in dict.fromkeys(numbers) if number in self.named)

    def room_names(self, names: Iterable[str]) -> frozenset[str]:
        found = frozenset(names)
        for name in sorted(found - self.rooms):
            raise UnreadableFile(_("There is no room %(name)s in the file.") % {"name": name})
        return found

    def of_students(self, name: str) -> tuple[classic.Resource, ...]:
        if name not in self.subgroups:
            raise UnreadableFile(_("There are no students %(name)s in the file.") % {"name": name})
        return tuple((classic.Kind.SUBGROUP, part) for part in sorted(self.subgroups[name]))

    def of_teacher(self, name: str) -> tuple[classic.Resource, ...]:
        if name not in self.teachers:
            raise UnreadableFile(_("There is no teacher %(name)s in the file.") % {"name": name})
        return ((classic.Kind.TEACHER, name),)

    def known(self, names: frozenset[str], name: str) -> str:
        """The name, or the empty one that selects everything."""
        if name and name not in names:
            raise UnreadableFile(_("A constraint names %(name)s, which is not in the file.") % {"name": name})
        return name

    def all_subgroups(self) -> tuple[classic.Resource, ...]:
        every = frozenset().union(*self.subgroups.values()) if self.subgroups else frozenset()
        return tuple((classic.Kind.SUBGROUP, part) for part in sorted(every))

    def all_teachers(self) -> tuple[classic.Resource, ...]:
        return tuple((classic.Kind.TEACHER, name) for name in sorted(self.teachers))


Found = Iterable[classic.Constraint | Blocked]
Reader = Callable[[Element, classic.Source, Lookup], Found]


def _must_bind(element: Element) -> None:
    if not classic.is_hard(weight_of(element)):
        raise NotCovered


def _nothing(element: Element, source: classic.Source, lookup: Lookup) -> Found:
    """The basic compulsory constraints: what the model is made of."""
    _must_bind(element)
    return ()


def _breaks(element: Element, source: classic.Source, lookup: Lookup) -> Found:
    _must_bind(element)
    return [Blocked(None, lookup.slots(element, "Break_Time"))]


def _not_available(
    whom: Callable[[Element, Lookup], tuple[classic.Resource, ...]],
    element: Element,
    source: classic.Source,
    lookup: Lookup,
) -> Found:
    _must_bind(element)
    return [Blocked(whom(element, lookup), lookup.slots(element, "Not_Available_Time"))]


def _teacher(element: Element, lookup: Lookup) -> tuple[classic.Resource, ...]:
    return lookup.of_teacher(text(element, "Teacher", "Teacher_Name"))


def _every_teacher(element: Element, lookup: Lookup) -> tuple[classic.Resource, ...]:
    return lookup.all_teachers()


def _students_set(element: Element, lookup: Lookup) -> tuple[classic.Resource, ...]:
    return lookup.of_students(text(element, "Students", "Students_Name"))


def _every_student(element: Element, lookup: Lookup) -> tuple[classic.Resource, ...]:
    return lookup.all_subgroups()


def _room(element: Element, lookup: Lookup) -> tuple[classic.Resource, ...]:
    (name,) = lookup.room_names([text(element, "Room")])
    return ((classic.Kind.ROOM, name),)


def _split(activity_ids: Iterable[int], lookup: Lookup) -> dict[int, list[int]]:
    """By duration: which starts keep inside given slots depends on it."""
    groups: dict[int, list[int]] = {}
    for number in activity_ids:
        groups.setdefault(lookup.named[number].activity.duration, []).append(number)
    return groups


def _inside(slots: frozenset[classic.Slot], duration: int, hours: int) -> frozenset[classic.Slot]:
    """The starts from which every hour lies in `slots`, on one day."""
    return frozenset(
        slot
        for slot in slots
        if slot % hours + duration <= hours and all(slot + more in slots for more in range(duration))
    )


def _activity_start(element: Element, source: classic.Source, lookup: Lookup) -> Found:
    day, hour = text(element, "Preferred_Day", "Day"), text(element, "Preferred_Hour", "Hour")
    days = [lookup.place(lookup.days, day)] if day else range(len(lookup.days))
    hours = [lookup.place(lookup.hours, hour)] if hour else range(len(lookup.hours))
    starts = frozenset(one * len(lookup.hours) + other for one in days for other in hours)
    return _if_any(lookup.activities(element), lambda ids: classic.Starts(source, weight_of(element), ids, starts))


def _if_any(ids: tuple[int, ...], make: Callable[[tuple[int, ...]], classic.Constraint], least: int = 1) -> Found:
    return [make(ids)] if len(ids) >= least else []


def _starting_times(select: "Select", element: Element, source: classic.Source, lookup: Lookup) -> Found:
    starts = lookup.slots(element, "Preferred_Starting_Time") | lookup.slots(element, "Preferred_Time")
    return _if_any(select(element, lookup), lambda ids: classic.Starts(source, weight_of(element), ids, starts))


def _time_slots(select: "Select", element: Element, source: classic.Source, lookup: Lookup) -> Found:
    slots = lookup.slots(element, "Preferred_Time_Slot") | lookup.slots(element, "Preferred_Time")
    return [
        classic.Starts(source, weight_of(element), tuple(ids), _inside(slots, duration, len(lookup.hours)))
        for duration, ids in _split(select(element, lookup), lookup).items()
    ]


Select = Callable[[Element, Lookup], tuple[int, ...]]


def _by_id(element: Element, lookup: Lookup) -> tuple[int, ...]:
    return lookup.activities(element)


def _by_words(element: Element, lookup: Lookup) -> tuple[int, ...]:
    """Activities of a teacher, of students, of a subject, with a tag, of a duration: empty words select all."""
    teacher = lookup.known(lookup.teachers, text(element, "Teacher_Name", "Teacher"))
    subject = lookup.known(lookup.subjects, text(element, "Subject_Name", "Subject"))
    tag, duration = _tag(element, lookup), text(element, "Duration").strip()
    hours = number_of(duration, "Duration", element) if duration else None
    students = text(element, "Students_Name", "Students")
    parts = {name for _kind, name in lookup.of_students(students)} if students else set()

    def chosen(tagged: Tagged) -> bool:
        own = tagged.activity
        return (
            (not teacher or teacher in own.teachers)
            and (not subject or subject == tagged.subject)
            and (not tag or tag in tagged.tags)
            and (hours is None or hours == own.duration)
            and (not students or any(not parts.isdisjoint(lookup.subgroups[name]) for name in own.students))
        )

    return tuple(number for number, tagged in lookup.named.items() if chosen(tagged))


def _tag(element: Element, lookup: Lookup) -> str:
    return lookup.known(lookup.tags, text(element, "Activity_Tag_Name", "Activity_Tag"))


def _by_component(element: Element, lookup: Lookup) -> tuple[int, ...]:
    """As by words, and only the n-th part of each split activity; one that is not split is its own first part."""
    place = whole(element, "Component_Number")

    def component(number: int) -> int:
        group = lookup.named[number].group
        return number - group + 1 if group else 1

    return tuple(number for number in _by_words(element, lookup) if component(number) == place)


def _min_days(element: Element, source: classic.Source, lookup: Lookup) -> Found:
    days, adjacent = whole(element, "MinDays", "Min_Days"), is_true(element, "Consecutive_If_Same_Day", False)
    return _if_any(
        lookup.activities(element), lambda ids: classic.MinDays(source, weight_of(element), ids, days, adjacent), 2
    )


def _max_days(element: Element, source: classic.Source, lookup: Lookup) -> Found:
    days = whole(element, "MaxDays", "Max_Days")
    return _if_any(lookup.activities(element), lambda ids: classic.MaxDays(source, weight_of(element), ids, days), 2)


def _same_start(share: classic.Share, element: Element, source: classic.Source, lookup: Lookup) -> Found:
    return _if_any(lookup.activities(element), lambda ids: classic.SameStart(source, weight_of(element), ids, share), 2)


def _min_gap(element: Element, source: classic.Source, lookup: Lookup) -> Found:
    hours = whole(element, "MinGaps", otherwise=0)
    return _if_any(lookup.activities(element), lambda ids: classic.MinGap(source, weight_of(element), ids, hours), 2)


def _pair(order: classic.Order, element: Element, source: classic.Source, lookup: Lookup) -> Found:
    first, second = whole(element, "First_Activity_Id"), whole(element, "Second_Activity_Id")
    if first not in lookup.named or second not in lookup.named:
        return []
    return [classic.Pair(source, weight_of(element), first, second, order)]


def _ends_day(select: Select, element: Element, source: classic.Source, lookup: Lookup) -> Found:
    return _if_any(select(element, lookup), lambda ids: classic.EndsDay(source, weight_of(element), ids))


def _slots_used(element: Element, source: classic.Source, lookup: Lookup) -> Found:
    limit = whole(element, "Max_Number_of_Occupied_Time_Slots")
    slots = lookup.slots(element, "Selected_Time_Slot")
    return _if_any(
        lookup.activities(element), lambda ids: classic.SlotsUsed(source, weight_of(element), ids, slots, limit)
    )


def _at_once(element: Element, source: classic.Source, lookup: Lookup) -> Found:
    limit = whole(element, "Max_Number_of_Simultaneous_Activities")
    slots = lookup.slots(element, "Selected_Time_Slot")
    return _if_any(
        lookup.activities(element), lambda ids: classic.AtOnce(source, weight_of(element), ids, slots, limit)
    )


def _rooms(select: Select, home: bool, element: Element, source: classic.Source, lookup: Lookup) -> Found:
    rooms = lookup.room_names(texts(element, "Room") + texts(element, "Preferred_Room"))
    return _if_any(select(element, lookup), lambda ids: classic.Rooms(source, weight_of(element), ids, rooms, home))


def _alone(tags: tuple[str, ...], kind: classic.Kind, element: Element, lookup: Lookup) -> tuple[int, ...]:
    """Activities whose only teacher, or whose only set of students, is the named one."""
    name = text(element, *tags)

    def only(activity: classic.Activity) -> bool:
        return (activity.teachers if kind is classic.Kind.TEACHER else activity.students) == (name,)

    return tuple(number for number, tagged in lookup.named.items() if only(tagged.activity))


Whom = Callable[[Element, Lookup], tuple[classic.Resource, ...]]


@dataclass(frozen=True, slots=True)
class _Shape:
    """How a limit stands in the file: its measure, the tag of its number, and whether FET allows weights below 100."""

    measure: classic.Measure
    number: str
    soft: bool = False
    empty_days: bool = True


def _limit(shape: _Shape, whom: Whom, element: Element, source: classic.Source, lookup: Lookup) -> Found:
    if not shape.soft:
        _must_bind(element)
    tag = _tag(element, lookup)
    only = frozenset(n for n, tagged in lookup.named.items() if tag in tagged.tags) if tag else None
    empty_days = is_true(element, "Allow_Empty_Days", shape.empty_days)
    busy = {resource for tagged in lookup.named.values() for resource in _people(tagged.activity, lookup)}
    people = tuple(one for one in whom(element, lookup) if one in busy)
    number = whole(element, shape.number)
    return [
        classic.Limit(
            source, weight_of(element), people, shape.measure, number, empty_days, only, _interval(element, lookup)
        )
    ]


def _people(activity: classic.Activity, lookup: Lookup) -> list[classic.Resource]:
    parts = [(classic.Kind.SUBGROUP, part) for name in activity.students for part in lookup.subgroups[name]]
    return [*((classic.Kind.TEACHER, name) for name in activity.teachers), *parts]


def _interval(element: Element, lookup: Lookup) -> tuple[int, int] | None:
    first = text(element, "Interval_Start_Hour")
    if not first:
        return None
    last = text(element, "Interval_End_Hour")
    return lookup.place(lookup.hours, first), lookup.place(lookup.hours, last) if last else len(lookup.hours)


_SHAPES: Final = {
    "MaxHoursDaily": _Shape(classic.Measure.MAX_HOURS_A_DAY, "Maximum_Hours_Daily", soft=True),
    "MaxHoursContinuously": _Shape(classic.Measure.MAX_HOURS_IN_A_ROW, "Maximum_Hours_Continuously", soft=True),
    "ActivityTagMaxHoursDaily": _Shape(classic.Measure.MAX_HOURS_A_DAY, "Maximum_Hours_Daily", soft=True),
    "ActivityTagMaxHoursContinuously": _Shape(
        classic.Measure.MAX_HOURS_IN_A_ROW, "Maximum_Hours_Continuously", soft=True
    ),
    "MinHoursDaily": _Shape(classic.Measure.MIN_HOURS_A_DAY, "Minimum_Hours_Daily"),
    "MaxGapsPerDay": _Shape(classic.Measure.MAX_GAPS_A_DAY, "Max_Gaps"),
    "MaxGapsPerWeek": _Shape(classic.Measure.MAX_GAPS_A_WEEK, "Max_Gaps"),
    "MaxDaysPerWeek": _Shape(classic.Measure.MAX_DAYS, "Max_Days_Per_Week"),
    "MinDaysPerWeek": _Shape(classic.Measure.MIN_DAYS, "Minimum_Days_Per_Week"),
    "IntervalMaxDaysPerWeek": _Shape(classic.Measure.MAX_DAYS, "Max_Days_Per_Week"),
    "EarlyMaxBeginningsAtSecondHour": _Shape(classic.Measure.MAX_LATE_BEGINNINGS, "Max_Beginnings_At_Second_Hour"),
}
_TEACHERS_ONLY: Final = ("MinDaysPerWeek",)
_STUDENTS_ONLY: Final = ("EarlyMaxBeginningsAtSecondHour",)


def _limits() -> dict[str, Reader]:
    known: dict[str, Reader] = {}
    for name, shape in _SHAPES.items():
        if name not in _STUDENTS_ONLY:
            known[f"ConstraintTeacher{name}"] = partial(_limit, shape, _teacher)
            known[f"ConstraintTeachers{name}"] = partial(_limit, shape, _every_teacher)
        if name not in _TEACHERS_ONLY:
            own = _Shape(shape.measure, shape.number, shape.soft, shape.measure is not classic.Measure.MIN_HOURS_A_DAY)
            known[f"ConstraintStudentsSet{name}"] = partial(_limit, own, _students_set)
            known[f"ConstraintStudents{name}"] = partial(_limit, own, _every_student)
    return known


def _times() -> dict[str, Reader]:
    return {
        "BasicCompulsoryTime": _nothing,
        "BreakTimes": _breaks,
        "TeacherNotAvailableTimes": partial(_not_available, _teacher),
        "StudentsSetNotAvailableTimes": partial(_not_available, _students_set),
        "ActivityPreferredStartingTime": _activity_start,
        "ActivityPreferredDay": _activity_start,
        "ActivityPreferredStartingTimes": partial(_starting_times, _by_id),
        "ActivitiesPreferredStartingTimes": partial(_starting_times, _by_words),
        "SubactivitiesPreferredStartingTimes": partial(_starting_times, _by_component),
        "ActivityPreferredTimeSlots": partial(_time_slots, _by_id),
        "ActivitiesPreferredTimeSlots": partial(_time_slots, _by_words),
        "SubactivitiesPreferredTimeSlots": partial(_time_slots, _by_component),
        "MinDaysBetweenActivities": _min_days,
        "MaxDaysBetweenActivities": _max_days,
        "ActivitiesSameStartingTime": partial(_same_start, classic.Share.TIME),
        "ActivitiesSameStartingDay": partial(_same_start, classic.Share.DAY),
        "ActivitiesSameStartingHour": partial(_same_start, classic.Share.HOUR),
        "ActivitiesNotOverlapping": _min_gap,
        "MinGapsBetweenActivities": _min_gap,
        "TwoActivitiesConsecutive": partial(_pair, classic.Order.FOLLOWS),
        "TwoActivitiesGrouped": partial(_pair, classic.Order.NEXT_TO),
        "TwoActivitiesOrdered": partial(_pair, classic.Order.LATER),
        "ActivityEndsStudentsDay": partial(_ends_day, _by_id),
        "ActivitiesEndStudentsDay": partial(_ends_day, _by_words),
        "ActivitiesOccupyMaxTimeSlotsFromSelection": _slots_used,
        "ActivitiesMaxSimultaneousInSelectedTimeSlots": _at_once,
    }


def _spaces() -> dict[str, Reader]:
    students = partial(_alone, ("Students",), classic.Kind.SUBGROUP)
    teacher = partial(_alone, ("Teacher", "Teacher_Name"), classic.Kind.TEACHER)
    return {
        "BasicCompulsorySpace": _nothing,
        "RoomNotAvailableTimes": partial(_not_available, _room),
        **{
            f"{what}PreferredRoom{many}": partial(_rooms, select, False)
            for what, select in (
                ("Activity", _by_id),
                ("Subject", _by_words),
                ("ActivityTag", _by_words),
                ("SubjectActivityTag", _by_words),
            )
            for many in ("", "s")
        },
        **{
            f"{what}HomeRoom{many}": partial(_rooms, select, True)
            for what, select in (("StudentsSet", students), ("Teacher", teacher))
            for many in ("", "s")
        },
    }


def readers() -> dict[str, Reader]:
    """Every kind that is covered, by its element."""
    return {f"Constraint{name}": read for name, read in (_times() | _spaces()).items()} | _limits()
