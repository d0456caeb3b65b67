"""Events and schools -> the single weeks that they upset, each with what it must keep."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from tongtang.timetable.solver.events import (
    DayTransfer,
    Event,
    LessonMoved,
    LineDown,
    RoomLost,
    TeacherAway,
    days_between,
    monday_of,
)
from tongtang.timetable.solver.local_doubts import Doubt, anchor_slots, fit_of
from tongtang.timetable.solver.local_rules import Fact
from tongtang.timetable.solver.school_model import (
    AnchorLesson,
    LocalLesson,
    Pair,
    Slot,
    WholeSchool,
    by_pair,
    days_of,
    given_away,
    periods_of,
    slots_within,
    unavailable_slots,
)


@dataclass
class WeekCase:
    """One school in one week. `whole` has the base of that week: day transfers and lessons from other weeks are in it.

    `pinned` receptions stay at the anchor's times; `wanted[pair]` maps a new slot to the slot whose lesson it takes the
    place of. `rooms` is what is left of the receiving rooms in a slot. `carried[pair]` is the date and period that a
    lesson leaves in another week.
    """

    whole: WholeSchool
    monday: date
    pinned: dict[Pair, set[Slot]]
    away: set[tuple[str, Slot]] = field(default_factory=set)
    closed: set[tuple[Pair, Slot]] = field(default_factory=set)
    rooms: dict[Slot, int] = field(default_factory=dict)
    wanted: dict[Pair, dict[Slot, Slot | None]] = field(default_factory=lambda: defaultdict(dict))
    recorded: list[tuple[Pair, Slot]] = field(default_factory=list)
    carried: dict[Pair, tuple[date, int]] = field(default_factory=dict)
    notes: list[Doubt] = field(default_factory=list)

    def receptions(self, slot: Slot) -> list[LocalLesson]:
        return [one for one in self.whole.base if one.slot == slot and one.pair in self.whole.receives]

    def replaced(self, pair: Pair) -> dict[Slot, Slot | None]:
        """The wanted slots of a pair, each with the slot of the base that it takes the place of; None: none is left."""
        wanted = self.wanted.get(pair, {})
        kept = {old for old in wanted.values() if old is not None} | self.pinned.get(pair, set())
        left = iter(sorted(by_pair(self.whole.base).get(pair, set()) - kept))
        return {new: old if old is not None else next(left, None) for new, old in wanted.items()}

    def struck(self) -> list[LocalLesson]:
        """Lessons of the base that cannot all stay as they are."""
        absent = self.away | unavailable_slots(self.whole)
        full = {slot for slot, left in self.rooms.items() if len(self.receptions(slot)) > left}
        return [
            one
            for one in self.whole.base
            if (one.pair, one.slot) in self.closed
            or (one.teacher_id, one.slot) in absent
            or (one.slot in full and one.pair in self.whole.receives)
        ]


class Cases:
    """The cases of all schools while the events are read; each is made when the first event touches it."""

    def __init__(self, schools: Iterable[WholeSchool]) -> None:
        self.schools = {whole.school_id: whole for whole in schools}
        self.found: dict[tuple[str, date], WeekCase] = {}

    def at(self, school_id: str, day: date) -> WeekCase:
        key = school_id, monday_of(day)
        if key not in self.found:
            whole = self.schools[school_id]
            held = by_pair(whole.base)
            slots, _doubts = anchor_slots(whole)
            aligned = {pair: set(one) for pair, one in slots.items() if one <= held.get(pair, set())}
            self.found[key] = WeekCase(whole, key[1], aligned)
        return self.found[key]


def cases_of(schools: Sequence[WholeSchool], events: Sequence[Event]) -> list[WeekCase]:
    """The weeks that the events upset, by school and Monday.

    Day transfers come first: they say what a day holds. Moves of the anchor's lessons come last and together: lessons
    may change places, and of two moves of one lesson in one week the later holds.
    """
    cases = Cases(schools)
    for event in sorted(events, key=lambda one: not isinstance(one, DayTransfer)):
        match event:
            case DayTransfer():
                _transfer(cases, event)
            case TeacherAway():
                _teacher_away(cases, event)
            case LineDown():
                _line_down(cases, event)
            case RoomLost():
                _room_lost(cases, event)
    moved = {(one.anchor_lesson_id, monday_of(one.day)): one for one in events if isinstance(one, LessonMoved)}.values()
    leaving = [reception for one in moved for reception in _receptions_moved(cases, one)]
    for reception in leaving:
        _unpin(cases, *reception)
    for reception in leaving:
        _move_reception(cases, *reception)
    return [cases.found[key] for key in sorted(cases.found)]


def _transfer(cases: Cases, event: DayTransfer) -> None:
    weekday = event.day.isoweekday()
    for school_id in cases.schools:
        case = cases.at(school_id, event.day)
        whole = case.whole
        own = [one for one in whole.base if one.weekday == weekday]
        copies = [
            replace(one, weekday=weekday) for one in cases.schools[school_id].base if one.weekday == event.as_weekday
        ]
        rest = [one for one in whole.base if one.weekday != weekday]
        case.whole = _with_base(whole, [*rest, *copies])
        for slots in case.pinned.values():
            copied = {(weekday, period) for day, period in slots if day == event.as_weekday}
            slots -= {slot for slot in slots if slot[0] == weekday}
            slots |= copied
        facts: dict[str, Fact] = {
            "school_id": school_id,
            "day": event.day.isoformat(),
            "weekday": event.as_weekday,
            "count": len(copies),
        }
        case.notes.append(Doubt("day_held", school_id, facts))
        if own and weekday != event.as_weekday:
            fallen: dict[str, Fact] = {
                "school_id": school_id,
                "day": event.day.isoformat(),
                "weekday": weekday,
                "count": len(own),
            }
            case.notes.append(Doubt("day_falls_out", school_id, fallen))


def _with_base(whole: WholeSchool, base: Sequence[LocalLesson]) -> WholeSchool:
    """The school as if it owed what `base` holds; caps give way to what the week brings."""
    owed = Counter(one.pair for one in base)
    load = Counter(one.teacher_id for one in base)
    rows = tuple(replace(row, lessons=owed[row.pair]) for row in whole.requirements if owed[row.pair])
    teachers = {key: replace(one, weekly_cap=max(one.weekly_cap, load[key])) for key, one in whole.teachers.items()}
    return replace(whole, base=tuple(sorted(base)), requirements=rows, teachers=teachers)


def _teacher_away(cases: Cases, event: TeacherAway) -> None:
    for school_id, whole in cases.schools.items():
        if not any(row.teacher_id == event.teacher_id for row in whole.requirements):
            continue
        for day in days_between(event.first, event.last):
            case = cases.at(school_id, day)
            slots = slots_within(whole, day.isoweekday(), event.start, event.end)
            case.away |= {(event.teacher_id, slot) for slot in slots}


def _line_down(cases: Cases, event: LineDown) -> None:
    whole = cases.schools[event.school_id]
    for day in days_between(event.first, event.last):
        case = cases.at(event.school_id, day)
        slots = slots_within(whole, day.isoweekday(), event.start, event.end)
        for pair in whole.receives:
            case.closed |= {(pair, slot) for slot in slots}
            case.pinned.get(pair, set()).difference_update(slots)


def _room_lost(cases: Cases, event: RoomLost) -> None:
    whole = cases.schools[event.school_id]
    for day in days_between(event.first, event.last):
        case = cases.at(event.school_id, day)
        for period in periods_of(whole):
            slot = day.isoweekday(), period
            left = case.rooms.get(slot, whole.school.receiving_rooms) - event.rooms
            case.rooms[slot] = max(0, left)
            if len(case.receptions(slot)) > case.rooms[slot]:
                for slots in case.pinned.values():
                    slots.discard(slot)


Reception = tuple[WholeSchool, Pair, AnchorLesson, LessonMoved]


def _receptions_moved(cases: Cases, event: LessonMoved) -> Iterator[Reception]:
    for whole in cases.schools.values():
        anchor = next((one for one in whole.anchors if one.anchor_lesson_id == event.anchor_lesson_id), None)
        if anchor is None:
            continue
        owed = {row.pair for row in whole.requirements}
        for pair in sorted(whole.receives):
            if pair[1] != anchor.subject or anchor.grade not in whole.classes[pair[0]].grades:
                continue
            if pair in owed:
                yield whole, pair, anchor, event
            else:
                facts: dict[str, Fact] = {"class_id": pair[0], "subject": pair[1], "count": 1, "limit": 0}
                cases.at(whole.school_id, event.day).notes.append(Doubt("anchor_gives_more", pair[0], facts))


def _unpin(cases: Cases, whole: WholeSchool, pair: Pair, anchor: AnchorLesson, event: LessonMoved) -> None:
    case = cases.at(whole.school_id, event.day)
    case.pinned.get(pair, set()).discard((anchor.weekday, fit_of(whole, anchor.start) or 0))


def _move_reception(cases: Cases, whole: WholeSchool, pair: Pair, anchor: AnchorLesson, event: LessonMoved) -> None:
    case = cases.at(whole.school_id, event.day)
    if event.day.isoweekday() != anchor.weekday:
        name = anchor.anchor_lesson_id
        facts: dict[str, Fact] = {"anchor_lesson_id": name, "day": event.day.isoformat(), "weekday": anchor.weekday}
        case.notes.append(Doubt("moved_from_other_day", name, facts))
    held = by_pair(case.whole.base).get(pair, set())
    period, was = fit_of(whole, event.start), fit_of(whole, anchor.start)
    old = (anchor.weekday, was) if was is not None and (anchor.weekday, was) in held else None
    if period is None:
        case.notes.append(_no_period(pair, event))
        if old is not None:
            case.recorded.append((pair, old))
        return
    new = event.to_day.isoweekday(), period
    obstacle = _obstacle(cases.at(whole.school_id, event.to_day), pair, new)
    if obstacle is not None:
        case.notes.append(replace(_no_period(pair, event), code=obstacle))
        if old is not None:
            case.recorded.append((pair, old))
            case.pinned.get(pair, set()).add(old)
        return
    if monday_of(event.to_day) == case.monday:
        case.wanted[pair][new] = old
        return
    leaving = old or min(held, default=None)
    if leaving is None:
        return
    later = cases.at(whole.school_id, event.to_day)
    case.whole = _with_base(case.whole, [one for one in case.whole.base if (one.pair, one.slot) != (pair, leaving)])
    row = next(one for one in whole.requirements if one.pair == pair)
    rows = tuple(replace(one, lessons=one.lessons + 1) if one.pair == pair else one for one in later.whole.requirements)
    teacher = later.whole.teachers[row.teacher_id]
    teachers = {**later.whole.teachers, row.teacher_id: replace(teacher, weekly_cap=teacher.weekly_cap + 1)}
    later.whole = replace(later.whole, requirements=rows, teachers=teachers)
    later.wanted[pair][new] = None
    later.carried[pair] = event.day, leaving[1]


def _obstacle(case: WeekCase, pair: Pair, slot: Slot) -> str | None:
    """Why nothing local can free the slot for the class: no school, another reception, a period given away."""
    if slot[0] not in days_of(case.whole):
        return "moved_to_no_school_day"
    taken = any(
        slot in slots for held in (case.pinned, case.wanted) for other, slots in held.items() if other[0] == pair[0]
    )
    return "moved_onto_another" if taken or (pair[0], slot) in given_away(case.whole) else None


def _no_period(pair: Pair, event: LessonMoved) -> Doubt:
    facts: dict[str, Fact] = {
        "class_id": pair[0], "anchor_lesson_id": event.anchor_lesson_id, "start": event.start,
        "day": event.to_day.isoformat(),
    }  # fmt: skip
    return Doubt("moved_to_no_period", pair[0], facts)
